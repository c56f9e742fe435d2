"""Cells of a large CSV file that have been read once: their meaning is remembered by how they are written.

Each says what `exchange.cells` says of the same text, or that it must be asked: nothing is refused here.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from calendars.messages import UnreadableError
from exchange.cells import read_amount, read_when

ASK: int = -1  # what must be read with care
_REMEMBERED = 1 << 16
_DAY, _MINUTE = len("2024-11-03"), len("2024-11-03 20:15")
_SECONDS = {"": 0} | {f":{second:02}": second for second in range(60)}
_WHOLE_DAY = 24 * 3600
_SOME_DAY = "2001-01-01"  # on which a clock is read
_UTC = ZoneInfo("UTC")


class Amounts(dict[str, int | None]):
    """Hundredths by how they are written; None of an empty cell."""

    def __missing__(self, text: str) -> int | None:
        if len(self) > _REMEMBERED:
            self.clear()
        try:
            self[text] = read_amount(text) if text else None
        except UnreadableError:
            self[text] = ASK
        return self[text]


class Times:
    """Times such as 2024-11-03 20:15:00, read by their parts, of which there are few."""

    def __init__(self, zone: ZoneInfo, received: int) -> None:
        self._zone = zone
        self._received = received
        self._days: dict[str, int] = {}
        self._clocks: dict[str, int] = {}

    def __getitem__(self, text: str) -> int:
        """The UTC second of a local time that is not after the receipt."""
        second = _SECONDS.get(text[_MINUTE:])
        if second is None or len(text) < _MINUTE:
            return ASK
        day, clock = text[:_DAY], text[_DAY:_MINUTE]
        begin, since = self._days.get(day), self._clocks.get(clock)
        if begin is None or since is None:
            begin, since = self._read(day, clock)
        moment = begin + since + second
        return ASK if ASK in (begin, since) or moment > self._received else moment

    def _read(self, day: str, clock: str) -> tuple[int, int]:
        for known in (self._days, self._clocks):
            if len(known) > _REMEMBERED:
                known.clear()
        self._days[day], self._clocks[clock] = _first_second(day, self._zone), _since_midnight(clock)
        return self._days[day], self._clocks[clock]


def _first_second(day: str, zone: ZoneInfo) -> int:
    """Of a day that has as many seconds as a day has: on no other do its hours say how many have gone by."""
    try:
        begin, last = read_when(day, zone)
    except UnreadableError:
        return ASK
    return begin if last - begin == _WHOLE_DAY - 1 else ASK


def _since_midnight(clock: str) -> int:
    """Of an hour and a minute; no second comes after 24:00."""
    try:
        midnight, _ = read_when(_SOME_DAY, _UTC)
        begin, end = read_when(_SOME_DAY + clock, _UTC)
    except UnreadableError:
        return ASK
    return begin - midnight if begin == end and begin - midnight < _WHOLE_DAY else ASK
