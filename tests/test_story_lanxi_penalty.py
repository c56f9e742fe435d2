"""兰西县: 12月13日前将校（园）本研修计划和学员信息表发送,逾期不提交按取消校本研修处理 (X19-05), told night by night."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from models.database import transaction
from models.nights import Hold
from models.terms import Cohort
from tests.support.story import PROGRAMMES, Story
from workflows.answering import Answer, answer_hold
from workflows.cohorts import load_terms
from workflows.dropping import costs
from workflows.penalties import Duties
from workflows.punishing import decide_penalty
from workflows.resolving import Decision
from workflows.verifying import verify

FIRST, SECOND = ("兰西县", "第一小学"), ("兰西县", "第二小学")
LOCK = "2019-12-31 24:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    return told(Story(engine, "lanxi-2019"))


def told(story: Story) -> Story:
    """One class of two schools. The first has filed in time; both have scored and everything is marked."""
    story.cohort("网本研修", "兰西县")
    for school in (FIRST, SECOND):
        story.rubric(
            "school_score",
            {"听课": 10, "评课": 10, "教案": 10, "总结": 10},
            *school,
            received="2019-12-12 09:00",
        )
    people = {"王老师": (FIRST, 8), "钱老师": (SECOND, 8), "赵老师": (SECOND, 20)}
    for name, (school, mark) in people.items():
        story.enrol(name, "learner", "网本研修", *school)
        for task, day in (("own_plan", "14"), ("own_speech", "21"), ("insight", "28")):
            story.shows(name, task, at=f"2019-12-{day} 20:00")
            story.marks(name, task, mark, received="2019-12-30 10:00")
        for item in ("听课", "评课", "教案", "总结"):
            story.marks(name, "school_score", 9.5, item=item, received="2019-12-28 16:00")
    files(story, *FIRST)
    return story


def files(story: Story, *school: str, at: str = "2019-12-13 23:59:59") -> None:
    story.files("plan_and_roster", *school, at=at)


def decides(story: Story, action: str, at: str, until: str | None = None, *schools: str) -> None:
    by = Decision("按计划办理", "王主任", story.at(at), story.at(at), document="教师进修学校〔2020〕1号")
    places = [story.organisation("兰西县", school) for school in schools or ("第二小学",)]
    with transaction(story.engine) as session:
        cohort = session.get(Cohort, story.cohorts["网本研修"])
        assert cohort is not None
        decide_penalty(session, cohort, "no_plan", places, action, by, story.at(until) if until else None)


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


@pytest.mark.demand("X19-05")
def test_the_office_sees_who_falls_below_the_pass_mark_before_it_takes_effect(story: Story) -> None:
    """钱老师 has 24 + 38 = 62 and would have 24; 赵老师 has 60 + 38 = 98 and would still pass with 60."""
    story.night(LOCK)
    (hold,) = story.holds("网本研修")
    assert (hold.phase, hold.kind, hold.waits_on) == ("recording", "penalty to be decided", "county")
    assert hold.organisations == ("第二小学",)
    assert hold.explanation.text("zh") == (
        "有单位没有按时完成规定的任务，是否扣分还没有决定；扣分会使1人不合格，涉及：第二小学"
    )
    assert story.sheet("王老师") is None
    place = story.organisation(*SECOND)
    with transaction(story.engine) as session:
        (term,) = load_terms(session, [story.cohorts["网本研修"]])
        found = costs(Duties(session, story.at(LOCK)), term, term.calendar.penalties[0], [place])
    names = {number: name for name, number in story.people.items()}
    assert [(names[one.enrolment_id], one.without, one.under, one.falls) for one in found] == [
        ("钱老师", 6200, 2400, True),
        ("赵老师", 9800, 6000, False),
    ]


@pytest.mark.demand("X19-05")
def test_applied_its_teachers_lose_the_school_based_part_and_nobody_elses_do(story: Story) -> None:
    story.night(LOCK)
    decides(story, "apply", "2020-01-02 09:00")
    story.night("2020-01-03 00:30")
    assert story.holds("网本研修") == []
    assert [(story.points(name)["school_score"], story.points(name)["result"]) for name in ("王老师", "钱老师", "赵老师")] == [
        (38, "合格"), (0, "不合格"), (0, "合格"),
    ]  # fmt: skip
    assert wrong(story) == []


def test_waived_nobody_loses_anything(story: Story) -> None:
    story.night(LOCK)
    decides(story, "waive", "2020-01-02 09:00")
    story.night("2020-01-03 00:30")
    assert story.points("钱老师")["total"] == 62
    assert wrong(story) == []


@pytest.mark.parametrize(("clock", "in_time"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_the_school_has_until_the_last_second_of_the_day_to_which_it_was_extended(
    story: Story, clock: str, in_time: bool
) -> None:
    """宽限到1月5日: the lock waits, and the plan counts if it is here by then."""
    story.night(LOCK)
    decides(story, "extend", "2020-01-02 09:00", "2020-01-05 24:00")
    story.night("2020-01-03 00:30")
    assert story.holds("网本研修") == []
    if in_time:
        files(story, *SECOND, at=f"2020-01-05 {clock}")
        story.night("2020-01-07 00:30")
        assert story.points("钱老师")["total"] == 62
        assert wrong(story) == []
        return
    with pytest.raises(Refused):
        files(story, *SECOND, at=f"2020-01-05 {clock}")
    story.night("2020-01-07 00:30")
    assert [hold.kind for hold in story.holds("网本研修")] == ["penalty to be decided"]


@pytest.mark.parametrize(("clock", "in_time"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_the_plan_and_the_roster_are_due_by_the_last_second_of_13_december(
    story: Story, clock: str, in_time: bool
) -> None:
    if in_time:
        files(story, *SECOND, at=f"2019-12-13 {clock}")
    else:
        with pytest.raises(Refused):
            files(story, *SECOND, at=f"2019-12-13 {clock}")
    story.night(LOCK)
    assert (story.holds("网本研修") == []) is in_time


def test_a_plan_that_was_returned_and_not_filed_anew_was_not_in(story: Story) -> None:
    story.files("plan_and_roster", *SECOND, at="2019-12-12 09:00")
    case = story.case_of("plan_and_roster", *SECOND)
    assert case is not None
    story.acts("give_back", case, "county", at="2019-12-13 09:00", reason="没有考评细则")
    story.night(LOCK)
    assert [hold.kind for hold in story.holds("网本研修")] == ["penalty to be decided"]


def test_a_decision_before_the_lock_needs_no_hold(story: Story) -> None:
    story.night("2019-12-20 00:30")
    decides(story, "apply", "2019-12-20 09:00")
    story.night(LOCK)
    assert story.points("钱老师")["school_score"] == 0


def test_the_form_of_the_hold_decides_for_every_school_that_it_lists(story: Story) -> None:
    story.night(LOCK)
    (hold,) = story.holds("网本研修")
    at = story.at("2020-01-02 09:00")
    with transaction(story.engine) as session:
        answer_hold(session, hold.id, Answer("apply"), Decision("按计划办理", "王主任", at, at))
        assert session.get_one(Hold, hold.id).cleared_by == "apply"
    assert story.points("钱老师")["school_score"] == 0


@pytest.mark.parametrize(
    ("silence", "decided", "points"),
    [("waive", None, 38), ("waive", "apply", 0), ("apply", None, 0), ("apply", "waive", 38)],
)
def test_where_the_calendar_says_what_silence_means_nobody_is_held_and_a_decision_goes_before_it(
    engine: Engine, silence: str, decided: str | None, points: int
) -> None:
    text = (PROGRAMMES / "lanxi-2019.yaml").read_text(encoding="utf-8")
    words = "loses: school_score, waits on: county"
    story = told(Story(engine, text=text.replace(words, f"{words}, if undecided: {silence}")))
    story.night("2019-12-20 00:30")
    if decided:
        decides(story, decided, "2019-12-20 09:00")
    story.night(LOCK)
    assert story.holds("网本研修") == []
    assert story.points("钱老师")["school_score"] == points
    assert story.points("王老师")["school_score"] == 38
    assert wrong(story) == []


def test_a_late_night_seals_the_same_as_nights_on_time(story: Story) -> None:
    decides_at = "2020-01-02 09:00"
    for night in ("2019-12-14 00:30", "2019-12-30 00:30", LOCK):
        story.night(night)
    decides(story, "apply", decides_at)
    story.night("2020-02-01 00:30")
    (sealed,) = [row for row in story.seals() if len(row) == 6]
    assert story.local(sealed[3]) == f"{decides_at}:00"


@pytest.mark.parametrize(
    ("action", "school", "at", "until", "told"),
    [
        ("apply", "第一小学", "2020-01-02 09:00", None, "第一小学"),  # which has filed
        ("apply", "第二小学", "2019-12-13 09:00", None, "not due yet"),
        ("extend", "第二小学", "2020-01-02 09:00", None, "say until when"),
        ("extend", "第二小学", "2020-01-02 09:00", "2020-01-01 24:00", "not later than now"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_why(
    story: Story, action: str, school: str, at: str, until: str | None, told: str
) -> None:
    if at > "2020":
        story.night(LOCK)
    with pytest.raises(Refused) as refused:
        decides(story, action, at, until, school)
    assert told in refused.value.problems[0].text("en")


def test_a_decision_that_is_tampered_with_is_found(story: Story) -> None:
    story.night(LOCK)
    decides(story, "apply", "2020-01-02 09:00")
    story.night("2020-01-03 00:30")
    with story.engine.begin() as connection:
        drop = "DROP TRIGGER resolution_refuses_delete" + (
            " ON resolution" if story.engine.dialect.name == "postgresql" else ""
        )
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql("DELETE FROM resolution WHERE action = 'apply'")
    assert any("decided" in problem for problem in wrong(story))
