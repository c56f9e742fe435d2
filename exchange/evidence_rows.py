"""Rows of a file of learning records, read one by one: whose record each is, what it shows, and how much.

A platform's export is millions of rows that say little but numbers and times. What such a row means follows from few
facts that have been read with care once; whatever is not plain in it is read with care again, and refused by its cell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from calendars.messages import UnreadableError, Wording
from calendars.term import Task, TermCalendar
from exchange.cells import Reader
from exchange.columns import Row, plain
from exchange.forms import items_of
from exchange.handed_files import Files, ReadText, only_text
from exchange.known_cells import ASK, Amounts, Times
from exchange.participants import BLOCK, Owed, Participant, Participants, nearest
from exchange.plans import Plan
from exchange.standing import Numbers
from workflows.digests import evidence_digester

NOTHING_TO_SHOW = Wording(
    zh="任务“{task}”不凭学习记录考核，只凭评分",
    en="the task {task!r} is shown by a mark alone, not by records",
)
WHICH_KIND = Wording(
    zh="任务“{task}”有几种学习记录，请写明类型：{kinds}",
    en="the task {task!r} is shown in several ways; write which: {kinds}",
)
UNKNOWN_KIND = Wording(
    zh="任务“{task}”没有“{found}”这种学习记录。{hint}",
    en="the task {task!r} is not shown by {found!r}. {hint}",
)
ALL_KINDS = Wording(zh="可以是：{names}", en="It can be: {names}")
WHICH_ITEM = Wording(zh="任务“{task}”要写明项目：{items}", en="the task {task!r} asks for an item: {items}")
UNKNOWN_ITEM = Wording(
    zh="任务“{task}”没有项目“{found}”。{hint}", en="the task {task!r} has no item {found!r}. {hint}"
)
OUR_REFERENCE = Wording(zh="记录编号不能以 # 开头", en="a reference must not begin with #")
OTHER_LENGTH = Wording(
    zh="表中写{said}字，按文件“{file}”数得{found}字，以文件为准",
    en="the sheet says {said:character|characters}, and {file!r} has {found}: the file counts",
)

WHOLE = 100  # hundredths: the amount of a record that does not say how much
_REMEMBERED = 1 << 16
_MOST_CHARACTERS = WHOLE << 31
_SHAPE = ("task", "kind", "item", "source", "role")
_FACTS = ("number", "name", "cohort", "file", "amount", "characters", "happened", "reference")

Digest = Callable[[str, int, int | None, int], int]


class Shape(NamedTuple):
    """What the words of a row come to, for whoever has some role in an edition of the calendar."""

    task: str
    kind: str
    item: str
    source: int
    activity: int
    digest: Digest


class Record(NamedTuple):
    """A learning record of a file, with the database's numbers for source and activity, or those of `Numbers`."""

    line: int
    enrolment: int
    cohort: int
    source: int
    reference: str
    activity: int
    item: str
    amount: int
    characters: int | None
    happened: int
    files: str  # their places in `Files.read`, with commas between
    digest: int


