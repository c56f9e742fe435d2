"""The words for time in a term calendar, and what instant each of them is.

A day, a month or a minute is local to the calendar's zone; the instants that come out are UTC. Read as a
start, a day is its 00:00; read as an end, it is the 00:00 after it, exclusive, so that `2024-12-08` and
`2024-12-08 24:00` end at the same instant. Arithmetic on days is done in the zone, before the conversion.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from calendars.messages import UnreadableError, Wording
from calendars.workdays import next_workday

Edge = Literal["start", "end"]
Unit = Literal["minute", "hour", "day", "workday", "week", "month"]

UNREADABLE = Wording(
    zh="看不懂的时间“{found}”。应为 2024-12-08、2024-12-08 24:00、2020-11、week 2..6 from 2024-10-25、"
    "after 阶段、when 阶段 is done、end of 阶段、3 days before 截止、tbd 等写法",
    en="cannot read the time {found!r}. Write 2024-12-08, 2024-12-08 24:00, 2020-11, week 2..6 from 2024-10-25, "
    "after PHASE, when PHASE is done, end of PHASE, 3 days before CUTOFF, tbd, or alike",
)
NO_SUCH_DAY = Wording(zh="没有 {found} 这一天", en="there is no day {found}")
NO_SUCH_MONTH = Wording(zh="没有 {found} 这个月", en="there is no month {found}")
NO_SUCH_TIME = Wording(
    zh="没有 {found} 这个时刻，应在 00:00 到 24:00 之间",
    en="there is no time {found}; expected 00:00 to 24:00",
)
TWO_READINGS = Wording(
    zh="日期“{found}”有两种读法，请写成四位年-两位月-两位日，如 2016-09-11",
    en="the date {found!r} has two readings; write year-month-day with all digits, like 2016-09-11",
)
WEEKS_BACKWARDS = Wording(zh="周次 {found} 前后颠倒或不足1", en="weeks {found} run backwards or below 1")


TOO_LONG = Wording(zh="这个时间写得太长", en="this is too long for a time")
FAR_YEAR = Wording(zh="{found} 不在1900年到2199年之间", en="{found} is not between the years 1900 and 2199")
FAR_OFFSET = Wording(zh="“{found}”相隔太远：最多9999", en="{found!r} is too far away: 9999 at most")
LONGEST = 200


class TimeError(UnreadableError):
    """A word for time that cannot be read; `message` says why."""


@dataclass(frozen=True)
class Day:
    day: date


@dataclass(frozen=True)
class Minute:
    day: date
    minutes: int  # since 00:00; 1440 is 24:00


@dataclass(frozen=True)
class Month:
    year: int
    month: int


@dataclass(frozen=True)
class Named:
    """A cutoff by its name."""

    name: str


@dataclass(frozen=True)
class OfPhase:
    """The planned start or end of a phase."""

    phase: str
    edge: Edge


@dataclass(frozen=True)
class WhenDone:
    """The instant at which a phase is done, known only then."""

    phase: str


@dataclass(frozen=True)
class Offset:
    count: int  # negative is before
    unit: Unit
    base: Expression


@dataclass(frozen=True)
class Beginning:
    """The base read as a start, wherever it stands: weeks are counted from it, also for the window's end."""

    base: Expression


@dataclass(frozen=True)
class Open:
    """No end: until cancelled."""


@dataclass(frozen=True)
class Complete:
    """The end of a phase without dates: when what it asks for is complete."""


@dataclass(frozen=True)
class ToBeDetermined:
    """Not known; the office will set it."""


Expression = (
    Day | Minute | Month | Named | OfPhase | WhenDone | Offset | Beginning | Open | Complete | ToBeDetermined
)


def innermost(expression: Expression) -> Expression:
    """What days or weeks are counted from."""
    while isinstance(expression, Offset | Beginning):
        expression = expression.base
    return expression


@dataclass(frozen=True)
class Window:
    """Start and end of a phase. `within` bounds what an office may set for a window to be determined."""

    start: Expression
    end: Expression
    within: tuple[Expression, Expression] | None = None


