"""Made-up learning records and marks: as much as each task asks for, of people of very different diligence.

Some hand in late, some hand in less than is asked for, some nothing; one group's tutor leaves work unmarked and
one school reports nothing. A phase that ends when everybody has shown everything gets it of most cohorts, for
somebody sees to it there. All of it follows from the calendar's tasks, components and marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from calendars.quantities import HUNDREDTHS, half_up
from calendars.rules.base import RuleBase
from calendars.term import Task, TermCalendar
from exchange.forms import RUBRIC_KINDS, items_of
from exchange.marking import Marking, components, marking_of, rubric_of
from office.samples_dates import Term
from office.samples_people import People, School, Teacher

ONE_BY_ONE = 6  # of so many at most, each is a record of its own; more is divided into sessions
SESSIONS = 5
SKIPS, IS_LATE = 0.6, 0.3  # how often, of those who do the least
WAKING = 7  # o'clock
LATEST = timedelta(days=5)  # after the deadline
UNMARKED = 5  # pieces that one group's tutor leaves lying
SEEN_TO = 0.85  # how often a cohort shows all that a phase without dates asks for
NO_EARLIER = timedelta(minutes=2)  # before the end: the last moment at which somebody hands in on time


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
    number = 0
    for task in term.calendar.tasks:
        wanted = [*_wanted(term.calendar, task)]
        for teacher in people.teachers:
            if teacher.role not in task.role:
                continue
            skips = random.random() < (1 - teacher.diligence) * SKIPS
            least = 1.0 if _is_seen_to(term.calendar, task, teacher.cohort) else 0.0
            if skips and not least:
                continue
            late = random.random() < (1 - teacher.diligence) * IS_LATE
            for kind, item, target in wanted:
                share = 1.0 if teacher.diligence == 1 else random.uniform(teacher.diligence, 1.1)
                for amount in _sessions(term.calendar, kind, round(target * max(least, share))):
                    number += 1
                    length = task.characters and round(task.characters * random.uniform(0.9, 1.6))
                    happened = _when(term, task, late, random)
                    yield Record(teacher, task, kind, item, amount, length, happened, f"R{number:06d}")


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
    return max(component.least_of(kind), half_up(component.enough or 0, shares))


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
        for teacher in _reported(due, task.marked_by in term.calendar.tiers):
            yield from _given(marking, teacher, rubrics, random)


def _reported(due: list[Teacher], by_an_office: bool) -> list[Teacher]:
    """All but the last school's, where an office reports; all but some of the last group's, where a person marks."""
    if by_an_office:
        return [teacher for teacher in due if teacher.school != due[-1].school]
    last = [teacher for teacher in due if teacher.cohort == due[-1].cohort]
    return [teacher for teacher in due if teacher not in last[-UNMARKED:]]


def _given(marking: Marking, teacher: Teacher, rubrics: list[OwnRubric], random: Random) -> Iterator[Given]:
    good = min(1.0, max(0.0, 0.45 + 0.45 * teacher.diligence + random.uniform(-0.15, 0.1)))
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
