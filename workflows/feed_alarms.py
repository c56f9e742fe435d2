"""When an event of a feed rings: as the calendar reminds this role of it, else three days and one day before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from calendars.instants import local_midnight
from calendars.schedule import deadline
from calendars.term import Reminder, Task
from models.types import ONE_SECOND
from workflows.deadlines import term_instant

if TYPE_CHECKING:
    from workflows.cohorts import CohortTerm

UNLESS_SAID = ("3 days", "1 day")
MORNING = time(9)


def of_task(term: CohortTerm, role: str, task: Task, due: datetime) -> list[Reminder]:
    """The reminders to a role that speak of a task by its own deadline, and do so at some distance from it."""
    return [
        reminder
        for reminder in _speaking(term, role)
        if task.id in reminder.about
        and (reminder.before is None or term_instant(term, reminder.before) == due)
    ]


def of_instant(term: CohortTerm, role: str, name: str) -> list[Reminder]:
    """The same of what is to be done before a cutoff, or before another word for time."""
    return [reminder for reminder in _speaking(term, role) if reminder.before == name]


def _speaking(term: CohortTerm, role: str) -> list[Reminder]:
    return [one for one in term.calendar.reminders if one.to == role and (one.by or one.on_the_day)]


def alarms(
    term: CohortTerm, due: datetime, starts_at: datetime, reminders: Sequence[Reminder]
) -> tuple[datetime, ...]:
    """The instants in their order, each before the event begins. Without a reminder it is as for most."""
    zone = term.calendar.zoneinfo
    distances = [by for one in reminders for by in one.by] or (() if reminders else UNLESS_SAID)
    found = {at for by in distances if (at := _before(term, due, by)) is not None}
    if any(one.on_the_day for one in reminders):
        found.add(local_midnight(last_day(due, zone), zone))
    return tuple(sorted({_awake(at, starts_at, zone) for at in found if at < starts_at}))


def _before(term: CohortTerm, due: datetime, distance: str) -> datetime | None:
    at = deadline(term.calendar, {"due": due}, {}, f"{distance} before due")
    return at if isinstance(at, datetime) else None


def _awake(at: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """A day before midnight is midnight, at which no phone should ring: it does so in the morning that follows."""
    local = at.astimezone(zone)
    morning = datetime.combine(local.date(), MORNING, tzinfo=zone).astimezone(at.tzinfo)
    return morning if local.time() < MORNING and morning < starts_at else at


def last_day(due: datetime, zone: ZoneInfo) -> date:
    """The local day on which something is due: 24:00 is its end."""
    return (due - ONE_SECOND).astimezone(zone).date()
