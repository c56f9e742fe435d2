"""What instant each word for time is: law 1, and arithmetic on days done in the zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.instants import TimeError, office_day, read_expression, read_window, shifted
from calendars.messages import Refused
from calendars.schedule import Moment, Unset, deadline, phase_times
from calendars.term import TermCalendar

SHANGHAI = "Asia/Shanghai"
BERLIN = "Europe/Berlin"


def term(
    windows: dict[str, str], cutoffs: dict[str, str] | None = None, zone: str = SHANGHAI
) -> TermCalendar:
    phases = [
        {"id": name, "kind": "online_study", "name": name, "window": window}
        for name, window in windows.items()
    ]
    return TermCalendar.model_validate(
        {
            "programme": "term",
            "name": "term",
            "zone": zone,
            "source": "",
            "tiers": [],
            "roles": {},
            "phases": phases,
            "cutoffs": cutoffs or {},
        }
    )


def local(moment: Moment, zone: str = SHANGHAI) -> str:
    """The instant on the clock of its zone: an exclusive end is the first minute that is outside."""
    assert isinstance(moment, datetime)
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def window(text: str, zone: str = SHANGHAI, **others: str) -> tuple[str, str]:
    times = phase_times(term({**others, "it": text}, zone=zone), "it")
    return local(times.opens, zone), local(times.closes, zone)


def cutoff(text: str, zone: str = SHANGHAI, **phases: str) -> str:
    return local(deadline(term(phases, {"it": text}, zone), {}, {}, "it"), zone)


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("2024-10-25 .. 2024-10-31", "2024-10-25 00:00", "2024-11-01 00:00"),
        ("2024-10-25..2024-10-31", "2024-10-25 00:00", "2024-11-01 00:00"),
        ("2024-10-25", "2024-10-25 00:00", "2024-10-26 00:00"),
        ("2024-10-25 09:30 .. 2024-10-25 17:00", "2024-10-25 09:30", "2024-10-25 17:00"),
        ("2024-10-25 24:00 .. 2024-10-26 24:00", "2024-10-26 00:00", "2024-10-27 00:00"),
        ("2020-11 .. 2021-05", "2020-11-01 00:00", "2021-06-01 00:00"),
        ("2020-12", "2020-12-01 00:00", "2021-01-01 00:00"),
        ("2024-02", "2024-02-01 00:00", "2024-03-01 00:00"),
        ("2024-02-29 .. 2024-02-29", "2024-02-29 00:00", "2024-03-01 00:00"),
        ("week 1 from 2024-10-25", "2024-10-25 00:00", "2024-11-01 00:00"),
        ("week 2..6 from 2024-10-25", "2024-11-01 00:00", "2024-12-06 00:00"),
    ],
)
def test_a_window_is_half_open_in_the_calendars_zone(text: str, opens: str, closes: str) -> None:
    assert window(text) == (opens, closes)


def test_tables_hold_utc_and_midnight_in_china_is_four_in_the_afternoon() -> None:
    times = phase_times(term({"it": "2019-12-05 .. 2019-12-08 24:00"}), "it")
    assert times.opens == datetime(2019, 12, 4, 16, tzinfo=UTC)
    assert times.closes == datetime(2019, 12, 8, 16, tzinfo=UTC)


def test_a_day_and_its_twenty_four_hundred_end_together() -> None:
    assert cutoff("2024-12-08") == cutoff("2024-12-08 24:00") == "2024-12-09 00:00"


@pytest.mark.parametrize("anchor", ["2024-10-25 00:00", "after before", "2024-10-24 24:00"])
def test_weeks_are_counted_from_the_beginning_of_whatever_they_are_counted_from(anchor: str) -> None:
    found = window(f"week 2..3 from {anchor}", before="2024-10-01 .. 2024-10-24")
    assert found == ("2024-11-01 00:00", "2024-11-15 00:00")


def test_a_phase_after_another_begins_where_that_ends() -> None:
    opens, _ = window("after first .. 2024-12-15", first="week 7 from 2024-10-25")
    assert opens == "2024-12-13 00:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("end of study", "2024-12-01 00:00"),
        ("start of study", "2024-11-01 00:00"),
        ("1 week after end of study", "2024-12-08 00:00"),
        ("3 days before end of study", "2024-11-28 00:00"),
        ("3 days after 2024-11-30", "2024-12-04 00:00"),
        ("12 hours before end of study", "2024-11-30 12:00"),
        ("30 minutes after 2024-11-30 24:00", "2024-12-01 00:30"),
        ("2 days before 1 week after end of study", "2024-12-06 00:00"),
    ],
)
def test_an_offset_counts_from_its_base(text: str, expected: str) -> None:
    assert cutoff(text, study="2024-11-01 .. 2024-11-30") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 month after 2024-01-31", "2024-03-01 00:00"),  # the end of 29 February
        ("1 month after 2023-01-31", "2023-03-01 00:00"),  # the end of 28 February
        ("1 month after 2024-02-29", "2024-03-30 00:00"),  # the end of 29 March, not of the month
        ("12 months after 2024-02-29", "2025-03-01 00:00"),
        ("1 month before 2024-03-31", "2024-03-01 00:00"),
        ("2 months after 2024-11-15", "2025-01-16 00:00"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(text: str, expected: str) -> None:
    assert cutoff(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 workday after 2024-11-29", "2024-12-03 00:00"),  # Friday: the end of Monday
        ("1 workday before 2024-12-02", "2024-11-30 00:00"),  # Monday: the end of Friday
        ("1 workday after 2024-09-30", "2024-10-09 00:00"),  # over the National Day holidays
        ("1 workday after 2024-09-27", "2024-09-30 00:00"),  # Sunday the 29th is worked to make up for them
        ("0 workdays after 2024-11-29", "2024-11-30 00:00"),
    ],
)
def test_working_days_are_those_of_china_make_up_days_included(text: str, expected: str) -> None:
    assert cutoff(text) == expected


def test_working_days_after_a_phase_are_counted_from_its_last_day() -> None:
    assert cutoff("2 workdays after end of study", study="2024-11-01 .. 2024-11-29") == "2024-12-04 00:00"


def test_a_year_whose_holidays_are_unknown_is_refused() -> None:
    with pytest.raises(Refused, match="the holiday library ends with"):
        cutoff("1 workday after 2150-01-01")


def test_a_day_in_berlin_lasts_twenty_three_or_twenty_five_hours_when_the_clocks_change() -> None:
    for day, hours in (("2024-03-31", 23), ("2024-10-27", 25), ("2024-06-01", 24)):
        times = phase_times(term({"it": day}, zone=BERLIN), "it")
        assert isinstance(times.opens, datetime)
        assert isinstance(times.closes, datetime)
        assert (times.closes - times.opens).total_seconds() == hours * 3600


def test_days_keep_the_time_on_the_clock_and_hours_are_hours() -> None:
    assert cutoff("1 day after 2024-03-30 12:00", BERLIN) == "2024-03-31 12:00"
    assert cutoff("24 hours after 2024-03-30 12:00", BERLIN) == "2024-03-31 13:00"


def test_weeks_in_berlin_begin_at_midnight_on_both_sides_of_the_change() -> None:
    assert window("week 2 from 2024-10-21", BERLIN) == ("2024-10-28 00:00", "2024-11-04 00:00")


def test_an_end_at_midnight_is_shown_as_the_twenty_four_hundred_of_the_day_before() -> None:
    zone = ZoneInfo(SHANGHAI)
    midnight = datetime(2024, 12, 8, 16, tzinfo=UTC)
    assert office_day(midnight, zone, "end") == "2024-12-08 24:00"
    assert office_day(midnight, zone, "start") == "2024-12-09 00:00"
    assert office_day(midnight.replace(minute=1), zone, "end") == "2024-12-09 00:01"


def test_spaces_do_not_matter() -> None:
    assert read_expression(" 3  days   before  lock ") == read_expression("3 days before lock")
    assert read_window("2024-01-01..2024-01-02") == read_window("2024-01-01  ..  2024-01-02")


def test_an_offset_of_an_instant_by_itself_counts_from_the_day_that_begins_or_the_day_that_ends() -> None:
    saturday = datetime(2024, 11, 29, 16, tzinfo=UTC)  # 30 November, 00:00 in China
    zone = ZoneInfo(SHANGHAI)
    assert local(shifted(saturday, 1, "workday", zone)) == "2024-12-02 00:00"
    assert local(shifted(saturday, 1, "workday", zone, "end")) == "2024-12-03 00:00"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2023-02-29", "there is no day 2023-02-29"),
        ("2024-00", "there is no month 2024-00"),
        ("2024-12-08 24:01", "there is no time"),
        ("2024-12-08 23:60", "there is no time"),
        ("2016-9-11", "two readings"),
        ("9/11/2016", "two readings"),
        ("9月11日", "two readings"),
        ("２０２４-12-08", "two readings"),
        ("", "cannot read"),
        ("1 day after " * 100, "too long"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, why: str) -> None:
    with pytest.raises(TimeError, match=why):
        read_expression(text)


@pytest.mark.parametrize("text", ["soon", "end of study", ".. 2024-01-01", "week 0 from 2024-01-01"])
def test_a_window_needs_a_start_and_an_end(text: str) -> None:
    with pytest.raises(TimeError):
        read_window(text)


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("tbd", Unset.TO_BE_DETERMINED, Unset.TO_BE_DETERMINED),
        ("tbd within 2017-03 .. 2017-06", Unset.TO_BE_DETERMINED, Unset.TO_BE_DETERMINED),
        ("when first is done .. complete", Unset.WAITING, Unset.COMPLETE),
    ],
)
def test_an_instant_without_a_date_says_why_it_has_none(text: str, opens: Unset, closes: Unset) -> None:
    times = phase_times(term({"first": "2024-01-01", "it": text}), "it")
    assert (times.opens, times.closes) == (opens, closes)


def test_a_window_without_an_end_is_open() -> None:
    assert phase_times(term({"it": "2020-11-06 .."}), "it").closes is Unset.OPEN_ENDED
