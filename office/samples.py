"""The files of a made-up term, as an office would get them: rosters, rubrics, learning records with the texts that they
name, marks.

Each file has an instant at which it is received, so that a term of the past runs as it would have run then.
Workbooks and CSV files of both Chinese encodings take turns.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

from calendars.quantities import shown
from calendars.term import Task, TermCalendar
from exchange.forms import FORMS, RUBRIC_KINDS, STATUSES, Kind, columns_of
from office.samples_dates import supposed_term
from office.samples_filings import filings_of
from office.samples_people import AS_PEOPLE_ARE, Manner, Teacher, people_of
from office.samples_texts import texts_of, write_texts
from office.samples_work import LATEST, WEEK, Record, marks_of, records_of, rubrics_of, weekly_amount

BEFORE_THE_TERM = timedelta(days=1)
CHECKPOINTS = (0.5, 0.85)  # of a phase: the platform's records are taken over then, and after its end
AFTER_THE_END = timedelta(hours=12)
IN_TIME = timedelta(minutes=1)  # before what is received no longer counts
ONE_EXEMPT_IN = 60
TEXTS = "附件"  # the folder of what people handed in as files

Cells = Mapping[str, str]
Received = Iterator[tuple[datetime, Cells]]


@dataclass(frozen=True)
class SampleFile:
    """A file that has been written, and when the office received it."""

    kind: Kind
    path: Path
    received_at: datetime
    rows: int
    texts: Path | None = None  # the folder of the files that its rows name


def write_samples(calendar: TermCalendar, folder: Path, manner: Manner = AS_PEOPLE_ARE) -> list[SampleFile]:
    """Write every file of a made-up term of this calendar, in the order of their receipt. The same calendar and manner
    give the same files."""
    rows = _Rows(calendar, manner)
    folder.mkdir(parents=True, exist_ok=True)
    if rows.texts:
        write_texts(rows.texts, folder / TEXTS)
    return [
        _write(calendar, kind, folder, number, received_at, cells)
        for number, (received_at, kind, cells) in enumerate(rows.by_receipt(), 1)
    ]


class _Rows:
    """The rows of all files, each with the instant at which the office receives it."""

    def __init__(self, calendar: TermCalendar, manner: Manner) -> None:
        random = Random(calendar.programme)  # noqa: S311 (made-up people, the same each time)
        self.calendar = calendar
        self.term = supposed_term(calendar)
        self.people = people_of(calendar, random, manner)
        self.counted_until = {task.id: self.term.counted_until(task) for task in calendar.tasks}
        self.rubrics = [*rubrics_of(calendar, self.people)]
        self.records = [*records_of(self.term, self.people, random)]
        self.texts = texts_of(self.term, self.people, self.records)
        self.marks = [*marks_of(self.term, self.people, self.records, self.rubrics, random)]
        self.filings = [*filings_of(self.term, self.people, self._start() - BEFORE_THE_TERM / 2)]
        names = [task.name for task in calendar.tasks]
        self.tasks = {
            task.id: task.name if names.count(task.name) == 1 else task.id for task in calendar.tasks
        }

    def by_receipt(self) -> list[tuple[datetime, Kind, list[Cells]]]:
        """The files in the order of their receipt; of those received together, the roster first."""
        made: dict[Kind, Received] = {
            "roster": self._roster(),
            "rubric": self._rubrics(),
            "filing": ((sent.received_at, sent.cells) for sent in self.filings),
            "evidence": self._evidence(),
            "marks": self._marks(),
        }
        found: dict[tuple[datetime, int], list[Cells]] = {}
        for place, rows in enumerate(made.values()):
            for received_at, cells in rows:
                found.setdefault((received_at, place), []).append(cells)
        kinds = [*made]
        return [(received_at, kinds[place], cells) for (received_at, place), cells in sorted(found.items())]

    def _start(self) -> datetime:
        opened = [times.opens for times in self.term.schedule.phases.values()]
        return min(opens for opens in opened if isinstance(opens, datetime))

    def _roster(self) -> Received:
        received_at = self._start() - BEFORE_THE_TERM
        for number, teacher in enumerate(self.people.teachers, 1):
            exempt = number % ONE_EXEMPT_IN == 0 and not self.people.manner.in_time
            yield (
                received_at,
                {
                    "name": teacher.name,
                    "number": teacher.number,
                    "role": self.calendar.roles[teacher.role],
                    "cohort": teacher.cohort,
                    **teacher.school.path,
                    "email": teacher.email,
                    "status": STATUSES["exempt"].zh if exempt else "",
                    **(self._why_exempt(number) if exempt else {}),
                },
            )

    def _why_exempt(self, number: int) -> Cells:
        """One of the calendar's grounds, in turns; without any, a reason."""
        grounds = self.calendar.exempt
        if not grounds:
            return {"reason": "已参加其他培训，单位批准"}
        ground = grounds[number // ONE_EXEMPT_IN % len(grounds)]
        hours = {} if ground.hours is None else {"hours": shown(ground.hours)}
        return {"reason": ground.name, **hours}

    def _rubrics(self) -> Received:
        for row in self.rubrics:
            yield (
                self._start(),
                {
                    **row.school.path,
                    "task": self.tasks[row.task.id],
                    "item": row.item,
                    "kind": RUBRIC_KINDS[row.kind][0].zh,
                    "points": shown(row.points),
                },
            )

    def _evidence(self) -> Received:
        for record in self.records:
            local = record.happened.astimezone(self.calendar.zoneinfo)
            text = self.texts.get(record.reference)
            yield (
                self._received(record),
                {
                    **self._whose(record.teacher),
                    "task": self.tasks[record.task.id],
                    "kind": self.calendar.evidence[record.kind].name,
                    "item": record.item,
                    "amount": shown(record.amount),
                    "characters": str((text.characters if text else record.characters) or ""),
                    "file": text.name if text else "",
                    "happened": f"{local:%Y-%m-%d %H:%M:%S}",
                    "source": "研修平台",
                    "reference": record.reference,
                },
            )

    def _marks(self) -> Received:
        for mark in self.marks:
            yield (
                self._marked(mark.task),
                {
                    **self._whose(mark.teacher),
                    "task": self.tasks[mark.task.id],
                    "item": mark.item,
                    "score": "" if mark.score is None else shown(mark.score),
                    "grade": mark.grade,
                    "giver": mark.giver,
                },
            )

    def _marked(self, task: Task) -> datetime:
        """When a task's marks come: at the last minute, or half way through the time that there is for them."""
        until = self.counted_until[task.id]
        if not self.people.manner.in_time:
            return until - IN_TIME
        until, closes = self.term.marks_wanted(task, until), self.term.closes(task)
        return (until - max(IN_TIME, (until - closes) / 2)).replace(microsecond=0)

    def _whose(self, teacher: Teacher) -> dict[str, str]:
        return {
            "number": teacher.number,
            "name": teacher.name,
            "cohort": teacher.cohort,
            "role": self.calendar.roles[teacher.role],
        }

    def _received(self, record: Record) -> datetime:
        """At the next checkpoint of the phase, after the task's end, or when all that is late has come in."""
        if self.people.manner.in_time:
            return self._received_in_time(record)
        times = self.term.schedule.phases[record.task.phase]
        opens, ends = self.term.opens(record.task), times.closes
        assert isinstance(ends, datetime)
        points = [opens + share * (ends - opens) for share in CHECKPOINTS]
        closes = self.term.closes(record.task)
        points += [
            min(closes + AFTER_THE_END, self.counted_until[record.task.id] - IN_TIME),
            closes + LATEST,
        ]
        return next(at.replace(microsecond=0) for at in points if record.happened <= at)

    def _received_in_time(self, record: Record) -> datetime:
        """Before the task is due: what is done week by week with each week, the rest at a checkpoint."""
        opens, due = self.term.opens(record.task), self.term.due(record.task)
        if weekly_amount(self.term, record.task):
            weeks = (record.happened - opens) // WEEK + 1
            points = [opens + weeks * WEEK - IN_TIME]
        else:
            points = [opens + share * (due - opens) for share in CHECKPOINTS]
        last = min(due, self.counted_until[record.task.id]) - IN_TIME
        return next(at.replace(microsecond=0) for at in [*points, last] if record.happened <= at <= last)


def _write(
    calendar: TermCalendar, kind: Kind, folder: Path, number: int, received_at: datetime, rows: list[Cells]
) -> SampleFile:
    columns = [column for column in columns_of(kind, calendar) if any(row.get(column.key) for row in rows)]
    table = [[column.name.zh for column in columns]]
    table += [[row.get(column.key, "") for column in columns] for row in rows]
    stem = folder / f"{number:02d}-{FORMS[kind].sheet.zh}"
    if number % 3 == 1:
        path = _write_workbook(stem.with_suffix(".xlsx"), table)
    else:
        path = _write_csv(stem.with_suffix(".csv"), table, "utf-8-sig" if number % 3 else "gb18030")
    texts = folder / TEXTS if any(row.get("file") for row in rows) else None
    return SampleFile(kind, path, received_at, len(rows), texts)


def _write_workbook(path: Path, table: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(table):
            for at, text in enumerate(row):
                sheet.write_string(line, at, text)
    return path


def _write_csv(path: Path, table: list[list[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(table)
    return path
