"""The whole weeks of a stretch of time: seven local days each, counted from its start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from calendars.instants import Day, Minute, Month, Window, instant_of, shifted

Week = tuple[datetime, datetime]  # UTC, half-open


def whole_weeks(
    opens: datetime, closes: datetime, zone: ZoneInfo, excused: Sequence[Window] = ()
) -> tuple[Week, ...]:
    """Every week that has begun and ended inside, but those that touch an excused stretch. What is left over at the end
    is no week."""
    stretches = [stretch(window, zone) for window in excused]
    return tuple(
        (first, last)
        for first, last in _weeks(opens, closes, zone)
        if not any(first < ends and begins < last for begins, ends in stretches)
    )


def _weeks(opens: datetime, closes: datetime, zone: ZoneInfo) -> Iterator[Week]:
    count, first = 0, opens
    while (last := shifted(opens, count + 1, "week", zone)) <= closes:
        yield first, last
        count, first = count + 1, last


def stretch(window: Window, zone: ZoneInfo) -> Week:
    """The instants of a window of days, as `except` of a weekly rule has them."""
    start, end = window.start, window.end
    assert isinstance(start, Day | Month | Minute)
    assert isinstance(end, Day | Month | Minute)
    return instant_of(start, "start", zone), instant_of(end, "end", zone)
