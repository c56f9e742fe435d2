"""Marks from an office's or a tutor's file, checked against how each task is marked. A mark that changed stands
beside the one it replaces, which is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from calendars.messages import Wording
from calendars.quantities import shown
from exchange.cells import Reader
from exchange.columns import Row, recognise
from exchange.forms import columns_of
from exchange.lookups import look_up
from exchange.marking import Marking, marking_of
from exchange.participants import Owed, Participants, nearest, participants, whose
from exchange.plans import Plan, Progress, SealWatch, begin_plan, seal_watch, to_the_second
from exchange.spreadsheets import open_sheet
from exchange.staging import CHUNK, UNCHANGED, Staging
from exchange.standing import Numbered, activity_numbers
from models.pouring import pour
from models.sweeping import seldom_swept
from models.types import instant, seconds
from models.work import Rubric
from workflows.digests import mark_digest
from workflows.facts import MARK, MARKS, activities
from workflows.publishing import calendar_of, newest_edition

NOT_MARKED = Wording(zh="任务“{task}”不评分", en="nobody marks the task {task!r}")
NO_PARTS = Wording(
    zh="任务“{task}”评一个总分，不分项目", en="the task {task!r} is marked as a whole, not by items"
)
NO_RUBRIC = Wording(
    zh="{name} 的学校还没有任务“{task}”的考核细则，请先导入",
    en="the school of {name} has no rubric for {task!r} yet; import it first",
)
WHICH_PART = Wording(zh="任务“{task}”要写明项目：{items}", en="the task {task!r} asks for an item: {items}")
UNKNOWN_PART = Wording(
    zh="任务“{task}”的评分没有项目“{found}”。{hint}",
    en="the marks of {task!r} have no item {found!r}. {hint}",
)
ALL_PARTS = Wording(zh="可以是：{names}", en="It can be: {names}")
TWICE = Wording(zh="这个评分在第{first}行已经出现过", en="this mark stands in line {first} already")
NEWER_STANDS = Wording(
    zh="这个评分已被 {standing} 接收的一份更正，不能再改成更早（{received}）接收的内容",
    en="a mark received at {standing} stands already; it cannot be changed to one received earlier ({received})",
)
CHANGED = Wording(
    zh="{name} 的“{task}”{item}：{before} 改为 {after}", en="{name}, {task}{item}: {before} becomes {after}"
)

_STAGED = ("enrolment", "cohort", "activity", "item", "giver", "score", "grade")
_ORDER = "enrolment, activity, item, giver"
_WRITTEN = (
    "enrolment_id", "activity_id", "item", "giver", "revision", "score", "grade", "received_at", "digest",
)  # fmt: skip


class _Mark(NamedTuple):
    line: int
    enrolment: int
    cohort: int
    activity: int  # its place among the file's tasks
    item: str
    giver: str
    score: int | None
    grade: str | None

    def told(self) -> str:
        return self.grade or shown(self.score)


class _Former(NamedTuple):
    score: int | None
    grade: str | None
    revision: int
    received: int


def read_marks(
    session: Session,
    programme_slug: str,
    path: Path,
    received_at: datetime,
    progress: Progress | None = None,
) -> Plan:
    """Check a file of marks whole. Raises Refused for a file, a header or a programme that cannot be used at
    all; problems of rows are in the plan."""
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    table = recognise(open_sheet(path), columns_of("marks", calendar))
    intake = _Intake(
        plan=begin_plan("marks", edition, table, received_at),
        reader=Reader(table, calendar.zoneinfo, seconds(received_at)),
        people=participants(session, edition.programme_id, calendar),
        seals=seal_watch(session, edition.programme_id, calendar.zoneinfo, received_at),
        rubrics=school_rubrics(session, edition.programme_id),
        progress=progress,
    )
    with seldom_swept():
        intake.read()
    intake.compare(session)
    return intake.planned()


def school_rubrics(session: Session, programme_id: int) -> dict[tuple[int, str], dict[str, int]]:
    """The full marks of each school's own rubric, by school and task."""
    rows = session.execute(
        select(col(Rubric.organisation_id), col(Rubric.task), col(Rubric.item), col(Rubric.points))
        .where(col(Rubric.programme_id) == programme_id)
        .order_by(col(Rubric.organisation_id), col(Rubric.task), col(Rubric.item))
    )
    found: dict[tuple[int, str], dict[str, int]] = {}
    for organisation, task, item, points in rows:
        found.setdefault((organisation, task), {})[item] = points
    return found


