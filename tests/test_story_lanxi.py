"""兰西县2019-2020第一学期教师网本研修, told night by night (X19-01 to X19-04, X19-06 to X19-08)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from exchange.plans import commit
from exchange.roster import read_roster
from models.database import transaction
from tests.support.files import workbook
from tests.support.story import Story
from workflows.resolving import accept

FIRST, SECOND = ("兰西县", "第一小学"), ("兰西县", "第二小学")
MODULES = {"own_plan": "2019-12-14", "own_speech": "2019-12-21", "insight": "2019-12-28"}
FIRST_RUBRIC = {"听课": 10, "评课": 10, "教案": 10, "总结": 10}
SECOND_RUBRIC = {"出勤": 5, "笔记": 15, "作业一": 10, "作业二": 10}


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two schools, each a class of its own with a rubric of its own, and the county's tutor in both."""
    story = Story(engine, "lanxi-2019")
    for cohort, school, rubric in (("一班", FIRST, FIRST_RUBRIC), ("二班", SECOND, SECOND_RUBRIC)):
        story.cohort(cohort, *school)
        story.rubric("school_score", rubric, *school, received="2019-12-12 09:00")
    story.enrol("王老师", "learner", "一班", *FIRST)
    story.enrol("赵老师", "learner", "二班", *SECOND)
    for school in (FIRST, SECOND):
        files_the_plan(story, *school)
    return story


def files_the_plan(story: Story, *school: str) -> None:
    """12月13日前将校（园）本研修计划和学员信息表发送: what a school that does not is threatened with has a story of its own."""
    story.files("plan_and_roster", *school, at="2019-12-13 15:00")


def hands_in_everything(story: Story, name: str, *scores: float) -> None:
    """A piece of work a day before each module ends, and the tutor's scores for them on 30 December."""
    for (task, day), score in zip(MODULES.items(), scores, strict=True):
        story.shows(name, task, at=f"{day} 20:00")
        story.marks(name, task, score, received="2019-12-30 10:00")


def school_scores(story: Story, name: str, *scores: float, received: str = "2019-12-28 16:00") -> None:
    rubric = FIRST_RUBRIC if name == "王老师" else SECOND_RUBRIC
    for item, score in zip(rubric, scores, strict=True):
        story.marks(name, "school_score", score, item=item, received=received)


def everybody_scored(story: Story) -> None:
    school_scores(story, "王老师", 9, 9, 9, 9)
    school_scores(story, "赵老师", 5, 10.4, 7, 7.5)


# ---------------------------------------------------------------- 培训时间与参训学员 (X19-01)


@pytest.mark.demand("X19-01")
def test_who_joined_by_8_december_24_00_is_the_roster(engine: Engine, tmp_path: Path) -> None:
    """教师务于12月8日24时前加入“网本研修”班级: the roster of the two schools as the county receives it on the 13th."""
    story = Story(engine, "lanxi-2019")
    header = ["姓名", "人员编号", "角色", "班级", "区县", "学校", "加入时间", "状态", "原因"]
    in_time = ["王老师", "T001", "参训学员", "网本研修", *FIRST, "2019-12-08 23:59:59", "", ""]
    exempt = ["周老师", "T003", "参训学员", "网本研修", *SECOND, "2019-12-06 10:00", "免修", "国培送教"]
    on_the_stroke = ["钱老师", "T004", "参训学员", "网本研修", *SECOND, "2019-12-08 24:00", "", ""]
    received = story.at("2019-12-13 10:00")

    def take_in(*rows: list[str]) -> None:
        path = workbook(tmp_path / "学员信息表.xlsx", [header, *rows])
        with transaction(engine) as session:
            commit(session, read_roster(session, "lanxi-2019", path, received), received)

    with pytest.raises(Refused, match="钱老师 joined at 2019-12-09 00:00:00"):
        take_in(in_time, exempt, on_the_stroke)
    take_in(in_time, exempt)
    story.adopt()
    for school in (FIRST, SECOND):
        files_the_plan(story, *school)
    story.night("2019-12-30 00:30")
    story.decide(accept, "网本研修", story.holds("网本研修")[0].id, effective="2019-12-30 09:00")
    story.night("2020-01-01 00:30")
    assert story.points("王老师")["result"] == "不合格"
    assert story.sheet("周老师") is None


