"""校本研修活动方案: 重要：项目的起点，需要上报自治区教育厅国培办 (C21-01), told night by night for all three calendars."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from models.database import transaction
from tests.support.story import Story
from workflows.cases import cases
from workflows.resolving import extend, set_dates, waive

SCHOOL = ("自治区", "第一中学")
OPENING = "2020-08-31 24:00"


@pytest.fixture(params=["capability-2021", "capability-2021-certified"])
def story(engine: Engine, request: pytest.FixtureRequest) -> Story:
    """One school, before its plan is filed."""
    return begun(engine, request.param)


def begun(engine: Engine, slug: str) -> Story:
    story = Story(engine, slug)
    story.cohort("第一中学", *SCHOOL)
    story.enrol("王老师", "teacher", "第一中学", *SCHOOL)
    return story


def filed(story: Story, at: str, **fields: str) -> int:
    return story.files("plan", *SCHOOL, at=at, **fields)


def phases(story: Story) -> list[str]:
    return [*story.states("第一中学").values()]


def told(story: Story) -> str:
    (hold,) = [hold for hold in story.holds("第一中学") if hold.phase == "prepare"]
    assert hold.kind == "filing not accepted"
    return hold.explanation.text("zh")


@pytest.mark.demand("C21-01")
@pytest.mark.parametrize(
    ("approved", "state"),
    [("2020-08-31 23:59:59", "open"), ("2020-08-31 24:00:00", "held"), ("2020-08-31 24:00:01", "held")],
)
def test_nothing_opens_before_the_plan_is_approved(story: Story, approved: str, state: str) -> None:
    """What is approved on the stroke of the opening is known a second after it: then the phase opens."""
    plan = filed(story, "2020-08-20 09:00")
    story.acts("pass_on", plan, "province", at=approved)
    story.night(OPENING)
    assert story.states("第一中学")["prepare"] == state
    story.night("2020-09-01 00:30")
    assert story.states("第一中学")["prepare"] == "open"


def test_none_of_the_phases_opens_on_its_day_while_the_plan_is_not_approved(story: Story) -> None:
    filed(story, "2020-08-20 09:00")
    story.night("2021-06-02 00:30")
    assert phases(story) == ["held", "held", "held"]
    assert {kind for _, _, kind in story.open_holds()} == {"filing not accepted"}


def test_the_hold_tells_where_the_plan_stands_and_on_whom_it_waits(story: Story) -> None:
    story.night(OPENING)
    assert told(story) == "“校本研修活动方案”还没有获得接收：待报，等学校上报，涉及：第一中学"
    plan = filed(story, "2020-09-02 09:00")
    story.night("2020-09-03 00:30")
    assert told(story) == "“校本研修活动方案”还没有获得接收：办理中，等自治区教育厅国培办审核，涉及：第一中学"
    story.acts("give_back", plan, "province", at="2020-09-03 10:00", reason="绩效目标不可操作")
    story.night("2020-09-04 00:30")
    assert told(story) == "“校本研修活动方案”还没有获得接收：退回，等学校上报，涉及：第一中学"


@pytest.mark.demand("C21-01")
def test_a_plan_that_is_returned_with_a_reason_is_filed_anew_and_approved(story: Story) -> None:
    plan = filed(story, "2020-08-20 09:00", theme="信息技术")
    with pytest.raises(Refused, match="a reason is needed"):
        story.acts("give_back", plan, "province", at="2020-08-24 10:00")
    story.acts("give_back", plan, "province", at="2020-08-24 10:00", reason="绩效目标不可操作")
    assert story.case(plan) == ("returned", "school")
    assert filed(story, "2020-09-07 09:00", theme="数据驱动的精准教学") == plan
    story.night("2020-09-08 00:30")
    assert story.states("第一中学")["prepare"] == "held"
    story.acts("pass_on", plan, "province", at="2020-09-09 15:00:00")
    story.night("2020-09-20 00:30")
    assert story.states("第一中学")["prepare"] == "open"
    opened = [story.local(row[6]) for row in story.log() if row[1] == "prepare" and row[3] == "open"]
    assert opened == ["2020-09-09 15:00:01"]
    assert story.steps(plan) == [
        ("apply", "school", "passing", "2020-08-20 09:00:00"),
        ("return", "province", "returned", "2020-08-24 10:00:00"),
        ("apply", "school", "passing", "2020-09-07 09:00:00"),
        ("accept", "province", "accepted", "2020-09-09 15:00:00"),
    ]


def test_a_late_night_opens_it_at_the_same_instant(story: Story) -> None:
    plan = filed(story, "2020-09-02 09:00")
    story.acts("pass_on", plan, "province", at="2020-09-09 15:00")
    story.night("2020-10-20 00:30")
    opened = [story.local(row[6]) for row in story.log() if row[3] == "open"]
    assert opened == ["2020-09-09 15:00:01"]
    assert story.resolved("第一中学") == [("prepare", "2020-09-09 15:00:01", "itself")]


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("goals", "", "校本研修绩效目标 must be filled in"),
        ("team", "张强 | 38 | 本科 | 数学", "姓名 | 年龄 | 学历 | 专业 | 职务"),
        ("points", "技术支持的课堂导入", "微能力名称 | 选择理由"),
    ],
)
def test_a_plan_that_lacks_something_is_not_taken(story: Story, field: str, text: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        filed(story, "2020-08-20 09:00", **{field: text})
    assert why in str(refused.value)


def test_only_the_school_files_and_only_the_office_approves(story: Story) -> None:
    plan = filed(story, "2020-08-20 09:00")
    with pytest.raises(Refused, match=r"waits on 自治区教育厅国培办审核 \(自治区\) and not on school"):
        story.acts("pass_on", plan, "school", at="2020-08-21 09:00")
    with pytest.raises(Refused, match="is on its way now, and cannot be filed"):
        filed(story, "2020-08-21 09:00")


def test_the_school_may_take_its_plan_back_and_file_another(story: Story) -> None:
    plan = filed(story, "2020-08-20 09:00")
    story.acts("take_back", plan, "school", at="2020-08-21 09:00")
    assert story.case(plan) == ("taken_back", "school")
    with pytest.raises(Refused, match="taken back now"):
        story.acts("pass_on", plan, "province", at="2020-08-22 09:00")
    assert filed(story, "2020-08-23 09:00") == plan
    assert story.case(plan) == ("passing", "province")


def test_a_plan_that_is_refused_is_refused_for_good(story: Story) -> None:
    plan = filed(story, "2020-08-20 09:00")
    story.acts("refuse", plan, "province", at="2020-08-22 09:00", reason="学校不在名单内")
    with pytest.raises(Refused, match="refused now"):
        filed(story, "2020-08-23 09:00")
    story.night(OPENING)
    assert "不予接收（自治区教育厅国培办审核）" in told(story)


def test_an_office_may_go_on_without_the_plan_or_wait_longer(story: Story) -> None:
    story.night(OPENING)
    story.decide(waive, "第一中学", story.hold_id("第一中学"), effective="2020-09-02 09:00")
    story.night("2020-09-03 00:30")
    assert story.states("第一中学")["prepare"] == "open"


def test_the_form_of_the_hold_offers_what_may_be_decided(story: Story) -> None:
    story.night(OPENING)
    with transaction(story.engine) as session:
        (case,) = cases(session, story.at(OPENING))
    assert [choice.action for choice in case.choices] == ["extend", "waive", "cancel"]
    assert [choice.label.text("zh") for choice in case.choices] == ["延长", "免去条件", "取消本阶段"]
    assert case.hold.label.text("zh") == "上报未完成"
    assert case.hold.clears.text("zh") == "“校本研修活动方案”获得接收后自动继续 (filing)"


def test_a_school_that_is_given_time_is_asked_again_then(story: Story) -> None:
    story.night(OPENING)
    until = story.at("2020-09-15 00:00")
    story.decide(extend, "第一中学", "prepare.start", until, effective="2020-09-02 09:00")
    story.night("2020-09-14 23:59:59")
    assert story.open_holds() == []
    story.night("2020-09-15 00:00")
    assert story.open_holds() == [("第一中学", "prepare", "filing not accepted")]


# ---------------------------------------------------------------- 案例2: 五个阶段，没有日期


def test_without_dates_the_first_stage_waits_for_both_its_day_and_the_plan(engine: Engine) -> None:
    story = begun(engine, "capability-2021-steps")
    story.night("2021-02-01 00:30")
    assert {kind for _, _, kind in story.open_holds()} == {"dates to be determined", "filing not accepted"}
    story.decide(
        set_dates, "第一中学", "prepare", story.at("2021-03-01 00:00"), None, effective="2021-02-20 09:00"
    )
    story.night("2021-03-01 00:00")
    assert [kind for _, _, kind in story.open_holds()] == ["filing not accepted"]
    plan = filed(story, "2021-03-02 09:00")
    story.acts("pass_on", plan, "province", at="2021-03-05 09:00")
    story.night("2021-03-06 00:30")
    assert story.states("第一中学")["prepare"] == "open"
