"""Findings of likeness as an office sees them: by name and number, in rings, with what was decided and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.likeness import Likeness
from models.exceptions import PersonException
from models.people import Organisation, Person
from models.terms import Cohort, Programme
from models.texts import HandedFile, LikenessDecision
from models.work import Enrolment
from workflows.likeness import Alike, Handed, Looking, bodies
from workflows.passages import Passage, passages
from workflows.publishing import calendar_of, newest_edition

DECIDED = ("revoke", "dismiss")


@dataclass(frozen=True)
class Writer:
    """Whose text: the person, where, the task and the file, when it was handed in, and what was decided about it."""

    number: str
    person: str
    enrolment_id: int
    programme: str
    cohort: str
    organisation: str
    task: str
    file: str
    happened_at: datetime
    decided: str | None  # revoke, dismiss, or nothing yet
    by: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Two texts that are alike: the one that was first, which part of each is in the other, in hundredths of a percent,
    and the number of the ring to which both belong."""

    likeness: Likeness
    ring: int
    ring_size: int  # persons
    first: Writer
    second: Writer
    of_first: int
    of_second: int
    texts: tuple[str, str]  # by their hashes

    def is_of(self, number: str) -> bool:
        return number in (self.first.number, self.second.number)


@dataclass(frozen=True)
class SideBySide:
    """A finding with both texts, and the passages that they have in common."""

    finding: Finding
    first: str
    second: str
    passages: tuple[Passage, ...]


def findings(session: Session, slug: str, at: datetime, assessment: str | None = None) -> list[Finding]:
    """Everything that is alike in a programme as known at an instant, those most alike first, ring by ring in the order
    of their greatest likeness."""
    return [one for looking in lookings(session, slug, at, assessment) for one in _findings(looking)]


def lookings(session: Session, slug: str, at: datetime, assessment: str | None = None) -> Iterator[Looking]:
    """By the newest calendar of a programme."""
    edition = newest_edition(session, slug)
    calendar = calendar_of(session, edition.id or 0)
    for likeness in calendar.likeness:
        if assessment in (None, likeness.of):
            yield Looking(session, edition.programme_id, calendar, likeness, at)


def unknown_programmes(looking: Looking) -> list[str]:
    """Former programmes that the calendar names and that this database does not have."""
    known = set(looking.session.execute(select(col(Programme.slug))).scalars())
    return [slug for slug in looking.likeness.former if slug not in known]


def side_by_side(looking: Looking, finding: Finding) -> SideBySide:
    texts = bodies(looking.session, finding.texts)
    first, second = (texts[text] for text in finding.texts)
    return SideBySide(finding, first, second, tuple(passages(first, second, looking.without)))


def _findings(looking: Looking) -> Iterator[Finding]:
    pairs = looking.pairs
    sizes = {ring: len(persons) for ring, persons in enumerate(looking.rings())}
    ring_of = {person: ring for ring, persons in enumerate(looking.rings()) for person in persons}
    numbers: dict[int, int] = {}
    for pair in pairs:
        numbers.setdefault(ring_of[pair.first.person_id], len(numbers) + 1)
    writers = _writers(looking, pairs)
    for pair in sorted(pairs, key=lambda pair: numbers[ring_of[pair.first.person_id]]):
        ring = ring_of[pair.first.person_id]
        yield Finding(
            looking.likeness, numbers[ring], sizes[ring], writers[pair.first.id, pair.second.id],
            writers[pair.second.id, pair.first.id], pair.of_first, pair.of_second, (pair.first.text, pair.second.text),
        )  # fmt: skip


def _writers(looking: Looking, pairs: Sequence[Alike]) -> dict[tuple[int, int], Writer]:
    """By the own text and the other."""
    texts = {text.id for pair in pairs for text in (pair.first, pair.second)}
    rows = looking.session.execute(
        select(
            col(HandedFile.id), col(HandedFile.name), col(Person.number), col(Person.name), col(Cohort.name),
            col(Programme.slug), col(Organisation.name),
        )
        .join(Enrolment, col(Enrolment.id) == col(HandedFile.enrolment_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .join(Organisation, col(Organisation.id) == col(Enrolment.organisation_id))
        .where(col(HandedFile.id).in_(sorted(texts)))
    )  # fmt: skip
    about = {row[0]: tuple(row[1:]) for row in rows}
    decided = _decisions(looking)
    tasks = {task.id: task.name for task in looking.calendar.tasks}

    def writer(own: Handed, other: Handed) -> Writer:
        file, number, person, cohort, programme, place = about[own.id]
        kind, names = decided.get((own.enrolment_id, 0), decided.get((own.id, other.id), (None, ())))
        task = tasks.get(own.task, own.task) if own.mine else own.task
        return Writer(
            number,
            person,
            own.enrolment_id,
            programme,
            cohort,
            place,
            task,
            file,
            own.happened_at,
            kind,
            names,
        )

    both = [(pair.first, pair.second) for pair in pairs]
    return {
        (own.id, other.id): writer(own, other) for one, two in both for own, other in ((one, two), (two, one))
    }


def _decisions(looking: Looking) -> dict[tuple[int, int], tuple[str | None, tuple[str, ...]]]:
    """What was decided and by whom: about an enrolment, under (enrolment, 0); about two texts, under (own, other)."""
    statement = (
        select(PersonException, col(LikenessDecision.text_id), col(LikenessDecision.other_id))
        .outerjoin(LikenessDecision, col(LikenessDecision.exception_id) == col(PersonException.id))
        .where(
            col(PersonException.kind).in_(DECIDED), col(PersonException.assessment) == looking.likeness.of,
            col(PersonException.effective_at) <= looking.at,
        )
        .order_by(col(PersonException.effective_at), col(PersonException.id))
    )  # fmt: skip
    found: dict[tuple[int, int], tuple[str | None, tuple[str, ...]]] = {}
    for row, own, other in looking.session.execute(statement):
        said = row.kind, tuple(filter(None, (row.name, row.second_name)))
        if row.kind == "revoke":
            found[row.enrolment_id, 0] = said
        elif own is not None:
            found[own, other] = said
    return found
