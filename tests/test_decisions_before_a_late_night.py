"""An office decides after an instant has passed that no night has reached yet: it comes to what it would have come to
had the night been there in time, or the office is told to let the night run first."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from tests.support.story import Story
from workflows.resolving import cancel, extend, set_dates

SCHOOL = ("龙城区", "第一小学")
NIGHT_FIRST = "no night has gone so far yet; run yanxiu night first"


def term(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", *SCHOOL)
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.shows("李老师", "study", 375, at="2024-12-04 20:00")
    return story


def late_work(story: Story) -> None:
    """Half of the course, in the days that an extension adds."""
    story.shows("李老师", "study", 375, at="2024-12-09 20:00")


@pytest.mark.parametrize("in_time", [True, False])
def test_an_end_that_has_passed_is_moved_all_the_same_as_long_as_nothing_is_locked(
    engine: Engine, in_time: bool
) -> None:
    story = term(engine)
    story.night("2024-12-05 00:30")
    if in_time:
        story.night("2024-12-06 00:30")
    story.decide(extend, "一班", "courses.end", story.at("2024-12-10 24:00"), effective="2024-12-07 10:00")
    late_work(story)
    story.night("2024-12-16 00:30")
    assert story.points("李老师")["study"] == 40


def test_an_end_after_which_all_is_over_is_not_moved_behind_a_late_night(engine: Engine) -> None:
    """A phase without a lock is done at its end; a night in time would have made the answer a no."""
    story = term(engine)
    story.night("2024-12-05 00:30")
    move = (extend, "一班", "scoring.end", story.at("2024-12-14 24:00"))
    with pytest.raises(Refused, match=NIGHT_FIRST):
        story.decide(*move, effective="2024-12-13 10:00")
    with pytest.raises(Refused, match=NIGHT_FIRST):
        story.decide(*move, effective="2024-12-13 00:00")  # the very instant of its end
    story.night("2024-12-13 10:00")
    with pytest.raises(Refused, match="is past"):
        story.decide(*move, effective="2024-12-13 10:00")


def test_before_its_end_it_is_moved_however_late_the_night(engine: Engine) -> None:
    story = term(engine)
    story.night("2024-11-20")
    story.decide(extend, "一班", "scoring.end", story.at("2024-12-14 24:00"), effective="2024-12-12 23:59:59")
    story.night("2024-12-14 00:30")
    assert story.states("一班")["scoring"] == "open"


def test_a_lock_that_has_passed_is_not_moved_behind_a_late_night(engine: Engine) -> None:
    story = term(engine)
    story.night("2024-12-10 00:30")
    move = (extend, "一班", "training lock", story.at("2024-12-20 24:00"))
    with pytest.raises(Refused, match=NIGHT_FIRST):
        story.decide(*move, effective="2024-12-17 10:00")
    story.night("2024-12-17 00:30")
    with pytest.raises(Refused, match="is past"):
        story.decide(*move, effective="2024-12-17 10:00")


def test_a_cohort_that_is_held_at_its_lock_is_extended_however_late_the_night(engine: Engine) -> None:
    story = term(engine)
    story.shows("李老师", "assignment", at="2024-12-04 21:00")  # and nobody marks it
    story.night("2024-12-17 00:30")
    story.decide(extend, "一班", "training lock", story.at("2024-12-30 24:00"), effective="2024-12-29 10:00")
    story.marks("李老师", "assignment", "优秀", received="2024-12-30 10:00")
    story.night("2024-12-31 00:30")
    assert story.points("李老师")["assignment"] == 20


def test_what_is_over_is_not_cancelled_behind_a_late_night(engine: Engine) -> None:
    story = term(engine)
    story.night("2024-11-20")
    with pytest.raises(Refused, match=NIGHT_FIRST):
        story.decide(cancel, "一班", "scoring", effective="2024-12-13 10:00")
    story.decide(cancel, "一班", "practice", effective="2024-12-13 10:00")


def test_a_beginning_that_has_passed_is_not_moved_behind_a_late_night(engine: Engine) -> None:
    story = term(engine)
    story.night("2025-06-01")
    dates = story.at("2025-06-03"), story.at("2025-06-13 24:00")
    story.decide(set_dates, "一班", "review", *dates, effective="2025-06-02 16:00")
    later = story.at("2025-06-10"), story.at("2025-06-13 24:00")
    with pytest.raises(Refused, match=NIGHT_FIRST):
        story.decide(set_dates, "一班", "review", *later, effective="2025-06-04 10:00")
    story.night("2025-06-04")
    with pytest.raises(Refused, match="is past"):
        story.decide(set_dates, "一班", "review", *later, effective="2025-06-04 10:00")