@pytest.mark.demand("X19-01")
def test_the_term_runs_from_5_to_31_december(story: Story) -> None:
    everybody_scored(story)
    story.night("2019-12-04 23:59:59")
    assert story.states("一班")["joining"] == "planned"
    story.night("2019-12-05 00:00")
    assert story.states("一班")["joining"] == "open"
    story.night("2019-12-31 23:59:59")
    assert story.states("一班")["recording"] == "open"
    assert story.sheet("王老师") is None
    story.night("2019-12-31 24:00")
    assert set(story.states("一班").values()) == {"done"}
    assert story.sheet("王老师") is not None


# ---------------------------------------------------------------- 三个板块 (X19-02, X19-03)


@pytest.mark.demand("X19-02")
def test_the_modules_follow_each_other_week_by_week(story: Story) -> None:
    everybody_scored(story)

    def now() -> list[str]:
        states = story.states("一班")
        return [states[phase] for phase in ("joining", "team", "ethics", "technology", "school")]

    story.night("2019-12-08 23:59:59")
    assert now() == ["open", "planned", "planned", "planned", "planned"]
    story.night("2019-12-08 24:00")
    assert now() == ["done", "open", "planned", "planned", "open"]
    story.night("2019-12-15 23:59:59")
    assert now() == ["done", "open", "planned", "planned", "open"]
    story.night("2019-12-15 24:00:01")
    assert now() == ["done", "done", "open", "planned", "open"]
    story.night("2019-12-22 23:59:59")
    assert now() == ["done", "done", "open", "planned", "open"]
    story.night("2019-12-22 24:00")
    assert now() == ["done", "done", "done", "open", "open"]
    story.night("2019-12-29 23:59:59")
    assert now() == ["done", "done", "done", "open", "open"]
    story.night("2019-12-29 24:00")
    assert now() == ["done", "done", "done", "done", "done"]
    assert story.states("一班")["recording"] == "open"


@pytest.mark.demand("X19-02")
@pytest.mark.parametrize(
    ("task", "last_day"),
    [("own_plan", "2019-12-15"), ("own_speech", "2019-12-22"), ("insight", "2019-12-29")],
)
@pytest.mark.parametrize(("clock", "points"), [("23:59:59", 17.9), ("24:00:00", 0), ("24:00:01", 0)])
def test_work_counts_until_the_last_second_of_its_modules_last_day(
    story: Story, task: str, last_day: str, clock: str, points: float
) -> None:
    everybody_scored(story)
    story.shows("王老师", task, at=f"{last_day} {clock}")
    story.marks("王老师", task, 17.9, received="2019-12-30 10:00")
    story.night("2020-01-01 00:30")
    assert story.points("王老师")[task] == points


@pytest.mark.demand("X19-03")
def test_the_tutors_scores_in_tenths_are_the_points(story: Story) -> None:
    """优秀20-18分,良好17.9-12分,一般11.9-6分: both ends of each band, and below the last."""
    everybody_scored(story)
    hands_in_everything(story, "王老师", 20, 17.9, 11.9)
    hands_in_everything(story, "赵老师", 18, 12, 5.9)
    story.night("2020-01-01 00:30")
    for name, scores in (("王老师", [20, 17.9, 11.9]), ("赵老师", [18, 12, 5.9])):
        points = story.points(name)
        assert [points[task] for task in MODULES] == scores


def test_unmarked_work_holds_the_lock_and_waits_on_the_tutor(story: Story) -> None:
    everybody_scored(story)
    story.shows("王老师", "own_plan", at="2019-12-14 20:00")
    story.shows("王老师", "insight", at="2019-12-29 24:00:00")  # late: nobody has to mark it
    story.night("2019-12-31 24:00")
    (hold,) = story.holds("一班")
    assert (hold.phase, hold.kind, hold.waits_on) == ("recording", "marking incomplete", "tutor")
    assert hold.explanation.text("zh") == "还有1份已交作业没有批阅，涉及：第一小学"
    assert story.states("一班")["recording"] == "held"
    assert story.states("二班")["recording"] == "done"
    story.marks("王老师", "own_plan", 16.5, received="2020-01-02 15:00")
    story.night("2020-01-03 00:30")
    assert story.holds("一班") == []
    assert story.points("王老师")["own_plan"] == 16.5


# ---------------------------------------------------------------- 校本研修 (X19-04, X19-06)


@pytest.mark.demand("X19-04")
def test_each_school_scores_by_its_own_rubric(story: Story) -> None:
    school_scores(story, "王老师", 10, 8.5, 9, 8)
    school_scores(story, "赵老师", 5, 14.9, 10, 10)
    story.night("2020-01-01 00:30")
    assert story.points("王老师")["school_score"] == 35.5
    assert story.points("赵老师")["school_score"] == 39.9


