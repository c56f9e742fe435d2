"""Material that somebody must have looked through before its assessment is locked, and who said that it was.

The calendar asks for it by a gate (`require: material reviewed`). A review is said to be done cohort by cohort. Nobody has
looked at what is received afterwards, so the lock asks for it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, literal_column, not_, or_, select
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.term import Assessment, Phase, Task, TermCalendar
from models.exceptions import PersonException
from models.types import seconds
from workflows.cohorts import CohortTerm, Decided
from workflows.facts import ENROLMENT, EVIDENCE, activities, kinds_of, of_activities, people, raw, stands

REQUIRED = "material reviewed"  # as a gate asks for it
NOT_REVIEWED = "material not reviewed"  # the kind of hold
DONE = "done"  # the decision
BY_THE_REVIEW = ("accept", "prior")  # what an office itself lets count, and has looked at

NO_REVIEW = Wording(
    zh="日历没有要求审核材料 (require: material reviewed)",
    en="the calendar asks for no review of material (require: material reviewed)",
)


def reviewed_assessments(calendar: TermCalendar) -> list[Assessment]:
    """Those whose lock waits for a review."""
    cutoffs = {gate.before for gate in calendar.gates if gate.require == REQUIRED}
    return [assessment for assessment in calendar.assessments if assessment.locks in cutoffs]


def must_review(calendar: TermCalendar) -> None:
    """Raises Refused where the calendar asks for no review."""
    if not reviewed_assessments(calendar):
        raise refuse(NO_REVIEW())


def phase_of(calendar: TermCalendar, assessment: Assessment) -> Phase:
    """The phase at whose lock an assessment is sealed."""
    locking = calendar.phase_locked_at(assessment.locks)
    assert locking is not None  # the calendar was checked
    return locking


def said_done(decided: Iterable[Decided], phase: str) -> Decided | None:
    """The last time that the review of a phase was said to be done, of these decisions."""
    found = [one for one in decided if (one.action, one.gate, one.phase) == (DONE, NOT_REVIEWED, phase)]
    return found[-1] if found else None


def material(calendar: TermCalendar, cutoff: str | None) -> tuple[list[str], list[Task]]:
    """Whose work is scored at a cutoff, by roles, and the tasks that show it."""
    scored = calendar.locked_at(cutoff)
    tasks = {
        task
        for assessment in scored
        for part in (*assessment.components, *assessment.needs)
        for task in part.tasks_within
    }
    roles = {role for assessment in scored for role in assessment.of}
    return sorted(roles), [task for task in calendar.tasks if task.id in tasks]


def not_looked_at(
    session: Session, terms: Sequence[CohortTerm], phase: Phase, since: datetime | None, at: datetime
) -> ColumnElement[bool]:
    """Of cohorts whose review was last said to be done at the same instant, or never: the people who joined or of whom
    material came since then, as known at an instant."""
    calendar, programme = terms[0].calendar, terms[0].programme_id
    roles, tasks = material(calendar, phase.locks)
    taking_part = people([term.id for term in terms], roles, at)
    if since is None:
        return taking_part
    known = activities(session, programme)
    numbers = [number for task in tasks for number in kinds_of(task, known)]
    let_in = exists().where(
        col(PersonException.enrolment_id) == EVIDENCE.c.enrolment_id,
        col(PersonException.kind).in_(BY_THE_REVIEW),
        col(PersonException.effective_at) == EVIDENCE.c.received_at,
    )
    came = exists(
        select(literal_column("1")).where(
            EVIDENCE.c.enrolment_id == ENROLMENT.c.id,
            of_activities(EVIDENCE, numbers),
            raw(EVIDENCE, "received_at") >= seconds(since),
            stands(EVIDENCE, at),
            not_(let_in),
        )
    )
    return and_(taking_part, or_(raw(ENROLMENT, "received_at") >= seconds(since), came))
