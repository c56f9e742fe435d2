"""Who does not want what is not obligatory says so by a letter: whoever has the letter knows its key, and nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from calendars.messages import Problem, Refused, Wording
from models.letters import Letter, Unsubscription
from models.people import Person

NO_LETTER = Wording(zh="没有这封信：{token}", en="there is no letter {token}")
NOT_TO_A_PERSON = Wording(
    zh="{token} 是写给单位或群的信，不能退订",
    en="{token} is a letter to an organisation or a group, which cannot unsubscribe",
)


@dataclass(frozen=True)
class Token:
    """The key of a letter, and where it was found."""

    key: str
    where: str = ""


@dataclass(frozen=True)
class Unsubscribed:
    """What holds for a person now, and whether it did before."""

    number: str
    name: str
    unsubscribed: bool
    changed: bool


def unsubscribe(
    session: Session, tokens: Iterable[Token], at: datetime, *, again: bool = False
) -> list[Unsubscribed]:
    """Note that the readers of these letters do not want what is not obligatory, or `again` do. What was left out meanwhile
    is not told later. Raises Refused, with every token that names no letter to a person."""
    readers = [_reader(session, token) for token in tokens]
    problems = [found for found in readers if isinstance(found, Problem)]
    if problems:
        raise Refused(problems)
    return [_note(session, found, at, again) for found in readers if isinstance(found, Person)]


def _reader(session: Session, token: Token) -> Person | Problem:
    reader = session.exec(select(Letter.reader).where(Letter.key == token.key)).one_or_none()
    if reader is None:
        return Problem(token.where, NO_LETTER(token=token.key))
    if reader[0] != "p":
        return Problem(token.where, NOT_TO_A_PERSON(token=token.key))
    return session.exec(select(Person).where(col(Person.id) == int(reader[1:]))).one()


def _note(session: Session, person: Person, at: datetime, again: bool) -> Unsubscribed:
    assert person.id is not None
    standing = session.get(Unsubscription, person.id)
    if again and standing is not None:
        session.delete(standing)
    elif not again and standing is None:
        session.add(Unsubscription(person_id=person.id, recorded_at=at))
    session.flush()
    return Unsubscribed(person.number, person.name, not again, (standing is None) != again)
