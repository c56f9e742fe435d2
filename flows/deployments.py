"""How the flows are deployed: one definition each, for the serving process and for a work pool.

`prefect.yaml` says the same in Prefect's own words for those who deploy with `prefect deploy`.
"""

from __future__ import annotations

from typing import cast

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows import windows
from flows.hold import hold
from flows.nightly import nightly
from flows.settings import OfficeSettings

NAME = "yanxiu"
DESCRIPTION = (
    "Everything due up to the scheduled instant: phases, reminders, seals. 每夜一次，推进到排定的时刻。"
)

ABOUT_HOLDS = (
    "One run for each cohort that is stuck; Resume shows its form. 每个卡住的班级一条，点 Resume 填表处理。"
)


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


def hold_deployment() -> RunnerDeployment:
    """The forms of stuck cohorts. The night makes their runs; nobody starts one by hand."""
    deployment = hold.to_deployment(
        windows.DEPLOYMENT, description=ABOUT_HOLDS, entrypoint_type=EntrypointType.MODULE_PATH
    )
    return cast("RunnerDeployment", deployment)
