"""A cohort's own dates laid over the calendar's, and where the calendar leaves room for them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.messages import Refused
from calendars.reader import read_calendar
from calendars.schedule import Unset, deadline, schedule
from calendars.term import TermCalendar
from calendars.windows import check_own_window

HEAD = """\
programme: sample-2024
name: 样例
zone: Asia/Shanghai
source: 样例文件
tiers: [county]
roles: {learner: 学员}
"""
TERM = (
    HEAD
    + """\
phases:
  - {id: study,  kind: online_study,    name: 学习, window: 2024-09-01 .. 2024-09-30, own window: inside, locks: lock}
  - {id: second, kind: online_study,    name: 二期, window: tbd within 2024-10 .. 2024-12}
  - {id: review, kind: assessment,      name: 考核, window: when second is done .. complete, complete when: the office says so}
  - {id: rest,   kind: wrap_up,         name: 总结, window: after study .. 2024-10-31}
cutoffs:
  lock: 2024-10-05
  report: 1 week after end of second
"""
)


def day(month: int, number: int) -> datetime:
    """The midnight in China at which a day of 2024 begins."""
    return datetime(2024, month, number, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@pytest.fixture(scope="module")
def term() -> TermCalendar:
    return read_calendar(TERM, "term.yaml")


def reasons(term: TermCalendar, phase: str, opens: datetime, closes: datetime | None) -> list[str]:
    try:
        check_own_window(term, phase, opens, closes)
    except Refused as refused:
        return [problem.text("en") for problem in refused.problems]
    return []


def test_what_an_office_sets_goes_before_what_the_calendar_says(term: TermCalendar) -> None:
    own = schedule(term, {"study.end": day(9, 21), "lock": day(10, 2)})
    assert own.phases["study"].closes == day(9, 21)
    assert own.phases["study"].locks == day(10, 2)
    assert own.phases["rest"].opens == day(9, 21)


def test_what_depends_on_an_owed_date_is_owed_too(term: TermCalendar) -> None:
    assert schedule(term).undetermined("second")
    assert schedule(term).cutoffs["report"] is Unset.TO_BE_DETERMINED
    set_now = schedule(term, {"second.start": day(10, 8), "second.end": day(11, 1)})
    assert not set_now.undetermined("second")
    assert set_now.cutoffs["report"] == day(11, 8)


def test_a_phase_opens_at_the_instant_at_which_the_one_that_it_waits_for_is_done(term: TermCalendar) -> None:
    assert schedule(term).phases["review"].opens is Unset.WAITING
    assert schedule(term, done={"second": day(11, 3)}).phases["review"].opens == day(11, 3)


def test_a_phase_without_a_lock_of_its_own_locks_at_its_end(term: TermCalendar) -> None:
    assert schedule(term).phases["rest"].locks == schedule(term).phases["rest"].closes == day(11, 1)


def test_bounds_for_a_window_to_be_determined_are_dates(term: TermCalendar) -> None:
    assert schedule(term).phases["second"].within == (day(10, 1), datetime(2024, 12, 31, 16, tzinfo=UTC))


def test_dates_in_a_circle_and_unknown_names_are_refused_when_they_are_asked_for(term: TermCalendar) -> None:
    circle = term.model_copy(update={"cutoffs": {"a": "1 day after b", "b": "a"}})
    with pytest.raises(Refused, match="a → b → a"):
        deadline(circle, {}, {}, "a")
    with pytest.raises(Refused, match="no cutoff called 'nothing'"):
        deadline(term, {}, {}, "3 days before nothing")


def test_a_chain_of_dates_without_end_is_refused(term: TermCalendar) -> None:
    chain = {f"c{number}": f"1 day after c{number + 1}" for number in range(200)} | {"c200": "2024-01-01"}
    with pytest.raises(Refused, match="one after the other"):
        deadline(term.model_copy(update={"cutoffs": chain}), {}, {}, "c0")


def test_an_instant_beyond_all_calendars_is_refused(term: TermCalendar) -> None:
    far = "9999 months after " * 10 + "2199-01-01"
    with pytest.raises(Refused, match="beyond the dates"):
        deadline(term, {}, {}, far)


def test_a_unit_sets_its_own_window_inside_the_given_one(term: TermCalendar) -> None:
    assert reasons(term, "study", day(9, 5), day(9, 21)) == []
    assert reasons(term, "study", day(9, 1), day(10, 1)) == []  # the whole of it


def test_a_unit_that_goes_outside_is_told_on_which_side(term: TermCalendar) -> None:
    assert reasons(term, "study", day(8, 31), day(10, 2)) == [
        "the start (2024-08-31 00:00) is before the given window begins (2024-09-01 00:00)",
        "the end (2024-10-01 24:00) is after the given window ends (2024-09-30 24:00)",
    ]


def test_an_own_window_runs_forward(term: TermCalendar) -> None:
    assert reasons(term, "study", day(9, 21), day(9, 21)) == [
        "the end (2024-09-20 24:00) is not after the start (2024-09-21 00:00)"
    ]


def test_dates_to_be_determined_are_set_inside_their_bounds(term: TermCalendar) -> None:
    assert reasons(term, "second", day(10, 8), day(12, 1)) == []
    assert reasons(term, "second", day(9, 30), day(12, 1)) == [
        "the start (2024-09-30 00:00) is before the given window begins (2024-10-01 00:00)"
    ]


def test_dates_that_the_calendar_gives_are_not_set(term: TermCalendar) -> None:
    assert reasons(term, "rest", day(10, 5), day(10, 10)) == [
        "the dates of phase 'rest' are given by the calendar"
    ]
    assert reasons(term, "nothing", day(10, 5), day(10, 10)) == ["there is no phase called 'nothing'"]


def test_an_end_after_the_lock_is_refused() -> None:
    owed = HEAD + (
        "phases: [{id: study, kind: online_study, name: 学习, window: 2024-09-01 .. tbd, locks: lock}]\n"
        "cutoffs: {lock: 2024-10-05}\n"
    )
    calendar = read_calendar(owed, "term.yaml")
    assert reasons(calendar, "study", day(9, 1), day(10, 6)) == []  # on the stroke of the lock
    assert reasons(calendar, "study", day(9, 1), day(10, 7)) == [
        "the end (2024-10-06 24:00) is after the lock (2024-10-05 24:00)"
    ]


def test_only_a_start_is_set_where_the_end_is_when_complete() -> None:
    owed = HEAD + (
        "phases: [{id: study, kind: online_study, name: 学习, window: tbd .. complete, "
        "complete when: all tasks shown}]\n"
    )
    assert reasons(read_calendar(owed, "term.yaml"), "study", day(9, 1), None) == []


def test_a_cohorts_own_dates_move_the_window_of_what_follows(term: TermCalendar) -> None:
    follows = TERM.replace(
        "window: after study .. 2024-10-31", "window: after study .. 2024-10-31, own window: inside"
    )
    calendar = read_calendar(follows, "term.yaml")
    check_own_window(calendar, "rest", day(9, 21), day(10, 1), dates={"study.end": day(9, 21)})
    with pytest.raises(Refused):
        check_own_window(calendar, "rest", day(9, 21), day(10, 1))
