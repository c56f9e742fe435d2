"""国培计划2016 网络研修校本研修整合培训, told night by night (G16-01 to G16-03, G16-05, G16-08 to G16-12)."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from tests.support.story import Story
from workflows.resolving import accept, set_dates

SCHOOL = ("历下区", "第一中学")
HOURS = {"backbone": 30, "regional": 42, "together": 18, "electives": 30}
IN_TIME = {
    "online": "2016-10-10 23:59:59",
    "research": "2016-12-30 23:59:59",
    "summary": "2017-01-20 23:59:59",
    "final": "2017-07-30 23:59:59",
}


@pytest.fixture
def story(engine: Engine) -> Story:
    """A research group of one school that does its lesson study, with its leader and the county's tutor."""
    story = Story(engine, "guopei-2016")
    story.cohort("语文一组", *SCHOOL)
    story.polishes("语文一组")
    story.enrol("王老师", "learner", "语文一组", *SCHOOL)
    story.enrol("陈组长", "leader", "语文一组", *SCHOOL)
    story.enrol("张教研员", "tutor", "语文一组", *SCHOOL)
    return story


def learns(story: Story, name: str, hours: dict[str, float]) -> None:
    for task, amount in hours.items():
        story.shows(name, task, amount, at=IN_TIME[story.calendar.task(task).phase])


def second_semester(story: Story, cohort: str = "语文一组") -> None:
    """The office sets the second semester, once it is stuck."""
    story.night("2017-03-01 00:30")
    dates = story.at("2017-03-13 00:00"), story.at("2017-06-16 24:00")
    story.decide(set_dates, cohort, "second", *dates, effective="2017-03-02 09:00")


def does_everything(story: Story, name: str, but: str | None = None, at: str | None = None) -> None:
    """Every task of the first semester, by default in its last second, and the assignment marked 合格."""
    for task in story.calendar.tasks:
        if "learner" in task.role and task.id not in (but, *HOURS):
            for item in task.items or {"": None}:
                story.shows(name, task.id, at=at or IN_TIME[task.phase], item=item)
    if but != "assignment":
        story.marks(name, "assignment", "合格", received="2017-01-10 10:00")


# ---------------------------------------------------------------- 七、工作流程 (G16-01, G16-02)


@pytest.mark.demand("G16-01")
def test_the_first_semester_keeps_its_days_and_the_days_between_belong_to_no_phase(story: Story) -> None:
    for night, expected in (
        ("2016-09-10 23:59:59", ["planned", "planned", "planned"]),
        ("2016-09-11 00:00:00", ["open", "planned", "planned"]),
        ("2016-10-10 23:59:59", ["open", "planned", "planned"]),
        ("2016-10-10 24:00:00", ["done", "planned", "planned"]),
        ("2016-10-11 23:59:59", ["done", "planned", "planned"]),
        ("2016-10-12 00:00:00", ["done", "open", "planned"]),
        ("2016-12-30 23:59:59", ["done", "open", "planned"]),
        ("2016-12-30 24:00:01", ["done", "done", "planned"]),
        ("2017-01-02 23:59:59", ["done", "done", "planned"]),
        ("2017-01-03 00:00:00", ["done", "done", "open"]),
        ("2017-01-20 23:59:59", ["done", "done", "open"]),
        ("2017-01-20 24:00:00", ["done", "done", "done"]),
    ):
        story.night(night)
        states = story.states("语文一组")
        assert [states[phase] for phase in ("online", "research", "summary")] == expected, night


@pytest.mark.demand("G16-02")
def test_the_second_semester_is_held_from_the_first_second_of_march(story: Story) -> None:
    story.night("2017-02-28 23:59:59")
    assert story.holds("语文一组") == []
    assert story.states("语文一组")["second"] == "planned"
    story.night("2017-02-28 24:00")
    (hold,) = story.holds("语文一组")
    assert (hold.phase_name, hold.kind) == ("第二学期（计划待定）", "dates to be determined")
    assert story.local(hold.since) == "2017-03-01 00:00:00"
    assert hold.waits_on_name.text("zh") == "区县"
    assert hold.explanation.text("zh") == "本阶段的起止日期还没有确定"
    assert story.states("语文一组")["second"] == "held"


