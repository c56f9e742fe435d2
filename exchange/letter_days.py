"""Deadlines as a letter tells them: by the day and weekday, and how long it is until then. An end at midnight is the 24:00
of the day before."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from calendars.instants import office_day
from calendars.messages import Locale, Wording
from exchange.letter_views import DeadlineView

SOON = 3  # days, in which a deadline is soon

_WEEKDAYS = (
    Wording(zh="周一", en="Mon"), Wording(zh="周二", en="Tue"), Wording(zh="周三", en="Wed"), Wording(zh="周四", en="Thu"),
    Wording(zh="周五", en="Fri"), Wording(zh="周六", en="Sat"), Wording(zh="周日", en="Sun"),
)  # fmt: skip
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_DAY = Wording(zh="{month}月{day}日（{weekday}）", en="{weekday} {day} {name}")
_DAY_OF_YEAR = Wording(zh="{year}年{month}月{day}日（{weekday}）", en="{weekday} {day} {name} {year}")
_AT = Wording(zh="{day}{hour}", en="{day} {hour}")
_ELSEWHERE = Wording(zh="{hour}（{zone}时间）", en="{hour} ({zone} time)")

_TODAY_TOLD = Wording(zh="今天{hour}前", en="today by {hour}")
_TODAY_LEFT = Wording(zh="今天截止", en="due today")
_TOMORROW_TOLD = Wording(zh="明天{day}{hour}前", en="tomorrow, {day}, by {hour}")
_TOMORROW_LEFT = Wording(zh="明天截止", en="due tomorrow")
_TOLD = Wording(zh="{day}{hour}前，{left}", en="by {day} {hour}, {left}")
_LEFT = Wording(zh="还有{days}天", en="{days:day|days} left")
_OVER_TOLD = Wording(zh="{day}{hour}已截止，{left}", en="was due {day} {hour}, {left}")
_OVER_LEFT = Wording(zh="已逾期{days}天", en="{days:day|days} overdue")
_OVER_TODAY_TOLD = Wording(zh="今天{hour}已截止", en="was due today at {hour}")
_OVER_TODAY_LEFT = Wording(zh="今天已截止", en="was due today")


@lru_cache(maxsize=4096)
def told_deadline(
    deadline: datetime, zone: ZoneInfo, at: datetime, office: ZoneInfo, locale: Locale
) -> DeadlineView:
    """A deadline of a programme in its own zone, as it stands at an instant. Another zone than the office's is named."""
    today = at.astimezone(zone).date()
    last, hour = _last_day(deadline, zone)
    ahead = (last - today).days
    day = told_day(last, today, locale)
    if deadline.astimezone(zone).utcoffset() != deadline.astimezone(office).utcoffset():
        hour = _ELSEWHERE(hour=hour, zone=zone.key).text(locale)
    told, left, urgency = _phrases(ahead, is_over=deadline <= at)
    shown_left = left(days=abs(ahead)).text(locale)
    return DeadlineView(
        told=told(day=day, hour=hour, left=shown_left).text(locale),
        day=_AT(day=day, hour=hour).text(locale),
        left=shown_left,
        urgency=urgency,
    )


def _phrases(ahead: int, *, is_over: bool) -> tuple[Wording, Wording, str]:
    """How a deadline is told so many days before its last day, how long that is, and how urgent."""
    if is_over:
        return (
            (_OVER_TOLD, _OVER_LEFT, "overdue") if ahead else (_OVER_TODAY_TOLD, _OVER_TODAY_LEFT, "overdue")
        )
    if ahead == 0:
        return _TODAY_TOLD, _TODAY_LEFT, "today"
    if ahead == 1:
        return _TOMORROW_TOLD, _TOMORROW_LEFT, "soon"
    return _TOLD, _LEFT, "soon" if ahead <= SOON else "later"


def _last_day(deadline: datetime, zone: ZoneInfo) -> tuple[date, str]:
    """The last day on which it can be done, and the hour of its end."""
    day, _, hour = office_day(deadline, zone, "end").partition(" ")
    return date.fromisoformat(day), hour


@lru_cache(maxsize=1024)
def told_day(day: date, today: date, locale: Locale) -> str:
    """A day with its weekday; the year, where it is another than today's."""
    wording = _DAY if day.year == today.year else _DAY_OF_YEAR
    return wording(
        year=day.year,
        month=day.month,
        day=day.day,
        name=_MONTHS[day.month - 1],
        weekday=_WEEKDAYS[day.weekday()](),
    ).text(locale)


@lru_cache(maxsize=256)
def told_minute(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """An instant to the minute."""
    local = at.astimezone(zone)
    return _AT(day=told_day(local.date(), local.date(), locale), hour=f"{local:%H:%M}").text(locale)
