"""Where organisations and the chat groups of cohorts are reached, as an office has put it down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from models.letters import Contact
from models.terms import Cohort, Programme
from workflows.organisations import Tree


@dataclass(frozen=True, order=True)
class Whose:
    """An organisation or the group of a cohort, by its number."""

    kind: str  # o, c
    number: int


@dataclass(frozen=True)
class Reach:
    """How it is reached."""

    name: str | None = None
    email: str | None = None
    robot: str | None = None

    @property
    def is_nothing(self) -> bool:
        return not (self.name or self.email or self.robot)


@dataclass(frozen=True)
class Group:
    """A cohort of a programme."""

    id: int
    programme: str
    name: str


@dataclass(frozen=True)
class Standing:
    """One contact: `refused` where a mail server has refused the address for good."""

    whose: Whose
    reach: Reach
    refused: bool = False


def contacts(session: Session) -> dict[Whose, Standing]:
    """Every contact that stands."""
    found = (_standing(one) for one in session.execute(select(Contact)).scalars())
    return {one.whose: one for one in found}


def groups(session: Session) -> list[Group]:
    """Every cohort, by programme and name."""
    rows = session.execute(
        select(col(Cohort.id), col(Programme.slug), col(Cohort.name))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .order_by(col(Programme.slug), col(Cohort.name))
    )
    return [Group(*row) for row in rows]


def everybody(tree: Tree, known: Iterable[Group]) -> Iterator[Whose]:
    """Whoever may have a contact, by path, the groups of cohorts last."""
    yield from (Whose("o", number) for number in sorted(tree.nodes, key=tree.names))
    yield from (Whose("c", group.id) for group in known)


def put_down(session: Session, whose: Whose, reach: Reach) -> None:
    """Put down how somebody is reached from now on. An address that was taken away may be given again, also where a server
    has refused it."""
    key = "organisation_id" if whose.kind == "o" else "cohort_id"
    standing = select(Contact).where(col(getattr(Contact, key)) == whose.number)
    found = session.execute(standing).scalar_one_or_none()
    if reach.is_nothing:
        if found is not None:
            session.delete(found)
        return
    if found is None:
        found = Contact()
        setattr(found, key, whose.number)
        session.add(found)
    found.name, found.email, found.robot = reach.name, reach.email, reach.robot
    if not reach.email:
        found.refused_email = None


def _standing(one: Contact) -> Standing:
    of_organisation = one.organisation_id is not None
    whose = Whose("o" if of_organisation else "c", one.organisation_id or one.cohort_id or 0)
    refused = one.email is not None and one.email == one.refused_email
    return Standing(whose, Reach(one.name, one.email, one.robot), refused)
