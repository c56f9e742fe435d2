"""Each school's own rubric for a task: its items add exactly to the figure that the calendar gives the task, and
have at least the courses and pieces of work that it asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from calendars.messages import Message, Wording, joined
from calendars.quantities import shown
from calendars.rules.marks import Rubric as RubricComponent
from calendars.term import Task, TermCalendar
from exchange.cells import Reader
from exchange.columns import Row, plain, recognise
from exchange.forms import RUBRIC_KINDS, columns_of
from exchange.marking import rubric_of
from exchange.participants import ALL_TASKS, UNKNOWN_TASK, nearest, tasks_called
from exchange.plans import Plan, begin_plan
from exchange.spreadsheets import open_sheet
from models.terms import Cohort
from models.types import seconds
from models.verdicts import Seal
from models.work import Activity, Enrolment, Mark, Rubric
from workflows.facts import MARKS
from workflows.organisations import Tree, load_tree
from workflows.parties import TIER_NAMES
from workflows.publishing import calendar_of, newest_edition
from workflows.scopes import require_each

UNKNOWN_SCHOOL = Wording(
    zh="名册中没有学校“{found}”。{hint}", en="no school {found!r} is on the roster. {hint}"
)
ALL_SCHOOLS = Wording(zh="名册中的学校：{names}", en="The schools on the roster: {names}")
SEVERAL_SCHOOLS = Wording(
    zh="名册中有几所“{found}”，请写明上级单位",
    en="several schools are called {found!r}; say where the school is",
)
NO_OWN_RUBRIC = Wording(
    zh="任务“{task}”不由学校自定考核细则", en="schools set no rubric of their own for the task {task!r}"
)
UNKNOWN_KIND = Wording(zh="没有类别“{found}”，只有：{known}", en="there is no kind {found!r}, only: {known}")
TWICE = Wording(
    zh="“{school}”的项目“{item}”在第{first}行已经出现过",
    en="the item {item!r} of {school!r} stands in line {first} already",
)
NOTHING = Wording(zh="满分必须大于0", en="the full mark must be above 0")
WRONG_SUM = Wording(
    zh="“{school}”的“{task}”各项共{found}分，应正好{expected}分",
    en="the items of {school!r} for {task!r} add to {found}; they must add to exactly {expected}",
)
TOO_FEW = Wording(
    zh="“{school}”的“{task}”应至少有{expected}项“{kind}”，只有{found}项",
    en="{school!r} needs at least {expected:item|items} of the kind {kind!r} for {task!r}, and has {found}",
)
SEALED = Wording(
    zh="“{school}”的成绩已经锁定，考核细则不能再改",
    en="scores of {school!r} have been sealed; its rubric cannot change any more",
)
MARKED_ALREADY = Wording(
    zh="“{school}”的项目“{item}”已按原细则评过{score}分，新细则（{now}）容不下这个得分",
    en="{school!r} has given {score} for {item!r} by the standing rubric, for which the new one ({now}) has no room",
)
GONE_ITEM = Wording(zh="没有这一项", en="without that item")
FULL_MARK = Wording(zh="满分{points}", en="a full mark of {points}")
ADDED = Wording(zh="“{school}”的“{task}”：{count}项", en="{school}, {task}: {count:item|items}")
CHANGED = Wording(
    zh="“{school}”的“{task}”：细则有改动，{count}项", en="{school}, {task}: changed, {count:item|items}"
)


@dataclass
class _OwnRubric:
    """The items of one school for one task, as the file has them."""

    school: int
    name: str
    task: Task
    component: RubricComponent
    first: int  # the line at which it begins
    items: dict[str, tuple[str, int]] = field(default_factory=dict)  # kind and points
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, str]:
        return self.school, self.task.id


def read_rubrics(session: Session, programme_slug: str, path: Path, received_at: datetime) -> Plan:
    """Check a file of school rubrics whole. A school's rubric for a task is taken or replaced as one.

    Raises Refused for a file, a header or a programme that cannot be used at all; problems of rows are in the
    plan.
    """
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    table = recognise(open_sheet(path), columns_of("rubric", calendar))
    plan = begin_plan("rubric", edition, table, received_at)
    schools = _Schools(load_tree(session), _enrolled_schools(session, edition.programme_id))
    intake = _Intake(Reader(table, calendar.zoneinfo, seconds(received_at)), calendar, schools)
    for row in table.rows():
        plan.rows += 1
        intake.take(row)
    intake.check_whole()
    _compare(session, plan, intake)
    plan.examples = table.examples
    plan.refused = [*intake.reader.problems, *table.strays]
    return plan


@dataclass(frozen=True)
class _Schools:
    """The schools on the rosters of a programme, found by name and, where two share it, by what is above."""

    tree: Tree
    enrolled: frozenset[int]

    def called(self, cells: Mapping[str, str]) -> list[int]:
        found = []
        for school in sorted(self.enrolled):
            above = {node.tier: plain(node.name) for node in self.tree.path(school)}
            if all(above.get(tier) == plain(name) for tier, name in cells.items() if name):
                found.append(school)
        return found

    def names(self) -> list[str]:
        return [self.tree.nodes[school].name for school in sorted(self.enrolled)]


def _enrolled_schools(session: Session, programme_id: int) -> frozenset[int]:
    statement = (
        select(col(Enrolment.organisation_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id)
        .distinct()
    )
    return frozenset(session.execute(statement).scalars())


@dataclass
class _Intake:
    reader: Reader
    calendar: TermCalendar
    schools: _Schools
    rubrics: dict[tuple[int, str], _OwnRubric] = field(default_factory=dict)
    spoilt: set[tuple[int, str]] = field(default_factory=set)  # rubrics of which a row was refused

    def take(self, row: Row) -> None:
        before = len(self.reader.problems)
        school, owned = self.school(row), self.task(row)
        item, kind = self.reader.text(row, "item", needed=True), self.kind(row)
        points = self.points(row)
        if school is None or owned is None:
            return
        task, component = owned
        name = self.schools.tree.nodes[school].name
        rubric = self.rubrics.setdefault(
            (school, task.id), _OwnRubric(school, name, task, component, row.line)
        )
        if len(self.reader.problems) > before or item is None or kind is None or points is None:
            self.spoilt.add(rubric.key)
        elif item in rubric.items:
            first = rubric.lines[item]
            self.reader.refuse(row, "item", TWICE(school=rubric.name, item=item, first=first))
        else:
            rubric.items[item] = (kind, points)
            rubric.lines[item] = row.line

    def school(self, row: Row) -> int | None:
        cells = {tier: self.reader.text(row, tier, needed=tier == "school") for tier in TIER_NAMES}
        named = {tier: text for tier, text in cells.items() if text}
        if "school" not in named or None in cells.values():
            return None
        found = self.schools.called(named)
        if len(found) == 1:
            return found[0]
        if found:
            self.reader.refuse(row, "school", SEVERAL_SCHOOLS(found=named["school"]))
        else:
            hint = nearest(named["school"], self.schools.names(), ALL_SCHOOLS)
            self.reader.refuse(row, "school", UNKNOWN_SCHOOL(found=named["school"], hint=hint))
        return None

    def task(self, row: Row) -> tuple[Task, RubricComponent] | None:
        text = self.reader.text(row, "task", needed=True)
        if text is None:
            return None
        named = tasks_called(self.calendar, text)
        for task in named:
            component = rubric_of(self.calendar, task)
            if component is not None:
                return task, component
        if named:
            self.reader.refuse(row, "task", NO_OWN_RUBRIC(task=named[0].name))
        else:
            hint = nearest(text, [task.name for task in self.calendar.tasks], ALL_TASKS)
            self.reader.refuse(row, "task", UNKNOWN_TASK(found=text, hint=hint))
        return None

    def kind(self, row: Row) -> str | None:
        text = self.reader.text(row, "kind", needed=True)
        if text is None:
            return None
        for kind, names in RUBRIC_KINDS.items():
            if plain(text) in {kind, *(plain(word) for name in names for word in (name.zh, name.en))}:
                return kind
        known = [name.zh for names in RUBRIC_KINDS.values() for name in names]
        self.reader.refuse(row, "kind", UNKNOWN_KIND(found=text, known=known))
        return None

    def points(self, row: Row) -> int | None:
        before = len(self.reader.problems)
        points = self.reader.hundredths(row, "points")
        if not points and len(self.reader.problems) == before:
            self.reader.refuse(row, "points", NOTHING())
        return points or None

    def check_whole(self) -> None:
        """Refuse a rubric that does not add up or lacks what is asked for, unless its rows are wrong anyway."""
        for rubric in self.rubrics.values():
            if rubric.key in self.spoilt:
                continue
            facts = {"school": rubric.name, "task": rubric.task.name}
            points = sum(points for _, points in rubric.items.values())
            if points != rubric.component.most:
                expected = shown(rubric.component.most)
                self.refuse(rubric, "points", WRONG_SUM(found=shown(points), expected=expected, **facts))
            kinds = Counter(kind for kind, _ in rubric.items.values())
            for kind, least in rubric.component.at_least.items():
                if kinds[kind] < least:
                    told = TOO_FEW(kind=_kind_name(kind), expected=least, found=kinds[kind], **facts)
                    self.refuse(rubric, "kind", told)

    def refuse(self, rubric: _OwnRubric, key: str, message: Message) -> None:
        self.reader.problems.append(self.reader.table.problem(rubric.first, key, message))


def _kind_name(kind: str) -> Message:
    names = RUBRIC_KINDS.get(kind, (Wording(kind, kind),))
    return Wording(joined((name.zh for name in names), "zh"), " or ".join(name.en for name in names))()


def _compare(session: Session, plan: Plan, intake: _Intake) -> None:
    """Count what is new, changed and known already; refuse changes that come too late."""
    require_each(session, {rubric.name: (rubric.school,) for rubric in intake.rubrics.values()})
    standing = _standing(session, plan.programme_id)
    sealed = _sealed_schools(session, plan.programme_id)
    written: list[_OwnRubric] = []
    for rubric in intake.rubrics.values():
        former = standing.get(rubric.key)
        if former == rubric.items:
            plan.unchanged += len(rubric.items)
            continue
        told = (CHANGED if former else ADDED)(
            school=rubric.name, task=rubric.task.name, count=len(rubric.items)
        )
        plan.show(intake.reader.table, rubric.first, "school", told)
        if rubric.school in sealed:
            intake.refuse(rubric, "school", SEALED(school=rubric.name))
        elif former:
            _check_marks(session, plan.programme_id, intake, rubric)
        new = sum(item not in (former or {}) for item in rubric.items)
        plan.added += new
        plan.changed += max(1, len(rubric.items) - new) if former else 0
        written.append(rubric)

    def write(session: Session, _recorded_at: datetime) -> None:
        for rubric in written:
            _replace(session, plan, rubric)

    plan.write = write


def _standing(session: Session, programme_id: int) -> dict[tuple[int, str], dict[str, tuple[str, int]]]:
    rows = session.execute(
        select(
            col(Rubric.organisation_id),
            col(Rubric.task),
            col(Rubric.item),
            col(Rubric.kind),
            col(Rubric.points),
        ).where(col(Rubric.programme_id) == programme_id)
    )
    found: dict[tuple[int, str], dict[str, tuple[str, int]]] = {}
    for school, task, item, kind, points in rows:
        found.setdefault((school, task), {})[item] = (kind, points)
    return found


def _sealed_schools(session: Session, programme_id: int) -> set[int]:
    """The schools of whose cohorts something has been sealed."""
    statement = (
        select(col(Enrolment.organisation_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(
            col(Cohort.programme_id) == programme_id,
            select(col(Seal.number)).where(col(Seal.cohort_id) == col(Cohort.id)).exists(),
        )
        .distinct()
    )
    return set(session.execute(statement).scalars())


def _check_marks(session: Session, programme_id: int, intake: _Intake, rubric: _OwnRubric) -> None:
    """A mark given by the standing rubric must still have room in the new one."""
    given = session.execute(
        select(col(Mark.item), col(Mark.score))
        .join(Enrolment, col(Enrolment.id) == col(Mark.enrolment_id))
        .join(Activity, col(Activity.id) == col(Mark.activity_id))
        .where(
            col(Activity.programme_id) == programme_id,
            col(Activity.task) == rubric.task.id,
            col(Activity.kind) == MARKS,
            col(Enrolment.organisation_id) == rubric.school,
            col(Mark.withdrawn_at).is_(None),
        )
        .order_by(col(Mark.item), col(Mark.score).desc())
    )
    told: set[str] = set()
    for item, score in given:
        points = rubric.items[item][1] if item in rubric.items else None
        if item not in told and (points is None or (score or 0) > points):
            told.add(item)
            now = GONE_ITEM() if points is None else FULL_MARK(points=shown(points))
            message = MARKED_ALREADY(school=rubric.name, item=item, score=shown(score), now=now)
            intake.refuse(rubric, "item", message)


def _replace(session: Session, plan: Plan, rubric: _OwnRubric) -> None:
    session.execute(
        delete(Rubric).where(
            col(Rubric.programme_id) == plan.programme_id,
            col(Rubric.organisation_id) == rubric.school,
            col(Rubric.task) == rubric.task.id,
        )
    )
    rows: list[dict[str, Any]] = [
        {
            "programme_id": plan.programme_id, "organisation_id": rubric.school, "task": rubric.task.id,
            "item": item, "kind": kind, "points": points, "received_at": plan.received_at,
        }
        for item, (kind, points) in rubric.items.items()
    ]  # fmt: skip
    session.execute(insert(Rubric), rows)
