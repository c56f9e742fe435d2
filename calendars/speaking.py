"""On which days, and at which hours of them, reminders may speak; and on which day one does that falls on another.

A reminder speaks once a day, when the hours begin, of how things stood at that day's 00:00. One that falls on a day on
which nobody is to be written speaks on the next such day; but never after the deadline that it speaks of: then on the
last such day whose hours begin before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from calendars.messages import UnreadableError, Wording
from calendars.values import Cited
from calendars.workdays import is_worked_as_far_as_known

NOT_HOURS = Wording(
    zh="应写成起止时刻，如 08:00 to 20:00，在同一天之内，先早后晚",
    en="hours such as 08:00 to 20:00 are expected, of one day, the earlier first",
)
LONGEST_REST = 60  # days: what an overlay may leave between two working days; beyond it none is looked for
_HOURS = re.compile(r"([0-2]?[0-9]):([0-5][0-9]) to ([0-2]?[0-9]):([0-5][0-9])")


def _hours(text: str) -> str:
    _read(text)
    return text


def _read(text: str) -> tuple[timedelta, timedelta]:
    match = _HOURS.fullmatch(" ".join(text.split()))
    if match is None:
        raise UnreadableError(NOT_HOURS())
    first, last = (timedelta(hours=int(match[part]), minutes=int(match[part + 1])) for part in (1, 3))
    if not first < last <= timedelta(hours=24):
        raise UnreadableError(NOT_HOURS())
    return first, last


class Speaking(Cited):
    """When the reminders of a programme may reach anybody, in its own zone."""

    days: Literal["working days", "every day"] = "working days"
    hours: Annotated[str, AfterValidator(_hours)] = "08:00 to 20:00"

    def allows(self, day: date) -> bool:
        return self.days == "every day" or is_worked_as_far_as_known(day)

    def begins(self, day: date, zone: ZoneInfo) -> datetime:
        """The instant from which on that day's reminders may go out."""
        return _local(day, _read(self.hours)[0], zone)

    def is_within(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether somebody may be written at an instant."""
        day = at.astimezone(zone).date()
        first, last = (_local(day, hour, zone) for hour in _read(self.hours))
        return first <= at < last and self.allows(day)

    def next_beginning(self, at: datetime, zone: ZoneInfo) -> datetime:
        """When the hours begin on the first allowed day after that of an instant."""
        day = at.astimezone(zone).date() + timedelta(days=1)
        return self.begins(self._first(_ahead(day)) or day, zone)

    def day_for(self, day: date, zone: ZoneInfo, until: datetime | None = None) -> date:
        """The day on which something speaks that falls on a day: that day or the next allowed one; of what is to be said
        before an instant, in no case later than the last allowed day whose hours begin before it."""
        ahead = self._first(_ahead(day)) or day
        if until is None or self.begins(ahead, zone) < until:
            return ahead
        last = until.astimezone(zone).date()
        in_time = (one for one in _back(last) if self.begins(one, zone) < until)
        return self._first(in_time) or min(day, last)

    def _first(self, days: Iterator[date]) -> date | None:
        return next((day for day in days if self.allows(day)), None)


def _ahead(day: date) -> Iterator[date]:
    return (day + timedelta(days=ahead) for ahead in range(LONGEST_REST))


def _back(day: date) -> Iterator[date]:
    return (day - timedelta(days=back) for back in range(LONGEST_REST))


def _local(day: date, hour: timedelta, zone: ZoneInfo) -> datetime:
    """The instant at which a clock on the wall shows an hour; 24:00 is the next day's 00:00."""
    days, minutes = divmod(hour // timedelta(minutes=1), 24 * 60)
    return datetime.combine(
        day + timedelta(days=days), time(minutes // 60, minutes % 60), tzinfo=zone
    ).astimezone(UTC)