@dataclass
class _Intake:
    """One file on its way: its rows checked and staged, compared with what stands, and written."""

    plan: Plan
    reader: Reader
    people: Participants
    seals: SealWatch
    rubrics: Mapping[tuple[int, str], Mapping[str, int]]
    progress: Progress | None
    staging: Staging = field(default_factory=lambda: Staging(_STAGED))
    tasks: Numbered = field(default_factory=Numbered)
    markings: dict[tuple[int, str], Marking | None] = field(default_factory=dict)

    def read(self) -> None:
        table, batch = self.reader.table, list[_Mark]()
        for row in self.people.rows(table):
            self.plan.rows += 1
            mark = self.mark(row)
            if mark is not None:
                batch.append(mark)
            if len(batch) == CHUNK:
                self.stage(batch, row.line)
                batch = []
        self.stage(batch, table.sheet.lines)
        doubled = self.staging.select(
            "SELECT line, first FROM (SELECT line, min(line) OVER "
            "(PARTITION BY enrolment, activity, item, giver) AS first FROM staged) WHERE line > first ORDER BY line"
        )
        for line, first in doubled:
            self.reader.problems.append(table.problem(line, "number", TWICE(first=first)))

    def stage(self, batch: list[_Mark], line: int) -> None:
        self.staging.add(batch)
        if self.progress:
            self.progress(min(line, self.reader.table.sheet.lines), self.reader.table.sheet.lines)

    def mark(self, row: Row) -> _Mark | None:
        reader, before = self.reader, len(self.reader.problems)
        owed = self.people.owed(reader, row)
        score, grade = reader.hundredths(row, "score"), reader.text(row, "grade")
        item, giver = reader.text(row, "item"), reader.text(row, "giver")
        if len(reader.problems) > before or owed is None or item is None or grade is None:
            return None
        marking = self.marking(owed)
        if marking is None:
            reader.refuse(row, "task", NOT_MARKED(task=owed.task.name))
            return None
        full = self.full_mark(row, owed, marking, item)
        if len(reader.problems) > before:
            return None
        if trouble := marking.trouble(score, grade, full):
            reader.refuse(row, *trouble)
            return None
        return _Mark(
            row.line, owed.who.enrolment, owed.who.cohort, self.tasks[owed.task.id], item,
            (giver or "") if marking.keeps_giver else "", score, grade or None,
        )  # fmt: skip

    def marking(self, owed: Owed) -> Marking | None:
        key = owed.who.edition, owed.task.id
        if key not in self.markings:
            self.markings[key] = marking_of(self.people.calendars[owed.who.edition], owed.task)
        return self.markings[key]

    def full_mark(self, row: Row, owed: Owed, marking: Marking, item: str) -> int | None:
        """The full mark of the item that a row names; refuses an item that there is not, or is not named."""
        task = owed.task.name
        parts = marking.parts
        if marking.by_school:
            parts = self.rubrics.get((owed.who.organisation, owed.task.id), {})
            if not parts:
                self.reader.refuse(row, "task", NO_RUBRIC(name=owed.who.name, task=task))
                return None
        if item in parts:
            return parts[item]
        if not parts and item:
            self.reader.refuse(row, "item", NO_PARTS(task=task))
        elif parts and not item:
            self.reader.refuse(row, "item", WHICH_PART(task=task, items=[*parts]))
        elif parts:
            hint = nearest(item, parts, ALL_PARTS)
            self.reader.refuse(row, "item", UNKNOWN_PART(task=task, found=item, hint=hint))
        return None

    def compare(self, session: Session) -> None:
        """Count what is new, changed and known already."""
        numbers = activities(session, self.plan.programme_id)
        places = {numbers[task, MARKS]: at for task, at in self.tasks.items() if (task, MARKS) in numbers}
        for chunk in self.staging.chunks():
            marks = [_Mark(*row) for row in chunk]
            known = _standing(session, marks, places)
            people = whose(session, (enrolment for enrolment, *_ in known))
            verdicts: list[tuple[int, int]] = []
            for mark in marks:
                former = known.get((mark.enrolment, mark.activity, mark.item, mark.giver))
                if former is None:
                    self.plan.added += 1
                elif (former.score, former.grade) == (mark.score, mark.grade):
                    self.plan.unchanged += 1
                    verdicts.append((mark.line, UNCHANGED))
                    continue
                else:
                    self.change(mark, former, people[mark.enrolment].name)
                    verdicts.append((mark.line, former.revision + 1))
                self.seals.touch(mark.cohort, mark.line)
            self.staging.judge(verdicts)

    def change(self, mark: _Mark, former: _Former, name: str) -> None:
        table = self.reader.table
        self.plan.changed += 1
        if former.received > self.reader.received:
            times = [
                to_the_second(instant(at), self.reader.zone) for at in (former.received, self.reader.received)
            ]
            told = NEWER_STANDS(standing=times[0], received=times[1])
            self.reader.problems.append(table.problem(mark.line, "number", told))
        told = CHANGED(
            name=name, task=[*self.tasks][mark.activity], item=mark.item and f" {mark.item}",
            before=former.grade or shown(former.score), after=mark.told(),
        )  # fmt: skip
        self.plan.show(table, mark.line, "number", told)

    def planned(self) -> Plan:
        table = self.reader.table
        self.plan.examples = table.examples
        self.plan.refused = [*self.reader.problems, *table.strays, *self.seals.problems(table, "number")]
        self.plan.write = self.write
        return self.plan

    def write(self, session: Session, _recorded_at: datetime) -> None:
        numbers = activity_numbers(session, self.plan.programme_id, [(task, MARKS) for task in self.tasks])
        words = [f"{task}:{MARKS}" for task in self.tasks]
        received, done = self.reader.received, 0
        for chunk in self.staging.judged(_ORDER):
            rows = []
            for *row, revision in chunk:
                mark = _Mark(*row)
                digest = mark_digest(
                    words[mark.activity], mark.item, mark.giver, mark.score, mark.grade, received
                )
                rows.append(
                    (mark.enrolment, numbers[mark.activity], mark.item, mark.giver, revision, mark.score,
                     mark.grade, received, digest)
                )  # fmt: skip
            _withdraw(session, [row for row in rows if row[4]], self.plan.received_at)
            pour(session, MARK, _WRITTEN, rows)
            done += len(rows)
            if self.progress:
                self.progress(done, self.plan.added + self.plan.changed)


