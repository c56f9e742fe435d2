"""The slow and obvious second implementation of every rule (law 10), for comparison with the SQL.

It goes through plain lists of facts, one person and one component at a time, in exact fractions of whole points,
and rounds each component once. It knows the calendar's words and no table, statement or engine of the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from calendars.rules.base import RuleBase
from calendars.schedule import deadline
from calendars.term import Assessment, Task, TermCalendar


@dataclass(frozen=True)
class Person:
    """One enrolment: known since the roster that named it was received, taking part until it left."""

    id: int
    cohort: int
    role: str
    school: int
    received: datetime
    left: datetime | None = None


@dataclass(frozen=True)
class Piece:
    """One revision of one learning record; the amount in hundredths."""

    person: int
    reference: str
    revision: int
    task: str
    kind: str
    item: str
    amount: int
    characters: int | None
    happened: datetime
    received: datetime
    withdrawn: datetime | None = None


@dataclass(frozen=True)
class Given:
    """One revision of one mark: a score in hundredths, or a grade."""

    person: int
    task: str
    item: str
    giver: str
    revision: int
    score: int | None
    grade: str | None
    received: datetime
    withdrawn: datetime | None = None


@dataclass(frozen=True)
class RubricLine:
    """One line of one school's own rubric; points in hundredths."""

    school: int
    task: str
    item: str
    points: int
    received: datetime


@dataclass(frozen=True)
class Granted:
    """A later deadline of one task for one person, in force after an instant."""

    person: int
    task: str
    until: datetime
    effective: datetime


@dataclass(frozen=True)
class Punished:
    """What an office said of a school of one cohort: whether its people lose a component, in force at an instant and after."""

    cohort: int
    school: int
    penalty: str
    action: str  # apply, waive
    effective: datetime


@dataclass(frozen=True)
class Revoked:
    """A person's result was taken away, at an instant and after."""

    person: int
    assessment: str
    effective: datetime


@dataclass
class Facts:
    """Accepted prior work is a piece like any other, and refused work one that was withdrawn; who is exempt has left."""

    people: list[Person] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    marks: list[Given] = field(default_factory=list)
    rubrics: list[RubricLine] = field(default_factory=list)
    granted: list[Granted] = field(default_factory=list)
    punished: list[Punished] = field(default_factory=list)
    revoked: list[Revoked] = field(default_factory=list)


@dataclass(frozen=True)
class SlowSheet:
    """A score sheet in hundredths: points by component, each beside what was counted for it."""

    total: int
    passed: bool
    result: str
    earned: dict[str, int]
    breakdown: dict[str, Any]


def slow_sheets(
    calendar: TermCalendar,
    assessment: Assessment,
    facts: Facts,
    dates: Mapping[int, Mapping[str, datetime]],
    lock: datetime,
    cohorts: Iterable[int],
) -> dict[int, SlowSheet]:
    """Every person's score sheet by enrolment, for cohorts that lock at one instant. `dates` are each cohort's own."""
    found = {}
    for cohort in cohorts:
        desk = _Desk(calendar, assessment, facts, dates[cohort], lock, cohort)
        for person in desk.people(assessment.of):
            found[person.id] = desk.sheet(person)
    return found


def hundredths(value: Fraction) -> int:
    """The nearest hundredth, a half going up."""
    exact = value * 100
    below = exact.numerator // exact.denominator
    return below + (exact - below >= Fraction(1, 2))


def whole(amount: int) -> Fraction:
    return Fraction(amount, 100)


