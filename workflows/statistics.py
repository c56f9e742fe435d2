"""Statistics by unit: a few statements count every unit of a programme, however many take part; units are then added up.

Work is counted as its task counts it: in time, long enough, and received before the instant. Scores are those that are
sealed, and for cohorts that are not sealed yet what the same rules give so far.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, case, func, literal, select

from calendars.list_words import least_of
from calendars.lists import Effective, Excellence, Statistics
from calendars.quantities import half_up, share
from calendars.term import Task, TermCalendar
from workflows.facts import (
    ENROLMENT,
    EVIDENCE,
    Before,
    kinds_of,
    of_activities,
    people,
    shown_before,
    stands,
)
from workflows.organisations import Node, Tree
from workflows.scoring import compile_scoring
from workflows.sealed_sheets import sealed_by, sealed_sheets
from workflows.sealing import by_basis
from workflows.sql import Number, number, total, whole
from workflows.survey import Alike, Survey

WORK = ("assignments", "activities", "briefs")


@dataclass(frozen=True)
class Counts:
    """What was counted of a unit's people; the counts of units can be added. `total` and the work are in hundredths."""

    reported: int = 0
    logged_in: int = 0
    effective: int = 0
    assignments: int = 0
    activities: int = 0
    briefs: int = 0
    sheets: int = 0
    passed: int = 0
    excellent: int = 0
    total: int = 0
    provisional: int = 0  # of the sheets, those that are not sealed

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    @property
    def attendance(self) -> int | None:
        return share(self.logged_in, self.reported)

    @property
    def learning(self) -> int | None:
        return share(self.effective, self.reported)

    @property
    def pass_rate(self) -> int | None:
        return share(self.passed, self.reported)

    @property
    def excellence(self) -> int | None:
        return share(self.excellent, self.reported)

    @property
    def average(self) -> int | None:
        return half_up(self.total, self.sheets) if self.sheets else None


@dataclass(frozen=True)
class Line:
    """A unit's own people, or a sum: of an organisation with all below it, or of everything (an empty path)."""

    path: tuple[Node, ...]
    is_sum: bool
    counts: Counts


def statistics_of(survey: Survey, asked: Statistics) -> list[Line]:
    """A line a unit and, after the units of each organisation above, its sum; the last line is the sum of all."""
    by_unit: dict[int, Counts] = defaultdict(Counts)
    for organisation, counts in (*_worked(survey, asked), *_scored(survey, asked)):
        if survey.is_here(organisation):
            by_unit[organisation] += counts
    return _lines(survey.tree, by_unit)


# ---------------------------------------------------------------- work


def _worked(survey: Survey, asked: Statistics) -> Iterator[tuple[int, Counts]]:
    calendar = survey.calendar
    reported = {role for name in asked.of for role in calendar.assessment(name).of}
    tasks = {name for key in WORK for name in getattr(asked, key)}
    tasks |= {asked.effective.task} if asked.effective else set()
    roles = sorted(reported.union(*(calendar.task(name).role for name in tasks)))
    for alike in survey.alike(tasks):
        each = _each_person(survey, asked, alike, roles)
        sums = [func.sum(column) for column in _columns(each, reported)]
        rows = select(each.c.organisation_id, *map(whole, sums)).group_by(each.c.organisation_id)
        for organisation, *counts in survey.session.execute(rows):
            yield organisation, Counts(*counts)


def _columns(each: FromClause, reported: Collection[str]) -> list[Number]:
    """In the order of `Counts`: of whom the statistics are, one each; and the work of whoever did it."""
    counts = each.c.role.in_(sorted(reported))
    return [
        _one(counts), _one(and_(counts, each.c.records > 0)), _one(and_(counts, each.c.is_effective == 1)),
        *(each.c[key] for key in WORK),
    ]  # fmt: skip


def _each_person(survey: Survey, asked: Statistics, alike: Alike, roles: Sequence[str]) -> FromClause:
    """Of each person: whether there is any record of being logged in, whether the learning is effective, and the work."""
    look = _Looking(survey, alike)
    logged_in = [number for (_, kind), number in survey.known.items() if kind in asked.logged_in]
    columns = [
        whole(func.count(EVIDENCE.c.digest).filter(of_activities(EVIDENCE, logged_in))).label("records"),
        look.effective(asked.effective).label("is_effective"),
        *(look.amounts(getattr(asked, key)).label(key) for key in WORK),
    ]
    source: Any = ENROLMENT
    if alike.own is not None:
        own = alike.own.selection(alike.cohorts)
        source = source.outerjoin(own, own.c.id == ENROLMENT.c.id)
    mine = and_(EVIDENCE.c.enrolment_id == ENROLMENT.c.id, stands(EVIDENCE, survey.at))
    return (
        select(ENROLMENT.c.id, ENROLMENT.c.organisation_id, ENROLMENT.c.role, *columns)
        .select_from(source.outerjoin(EVIDENCE, mine))
        .where(people(alike.cohorts, roles, survey.at))
        .group_by(ENROLMENT.c.id, ENROLMENT.c.organisation_id, ENROLMENT.c.role)
        .subquery("each_person")
    )


