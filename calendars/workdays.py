"""Which days are worked in China, make-up days included, with the office's own days laid over the library's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import chinese_calendar

from calendars.messages import Wording, refuse

UNKNOWN_YEAR = Wording(
    zh="不知道 {day} 是不是工作日：节假日库只到{last}年。请在假日补充文件中写明这一年",
    en="whether {day} is a working day is not known: the holiday library ends with {last}. "
    "Add that year to the office's holiday file",
)

_overlay: dict[date, bool] = {}


def use_overlay(days: Mapping[date, bool]) -> None:
    """Lay the office's own days (True is worked) over the library's, for the whole process."""
    _overlay.clear()
    _overlay.update(days)


def is_workday(day: date) -> bool:
    """Whether a day is worked. Raises Refused outside the years that library and overlay know."""
    if day in _overlay:
        return _overlay[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        last = max(known.year for known in chinese_calendar.constants.holidays)
        raise refuse(UNKNOWN_YEAR(day=day, last=last)) from None


def next_workday(day: date, step: int) -> date:
    """The nearest working day after (`step` 1) or before (`step` -1) a day."""
    day += timedelta(days=step)
    while not is_workday(day):
        day += timedelta(days=step)
    return day
