"""The flow of one night: a thin caller of `workflows.night`, so that somebody watches and what fails is retried.

Its identity is the instant that it is for: the one that a schedule gave it, or the one that a person stated; never
the moment at which it happened to run. Annotations are real types here because Prefect reads them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, cast
from uuid import UUID

from prefect import flow, get_run_logger, runtime, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Refused, Wording, refuse
from calendars.spoken_times import shown
from exchange.pinging import ping
from flows.carrying_out import counts_in_words, problems_told
from flows.events import night_done
from flows.faults import told_by_kind
from flows.form_fields import AS_OF, INSTANT, titled
from flows.loglines import line
from flows.morning import KEY, morning_page
from flows.seals import Witness, seals_of_the_night
from flows.settings import OfficeSettings, office_settings
from flows.sharing import RETRY_AFTER, advance_share, call_helpers, dismiss, how_many, left
from flows.showing import show_holds
from flows.today import draw_today
from flows.windows import Windows
from models.database import open_database, reading, transaction
from models.migrating import require_current
from workflows.changes import Changes
from workflows.night import EARLIER, Plan, begin, changed_so_far, finish
from workflows.night_batches import undone

PROGRESS_KEY = "night-progress"

MOST_TASKS = 24  # of a run: each costs the server several events, and it drops them by the thousand

OVERTAKEN = Wording(
    zh="{as_of} 已经包含在更晚的一次夜间推进里，没有要做的事",
    en="a later night has already done everything due up to {as_of}",
)

REFUSED = Wording(zh="没有推进。{problems}", en="the night was not run. {problems}")
DONE = Wording(zh="已推进到 {as_of}：{what}", en="advanced to {as_of}: {what}")
NOTHING = Wording(zh="没有到期的事项", en="nothing was due")
DONE_BUT = Wording(zh="{done}。{but}", en="{done}. {but}")
UNDONE = Wording(
    zh="有{count}批班级没有推进，原因见本机的 faults.log；下一夜接着做",
    en="{count:batch|batches} of cohorts could not be advanced; faults.log says why, and the next night takes up "
    "what is left",
)

AsOf = Annotated[datetime | None, titled(AS_OF, INSTANT)]


def instant_of_run(as_of: datetime | None) -> datetime:
    """The instant that the present run is for, in UTC and whole seconds. One stated without a zone is the office's."""
    stated = as_of or runtime.flow_run.scheduled_start_time
    if stated.tzinfo is None:
        stated = stated.replace(tzinfo=office_settings().zoneinfo)
    return datetime.fromtimestamp(int(stated.timestamp()), UTC)


def run_name() -> str:
    """`night-` and its date in the office's zone; the minute too if a person stated another than midnight."""
    as_of = runtime.flow_run.parameters.get("as_of")
    at = instant_of_run(as_of).astimezone(office_settings().zoneinfo)
    by_the_minute = as_of is not None and (at.hour or at.minute)
    return at.strftime("night-%Y-%m-%d-%H%M" if by_the_minute else "night-%Y-%m-%d")


def worth_another_try(_task: object, _run: object, state: State[object]) -> bool:
    """A database that is busy or away comes back; what was refused stays refused."""
    return not isinstance(state.data, Refused)


@task(
    task_run_name="begin",
    retry_condition_fn=worth_another_try,
    retries=len(RETRY_AFTER),
    retry_delay_seconds=RETRY_AFTER,
    cache_policy=NO_CACHE,
)
@told_by_kind()
def begin_night(engine: Engine, until: datetime, hands: int) -> Plan:
    """Open the night and lay out the cohorts with something due."""
    with transaction(engine) as session:
        plan = begin(session, until, now(), hands)
    get_run_logger().info(
        line(
            "night begun",
            night=plan.night_id,
            as_of=until.isoformat(),
            cohorts=plan.cohorts,
            batches=plan.batches,
        )
    )
    return plan