def test_a_night_that_comes_late_holds_it_since_the_same_instant(story: Story) -> None:
    story.night("2017-04-18 00:30")
    (hold,) = story.holds("语文一组")
    assert story.local(hold.since) == "2017-03-01 00:00:00"


@pytest.mark.demand("G16-02")
def test_dates_inside_march_to_june_let_the_running_cohort_go_on(story: Story) -> None:
    second_semester(story)
    story.night("2017-03-03 00:30")
    assert story.holds("语文一组") == []
    assert story.resolved("语文一组") == [("second", "2017-03-02 09:00:00", "set dates")]
    assert story.states("语文一组")["second"] == "planned"
    story.night("2017-03-12 23:59:59")
    assert story.states("语文一组")["second"] == "planned"
    story.night("2017-03-13 00:00")
    assert story.states("语文一组")["second"] == "open"
    story.night("2017-06-16 23:59:59")
    assert story.states("语文一组")["second"] == "open"
    story.night("2017-06-16 24:00")
    assert story.states("语文一组")["second"] == "done"


def test_the_whole_of_march_to_june_may_be_set(story: Story) -> None:
    story.night("2017-02-01 00:30")
    dates = story.at("2017-03-01 00:00"), story.at("2017-06-30 24:00")
    story.decide(set_dates, "语文一组", "second", *dates, effective="2017-02-02 09:00")
    story.night("2017-03-01 00:00")
    assert story.states("语文一组")["second"] == "open"
    assert story.open_holds() == []


@pytest.mark.parametrize(
    ("opens", "closes", "why"),
    [
        ("2017-02-28 23:59:59", "2017-06-30 24:00:00", "the start .* is before the given window begins"),
        ("2017-03-01 00:00:00", "2017-06-30 24:00:01", "the end .* is after the given window ends"),
        ("2017-05-01 00:00:00", "2017-05-01 00:00:00", "the end .* is not after the start"),
    ],
)
def test_dates_outside_march_to_june_are_refused(story: Story, opens: str, closes: str, why: str) -> None:
    story.night("2017-03-01 00:30")
    dates = story.at(opens), story.at(closes)
    with pytest.raises(Refused, match=why):
        story.decide(set_dates, "语文一组", "second", *dates, effective="2017-03-02 09:00")
    story.night("2017-03-03 00:30")
    assert story.open_holds() == [("语文一组", "second", "dates to be determined")]


def test_a_start_without_an_end_is_not_enough(story: Story) -> None:
    with pytest.raises(Refused, match=r"the end of .* is to be determined too"):
        story.decide(
            set_dates, "语文一组", "second", story.at("2017-03-13 00:00"), None, effective="2017-03-02 09:00"
        )


def test_the_dates_of_the_first_semester_are_given_and_cannot_be_set(story: Story) -> None:
    dates = story.at("2016-10-13 00:00"), story.at("2016-12-20 24:00")
    with pytest.raises(Refused, match="given by the calendar"):
        story.decide(set_dates, "语文一组", "research", *dates, effective="2016-09-01 09:00")


def test_one_group_with_dates_goes_on_while_another_is_still_held(story: Story) -> None:
    story.cohort("数学一组", *SCHOOL)
    story.polishes("数学一组")
    second_semester(story)
    story.night("2017-03-13 00:30")
    assert story.open_holds() == [("数学一组", "second", "dates to be determined")]
    assert story.states("语文一组")["second"] == "open"


def test_the_final_summary_waits_for_a_second_semester_without_dates(story: Story) -> None:
    story.night("2017-06-30 23:59:59")
    assert [row[1:] for row in story.open_holds()] == [("second", "dates to be determined")]
    story.night("2017-06-30 24:00")
    assert [row[1:] for row in story.open_holds()] == [
        ("second", "dates to be determined"), ("final", "previous phase not complete"),
    ]  # fmt: skip
    assert story.states("语文一组")["final"] == "held"


