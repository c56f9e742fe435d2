"""The rules: each component of a calendar becomes one SQL expression, in hundredths, rounded once.

One function for each rule, found by the component's class. An expression scores a whole cohort, and the same
expression explains one person's line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, and_, case, true

from calendars.rules.amounts import AllOrNothing, Bands, Count, Counting, Flat, Proportional, Weekly
from calendars.rules.base import RuleBase
from calendars.rules.component import BestOf, LeastOf, Multiple
from calendars.rules.marks import Marked, OnTimePlusMark, Rate, Rubric, Sides
from calendars.term import Task
from calendars.weeks import Week
from workflows.measures import Measures, item_steps
from workflows.sql import Number, at_most, greatest, half_up, least, number, total

Deadline = Callable[[RuleBase, Task], datetime]
WeeksOf = Callable[[RuleBase, Task], tuple[Week, ...]]


@dataclass(frozen=True)
class Line:
    """One component as two expressions: what was counted, and the points (hours, credits) that it gives."""

    counted: Number
    points: Number


@dataclass(frozen=True)
class Scope:
    """What a rule may ask: the measures of people's work, and the deadline and weeks of a component's task."""

    measures: Measures
    deadline: Deadline
    weeks: WeeksOf

    def tasks(self, component: RuleBase) -> list[Task]:
        return [self.measures.calendar.task(task_id) for task_id in component.task_ids]

    def amount(self, component: Counting) -> Number:
        """The amounts of all tasks of the component, of the kinds that it names: the person's, or everybody's."""
        measure = self.measures.of_cohort if component.over else self.measures.amount
        return total(
            [
                measure(task, _kinds(component, task), self.deadline(component, task))
                for task in self.tasks(component)
            ]
        )

    def handed_in(self, component: RuleBase, task: Task) -> ColumnElement[bool]:
        pieces = self.measures.pieces(task, _kinds(component, task), self.deadline(component, task))
        return pieces > number(0)


def compile_line(component: RuleBase, scope: Scope) -> Line:
    """The expressions of one component."""
    return _COMPILERS[type(component)](component, scope)


def _kinds(component: RuleBase, task: Task) -> tuple[str, ...]:
    return tuple(kind for kind in task.shows if not component.shows or kind in component.shows)


def _proportional(component: Proportional, scope: Scope) -> Line:
    amount = scope.amount(component)
    counted = at_most(amount, component.full_at)  # before it is multiplied: no sum is too large for that
    return Line(amount, half_up(counted * number(component.most), number(component.full_at)))


def _count(component: Count, scope: Scope) -> Line:
    amount = scope.amount(component)
    counted = amount if component.enough is None else at_most(amount, component.enough)
    return Line(amount, at_most(half_up(counted * number(component.each), number(100)), component.most))


def _flat(component: Flat, scope: Scope) -> Line:
    amount = scope.amount(component)
    return Line(amount, _if(amount >= number(component.at_least), number(component.most)))


def _weekly(component: Weekly, scope: Scope) -> Line:
    """The weeks that reached the amount, of all that are asked; where no whole week is, nothing was asked."""
    parts, asked = [], 0
    for task in scope.tasks(component):
        weeks = scope.weeks(component, task)
        asked += len(weeks)
        found = scope.measures.reached(
            task, _kinds(component, task), scope.deadline(component, task), weeks, component.at_least
        )
        parts.append(found)
    reached, needed = total(parts), component.weeks or asked
    points = number(component.most)
    if needed:
        points = half_up(at_most(reached, needed) * number(component.most), number(needed))
    return Line(reached * number(100), points)


def _on_time_plus_mark(component: OnTimePlusMark, scope: Scope) -> Line:
    (task,) = scope.tasks(component)
    mark = scope.measures.score(task, component.mark, component.most)
    points = at_most(number(component.on_time) + mark, component.most)
    return Line(mark, _if(scope.handed_in(component, task), points))


def _marked(component: Marked, scope: Scope) -> Line:
    (task,) = scope.tasks(component)
    mark = scope.measures.score(task, component.worth, component.most)
    points = at_most(mark, component.most)
    return Line(mark, _if(scope.handed_in(component, task), points) if task.shows else points)


def _bands(component: Bands, scope: Scope) -> Line:
    """The highest band that begins at or below the amount; above the end of the last band, nothing."""
    amount = scope.amount(component)
    falling = sorted(component.bands, key=lambda band: band[0].low, reverse=True)
    highest = falling[0][0].high
    cases = [(amount >= number(band.low), number(points)) for band, points in falling]
    if highest is not None:
        cases.insert(0, (amount > number(highest), number(0)))
    return Line(amount, case(*cases, else_=number(0)))


def _rubric(component: Rubric, scope: Scope) -> Line:
    (task,) = scope.tasks(component)
    given = scope.measures.rubric(task, component.items if isinstance(component.items, dict) else None)
    return Line(given, at_most(given, component.most))


def _rate(component: Rate, scope: Scope) -> Line:
    """The rate in hundredths of a per cent, rounded; nothing handed in at all leaves nothing to mark."""
    work = [
        (task, scope.deadline(component, task)) for task in map(scope.measures.calendar.task, component.of)
    ]
    handed, done = scope.measures.rate(work)
    percent = case((handed == number(0), number(10000)), else_=half_up(done * number(10000), handed))
    full = done * number(10000) >= handed * number(component.full_at)
    below = number(0)
    if component.below == "proportional":
        share = half_up(done * number(10000) * number(component.most), handed * number(component.full_at))
        below = case((handed == number(0), number(0)), else_=share)
    return Line(percent, case((full, number(component.most)), else_=below))


def _all_or_nothing(component: AllOrNothing, scope: Scope) -> Line:
    """Items that are whole give their worth; tasks without items are together one whole of all that they show."""
    plain = [task for task in scope.tasks(component) if not task.items]
    parts = [(and_(*(_shown(component, task, scope) for task in plain)), component.most)] if plain else []
    parts += [part for task in scope.tasks(component) for part in _items(component, task, scope)]
    counted = total([_if(whole, number(100)) for whole, _ in parts])
    points = total([_if(whole, number(worth)) for whole, worth in parts])
    return Line(counted, at_most(points, component.most))


def _items(component: AllOrNothing, task: Task, scope: Scope) -> list[tuple[ColumnElement[bool], int]]:
    """Each item of a task: whether it is whole, and what it is worth in the component's unit."""
    return [
        (_steps(component, task, scope, item_steps(task, item), name), getattr(item, component.unit) or 0)
        for name, item in task.items.items()
    ]


