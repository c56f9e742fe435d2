"""The rounds of a filing, and until when each of its links is open, by a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from calendars.filings import WEEK, Filing, Link
from calendars.instants import local_midnight
from calendars.schedule import Moment, deadline, phase_times
from calendars.term import TermCalendar


@dataclass(frozen=True)
class Period:
    """What one round of a filing is about: a week by its first day, or everything, with an empty name."""

    name: str = ""
    starts: datetime | None = None
    ends: datetime | None = None

    @property
    def dates(self) -> dict[str, datetime]:
        """What `start of week` and `end of week` are."""
        if self.starts is None or self.ends is None:
            return {}
        return {f"{WEEK}.start": self.starts, f"{WEEK}.end": self.ends}


def periods(calendar: TermCalendar, filing: Filing) -> list[Period]:
    """The rounds of a filing: one, or one for each week of its phase by plan; none while the phase has no dates."""
    if filing.every is None or filing.during is None:
        return [Period()]
    times = phase_times(calendar, filing.during)
    if not isinstance(times.opens, datetime) or not isinstance(times.closes, datetime):
        return []
    return [*_weeks(calendar, times.opens, times.closes)]


def _weeks(calendar: TermCalendar, opens: datetime, closes: datetime) -> Iterator[Period]:
    """Stretches of seven days from the day of the opening on; the last one ends with the phase."""
    zone, day = calendar.zoneinfo, opens.astimezone(calendar.zoneinfo).date()
    starts = opens
    while starts < closes:
        following = local_midnight(day + timedelta(days=7), zone)
        yield Period(day.isoformat(), starts, min(following, closes))
        day, starts = day + timedelta(days=7), following


def link_deadline(calendar: TermCalendar, link: Link, period: Period) -> datetime | None:
    """When a link is over by the calendar. None: it says nothing, or the date is not determined yet."""
    if link.by is None:
        return None
    found = link_moment(calendar, link.by, period)
    return found if isinstance(found, datetime) else None


def link_moment(calendar: TermCalendar, by: str, period: Period) -> Moment:
    """The instant of a link's deadline in a round, or why it has none."""
    return deadline(calendar, period.dates, {}, by)
