"""When an appeal may be filed, and when it is to be decided: local days of the programme, instants in UTC, exclusive."""

from __future__ import annotations

from datetime import datetime, timedelta

from calendars.instants import local_midnight
from calendars.penalties import Appeals
from calendars.schedule import after
from calendars.term import TermCalendar


def appeals_against(calendar: TermCalendar, assessment: str) -> Appeals | None:
    """What the calendar says about appeals against an assessment, if there may be any."""
    return next((one for one in calendar.appeals if one.of == assessment), None)


def filed_before(
    calendar: TermCalendar, appeals: Appeals, locked_at: datetime, taken_away_at: datetime | None = None
) -> datetime:
    """Before which instant an appeal must be filed: by the lock at which the result was sealed first; where it was taken
    away since, as long from then on, days from the one after."""
    if taken_away_at is None:
        return after(calendar, appeals.within, locked_at)
    return _from_that_day(calendar, appeals.within, taken_away_at)


def decided_before(calendar: TermCalendar, appeals: Appeals, filed_at: datetime) -> datetime | None:
    """Before which instant an appeal must be decided; None where the calendar does not say. Days are counted from the
    one on which it was filed, which is none of them, and end at their 24:00; hours from the instant itself."""
    return _from_that_day(calendar, appeals.decide_within, filed_at) if appeals.decide_within else None


def _from_that_day(calendar: TermCalendar, stretch: str, instant: datetime) -> datetime:
    """So much later than something that happened at an instant: days end at their 24:00, and its own is none of them."""
    if "hour" in stretch:
        return after(calendar, stretch, instant)
    day = instant.astimezone(calendar.zoneinfo).date()
    return after(calendar, stretch, local_midnight(day + timedelta(days=1), calendar.zoneinfo))
