"""On which days a reminder speaks: days before its deadline, on the day, daily after it, every week.

A day on which nobody may be told is moved (calendars.speaking): to the next that is allowed, never past the deadline.

A step's name and the deadline that it speaks of are part of a reminder's identity, so a moved deadline speaks
again and a second night does not. A deadline that was moved for single people has steps of its own, for them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING

from calendars.instants import local_midnight, shifted
from calendars.schedule import deadline
from calendars.term import Reminder, Task, TermCalendar
from models.types import ONE_SECOND
from workflows.deadlines import task_deadline, term_instant

if TYPE_CHECKING:
    from workflows.cohorts import CohortTerm, PhaseNow

TELLING = ("escalated", "on the day", "before", "every")  # of several at one moment, which says the most
MOST_REPEATS = 400  # a repeat that nobody stops ends after more than a year of days


@dataclass(frozen=True, order=True)
class Step:
    """One moment at which one reminder speaks: `at` is the 00:00 of its day, as of which it is decided whom it concerns.
    `number` is the reminder's place in the calendar. Of those at one moment the one that says the most comes first."""

    at: datetime
    telling: int  # its place in TELLING
    number: int
    name: str
    deadline_at: datetime
    speak_at: datetime  # from when on anybody may be told
    escalated: bool = False
    own: bool = False  # for those alone who have this deadline to themselves
    again: bool = False  # another has spoken by this deadline at this moment: whom it spoke to is left out


def reminders_of(term: CohortTerm, phase: str) -> list[tuple[int, Reminder]]:
    """The calendar's reminders that belong to a phase: to that of their first task."""
    return [
        (number, reminder)
        for number, reminder in enumerate(term.calendar.reminders)
        if reminder.about and term.calendar.task(reminder.about[0]).phase == phase
    ]


def next_reminder(term: CohortTerm, phase: PhaseNow) -> datetime | None:
    """The first instant after the last one written at which a reminder of this phase speaks."""
    steps = (
        next((step.at for step in _after(term, phase, number, reminder)), None)
        for number, reminder in reminders_of(term, phase.phase)
    )
    return min(filter(None, steps), default=None)


def due_steps(term: CohortTerm, phase: PhaseNow, up_to: datetime) -> list[Step]:
    """Every step after the last one written, up to and with an instant, in the order of instants."""
    found: list[Step] = []
    for number, reminder in reminders_of(term, phase.phase):
        for step in _after(term, phase, number, reminder):
            if step.at > up_to:
                break
            found.append(step)
    return sorted(found)


def _after(term: CohortTerm, phase: PhaseNow, number: int, reminder: Reminder) -> Iterator[Step]:
    for step in _steps(term, phase, number, reminder):
        if phase.reminded_at is None or step.at > phase.reminded_at:
            yield step


def _steps(term: CohortTerm, phase: PhaseNow, number: int, reminder: Reminder) -> Iterator[Step]:
    """All steps of one reminder in the order of their instants, also those by deadlines of people's own."""
    due = deadline_of(term, reminder)
    own = [
        _of_their_own(term, phase, number, until, since) for until, since in _own(term, reminder, due).items()
    ]
    return merge(_series(term, phase, number, due), *own)


def _of_their_own(
    term: CohortTerm, phase: PhaseNow, number: int, until: datetime, since: datetime
) -> Iterator[Step]:
    for step in _series(term, phase, number, until):
        if step.at > since:
            yield replace(step, own=True)


def _own(term: CohortTerm, reminder: Reminder, due: datetime | None) -> dict[datetime, datetime]:
    """The deadlines of people's own that a reminder speaks of, each with since when there is one."""
    found: dict[datetime, datetime] = {}
    for one in term.extended:
        task = term.calendar.task(one.task)
        if (
            due is not None
            and one.until > due
            and task.id in reminder.about
            and is_moved(term, reminder, task, due)
        ):
            found[one.until] = min(found.get(one.until, one.effective_at), one.effective_at)
    return found


def is_moved(term: CohortTerm, reminder: Reminder, task: Task, due: datetime) -> bool:
    """Whether a later deadline of their own takes people out of a reminder that speaks of this deadline: it speaks to
    whoever owes the work, or of them, and not of a day before the work is due."""
    ordinary = task_deadline(term, task)
    return not reminder.asks_for_marks(task) and ordinary is not None and ordinary <= due


