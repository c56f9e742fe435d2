"""三备两打磨 of 国培计划2016, told night by night: a research group goes through its lesson study (G16-06).

研修组在讨论制订计划，确定主题和研究问题后，上课老师要经历基于个人经验的备课、同伴互助的协同备课、课后实践反思性备课等三次
备课，组老师围绕三次备课和上课，跟进开展计划研讨、备课研讨和分工观课评课等研讨活动。
"""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from calendars.messages import Refused
from models.database import transaction
from models.groups import GroupStep
from tests.support.story import Story
from workflows.answering import Answer, answer_hold
from workflows.cases import case_of
from workflows.explaining import explain
from workflows.resolving import Decision, cancel, extend, waive
from workflows.status import status

SCHOOL = ("山东省", "历下区", "第一中学")
GROUP = "语文一组"
STEPS = [
    ("plan", "2016-10-20 15:00"), ("publish", "2016-10-25 15:00"), ("prepare_1", "2016-11-02 15:00"),
    ("polish_1", "2016-11-10 15:00"), ("prepare_2", "2016-11-22 15:00"), ("polish_2", "2016-12-01 15:00"),
    ("prepare_3", "2016-12-12 15:00"), ("summarise", "2016-12-28 15:00"),
]  # fmt: skip
NOT_DONE, NOT_COMPLETE = "lesson study step not done", "lesson study not complete"


@pytest.fixture
def story(engine: Engine) -> Story:
    """A research group with its leader and the county's tutor."""
    story = Story(engine, "guopei-2016")
    story.cohort(GROUP, *SCHOOL)
    story.enrol("王老师", "learner", GROUP, *SCHOOL)
    story.enrol("陈组长", "leader", GROUP, *SCHOOL)
    story.enrol("张教研员", "tutor", GROUP, *SCHOOL)
    return story


def kinds(story: Story, group: str = GROUP) -> list[str]:
    return [hold.kind for hold in story.holds(group)]


# ---------------------------------------------------------------- 三次备课、两次打磨，依次进行


@pytest.mark.demand("G16-06")
def test_a_group_that_does_every_step_in_time_completes_its_lesson_study(story: Story) -> None:
    """磨课计划研讨、发布磨课计划、三次备课、两次打磨、总结."""
    assert story.study(GROUP, "2016-10-12 00:00").state == "not_begun"
    for number, (step, at) in enumerate(STEPS, 1):
        story.night(f"{at[:10]} 00:30")
        story.does_step(GROUP, step, at=at)
        now = story.study(GROUP, at)
        assert (len(now.steps) - len(now.open), now.state) == (number, "going" if number < 8 else "complete")
    story.night("2017-01-21 00:30")
    assert story.open_holds() == []
    assert story.resolved(GROUP) == []
    assert story.states(GROUP)["summary"] == "done"


def test_no_step_can_be_skipped_and_what_is_missing_is_said(story: Story) -> None:
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    with pytest.raises(Refused) as refused:
        story.does_step(GROUP, "polish_1", at="2016-10-24 15:00")
    assert refused.value.problems[0].message.text("zh") == (
        "“打磨一（上课观课研讨）”之前还没有完成：发布磨课计划、备课一（个人经验备课）；步骤不能跳过"
    )
    assert "no step can be skipped" in str(refused.value)
    assert [step.step.id for step in story.study(GROUP, "2016-10-24 15:00").open][:2] == [
        "publish",
        "prepare_1",
    ]


def test_a_step_is_done_once_and_not_before_the_phase_the_step_ahead_or_the_hour(story: Story) -> None:
    for at, why in (
        ("2016-10-11 23:59:59", "has not begun"),
        ("2016-10-12 00:00:00", None),
        ("2016-10-12 09:00:00", "was done at 2016-10-12 00:00"),
    ):
        if why is None:
            story.does_step(GROUP, "plan", at=at)
        else:
            with pytest.raises(Refused, match=why):
                story.does_step(GROUP, "plan", at=at)
    for at, why in (
        ("2016-10-11 23:59:59", "before .* began"),
        ("2016-10-13 09:00:01", "still to come"),
    ):
        with pytest.raises(Refused, match=why):
            story.does_step(GROUP, "publish", at=at, said="2016-10-13 09:00:00")
    story.does_step(GROUP, "publish", at="2016-10-13 08:00:00", said="2016-10-13 09:00:00")
    with pytest.raises(Refused, match="steps follow each other"):
        story.does_step(GROUP, "prepare_1", at="2016-10-13 07:59:59", said="2016-10-14 09:00:00")


