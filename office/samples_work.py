"""Made-up learning records and marks: as much as each task asks for, of people of very different diligence.

Some hand in late, some hand in less than is asked for, some nothing; one group's tutor leaves work unmarked and
one school reports nothing: unless everybody does everything in time, each week's work with its week. A phase that ends when everybody has shown everything gets it of most cohorts, for
somebody sees to it there. All of it follows from the calendar's tasks, components and marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from calendars.quantities import HUNDREDTHS, half_up
from calendars.rules.amounts import Bands, Weekly
from calendars.rules.base import RuleBase
from calendars.term import Task, TermCalendar
from exchange.forms import RUBRIC_KINDS, items_of
from exchange.marking import Marking, components, marking_of, rubric_of
from office.samples_dates import Term
from office.samples_people import People, School, Teacher

ONE_BY_ONE = 6  # of so many at most, each is a record of its own; more is divided into sessions
SESSIONS = 5
# Of what is asked, from those who do everything: some do more, and are told apart by it.
EAGER = (1.0, 1.0, 1.1, 1.25)
SKIPS, IS_LATE = 0.6, 0.3  # how often, of those who do the least
WAKING = 7  # o'clock
LATEST = timedelta(days=5)  # after the deadline
UNMARKED = 5  # pieces that one group's tutor leaves lying
SEEN_TO = 0.85  # how often a cohort shows all that a phase without dates asks for
NO_EARLIER = timedelta(minutes=2)  # before the end: the last moment at which somebody hands in on time
WEEK = timedelta(days=7)
IN_THE_WEEK = timedelta(hours=10)  # after a week's beginning its work is done, where each week is asked
_PACE = re.compile(r"([0-9.]+) \S+ a (day|week)")


@dataclass(frozen=True)
class Record:
    """One row of a file of learning records; amounts in hundredths."""

    teacher: Teacher
    task: Task
    kind: str
    item: str
    amount: int
    characters: int | None
    happened: datetime
    reference: str


@dataclass(frozen=True)
class Given:
    """One row of a file of marks."""

    teacher: Teacher
    task: Task
    item: str = ""
    score: int | None = None
    grade: str = ""
    giver: str = ""


@dataclass(frozen=True)
class OwnRubric:
    """One row of a school's own rubric."""

    school: School
    task: Task
    item: str
    kind: str
    points: int


def records_of(term: Term, people: People, random: Random) -> Iterator[Record]:
    """What everybody did for every task that is shown by evidence."""
    if people.manner.in_time:
        yield from _records_in_time(term, people, random)
        return
    number = 0
    for task in term.calendar.tasks:
        wanted = [*_wanted(term.calendar, task)]
        for teacher in people.teachers:
            for kind, item, amount, length, happened in _of_one(term, task, teacher, wanted, random):
                number += 1
                yield Record(teacher, task, kind, item, amount, length, happened, f"R{number:06d}")


Part = tuple[str, str, int, int | None, datetime]  # kind, item, amount, characters, when it happened


def _of_one(
    term: Term, task: Task, teacher: Teacher, wanted: list[tuple[str, str, int]], random: Random
) -> Iterator[Part]:
    """What one person does for a task: some, less than is asked or more, or nothing; of what is asked each week some weeks'."""
    if teacher.role not in task.role:
        return
    skips = random.random() < (1 - teacher.diligence) * SKIPS
    least = 1.0 if _is_seen_to(term.calendar, task, teacher.cohort) else 0.0
    if skips and not least:
        return
    late = random.random() < (1 - teacher.diligence) * IS_LATE
    for kind, item, target in wanted:
        if asked_each_week(term, task):
            for amount, happened in _evenly(term, task, kind, target):
                if random.random() < max(least, teacher.diligence):
                    yield kind, item, amount, task.characters, happened
            continue
        eager = random.choice(EAGER)
        share = eager if teacher.diligence == 1 else random.uniform(teacher.diligence, 1.1)
        for amount in _sessions(term.calendar, kind, round(target * max(least, share))):
            length = task.characters and round(task.characters * random.uniform(0.9, 1.6))
            yield kind, item, amount, length, _when(term, task, late, random)


