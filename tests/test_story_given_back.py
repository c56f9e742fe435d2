"""龙城区2024: a result that was taken away and, upon an appeal, given back by two names (L24-07, L24-11)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from models.database import transaction
from models.terms import Cohort
from tests.support.story import Story
from tests.test_story_longcheng_appeal import sheets, wrong
from workflows.appealing import file_appeal, grant, revoke, take_up
from workflows.resolving import Decision, extend, set_dates
from workflows.review_done import review_done
from workflows.transferring import transfer
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")


@pytest.fixture
def story(engine: Engine) -> Story:
    """李老师 has passed with 97; a post of the forum came after the lock. 二班 is locked later, and nobody is
    in it."""
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.shows("李老师", "study", 800, at="2024-11-05 20:00")
    story.shows("李老师", "assignment", at="2024-11-20 21:15")
    story.shows("李老师", "talk", 19, at="2024-11-22 12:00")
    story.shows("李老师", "journal", at="2024-12-01 09:00")
    story.marks("李老师", "assignment", "良好", received="2024-12-10 10:00")
    later = story.at("2024-12-24 24:00")
    story.decide(extend, "二班", "training lock", later, effective="2024-12-10 11:00")
    story.night("2024-12-16 00:30")
    story.shows("李老师", "talk", 1, at="2024-11-23 12:00", received="2024-12-17 10:00")
    return story


def said(story: Story, at: str, reason: str = "查明并非雷同", name: str = "陈主任") -> Decision:
    return Decision(reason, name, story.at(at), story.at(at))


def revokes(story: Story, at: str, assessment: str = "training", second: str = "周老师") -> None:
    with transaction(story.engine) as session:
        revoke(session, story.people["李老师"], assessment, said(story, at, "雷同"), second)


def appeals(story: Story, at: str, assessment: str = "training") -> int:
    with transaction(story.engine) as session:
        enrolment = story.people["李老师"]
        number = file_appeal(session, enrolment, assessment, said(story, at, name="李老师")).id or 0
        take_up(session, number, said(story, at))
        return number


def gives_back(story: Story, appeal: int, at: str, *references: str, back: bool = True) -> None:
    with transaction(story.engine) as session:
        grant(session, appeal, said(story, at), "周老师", references, give_back=back)


@pytest.mark.demand("L24-11")
def test_a_result_that_was_taken_away_wrongly_is_given_back(story: Story) -> None:
    revokes(story, "2024-12-20 09:00")
    appeal = appeals(story, "2024-12-26 09:00")  # seven days from the one after
    gives_back(story, appeal, "2024-12-27 10:00")
    assert sheets(story, "李老师") == [(0, 97, "合格"), (1, 97, "取消"), (2, 97, "合格")]
    assert wrong(story) == []


def test_what_came_late_counts_only_where_it_is_named(story: Story) -> None:
    revokes(story, "2024-12-20 09:00")
    appeal = appeals(story, "2024-12-21 09:00")
    gives_back(story, appeal, "2024-12-21 10:00", "平台/R5")
    assert sheets(story, "李老师")[-1] == (2, 98, "合格")
    assert wrong(story) == []


def test_without_the_word_the_result_stays_taken_away(story: Story) -> None:
    revokes(story, "2024-12-20 09:00")
    gives_back(story, appeals(story, "2024-12-21 09:00"), "2024-12-21 10:00", back=False)
    assert sheets(story, "李老师")[-1] == (2, 98, "取消")
    assert wrong(story) == []


def test_what_was_not_taken_away_is_not_given_back(story: Story) -> None:
    with pytest.raises(Refused, match="nothing to give back"):
        gives_back(story, appeals(story, "2024-12-18 09:00"), "2024-12-18 10:00")
    assert sheets(story, "李老师") == [(0, 97, "合格")]


def test_it_may_be_taken_away_anew_and_given_back_anew(story: Story) -> None:
    revokes(story, "2024-12-20 09:00")
    gives_back(story, appeals(story, "2024-12-21 09:00"), "2024-12-21 10:00")
    revokes(story, "2024-12-23 09:00")
    gives_back(story, appeals(story, "2024-12-24 09:00"), "2024-12-24 10:00")
    assert [result for _, _, result in sheets(story, "李老师")] == ["合格", "取消", "合格", "取消", "合格"]
    assert wrong(story) == []


def test_what_is_let_in_later_leaves_it_given_back(story: Story) -> None:
    """An appeal against the entry by which it was given back, for the post that came late."""
    revokes(story, "2024-12-18 09:00")
    gives_back(story, appeals(story, "2024-12-18 10:00"), "2024-12-18 11:00")
    gives_back(story, appeals(story, "2024-12-19 09:00"), "2024-12-19 10:00", back=False)
    assert sheets(story, "李老师")[-1] == (3, 98, "合格")
    assert wrong(story) == []


def test_a_result_taken_away_before_its_lock_is_given_back_after_it(story: Story) -> None:
    for task, amount in (("certificate", 1), ("plan", 1), ("reflection", 1), ("observe", 15)):
        length = {"plan": 2000, "reflection": 1500}.get(task)
        story.shows("李老师", task, amount, at="2024-12-20 10:00", characters=length)
    for item in ("第一节", "第二节", "第三节"):
        for kind, amount in (("attendees", 3), ("lesson_design", 1), ("photos", 1)):
            story.shows("李老师", "open_lesson", amount, at="2025-04-01 10:00", kind=kind, item=item)
    story.night("2025-05-31 00:30")
    dates = story.at("2025-06-03 00:00"), story.at("2025-06-13 24:00")
    story.decide(set_dates, "一班", "review", *dates, effective="2025-06-02 09:00")
    story.decide(review_done, "一班", None, effective="2025-06-09 16:00")
    revokes(story, "2025-06-10 09:00", "recognition", second="")
    story.night("2025-06-14 00:30")
    assert sheets(story, "李老师", "recognition") == [(0, 7, "取消骨干教师资格")]
    gives_back(story, appeals(story, "2025-06-16 09:00", "recognition"), "2025-06-17 10:00")
    assert sheets(story, "李老师", "recognition")[-1] == (1, 7, "认定")
    assert wrong(story) == []


def test_what_was_given_back_is_not_taken_away_by_a_transfer(story: Story) -> None:
    revokes(story, "2024-12-20 09:00")
    gives_back(story, appeals(story, "2024-12-21 09:00"), "2024-12-21 10:00")
    with transaction(story.engine) as session:
        cohort = session.get_one(Cohort, story.cohorts["二班"])
        made = transfer(session, story.people["李老师"], cohort, said(story, "2024-12-22 09:00"))
        story.people["李老师"] = made.to_enrolment_id or 0
    story.night("2024-12-25 00:30")
    assert sheets(story, "李老师") == [(0, 98, "合格")]  # of the late post the lock of 二班 knows
    assert wrong(story) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE appeal_step SET given_back = (1 = 0) WHERE act = 'grant'",
        "DELETE FROM exception WHERE kind = 'revoke'",
    ],
)
def test_a_decision_that_is_no_longer_there_is_found(story: Story, change: str) -> None:
    revokes(story, "2024-12-20 09:00")
    gives_back(story, appeals(story, "2024-12-21 09:00"), "2024-12-21 10:00")
    with transaction(story.engine) as session:
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        for table in ("appeal_step", "exception"):
            for act in ("update", "delete"):
                drop = f"DROP TRIGGER {table}_refuses_{act}"
                session.connection().exec_driver_sql(drop if on_sqlite else f"{drop} ON {table}")
        session.connection().exec_driver_sql(change)
    with transaction(story.engine) as session:
        assert [problem.message.text("en") for problem in verify(session)] != []