@dataclass(frozen=True)
class _Looking:
    """Aggregates over the records of one person, each as its task counts it."""

    survey: Survey
    alike: Alike

    def effective(self, asked: Effective | None) -> Number:
        if asked is None:
            return number(0)
        least = least_of(self.survey.calendar, asked)
        if least == 0:
            return _one(self._pieces(self.survey.calendar.task(asked.task)) > number(0))
        return _one(self.amounts([asked.task]) >= number(least))

    def amounts(self, tasks: Sequence[str]) -> Number:
        """All amounts added; of a running total, the greatest."""
        found = [
            whole(func.coalesce(_aggregate(self.survey.calendar, kind)(EVIDENCE.c.amount).filter(counts), 0))
            for task in map(self.survey.calendar.task, tasks)
            for kind in task.shows
            if (counts := self._counts(task, [kind])) is not None
        ]
        return total(found) if found else number(0)

    def _pieces(self, task: Task) -> Number:
        counts = self._counts(task, task.shows)
        return number(0) if counts is None else whole(func.count(EVIDENCE.c.digest).filter(counts))

    def _counts(self, task: Task, kinds: Sequence[str]) -> ColumnElement[bool] | None:
        numbers = kinds_of(task, self.survey.known, kinds)
        return shown_before(task, numbers, self._due(task)) if numbers else None

    def _due(self, task: Task) -> Before:
        """While the deadline is not known, whatever has happened so far is in time."""
        due = self.alike.due[task.id] or self.survey.at
        own = self.alike.own.latest(task.id, due) if self.alike.own else due
        return due if isinstance(own, int) else own


def _aggregate(calendar: TermCalendar, kind: str) -> Any:
    return func.max if calendar.evidence[kind].reads == "running total" else func.sum


# ---------------------------------------------------------------- scores


def _scored(survey: Survey, asked: Statistics) -> Iterator[tuple[int, Counts]]:
    sealed = sealed_by(survey.session, [term.id for term in survey.terms], survey.at)
    for name in asked.of:
        open_yet = [term for term in survey.terms if (term.id, name) not in sealed]
        done = [term.id for term in survey.terms if (term.id, name) in sealed]
        if done:
            sheets = sealed_sheets(done, [name], survey.at)
            yield from _totals(survey, sheets, done, asked.excellent, provisional=False)
        for assessment, terms in survey.editions(open_yet, name):
            for basis, alike in by_basis(survey.session, terms, assessment, survey.at):
                scoring = compile_scoring(survey.session, alike, assessment, basis, survey.at)
                cohorts = [term.id for term in alike]
                sheets = scoring.statement(cohorts).subquery("so_far")
                yield from _totals(survey, sheets, cohorts, asked.excellent, provisional=True)


def _totals(
    survey: Survey,
    sheets: FromClause,
    cohorts: Sequence[int],
    excellent: Excellence | None,
    *,
    provisional: bool,
) -> Iterator[tuple[int, Counts]]:
    """By unit, of those who still take part."""
    columns = [
        func.count(), func.sum(_one(sheets.c.passed)), func.sum(_one(_is_excellent(sheets, excellent))),
        func.sum(sheets.c.total),
    ]  # fmt: skip
    roles = list(survey.calendar.roles)
    rows = (
        select(ENROLMENT.c.organisation_id, *map(whole, columns))
        .select_from(ENROLMENT.join(sheets, sheets.c.enrolment_id == ENROLMENT.c.id))
        .where(people(cohorts, roles, survey.at))
        .group_by(ENROLMENT.c.organisation_id)
    )
    row: Row[Any]
    for row in survey.session.execute(rows):
        organisation, count, passed, best, added = row
        yield organisation, Counts(
            sheets=count, passed=passed, excellent=best, total=added, provisional=count if provisional else 0
        )  # fmt: skip


def _is_excellent(sheets: FromClause, excellent: Excellence | None) -> ColumnElement[bool]:
    if excellent is None:
        return sheets.c.total < 0
    if excellent.total is not None:
        return and_(sheets.c.passed, sheets.c.total >= number(excellent.total))
    return and_(sheets.c.passed, sheets.c.result == literal(excellent.result))


def _one(condition: ColumnElement[bool]) -> Number:
    return case((condition, number(1)), else_=number(0))


# ---------------------------------------------------------------- adding up


def _lines(tree: Tree, by_unit: Mapping[int, Counts]) -> list[Line]:
    """Every unit, by name, below the organisation to which it belongs, then the sum of that organisation."""
    below: dict[int | None, list[Node]] = defaultdict(list)
    for node in {node for place in by_unit for node in tree.path(place)}:
        below[node.parent_id].append(node)
    adding = _Adding(by_unit, below)
    counts = adding.everything_below(None, ())
    return [*adding.lines, Line((), True, counts)]


@dataclass
class _Adding:
    by_unit: Mapping[int, Counts]
    below: Mapping[int | None, list[Node]]
    lines: list[Line] = field(default_factory=list)

    def everything_below(self, node_id: int | None, above: tuple[Node, ...]) -> Counts:
        added = Counts()
        for node in sorted(self.below.get(node_id, ()), key=lambda node: (node.name, node.id)):
            path = (*above, node)
            if node.id in self.by_unit:
                self.lines.append(Line(path, False, self.by_unit[node.id]))
            counts = self.by_unit.get(node.id, Counts()) + self.everything_below(node.id, path)
            if node.id in self.below:
                self.lines.append(Line(path, True, counts))
            added += counts
        return added