def test_an_item_gives_at_most_its_full_mark_in_the_schools_own_rubric(story: Story) -> None:
    """15 for 笔记 is all there is in the second school; the first school has no such item."""
    for name in ("王老师", "赵老师"):
        for item in ("笔记", "听课", "教案", "评课"):
            story.marks(name, "school_score", 15, item=item, received="2019-12-28 16:00")
    story.night("2020-01-01 00:30")
    assert story.points("王老师")["school_score"] == 30
    assert story.points("赵老师")["school_score"] == 15


@pytest.mark.demand("X19-06")
@pytest.mark.parametrize(
    ("received", "stuck"),
    [("2019-12-29 23:59:59", False), ("2019-12-29 24:00:00", True), ("2019-12-29 24:00:01", True)],
)
def test_school_scores_are_in_by_the_end_of_29_december(story: Story, received: str, stuck: bool) -> None:
    school_scores(story, "王老师", 9, 9, 9, 9)
    school_scores(story, "赵老师", 5, 10.4, 7, 7.5, received=received)
    story.night("2019-12-30 00:30")
    moved = [row[3] for row in story.log() if row[0] == story.cohorts["二班"] and row[1] == "school"]
    assert ("hold" in moved) is stuck
    assert story.holds("二班") == []
    assert story.states("二班")["school"] == "done"


@pytest.mark.demand("X19-06")
def test_a_school_that_has_not_reported_is_stuck_by_name_and_the_others_go_on(story: Story) -> None:
    school_scores(story, "王老师", 9, 9, 9, 9)
    story.night("2019-12-30 00:30")
    reporting, recording = story.holds("二班")
    assert (reporting.phase, reporting.kind) == ("school", "scores not reported")
    assert story.local(reporting.since) == "2019-12-30 00:00:00"
    assert reporting.waits_on_name.text("zh") == "学校"
    assert reporting.organisations == ("第二小学",)
    assert reporting.explanation.text("zh") == "还有1人没有学校成绩，涉及：第二小学"
    assert (recording.phase, recording.kind) == ("recording", "previous phase not complete")
    assert story.holds("一班") == []
    assert story.states("一班")["recording"] == "open"
    story.night("2020-01-01 00:30")
    assert story.states("一班")["recording"] == "done"
    assert story.sheet("王老师") is not None
    assert story.sheet("赵老师") is None
    school_scores(story, "赵老师", 5, 10.4, 7, 7.5, received="2020-01-03 09:00")
    story.night("2020-01-04 00:30")
    assert story.holds("二班") == []
    assert set(story.states("二班").values()) == {"done"}
    assert story.points("赵老师")["school_score"] == 29.9


def test_a_school_whose_scores_are_in_part_missing_is_still_stuck(story: Story) -> None:
    school_scores(story, "王老师", 9, 9, 9, 9)
    story.marks("赵老师", "school_score", 5, item="出勤", received="2019-12-28 16:00")
    story.night("2019-12-30 00:30")
    assert [hold.kind for hold in story.holds("二班")] == [
        "scores not reported", "previous phase not complete",
    ]  # fmt: skip


def test_of_a_class_of_several_schools_the_one_that_has_not_reported_is_named(story: Story) -> None:
    story.enrol("孙老师", "learner", "一班", *SECOND)
    school_scores(story, "王老师", 9, 9, 9, 9)
    school_scores(story, "赵老师", 5, 10.4, 7, 7.5)
    story.night("2019-12-30 00:30")
    assert [hold.organisations for hold in story.holds("一班")] == [("第二小学",), ()]


def test_a_silent_school_is_reminded_and_after_one_working_day_the_county_is(story: Story) -> None:
    school_scores(story, "王老师", 9, 9, 9, 9)
    story.night("2020-01-01 00:30")
    scores = [row for row in story.reminders("第二小学") if row[1] == "school_score"]
    assert scores == [
        ("2019-12-23 00:00:00", "school_score", "7 days before", 1),  # a Sunday, and so on Monday
        ("2019-12-26 00:00:00", "school_score", "3 days before", 1),
        ("2019-12-27 00:00:00", "school_score", "1 day before", 1),  # a Saturday; Monday would be too late
        ("2019-12-30 00:00:00", "school_score", "overdue 1", 1),
        ("2019-12-31 00:00:00", "school_score", "overdue 2", 1),
    ]
    county = [row for row in story.reminders("兰西县") if row[1] == "school_score"]
    assert county == [("2019-12-31 00:00:00", "school_score", "escalated", 1)]
    assert [row[2] for row in story.reminders("第一小学") if row[1] == "school_score"] == [
        "7 days before",
        "3 days before",
        "1 day before",
    ]