# ---------------------------------------------------------------- 每一步有截止


@pytest.mark.demand("G16-06")
@pytest.mark.parametrize(
    ("done", "late"),
    [("2016-10-21 23:59:59", False), ("2016-10-21 24:00:00", True), ("2016-10-21 24:00:01", True)],
)
def test_a_step_is_late_on_the_stroke_of_its_deadline(story: Story, done: str, late: bool) -> None:
    story.does_step(GROUP, "plan", at=done)
    assert story.study(GROUP, "2016-10-22 12:00").find("plan").late is late
    story.night("2016-10-22 12:00")
    opened = [
        ("research", "2016-10-22 00:00:00" if done.endswith("24:00:00") else "2016-10-22 00:00:01", "itself")
    ]
    assert story.resolved(GROUP) == (opened if late else [])
    assert story.holds(GROUP) == []


def test_a_deadline_that_passes_undone_is_a_hold_on_the_tutor_and_the_phase_goes_on(story: Story) -> None:
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    story.night("2016-10-26 23:59:59")
    assert story.holds(GROUP) == []
    story.night("2016-10-26 24:00")
    (hold,) = story.holds(GROUP)
    assert (hold.kind, hold.phase_name, story.local(hold.since)) == (
        NOT_DONE, "校本研修（三备两打磨）", "2016-10-27 00:00:00",
    )  # fmt: skip
    assert hold.waits_on_name.text("zh") == "指导教师"
    assert hold.explanation.text("zh") == "到截止没有完成：发布磨课计划"
    assert hold.actions == ("extend", "waive")
    assert story.states(GROUP)["research"] == "open"
    assert story.study(GROUP, "2016-10-27 00:00").state == "overdue"


def test_a_night_that_comes_late_holds_it_since_the_deadline_and_tells_every_step_that_is_late(
    story: Story,
) -> None:
    story.night("2016-11-20 00:30")
    (hold,) = story.holds(GROUP)
    assert story.local(hold.since) == "2016-10-22 00:00:00"
    assert hold.explanation.text("en") == (
        "not done by the deadline: 磨课计划研讨, 发布磨课计划, 备课一（个人经验备课）, 打磨一（上课观课研讨）"
    )


def test_what_was_done_in_time_and_said_late_is_in_time_and_was_held_meanwhile(story: Story) -> None:
    story.night("2016-10-24 00:30")
    story.does_step(GROUP, "plan", at="2016-10-20 15:00", said="2016-10-24 10:00")
    story.night("2016-10-25 00:30")
    assert story.study(GROUP, "2016-10-25 00:30").find("plan").late is False
    assert story.resolved(GROUP) == [("research", "2016-10-24 10:00:00", "itself")]


def test_nothing_is_said_of_what_has_been_looked_at_already(story: Story) -> None:
    story.night("2016-10-24 00:30")
    with pytest.raises(Refused, match="to which the cohort has advanced"):
        story.does_step(GROUP, "plan", at="2016-10-20 15:00", said="2016-10-24 00:29:59")


# ---------------------------------------------------------------- 指导教师退回


def test_the_tutor_returns_the_step_done_last_and_it_is_done_again(story: Story) -> None:
    story.does_step(GROUP, "plan", at="2016-10-18 15:00")
    story.does_step(GROUP, "publish", at="2016-10-20 15:00")
    story.returns_step(GROUP, at="2016-10-25 09:00", reason="计划没有分工")
    now = story.study(GROUP, "2016-10-25 09:00")
    assert (now.state, now.open[0].step.id) == ("going", "publish")
    with pytest.raises(Refused, match="steps follow each other"):
        story.does_step(GROUP, "publish", at="2016-10-20 15:00", said="2016-10-26 09:00")
    story.does_step(GROUP, "publish", at="2016-10-27 09:00")
    story.night("2016-10-28 00:30")
    assert story.resolved(GROUP) == [("research", "2016-10-27 09:00:00", "itself")]
    assert story.study(GROUP, "2016-10-28 00:30").find("publish").late is True
    with transaction(story.engine) as session:
        rows = session.exec(select(GroupStep).order_by(col(GroupStep.number)))
        kept = [(row.act, row.step, row.note) for row in rows]
    assert kept == [("do", "plan", ""), ("do", "publish", ""), ("return", "publish", "计划没有分工"), ("do", "publish", "")]  # fmt: skip


