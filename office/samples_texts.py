"""The texts that made-up people hand in where a calendar compares them (`likeness:`): each of its own, but for one that was
copied from somebody of another cohort, and a ring of three.

All of it follows from the calendar and its records, so the same term has the same texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from calendars.characters import characters_in
from calendars.likeness import Likeness
from calendars.term import TermCalendar
from office.samples_dates import Term
from office.samples_people import People
from office.samples_prose import HEADINGS, laid_out, sentences
from office.samples_work import Record

LENGTH = 800  # characters of a text where the calendar asks for no length
SPARED = 2  # cohorts at either end in which nobody copies: others are stuck there for other reasons
BEFORE = 0.2  # of a text, before what it has from another
TAKEN, TAKEN_IN_A_RING = 0.4, (0.5, 0.7)  # of the other's text
_UNFIT = re.compile(r'[/\\:*?"<>|\s]')
ENCODINGS = ("utf-8", "gb18030")


@dataclass(frozen=True)
class Text:
    """What came with one learning record: the file's name and what it says."""

    name: str
    body: str
    characters: int


@dataclass(frozen=True)
class Copy:
    """Whose text somebody took a part of, by their records' references."""

    reference: str
    source: str
    share: float


def texts_of(term: Term, people: People, records: Sequence[Record]) -> dict[str, Text]:
    """By reference of the record that each came with. Where everybody does everything in time, nobody sends a file."""
    calendar = term.calendar
    if people.manner.in_time:
        return {}
    compared = {task for likeness in calendar.likeness for task in likeness.tasks}
    handed = [record for record in records if record.task.id in compared]
    copied = {
        copy.reference: copy for one in calendar.likeness for copy in _copies(term, one, people, handed)
    }
    said = {record.reference: _own(calendar, record) for record in handed}
    taken = {reference: _with_a_part(said, copy) for reference, copy in copied.items()}
    return {record.reference: _text(calendar, record, (said | taken)[record.reference]) for record in handed}


def write_texts(texts: Mapping[str, Text], folder: Path) -> None:
    """In the encodings in which people send them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts.values()):
        (folder / text.name).write_text(text.body, encoding=ENCODINGS[number % len(ENCODINGS)])


def _own(calendar: TermCalendar, record: Record) -> list[str]:
    """More sentences than the text can take."""
    enough, length, said = 2 * (record.characters or LENGTH), 0, list[str]()
    for sentence in sentences(_random(calendar, record)):
        said.append(sentence)
        length += len(sentence)
        if length > enough:
            break
    return said


def _with_a_part(said: Mapping[str, list[str]], copy: Copy) -> list[str]:
    """The own beginning, a part of the other's, and the own rest."""
    own, other = said[copy.reference], said[copy.source]
    first = round(len(own) * BEFORE / 2)
    taken = other[first : first + round(len(other) / 2 * copy.share)]
    return [*own[:first], *taken, *own[first:]]


def _text(calendar: TermCalendar, record: Record, said: list[str]) -> Text:
    """As long as the record says: no shorter where it is long enough, and too short where it is not."""
    wanted, asked = record.characters or LENGTH, record.task.characters or 0
    title, by = record.task.name, record.teacher.name
    length = sum(map(characters_in, (title, by, *HEADINGS)))
    lengths = [*accumulate(map(characters_in, said), initial=length)]
    count = next(place for place, so_far in enumerate(lengths) if so_far >= wanted)
    if wanted < asked <= lengths[count]:
        count -= 1
    body = laid_out(title, by, said[:count], _random(calendar, record))
    name = _UNFIT.sub("_", f"{record.teacher.name}-{record.task.name}-{record.reference}.txt")
    return Text(name, body, lengths[count])


def _random(calendar: TermCalendar, record: Record) -> Random:
    return Random(f"{calendar.programme}|{record.reference}")  # noqa: S311 (made-up texts, the same each time)


def _copies(term: Term, likeness: Likeness, people: People, records: Sequence[Record]) -> Iterator[Copy]:
    """One of two, and a ring of three of which two are of one cohort; whoever was first was copied from."""
    task = term.calendar.task(likeness.tasks[0])
    whole = [
        record
        for record in records
        if record.task == task
        and record.happened < term.closes(task)
        and (record.characters or LENGTH) >= (task.characters or 0)
    ]
    by_cohort: dict[str, list[Record]] = {}
    for record in whole:
        if all(record.teacher != known.teacher for known in by_cohort.get(record.teacher.cohort, ())):
            by_cohort.setdefault(record.teacher.cohort, []).append(record)
    cohorts = [found for name in people.cohorts if len(found := by_cohort.get(name, [])) > 1]
    middle = cohorts[SPARED:-SPARED]
    if len(middle) > 1:
        first, second = sorted((middle[0][0], middle[1][0]), key=_turn)
        yield Copy(second.reference, first.reference, TAKEN)
    if len(middle) > 3:
        first, *others = sorted((*middle[2][:2], middle[3][0]), key=_turn)
        for other, share in zip(others, TAKEN_IN_A_RING, strict=True):
            yield Copy(other.reference, first.reference, share)


def _turn(record: Record) -> tuple[object, str]:
    return record.happened, record.reference
