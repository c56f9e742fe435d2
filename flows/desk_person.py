"""What an administrator decides for one person from Prefect's page: a later deadline.

Prefect keeps what is typed into its forms in clear, so the person is told by the number of the participation, which
`yanxiu explain` shows, and by nothing else.
"""

from datetime import datetime

from prefect import flow
from prefect.client.schemas.objects import State
from sqlmodel import Session

from calendars.messages import Wording, refuse
from calendars.spoken_times import ending, shown_end
from flows import form_fields as fields
from flows.carrying_out import Asking, Desk, Done, carry_out, exactly_one, needed
from models.database import transaction
from models.nights import Extension
from models.terms import Cohort, Programme
from models.work import Enrolment
from workflows.extending import NO_ENROLMENT, extend_for_person, extend_phase_for_person
from workflows.known import phase_named, task_named
from workflows.looking import look_now
from workflows.publishing import calendar_of
from workflows.resolving import Decision
from workflows.scopes import require_enrolment

EXTENDED = Wording(
    "参训第{number}号（{cohort}）：{tasks}推后到 {until}",
    "participation {number} ({cohort}): {tasks} extended to {until}",
)


@flow(name="extend-one", flow_run_name="{participation} → {until}")
def extend_for_one(
    participation: fields.Participation,
    until: fields.Until,
    reason: fields.Reason,
    name: fields.Name,
    task: fields.Task = "",
    phase: fields.PhaseOrTask = "",
) -> State[None]:
    """只为一个人把一项任务，或阶段结束时应交的各项任务的截止时间推后；别人的不变。
    Move the deadline of one task, or of all that is due at the end of a phase, for one person; nobody else's moves."""

    def act(desk: Desk) -> Done:
        asked = Asking()
        by = asked.ask(lambda: desk.decision(reason, name))
        with transaction(desk.engine) as session:
            cohort = asked.must(lambda: _cohort_of(session, participation))
            asked.ask(lambda: exactly_one(fields.TASK, task, fields.PHASE, phase))
            zone = calendar_of(session, cohort.edition_id).zoneinfo
            to = asked.ask(
                lambda: ending(needed(fields.UNTIL, until), zone, fields.UNTIL().text(desk.locale))
            )
            asked.end()
            look_now(session, cohort.id or 0, desk.at, desk.at)
            rows = _extend(session, cohort, participation, (task, phase), to, by)
            look_now(session, cohort.id or 0, desk.at, desk.at)
            names = {one.id: one.name for one in calendar_of(session, cohort.edition_id).tasks}
            tasks = [names[row.task] for row in rows]
            facts = {"number": participation, "cohort": cohort.name, "tasks": tasks}
            return Done(EXTENDED(**facts, until=shown_end(to, zone)), [cohort.id or 0])

    return carry_out(act, name)


def _cohort_of(session: Session, participation: int) -> Cohort:
    enrolment = session.get(Enrolment, participation)
    if enrolment is None:
        raise refuse(NO_ENROLMENT(id=participation))
    require_enrolment(session, participation)
    return session.get_one(Cohort, enrolment.cohort_id)


def _extend(
    session: Session, cohort: Cohort, participation: int, what: tuple[str, str], to: datetime, by: Decision
) -> list[Extension]:
    task, phase = (one.strip() for one in what)
    slug = session.get_one(Programme, cohort.programme_id).slug
    if task:
        return [extend_for_person(session, participation, task_named(session, slug, task), to, by)]
    return extend_phase_for_person(session, participation, phase_named(session, slug, phase), to, by)
