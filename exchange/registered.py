"""Who is registered and enrolled already, as far as a roster needs to know it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from exchange.lookups import look_up
from exchange.staging import CHUNK
from models.encrypted import found_by, opened
from models.people import PHONE, Person
from models.verdicts import ScoreSheet
from models.work import Enrolment
from workflows.facts import ENROLMENT, raw


class Enrolled(NamedTuple):
    """An enrolment that stands."""

    id: int
    organisation: int
    status: str
    reason: str | None
    joined: int
    left: int | None  # since when exempt, withdrawn or transferred
    name: str


class Reached(NamedTuple):
    """How a person is reached; None is not said."""

    phone: str | None = None
    email: str | None = None
    way: str | None = None

    def told(self, by: Reached) -> Reached:
        """The same with what a row says besides. An empty cell leaves what is there."""
        return Reached(*(new or old for new, old in zip(by, self, strict=True)))


class Registered(NamedTuple):
    """A person who is registered already."""

    id: int
    name: str
    reached: Reached


Place = tuple[str, str, str]  # cohort, number, role


def registered(session: Session, numbers: Iterable[str]) -> dict[str, Registered]:
    wanted = sorted(numbers)
    found: dict[str, Registered] = {}
    columns = ("number_hash", "id", "name", *Reached._fields)
    for at in range(0, len(wanted), CHUNK):
        part = {found_by(number): number for number in wanted[at : at + CHUNK]}
        rows = look_up(session, columns, "person", "number_hash = wanted.value", [*part])
        for hashed, person, name, phone, *rest in rows:
            found[part[hashed]] = Registered(person, name, Reached(opened(PHONE, phone), *rest))
    return found


def enrolled(session: Session, cohorts: Mapping[str, int]) -> dict[Place, Enrolled]:
    names = {cohort: name for name, cohort in cohorts.items()}
    rows = session.execute(
        select(
            ENROLMENT.c.cohort_id, col(Person.number), ENROLMENT.c.role, ENROLMENT.c.id,
            ENROLMENT.c.organisation_id, ENROLMENT.c.status, ENROLMENT.c.status_reason,
            raw(ENROLMENT, "joined_at"), raw(ENROLMENT, "left_at"), col(Person.name),
        )
        .join(Person, col(Person.id) == ENROLMENT.c.person_id)
        .where(ENROLMENT.c.cohort_id.in_(sorted(names)))
        .order_by(ENROLMENT.c.id)
    )  # fmt: skip
    return {(names[cohort], number, role): Enrolled(*rest) for cohort, number, role, *rest in rows}


def sealed_enrolments(session: Session, cohorts: list[int]) -> set[int]:
    """The enrolments that have a sealed score sheet."""
    statement = (
        select(col(ScoreSheet.enrolment_id))
        .join(Enrolment, col(Enrolment.id) == col(ScoreSheet.enrolment_id))
        .where(col(Enrolment.cohort_id).in_(cohorts))
        .distinct()
    )
    return set(session.execute(statement).scalars())
