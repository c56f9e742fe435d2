"""The exceptions of a programme or of one person, as an office sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from calendars.term import TermCalendar
from models.exceptions import PersonException
from models.nights import Extension
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment, Evidence
from workflows.person_status import prior_reference
from workflows.publishing import readable_calendar

EXTEND = "extend"  # the kind of a later deadline, beside the kinds of `models.exceptions`


@dataclass(frozen=True)
class Told:
    """One exception as an office sees it; tasks and assessments by id, and as the calendar calls them."""

    kind: str
    number: str
    person: str
    enrolment_id: int
    cohort: str
    role: str
    task: str | None
    task_name: str | None
    item: str | None
    assessment: str | None
    assessment_name: str | None
    amount: int | None
    reference: str | None
    to_cohort: str | None
    until: datetime | None
    done: datetime | None  # when prior work was done elsewhere
    reason: str
    names: tuple[str, ...]
    document: str | None
    effective_at: datetime


def exceptions_of(
    session: Session, programme_id: int | None = None, enrolment_id: int | None = None
) -> list[Told]:
    """Every exception of a programme or of one enrolment, by when it took effect."""
    chosen: list[ColumnElement[bool]] = []
    if programme_id is not None:
        chosen.append(col(Cohort.programme_id) == programme_id)
    if enrolment_id is not None:
        chosen.append(col(Enrolment.id) == enrolment_id)
    found = [*_decided(session, chosen), *_extended(session, chosen)]
    return sorted(found, key=lambda one: one.effective_at)


WHO = (col(Person.number), col(Person.name), col(Cohort.name), col(Cohort.edition_id), col(Enrolment.role))


def _decided(session: Session, chosen: list[ColumnElement[bool]]) -> Iterator[Told]:
    there = Enrolment.__table__.alias("there")  # type: ignore[attr-defined]
    other = Cohort.__table__.alias("other")  # type: ignore[attr-defined]
    rows = session.execute(
        select(PersonException, other.c.name, *WHO)
        .join(Enrolment, col(Enrolment.id) == col(PersonException.enrolment_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .outerjoin(there, there.c.id == col(PersonException.to_enrolment_id))
        .outerjoin(other, other.c.id == there.c.cohort_id)
        .where(*chosen)
        .order_by(col(PersonException.id))
    )
    for row, to, *who in rows:
        yield _told(
            session, row, who, kind=row.kind, item=row.item, assessment=row.assessment, amount=row.amount,
            reference=row.reference, to_cohort=to, names=tuple(filter(None, (row.name, row.second_name))),
            done=_done(session, row),
        )  # fmt: skip


def _done(session: Session, row: PersonException) -> datetime | None:
    if row.kind != "prior":
        return None
    made = select(col(Evidence.happened_at)).where(
        col(Evidence.enrolment_id) == row.enrolment_id,
        col(Evidence.reference) == prior_reference(row.id or 0),
    )
    found: datetime | None = session.execute(made).scalars().first()
    return found


def _extended(session: Session, chosen: list[ColumnElement[bool]]) -> Iterator[Told]:
    rows = session.execute(
        select(Extension, *WHO)
        .join(Enrolment, col(Enrolment.id) == col(Extension.enrolment_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(*chosen)
        .order_by(col(Extension.id))
    )
    for row, *who in rows:
        yield _told(session, row, who, kind=EXTEND, until=row.until, names=(row.name,))


def _told(session: Session, row: PersonException | Extension, who: list[Any], **facts: Any) -> Told:
    number, person, cohort, edition, role = who
    calendar = readable_calendar(session, edition)
    optional = ("item", "assessment", "amount", "reference", "to_cohort", "until", "done")
    absent: dict[str, Any] = dict.fromkeys(optional)
    return Told(
        number=number, person=person, enrolment_id=row.enrolment_id, cohort=cohort, role=role, task=row.task,
        task_name=_task(calendar, row.task), assessment_name=_assessment(calendar, facts.get("assessment")),
        reason=row.reason, document=row.document, effective_at=row.effective_at, **absent | facts,
    )  # fmt: skip


def _task(calendar: TermCalendar | None, task: str | None) -> str | None:
    return calendar.task(task).name if calendar and task else task


def _assessment(calendar: TermCalendar | None, assessment: str | None) -> str | None:
    return (calendar.assessment(assessment).name or assessment) if calendar and assessment else assessment
