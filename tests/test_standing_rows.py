"""A row that says where something stands is not believed: phases, holds, links and rounds of filings are worked out again from what
is kept for ever, and a change in one behind everybody's back is found by `verify`."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from tests.support.decided import DECIDED
from tests.support.story import Story
from tests.test_verifying import break_into
from workflows.resolving import accept, extend
from workflows.verifying import verify

COUNTY = "一县"
LATER = 864_000  # ten days


@pytest.fixture
def story(engine: Engine) -> Story:
    """Essays are not marked: 一班 was held for it until the office accepted that, 二班 is held still, and extended before. 一小 has
    its plan accepted, 二小 has filed none, and somebody's leaving waits on the school."""
    story = Story(engine, text=DECIDED)
    for cohort, school in (("一班", "一小"), ("二班", "二小")):
        story.cohort(cohort, COUNTY, school)
        for name, role in (("甲", "learner"), ("乙", "learner"), ("导", "tutor")):
            story.enrol(f"{cohort}{name}", role, cohort, COUNTY, school)
        story.shows(f"{cohort}甲", "essay", at="2024-03-05 09:00")
    return story


def held(story: Story) -> Story:
    plan = story.files("plan", COUNTY, "一小", at="2024-03-05 09:00")
    story.acts("pass_on", plan, "county", at="2024-03-05 10:00")
    story.night("2024-03-06 00:30")
    story.decide(extend, "二班", "first", story.at("2024-03-11"), effective="2024-03-06 09:00")
    story.files("leaving", "一班乙", at="2024-03-09 09:00")
    story.night("2024-03-11 00:30")
    story.decide(accept, "一班", story.hold_id("一班"), effective="2024-03-11 09:00")
    story.night("2024-03-12 00:30")
    assert {name: story.states(name)["study"] for name in ("一班", "二班")} == {
        "一班": "done",
        "二班": "held",
    }
    return story


