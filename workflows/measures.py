"""What a person's work adds up to: each measure is one aggregate column, shared by every rule that needs it.

Three grouped selections feed the rules: `work` (evidence by enrolment), `given` (marks by enrolment) and
`together` (handed in and marked, by cohort). A measure is registered while rules are compiled; the selections
then compute those and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Label, and_, case, false, func, literal_column, or_, true
from sqlalchemy.sql.functions import Function

from calendars.term import Item, Task, TermCalendar
from calendars.weeks import Week
from models.types import seconds
from workflows.facts import (
    EVIDENCE,
    MARK,
    MARKS,
    RUBRIC,
    Activities,
    Before,
    kinds_of,
    long_enough,
    marks_of,
    of_activities,
    raw,
)
from workflows.letting_in import NOBODY, LetIn
from workflows.own_deadlines import OwnDeadlines, latest_deadline
from workflows.sql import Number, number, total, whole

AGGREGATES: dict[str, Callable[[ColumnElement[int]], Function[int]]] = {
    "sum": func.sum,
    "max": func.max,
    "count": func.count,
}


@dataclass(frozen=True)
class Look:
    """Which evidence of one task is looked at: some activities, before a deadline, perhaps of one item."""

    task: Task
    numbers: tuple[int, ...]
    before: datetime
    in_time: ColumnElement[bool]
    item: str | None = None
    week: Week | None = None

    def condition(self, in_time_already: datetime | None) -> ColumnElement[bool]:
        """The condition on a row; the deadline is left out where every row has met it already."""
        parts = [of_activities(EVIDENCE, self.numbers)]
        if self.before != in_time_already:
            parts.append(self.in_time)
        if self.week is not None:
            first, last = self.week
            happened = raw(EVIDENCE, "happened_at")
            parts.append(and_(happened >= seconds(first), happened < seconds(last)))
        if (length := long_enough(self.task)) is not None:
            parts.append(length)
        if self.item is not None:
            parts.append(EVIDENCE.c.item == self.item)
        return and_(*parts)


LookKey = tuple[
    str, str, tuple[int, ...], datetime, str | None, Week | None
]  # begins with how rows are put together


@dataclass
class Measures:
    """Collects the aggregates that the rules of one assessment need, each once."""

    calendar: TermCalendar
    known: Activities
    own: OwnDeadlines | None = None
    let_in: LetIn = NOBODY
    work: dict[LookKey, Look] = field(default_factory=dict)
    over: dict[LookKey, Look] = field(default_factory=dict)  # the same of everybody in the cohort
    given: dict[str, Label[int]] = field(default_factory=dict)
    together: dict[str, tuple[tuple[Task, datetime], ...]] = field(default_factory=dict)
    counting: dict[tuple[datetime, int | None, str | None], set[int]] = field(
        default_factory=dict
    )  # deadline, least length, and the task where people have deadlines of their own
    marks_seen: set[int] = field(default_factory=set)
    own_rubrics: bool = False

    def amount(self, task: Task, kinds: Sequence[str], before: datetime, item: str | None = None) -> Number:
        """The sum of the amounts that count; of a running total, the greatest."""
        totals = [kind for kind in kinds if self.calendar.evidence[kind].reads == "running total"]
        summed = [kind for kind in kinds if kind not in totals]
        parts = [self._aggregate("max", self._look(task, [kind], before, item)) for kind in totals]
        if summed:
            parts.append(self._aggregate("sum", self._look(task, summed, before, item)))
        return total(parts) if parts else number(0)

    def of_cohort(self, task: Task, kinds: Sequence[str], before: datetime) -> Number:
        """The sum of the amounts that count, of everybody who takes part in the cohort."""
        parts = []
        for kind in kinds:
            numbers = tuple(kinds_of(task, self.known, [kind]))
            stroke = self.before_of_each(task, before)
            in_time = raw(EVIDENCE, "happened_at") < (
                seconds(stroke) if isinstance(stroke, datetime) else stroke
            )
            how = "max" if self.calendar.evidence[kind].reads == "running total" else "sum"
            if numbers:
                key = (how, task.id, numbers, before, None, None)
                self.over.setdefault(key, Look(task, numbers, before, in_time))
                parts.append(func.coalesce(_column("over", f"o{list(self.over).index(key)}"), number(0)))
        return total(parts) if parts else number(0)

    def reached(
        self, task: Task, kinds: Sequence[str], before: datetime, weeks: Sequence[Week], least: int
    ) -> Number:
        """In how many of these weeks the amounts that count come to so much."""
        found = []
        for week in weeks:
            amount = self._aggregate("sum", self._look(task, kinds, before, None, week))
            found.append(case((amount >= number(least), number(1)), else_=number(0)))
        return total(found) if found else number(0)

    def pieces(self, task: Task, kinds: Sequence[str], before: datetime, item: str | None = None) -> Number:
        """How many records count."""
        return self._aggregate("count", self._look(task, kinds, before, item))

    def score(self, task: Task, worth: Mapping[str, int], most: int) -> Number:
        """The mark given for a task, or what its grade is worth; 0 without a mark."""
        value: ColumnElement[int] = MARK.c.score
        if worth:
            value = case(
                *[(MARK.c.grade == grade, number(points)) for grade, points in worth.items()], else_=0
            )
        return self._mark("max", task, value, f"worth {dict(worth)}")

    def side(self, task: Task, side: str) -> tuple[Number, Number]:
        """The sum and the number of the scores that one side gave."""
        return (
            self._mark("sum", task, MARK.c.score, f"side {side}", side),
            self._mark("count", task, MARK.c.score, f"side {side}", side),
        )

    def rubric(self, task: Task, items: Mapping[str, int] | None) -> Number:
        """The scores by item, each at most the item's full mark: the calendar's, or the school's own."""
        if items is None:
            self.own_rubrics = True
            full: ColumnElement[int] = func.coalesce(RUBRIC.c.points, 0)
        else:
            full = case(*[(MARK.c.item == item, number(points)) for item, points in items.items()], else_=0)
        value: ColumnElement[int] = case((MARK.c.score >= full, full), else_=func.coalesce(MARK.c.score, 0))
        return self._mark("sum", task, value, f"rubric {items}")

    def rate(self, work: Sequence[tuple[Task, datetime]]) -> tuple[Number, Number]:
        """How much of the cohort's work was handed in, and how much of that is marked."""
        label = f"r{len(self.together)}"
        label = next((found for found, known in self.together.items() if known == tuple(work)), label)
        self.together[label] = tuple(work)
        return _column("together", f"{label}_handed"), _column("together", f"{label}_marked")

    def before_of_each(self, task: Task, before: datetime) -> Before:
        """A deadline as a condition on an enrolment asks it: of each person where people have their own."""
        own = self.own if self.own is not None and task.id in self.own.tasks else None
        return before if own is None else latest_deadline(task.id, before, own.at)

    def _in_time(self, task_id: str | None, before: datetime) -> ColumnElement[bool]:
        stroke = self.own.latest(task_id, before) if self.own and task_id else seconds(before)
        return self.let_in.late(raw(EVIDENCE, "happened_at") < stroke)

    def _look(
        self, task: Task, kinds: Sequence[str], before: datetime, item: str | None, week: Week | None = None
    ) -> Look:
        own = task.id if self.own is not None and task.id in self.own.tasks else None
        numbers = tuple(kinds_of(task, self.known, kinds))
        look = Look(task, numbers, before, self._in_time(own, before), item, week)
        if look.numbers:
            self.counting.setdefault((before, task.characters, own), set()).update(look.numbers)
        return look

    def _aggregate(self, kind: str, look: Look) -> Number:
        if not look.numbers:
            return number(0)
        key = (kind, look.task.id, look.numbers, look.before, look.item, look.week)
        self.work.setdefault(key, look)
        return func.coalesce(_column("work", f"w{list(self.work).index(key)}"), number(0))

    def _mark(
        self, kind: str, task: Task, value: ColumnElement[int], key: str, item: str | None = None
    ) -> Number:
        numbers = marks_of(task, self.known)
        if not numbers:
            return number(0)
        self.marks_seen.update(numbers)
        condition = of_activities(MARK, numbers)
        if item is not None:
            condition = and_(condition, MARK.c.item == item)
        added = whole(AGGREGATES[kind](value).filter(condition))
        return _registered(self.given, "given", f"{kind}:{task.id}:{key}", added)

    def work_columns(self) -> list[Label[int]]:
        """One aggregate column for each measure of evidence, over rows that met the last deadline."""
        last = self.last_deadline()
        return [
            whole(AGGREGATES[kind](EVIDENCE.c.amount).filter(look.condition(last))).label(f"w{place}")
            for place, ((kind, *_), look) in enumerate(self.work.items())
        ]

    def over_columns(self) -> list[Label[int]]:
        """The columns of one person, for what is looked at over the cohort."""
        return [
            whole(AGGREGATES[kind](EVIDENCE.c.amount).filter(look.condition(None))).label(f"o{place}")
            for place, ((kind, *_), look) in enumerate(self.over.items())
        ]

    def last_deadline(self) -> datetime | None:
        """No evidence that happened from here on counts for anything. None when none counts at all."""
        last = max((before for before, *_ in self.counting), default=None)
        return last if last is None or self.own is None else max(last, self.own.last)

    def counted(self) -> ColumnElement[bool] | None:
        """Which rows that met the last deadline counted for something; None when all of them did."""
        last = self.last_deadline()
        if set(self.counting) == {(last, None, None)}:
            return None
        conditions = []
        for (before, characters, own), numbers in sorted(self.counting.items(), key=repr):
            condition = and_(of_activities(EVIDENCE, numbers), self._in_time(own, before))
            if characters is not None:
                condition = and_(condition, EVIDENCE.c.characters >= characters)
            conditions.append(condition)
        return or_(false(), *conditions)

    def of_interest(self) -> ColumnElement[bool]:
        """Evidence that may count: of some activities, or of all that the programme has, without asking each."""
        wanted: set[int] = set().union(*self.counting.values())
        every = {number for (_, kind), number in self.known.items() if kind != MARKS}
        return true() if wanted >= every else of_activities(EVIDENCE, wanted)


def _registered(columns: dict[str, Label[int]], table: str, key: str, value: ColumnElement[int]) -> Number:
    label = columns.setdefault(key, value.label(f"{table[0]}{len(columns)}"))
    return func.coalesce(_column(table, label.name), number(0))


def _column(table: str, name: str) -> Number:
    return literal_column(f"{table}.{name}", BigInteger)


def item_steps(task: Task, item: Item) -> tuple[str, ...]:
    """The evidence kinds that make an item whole: its own steps, or everything that the task shows."""
    return item.steps or task.shows