@flow(name="nightly", flow_run_name=run_name, validate_parameters=True)
@told_by_kind()
def nightly(as_of: AsOf = None) -> State[Changes]:
    """Do everything due up to an instant (夜间推进): phases, reminders, seals. Stated without one, it is the
    instant for which the run is scheduled."""
    settings, until = office_settings(), instant_of_run(as_of)
    engine = open_database(settings.database_url)
    try:
        require_current(engine)
        hands = how_many(engine, settings)
        plan = begin_night(engine, until, hands)
        changes, missing = _advance_all(engine, plan, call_helpers(plan, hands - 1))
        kept = None if missing else seals_of_the_night(engine, settings, until)
        windows = show_holds(engine, settings)
        _publish(engine, settings, until, changes, windows, kept)
    except Refused as refused:
        return _not_run(settings, until, refused, stated=as_of is not None)
    finally:
        engine.dispose()
    if missing:
        told = UNDONE(count=missing)
        return Failed(message=told.text(settings.locale), data=cast("Changes", refuse(told)))
    if kept is not None and (wrong := kept.wrong(settings.locale)):
        return Failed(message=wrong.text(settings.locale), data=cast("Changes", refuse(wrong)))
    what = counts_in_words(changes, settings.locale) or NOTHING()
    done = DONE(as_of=shown(until, settings.zoneinfo), what=what)
    if (not_told := ping(settings.ping_url, good=not changes.failed)) is not None:
        done = DONE_BUT(done=done, but=not_told)
    return Completed(message=done.text(settings.locale), data=changes)


def _not_run(settings: OfficeSettings, until: datetime, refused: Refused, *, stated: bool) -> State[Changes]:
    """Why a night was refused. One that a schedule made and a later one has overtaken is nobody's mistake."""
    if not stated and _is_overtaken(refused):
        message = OVERTAKEN(as_of=shown(until, settings.zoneinfo)).text(settings.locale)
        return Completed(name="Overtaken", message=message, data=Changes())
    told = REFUSED(problems=" · ".join(problems_told(refused.problems, settings.locale)))
    return Failed(message=told.text(settings.locale), data=cast("Changes", refused))


def totals(changes: Changes) -> dict[str, int]:
    """The sums of what changed, for a log line."""
    return {
        "moves": changes.moves.total(),
        "reminders": changes.reminders.total(),
        "sealed": changes.sealed.total(),
        "stuck": changes.holds_opened.total(),
        "unstuck": changes.holds_cleared.total(),
        "failed": changes.failed.total(),
        "lapsed": changes.lapsed.total(),
        "paired": changes.paired.total(),
    }


def _advance_all(engine: Engine, plan: Plan, helpers: Sequence[UUID]) -> tuple[Changes, int]:
    """Every batch of the plan, together with whoever helps, in as few tasks as a run may have: what was changed, and how
    many batches could not be done. These do not keep the others from going on, but the night is not finished then."""
    progress = cast("UUID", create_progress_artifact(progress=0.0, key=PROGRESS_KEY))
    most = -(-plan.batches // MOST_TASKS)
    number = failed = 0
    while failed < MOST_TASKS and (waiting := left(engine, plan.night_id)):
        number += 1
        update_progress_artifact(progress, 100.0 * (1 - waiting / plan.batches))
        state = advance_share(engine, plan.night_id, number, most, waits=True, return_state=True)
        failed = 0 if state.is_completed() else failed + 1
    if helpers:
        dismiss(helpers)
    changes, missing = _finish(engine, plan)
    if not missing:
        update_progress_artifact(progress, 100.0)
        night_done(plan.night_id, plan.as_of, totals(changes))
    get_run_logger().info(line("night done", night=plan.night_id, **totals(changes), batches_undone=missing))
    return changes, missing


def _finish(engine: Engine, plan: Plan) -> tuple[Changes, int]:
    with transaction(engine) as session:
        missing = undone(session, plan.night_id)
        if missing:
            return changed_so_far(session, plan.night_id), missing
        return finish(session, plan.night_id, now()), 0


def _publish(
    engine: Engine,
    settings: OfficeSettings,
    until: datetime,
    changes: Changes,
    windows: Windows,
    kept: Witness | None,
) -> None:
    """The morning's page. Its key never changes, so Prefect keeps it as a version of the one before."""
    with reading(engine) as session:
        page = morning_page(session, settings, until, changes, windows, kept)
    create_markdown_artifact(markdown=page, key=KEY)
    draw_today(page)


def _is_overtaken(refused: Refused) -> bool:
    return any(problem.message.wording is EARLIER for problem in refused.problems)
