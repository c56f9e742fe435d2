"""Learning records from a platform's or an office's file. A record that changed stands beside the one it
replaces, which is withdrawn: nothing is overwritten, so what counted at any instant can be told for ever."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlmodel import Session

from calendars.messages import Message, Wording
from exchange.cells import Reader
from exchange.columns import recognise
from exchange.evidence_rows import RecordRows
from exchange.evidence_staging import Staged
from exchange.forms import columns_of
from exchange.handed_files import Files, ReadFile, keep_all, standing_files, write_files
from exchange.participants import participants, whose
from exchange.plans import SHOWN, Plan, Progress, SealWatch, begin_plan, seal_watch, to_the_second
from exchange.spreadsheets import open_sheet
from exchange.staging import CHUNK
from exchange.standing import Numbers, activity_numbers, refused_records, source_numbers, sources
from models.sweeping import seldom_swept
from models.types import instant, seconds
from workflows.facts import activities
from workflows.handed_files import Key
from workflows.publishing import calendar_of, newest_edition

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
    plan = begin_plan("evidence", edition, table, received_at)
    rows = RecordRows(
        plan=plan,
        reader=Reader(table, calendar.zoneinfo, seconds(received_at)),
        people=participants(session, edition.programme_id, calendar),
        source=source,
        files=Files(files),
        sources=Numbers(sources(session, edition.programme_id)),
        activities=Numbers(activities(session, edition.programme_id)),
    )
    seals = seal_watch(session, edition.programme_id, calendar.zoneinfo, received_at)
    intake = _Intake(session, plan, rows, seals, Staged(session), progress)
    with closing(rows.files), seldom_swept():
        intake.read()
    intake.compare()
    return intake.planned()


@dataclass
class _Intake:
    """One file on its way: its rows checked and staged, compared with what stands, and written."""

    session: Session
    plan: Plan
    rows: RecordRows
    seals: SealWatch
    staged: Staged
    progress: Progress | None

    def read(self) -> None:
        lines = self.rows.reader.table.sheet.lines
        for records in self.rows.blocks():
            self.staged.add(records)
            if self.progress:
                self.progress(min(self.rows.line, lines), lines)
        if self.rows.derived:
            self.tell_apart()
        for line, first, reference in self.staged.doubled():
            self.refuse(line, "reference", TWICE(reference=reference, first=first))

    def tell_apart(self) -> None:
        """Number rows without a reference that are alike."""
        alike = self.staged.alike()
        while chunk := list(islice(alike, CHUNK)):
            apart = [record._replace(reference=f"{record.reference}-{place}") for record, place in chunk]
            self.staged.rename([record._replace(digest=self.rows.digest_of(record)) for record in apart])

    def compare(self) -> None:
        """Count what is new, changed and known already."""
        self.staged.meet(self.rows.used_sources(), refused_records(self.session, self.plan.programme_id))
        self.staged.differ(self.other_files())
        self.plan.added, self.plan.changed, self.plan.unchanged = self.staged.counts()
        if self.plan.changed:
            self.tell_changes()
        if self.seals.sealed:
            for cohort, count, line in self.staged.by_cohort():
                self.seals.touch(cohort, line, count)

    def other_files(self) -> list[int]:
        """The lines that say what stands already, but come with other files than that did."""
        found: list[int] = []
        same = self.staged.with_files()
        while chunk := list(islice(same, CHUNK)):
            kept = standing_files(self.session, [enrolment for _, (enrolment, *_) in chunk])
            found += [
                record.line
                for record, key in chunk
                if kept.get(key, set()) != {file.content for file in self.files_of(record.files)}
            ]
        return found

    def files_of(self, places: str) -> list[ReadFile]:
        return [self.rows.files.read[int(place)] for place in places.split(",") if place]

    def tell_changes(self) -> None:
        """The first corrections for the preview, and every one of what was received later than this file."""
        changed = [record for record, _ in self.staged.changed(most=SHOWN)]
        people = whose(self.session, (record.enrolment for record in changed))
        tasks = {number: task for (task, _), number in self.rows.activities.items()}
        for record in changed:
            told = CHANGED(
                name=people[record.enrolment].name, task=tasks[record.activity], reference=record.reference
            )
            self.plan.show(self.rows.reader.table, record.line, "number", told)
        for record, since in self.staged.changed(since=self.rows.reader.received):
            zone, received = self.rows.reader.zone, self.plan.received_at
            told = NEWER_STANDS(
                standing=to_the_second(instant(since), zone), received=to_the_second(received, zone)
            )
            self.refuse(record.line, "reference", told)

    def refuse(self, line: int, key: str, told: Message) -> None:
        self.rows.reader.problems.append(self.rows.reader.table.problem(line, key, told))

    def planned(self) -> Plan:
        reader, table = self.rows.reader, self.rows.reader.table
        self.plan.examples = table.examples
        self.plan.refused = [*reader.problems, *table.strays, *self.seals.problems(table, "number")]
        self.plan.write = self.write
        self.plan.keep = lambda folder: keep_all(self.rows.files.read, folder)
        if self.plan.refused or not (self.plan.added or self.plan.changed):
            self.staged.drop()
        return self.plan

    def write(self, session: Session, _recorded_at: datetime) -> None:
        """What was staged is in the transaction in which it was read, and nowhere else."""
        made_sources = source_numbers(session, self.plan.programme_id, self.rows.sources.new)
        made_activities = activity_numbers(session, self.plan.programme_id, self.rows.activities.new)
        session.flush()
        news = self.plan.added + self.plan.changed
        numbers = _by_place(made_sources), _by_place(made_activities)
        if self.progress:
            self.progress(0, news)
        for written in self.staged.write(*numbers, self.plan.received_at):
            if self.progress:
                self.progress(written, news)
        for chunk in self.staged.handed_in() if self.rows.files.read else ():
            handed: list[tuple[Key, ReadFile]] = []
            for record, revision in chunk:
                source = numbers[0].get(record.source, record.source)
                key = (record.enrolment, source, record.reference, revision)
                handed += [(key, file) for file in self.files_of(record.files)]
            write_files(session, handed)
        self.staged.drop()


def _by_place(made: list[int]) -> dict[int, int]:
    """What was made by the numbers that `Numbers` gave before."""
    return {-place: number for place, number in enumerate(made, 1)}