@dataclass
class RecordRows:
    """Reads a table's rows. Problems gather in `reader`, the count of rows in `plan`."""

    plan: Plan
    reader: Reader
    people: Participants
    source: str
    files: Files
    sources: Numbers[str]
    activities: Numbers[tuple[str, str]]
    derived: bool = False  # whether a reference was made of what a row says
    line: int = 0  # the last that was read
    _shapes: dict[tuple[Any, ...], Shape] = field(default_factory=dict)
    _digests: dict[tuple[int, int, str], Digest] = field(default_factory=dict)

    def blocks(self) -> Iterator[list[tuple[Any, ...]]]:
        """The records of the file, some thousands at a time, with the columns of `Record`."""
        table = self.reader.table
        lines, number, width = table.lines(), table.keys["number"], len(table.titles)
        known = self._known()
        plain = table.sheet.name is None  # CSV, where every cell is text
        while block := list(islice(lines, BLOCK)):
            self.people.people.bring(cells[number] for _, cells in block)
            records = []
            for line, cells in block:
                cells.append("")
                record = known(line, cells) if plain and len(cells) == width + 1 else None
                if record is None:
                    row = table.row(line, cells)
                    if row is None:
                        continue
                    record = self._careful(row)
                self.plan.rows += 1
                if record is not None:
                    records.append(record)
            self.line = block[-1][0]
            yield records

    # ------------------------------------------------------------------ what is plain

    def _known(self) -> Callable[[int, list[Any]], tuple[Any, ...] | None]:
        """Reads a row in which nothing is to be asked, and gives None for every other. A column that the file lacks is read
        from an empty cell behind the others. This is done for each row of a file: spelled out rather than called."""
        keys = self.reader.table.keys
        words_of = itemgetter(*(keys.get(key, -1) for key in _SHAPE))
        facts_of = itemgetter(*(keys.get(key, -1) for key in _FACTS))
        called, shapes, amounts = self.people.people.known, self._shapes, Amounts()
        times = Times(self.reader.zone, self.reader.received)

        def read(line: int, cells: list[Any]) -> tuple[Any, ...] | None:
            number, name, cohort, file, said, length, time, reference = facts_of(cells)
            everywhere = called.get(number, ())
            if len(everywhere) != 1 or file:
                return None
            who = everywhere[0]
            shape = shapes.get((who.edition, who.role, words_of(cells)))
            if shape is None or (name and name != who.name) or (cohort and cohort != who.cohort_name):
                return None
            amount, characters, happened = amounts[said], amounts[length], times[time]
            if amount is None:
                amount = WHOLE
            if characters is not None:
                characters = (
                    ASK if characters % WHOLE or characters >= _MOST_CHARACTERS else characters // WHOLE
                )
            if ASK in (amount, characters, happened):
                return None
            if not reference:
                reference = self._derived(who, shape, amount, characters, happened, "")
            elif reference[0] == "#" or " " in reference or not reference.isprintable():
                return None
            digest = shape.digest(reference, amount, characters, happened)
            return (
                line, who.enrolment, who.cohort, shape.source, reference, shape.activity, shape.item, amount, characters,
                happened, "", digest,
            )  # fmt: skip

        return read

    def _remember(self, row: Row, owed: Owed, shape: Shape) -> None:
        """What the words of a row came to, where whoever has this role could have meant nothing else."""
        if len(self.people.people.called(str(row.cells["number"]))) == 1 and len(self._shapes) < _REMEMBERED:
            words = tuple(row.cells.get(key, "") for key in _SHAPE)
            self._shapes[owed.who.edition, owed.who.role, words] = shape

    # ------------------------------------------------------------------ what is read with care

    def _careful(self, row: Row) -> Record | None:
        reader, before = self.reader, len(self.reader.problems)
        owed = self.people.owed(reader, row)
        amount, characters = reader.hundredths(row, "amount"), reader.whole(row, "characters")
        happened = reader.seconds(row, "happened", needed=True)
        source, reference = reader.text(row, "source"), reader.text(row, "reference")
        kind = item = None
        if owed is not None:
            kind = _kind(reader, row, self.people.calendars[owed.who.edition], owed.task)
            item = _item(reader, row, owed.task)
        if reference and reference.startswith("#"):
            reader.refuse(row, "reference", OUR_REFERENCE())
        files = self._handed_in(row, owed)
        if len(reader.problems) > before or owed is None or happened is None or kind is None or item is None:
            return None
        characters = self._counted(row, files, characters)
        shape = self._shape(owed.task.id, kind, item, source or self.source)
        amount = WHOLE if amount is None else amount
        contents = "".join(sorted(self.files.read[place].content for place in files))
        if not reference:
            reference = self._derived(owed.who, shape, amount, characters, happened, contents)
        record = Record(
            row.line, owed.who.enrolment, owed.who.cohort, shape.source, reference, shape.activity, item, amount,
            characters, happened, ",".join(map(str, files)), shape.digest(reference, amount, characters, happened),
        )  # fmt: skip
        self._remember(row, owed, shape)
        return record

    def _shape(self, task: str, kind: str, item: str, source: str) -> Shape:
        numbers = self.sources[source], self.activities[task, kind], item
        if numbers not in self._digests:
            self._digests[numbers] = evidence_digester(source, f"{task}:{kind}", item, self.reader.received)
        return Shape(task, kind, item, numbers[0], numbers[1], self._digests[numbers])

    def used_sources(self) -> set[int]:
        return {source for source, _, _ in self._digests}

    def digest_of(self, record: Record) -> int:
        """The digest of a record whose reference is another than it had."""
        digest = self._digests[record.source, record.activity, record.item]
        return digest(record.reference, record.amount, record.characters, record.happened)

    def _derived(
        self,
        who: Participant,
        shape: Shape,
        amount: int,
        characters: int | None,
        happened: int,
        contents: str,
    ) -> str:
        """A reference made of what a record says, so that the same row in the same file again is known."""
        self.derived = True
        facts: tuple[object, ...] = (
            who.origin, shape.task, shape.kind, shape.item, amount, characters, happened
        )  # fmt: skip
        if contents:
            facts += (contents,)
        return "#" + hashlib.sha256(repr(facts).encode()).hexdigest()[:24]

    def _handed_in(self, row: Row, owed: Owed | None) -> tuple[int, ...]:
        """The places of the files that a row names; none where one cannot be taken. What is judged by its text must be
        one; other work may be anything, and is kept unopened."""
        try:
            places = self.files.places_of(self.reader.text(row, "file") or "")
            if places and owed is not None and self._by_text(owed):
                only_text(owed.task.name, [self.files.read[place] for place in places])
        except UnreadableError as error:
            self.reader.refuse(row, "file", error.message)
            return ()
        return places

    def _by_text(self, owed: Owed) -> bool:
        """Whether a task is judged by how long its text is, or compared with others'."""
        compared = self.people.calendars[owed.who.edition].likeness
        return owed.task.characters is not None or any(owed.task.id in one.tasks for one in compared)

    def _counted(self, row: Row, files: Sequence[int], said: int | None) -> int | None:
        """The characters of the one text among some files, else what the sheet says. A length that it says otherwise
        is told."""
        texts = [(file.name, file.text) for file in (self.files.read[place] for place in files)]
        lengths = [(name, text.characters) for name, text in texts if isinstance(text, ReadText)]
        if len(lengths) != 1:
            return said
        ((name, found),) = lengths
        if said is not None and said != found:
            told = OTHER_LENGTH(said=said, file=name, found=found)
            self.plan.note(self.reader.table, row.line, "characters", told)
        return found


