"""The flow behind the form of one hold: it takes the answer, carries it out at once, or says what is wrong with it.

It runs from the top each time that somebody resumes it, for some seconds; between that it has no process.
"""

from datetime import datetime
from uuid import UUID

from prefect import flow, get_run_logger, runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from calendars.clock import now
from calendars.messages import Refused, Wording
from flows.accesses import keep_refusals
from flows.endings import Ending, ending_of, few_again
from flows.faults import record, told_by_kind
from flows.hold_form import form, read_answer
from flows.loglines import line
from flows.settings import OfficeSettings, office_settings
from flows.showing import refresh_today, show_holds, tell_resolved
from flows.stuck_list import summary_of
from flows.windows import FLOW, PATIENCE, SUMMARY, Filled, look, newest_form, retag
from models.database import open_database, reading, transaction
from models.migrating import require_current
from workflows.answering import answer_hold, cohort_of
from workflows.cases import Case, case_of
from workflows.hold_kinds import ERROR
from workflows.looking import look_now
from workflows.resolving import Decision
from workflows.scopes import acting_as

TRIES = 3
RETRY_AFTER = 5.0  # seconds: a busy database, or a restarted one

REFUSED = Wording(zh="没有接受：{why}", en="not accepted: {why}")
KEPT = Wording(zh="已经保存，但还缺别的：{why}", en="this is kept, and something is missing still: {why}")
FAILED = Wording(
    zh="执行时程序出错（{error}），没有保存这个决定",
    en="the program failed while carrying it out ({error}); nothing was kept of this decision",
)


@flow(name=FLOW, retries=TRIES, retry_delay_seconds=RETRY_AFTER, validate_parameters=True)
@told_by_kind()
def hold(hold_id: int) -> State[None]:
    """A stuck cohort (卡住的班级): Resume shows what is missing, on whom it waits and what may be decided."""
    settings = office_settings()
    engine = open_database(settings.database_url)
    try:
        require_current(engine)
        with get_client(sync_client=True) as client:
            filled = newest_form(client, UUID(runtime.flow_run.id))
        if hold_id == SUMMARY:
            return _sum_up_again(engine, settings, filled)
        return _go_on(engine, settings, hold_id, filled)
    finally:
        engine.dispose()


def _sum_up_again(engine: Engine, settings: OfficeSettings, filled: Filled) -> State[None]:
    """Nothing can be answered in the run that sums up: it says how it is by now, as long as there are so many."""
    windows = look(engine)
    if len(windows.cases) > settings.most_in_sight:
        _, told = summary_of(windows.cases, windows.runs, settings)
        asked = RunInput.with_initial_data(description=told)
        suspend_flow_run(wait_for_input=asked, key=str(filled.number + 1), timeout=PATIENCE)
    return _close(few_again(settings))


def _close(ending: Ending) -> State[None]:
    with get_client(sync_client=True) as client:
        retag(client, UUID(runtime.flow_run.id), runtime.flow_run.tags, ending.tag)
    return Completed(name=ending.name, message=ending.message)


def _go_on(engine: Engine, settings: OfficeSettings, hold_id: int, filled: Filled) -> State[None]:
    """First whatever is due by now; then, if it is stuck still, the answer. An error that is to be tried again is left
    to the answer, which would otherwise find it gone and keep neither reason nor name."""
    at = now()
    with transaction(engine) as session:
        cohort_id = cohort_of(session, hold_id)
        case = case_of(session, hold_id, at)
        tried_again = case is not None and case.hold.kind == ERROR.name and filled.values is not None
        if cohort_id is not None and not tried_again:
            look_now(session, cohort_id, at, at)
    with reading(engine) as session:
        case = case_of(session, hold_id, at)
    if case is not None:
        note = _carry_out(engine, settings, case, filled, at)
        with reading(engine) as session:
            case = case_of(session, hold_id, now())
        if case is not None:
            _ask(settings, case, filled, note)
    return _end(engine, settings, hold_id, cohort_id)


def _carry_out(engine: Engine, settings: OfficeSettings, case: Case, filled: Filled, at: datetime) -> str:
    """Do what was answered. What it says is why the form comes back, if it does."""
    if filled.values is None:
        return ""
    try:
        said = read_answer(case, filled.values, settings.locale, case.zone or settings.zoneinfo)
        by = Decision(said.reason, said.name, at, now(), str(runtime.flow_run.id))
        with transaction(acting_as(engine, said.name)) as session:
            outcome = answer_hold(session, case.hold.id, said.answer, by)
    except Refused as refused:
        keep_refusals(engine, refused.problems, case.hold.programme, settings.locale)
        why = "；".join(problem.text(settings.locale) for problem in refused.problems)
        return REFUSED(why=why).text(settings.locale)
    except OperationalError:
        raise  # a busy database: the whole run is tried again
    except Exception as error:  # noqa: BLE001 - whoever answered is told, and the others go on
        record(error)
        get_run_logger().error(line("answer failed", hold=case.hold.id, error=type(error).__name__))
        return FAILED(error=type(error).__name__).text(settings.locale)
    get_run_logger().info(line("hold answered", hold=case.hold.id, resolution=outcome.resolution))
    return KEPT(why=case.hold.explanation).text(settings.locale)


def _ask(settings: OfficeSettings, case: Case, filled: Filled, note: str) -> None:
    """Show the form (again), and end this process until somebody has filled it in."""
    asked = form(case, settings.locale, settings.zoneinfo, note, filled.values)
    suspend_flow_run(wait_for_input=asked, key=str(filled.number + 1), timeout=PATIENCE)


def _end(engine: Engine, settings: OfficeSettings, hold_id: int, cohort_id: int | None) -> State[None]:
    """Tell how it ended, let the other windows of the cohort agree, and draw its page anew."""
    with reading(engine) as session:
        ending = ending_of(session, settings, hold_id)
    assert ending is not None
    if cohort_id is not None:
        show_holds(engine, settings, cohort_id)
        tell_resolved(engine, hold_id)
        refresh_today(engine, settings)
    return _close(ending)
