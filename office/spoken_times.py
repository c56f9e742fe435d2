"""The days and instants that a person types: a day alone, `2024-12-08 24:00`, or an ISO instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.clock import now
from calendars.instants import Day, Minute, instant_of, read_expression
from calendars.messages import UnreadableError, Wording, refuse

UNREADABLE = Wording(
    zh="{option} 的时间“{found}”看不懂。应为 2024-12-08、“2024-12-08 24:00”或 2024-12-08T23:59:59+08:00",
    en="{option}: cannot read the time {found!r}. Write 2024-12-08, '2024-12-08 24:00' or 2024-12-08T23:59:59+08:00",
)


def up_to(text: str, zone: ZoneInfo, option: str) -> datetime:
    """An instant up to which something is done. A day is meant whole: its 24:00."""
    return _read(text, zone, option, timedelta())


def on(text: str | None, zone: ZoneInfo, option: str) -> datetime:
    """An instant at which something happened, by default now. A day alone is its last second: what came in on
    the last day of a term came in before its 24:00."""
    return now() if text is None else _read(text, zone, option, timedelta(seconds=1))


def shown(instant: datetime | None, zone: ZoneInfo) -> str:
    return "" if instant is None else instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _read(text: str, zone: ZoneInfo, option: str, before_midnight: timedelta) -> datetime:
    try:
        expression = read_expression(text)
    except UnreadableError as error:
        return _iso(text, zone, option, error)
    if isinstance(expression, Day):
        return instant_of(expression, "end", zone) - before_midnight
    if isinstance(expression, Minute):
        return instant_of(expression, "end", zone)
    return _iso(text, zone, option, None)


def _iso(text: str, zone: ZoneInfo, option: str, reason: UnreadableError | None) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(UNREADABLE(option=option, found=text)) from reason
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return instant.astimezone(UTC).replace(microsecond=0)