@pytest.mark.demand("G16-01")
def test_the_final_summary_is_july(story: Story) -> None:
    second_semester(story)
    story.night("2017-06-30 23:59:59")
    assert story.states("语文一组")["final"] == "planned"
    story.night("2017-07-01 00:00")
    assert story.states("语文一组")["final"] == "open"
    story.night("2017-07-30 23:59:59")
    assert story.sheet("王老师", "hours") is None
    story.night("2017-07-30 24:00")
    assert story.states("语文一组")["final"] == "done"
    assert story.sheet("王老师", "hours") is not None


# ---------------------------------------------------------------- 三、研修内容: 120学时 (G16-03)


@pytest.mark.demand("G16-03")
def test_all_120_hours_complete_the_training(story: Story) -> None:
    learns(story, "王老师", HOURS)
    second_semester(story)
    story.night("2017-07-31 00:30")
    assert story.points("王老师", "hours") == {**HOURS, "total": 120, "result": "完成"}
    assert story.earned("王老师", "hours") == {"hours": 120}


@pytest.mark.demand("G16-03")
def test_hours_are_capped_at_the_figure_of_their_block_and_the_short_block_is_seen(story: Story) -> None:
    """130 hours learned, but 2 short in the regional block: the surplus of the others does not fill it."""
    learns(story, "王老师", {"backbone": 36, "regional": 40, "together": 20, "electives": 34})
    second_semester(story)
    story.night("2017-07-31 00:30")
    points = story.points("王老师", "hours")
    assert points == {
        "backbone": 30, "regional": 40, "together": 18, "electives": 30, "total": 118, "result": "未完成",
    }  # fmt: skip
    assert [block for block, full in HOURS.items() if points[block] < full] == ["regional"]
    assert story.earned("王老师", "hours") == {}


def test_electives_do_not_stand_in_for_the_groups_own_research(story: Story) -> None:
    """校本或校际研修48学时,个人选学30学时: 48 hours of electives are 30."""
    learns(story, "王老师", {"backbone": 30, "regional": 42, "electives": 48})
    second_semester(story)
    story.night("2017-07-31 00:30")
    points = story.points("王老师", "hours")
    assert (points["electives"], points["together"], points["total"]) == (30, 0, 102)


