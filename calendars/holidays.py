"""The office's own days off and make-up days, for the years that the holiday library does not know or has wrong.

2027:
  off:  [2027-01-01..2027-01-03, 2027-02-05..2027-02-11]
  work: [2027-02-14]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from calendars.messages import Problem, Refused, Wording
from calendars.source import Found, Node, read_source

NOT_A_YEAR = Wording(
    zh="应写年份，如 2027，这里是“{found}”", en="a year such as 2027 is expected, not {found!r}"
)
NOT_OFF_OR_WORK = Wording(
    zh="“{found}”应为 off（放假）或 work（补班上班）",
    en="{found!r} should be `off` (days off) or `work` (make-up days that are worked)",
)
NOT_A_LIST = Wording(
    zh="应写成日期的列表，如 [2027-01-01..2027-01-03, 2027-10-01]",
    en="a list of days is expected, such as [2027-01-01..2027-01-03, 2027-10-01]",
)
NOT_DAYS = Wording(
    zh="应写成一天或起止两天，如 2027-10-01 或 2027-10-01..2027-10-07，这里是“{found}”",
    en="a day or two with `..` between is expected, 2027-10-01 or 2027-10-01..2027-10-07, not {found!r}",
)
OTHER_YEAR = Wording(zh="{day} 不在{year}年", en="{day} is not in {year}")
TWICE = Wording(zh="{day} 已经写过", en="{day} has been written already")

IS_WORKED = {"off": False, "work": True}
_YEAR = re.compile(r"(?:19|20|21)[0-9]{2}")
_DAYS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.\.([0-9]{4}-[0-9]{2}-[0-9]{2}))?")


def read_holidays(text: str, file: str) -> dict[date, bool]:
    """Each day that is told, and whether it is worked. Raises Refused with every problem, at `file:line:column`."""
    source = read_source(text, file)
    reading = _Reading([*source.found])
    years = source.root.value if source.root is not None else {}
    assert isinstance(years, dict)
    for name, node in years.items():
        assert source.root is not None
        reading.year(name, node, source.root.keys[name])
    if reading.found:
        raise Refused(
            [
                Problem(f"{file}:{line}:{column}", message)
                for (line, column), message in sorted(reading.found, key=_place)
            ]
        )
    return reading.days


class _Reading:
    """What was read so far, and what was wrong."""

    def __init__(self, found: list[Found]) -> None:
        self.found = found
        self.days: dict[date, bool] = {}

    def year(self, name: str, node: Node, place: tuple[int, int]) -> None:
        if not _YEAR.fullmatch(name):
            self.found.append((place, NOT_A_YEAR(found=name)))
            return
        if not isinstance(node.value, dict):
            self.found.append(
                (node.place, NOT_OFF_OR_WORK(found=node.value if isinstance(node.value, str) else "[…]"))
            )
            return
        for word, days in node.value.items():
            if word not in IS_WORKED:
                self.found.append((node.keys[word], NOT_OFF_OR_WORK(found=word)))
            elif not isinstance(days.value, list):
                self.found.append((days.place, NOT_A_LIST()))
            else:
                for entry in days.value:
                    self._entry(entry, int(name), worked=IS_WORKED[word])

    def _entry(self, entry: Node, year: int, *, worked: bool) -> None:
        try:
            for day in _days(entry):
                if day.year != year:
                    self.found.append((entry.place, OTHER_YEAR(day=day, year=year)))
                elif day in self.days:
                    self.found.append((entry.place, TWICE(day=day)))
                else:
                    self.days[day] = worked
                    continue
                return
        except ValueError:
            self.found.append(
                (entry.place, NOT_DAYS(found=entry.value if isinstance(entry.value, str) else "[…]"))
            )


def _days(entry: Node) -> Iterator[date]:
    match = _DAYS.fullmatch(entry.value.replace(" ", "")) if isinstance(entry.value, str) else None
    if match is None:
        raise ValueError
    first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
    if last < first:
        raise ValueError
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def _place(found: Found) -> tuple[int, int]:
    return found[0]