def test_a_return_after_the_deadline_holds_the_group_from_then_on(story: Story) -> None:
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    story.returns_step(GROUP, at="2016-10-24 09:00")
    story.night("2016-10-25 00:30")
    (hold,) = story.holds(GROUP)
    assert story.local(hold.since) == "2016-10-24 09:00:00"


def test_nothing_is_returned_where_nothing_is_done_or_without_a_reason(story: Story) -> None:
    with pytest.raises(Refused, match="no step is done"):
        story.returns_step(GROUP, at="2016-10-15 09:00")
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    with pytest.raises(Refused, match="a reason and a name"):
        story.returns_step(GROUP, at="2016-10-21 09:00", reason=" ")


# ---------------------------------------------------------------- 延长、免去


def test_an_extension_is_for_that_step_of_that_group_and_never_past_the_phase(story: Story) -> None:
    story.cohort("数学一组", *SCHOOL)
    story.night("2016-10-22 00:30")
    story.extends_step(GROUP, "plan", until="2016-10-25 24:00", at="2016-10-22 09:00")
    story.night("2016-10-23 00:30")
    assert story.open_holds() == [("数学一组", "research", NOT_DONE)]
    assert story.resolved(GROUP) == [("research", "2016-10-22 09:00:00", "extend")]
    story.night("2016-10-25 23:59:59")
    assert kinds(story) == []
    story.night("2016-10-25 24:00")
    assert story.local(story.holds(GROUP)[0].since) == "2016-10-26 00:00:00"
    with pytest.raises(Refused, match="extend the phase first"):
        story.extends_step(GROUP, "plan", until="2016-12-31 00:00:01", at="2016-10-26 09:00")
    with pytest.raises(Refused, match="not later than the present deadline"):
        story.extends_step(GROUP, "plan", until="2016-10-25 24:00", at="2016-10-26 09:00")


def test_a_step_behind_an_extended_one_is_not_due_before_it(story: Story) -> None:
    story.extends_step(GROUP, "plan", until="2016-11-02 24:00", at="2016-10-20 09:00")
    due = [story.local(step.due_at) for step in story.study(GROUP, "2016-10-20 09:00").steps if step.due_at][
        :3
    ]
    assert due == ["2016-11-03 00:00:00", "2016-11-03 00:00:00", "2016-11-05 00:00:00"]
    story.night("2016-11-02 23:59:59")
    assert story.holds(GROUP) == []


def test_the_steps_follow_a_phase_that_the_office_extends(story: Story) -> None:
    story.polishes(GROUP, upto=7)
    story.night("2016-12-20 00:30")
    story.decide(extend, GROUP, "research.end", story.at("2017-01-02 24:00"), effective="2016-12-20 09:00")
    story.night("2016-12-31 00:30")
    assert story.holds(GROUP) == []
    story.does_step(GROUP, "summarise", at="2017-01-02 23:59:59")
    story.night("2017-01-21 00:30")
    assert story.resolved(GROUP) == []


def test_a_waived_step_is_passed_by_and_the_next_may_be_done(story: Story) -> None:
    story.night("2016-10-22 00:30")
    story.waives_step(GROUP, "plan", at="2016-10-22 09:00")
    story.does_step(GROUP, "publish", at="2016-10-23 09:00")
    story.night("2016-10-24 00:30")
    assert story.resolved(GROUP) == [("research", "2016-10-22 09:00:00", "waive")]
    with pytest.raises(Refused, match="was waived"):
        story.does_step(GROUP, "plan", at="2016-10-24 09:00")
    with pytest.raises(Refused, match="done or waived already"):
        story.waives_step(GROUP, "publish", at="2016-10-24 09:00")


def test_the_form_of_the_hold_waives_what_it_lists_and_no_more(story: Story) -> None:
    story.night("2016-10-27 00:30")
    (hold,) = story.holds(GROUP)
    story.decide(waive, GROUP, hold.id, effective="2016-10-27 09:00")
    story.night("2016-11-05 00:30")
    assert story.resolved(GROUP) == [("research", "2016-10-27 09:00:00", "waive")]
    assert story.holds(GROUP)[0].explanation.text("zh") == "到截止没有完成：备课一（个人经验备课）"