def _series(term: CohortTerm, phase: PhaseNow, number: int, due: datetime | None) -> Iterator[Step]:
    """The steps of one reminder by one deadline."""
    reminder = term.calendar.reminders[number]
    series: list[Iterable[Step]] = []
    if due is not None:
        if (number, due) not in term.steps:
            term.steps[number, due] = steps_by_date(term.calendar, number, due)
        series.append(term.steps[number, due])
        series.append(_last_of_each_day(_overdue(term, phase, number, reminder, due)))
    if reminder.every and phase.opens_at is not None and phase.stands_at != "planned":
        series.append(_last_of_each_day(_repeated(term, phase, number, reminder, due)))
    return merge(*series)


def deadline_of(term: CohortTerm, reminder: Reminder) -> datetime | None:
    """The deadline by which a reminder goes in a cohort. None while it is not known."""
    if reminder.before:
        return term_instant(term, reminder.before)
    return task_deadline(term, term.calendar.task(reminder.about[0]))


def steps_by_date(calendar: TermCalendar, number: int, due: datetime) -> list[Step]:
    """The steps of a reminder that its deadline alone gives: before it, on its day, and upward after it."""
    reminder = calendar.reminders[number]
    return [*_before(calendar, number, reminder, due), *_escalated(calendar, number, reminder, due)]


def _before(calendar: TermCalendar, number: int, reminder: Reminder, due: datetime) -> list[Step]:
    """Of several that fall on one day the last, which is the nearest to the deadline."""
    nominal = [
        (_day_of_end(at, calendar), "before", f"{distance} before")
        for distance in reminder.by
        if isinstance(at := deadline(calendar, {"due": due}, {}, f"{distance} before due"), datetime)
    ]
    if reminder.on_the_day:
        nominal.append((_day_of_end(due, calendar), "on the day", "on the day"))
    nominal.sort(key=lambda one: (one[0], one[1] == "on the day"))
    steps = (_speaks(calendar, number, day, told, name, due, until=due) for day, told, name in nominal)
    return list({step.at: step for step in steps}.values())


def _repeated(
    term: CohortTerm, phase: PhaseNow, number: int, reminder: Reminder, due: datetime | None
) -> Iterator[Step]:
    """Every day or week from the phase's opening to the deadline."""
    assert phase.opens_at is not None
    assert reminder.every is not None
    zone, until = term.calendar.zoneinfo, due or phase.closes_at
    for repeat in range(1, MOST_REPEATS):
        at = shifted(phase.opens_at, repeat, reminder.every, zone)
        if until is None or at >= until:
            return
        day = at.astimezone(zone).date()
        yield _speaks(term.calendar, number, day, "every", f"{reminder.every} {repeat}", until, until=until)


def _escalated(calendar: TermCalendar, number: int, reminder: Reminder, due: datetime) -> Iterator[Step]:
    """Once upward, some time after the deadline."""
    if reminder.escalate is not None:
        at = deadline(calendar, {"due": due}, {}, f"{reminder.escalate.after} after due")
        if isinstance(at, datetime):
            day = _day_of_end(at, calendar) + timedelta(days=1)
            yield replace(_speaks(calendar, number, day, "escalated", "escalated", due), escalated=True)


def _overdue(
    term: CohortTerm, phase: PhaseNow, number: int, reminder: Reminder, due: datetime
) -> Iterator[Step]:
    """After the deadline until the phase is done, to the same people, daily or weekly."""
    if reminder.overdue is None:
        return
    last_day, apart = _day_of_end(due, term.calendar), timedelta(days=1 if reminder.overdue == "daily" else 7)
    for repeat in range(1, MOST_REPEATS):
        step = _speaks(term.calendar, number, last_day + repeat * apart, "every", f"overdue {repeat}", due)
        if phase.done_at is not None and step.at >= phase.done_at:
            return
        yield step


def _speaks(
    calendar: TermCalendar,
    number: int,
    day: date,
    told: str,
    name: str,
    due: datetime,
    until: datetime | None = None,
) -> Step:
    """The step that falls on a day, on the day on which it may speak."""
    day = calendar.reminding.day_for(day, calendar.zoneinfo, until)
    return Step(
        local_midnight(day, calendar.zoneinfo), TELLING.index(told), number, name, due,
        calendar.reminding.begins(day, calendar.zoneinfo),
    )  # fmt: skip


def _day_of_end(at: datetime, calendar: TermCalendar) -> date:
    """The day that ends at or after an instant: of a midnight the day before, which has it as its 24:00."""
    return (at - ONE_SECOND).astimezone(calendar.zoneinfo).date()


def _last_of_each_day(steps: Iterable[Step]) -> Iterator[Step]:
    """What fell on days of rest falls together on the next working day, and says only the last of it."""
    for _, together in groupby(steps, key=lambda step: step.at):
        yield list(together)[-1]