@pytest.mark.parametrize(("task", "last_day"), [("regional", "2016-10-10"), ("electives", "2016-12-30")])
@pytest.mark.parametrize(("clock", "counts"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_hours_count_until_the_last_second_of_their_phase(
    story: Story, task: str, last_day: str, clock: str, counts: bool
) -> None:
    story.shows("王老师", task, 5.5, at=f"{last_day} {clock}")
    second_semester(story)
    story.night("2017-07-31 00:30")
    assert story.points("王老师", "hours")[task] == (5.5 if counts else 0)


# ---------------------------------------------------------------- 在规定时间内完成每个环节 (G16-05, G16-12)


@pytest.mark.demand("G16-12")
def test_every_task_in_time_and_by_its_criteria_is_a_pass(story: Story) -> None:
    does_everything(story, "王老师")
    story.night("2017-01-21 00:30")
    points = story.points("王老师", "duties")
    assert (points["total"], points["result"]) == (18, "合格")


@pytest.mark.parametrize("task", ["video", "assignment", "plan_meeting", "lesson_garden", "own_summary"])
def test_one_task_that_is_missing_is_no_pass(story: Story, task: str) -> None:
    does_everything(story, "王老师", but=task)
    story.night("2017-01-21 00:30")
    points = story.points("王老师", "duties")
    assert points[task] == 0
    assert (points["total"], points["result"]) == (17, "不合格")


@pytest.mark.demand("G16-12")
@pytest.mark.parametrize(
    ("task", "last_day"),
    [("garden_talk", "2016-10-10"), ("peer_review", "2016-12-30"), ("own_summary", "2017-01-20")],
)
@pytest.mark.parametrize(("clock", "points"), [("23:59:59", 1), ("24:00:00", 0), ("24:00:01", 0)])
def test_a_task_is_passed_only_within_the_time_of_its_phase(
    story: Story, task: str, last_day: str, clock: str, points: int
) -> None:
    story.shows("王老师", task, at=f"{last_day} {clock}")
    story.night("2017-01-21 00:30")
    assert story.points("王老师", "duties")[task] == points


def test_an_assignment_marked_unsatisfactory_is_not_passed(story: Story) -> None:
    does_everything(story, "王老师", but="assignment")
    story.shows("王老师", "assignment", at="2016-10-08 20:00")
    story.marks("王老师", "assignment", "不合格", received="2016-12-10 10:00")
    story.night("2017-01-21 00:30")
    points = story.points("王老师", "duties")
    assert (points["assignment"], points["total"], points["result"]) == (0, 17, "不合格")


@pytest.mark.parametrize("issues", [("第二期",), ("第二期", "第二期"), ("第三期", "第三期")])
def test_the_third_issue_is_not_made_up_for_by_the_second(story: Story, issues: tuple[str, ...]) -> None:
    """参与校本研修学习园地第二期、第三期的协同话题讨论: each of them is half of the task."""
    does_everything(story, "王老师", but="lesson_garden")
    for issue in issues:
        story.shows("王老师", "lesson_garden", at="2016-12-01 20:00", item=issue)
    story.night("2017-01-21 00:30")
    points = story.points("王老师", "duties")
    assert (points["lesson_garden"], points["total"], points["result"]) == (0.5, 17.5, "不合格")


def test_an_unmarked_assignment_holds_the_semester_and_waits_on_the_tutor(story: Story) -> None:
    does_everything(story, "王老师", but="assignment")
    story.shows("王老师", "assignment", at="2016-10-08 20:00")
    story.night("2017-01-20 24:00")
    (hold,) = story.holds("语文一组")
    assert (hold.phase, hold.kind) == ("summary", "marking incomplete")
    assert hold.waits_on_name.text("zh") == "指导教师"
    story.marks("王老师", "assignment", "合格", received="2017-01-22 10:00")
    story.night("2017-01-23 00:30")
    assert story.points("王老师", "duties")["result"] == "合格"


@pytest.mark.demand("G16-05")
def test_one_person_may_be_learner_and_leader_and_owes_the_tasks_of_both(story: Story) -> None:
    """教研组长任小组组长, and learns with the group."""
    story.enrol("陈组长为学员", "learner", "语文一组", *SCHOOL, same_as="陈组长")
    learns(story, "陈组长为学员", HOURS)
    second_semester(story)
    story.night("2017-07-31 00:30")
    assert story.points("陈组长为学员", "hours")["result"] == "完成"
    assert story.points("陈组长", "leading")["total"] == 0
    assert {sheet.assessment for sheet in [story.sheet("陈组长")] if sheet} == {"leading"}
    assert "group_report" in {row[1] for row in story.reminders("陈组长")}
    assert "video" in {row[1] for row in story.reminders("陈组长为学员")}


# ---------------------------------------------------------------- 组长、指导教师、专家组 (G16-05, G16-09, G16-10)


ROLES = {"陈组长": "leading", "张教研员": "guiding", "赵专家": "experts"}


def does_the_duties(story: Story, name: str, but: str | None = None) -> None:
    """Every duty of the first semester that is the role's own, in its last second."""
    role = {"陈组长": "leader", "张教研员": "tutor", "赵专家": "expert"}[name]
    for task in story.calendar.tasks:
        if role in task.role and task.shows and task.id != but:
            for kind, item in product(task.shows, task.items or {"": None}):
                story.shows(name, task.id, at=IN_TIME[task.phase], kind=kind, item=item)


@pytest.mark.demand("G16-05", "G16-09", "G16-10")
@pytest.mark.parametrize(("name", "assessment"), ROLES.items())
def test_who_does_every_duty_of_the_table_passes(story: Story, name: str, assessment: str) -> None:
    story.enrol("赵专家", "expert", "语文一组", *SCHOOL)
    does_everything(story, "王老师")
    does_the_duties(story, name)
    story.night("2017-01-21 00:30")
    assert story.points(name, assessment)["result"] == "合格"


@pytest.mark.demand("G16-05", "G16-09", "G16-10")
@pytest.mark.parametrize(
    ("name", "assessment", "short"),
    [
        ("陈组长", "leading", "publish_plan"),
        ("陈组长", "leading", "group_review"),
        ("陈组长", "leading", "group_report"),
        ("张教研员", "guiding", "third_garden"),
        ("张教研员", "guiding", "answer_groups"),
        ("张教研员", "guiding", "county_report"),
        ("赵专家", "experts", "second_brief"),
        ("赵专家", "experts", "answer_lessons"),
        ("赵专家", "experts", "subject_report"),
    ],
)
def test_one_duty_short_is_no_pass_and_the_duty_is_seen(
    story: Story, name: str, assessment: str, short: str
) -> None:
    """The briefs, the learning garden, the answers and the reports that go up are counted one by one."""
    story.enrol("赵专家", "expert", "语文一组", *SCHOOL)
    does_everything(story, "王老师")
    does_the_duties(story, name, but=short)
    story.night("2017-01-21 00:30")
    points = story.points(name, assessment)
    assert (points[short], points["result"]) == (0, "不合格")
    assert [key for key, figure in points.items() if figure == 0] == [short]


def test_an_issue_of_the_learning_garden_with_one_of_its_two_topics_is_half_of_one(story: Story) -> None:
    """学习园地第二期: 观课研讨 and 问题追踪."""
    does_everything(story, "王老师")
    does_the_duties(story, "张教研员", but="second_garden")
    story.shows("张教研员", "second_garden", item="观课研讨", at="2016-12-01 10:00")
    story.night("2017-01-21 00:30")
    points = story.points("张教研员", "guiding")
    assert (points["second_garden"], points["result"]) == (0.5, "不合格")


def test_what_the_group_did_together_counts_for_its_leader(story: Story) -> None:
    """组内互动交流: nobody in the group exchanged anything, so the leader's urging came to nothing."""
    does_everything(story, "王老师", but="exchange")
    does_the_duties(story, "陈组长")
    story.night("2017-01-21 00:30")
    points = story.points("陈组长", "leading")
    assert (points["group_talk"], points["group_work"], points["result"]) == (0, 1, "不合格")


def test_work_that_is_not_marked_costs_the_tutor_the_marking(story: Story) -> None:
    """作业的评判: accepted as it is, one of two pieces has no mark."""
    story.enrol("刘老师", "learner", "语文一组", *SCHOOL)
    does_everything(story, "王老师")
    story.shows("刘老师", "assignment", at="2016-10-01 10:00")
    does_the_duties(story, "张教研员")
    story.night("2017-01-21 00:30")
    story.decide(accept, "语文一组", story.holds("语文一组")[0].id, effective="2017-01-22 09:00")
    story.night("2017-01-23 00:30")
    assert story.points("张教研员", "guiding")["grading"] == 0


# ---------------------------------------------------------------- 研修组长督促学员 (G16-08)


@pytest.mark.demand("G16-08")
def test_the_leader_is_told_each_week_what_somebody_in_the_group_is_behind_with(story: Story) -> None:
    for task in ("video", "reading", "exchange", "read_briefs", "garden_talk"):
        story.shows("王老师", task, at="2016-09-12 20:00")
    story.night("2016-09-26 00:00")
    assert [row[:3] for row in story.reminders("陈组长") if row[1] != "publish_plan"] == [
        ("2016-09-18 00:00:00", "assignment", "week 1"),  # a Sunday that is worked
        ("2016-09-18 00:00:00", "discussion", "week 1"),
        ("2016-09-26 00:00:00", "assignment", "week 2"),  # the Monday after one that is not
        ("2016-09-26 00:00:00", "discussion", "week 2"),
    ]


def test_the_leader_of_a_group_with_nobody_behind_is_left_in_peace(story: Story) -> None:
    story.cohort("数学一组", *SCHOOL)
    story.polishes("数学一组")
    story.enrol("刘老师", "learner", "数学一组", *SCHOOL)
    story.enrol("李组长", "leader", "数学一组", *SCHOOL)
    does_everything(story, "刘老师", at="2016-09-12 20:00")
    story.night("2016-10-11 00:30")
    assert story.reminders("李组长") == []
    assert [row[0] for row in story.reminders("陈组长") if row[1] == "video"] == [
        "2016-09-18 00:00:00", "2016-09-26 00:00:00", "2016-10-08 00:00:00", "2016-10-09 00:00:00",
    ]  # fmt: skip


def test_a_leader_who_came_later_is_not_told_of_the_weeks_before_by_a_late_night(story: Story) -> None:
    story.enrol("李组长", "leader", "语文一组", *SCHOOL, joined="2016-09-30 09:00")
    story.night("2016-10-11 00:30")
    told = [row[0] for row in story.reminders("李组长") if row[1] == "video"]
    assert told == ["2016-10-08 00:00:00", "2016-10-09 00:00:00"]


def test_the_learner_is_reminded_before_the_end_on_the_working_days_of_the_holiday_week(story: Story) -> None:
    """A week and three days before the 10th nobody works: both fall on the 8th, a Saturday that is worked."""
    story.shows("王老师", "video", at="2016-10-08 10:00")
    story.night("2016-10-11 00:30")
    steps = [(row[0], row[2]) for row in story.reminders("王老师") if row[1] == "video"]
    assert steps == [("2016-10-08 00:00:00", "3 days before")]
    steps = [(row[0], row[2]) for row in story.reminders("王老师") if row[1] == "reading"]
    assert steps == [
        ("2016-10-08 00:00:00", "3 days before"),
        ("2016-10-09 00:00:00", "1 day before"),
    ]


# ---------------------------------------------------------------- 指导教师、专家组 (G16-09), 总结上报 (G16-10, G16-11)


@pytest.mark.demand("G16-09")
def test_a_tutors_issue_counts_when_every_given_topic_is_in_it(story: Story) -> None:
    """创建学习园地第二期，设置话题“观课研讨”“问题追踪”; the third has 评课议课活动 and 磨课总结."""
    story.shows("张教研员", "first_garden", at="2016-10-20 10:00", item="磨课计划研讨")
    for topic in ("观课研讨", "问题追踪"):
        story.shows("张教研员", "second_garden", at="2016-11-20 10:00", item=topic)
    story.shows("张教研员", "third_garden", at="2016-12-10 10:00", item="评课议课活动")
    story.night("2016-12-31 00:30")
    owed = {row[1] for row in story.reminders("张教研员") if row[0] >= "2016-12-20"}
    assert "third_garden" in owed
    assert not owed & {"first_garden", "second_garden"}


def test_an_expert_is_reminded_of_the_briefs_that_are_not_out(story: Story) -> None:
    story.enrol("孙教授", "expert", "语文一组", *SCHOOL)
    story.shows("孙教授", "first_brief", at="2016-10-20 10:00", item="磨课计划研讨")
    story.shows("孙教授", "second_brief", at="2016-11-20 10:00", item="观课研讨与问题追踪")
    story.night("2016-12-31 00:30")
    owed = {row[1] for row in story.reminders("孙教授") if row[0] >= "2016-12-20"}
    assert {"first_brief", "second_brief", "third_brief"} & owed == {"third_brief"}


def test_whoever_owes_a_summary_report_is_reminded_until_it_is_in(story: Story) -> None:
    story.enrol("孙教授", "expert", "语文一组", *SCHOOL)
    story.shows("陈组长", "group_report", at="2017-01-15 10:00")
    story.night("2017-01-21 00:30")
    reports = {"group_report", "county_report", "subject_report"}
    told = {
        name: [(row[0], row[1]) for row in story.reminders(name) if row[1] in reports]
        for name in ("陈组长", "张教研员", "孙教授")
    }
    assert told == {
        "陈组长": [("2017-01-13 00:00:00", "group_report")],
        "张教研员": [("2017-01-13 00:00:00", "county_report"), ("2017-01-19 00:00:00", "county_report")],
        "孙教授": [("2017-01-13 00:00:00", "subject_report"), ("2017-01-19 00:00:00", "subject_report")],
    }


def test_the_organiser_is_reminded_of_the_five_pieces_of_the_final_summary(story: Story) -> None:
    story.enrol("培训机构", "organiser", "语文一组", *SCHOOL)
    second_semester(story)
    story.shows("培训机构", "gather", at="2017-07-20 10:00")
    story.night("2017-07-31 00:30")
    last = [row[1] for row in story.reminders("培训机构") if row[2] == "1 day before"]
    assert last == ["compile", "honours", "resources", "work_report"]