_STANDING = (
    "enrolment_id", "activity_id", "item", "giver", "score", "grade", "revision", "received_at",
)  # fmt: skip
_OF_ENROLMENT = "enrolment_id = wanted.value AND withdrawn_at IS NULL"


def _standing(
    session: Session, marks: list[_Mark], places: Mapping[int, int]
) -> dict[tuple[int, int, str, str], _Former]:
    """The standing marks of the people of these rows, by person, the file's number for the task, item, giver."""
    if not places:
        return {}
    enrolments = sorted({mark.enrolment for mark in marks})
    rows = look_up(session, _STANDING, "mark", _OF_ENROLMENT, enrolments)
    return {
        (enrolment, places[activity], item, giver): _Former(*rest)
        for enrolment, activity, item, giver, *rest in rows
        if activity in places
    }


def _withdraw(session: Session, rows: list[tuple[Any, ...]], at: datetime) -> None:
    if rows:
        session.connection().execute(
            update(MARK)
            .where(
                MARK.c.enrolment_id == bindparam("enrolment"),
                MARK.c.activity_id == bindparam("activity"),
                MARK.c.item == bindparam("of_item"),
                MARK.c.giver == bindparam("by_giver"),
                MARK.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=at),
            [
                {"enrolment": row[0], "activity": row[1], "of_item": row[2], "by_giver": row[3]}
                for row in rows
            ],
        )
