"""What 龙城区's scheme asks line by line, and what it shows of whoever does less (L24-02 to L24-06, L24-08)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from tests.support.story import Story
from workflows.demanded import Demanded
from workflows.explaining import explain

SCHOOL = ("龙城区", "第一小学")
MODULES = ("班主任", "师德", "心理健康", "安全教育", "学科教学")
AFTER_THE_LOCK = "2024-12-16 00:30"


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.enrol("张辅导", "tutor", "一班", *SCHOOL)
    return story


def asked_of(story: Story, number: str, at: str, task: str) -> dict[str, tuple[float | None, float, float]]:
    """By kind or item: what is asked, what is shown, what is still short."""
    return {
        one.part: ((one.asked or 0) / 100 or None, one.shown / 100, one.short / 100)
        for one in demands(story, number, at)
        if one.task == task
    }


def demands(story: Story, number: str, at: str) -> tuple[Demanded, ...]:
    with Session(story.engine) as session:
        return explain(session, number, story.at(at))[0].demands


@pytest.mark.demand("L24-02")
def test_ten_hours_are_chosen_in_each_of_the_five_modules_50_in_all(story: Story) -> None:
    for module in MODULES:
        story.shows("李老师", "modules", 10, item=module, at="2024-11-10 20:00")
    story.night(AFTER_THE_LOCK)
    shown = asked_of(story, "N00000", AFTER_THE_LOCK, "modules")
    assert shown == dict.fromkeys(MODULES, (10, 10, 0))
    assert sum(amount for _, amount, _ in shown.values()) == 50


@pytest.mark.demand("L24-02")
@pytest.mark.parametrize(("hours", "short"), [(9, 1), (9.5, 0.5), (0, 10)])
def test_who_chooses_fewer_sees_in_which_module_and_by_how_much(
    story: Story, hours: float, short: float
) -> None:
    """40 hours elsewhere do not make up for it; and before the end the reminder says so."""
    for module in MODULES:
        amount = hours if module == "师德" else 20
        if amount:
            story.shows("李老师", "modules", amount, item=module, at="2024-11-10 20:00")
    story.night("2024-11-28 24:00")
    assert ("2024-11-28 00:00:00", "modules", "7 days before", 0) in story.reminders("李老师")
    story.night(AFTER_THE_LOCK)
    assert asked_of(story, "N00000", AFTER_THE_LOCK, "modules") == {
        **dict.fromkeys(MODULES, (10, 20, 0)),
        "师德": (10, hours, short),
    }


def test_hours_chosen_on_the_stroke_of_the_end_are_too_late(story: Story) -> None:
    story.shows("李老师", "modules", 10, item="师德", at="2024-12-05 23:59:59")
    story.shows("李老师", "modules", 10, item="班主任", at="2024-12-06 00:00:00")
    story.night(AFTER_THE_LOCK)
    shown = asked_of(story, "N00000", AFTER_THE_LOCK, "modules")
    assert (shown["师德"], shown["班主任"]) == ((10, 10, 0), (10, 0, 10))


@pytest.mark.demand("L24-03")
@pytest.mark.parametrize(("minutes", "points"), [(600, 32), (500, 26.67), (749, 39.95), (750, 40), (900, 40)])
def test_study_time_is_in_proportion_up_to_750_minutes(story: Story, minutes: float, points: float) -> None:
    story.shows("李老师", "study", minutes, at="2024-11-05 20:00")
    story.night(AFTER_THE_LOCK)
    assert story.points("李老师", "training")["study"] == points


@pytest.mark.demand("L24-04")
@pytest.mark.parametrize(("grade", "points"), [("优秀", 20), ("良好", 18), ("合格", 16), ("不合格", 10)])
def test_ten_points_for_being_on_time_and_up_to_ten_for_the_grade(
    story: Story, grade: str, points: float
) -> None:
    story.shows("李老师", "assignment", at="2024-12-05 23:59:59")
    story.marks("李老师", "assignment", grade, received="2024-12-10 10:00")
    story.night(AFTER_THE_LOCK)
    assert story.points("李老师", "training")["assignment"] == points


@pytest.mark.demand("L24-04")
@pytest.mark.parametrize("grade", ["优秀", "不合格"])
def test_handed_in_after_the_cutoff_it_is_nothing_of_twenty_whatever_the_grade(
    story: Story, grade: str
) -> None:
    story.shows("李老师", "assignment", at="2024-12-06 00:00:00")
    story.marks("李老师", "assignment", grade, received="2024-12-10 10:00")
    story.night(AFTER_THE_LOCK)
    assert story.points("李老师", "training")["assignment"] == 0


@pytest.mark.demand("L24-05")
@pytest.mark.parametrize(("journals", "points"), [(0, 0), (1, 20), (3, 20)])
def test_one_journal_is_twenty_points_and_none_is_nothing(story: Story, journals: int, points: float) -> None:
    for day in range(journals):
        story.shows("李老师", "journal", at=f"2024-11-{day + 10} 20:00")
    story.night(AFTER_THE_LOCK)
    assert story.points("李老师", "training")["journal"] == points


@pytest.mark.demand("L24-06")
@pytest.mark.parametrize(
    ("topics", "replies", "points"), [(7, 12, 19), (0, 20, 20), (10, 10, 20), (15, 30, 20), (0, 0, 0)]
)
def test_a_point_a_topic_or_reply_and_the_demand_of_10_and_10_beside_it(
    story: Story, topics: int, replies: int, points: float
) -> None:
    if topics:
        story.shows("李老师", "talk", topics, kind="topic", at="2024-11-22 12:00")
    if replies:
        story.shows("李老师", "talk", replies, kind="reply", at="2024-11-23 12:00")
    story.night(AFTER_THE_LOCK)
    assert story.points("李老师", "training")["talk"] == points
    assert asked_of(story, "N00000", AFTER_THE_LOCK, "talk") == {
        "主题帖": (10, topics, max(0, 10 - topics)),
        "回复帖": (10, replies, max(0, 10 - replies)),
    }


@pytest.mark.demand("L24-08")
def test_the_guide_of_five_percent_stands_beside_what_the_tutor_recommends(story: Story) -> None:
    """约占作品提交总数的5%左右: two of forty; what was handed in late is no piece of it."""
    for number in range(39):
        story.enrol(f"学员{number}", "learner", "一班", *SCHOOL)
        at = "2024-12-06 00:00:00" if number == 38 else "2024-11-20 20:00"
        story.shows(f"学员{number}", "assignment", at=at)
    for piece in range(2):
        story.shows("张辅导", "recommend", at=f"2024-12-0{piece + 8} 10:00")
    story.night("2024-12-11 00:30")
    recommend = next(one for one in demands(story, "N00001", "2024-12-11 00:30") if one.task == "recommend")
    assert (recommend.asked, recommend.shown, recommend.share, recommend.handed_in) == (None, 200, 5, 38)


def test_what_an_own_later_deadline_lets_in_is_shown(story: Story) -> None:
    story.extend_for("李老师", "modules", "2024-12-08 24:00", effective="2024-12-04 09:00")
    story.shows("李老师", "modules", 10, item="师德", at="2024-12-08 23:59:59")
    story.night(AFTER_THE_LOCK)
    assert asked_of(story, "N00000", AFTER_THE_LOCK, "modules")["师德"] == (10, 10, 0)


def test_what_is_asked_of_one_assessment_is_not_told_under_another(story: Story) -> None:
    story.night(AFTER_THE_LOCK)
    with Session(story.engine) as session:
        training, recognition = explain(session, "N00000", story.at(AFTER_THE_LOCK))
    assert {one.task for one in training.demands} == {"study", "modules", "talk"}
    assert {one.task for one in recognition.demands} == {"observe", "open_lesson"}
