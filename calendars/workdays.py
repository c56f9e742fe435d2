"""Which days are worked in China, make-up days included, with the office's own years laid over the library's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import chinese_calendar

from calendars.messages import Message, Wording, refuse

UNKNOWN_YEAR = Wording(
    zh="不知道 {day} 是不是工作日：节假日库只到{last}年。请在 YANXIU_HOME 的 holidays.yaml 中写明{year}年的放假和补班",
    en="whether {day} is a working day is not known: the holiday library ends with {last}. Add the days off and the "
    "make-up days of {year} to holidays.yaml in YANXIU_HOME",
)
SATURDAY = 5
FIRST, LAST = (of(day.year for day in chinese_calendar.constants.holidays) for of in (min, max))

_overlay: dict[date, bool] = {}
_years: set[int] = set()  # those that the office has told in full


def use_overlay(days: Mapping[date, bool]) -> None:
    """Lay the office's own days (True is worked) over the library's, for the whole process. A year of which one day is
    told is told in full: its other days are worked from Monday to Friday."""
    _overlay.clear()
    _overlay.update(days)
    _years.clear()
    _years.update(day.year for day in days)
    is_workday.cache_clear()


def overlay() -> dict[date, bool]:
    """The office's own days, as they are laid over the library's."""
    return dict(_overlay)


@cache
def is_workday(day: date) -> bool:
    """Whether a day is worked. Raises Refused outside the years that library and overlay know."""
    message = why_unknown(day)
    if message is not None:
        raise refuse(message)
    if day in _overlay:
        return _overlay[day]
    return day.weekday() < SATURDAY if day.year in _years else bool(chinese_calendar.is_workday(day))


def is_worked_as_far_as_known(day: date) -> bool:
    """The same for what must not fail at night: in a year of which nothing is known, from Monday to Friday."""
    return is_workday(day) if why_unknown(day) is None else day.weekday() < SATURDAY


def why_unknown(day: date) -> Message | None:
    """What is to be done so that it is known whether a day is worked, if it is not."""
    if day.year in _years or FIRST <= day.year <= LAST:
        return None
    return UNKNOWN_YEAR(day=day, last=LAST, year=day.year)


def next_workday(day: date, step: int) -> date:
    """The nearest working day after (`step` 1) or before (`step` -1) a day."""
    day += timedelta(days=step)
    while not is_workday(day):
        day += timedelta(days=step)
    return day
