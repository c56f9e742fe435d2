"""What stands already of the records that a file brings, and the small numbers under which sources and activities are kept."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from exchange.lookups import look_up
from models.exceptions import PersonException
from models.terms import Cohort
from models.work import Activity, Enrolment, Source
from workflows.facts import activities
from workflows.transfers import followed, transfers

Key = TypeVar("Key")


class Numbered(dict[Any, int]):
    """Gives each thing that it is asked for the next number, from 0."""

    def __missing__(self, key: Any) -> int:
        self[key] = len(self)
        return self[key]


class Numbers(dict[Key, int]):
    """The database's numbers of things by name. What it does not have yet gets -1, -2, … until it is made."""

    def __init__(self, known: Mapping[Key, int]) -> None:
        super().__init__(known)
        self.new: list[Key] = []

    def __missing__(self, key: Key) -> int:
        self.new.append(key)
        self[key] = -len(self.new)
        return self[key]


class RefusedRecord(NamedTuple):
    """A record that a review did not accept, in the enrolment of whoever was transferred as it is now."""

    content: tuple[Any, ...]
    last: int  # revision that there is
    received: int
    enrolment: int  # under which it is kept
    revision: int


_CONTENT = ("enrolment_id", "activity_id", "item", "amount", "characters", "happened_at")
_WITHDRAWN_OF = "enrolment_id = wanted.value AND withdrawn_at IS NOT NULL"


def refused_records(session: Session, programme_id: int) -> dict[tuple[int, str], RefusedRecord]:
    """The newest of each record that a review did not accept, by source and reference, so that it is known again and does
    not come back as new; in whichever cohort the person was then, or has been since."""
    refusals = (
        select(col(PersonException.enrolment_id))
        .join(Enrolment, col(Enrolment.id) == col(PersonException.enrolment_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id, col(PersonException.kind) == "refuse")
    )
    whose = set(session.execute(refusals).scalars())
    if not whose:
        return {}
    moved, _ = transfers(session, programme_id)
    now = {followed(moved, enrolment) for enrolment in whose}
    whose |= {one for one in (*moved, *moved.values()) if followed(moved, one) in now}
    columns = ("source_id", "reference", *_CONTENT, "revision", "received_at")
    rows = look_up(session, columns, "evidence", _WITHDRAWN_OF, sorted(whose))
    found: dict[tuple[int, str], RefusedRecord] = {}
    for source, reference, enrolment, *facts, revision, received in sorted(rows, key=itemgetter(-1, -2)):
        before = found.get((source, reference))
        last = max(revision, before.last) if before else revision
        content = (followed(moved, enrolment), *facts)
        found[source, reference] = RefusedRecord(content, last, received, enrolment, revision)
    return found


def source_numbers(session: Session, programme_id: int, names: list[str]) -> list[int]:
    known = sources(session, programme_id)
    for name in names:
        if name not in known:
            made = Source(programme_id=programme_id, name=name)
            session.add(made)
            session.flush()
            known[name] = made.id or 0
    return [known[name] for name in names]


def sources(session: Session, programme_id: int) -> dict[str, int]:
    rows = session.execute(
        select(col(Source.name), col(Source.id)).where(col(Source.programme_id) == programme_id)
    )
    return {name: number or 0 for name, number in rows}


def activity_numbers(session: Session, programme_id: int, pairs: list[tuple[str, str]]) -> list[int]:
    """The small number of each (task, kind), made where there is none yet."""
    known = activities(session, programme_id)
    for task, kind in pairs:
        if (task, kind) not in known:
            made = Activity(programme_id=programme_id, task=task, kind=kind)
            session.add(made)
            session.flush()
            known[task, kind] = made.id or 0
    return [known[pair] for pair in pairs]
