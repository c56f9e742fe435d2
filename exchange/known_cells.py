"""Cells of a large CSV file that have been read once: their meaning is remembered by how they are written.

Each says what `exchange.cells` says of the same text, or that it must be asked: nothing is refused here.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from calendars.messages import UnreadableError
from exchange.cells import read_amount, read_when

ASK: int = -1  # what must be read with care
_REMEMBERED = 1 << 16
_DAY = len("2024-11-03")
_LENGTHS = (_DAY + len(" 20:15"), _DAY + len(" 20:15:00"))
_WHOLE_DAY = 24 * 3600
_SOME_DAY = "2001-01-01"  # on which a clock is read


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
    """Times such as 2024-11-03 20:15:00, read by their two halves, of which there are few."""

    def __init__(self, zone: ZoneInfo, received: int) -> None:
        self._zone = zone
        self._received = received
        self._days: dict[str, int] = {}
        self._clocks: dict[str, int] = {}

    def __getitem__(self, text: str) -> int:
        """The UTC second of a local time that is not after the receipt."""
        if len(text) not in _LENGTHS:
            return ASK
        day, clock = text[:_DAY], text[_DAY:]
        begin, since = self._days.get(day), self._clocks.get(clock)
        if begin is None or since is None:
            begin, since = self._read(day, clock)
        if ASK in (begin, since) or begin + since > self._received:
            return ASK
        return begin + since

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
    try:
        midnight, _ = read_when(_SOME_DAY, _UTC)
        begin, end = read_when(_SOME_DAY + clock, _UTC)
    except UnreadableError:
        return ASK
    return begin - midnight if begin == end else ASK


_UTC = ZoneInfo("UTC")