_MINUTE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{1,2}):([0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_OFFSET = re.compile(r"([0-9]+) (minute|hour|day|workday|week|month)s? (before|after) (.+)")
_WEEKS = re.compile(r"weeks? ([0-9]+)(?:\.\.([0-9]+))? from (.+)")
_DONE = re.compile(r"when (.+) is done")
_NUMERIC = re.compile(r"[\d\s./:,年月日号时分至到~—–-]*\d[\d\s./:,年月日号时分至到~—–-]*")


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Expression:
    """Read one instant. Raises TimeError with every reading that was expected."""
    if len(text) > LONGEST:
        raise TimeError(TOO_LONG())
    text = " ".join(text.split())
    if text == "tbd":
        return ToBeDetermined()
    return _read_dated(text) or _read_relative(text) or _read_named(text)


def _read_dated(text: str) -> Day | Minute | Month | None:
    if match := _MINUTE.fullmatch(text):
        return Minute(_read_day(match[1]), _read_time(int(match[2]), int(match[3]), text))
    if _DAY.fullmatch(text):
        return Day(_read_day(text))
    if match := _MONTH.fullmatch(text):
        if not 1 <= int(match[2]) <= 12:
            raise TimeError(NO_SUCH_MONTH(found=text))
        return Month(_read_year(int(match[1]), text), int(match[2]))
    return None


def _read_relative(text: str) -> Expression | None:
    if match := _OFFSET.fullmatch(text):
        if len(match[1]) > 4:
            raise TimeError(FAR_OFFSET(found=text))
        sign = 1 if match[3] == "after" else -1
        return Offset(sign * int(match[1]), _unit(match[2]), read_expression(match[4]))
    if match := _DONE.fullmatch(text):
        return WhenDone(match[1])
    for word, edge in _EDGES.items():
        if text.startswith(word):
            return OfPhase(text.removeprefix(word), edge)
    return None


def _read_named(text: str) -> Named:
    if _NUMERIC.fullmatch(text):
        raise TimeError(TWO_READINGS(found=text))
    if not text:
        raise TimeError(UNREADABLE(found=text))
    return Named(text)


_EDGES: dict[str, Edge] = {"start of ": "start", "end of ": "end", "after ": "end"}


@lru_cache(maxsize=1024)
def read_window(text: str) -> Window:
    """Read a phase's window: two instants with `..` between, weeks from a day, or a single day or month."""
    if len(text) > LONGEST:
        raise TimeError(TOO_LONG())
    text = " ".join(text.split())
    if match := _WEEKS.fullmatch(text):
        return _read_weeks(int(match[1]), int(match[2] or match[1]), match[3])
    if text == "tbd":
        return Window(ToBeDetermined(), ToBeDetermined())
    if text.startswith("tbd within "):
        bounds = read_window(text.removeprefix("tbd within "))
        return Window(ToBeDetermined(), ToBeDetermined(), within=(bounds.start, bounds.end))
    start, separator, end = text.partition("..")
    if not separator:
        single = read_expression(text)
        if not isinstance(single, Day | Month):
            raise TimeError(UNREADABLE(found=text))
        return Window(single, single)
    return Window(read_expression(start), _read_end(end.strip()))


def _read_end(text: str) -> Expression:
    if not text:
        return Open()
    if text == "complete":
        return Complete()
    return read_expression(text)


def _read_weeks(first: int, last: int, anchor: str) -> Window:
    if not 1 <= first <= last:
        raise TimeError(WEEKS_BACKWARDS(found=f"{first}..{last}"))
    if last > 999:
        raise TimeError(FAR_OFFSET(found=f"week {last}"))
    beginning = Beginning(read_expression(anchor))
    return Window(Offset(first - 1, "week", beginning), Offset(last, "week", beginning))


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise TimeError(NO_SUCH_DAY(found=text)) from None
    _read_year(day.year, text)
    return day


def _read_year(year: int, found: str) -> int:
    """Far from both ends of what the library's dates can hold, so that no arithmetic on them can fail."""
    if not 1900 <= year <= 2199:
        raise TimeError(FAR_YEAR(found=found))
    return year


def _read_time(hours: int, minutes: int, found: str) -> int:
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise TimeError(NO_SUCH_TIME(found=found))
    return hours * 60 + minutes


def _unit(word: str) -> Unit:
    units: dict[str, Unit] = {
        "minute": "minute", "hour": "hour", "day": "day", "workday": "workday", "week": "week", "month": "month",
    }  # fmt: skip
    return units[word]


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which a local day begins."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def instant_of(expression: Day | Minute | Month, edge: Edge, zone: ZoneInfo) -> datetime:
    """The UTC instant of a dated word, read as a start or as an exclusive end."""
    match expression:
        case Day(day):
            return local_midnight(day + timedelta(days=edge == "end"), zone)
        case Month(year, month):
            ahead = month + (edge == "end")
            return local_midnight(date(year + (ahead - 1) // 12, (ahead - 1) % 12 + 1, 1), zone)
        case Minute(day, minutes):
            midnight = datetime.combine(day + timedelta(days=minutes == 1440), time(), tzinfo=zone)
            return (midnight + timedelta(minutes=minutes % 1440)).astimezone(UTC)


def office_day(instant: datetime, zone: ZoneInfo, edge: Edge) -> str:
    """An instant as the office writes it: an exclusive end at midnight is the 24:00 of the day before."""
    local = instant.astimezone(zone)
    if edge == "end" and local.time() == time():
        return f"{local.date() - timedelta(days=1)} 24:00"
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def shifted(instant: datetime, count: int, unit: Unit, zone: ZoneInfo, edge: Edge = "start") -> datetime:
    """An instant moved by local days, weeks, months or working days, or by absolute minutes or hours.

    An end at midnight is the 24:00 of the day before: days are counted from that day, so that a working day
    after Friday 24:00 is Monday 24:00, and a month after the last of February ends on the same day of March.
    """
    if unit in ("minute", "hour"):
        return instant + timedelta(minutes=count if unit == "minute" else 60 * count)
    local = instant.astimezone(zone)
    closing = timedelta(days=edge == "end" and local.time() == time())
    moved = _SHIFTS[unit](local.date() - closing, count) + closing
    return datetime.combine(moved, local.time(), tzinfo=zone).astimezone(UTC)


def _months(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _workdays(day: date, count: int) -> date:
    step = 1 if count >= 0 else -1
    for _ in range(abs(count)):
        day = next_workday(day, step)
    return day


_SHIFTS: dict[str, Callable[[date, int], date]] = {
    "day": lambda day, count: day + timedelta(days=count),
    "week": lambda day, count: day + timedelta(weeks=count),
    "month": _months,
    "workday": _workdays,
}
