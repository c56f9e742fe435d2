"""On which days reminders speak: working days and hours, make-up days, and never later than the deadline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from calendars.holidays import read_holidays
from calendars.messages import Refused
from calendars.reader import read_calendar
from calendars.speaking import Speaking
from calendars.workdays import is_workday, use_overlay
from tests.support.story import Story
from workflows.publishing import _read

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Speaking.model_validate({})
ALWAYS = Speaking.model_validate({"days": "every day", "hours": "00:00 to 24:00"})


@pytest.fixture(autouse=True)
def _no_overlay_is_left() -> Iterator[None]:
    yield
    use_overlay({})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "until", "spoken"),
    [
        ("2024-12-06", None, "2024-12-06"),  # a Friday
        ("2024-12-07", None, "2024-12-09"),  # a Saturday
        ("2024-12-07", "2024-12-09 00:00", "2024-12-06"),  # Monday is too late for Sunday 24:00
        ("2024-12-07", "2024-12-09 08:00", "2024-12-06"),  # on the stroke of the deadline it is over
        ("2024-12-07", "2024-12-09 08:01", "2024-12-09"),
        ("2024-12-06", "2024-12-06 07:00", "2024-12-05"),  # before the hours of its day begin
        ("2024-10-03", "2024-10-08 00:00", "2024-09-30"),  # in the National Day week
        ("2024-10-12", None, "2024-10-12"),  # a Saturday that is worked
        ("2024-09-29", None, "2024-09-29"),  # a Sunday that is worked
    ],
)
def test_the_day_on_which_one_that_falls_on_a_day_speaks(day: str, until: str | None, spoken: str) -> None:
    found = OFFICE.day_for(date.fromisoformat(day), SHANGHAI, at(until) if until else None)
    assert found == date.fromisoformat(spoken)


@given(
    st.dates(date(2023, 1, 15), date(2026, 11, 1)),
    st.integers(0, 60 * 24 * 20),
    st.sampled_from([OFFICE, ALWAYS]),
)
def test_nothing_speaks_after_its_deadline_and_nothing_on_a_day_of_rest(
    day: date, minutes: int, speaking: Speaking
) -> None:
    until = datetime.fromtimestamp(speaking.begins(day, SHANGHAI).timestamp() + 60 * minutes + 1, SHANGHAI)
    found = speaking.day_for(day, SHANGHAI, until)
    assert speaking.begins(found, SHANGHAI) < until
    assert speaking.allows(found)
    between = (date.fromordinal(one) for one in range(day.toordinal(), found.toordinal()))
    assert not any(
        speaking.allows(one) for one in between
    )  # it is the first day that is allowed, or an earlier one


@pytest.mark.parametrize(
    ("instant", "within"),
    [
        ("2024-12-06 07:59:59", False), ("2024-12-06 08:00:00", True), ("2024-12-06 19:59:59", True),
        ("2024-12-06 20:00:00", False), ("2024-12-07 10:00:00", False),
    ],
)  # fmt: skip
def test_hours_are_half_open(instant: str, within: bool) -> None:
    assert OFFICE.is_within(at(instant), SHANGHAI) is within


def test_hours_stand_still_where_the_clock_is_put_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert ALWAYS.begins(date(2024, 3, 31), berlin).astimezone(berlin).hour == 0
    eight = Speaking.model_validate({"days": "every day"})
    assert [eight.begins(date(2024, 3, day), berlin).astimezone(berlin).hour for day in (30, 31)] == [8, 8]


def test_a_year_that_nobody_knows_is_asked_for_and_the_night_goes_on_by_the_week() -> None:
    with pytest.raises(Refused, match=r"2027-01-01.*holidays\.yaml"):
        is_workday(date(2027, 1, 1))
    assert OFFICE.allows(date(2027, 1, 1))  # a Friday, as far as is known
    use_overlay(
        read_holidays("2027:\n  off: [2027-01-01..2027-01-03]\n  work: [2027-01-10]\n", "holidays.yaml")
    )
    assert not OFFICE.allows(date(2027, 1, 1))
    assert OFFICE.allows(date(2027, 1, 10))  # a Sunday
    assert not is_workday(date(2027, 1, 9))
    assert is_workday(date(2027, 1, 4))


def test_every_mistake_in_the_file_of_days_is_told_with_its_place() -> None:
    words = """\
2027:
  off: [2027-01-01..2027-01-03, 2027-02-30, 2026-12-31, 2027-01-02]
  holiday: [2027-05-01]
  work: 2027-01-10
next: {off: [2027-10-01]}
2028: [2028-01-01]
"""
    with pytest.raises(Refused) as refused:
        read_holidays(words, "holidays.yaml")
    assert [problem.text("en") for problem in refused.value.problems] == [
        "holidays.yaml:2:33: a day or two with `..` between is expected, 2027-10-01 or 2027-10-01..2027-10-07, not '2027-02-30'",
        "holidays.yaml:2:45: 2026-12-31 is not in 2027",
        "holidays.yaml:2:57: 2027-01-02 has been written already",
        "holidays.yaml:3:3: 'holiday' should be `off` (days off) or `work` (make-up days that are worked)",
        "holidays.yaml:4:9: a list of days is expected, such as [2027-01-01..2027-01-03, 2027-10-01]",
        "holidays.yaml:5:1: a year such as 2027 is expected, not 'next'",
        "holidays.yaml:6:7: '[…]' should be `off` (days off) or `work` (make-up days that are worked)",
    ]


NEXT_YEAR = """
programme: next-year
name: 明年
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2026-12-01 .. 2027-01-10, locks: lock}]
cutoffs: {lock: 2027-01-20}
tasks: [{id: essay, role: learner, phase: study, shows: file, name: 论文}]
assessments:
  - {id: term, of: learner, locks: lock, pass: 1 of 1, components: [{task: essay, points: 1, rule: flat}]}
reminders: [{to: learner, about: essay, by: [3 days], overdue: daily}]
"""


def test_a_published_calendar_goes_on_without_the_file_that_its_check_asked_for(engine: Engine) -> None:
    """The office wrote the file, published, and the night runs where there is none: by Monday to Friday."""
    with pytest.raises(Refused, match=r"calendar:14:13: .*2027-01-10.*holidays\.yaml"):
        read_calendar(NEXT_YEAR, "calendar")
    use_overlay({date(2027, 1, 7): False, date(2027, 1, 9): True})
    story = Story(engine, text=NEXT_YEAR)
    story.cohort("一班", "一县", "一小")
    story.enrol("李", "learner", "一班", "一县", "一小")
    use_overlay({})
    _read.cache_clear()
    assert story.night("2027-01-12 00:30").holds_opened.total() == 0
    steps = [(at[:10], step) for at, _, step, _ in story.reminders("李")]
    assert steps == [
        ("2027-01-07", "3 days before"),
        ("2027-01-11", "overdue 1"),
        ("2027-01-12", "overdue 2"),
    ]