@pytest.mark.parametrize(
    "nights", [["2020-01-01 00:30"], ["2019-12-13 00:00", "2019-12-13 00:30", "2020-01-01 00:30"]]
)
def test_on_the_last_day_one_is_reminded_once_and_that_it_is_today(story: Story, nights: list[str]) -> None:
    """The 15th is a Sunday: what would speak on it, and the day before, speaks on Friday, and once."""
    for night in nights:
        story.night(night)
    plans = [row[:3] for row in story.reminders("王老师") if row[1] == "own_plan"]
    assert plans == [
        ("2019-12-12 00:00:00", "own_plan", "3 days before"), ("2019-12-13 00:00:00", "own_plan", "on the day"),
    ]  # fmt: skip
    rows = [(row[0], row[1], row[4]) for row in story.outbox()]
    assert len(rows) == len({*rows})


# ---------------------------------------------------------------- 综合考核与学时认定 (X19-07, X19-08)


@pytest.mark.demand("X19-07")
def test_18_5_and_15_and_11_and_36_are_80_5_a_pass_and_36_hours(story: Story) -> None:
    hands_in_everything(story, "王老师", 18.5, 15, 11)
    everybody_scored(story)
    story.night("2020-01-01 00:30")
    assert story.points("王老师") == {
        "own_plan": 18.5, "own_speech": 15, "insight": 11, "school_score": 36, "total": 80.5, "result": "合格",
    }  # fmt: skip
    assert story.earned("王老师") == {"hours": 36}


@pytest.mark.demand("X19-07")
def test_18_and_late_work_and_12_and_29_9_are_59_9_a_fail_and_no_hours(story: Story) -> None:
    story.shows("赵老师", "own_plan", at="2019-12-15 23:59:59")
    story.shows("赵老师", "own_speech", at="2019-12-23 08:00")
    story.shows("赵老师", "insight", at="2019-12-28 20:00")
    for task, score in (("own_plan", 18), ("own_speech", 15), ("insight", 12)):
        story.marks("赵老师", task, score, received="2019-12-30 10:00")
    everybody_scored(story)
    story.night("2020-01-01 00:30")
    assert story.points("赵老师") == {
        "own_plan": 18, "own_speech": 0, "insight": 12, "school_score": 29.9, "total": 59.9, "result": "不合格",
    }  # fmt: skip
    assert story.earned("赵老师") == {}


def test_60_to_the_point_is_a_pass(story: Story) -> None:
    hands_in_everything(story, "赵老师", 18, 0.1, 12)
    everybody_scored(story)
    story.night("2020-01-01 00:30")
    assert (story.points("赵老师")["total"], story.points("赵老师")["result"]) == (60, "合格")


def test_a_mark_on_the_stroke_of_the_lock_holds_it_for_that_second(story: Story) -> None:
    everybody_scored(story)
    for name, received in (("王老师", "2019-12-31 23:59:59"), ("赵老师", "2019-12-31 24:00:00")):
        story.shows(name, "own_plan", at="2019-12-14 20:00")
        story.marks(name, "own_plan", 18, received=received)
    story.night("2020-01-01 00:30")
    locked = {
        cohort: [
            (row[3], story.local(row[6]))
            for row in story.log()
            if row[:2] == (story.cohorts[cohort], "recording")
        ]
        for cohort in ("一班", "二班")
    }
    assert ("lock", "2020-01-01 00:00:00") in locked["一班"]
    assert ("hold", "2020-01-01 00:00:00") in locked["二班"]
    assert ("lock", "2020-01-01 00:00:01") in locked["二班"]
    assert story.points("赵老师")["own_plan"] == 18


def test_work_that_arrives_after_the_lock_is_kept_and_changes_nothing(story: Story) -> None:
    everybody_scored(story)
    hands_in_everything(story, "王老师", 18.5, 15, 11)
    story.night("2020-01-01 00:30")
    sealed = story.seals()
    story.shows("赵老师", "own_plan", at="2019-12-14 20:00", received="2020-01-02 09:00")
    story.marks("赵老师", "own_plan", 20, received="2020-01-02 09:00")
    story.night("2020-01-03 00:30")
    assert story.seals() == sealed


@pytest.mark.demand("X19-08")
def test_the_exempt_are_neither_passed_nor_failed_and_keep_nobody_waiting(story: Story) -> None:
    """正在参加“国培送教”的教师可以不参加此项培训."""
    story.enrol("周老师", "learner", "一班", *FIRST, status="exempt")
    everybody_scored(story)
    story.night("2020-01-01 00:30")
    assert story.sheet("周老师") is None
    assert story.holds("一班") == []
    assert story.reminders("周老师") == []
