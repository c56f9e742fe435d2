"""A zone as iCalendar writes it: every change of the clock between two years, each by itself.

The library's own VTIMEZONE tells a change to summer time by the clock after it, so that a reader who goes by it takes the
hour behind for another; the standard asks for the clock before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True)
class _Change:
    """From an instant on the clock is so far from UTC, and was so far before."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool

    @property
    def local(self) -> datetime:
        """As the clock showed it that was right until then."""
        return (self.at + self.before).replace(tzinfo=None)


def zone_component(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """The zone, right from the first day of one year to the last of another."""
    component = Timezone()
    component.add("tzid", zone.key)
    since, until = (datetime(year, 1, 1, tzinfo=zone).astimezone(UTC) for year in (first_year, last_year + 1))
    for change in _changes(zone, since, until):
        part = TimezoneDaylight() if change.summer else TimezoneStandard()
        part.add("dtstart", change.local)
        part.add("tzoffsetfrom", change.before)
        part.add("tzoffsetto", change.after)
        part.add("tzname", change.name)
        component.add_component(part)
    return component


@cache
def _changes(zone: ZoneInfo, since: datetime, until: datetime) -> tuple[_Change, ...]:
    """What the clock is at first, then every change."""
    found, here = [_change(zone, since, since)], since
    while here < until:
        following = here + DAY
        if _offset(zone, here) != _offset(zone, following):
            found.append(_change(zone, here, _moment(zone, here, following)))
        here = following
    return tuple(found)


def _moment(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second at which the clock is what it is after."""
    wanted = _offset(zone, after)
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        before, after = (before, middle) if _offset(zone, middle) == wanted else (middle, after)
    return after


def _change(zone: ZoneInfo, before: datetime, at: datetime) -> _Change:
    local = at.astimezone(zone)
    return _Change(at, _offset(zone, before), _offset(zone, at), local.tzname() or "", bool(local.dst()))


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