class _Desk:
    """One cohort's scoring desk at the instant of the lock."""

    def __init__(
        self, calendar: TermCalendar, assessment: Assessment, facts: Facts, dates: Mapping[str, datetime],
        lock: datetime, cohort: int,
    ) -> None:  # fmt: skip
        self.calendar, self.assessment, self.facts = calendar, assessment, facts
        self.dates, self.lock, self.cohort = dates, lock, cohort

    # what stands at the lock

    def stands(self, fact: Piece | Given) -> bool:
        return fact.received < self.lock and (fact.withdrawn is None or fact.withdrawn >= self.lock)

    def people(self, roles: Sequence[str]) -> list[Person]:
        return [
            person
            for person in self.facts.people
            if person.cohort == self.cohort
            and person.role in roles
            and person.received < self.lock
            and (person.left is None or person.left >= self.lock)
        ]

    def due(self, component: RuleBase, task: Task) -> datetime | None:
        text = component.by or task.by or self.assessment.counts or f"end of {task.phase}"
        moment = deadline(self.calendar, self.dates, {}, text)
        return moment if isinstance(moment, datetime) else None

    def due_for(self, person: Person, component: RuleBase, task: Task) -> datetime | None:
        """The latest of the cohort's deadline and those that this person alone was given before the lock."""
        own = [
            granted.until
            for granted in self.facts.granted
            if (granted.person, granted.task) == (person.id, task.id) and granted.effective < self.lock
        ]
        due = self.due(component, task)
        return max(own if due is None else [due, *own], default=None)

    def pieces(self, person: Person, component: RuleBase, task: Task) -> list[Piece]:
        """What was handed in on time for a task, of the kinds that the component looks at, and long enough."""
        due = self.due_for(person, component, task)
        return [
            piece
            for piece in self.facts.pieces
            if piece.person == person.id
            and piece.task == task.id
            and piece.kind in task.shows
            and (not component.shows or piece.kind in component.shows)
            and self.stands(piece)
            and due is not None
            and piece.happened < due
            and (task.characters is None or (piece.characters or 0) >= task.characters)
        ]

    def marks(self, person: Person, task: Task) -> list[Given]:
        return [
            mark
            for mark in self.facts.marks
            if mark.person == person.id and mark.task == task.id and self.stands(mark)
        ]

    def added(self, pieces: Sequence[Piece]) -> Fraction:
        """Amounts add up; of a running total the greatest says it all."""
        total = Fraction(0)
        for kind in {piece.kind for piece in pieces}:
            amounts = [whole(piece.amount) for piece in pieces if piece.kind == kind]
            running = self.calendar.evidence[kind].reads == "running total"
            total += max(amounts) if running else sum(amounts)
        return total

    def tasks(self, component: RuleBase) -> list[Task]:
        return [self.calendar.task(task) for task in component.task_ids]

    def amount(self, person: Person, component: Any) -> Fraction:
        """Of the person; or of everybody in the cohort, person by person."""
        those = self.people(list(self.calendar.roles)) if component.over else [person]
        return sum(
            (
                self.added(self.pieces(one, component, task))
                for one in those
                for task in self.tasks(component)
            ),
            Fraction(0),
        )

    # one person's sheet

    def sheet(self, person: Person) -> SlowSheet:
        lines = {part.key: self.line(part, person) for part in self.assessment.components}
        lines |= {key: (lines[key][0], 0) for key in self.lost(person)}
        needs = {part.key: self.line(part, person) for part in self.assessment.needs}
        total = sum(points for _, points in lines.values())
        wanted = {part.key: part.most for part in self.assessment.needs}
        passed = total >= self.assessment.passing.mark and all(
            needs[key][1] >= most for key, most in wanted.items()
        )
        gone = any(
            (one.person, one.assessment) == (person.id, self.assessment.id) and one.effective <= self.lock
            for one in self.facts.revoked
        )
        passed = passed and not gone
        breakdown: dict[str, Any] = {key: list(line) for key, line in lines.items()}
        if needs:
            breakdown["needs"] = {key: list(line) for key, line in needs.items()}
        result, earned = (self.assessment.results.revoked, {}) if gone else self.verdict(total, passed)
        return SlowSheet(total, passed, result, earned, breakdown)

    def lost(self, person: Person) -> list[str]:
        """The components that the person's school costs its people, by what was said last of each penalty."""
        keys: list[str] = []
        for penalty in self.calendar.penalties:
            said = [
                one.action
                for one in self.facts.punished
                if (one.cohort, one.school, one.penalty) == (self.cohort, person.school, penalty.id)
                and one.effective <= self.lock
            ]
            if penalty.of == self.assessment.id and said[-1:] == ["apply"]:
                keys += penalty.loses
        return keys

    def verdict(self, total: int, passed: bool) -> tuple[str, dict[str, int]]:
        reached = [name for name, least in self.assessment.grades.items() if total >= least] if passed else []
        grade = max(reached, key=lambda name: self.assessment.grades[name]) if reached else None
        earned = {}
        for unit, by_result in self.assessment.earns.items():
            for name in (grade, "pass") if passed else ("fail",):
                if name is not None and name in by_result:
                    earning = by_result[name]
                    times = Decimal(earning.times_total) / 100 * total
                    earned[unit] = earning.amount + int(times.quantize(Decimal(1), ROUND_HALF_UP))
                    break
        results = self.assessment.results
        return grade or (results.passed if passed else results.failed), earned

    def line(self, component: RuleBase, person: Person) -> tuple[int, int]:
        """What was counted and the points, in hundredths; no component gives more than its most."""
        rule: str = component.rule  # type: ignore[attr-defined]
        counted, points = getattr(self, rule.replace(" ", "_"))(component, person)
        return hundredths(counted), min(hundredths(points), component.most)

    # the rules, by their names in the calendar

    def proportional(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        amount = self.amount(person, component)
        return amount, whole(component.most) * amount / whole(component.full_at)

    def count(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        amount = self.amount(person, component)
        return amount, whole(component.each) * amount

    def flat(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        amount = self.amount(person, component)
        return amount, whole(component.most) if amount >= whole(component.at_least) else Fraction(0)

    def weekly(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        reached = asked = 0
        for task in self.tasks(component):
            due, pieces = self.due(component, task), self.pieces(person, component, task)
            for first, last in self.weeks(task, due, component):
                asked += 1
                shown = sum(
                    (whole(one.amount) for one in pieces if first <= one.happened < last), Fraction(0)
                )
                reached += shown >= whole(component.at_least)
        needed = component.weeks or asked
        return Fraction(reached), whole(component.most) * (
            Fraction(min(reached, needed), needed) if needed else 1
        )

    def weeks(self, task: Task, due: datetime | None, component: Any) -> list[tuple[datetime, datetime]]:
        """Day by day on the office's calendar, from the first day of the task's phase."""
        start = deadline(self.calendar, self.dates, {}, f"start of {task.phase}")
        if due is None or not isinstance(start, datetime):
            return []
        zone, weeks, first = self.calendar.zoneinfo, [], start
        while True:
            last = (first.astimezone(zone).replace(tzinfo=None) + timedelta(days=7)).replace(tzinfo=zone)
            last = last.astimezone(UTC)
            if last > due:
                return weeks
            days = {(first + timedelta(hours=hour)).astimezone(zone).date() for hour in range(24 * 7)}
            if not any(str(day) in component.excused for day in days):
                weeks.append((first, last))
            first = last

    def on_time_plus_mark(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        (task,) = self.tasks(component)
        mark = max(
            (whole(component.mark[mark.grade]) for mark in self.marks(person, task)), default=Fraction(0)
        )
        if not self.pieces(person, component, task):
            return mark, Fraction(0)
        return mark, whole(component.on_time) + mark

    def mark(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        (task,) = self.tasks(component)
        values = [
            whole(component.worth[mark.grade] if mark.grade is not None else mark.score or 0)
            for mark in self.marks(person, task)
        ]
        mark = max(values, default=Fraction(0))
        late = bool(task.shows) and not self.pieces(person, component, task)
        return mark, Fraction(0) if late else mark

    def bands(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        """An amount between two bands has not reached the upper one: it is still in the lower."""
        amount = self.amount(person, component)
        ordered = sorted(component.bands, key=lambda entry: entry[0].low)
        reached = [entry for entry in ordered if amount >= whole(entry[0].low)]
        if not reached:
            return amount, Fraction(0)
        band, points = reached[-1]
        beyond = reached == ordered and band.high is not None and amount > whole(band.high)
        return amount, Fraction(0) if beyond else whole(points)

    def rubric(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        (task,) = self.tasks(component)
        if component.items == "by school":
            full = {
                line.item: line.points
                for line in self.facts.rubrics
                if line.school == person.school and line.task == task.id and line.received < self.lock
            }
        else:
            full = component.items
        total = Fraction(0)
        for mark in self.marks(person, task):
            total += whole(min(mark.score or 0, full.get(mark.item, 0)))
        return total, total

    def rate(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        handed = marked = 0
        for task in (self.calendar.task(name) for name in component.of):
            for learner in self.people(task.role):
                if self.pieces(learner, _NOTHING_OWN.model_copy(update={"by": component.by}), task):
                    handed += 1
                    marked += bool(self.marks(learner, task))
        share = Fraction(marked, handed) if handed else Fraction(1)
        full_at, most = Fraction(component.full_at, 10000), whole(component.most)
        if share >= full_at:
            return share * 100, most
        return share * 100, most * share / full_at if component.below == "proportional" else Fraction(0)

    def all_or_nothing(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        wholes: list[tuple[bool, int]] = []
        plain = [task for task in self.tasks(component) if not task.items]
        if plain:
            complete = all(
                self.has(person, component, task, kind, None)
                for task in plain
                for kind in task.shows
                if not component.shows or kind in component.shows
            )
            wholes.append((complete, component.most))
        for task in self.tasks(component):
            for name, item in task.items.items():
                steps = item.steps or task.shows
                complete = all(self.has(person, component, task, step, name) for step in steps)
                wholes.append((complete, getattr(item, component.unit)))
        done = [worth for complete, worth in wholes if complete]
        return Fraction(len(done)), whole(sum(done))

    def has(self, person: Person, component: Any, task: Task, kind: str, item: str | None) -> bool:
        """Whether a step is shown: by any record of it, or by as much as `at least` asks."""
        free = component.model_copy(update={"shows": ()})  # the steps say which kinds are looked at
        shown = [
            piece
            for piece in self.pieces(person, free, task)
            if piece.kind == kind and (item is None or piece.item == item)
        ]
        if kind in component.at_least:
            return self.added(shown) >= whole(component.at_least[kind])
        return bool(shown)

    def sides(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        (task,) = self.tasks(component)
        assert task.marks is not None
        together = Fraction(0)
        for side, weight in component.sides.items():
            scores = [mark.score or 0 for mark in self.marks(person, task) if mark.item == side]
            if scores:
                average = whole(hundredths(whole(sum(scores)) / len(scores)))
                together += Fraction(weight, 10000) * average
        together = whole(hundredths(together))
        return together, whole(component.most) * together / whole(task.marks.high)

    def best_of(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        points = sorted((self.line(part, person)[1] for part in component.of), reverse=True)
        best = whole(sum(points[: component.take]))
        return best, best

    def least_of(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        worst = whole(min(self.line(part, person)[1] for part in component.of))
        return worst, worst

    def multiple(self, component: Any, person: Person) -> tuple[Fraction, Fraction]:
        added = whole(sum(self.line(part, person)[1] for part in component.of))
        return added, added * whole(component.times)


_NOTHING_OWN = RuleBase.model_validate({"rule": "none"})
