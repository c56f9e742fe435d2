"""A week is seven local days from the start; what has not ended inside is no week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.instants import read_window
from calendars.weeks import whole_weeks

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
OPENS = datetime(2024, 9, 2, tzinfo=SHANGHAI).astimezone(UTC)  # a Monday


def numbered(days: int, seconds: int, *excused: str) -> list[int]:
    """The weeks of a stretch that ends so many days and seconds after it opens, by their number from the start."""
    closes = OPENS + timedelta(days=days, seconds=seconds)
    found = whole_weeks(OPENS, closes, SHANGHAI, [read_window(text) for text in excused])
    return [(first - OPENS).days // 7 + 1 for first, _ in found]


@pytest.mark.parametrize(("seconds", "weeks"), [(-1, [1]), (0, [1, 2]), (1, [1, 2])])
def test_a_week_counts_once_its_last_second_is_inside(seconds: int, weeks: list[int]) -> None:
    assert numbered(14, seconds) == weeks


def test_less_than_a_week_has_none() -> None:
    assert numbered(7, -1) == []


@pytest.mark.parametrize(
    ("excused", "weeks"),
    [
        ("2024-09-08", [2, 3]),  # the last day of the first week
        ("2024-09-09", [1, 3]),  # the first of the second
        ("2024-09-08 .. 2024-09-09", [3]),
        ("2024-09-09 .. 2024-09-15", [1, 3]),  # a week exactly
        ("2024-09-15 24:00 .. 2024-09-16 00:01", [1, 2]),
        ("2024-08", [1, 2, 3]),
        ("2024-09", []),
    ],
)
def test_a_week_that_an_excused_stretch_touches_is_not_asked(excused: str, weeks: list[int]) -> None:
    assert numbered(21, 0, excused) == weeks


def test_a_week_in_which_the_clocks_change_is_an_hour_shorter_or_longer() -> None:
    """Seven local days all the same: the next one begins at midnight."""
    opens = datetime(2024, 3, 25, tzinfo=BERLIN)
    weeks = whole_weeks(opens.astimezone(UTC), datetime(2024, 11, 4, tzinfo=BERLIN).astimezone(UTC), BERLIN)
    assert {(first.astimezone(BERLIN).hour, last.astimezone(BERLIN).hour) for first, last in weeks} == {
        (0, 0)
    }
    odd = {str(first.astimezone(BERLIN).date()): last - first for first, last in weeks
           if last - first != timedelta(days=7)}  # fmt: skip
    assert odd == {
        "2024-03-25": timedelta(days=7, hours=-1),
        "2024-10-21": timedelta(days=7, hours=1),
    }
