"""龙城区2024年中小学骨干教师远程培训, told night by night (L24-01 to L24-12)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.support.story import Story
from workflows.resolving import accept, extend, set_dates
from workflows.review_done import review_done

SCHOOL = ("龙城区", "第一小学")


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.enrol("张辅导", "tutor", "一班", *SCHOOL)
    return story


def worked_example(story: Story, name: str = "李老师") -> None:
    """600 minutes, a good assignment on time, a journal, 7 topics and 12 replies (L24-07)."""
    for day in range(10):
        story.shows(name, "study", 60, at=f"2024-11-{day + 3:02d} 20:00")
    story.shows(name, "assignment", at="2024-11-20 21:15")
    story.shows(name, "journal", at="2024-12-01 09:00")
    story.shows(name, "talk", 7, kind="topic", at="2024-11-22 12:00")
    story.shows(name, "talk", 12, kind="reply", at="2024-11-23 12:00")


@pytest.mark.demand("L24-03", "L24-04", "L24-05", "L24-06", "L24-07")
def test_the_worked_example_is_89_and_a_pass(story: Story) -> None:
    worked_example(story)
    story.marks("李老师", "assignment", "良好", received="2024-12-10 10:00")
    story.night("2024-12-16 00:30")
    assert story.points("李老师", "training") == {
        "study": 32, "assignment": 18, "journal": 20, "talk": 19, "total": 89, "result": "合格",
    }  # fmt: skip


@pytest.mark.demand("L24-03")
def test_500_minutes_are_26_67_points(story: Story) -> None:
    story.shows("李老师", "study", 500, at="2024-11-05 20:00")
    story.night("2024-12-16 00:30")
    assert story.points("李老师", "training")["study"] == 26.67


@pytest.mark.demand("L24-04")
@pytest.mark.parametrize(
    ("at", "points"), [("2024-12-05 23:59:59", 18), ("2024-12-06 00:00:00", 0), ("2024-12-06 00:00:01", 0)]
)
def test_an_assignment_counts_until_the_stroke_of_the_last_day_of_week_six(
    story: Story, at: str, points: float
) -> None:
    story.shows("李老师", "assignment", at=at)
    story.marks("李老师", "assignment", "良好", received="2024-12-10 10:00")
    story.night("2024-12-16 00:30")
    assert story.points("李老师", "training")["assignment"] == points


@pytest.mark.demand("L24-01")
def test_the_weeks_open_and_close_on_their_days(story: Story) -> None:
    story.night("2024-10-24 23:59:59")
    assert story.states("一班")["preparation"] == "planned"
    story.night("2024-10-25 00:00:00")
    assert story.states("一班")["preparation"] == "open"
    story.night("2024-12-05 23:59:59")
    assert story.states("一班")["courses"] == "open"
    story.night("2024-12-06 00:00")
    assert story.states("一班")["courses"] == "closing"
    assert story.states("一班")["scoring"] == "open"
    story.night("2024-12-15 23:59:59")
    assert story.states("一班")["courses"] == "closing"
    story.night("2024-12-15 24:00")
    assert story.states("一班")["courses"] == "done"
    assert story.states("一班")["practice"] == "open"


def test_unmarked_work_holds_the_lock_until_the_tutor_has_marked_it(story: Story) -> None:
    worked_example(story)
    story.night("2024-12-16 00:30")
    assert story.open_holds() == [("一班", "courses", "marking incomplete")]
    assert story.states("一班")["courses"] == "held"
    assert story.sheet("李老师") is None
    story.marks("李老师", "assignment", "良好", received="2024-12-17 16:00")
    story.night("2024-12-18 00:30")
    assert story.open_holds() == []
    assert story.points("李老师", "training")["total"] == 89


def test_what_was_not_handed_in_needs_no_mark(story: Story) -> None:
    story.night("2024-12-16 00:30")
    assert story.open_holds() == []
    assert story.points("李老师", "training") == {
        "study": 0, "assignment": 0, "journal": 0, "talk": 0, "total": 0, "result": "不合格",
    }  # fmt: skip


def test_accepting_as_it_is_counts_the_missing_mark_as_zero(story: Story) -> None:
    worked_example(story)
    story.night("2024-12-16 00:30")
    story.decide(accept, "一班", story.hold_id("一班"), effective="2024-12-16 09:00")
    story.night("2024-12-17 00:30")
    assert story.open_holds() == []
    assert story.points("李老师", "training")["assignment"] == 10


def test_extending_the_courses_lets_later_work_count(story: Story) -> None:
    story.night("2024-12-05 00:30")
    story.decide(extend, "一班", "courses.end", story.at("2024-12-08 24:00"), effective="2024-12-05 10:00")
    story.shows("李老师", "journal", at="2024-12-08 23:59:59")
    story.night("2024-12-16 00:30")
    assert story.points("李老师", "training")["journal"] == 20


@pytest.mark.demand("L24-08")
def test_the_tutor_is_assessed_by_what_the_class_handed_in(story: Story) -> None:
    worked_example(story)
    story.marks("李老师", "assignment", "良好", received="2024-12-10 10:00")
    story.shows("张辅导", "lead_talk", 10, kind="topic", at="2024-11-10 08:00")
    story.shows("张辅导", "lead_talk", 10, kind="reply", at="2024-11-11 08:00")
    story.shows("张辅导", "brief", at="2024-12-01 08:00")
    story.night("2024-12-16 00:30")
    assert story.points("张辅导", "tutoring") == {
        "marking": 40, "lead_talk": 20, "brief": 20, "recommend": 0, "total": 80, "result": "合格",
    }  # fmt: skip


@pytest.mark.demand("L24-08")
def test_a_late_mark_leaves_the_tutor_without_the_forty_points(story: Story) -> None:
    worked_example(story)
    story.enrol("赵老师", "learner", "一班", *SCHOOL)
    story.shows("赵老师", "assignment", at="2024-11-20 21:15")
    story.marks("李老师", "assignment", "良好", received="2024-12-10 10:00")
    story.night("2024-12-16 00:30")
    story.decide(accept, "一班", story.hold_id("一班"), effective="2024-12-16 09:00")
    story.night("2024-12-17 00:30")
    assert story.points("张辅导", "tutoring")["marking"] == 0


@pytest.mark.demand("L24-01", "L24-10", "L24-11")
def test_the_review_waits_for_its_dates_and_then_recognises_whole_material(story: Story) -> None:
    for task, characters in (("certificate", None), ("plan", 2000), ("reflection", 1500)):
        story.shows("李老师", task, at="2024-12-20 10:00", characters=characters)
    story.shows("李老师", "observe", 15, at="2025-04-01 10:00")
    for lesson in ("第一节", "第二节", "第三节"):
        story.shows("李老师", "open_lesson", 3, kind="attendees", item=lesson, at="2025-04-02 10:00")
        story.shows("李老师", "open_lesson", kind="lesson_design", item=lesson, at="2025-04-02 10:00")
        story.shows("李老师", "open_lesson", kind="photos", item=lesson, at="2025-04-02 10:00")
    story.night("2025-06-01 00:30")
    assert story.open_holds() == [("一班", "review", "dates to be determined")]
    story.decide(
        set_dates,
        "一班",
        "review",
        story.at("2025-05-31 00:00"),
        story.at("2025-06-20 24:00"),
        effective="2025-06-02 09:00",
    )
    story.night("2025-06-03 00:30")
    assert story.states("一班")["review"] == "open"
    story.decide(review_done, "一班", None, effective="2025-06-18 16:00")
    story.night("2025-06-21 00:30")
    assert story.points("李老师", "recognition")["result"] == "认定"
    assert story.states("一班")["review"] == "done"


@pytest.mark.demand("L24-09")
@pytest.mark.parametrize(("characters", "points"), [(1999, 0), (2000, 1), (None, 0)])
def test_a_plan_below_two_thousand_characters_does_not_count(
    story: Story, characters: int | None, points: int
) -> None:
    story.shows("李老师", "plan", at="2024-12-20 10:00", characters=characters)
    story.night("2025-06-01 00:30")
    story.decide(
        set_dates,
        "一班",
        "review",
        story.at("2025-05-31 00:00"),
        story.at("2025-06-20 24:00"),
        effective="2025-06-02 09:00",
    )
    story.decide(review_done, "一班", None, effective="2025-06-18 16:00")
    story.night("2025-06-21 00:30")
    assert story.points("李老师", "recognition")["plan"] == points


@pytest.mark.demand("L24-12")
def test_who_falls_behind_half_an_hour_a_day_is_reminded_each_week(story: Story) -> None:
    story.enrol("赵老师", "learner", "一班", *SCHOOL)
    story.shows("赵老师", "study", 210, at="2024-11-02 10:00")
    story.night("2024-11-08 00:30")
    learners = [row for row in story.outbox() if row[1] == "study"]
    assert [row[0] for row in learners] == [f"e{story.people['李老师']}", f"e{story.people['张辅导']}"]