def wrong(story: Story) -> list[str]:
    with Session(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


PHASE = "does not follow from its moves"
DATES = "are not those of the calendar"
OVERLOOKED = "would not be looked at when it is due"
HOLD = "is not what the moves of its phase"
NO_HOLD = "was held, and no hold says so"
LINKS = "do not follow from its steps"
DEADLINE = "is not that of the calendar and of what was extended"
OF_ONE = "WHERE cohort_id = 1 AND phase = 'study'"
OF_OTHER = "WHERE cohort_id = 2 AND phase = 'study'"
OF_END = "WHERE cohort_id = 1 AND phase = 'end'"
ONE_MORE = "SELECT filing_id, 'county', 2, 1 FROM filing_link WHERE tier = 'person'"


CHANGES = (
    (f"UPDATE cohort_phase SET state = 'locked' {OF_ONE}", PHASE),
    (f"UPDATE cohort_phase SET state = 'closing', held_from = NULL {OF_OTHER}", PHASE),
    (f"UPDATE cohort_phase SET held_from = 'open' {OF_OTHER}", PHASE),
    (f"UPDATE cohort_phase SET state = 'cancelled' {OF_END}", PHASE),
    (f"DELETE FROM cohort_phase {OF_ONE}", PHASE),
    (f"DELETE FROM cohort_phase {OF_END}", PHASE),
    ("UPDATE cohort_phase SET phase = 'more' WHERE phase = 'end'", PHASE),
    (f"DELETE FROM transition_log {OF_OTHER} AND target = 'held'", PHASE),
    (f"UPDATE transition_log SET target = 'locked' {OF_OTHER} AND target = 'held'", PHASE),
    (f"UPDATE transition_log SET effective_at = effective_at - {LATER} {OF_ONE} AND target = 'locked'", PHASE),
    (f"UPDATE cohort_phase SET opens_at = opens_at + 60 {OF_ONE}", DATES),
    (f"UPDATE cohort_phase SET locks_at = locks_at - {LATER} {OF_ONE}", DATES),
    (f"UPDATE cohort_phase SET done_at = NULL {OF_ONE}", DATES),
    (f"UPDATE cohort_phase SET done_at = locks_at {OF_OTHER}", DATES),
    (f"UPDATE cohort_phase SET locks_at = locks_at + {LATER} {OF_OTHER}", DATES),
    (f"UPDATE cohort_phase SET closes_at = closes_at + {LATER} {OF_END}", DATES),
    (f"UPDATE cohort_phase SET reminded_at = reminded_at + {LATER} {OF_END}", DATES),
    (f"UPDATE cohort SET advanced_to = advanced_to - {LATER}", DATES),
    (f"UPDATE cohort_phase SET next_due_at = next_due_at + {LATER} {OF_END}", OVERLOOKED),
    (f"UPDATE cohort_phase SET next_due_at = NULL {OF_OTHER}", OVERLOOKED),
    ("UPDATE resolution SET dates = '{}' WHERE action = 'extend'", DATES),
    ("DELETE FROM hold WHERE cohort_id = 2", NO_HOLD),
    (f"UPDATE hold SET opened_at = opened_at + {LATER} WHERE cohort_id = 2", NO_HOLD),
    ("UPDATE hold SET cleared_at = opened_at, cleared_by = 'itself' WHERE cohort_id = 2", NO_HOLD),
    ("UPDATE hold SET cleared_at = cleared_at - 60 WHERE cohort_id = 1", NO_HOLD),
    ("UPDATE hold SET cleared_at = NULL WHERE cohort_id = 1", HOLD),
    ("UPDATE hold SET cleared_by = 'waive' WHERE cohort_id = 1", HOLD),
    ("UPDATE hold SET phase = 'end' WHERE cohort_id = 2", HOLD),
    ("UPDATE hold SET kind = 'filing not accepted' WHERE cohort_id = 2", HOLD),
    ("UPDATE hold SET kind = 'nothing' WHERE cohort_id = 2", HOLD),
    ("UPDATE hold SET step = 'close' WHERE cohort_id = 2", HOLD),
    ("UPDATE hold SET waits_on = 'county' WHERE cohort_id = 2", HOLD),
    ("UPDATE resolution SET action = 'waive' WHERE action = 'accept'", HOLD),
    ("UPDATE filing_link SET passed_at = came_at - 60 WHERE tier = 'county'", LINKS),
    ("UPDATE filing_link SET passed_at = came_at WHERE tier = 'school' AND position = 1", LINKS),
    ("UPDATE filing_link SET came_at = NULL WHERE tier = 'county'", LINKS),
    ("UPDATE filing_link SET organisation_id = organisation_id + 1 WHERE tier = 'county'", LINKS),
    ("UPDATE filing_link SET position = 5 WHERE tier = 'county'", LINKS),
    ("DELETE FROM filing_link WHERE tier = 'county'", LINKS),
    ("DELETE FROM filing_link", LINKS),
    (f"INSERT INTO filing_link (filing_id, tier, position, organisation_id) {ONE_MORE}", LINKS),
    (f"UPDATE filing SET next_due_at = next_due_at + {LATER} WHERE kind = 'leaving'", DEADLINE),
    ("UPDATE filing SET next_due_at = NULL WHERE kind = 'leaving'", DEADLINE),
    ("UPDATE filing SET held_from = 'passing' WHERE state = 'accepted'", DEADLINE),
    (f"UPDATE filing_call SET next_due_at = deadline_at + {LATER}", DEADLINE),
    ("UPDATE filing_call SET next_due_at = deadline_at, deadline_at = deadline_at + 60", DEADLINE),
    ("UPDATE filing_call SET tier = 'county'", DEADLINE),
    ("DELETE FROM filing_call", DEADLINE),
    ("UPDATE filing_call SET kind = 'more'", DEADLINE),
)  # fmt: skip


def test_a_row_that_does_not_follow_from_what_is_kept_is_found(story: Story) -> None:
    """Each change by itself, on one database: to make another for each would take minutes."""
    assert wrong(held(story)) == []
    break_into(story.engine)
    for statement, found in CHANGES:
        with Session(story.engine) as session:
            session.execute(text(statement))
            told = [problem.text("en") for problem in verify(session)]
            session.rollback()
        assert any(found in line for line in told), (statement, told)
    assert wrong(story) == []


@pytest.mark.parametrize(
    "changed", ["next_due_at = NULL", f"next_due_at = next_due_at + {LATER}", "deadline_at = 5"]
)
def test_a_round_that_nobody_would_let_lapse_is_found(story: Story, changed: str) -> None:
    """Before its deadline nothing has gone past it."""
    story.night("2024-03-05 00:30")
    assert wrong(story) == []
    break_into(story.engine, f"UPDATE filing_call SET {changed}")
    (told,) = wrong(story)
    assert DEADLINE in told


def test_what_was_decided_and_no_night_has_looked_at_is_in_order(story: Story) -> None:
    """Also a decision of the very instant up to which the cohort has been taken."""
    story.night("2024-03-06 09:00")
    story.decide(extend, "二班", "first", story.at("2024-03-11"), effective="2024-03-06 09:00")
    assert wrong(story) == []
    story.night("2024-03-06 09:00")
    assert wrong(story) == []


def test_what_can_no_longer_be_read_is_told_and_the_rest_is_gone_through(story: Story) -> None:
    """A decision whose dates are no dates."""
    held(story)
    break_into(story.engine, "UPDATE resolution SET dates = 'x' WHERE action = 'extend'")
    assert any("can no longer be compared" in line for line in wrong(story))
