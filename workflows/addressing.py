"""Who reads what stands in the outbox, and by which way: a person by mail or in the chat group of the cohort; an
organisation by its contact; and whoever has no address is told of to the nearest organisation above that has one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Subquery,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlmodel import Session

from models.letters import Contact
from models.nights import Outbox
from models.people import Person
from models.terms import Cohort
from workflows.facts import ENROLMENT
from workflows.organisations import Tree, load_tree

OUTBOX: Table = Outbox.__table__  # type: ignore[attr-defined]
PERSON: Table = Person.__table__  # type: ignore[attr-defined]
CONTACT: Table = Contact.__table__  # type: ignore[attr-defined]
COHORT: Table = Cohort.__table__  # type: ignore[attr-defined]

MAIL, CHAT = "mail", "chat"


def kind(recipient: Any) -> ColumnElement[str]:
    return func.substr(recipient, 1, 1)


def number(recipient: Any) -> ColumnElement[int]:
    return cast(func.substr(recipient, 2), Integer)


def is_reached(of: Table) -> ColumnElement[bool]:
    """Whether a person or contact has a mail address that no server has refused for good."""
    email, refused = of.c.email, of.c.refused_email
    return and_(email.is_not(None), email != "", or_(refused.is_(None), refused != email))


def way_to_person() -> ColumnElement[str | None]:
    """By which way a person is told in a cohort, of a statement that joins the contact of its group; null where none is
    known."""
    robot = CONTACT.c.robot.is_not(None)
    return case(
        (and_(PERSON.c.way == CHAT, robot), CHAT), (is_reached(PERSON), MAIL), (robot, CHAT), else_=None
    )


def to_people(told: ColumnElement[bool]) -> Subquery:
    """The rows to people, each with its reader and way; both null for whom neither is known."""
    way = way_to_person()
    reader = case(
        (way == CHAT, literal("c") + cast(OUTBOX.c.cohort_id, String)),
        (way == MAIL, literal("p") + cast(PERSON.c.id, String)),
        else_=None,
    )
    return (
        select(
            OUTBOX.c.id.label("row"), OUTBOX.c.cohort_id, ENROLMENT.c.organisation_id, PERSON.c.id.label("person_id"),
            way.label("way"), reader.label("reader"),
        )
        .join(ENROLMENT, ENROLMENT.c.id == number(OUTBOX.c.recipient))
        .join(PERSON, PERSON.c.id == ENROLMENT.c.person_id)
        .outerjoin(CONTACT, CONTACT.c.cohort_id == OUTBOX.c.cohort_id)
        .where(told, kind(OUTBOX.c.recipient) == "e")
        .subquery("to_people")
    )  # fmt: skip


def to_organisations(told: ColumnElement[bool]) -> Subquery:
    """The rows to organisations, and those to people whom nothing reaches, each with the organisation."""
    people = to_people(told)
    unreached = select(people.c.row, people.c.organisation_id).where(people.c.reader.is_(None))
    theirs = select(OUTBOX.c.id, number(OUTBOX.c.recipient)).where(told, kind(OUTBOX.c.recipient) == "o")
    return theirs.union_all(unreached).subquery("to_organisations")


def reached_organisations(session: Session, wanted: Iterable[int]) -> dict[int, tuple[int, str]]:
    """For each organisation the nearest one, itself or above, that can be reached, and its way; none where no contact is
    known up to the top."""
    rows = session.execute(
        select(CONTACT.c.organisation_id, case((is_reached(CONTACT), MAIL), else_=CHAT)).where(
            CONTACT.c.organisation_id.is_not(None), or_(is_reached(CONTACT), CONTACT.c.robot.is_not(None))
        )
    )
    ways: dict[int, str] = {row[0]: row[1] for row in rows}
    tree: Tree = load_tree(session)
    found = {}
    for organisation in wanted:
        nearest = next((node.id for node in reversed(tree.path(organisation)) if node.id in ways), None)
        if nearest is not None:
            found[organisation] = nearest, ways[nearest]
    return found
