"""A lock whose date is still to be determined: from when its phase has ended the cohort is held in sight, until the date is
set; everything else that the lock asks for is asked at the lock."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from models.database import transaction
from models.nights import Hold
from tests.support.story import Story
from tests.test_dates_before_the_lock import SCHOOL, decide
from workflows.answering import Answer, answer_hold
from workflows.cases import case_of
from workflows.resolving import Decision, cancel, extend, lock, set_dates
from workflows.verifying import verify

TERM = """\
programme: two-parts-2024
name: 两段研修
zone: Asia/Shanghai
source: 《研修通知》
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {handed_in: {name: 提交, unit: 份}}
phases:
  - {id: study,    kind: online_study,    name: 集中学习, window: 2024-03-01 .. 2024-05-31, locks: final}
  - {id: practice, kind: school_research, name: 岗位实践, window: %s}
cutoffs:
  final: %s
tasks:
  - {id: reading, role: learner, phase: study, shows: handed_in, name: 读书笔记, marked by: tutor, marks: 0..40}
assessments:
  - {id: whole, of: learner, name: 总评, locks: final, pass: 20 of 40, components: [{task: reading, points: 40, rule: mark}]}
gates: [{before: final, require: all handed in work marked, waits on: tutor}]
"""
OWN = ("2024-06-01 .. 2024-06-30", "tbd")
BY_PRACTICE = ("tbd within 2024-09 .. 2024-10", "1 week after end of practice")
ENDED, TOLD = "2024-05-31 24:00", "2024-06-01 00:00:00"
KIND = "dates to be determined"
SEVERAL_NIGHTS = pytest.mark.parametrize(
    "nights", [(), ("2024-05-31", "2024-06-01", "2024-06-01 00:30", "2024-06-02 00:30")]
)


def begun(engine: Engine, practice: str, final: str, nights: tuple[str, ...] = (ENDED,)) -> Story:
    """Nobody has marked 李老师's notes yet."""
    story = Story(engine, "two-parts-2024", text=TERM % (practice, final))
    story.cohort("一班", *SCHOOL)
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.shows("李老师", "reading", at="2024-03-20 20:00")
    for night in nights:
        story.night(night)
    return story


def held(story: Story) -> list[tuple[str, str, str | None]]:
    """What has held the study: why, since when, until when."""
    with Session(story.engine) as session:
        rows = session.execute(select(Hold).where(Hold.phase == "study").order_by(Hold.id)).scalars()
        return [
            (row.kind, story.local(row.opened_at), story.local(row.cleared_at) if row.cleared_at else None)
            for row in rows
        ]


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


@pytest.mark.parametrize(("night", "is_held"), [("2024-05-31 23:59:59", False), (ENDED, True)])
def test_it_is_held_from_the_stroke_at_which_the_phase_ends(
    engine: Engine, night: str, is_held: bool
) -> None:
    story = begun(engine, *OWN, nights=(night,))
    assert [hold.phase for hold in story.holds("一班")] == ["study"] * is_held
    assert story.states("一班")["study"] == ("held" if is_held else "open")


def test_it_says_which_date_is_owed_by_whom_and_how_it_is_set(engine: Engine) -> None:
    (hold,) = begun(engine, *OWN).holds("一班")
    assert (hold.kind, hold.waits_on, hold.actions) == (KIND, "county", ("extend", "cancel"))
    assert hold.explanation.text("zh") == "锁定时间“final”还没有确定"
    assert hold.explanation.text("en") == "the date of the lock 'final' has not been set"
    assert hold.clears.text("en") == "county sets the dates (extend final)"


@SEVERAL_NIGHTS
def test_once_it_is_set_the_cohort_goes_on_and_is_asked_the_rest_at_the_lock(
    engine: Engine, nights: tuple[str, ...]
) -> None:
    story = begun(engine, *OWN, nights=nights)
    decide(story, extend, "final", story.at("2024-06-20 24:00"), at="2024-06-10 09:00")
    for night in nights and ("2024-06-10 09:00", "2024-06-11 00:30"):
        story.night(night)
        assert story.states("一班")["study"] == "closing"
    story.night("2024-06-22")
    released = (KIND, TOLD, "2024-06-10 09:00:00")
    assert held(story) == [released, ("marking incomplete", "2024-06-21 00:00:00", None)]
    story.marks("李老师", "reading", 30, received="2024-06-22 09:00")
    story.night("2024-06-23")
    assert story.points("李老师")["total"] == 30
    assert wrong(story) == []


