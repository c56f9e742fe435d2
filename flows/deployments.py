"""How the flows are deployed: one definition each, for the serving process and for a work pool.

`prefect.yaml` says the same in Prefect's own words for those who deploy with `prefect deploy`.
"""

from __future__ import annotations

from typing import cast

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, State
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows import windows
from flows.desk import extend_deadline, lock_phase, resolve_hold, set_phase_dates
from flows.desk_checks import verify_seals, write_reminders_now
from flows.desk_files import export_to_outbox, import_file
from flows.desk_person import extend_for_one
from flows.hold import hold
from flows.nightly import nightly
from flows.sending import sending
from flows.settings import OfficeSettings
from flows.sharing import share
from flows.tidying import tidy

NAME = "yanxiu"
TIDY_CRON = "0 4 * * 0"
DESCRIPTION = (
    "Everything due up to the scheduled instant: phases, reminders, seals. 每夜一次，推进到排定的时刻。"
)

ABOUT_HOLDS = (
    "One run for each cohort that is stuck; Resume shows its form. 每个卡住的班级一条，点 Resume 填表处理。"
)

# What an administrator starts by a form: a deployment's own name, and its flow. What it does is the flow's docstring.
DESK: dict[str, Flow[..., State[None]]] = {
    "extend-deadline": extend_deadline,
    "extend-for-one": extend_for_one,
    "set-phase-dates": set_phase_dates,
    "resolve-hold": resolve_hold,
    "lock-now": lock_phase,
    "verify-seals": verify_seals,
    "import-file": import_file,
    "export-results": export_to_outbox,
    "write-reminders": write_reminders_now,
}
DESK_TAG = "desk"


def nightly_deployment(settings: OfficeSettings) -> RunnerDeployment:
    """The night on its schedule in the office's zone. A second run while one is going is cancelled.

    By module, so that wherever the program is installed the flow is found and is the same object.
    """
    deployment = nightly.to_deployment(
        NAME,
        description=DESCRIPTION,
        tags=[NAME],
        schedules=[Cron(settings.cron, timezone=settings.zone)],
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", deployment)


def share_deployment() -> RunnerDeployment:
    """What a night calls workers by. It has no schedule."""
    deployment = share.to_deployment(
        NAME, description=share.description, tags=[NAME], entrypoint_type=EntrypointType.MODULE_PATH
    )
    return cast("RunnerDeployment", deployment)


def sending_deployment(settings: OfficeSettings) -> RunnerDeployment:
    """The sender on its schedule. One that still sends when the next is due goes on, and the next is cancelled."""
    deployment = sending.to_deployment(
        NAME,
        description=sending.description,
        tags=[NAME],
        schedules=[Cron(settings.send_cron, timezone=settings.zone)],
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", deployment)


def tidy_deployment(settings: OfficeSettings) -> RunnerDeployment:
    """What keeps Prefect's own history short, on Sundays."""
    deployment = tidy.to_deployment(
        NAME,
        description=tidy.description,
        tags=[NAME],
        schedules=[Cron(TIDY_CRON, timezone=settings.zone)],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", deployment)


def hold_deployment() -> RunnerDeployment:
    """The forms of stuck cohorts. The night makes their runs; nobody starts one by hand."""
    deployment = hold.to_deployment(
        windows.DEPLOYMENT, description=ABOUT_HOLDS, entrypoint_type=EntrypointType.MODULE_PATH
    )
    return cast("RunnerDeployment", deployment)


def desk_deployments() -> list[RunnerDeployment]:
    """The forms by which an administrator starts a run. They have no schedule, and wait for no other run."""
    return [
        cast(
            "RunnerDeployment",
            action.to_deployment(
                name,
                description=action.description,
                tags=[NAME, DESK_TAG],
                entrypoint_type=EntrypointType.MODULE_PATH,
            ),
        )
        for name, action in DESK.items()
    ]
