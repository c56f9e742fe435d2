"""Learning records from a platform's or an office's file. A record that changed stands beside the one it
replaces, which is withdrawn: nothing is overwritten, so what counted at any instant can be told for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from calendars.messages import UnreadableError, Wording
from calendars.term import Task, TermCalendar
from exchange.cells import Reader
from exchange.columns import Row, plain, recognise
from exchange.forms import columns_of, items_of
from exchange.handed_files import (
    Files,
    ReadFile,
    ReadText,
    keep_all,
    only_text,
    standing_files,
    write_files,
)
from exchange.participants import Owed, Participants, nearest, participants
from exchange.plans import Plan, Progress, SealWatch, begin_plan, seal_watch
from exchange.spreadsheets import open_sheet
from exchange.staging import CHUNK, UNCHANGED, Staging
from exchange.standing import (
    Former,
    Numbered,
    Record,
    StandingEvidence,
    activity_numbers,
    source_numbers,
    withdraw,
)
from models.pouring import pour
from models.types import instant, seconds
from workflows.digests import evidence_digest
from workflows.facts import EVIDENCE
from workflows.handed_files import Key
from workflows.publishing import calendar_of, newest_edition

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
TWICE = Wording(
    zh="同一来源的记录编号 {reference} 在第{first}行已经出现过",
    en="the same reference {reference} of the same source stands in line {first} already",
)
NEWER_STANDS = Wording(
    zh="这条记录已被 {standing} 接收的一份更正，不能再改成更早（{received}）接收的内容",
    en="a version received at {standing} stands already; it cannot be changed to one received earlier ({received})",
)
CHANGED = Wording(
    zh="{name} 的“{task}”记录 {reference} 有改动", en="{name}: the record {reference} of {task!r} changes"
)
OTHER_LENGTH = Wording(
    zh="表中写{said}字，按文件“{file}”数得{found}字，以文件为准",
    en="the sheet says {said:character|characters}, and {file!r} has {found}: the file counts",
)

_STAGED = (
    "enrolment", "cohort", "source", "reference", "activity", "item", "amount", "characters", "happened",
    "files",
)  # fmt: skip
_ORDER = "enrolment, source, reference"
_WRITTEN = (
    "enrolment_id", "source_id", "reference", "revision", "activity_id", "item", "amount", "characters",
    "happened_at", "received_at", "digest",
)  # fmt: skip


def read_evidence(
    session: Session,
    programme_slug: str,
    path: Path,
    received_at: datetime,
    source: str = "file",
    progress: Progress | None = None,
    files: Path | None = None,
) -> Plan:
    """Check a file of learning records whole. `source` names rows without a source of their own, `files` the folder of
    the files that rows name.

    Raises Refused for a file, a header or a programme that cannot be used at all; problems of rows are in the
    plan. `progress` is told how many lines of how many are read, and when committing, written.
    """
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    table = recognise(open_sheet(path), columns_of("evidence", calendar))
    intake = _Intake(
        plan=begin_plan("evidence", edition, table, received_at),
        reader=Reader(table, calendar.zoneinfo, seconds(received_at)),
        people=participants(session, edition.programme_id, calendar),
        seals=seal_watch(session, edition.programme_id, calendar.zoneinfo, received_at),
        source=source,
        progress=progress,
        files=Files(files),
    )
    with closing(intake.files):
        intake.read()
    intake.compare(session)
    return intake.planned()


@dataclass
class _Intake:
    """One file on its way: its rows checked and staged, compared with what stands, and written."""

    plan: Plan
    reader: Reader
    people: Participants
    seals: SealWatch
    source: str
    progress: Progress | None
    files: Files
    staging: Staging = field(default_factory=lambda: Staging(_STAGED))
    sources: Numbered = field(default_factory=Numbered)
    activities: Numbered = field(default_factory=Numbered)  # by (task, kind)
    seen: dict[tuple[Any, ...], tuple[str, str]] = field(
        default_factory=dict
    )  # kinds and items that are right

    def read(self) -> None:
        table, batch = self.reader.table, list[Record]()
        for row in table.rows():
            self.plan.rows += 1
            record = self.record(row)
            if record is not None:
                batch.append(record)
            if len(batch) == CHUNK:
                self.stage(batch, row.line)
                batch = []
        self.stage(batch, table.sheet.lines)
        self.tell_apart()

    def stage(self, batch: list[Record], line: int) -> None:
        self.staging.add(batch)
        if self.progress:
            self.progress(min(line, self.reader.table.sheet.lines), self.reader.table.sheet.lines)

    def record(self, row: Row) -> Record | None:
        reader, before = self.reader, len(self.reader.problems)
        owed = self.people.owed(reader, row)
        amount, characters = reader.hundredths(row, "amount"), reader.whole(row, "characters")
        happened = reader.seconds(row, "happened", needed=True)
        source, reference = reader.text(row, "source"), reader.text(row, "reference")
        kind = item = None
        if owed is not None:
            kind, item = self.shown(row, owed)
        if reference and reference.startswith("#"):
            reader.refuse(row, "reference", OUR_REFERENCE())
        files = self.handed_in(row, owed)
        if len(reader.problems) > before or owed is None or happened is None or item is None:
            return None
        characters = self.counted(row, files, characters)
        record = Record(
            row.line, owed.who.enrolment, owed.who.cohort, self.sources[source or self.source], reference or "",
            self.activities[owed.task.id, kind], item, 100 if amount is None else amount, characters, happened,
            ",".join(map(str, files)),
        )  # fmt: skip
        if reference:
            return record
        contents = "".join(sorted(self.files.read[place].content for place in files))
        return record._replace(reference=_derived(record, owed, str(kind), contents))

    def handed_in(self, row: Row, owed: Owed | None) -> tuple[int, ...]:
        """The places of the files that a row names; none where one cannot be taken. What is judged by its text must be
        one; other work may be anything, and is kept unopened."""
        try:
            places = self.files.places_of(self.reader.text(row, "file") or "")
            if places and owed is not None and self.by_text(owed):
                only_text(owed.task.name, [self.files.read[place] for place in places])
        except UnreadableError as error:
            self.reader.refuse(row, "file", error.message)
            return ()
        return places

    def by_text(self, owed: Owed) -> bool:
        """Whether a task is judged by how long its text is, or compared with others'."""
        compared = self.people.calendars[owed.who.edition].likeness
        return owed.task.characters is not None or any(owed.task.id in one.tasks for one in compared)

    def counted(self, row: Row, files: Sequence[int], said: int | None) -> int | None:
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

    def shown(self, row: Row, owed: Owed) -> tuple[str | None, str | None]:
        """The kind and the item of a row; None for what was refused."""
        asked = owed.who.edition, owed.task.id, row.cells.get("kind"), row.cells.get("item")
        found = self.seen.get(asked)
        if found is None:
            kind = _kind(self.reader, row, self.people.calendars[owed.who.edition], owed.task)
            item = _item(self.reader, row, owed.task)
            if kind is None or item is None:
                return kind, item
            found = kind, item
            if len(self.seen) < 1 << 16:
                self.seen[asked] = found
        return found

    def tell_apart(self) -> None:
        """Number rows without a reference that are alike, and refuse references that appear twice."""
        alike = (
            "SELECT line AS alike, row_number() OVER (PARTITION BY source, reference ORDER BY line) AS number "
            "FROM staged WHERE reference LIKE '#%'"
        )
        self.staging.change(
            f"UPDATE staged SET reference = reference || '-' || number FROM ({alike}) "  # noqa: S608
            "WHERE line = alike AND number > 1"
        )
        doubled = self.staging.select(
            "SELECT line, first, reference FROM (SELECT line, reference, "
            "min(line) OVER (PARTITION BY source, reference) AS first FROM staged) "
            "WHERE line > first ORDER BY line"
        )
        for line, first, reference in doubled:
            told = TWICE(reference=reference, first=first)
            self.reader.problems.append(self.reader.table.problem(line, "reference", told))

    def compare(self, session: Session) -> None:
        """Count what is new, changed and known already."""
        standing = StandingEvidence(session, self.plan.programme_id, [*self.sources], [*self.activities])
        cohorts = {who.enrolment: who for places in self.people.people.values() for who in places}
        for chunk in self.staging.chunks():
            records = [Record(*row) for row in chunk]
            known = standing.of(records)
            kept = standing_files(session, [former.row[0] for former in known.values()])
            verdicts: list[tuple[int, int]] = []
            for record in records:
                former = known.get((record.source, record.reference))
                if former is None:
                    self.plan.added += 1
                elif former.content == record.content() and self._same_files(standing, kept, former, record):
                    self.plan.unchanged += 1
                    verdicts.append((record.line, UNCHANGED))
                    continue
                else:
                    self.change(record, former, cohorts[record.enrolment].name)
                    verdicts.append((record.line, former.revision + 1))
                    self.seals.touch(cohorts[former.content[0]].cohort, record.line)
                self.seals.touch(record.cohort, record.line)
            self.staging.judge(verdicts)

    def _same_files(
        self, standing: StandingEvidence, kept: dict[Key, set[str]], former: Former, record: Record
    ) -> bool:
        """Whether a record comes with the files that it came with before, or with none as before."""
        enrolment, revision = former.row
        key = (enrolment, standing.sources[record.source], record.reference, revision)
        return kept.get(key, set()) == {file.content for file in self.of(record)}

    def of(self, record: Record) -> list[ReadFile]:
        """The files of a record."""
        return [self.files.read[int(place)] for place in record.files.split(",") if place]

    def change(self, record: Record, former: Former, name: str) -> None:
        table = self.reader.table
        self.plan.changed += 1
        if former.received > self.reader.received:
            times = [f"{instant(at).astimezone(self.reader.zone):%Y-%m-%d %H:%M:%S}"
                     for at in (former.received, self.reader.received)]  # fmt: skip
            told = NEWER_STANDS(standing=times[0], received=times[1])
            self.reader.problems.append(table.problem(record.line, "reference", told))
        task = [*self.activities][record.activity][0]
        self.plan.show(
            table, record.line, "number", CHANGED(name=name, task=task, reference=record.reference)
        )

    def planned(self) -> Plan:
        table = self.reader.table
        self.plan.examples = table.examples
        self.plan.refused = [*self.reader.problems, *table.strays, *self.seals.problems(table, "number")]
        self.plan.write = self.write
        self.plan.keep = lambda folder: keep_all(self.files.read, folder)
        return self.plan

    def write(self, session: Session, _recorded_at: datetime) -> None:
        sources = source_numbers(session, self.plan.programme_id, [*self.sources])
        numbers = activity_numbers(session, self.plan.programme_id, [*self.activities])
        names = [*self.sources]
        words = [f"{task}:{kind}" for task, kind in self.activities]
        received, done = self.reader.received, 0
        for chunk in self.staging.judged(_ORDER):
            rows = []
            handed: list[tuple[Key, ReadFile]] = []
            for *row, revision in chunk:
                record = Record(*row)
                digest = evidence_digest(
                    names[record.source], record.reference, words[record.activity], record.item, record.amount,
                    record.characters, record.happened, received,
                )  # fmt: skip
                rows.append(
                    (record.enrolment, sources[record.source], record.reference, revision, numbers[record.activity],
                     record.item, record.amount, record.characters, record.happened, received, digest)
                )  # fmt: skip
                key = (record.enrolment, sources[record.source], record.reference, revision)
                handed += [(key, file) for file in self.of(record)]
            withdraw(session, [row for row in rows if row[3]], self.plan.received_at)
            pour(session, EVIDENCE, _WRITTEN, rows)
            write_files(session, handed)
            done += len(rows)
            if self.progress:
                self.progress(done, self.plan.added + self.plan.changed)


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
        reader.refuse(row, "kind", WHICH_KIND(task=task.name, kinds="、".join(names.values())))
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
    shown = "、".join(items)
    if not found:
        reader.refuse(row, "item", WHICH_ITEM(task=task.name, items=shown))
    else:
        reader.refuse(
            row, "item", UNKNOWN_ITEM(task=task.name, found=found, hint=nearest(found, items, ALL_KINDS))
        )
    return None


def _derived(record: Record, owed: Owed, kind: str, contents: str) -> str:
    """A reference made of what a record says, so that the same row in the same file again is known."""
    facts: tuple[object, ...] = (
        owed.who.origin,
        owed.task.id,
        kind,
        record.item,
        record.amount,
        record.characters,
        record.happened,
    )
    if contents:
        facts += (contents,)
    return "#" + hashlib.sha256(repr(facts).encode()).hexdigest()[:24]
