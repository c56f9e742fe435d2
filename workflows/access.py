"""The access log: who wrote people's data into which file, or was shown their numbers in full, and what was refused to whom because
of its scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Locale, Message, Problem, joined
from models.operators import Access
from workflows.scopes import REFUSALS


@dataclass(frozen=True)
class Done:
    """What somebody did or wanted to do: by which command or form, of which programme."""

    operator: str
    account: str
    act: str
    programme: str | None = None
    concerned: str | None = None
    run_id: str | None = None


def exported(session: Session, done: Done, file: str, rows: int, at: datetime) -> None:
    """Keep that people's data were written into a file, told by its name alone."""
    session.add(Access(at=at, file=file, rows=rows, **_facts(done)))


def shown_in_full(session: Session, done: Done, at: datetime) -> None:
    """Keep that numbers and phones were shown as they are, on a screen or in a file."""
    session.add(Access(at=at, **_facts(done)))


def refused(session: Session, done: Done, problems: Iterable[Problem], locale: Locale, at: datetime) -> None:
    """Keep each refusal among these problems that is one for its scope; others are none of this log's."""
    for operator, concerned in of_scope(problems, locale):
        told = replace(done, operator=operator, concerned=concerned)
        session.add(Access(at=at, refused=True, **_facts(told)))


def of_scope(problems: Iterable[Problem], locale: Locale) -> Iterator[tuple[str, str | None]]:
    """Whose scope a problem is about, and what it does not cover; each once, however often it was asked."""
    found = {}
    for message in (one for problem in problems for one in _within(problem.message)):
        if message.wording in REFUSALS:
            facts = dict(message.facts)
            found[str(facts["name"]), _names(facts.get("concerned"), locale) or None] = True
    yield from ((name, concerned) for name, concerned in found if name)


def _within(message: Message) -> Iterator[Message]:
    """A message with those that it quotes, as one about a line of a file does."""
    yield message
    for _, fact in message.facts:
        for one in fact if isinstance(fact, tuple) else (fact,):
            if isinstance(one, Message):
                yield from _within(one)


def _names(told: object, locale: Locale) -> str:
    """What was concerned. Names stand apart in the log as in Chinese, whatever the language of whoever acted."""
    if isinstance(told, Message):
        facts = tuple((name, _names(fact, locale)) for name, fact in told.facts)
        return Message(told.wording, facts).text(locale)
    return joined(told, "zh") if isinstance(told, tuple) else str(told or "")


def accesses(session: Session, since: datetime | None = None) -> list[Access]:
    """The log, the oldest line first."""
    wanted = select(Access).order_by(col(Access.id))
    if since is not None:
        wanted = wanted.where(col(Access.at) >= since)
    return list(session.execute(wanted).scalars())


def _facts(done: Done) -> dict[str, Any]:
    return {name: getattr(done, name) for name in Done.__dataclass_fields__}
