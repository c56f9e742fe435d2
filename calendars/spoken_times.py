"""The days and instants that a person types: a day alone, `2024-12-08 24:00`, or an ISO instant.

What a day alone means depends on what is said of it, and each help page says so: a start is its 00:00, an end
its 24:00, and what happened on it happened at its last second, before that 24:00.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.clock import now
from calendars.instants import Day, Edge, Expression, Minute, instant_of, read_expression
from calendars.messages import Message, UnreadableError, Wording, refuse

UNREADABLE = Wording(
    zh="看不懂时间“{found}”。应为 2024-12-08、“2024-12-08 24:00”或 2024-12-08T23:59:59+08:00",
    en="cannot read the time {found!r}. Write 2024-12-08, '2024-12-08 24:00' or 2024-12-08T23:59:59+08:00",
)
TO_COME = Wording(zh="{at} 还没有到", en="{at} is still to come")


def starting(text: str, zone: ZoneInfo, option: str) -> datetime:
    """An instant at which something begins; a day alone is its 00:00."""
    return _read(text, zone, option, "start")


def ending(text: str, zone: ZoneInfo, option: str) -> datetime:
    """An instant up to which something goes on, exclusive; a day alone is its 24:00."""
    return _read(text, zone, option, "end")


def happened(text: str | None, zone: ZoneInfo, option: str) -> datetime:
    """An instant at which something happened, by default now; a day alone is its last second."""
    if text is None:
        return now()
    instant = _read(text, zone, option, "end")
    return instant - timedelta(seconds=1) if isinstance(_expression(text), Day) else instant


def not_to_come(instant: datetime, zone: ZoneInfo, option: str) -> datetime:
    """The instant itself. Raises Refused if it has not come yet."""
    if instant > now():
        raise refuse(TO_COME(at=shown(instant, zone)), option)
    return instant


def shown(instant: datetime | None, zone: ZoneInfo) -> str:
    return "" if instant is None else instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def shown_end(instant: datetime | None, zone: ZoneInfo) -> str:
    """An instant at which something ends, exclusive: midnight is the 24:00 of the day before."""
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    if local.hour or local.minute or local.second:
        return shown(instant, zone)
    return f"{local.date() - timedelta(days=1)} 24:00"


def _read(text: str, zone: ZoneInfo, option: str, edge: Edge) -> datetime:
    expression = _expression(text)
    if isinstance(expression, Day | Minute):
        return instant_of(expression, edge, zone)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        why = expression if isinstance(expression, Message) else UNREADABLE(found=text)
        raise refuse(why, option) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return instant.astimezone(UTC).replace(microsecond=0)


def _expression(text: str) -> Expression | Message:
    """What the calendar's language makes of it, or why it makes nothing of it."""
    try:
        return read_expression(text)
    except UnreadableError as error:
        return error.message
