"""What stands already of the facts that files bring, and the small numbers under which they are kept."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from exchange.lookups import look_up
from models.exceptions import PersonException
from models.terms import Cohort
from models.work import Activity, Enrolment, Source
from workflows.facts import EVIDENCE, activities
from workflows.transfers import followed, transfers


class Numbered(dict[Any, int]):
    """Gives each thing that it is asked for the next number, from 0."""

    def __missing__(self, key: Any) -> int:
        self[key] = len(self)
        return self[key]


class Record(NamedTuple):
    """A learning record of a file, with the file's own numbers for source and activity."""

    line: int
    enrolment: int
    cohort: int
    source: int  # its place in `sources`
    reference: str
    activity: int  # its place in `activities`
    item: str
    amount: int
    characters: int | None
    happened: int
    files: str = ""  # their places in `Files.read`, with commas between

    def content(self) -> tuple[Any, ...]:
        return (self.enrolment, self.activity, self.item, self.amount, self.characters, self.happened)


class Former(NamedTuple):
    """A record that stands, or was refused: its content in this file's numbers, with the enrolment of whoever was
    transferred as it is now."""

    content: tuple[Any, ...]
    revision: int  # the last that there is
    received: int
    row: tuple[int, int]  # the enrolment and the revision under which it is kept


class StandingEvidence:
    """What stands in the database of the sources of a file."""

    def __init__(
        self, session: Session, programme_id: int, sources: list[str], used: list[tuple[str, str]]
    ) -> None:
        self.session = session
        known = _sources(session, programme_id)
        self.sources = {at: known[name] for at, name in enumerate(sources) if name in known}
        numbers = activities(session, programme_id)
        places = {pair: at for at, pair in enumerate(used)}
        self.activities = {number: places.get(pair, -1) for pair, number in numbers.items()}
        self.refused = _refused(session, programme_id)

    def of(self, records: list[Record]) -> dict[tuple[int, str], Former]:
        """The standing records with the references of these, by source and reference; of what a review refused, the last
        one, so that it is known again and does not come back as new."""
        found: dict[tuple[int, str], Former] = {}
        for at, source_id in self.sources.items():
            references = [record.reference for record in records if record.source == at]
            if not references:
                continue
            rows = look_up(self.session, _STANDING, "evidence", _OF_REFERENCE, references, source=source_id)
            for (
                reference,
                enrolment,
                activity,
                item,
                amount,
                characters,
                happened,
                revision,
                received,
            ) in rows:
                place = self.activities.get(activity, -1)
                content = (enrolment, place, item, amount, characters, happened)
                found[at, reference] = Former(content, revision, received, (enrolment, revision))
            for reference in references if self.refused else ():
                if (source_id, reference) in self.refused and (at, reference) not in found:
                    former = self.refused[source_id, reference]
                    enrolment, activity, *rest = former.content
                    content = (enrolment, self.activities.get(activity, -1), *rest)
                    found[at, reference] = former._replace(content=content)
        return found


_STANDING = (
    "reference", "enrolment_id", "activity_id", "item", "amount", "characters", "happened_at", "revision",
    "received_at",
)  # fmt: skip
_OF_REFERENCE = "source_id = :source AND reference = wanted.value AND withdrawn_at IS NULL"
_WITHDRAWN_OF = "enrolment_id = wanted.value AND withdrawn_at IS NOT NULL"


def _refused(session: Session, programme_id: int) -> dict[tuple[int, str], Former]:
    """The newest of each record that a review did not accept, by source and reference, with the database's number for the
    activity; in whichever cohort the person was then, or has been since."""
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
    rows = look_up(session, ("source_id", *_STANDING), "evidence", _WITHDRAWN_OF, sorted(whose))
    found: dict[tuple[int, str], Former] = {}
    for source, reference, enrolment, *facts, revision, received in sorted(rows, key=itemgetter(-1, -2)):
        before = found.get((source, reference))
        last = max(revision, before.revision) if before else revision
        content = (followed(moved, enrolment), *facts)
        found[source, reference] = Former(content, last, received, (enrolment, revision))
    return found


def withdraw(session: Session, rows: list[tuple[Any, ...]], at: datetime) -> None:
    if rows:
        session.connection().execute(
            update(EVIDENCE)
            .where(
                EVIDENCE.c.source_id == bindparam("source"),
                EVIDENCE.c.reference == bindparam("of"),
                EVIDENCE.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=at),
            [{"source": source, "of": reference} for _, source, reference, *_ in rows],
        )


def source_numbers(session: Session, programme_id: int, names: list[str]) -> list[int]:
    known = _sources(session, programme_id)
    for name in names:
        if name not in known:
            made = Source(programme_id=programme_id, name=name)
            session.add(made)
            session.flush()
            known[name] = made.id or 0
    return [known[name] for name in names]


def _sources(session: Session, programme_id: int) -> dict[str, int]:
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