def test_the_form_of_the_hold_extends_what_it_lists(story: Story) -> None:
    story.night("2016-10-27 00:30")
    number, at = story.hold_id(GROUP), story.at("2016-10-27 09:00")
    by = Decision("停电", "王主任", at, at)
    with transaction(story.engine) as session:
        case = case_of(session, number, at)
        assert case is not None
        assert case.touched is not None
        assert story.local(case.extends) == "2016-10-27 00:00:00"
        assert ([choice.action for choice in case.choices], case.touched.worth) == (["extend", "waive"], {})
        outcome = answer_hold(session, number, Answer("extend", to=story.at("2016-10-30 24:00")), by)
    assert not outcome.held
    story.night("2016-10-30 23:59:59")
    assert story.holds(GROUP) == []
    story.night("2016-10-30 24:00")
    assert story.holds(GROUP)[0].explanation.text("zh") == "到截止没有完成：磨课计划研讨、发布磨课计划"


# ---------------------------------------------------------------- 锁定要等磨课完成


def test_the_lock_of_the_semester_waits_for_the_lesson_study(story: Story) -> None:
    story.polishes(GROUP, upto=7)
    story.night("2017-01-20 23:59:59")
    assert kinds(story) == [NOT_DONE]
    assert story.states(GROUP)["research"] == "done"
    story.night("2017-01-20 24:00")
    assert kinds(story) == [NOT_DONE, NOT_COMPLETE]
    assert story.states(GROUP)["summary"] == "held"
    assert story.sheet("王老师", "duties") is None
    assert story.holds(GROUP)[1].explanation.text("zh") == "磨课还有1步没有完成：磨课总结"
    story.does_step(GROUP, "summarise", at="2016-12-29 15:00", said="2017-01-23 10:00")
    story.night("2017-01-24 00:30")
    assert story.holds(GROUP) == []
    assert story.states(GROUP)["summary"] == "done"
    assert story.sheet("王老师", "duties") is not None
    assert story.resolved(GROUP) == [
        ("research", "2017-01-23 10:00:00", "itself"), ("summary", "2017-01-23 10:00:00", "itself"),
    ]  # fmt: skip


def test_a_group_whose_last_steps_are_waived_goes_on(story: Story) -> None:
    story.polishes(GROUP, upto=7)
    story.night("2017-01-21 00:30")
    story.waives_step(GROUP, "summarise", at="2017-01-22 09:00")
    story.night("2017-01-23 00:30")
    assert (story.holds(GROUP), story.states(GROUP)["summary"]) == ([], "done")
    assert story.study(GROUP, "2017-01-23 00:30").state == "complete"


def test_a_cancelled_phase_asks_for_no_steps(story: Story) -> None:
    story.night("2016-11-20 00:30")
    story.decide(cancel, GROUP, "research", effective="2016-11-20 09:00")
    story.night("2017-01-21 00:30")
    assert story.holds(GROUP) == []
    with pytest.raises(Refused, match="was cancelled"):
        story.does_step(GROUP, "plan", at="2017-01-22 09:00")


# ---------------------------------------------------------------- 两个角色，几个组


@pytest.mark.demand("G16-04")
def test_a_leader_who_learns_and_a_tutor_with_several_groups_each_see_their_own(story: Story) -> None:
    """教研组长任小组组长, and the county's tutor guides several groups: 负责本区县多个研修小组的指导 (G16-04, G16-05)."""
    story.enrol("陈组长为学员", "learner", GROUP, *SCHOOL, same_as="陈组长")
    story.cohort("数学一组", *SCHOOL)
    story.enrol("张教研员的数学组", "tutor", "数学一组", *SCHOOL, same_as="张教研员")
    story.polishes(GROUP)
    story.night("2016-12-31 00:30")
    assert {row[0] for row in story.open_holds()} == {"数学一组"}
    with transaction(story.engine) as session:
        leader, tutor = (
            {
                (sheet.role, sheet.cohort, sheet.assessment)
                for sheet in explain(session, number, story.at("2016-12-31 00:30"))
            }
            for number in ("N00001", "N00002")
        )
        stands = {
            (at.step, tuple(at.groups), at.overdue)
            for study in status(session, "guopei-2016").studies
            for at in study.stands
        }
    assert leader == {
        ("研修组长", GROUP, "leading"), ("学员", GROUP, "hours"), ("学员", GROUP, "duties"),
    }  # fmt: skip
    assert tutor == {("指导教师", GROUP, "guiding"), ("指导教师", "数学一组", "guiding")}
    assert stands == {(None, (GROUP,), False), ("plan", ("数学一组",), True)}
    assert {row[1] for row in story.reminders("陈组长")} & {"publish_plan", "video"} == {
        "publish_plan",
        "video",
    }
    assert "publish_plan" not in {row[1] for row in story.reminders("陈组长为学员")}
    for one in ("张教研员", "张教研员的数学组"):
        assert "first_garden" in {row[1] for row in story.reminders(one)}