def _shown(component: AllOrNothing, task: Task, scope: Scope) -> ColumnElement[bool]:
    return _steps(component, task, scope, _kinds(component, task), None)


def _steps(
    component: AllOrNothing, task: Task, scope: Scope, kinds: tuple[str, ...], item: str | None
) -> ColumnElement[bool]:
    """Whether each of these kinds is shown: by any record, or by as much as the component asks."""
    before = scope.deadline(component, task)

    def enough(kind: str) -> ColumnElement[bool]:
        if kind in component.at_least:
            return scope.measures.amount(task, [kind], before, item) >= number(component.at_least[kind])
        return scope.measures.pieces(task, [kind], before, item) > number(0)

    return and_(true(), *map(enough, kinds))


def _sides(component: Sides, scope: Scope) -> Line:
    """Each side's average is rounded, weighted and added; then scaled to the component's figure."""
    (task,) = scope.tasks(component)
    assert task.marks is not None
    weighted: list[Number] = []
    for side, weight in component.sides.items():
        added, times = scope.measures.side(task, side)
        average = case((times == number(0), number(0)), else_=half_up(added, greatest(times, number(1))))
        weighted.append(average * number(weight))
    together = half_up(total(weighted), number(10000))
    return Line(
        together, at_most(half_up(together * number(component.most), number(task.marks.high)), component.most)
    )


def _best_of(component: BestOf, scope: Scope) -> Line:
    lines = [compile_line(part, scope).points for part in component.of]
    sums = [total(chosen) for chosen in combinations(lines, min(component.take, len(lines)))]
    best = greatest(*sums) if len(sums) > 1 else sums[0]
    return Line(best, at_most(best, component.most))


def _least_of(component: LeastOf, scope: Scope) -> Line:
    lines = [compile_line(part, scope).points for part in component.of]
    smallest = least(*lines) if len(lines) > 1 else lines[0]
    return Line(smallest, at_most(smallest, component.most))


def _multiple(component: Multiple, scope: Scope) -> Line:
    added = total([compile_line(part, scope).points for part in component.of])
    return Line(added, at_most(half_up(added * number(component.times), number(100)), component.most))


def _if(condition: ColumnElement[bool], value: Number) -> Number:
    return case((condition, value), else_=number(0))


_COMPILERS: dict[type, Callable[[Any, Scope], Line]] = {
    Proportional: _proportional,
    Count: _count,
    Flat: _flat,
    Weekly: _weekly,
    OnTimePlusMark: _on_time_plus_mark,
    Marked: _marked,
    Bands: _bands,
    Rubric: _rubric,
    Rate: _rate,
    AllOrNothing: _all_or_nothing,
    Sides: _sides,
    BestOf: _best_of,
    LeastOf: _least_of,
    Multiple: _multiple,
}