def _records_in_time(term: Term, people: People, random: Random) -> Iterator[Record]:
    """As much as is asked for, of everybody, at moments of the task's time that lie evenly."""
    number = 0
    for task in term.calendar.tasks:
        wanted = [*_wanted(term.calendar, task)]
        for teacher in people.teachers:
            for kind, item, target in wanted if teacher.role in task.role else ():
                parts = [*_evenly(term, task, kind, target)]
                for amount, happened in parts:
                    number += 1
                    length = task.characters and round(task.characters * random.uniform(1.0, 1.6))
                    yield Record(teacher, task, kind, item, amount, length, happened, f"R{number:06d}")


def _evenly(term: Term, task: Task, kind: str, target: int) -> Iterator[tuple[int, datetime]]:
    """Amounts, and when each of them is done: before the task is due, and where each week is asked, in each."""
    opens, due = term.opens(task), term.due(task)
    weekly = weekly_amount(term, task)
    if not weekly:
        amounts = _sessions(term.calendar, kind, target)
        for turn, amount in enumerate(amounts, 1):
            yield amount, opens + (due - NO_EARLIER - opens) * turn // (len(amounts) + 1)
        return
    weeks = max(1, -(-(due - opens) // WEEK))
    each, total = max(weekly, -(-target // weeks)), 0
    for week in range(weeks):
        total += each
        amount = total if term.calendar.evidence[kind].reads == "running total" else each
        yield amount, min(opens + week * WEEK + IN_THE_WEEK, due - NO_EARLIER)


def weekly_amount(term: Term, task: Task) -> int:
    """How much of a task is asked or advised in each week; 0 where none is."""
    advised = 0
    if isinstance(task.advised, str) and (pace := _PACE.match(task.advised)):
        advised = round(float(pace[1]) * HUNDREDTHS) * (7 if pace[2] == "day" else 1)
    return max(asked_each_week(term, task), advised)


def asked_each_week(term: Term, task: Task) -> int:
    """How much of a task is asked in each week; 0 where none is."""
    asked = [
        component.at_least
        for component in components(term.calendar)
        if isinstance(component, Weekly) and task.id in component.task_ids
    ]
    if task.needs is not None and task.is_weekly:
        asked.append(task.needs.at_least)
    return max(asked, default=0)


def _is_seen_to(calendar: TermCalendar, task: Task, cohort: str) -> bool:
    """Whether a cohort's people show all of a phase that ends when they have. The same each time, phase by phase."""
    if calendar.phase(task.phase).complete_when != "all tasks shown":
        return False
    return Random(f"{calendar.programme}|{task.phase}|{cohort}").random() < SEEN_TO  # noqa: S311


def _wanted(calendar: TermCalendar, task: Task) -> Iterator[tuple[str, str, int]]:
    """Kind, item and the amount of it that makes the task whole."""
    for item in items_of(task) or [""]:
        steps = task.items[item].steps if item in task.items else ()
        for kind in steps or task.shows:
            asked = [_asked_by(component, task, kind) for component in components(calendar)]
            yield kind, item, max(HUNDREDTHS, _needed(task), *asked)


def _needed(task: Task) -> int:
    if task.needs is None:
        return 0
    apart = task.needs.each_of or task.needs.a
    return task.needs.at_least if apart else half_up(task.needs.at_least, len(task.shows))


def _asked_by(component: RuleBase, task: Task, kind: str) -> int:
    """What a component wants for its full figure, of one kind of one of its tasks."""
    kinds = component.shows or task.shows
    if task.id not in component.task_ids or kind not in kinds:
        return 0
    shares = len(kinds) * len(component.task_ids)
    enough = component.enough or 0
    if isinstance(component, Bands):
        enough = max(component.bands, key=lambda one: one[1])[0].low
    return max(component.least_of(kind), half_up(enough, shares))


def _sessions(calendar: TermCalendar, kind: str, amount: int) -> list[int]:
    """An amount in records: each counted thing its own, hours and minutes in sessions, or the sum so far."""
    whole = max(1, half_up(amount, HUNDREDTHS))
    if whole <= ONE_BY_ONE:
        parts = [HUNDREDTHS] * whole
    else:
        parts = [whole // SESSIONS * HUNDREDTHS] * (SESSIONS - 1)
        parts.append(whole * HUNDREDTHS - sum(parts))
    if calendar.evidence[kind].reads == "running total":
        return [sum(parts[: at + 1]) for at in range(len(parts))]
    return parts


def _when(term: Term, task: Task, late: bool, random: Random) -> datetime:
    opens, closes = term.opens(task), term.closes(task)
    if late:
        return closes + timedelta(seconds=random.randrange(int(LATEST.total_seconds())))
    stretch = max(1, int((closes - NO_EARLIER - opens).total_seconds()))
    happened = opens + timedelta(seconds=random.randrange(stretch))
    asleep = happened.astimezone(term.calendar.zoneinfo).hour < WAKING
    by_day = happened + timedelta(hours=WAKING)
    return by_day if asleep and by_day < closes - NO_EARLIER else happened


def marks_of(
    term: Term, people: People, records: list[Record], rubrics: list[OwnRubric], random: Random
) -> Iterator[Given]:
    """The marks of what was handed in on time, but for what lies unmarked and the school that reports nothing."""
    for task in term.calendar.tasks:
        marking = marking_of(term.calendar, task)
        if marking is None or task.marked_by is None:
            continue
        handed_in = {
            record.teacher
            for record in records
            if record.task == task and record.happened < term.closes(task)
        }
        due = [
            teacher
            for teacher in people.teachers
            if teacher.role in task.role and (teacher in handed_in or not task.shows)
        ]
        in_time = people.manner.in_time
        for teacher in due if in_time else _reported(due, task.marked_by in term.calendar.tiers):
            some = 1.0 if in_time else 0.45 + 0.45 * teacher.diligence + random.uniform(-0.15, 0.1)
            yield from _given(marking, teacher, rubrics, min(1.0, max(0.0, some)))


def _reported(due: list[Teacher], by_an_office: bool) -> list[Teacher]:
    """All but the last school's, where an office reports; all but some of the last group's, where a person marks."""
    if by_an_office:
        return [teacher for teacher in due if teacher.school != due[-1].school]
    last = [teacher for teacher in due if teacher.cohort == due[-1].cohort]
    return [teacher for teacher in due if teacher not in last[-UNMARKED:]]


def _given(marking: Marking, teacher: Teacher, rubrics: list[OwnRubric], good: float) -> Iterator[Given]:
    """One person's marks; 1 is the best that can be given."""
    if marking.grades:
        place = min(len(marking.grades) - 1, int((1 - good) * len(marking.grades) * 1.5))
        yield Given(teacher, marking.task, grade=marking.grades[place])
        return
    parts = dict(marking.parts)
    if marking.by_school:
        parts = {
            row.item: row.points
            for row in rubrics
            if row.school == teacher.school and row.task == marking.task
        }
    for item, full in (parts or {"": marking.scale.high}).items():
        low, step = marking.scale.low, marking.scale.step
        score = low + int(good * (full - low)) // step * step
        yield Given(teacher, marking.task, item, score, giver="评价人" if marking.keeps_giver else "")


def rubrics_of(calendar: TermCalendar, people: People) -> Iterator[OwnRubric]:
    """Every school's own rubric of the tasks that want one: what must be in it, and a line more."""
    for task in calendar.tasks:
        component = rubric_of(calendar, task)
        if component is None:
            continue
        kinds = [kind for kind, least in component.at_least.items() for _ in range(least)] + ["other"]
        each = component.most // len(kinds) // HUNDREDTHS * HUNDREDTHS
        for school in people.schools:
            for at, kind in enumerate(kinds):
                points = each if at else component.most - each * (len(kinds) - 1)
                yield OwnRubric(school, task, f"第{at + 1}项 {RUBRIC_KINDS[kind][0].zh}", kind, points)
