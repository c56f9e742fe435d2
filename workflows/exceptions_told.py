"""The exceptions of a programme or of one person, as an office sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.exceptions import PersonException
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment


@dataclass(frozen=True)
class Told:
    """One exception as an office sees it."""

    kind: str
    number: str
    person: str
    enrolment_id: int
    cohort: str
    task: str | None
    item: str | None
    assessment: str | None
    amount: int | None
    to_cohort: str | None
    reason: str
    names: tuple[str, ...]
    document: str | None
    effective_at: datetime


def exceptions_of(
    session: Session, programme_id: int | None = None, enrolment_id: int | None = None
) -> list[Told]:
    """Every exception of a programme or of one enrolment, by when it took effect."""
    there = Enrolment.__table__.alias("there")  # type: ignore[attr-defined]
    other = Cohort.__table__.alias("other")  # type: ignore[attr-defined]
    statement = (
        select(PersonException, col(Person.number), col(Person.name), col(Cohort.name), other.c.name)
        .join(Enrolment, col(Enrolment.id) == col(PersonException.enrolment_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .outerjoin(there, there.c.id == col(PersonException.to_enrolment_id))
        .outerjoin(other, other.c.id == there.c.cohort_id)
        .order_by(col(PersonException.effective_at), col(PersonException.id))
    )
    if programme_id is not None:
        statement = statement.where(col(Cohort.programme_id) == programme_id)
    if enrolment_id is not None:
        statement = statement.where(col(PersonException.enrolment_id) == enrolment_id)
    return [
        Told(
            row.kind, number, name, row.enrolment_id, cohort, row.task, row.item, row.assessment, row.amount, to,
            row.reason, tuple(filter(None, (row.name, row.second_name))), row.document, row.effective_at,
        )
        for row, number, name, cohort, to in session.execute(statement)
    ]  # fmt: skip
