"""Who somebody is: found by the number or the phone, and what is kept about them, to be told to whoever asks after their own data."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from models.encrypted import found_by
from models.people import Person
from models.terms import Cohort, Programme
from models.texts import HandedFile
from models.verdicts import ScoreSheet
from models.work import Enrolment, Evidence, Mark
from workflows.organisations import load_tree
from workflows.scopes import require_everything, within

NOBODY_FOUND = Wording(zh="没有编号或手机号为“{said}”的人", en="nobody has the number or the phone {said!r}")


@dataclass(frozen=True)
class Part:
    """One participation, and how much of each kind is kept of it."""

    enrolment: int
    programme: str
    cohort: str
    role: str
    status: str
    organisation: str  # with those above it
    records: int
    files: int
    marks: int
    sheets: int


@dataclass(frozen=True)
class Known:
    """What is kept about a person."""

    id: int
    number: str
    name: str
    phone: str | None
    email: str | None
    parts: tuple[Part, ...]


def known_as(session: Session, said: str) -> list[Known]:
    """Whoever has this number, or this phone, which several may share, and of each what the operators who act may look at. Raises
    Refused where it is nobody, or nothing that they may."""
    hashed = found_by(said)
    here = or_(col(Person.number_hash) == hashed, col(Person.phone_hash) == hashed)
    people = session.execute(select(Person).where(here).order_by(col(Person.id))).scalars().all()
    if not people:
        raise refuse(NOBODY_FOUND(said=said))
    return [
        Known(one.id or 0, one.number, one.name, one.phone, one.email, _parts(session, one.id or 0))
        for one in people
    ]


def _parts(session: Session, person: int) -> tuple[Part, ...]:
    mine = (
        session.execute(select(col(Enrolment.id)).where(col(Enrolment.person_id) == person)).scalars().all()
    )
    if not mine:
        require_everything(session)
    seen, tree = within(session, mine), load_tree(session)
    rows = session.execute(
        select(Enrolment, col(Programme.slug), col(Cohort.name))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(col(Enrolment.id).in_(sorted(seen)))
        .order_by(col(Enrolment.id))
    )
    return tuple(
        Part(
            one.id or 0, programme, cohort, one.role, one.status, "/".join(tree.names(one.organisation_id)),
            *(_count(session, table, one.id or 0) for table in (Evidence, HandedFile, Mark, ScoreSheet)),
        )
        for one, programme, cohort in rows
    )  # fmt: skip


def _count(session: Session, table: type[Evidence | HandedFile | Mark | ScoreSheet], enrolment: int) -> int:
    count = select(func.count()).select_from(table).where(col(table.enrolment_id) == enrolment)
    return int(session.execute(count).scalar_one())
