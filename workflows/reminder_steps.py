"""At which instants a reminder speaks: days before its deadline, on the day, daily after it, every week.

A step's name and the deadline that it speaks of are part of a reminder's identity, so a moved deadline speaks
again and a second night does not. A deadline that was moved for single people has steps of its own, for them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from typing import TYPE_CHECKING

from calendars.instants import local_midnight, shifted
from calendars.schedule import deadline
from calendars.term import Reminder, Task
from workflows.deadlines import task_deadline, term_instant

if TYPE_CHECKING:
    from workflows.cohorts import CohortTerm, PhaseNow

TELLING = ("escalated", "on the day", "before", "every")  # of several at one moment, which says the most
MOST_REPEATS = 400  # a repeat that nobody stops ends after more than a year of days


@dataclass(frozen=True, order=True)
class Step:
    """One moment at which one reminder speaks. `number` is the reminder's place in the calendar. Of those at one moment
    the one that says the most comes first."""

    at: datetime
    telling: int  # its place in TELLING
    number: int
    name: str
    deadline_at: datetime
    escalated: bool = False
    own: bool = False  # for those alone who have this deadline to themselves
    again: bool = False  # another has spoken by this deadline at this moment: whom it spoke to is left out


def reminders_of(term: CohortTerm, phase: str) -> list[tuple[int, Reminder]]:
    """The calendar's reminders that belong to a phase: to that of their first task."""
    return [
        (number, reminder)
        for number, reminder in enumerate(term.calendar.reminders)
        if term.calendar.task(reminder.about[0]).phase == phase
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
    due = _deadline(term, reminder)
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
    return bool(task.shows) and reminder.to != task.marked_by and ordinary is not None and ordinary <= due


def _series(term: CohortTerm, phase: PhaseNow, number: int, due: datetime | None) -> Iterator[Step]:
    """The steps of one reminder by one deadline."""
    reminder = term.calendar.reminders[number]
    series: list[Iterable[Step]] = []
    if due is not None:
        series.append(sorted(_before(term, number, reminder, due)))
        series.append(_escalated(term, number, reminder, due))
        series.append(_overdue(term, phase, number, reminder, due))
    if reminder.every and phase.opens_at is not None and phase.stands_at != "planned":
        series.append(_repeated(term, phase, number, reminder, due))
    return merge(*series)


def _deadline(term: CohortTerm, reminder: Reminder) -> datetime | None:
    if reminder.before:
        return term_instant(term, reminder.before)
    return task_deadline(term, term.calendar.task(reminder.about[0]))


def _before(term: CohortTerm, number: int, reminder: Reminder, due: datetime) -> Iterator[Step]:
    for distance in reminder.by:
        at = deadline(term.calendar, {"due": due}, {}, f"{distance} before due")
        if isinstance(at, datetime):
            yield Step(at, TELLING.index("before"), number, f"{distance} before", due)
    if reminder.on_the_day:
        zone = term.calendar.zoneinfo
        last_day = (due - timedelta(seconds=1)).astimezone(zone).date()
        yield Step(local_midnight(last_day, zone), TELLING.index("on the day"), number, "on the day", due)


def _repeated(
    term: CohortTerm, phase: PhaseNow, number: int, reminder: Reminder, due: datetime | None
) -> Iterator[Step]:
    """Every day or week from the phase's opening to the deadline."""
    assert phase.opens_at is not None
    assert reminder.every is not None
    until = due or phase.closes_at
    for repeat in range(1, MOST_REPEATS):
        at = shifted(phase.opens_at, repeat, reminder.every, term.calendar.zoneinfo)
        if until is None or at >= until:
            return
        yield Step(at, TELLING.index("every"), number, f"{reminder.every} {repeat}", until)


def _escalated(term: CohortTerm, number: int, reminder: Reminder, due: datetime) -> Iterator[Step]:
    """Once upward, some time after the deadline."""
    if reminder.escalate is not None:
        at = deadline(term.calendar, {"due": due}, {}, f"{reminder.escalate.after} after due")
        if isinstance(at, datetime):
            yield Step(at, TELLING.index("escalated"), number, "escalated", due, escalated=True)


def _overdue(
    term: CohortTerm, phase: PhaseNow, number: int, reminder: Reminder, due: datetime
) -> Iterator[Step]:
    """After the deadline until the phase is done, to the same people, daily or weekly."""
    if reminder.overdue is None:
        return
    for repeat in range(1, MOST_REPEATS):
        at = shifted(due, repeat, "day" if reminder.overdue == "daily" else "week", term.calendar.zoneinfo)
        if phase.done_at is not None and at >= phase.done_at:
            return
        yield Step(at, TELLING.index("every"), number, f"overdue {repeat}", due)