def test_marked_before_the_date_is_set_nothing_else_holds_it(engine: Engine) -> None:
    story = begun(engine, *OWN)
    story.marks("李老师", "reading", 30, received="2024-06-05 09:00")
    story.night("2024-06-06")
    assert [kind for kind, *_ in held(story)] == [KIND]
    decide(story, extend, "final", story.at("2024-06-20 24:00"), at="2024-06-10 09:00")
    story.night("2024-06-22")
    assert (held(story), story.points("李老师")["total"]) == ([(KIND, TOLD, "2024-06-10 09:00:00")], 30)


@SEVERAL_NIGHTS
def test_a_date_that_is_set_before_the_phase_ends_holds_nobody(
    engine: Engine, nights: tuple[str, ...]
) -> None:
    story = begun(engine, *OWN, nights=nights[:1])
    decide(story, extend, "final", story.at("2024-06-20 24:00"), at="2024-05-31 23:59:59")
    story.marks("李老师", "reading", 30, received="2024-06-05 09:00")
    for night in (*nights[2:], "2024-06-22"):
        story.night(night)
    assert (held(story), story.points("李老师")["total"]) == ([], 30)


@SEVERAL_NIGHTS
def test_a_lock_that_goes_by_a_phase_without_dates_is_held_until_that_has_them(
    engine: Engine, nights: tuple[str, ...]
) -> None:
    story = begun(engine, *BY_PRACTICE, nights=nights)
    dates = story.at("2024-09-01"), story.at("2024-09-30 24:00")
    decide(story, set_dates, "practice", *dates, at="2024-06-10 09:00")
    story.marks("李老师", "reading", 30, received="2024-06-12 09:00")
    for night in nights and ("2024-06-11 00:30",):
        story.night(night)
    story.night("2024-10-09")
    assert held(story) == [(KIND, TOLD, "2024-06-10 09:00:00")]
    assert story.points("李老师")["total"] == 30
    assert wrong(story) == []


def test_a_lock_that_goes_by_a_phase_until_it_is_complete_waits_for_that_phase(engine: Engine) -> None:
    """No date is owed for it: it comes about by itself. What is owed is when that phase begins, which is held itself."""
    window = "tbd .. complete, complete when: the office says so"
    story = begun(engine, window, "1 week after end of practice", nights=("2024-06-12",))
    assert [(hold.phase, hold.kind) for hold in story.holds("一班")] == [("practice", KIND)]
    assert story.states("一班")["study"] == "closing"


def test_the_phase_may_be_locked_now_or_cancelled(engine: Engine) -> None:
    story = begun(engine, *OWN)
    story.marks("李老师", "reading", 30, received="2024-06-05 09:00")
    story.night("2024-06-06")
    decide(story, lock, "study", at="2024-06-06 09:00")
    story.night("2024-06-07")
    assert story.points("李老师")["total"] == 30
    assert held(story) == [(KIND, TOLD, "2024-06-06 09:00:00")]


def test_where_it_is_cancelled_nothing_is_held_any_more(engine: Engine) -> None:
    story = begun(engine, *OWN)
    decide(story, cancel, "study", at="2024-06-06 09:00")
    story.night("2024-06-07")
    assert held(story) == [(KIND, TOLD, "2024-06-06 09:00:00")]
    assert story.states("一班")["study"] == "cancelled"


def test_the_form_of_the_hold_asks_until_when_and_goes_on(engine: Engine) -> None:
    story = begun(engine, *OWN)
    number, at = story.hold_id("一班"), story.at("2024-06-10 09:00")
    with transaction(engine) as session:
        case = case_of(session, number, at)
        assert case is not None
        assert [choice.action for choice in case.choices] == ["extend", "cancel"]
        answer_hold(
            session,
            number,
            Answer("extend", to=story.at("2024-06-20 24:00")),
            Decision("会议决定", "王主任", at, at),
        )
    assert story.holds("一班") == []
    story.night("2024-06-12")
    assert story.states("一班")["study"] == "closing"


def test_a_phase_whose_dates_are_owed_is_offered_dates_and_no_extension(engine: Engine) -> None:
    story = begun(engine, *BY_PRACTICE, nights=("2024-09-02",))
    (hold,) = [hold for hold in story.holds("一班") if hold.phase == "practice"]
    assert (hold.kind, hold.actions) == (KIND, ("set dates", "cancel"))
    assert hold.clears.text("en") == "county sets the dates (set-dates)"
