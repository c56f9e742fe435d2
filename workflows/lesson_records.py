"""A step of a lesson study that shows a task: what was done here needs no record from elsewhere.

Whoever does the lesson study for the group, and is in it then, has a learning record of the task: of when the step took
place, received when it was said. Where the step is returned the record is withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlmodel import Session, col

from calendars.lesson_studies import LessonStudy
from calendars.quantities import HUNDREDTHS
from models.groups import GroupStep
from models.types import ONE_SECOND
from models.work import Evidence, Source
from workflows.cohorts import CohortTerm
from workflows.facts import ENROLMENT, people
from workflows.own_records import OwnRecord, keep_record
from workflows.resolving import Decision

STUDIED = "磨课"  # the source of the records that steps make


def note_done(session: Session, term: CohortTerm, study: LessonStudy, done: GroupStep) -> None:
    """A learning record of each who did it, if the step shows a task."""
    step = study.step(done.step)
    if step.task is None:
        return
    kind, at = step.shows or term.calendar.task(step.task).shows[0], done.effective_at
    doing = select(ENROLMENT.c.id).where(people([term.id], [study.role], at + ONE_SECOND))
    for enrolment in session.execute(doing.order_by(ENROLMENT.c.id)).scalars().all():
        (reference,) = _references(study, done.number, [enrolment])
        record = OwnRecord(STUDIED, reference, step.task, kind, HUNDREDTHS, done.done_at, at)
        keep_record(session, term.programme_id, enrolment, record)


def note_returned(session: Session, term: CohortTerm, study: LessonStudy, number: int, by: Decision) -> None:
    """What was noted of the act with this number counts no more from now on."""
    theirs = select(ENROLMENT.c.id).where(ENROLMENT.c.cohort_id == term.id)
    enrolments = session.execute(theirs).scalars().all()
    source = select(col(Source.id)).where(
        col(Source.programme_id) == term.programme_id, col(Source.name) == STUDIED
    )
    standing = (
        col(Evidence.enrolment_id).in_(enrolments), col(Evidence.source_id).in_(source),
        col(Evidence.reference).in_(_references(study, number, enrolments)), col(Evidence.withdrawn_at).is_(None),
    )  # fmt: skip
    session.execute(update(Evidence).where(*standing).values(withdrawn_at=by.effective_at))


def _references(study: LessonStudy, number: int, enrolments: Sequence[int]) -> list[str]:
    """By which the records of one act are known: no two acts and no two people have the same."""
    return [f"{study.id}-{number}-{enrolment}" for enrolment in enrolments]
