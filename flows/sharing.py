"""A night shared among workers: the run of the night calls others, and all take batches of its cohorts until none is left.

Nobody is waited for who does not come, and what one has in hand who dies is free again at once. On SQLite, which has one
writer at a time, nobody is called. Annotations are real types here because Prefect reads them.
"""

import time
from collections.abc import Sequence
from uuid import UUID

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Completed
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Wording
from flows.faults import told_by_kind
from flows.loglines import line
from flows.settings import OfficeSettings, office_settings
from models.database import open_database, reading
from models.migrating import require_current
from workflows.night import Plan, advance_next
from workflows.night_batches import to_do

DEPLOYMENT = "share/yanxiu"
RETRY_AFTER: list[float] = [2, 10, 60]  # seconds: a busy database, a restarted one, one that fails over
LOOKS = 0.5  # seconds between looks whether what others have in hand is done, or free again

HELPED = Wording(zh="推进了{count}个班级", en="{count:cohort|cohorts} advanced")
NONE_LEFT = Wording(zh="已经没有要推进的", en="nothing was left to do")
NO_MORE = Wording(zh="这一夜已经做完，不再需要", en="the night is done, and this is not needed any more")


@task(
    task_run_name="cohorts {number}",
    retries=len(RETRY_AFTER),
    retry_delay_seconds=RETRY_AFTER,
    cache_policy=NO_CACHE,
)
@told_by_kind()
def advance_share(
    engine: Engine,
    night_id: int,
    number: int,  # noqa: ARG001 - it names the run
    most: int | None,
    *,
    waits: bool,
) -> int:
    """Take so many batches of cohorts to the night's instant, each in its own transaction, or all that there are. `waits`
    for what others have in hand, which is free again if they die. How many cohorts it were."""
    cohorts = batches = 0
    while most is None or batches < most:
        count = advance_next(engine, night_id, now)
        if count:
            cohorts, batches = cohorts + count, batches + 1
        elif waits and left(engine, night_id):
            time.sleep(LOOKS)
        else:
            break
    get_run_logger().info(line("cohorts advanced", night=night_id, cohorts=cohorts))
    return cohorts


@flow(name="share", flow_run_name="share-{number}-of-night-{night}", validate_parameters=True)
@told_by_kind()
def share(night: int, number: int) -> State[int]:
    """Help with a night (分担夜间推进). The night calls; nobody needs to start this by hand."""
    settings = office_settings()
    engine = open_database(settings.database_url)
    try:
        require_current(engine)
        cohorts = advance_share(engine, night, number, None, waits=False)
    finally:
        engine.dispose()
    told = HELPED(count=cohorts) if cohorts else NONE_LEFT()
    return Completed(message=told.text(settings.locale), data=cohorts)


def how_many(engine: Engine, settings: OfficeSettings) -> int:
    """By how many processes a night may be done."""
    return 1 + settings.helpers if engine.dialect.name == "postgresql" else 1


def call_helpers(plan: Plan, wanted: int) -> list[UUID]:
    """Begin so many runs that help with a night, but never more than there is work for. The same night calls each once."""
    wanted = min(wanted, plan.batches - 1)
    if wanted <= 0:
        return []
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(DEPLOYMENT).id
        except ObjectNotFound:
            get_run_logger().warning(line("no help is deployed", deployment=DEPLOYMENT))
            return []
        return [
            client.create_flow_run_from_deployment(
                deployment,
                parameters={"night": plan.night_id, "number": number},
                idempotency_key=f"night-{plan.night_id}-share-{number}",
            ).id
            for number in range(1, wanted + 1)
        ]


def dismiss(helpers: Sequence[UUID]) -> None:
    """Take back the runs that nobody has begun: the night is done."""
    told = NO_MORE().text(office_settings().locale)
    with get_client(sync_client=True) as client:
        for run in helpers:
            if client.read_flow_run(run).state_type is StateType.SCHEDULED:
                client.set_flow_run_state(run, Cancelled(message=told))


def left(engine: Engine, night_id: int) -> int:
    """How many batches of a night are not done."""
    with reading(engine) as session:
        return to_do(session, night_id)
