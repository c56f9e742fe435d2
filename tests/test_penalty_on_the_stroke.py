"""What is decided about a penalty on the very stroke at which a lock has come, or at any other instant of a hold: it counts at
that instant, since the cohort was held there before it, and whichever nights have run."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from models.database import transaction
from models.terms import Cohort
from tests.support.story import Story
from tests.test_acts_between_nights import COUNTY, LOCK, OTHER, SCHOOL, TERM, begin, by, wrong
from workflows.punishing import decide_penalty

HELD = TERM.replace("if undecided: apply", "if undecided: hold")
UNTIL = "2024-03-15 24:00"
JUST_BEFORE, JUST_AFTER = "2024-03-12 23:59:59", "2024-03-13 00:00:01"
SEVERAL_NIGHTS = pytest.mark.parametrize("nights", [(), (JUST_BEFORE, LOCK, LOCK)])


def decides(story: Story, action: str, at: str, until: str | None = None) -> None:
    """About both schools, of which nobody has hosted a talk."""
    places = [story.organisation(COUNTY, school) for school in (SCHOOL, OTHER)]
    with transaction(story.engine) as session:
        cohort = session.get_one(Cohort, story.cohorts["一班"])
        later = story.at(until) if until else None
        decide_penalty(session, cohort, "no_talk", places, action, by(story, at), later)


def moved(story: Story) -> list[tuple[str, str]]:
    """How the phase was held and locked, and when."""
    of_class = [row for row in story.log() if row[:2] == (story.cohorts["一班"], "study")]
    found = sorted((row[6], row[3]) for row in of_class if row[3] in ("hold", "release", "lock"))
    return [(trigger, story.local(at)) for at, trigger in found]


def passing(nights: tuple[str, ...], at: str) -> list[str]:
    return [night for night in nights if night <= at]


@SEVERAL_NIGHTS
@pytest.mark.parametrize(
    ("at", "locked"),
    [(JUST_BEFORE, "2024-03-13 00:00:00"), (LOCK, "2024-03-13 00:00:00"), (JUST_AFTER, JUST_AFTER)],
)
@pytest.mark.parametrize(("action", "points"), [("apply", 0), ("waive", 10)])
def test_it_is_decided_before_on_and_after_the_stroke(
    engine: Engine, action: str, points: int, at: str, locked: str, nights: tuple[str, ...]
) -> None:
    story = begin(engine, HELD)
    for night in passing(nights, at):
        story.night(night)
    decides(story, action, at)
    story.night("2024-03-20")
    assert story.points("甲")["hours"] == points
    held = [] if at == JUST_BEFORE else [("hold", "2024-03-13 00:00:00"), ("release", locked)]
    assert sorted(moved(story)) == sorted([*held, ("lock", locked)])
    assert wrong(story) == []


@SEVERAL_NIGHTS
@pytest.mark.parametrize("at", [JUST_BEFORE, LOCK, JUST_AFTER, "2024-03-14 09:00"])
@pytest.mark.parametrize("shown", [True, False])
def test_a_school_that_is_given_time_for_a_task_is_waited_for(
    engine: Engine, shown: bool, at: str, nights: tuple[str, ...]
) -> None:
    """The lock goes to the end of that time as well, and does not fall in the second in which it is given."""
    story = begin(engine, HELD)
    for night in passing(nights, at):
        story.night(night)
    decides(story, "extend", at, UNTIL)
    story.night(at)
    story.night("2024-03-15 23:59")
    assert (story.holds("一班"), story.sheet("甲")) == ([], None)
    if shown:
        story.enrol("二主", "host", "一班", COUNTY, OTHER)
        for host in ("主", "二主"):
            story.shows(host, "talk", at="2024-03-15 23:59:59")
    story.night("2024-03-20")
    if shown:
        assert story.points("甲")["hours"] == 10
        assert wrong(story) == []
    else:
        assert [hold.kind for hold in story.holds("一班")] == ["penalty to be decided"]


def test_more_time_may_be_given_again_once_it_is_over(engine: Engine) -> None:
    story = begin(engine, HELD)
    story.night(LOCK)
    decides(story, "extend", "2024-03-13 09:00", UNTIL)
    decides(story, "extend", UNTIL, "2024-03-16 24:00")
    story.night("2024-03-16 23:59:59")
    assert (story.holds("一班"), story.sheet("甲")) == ([], None)
    story.night("2024-03-20")
    decides(story, "apply", "2024-03-20 09:00")
    assert story.sheet("甲") is None
    story.night("2024-03-21")
    assert story.points("甲")["hours"] == 0
    assert wrong(story) == []