def _kind(reader: Reader, row: Row, calendar: TermCalendar, task: Task) -> str | None:
    """The evidence kind of a row, by id or name; the only one if the task is shown in one way."""
    found = reader.text(row, "kind")
    if found is None:
        return None
    if not task.shows:
        reader.refuse(row, "task", NOTHING_TO_SHOW(task=task.name))
        return None
    names = {kind: calendar.evidence[kind].name for kind in task.shows}
    if not found:
        if len(task.shows) == 1:
            return task.shows[0]
        reader.refuse(row, "kind", WHICH_KIND(task=task.name, kinds=[*names.values()]))
        return None
    for kind, name in names.items():
        if plain(found) in (plain(kind), plain(name)):
            return kind
    hint = nearest(found, [*names.values(), *names], ALL_KINDS)
    reader.refuse(row, "kind", UNKNOWN_KIND(task=task.name, found=found, hint=hint))
    return None


def _item(reader: Reader, row: Row, task: Task) -> str | None:
    found = reader.text(row, "item")
    items = items_of(task)
    if found is None or not items or found in items:
        return found
    if not found:
        reader.refuse(row, "item", WHICH_ITEM(task=task.name, items=[*items]))
    else:
        reader.refuse(
            row, "item", UNKNOWN_ITEM(task=task.name, found=found, hint=nearest(found, items, ALL_KINDS))
        )
    return None
