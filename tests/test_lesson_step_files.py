"""The sheet of lesson studies' steps: one row a step, many groups at once (G16-06)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from exchange.lesson_steps import read_steps
from exchange.plans import Plan, commit
from models.database import transaction
from tests.support.files import count, local, table, told, workbook
from tests.support.story import Story

SCHOOL = ("山东省", "历下区", "第一中学")
HEADER = ["研修组", "步骤", "完成时间", "说明"]


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "guopei-2016")
    for group in ("语文一组", "数学一组"):
        story.cohort(group, *SCHOOL)
        story.enrol(f"{group}教师", "learner", group, *SCHOOL)
    return story


def reads(story: Story, path: Path, received: str, *, keeps: bool = True, name: str = "王干事") -> Plan:
    with transaction(story.engine) as session:
        plan = read_steps(session, "guopei-2016", path, local(received), name)
        if keeps:
            commit(session, plan, local(received))
        return plan


def kept(story: Story) -> int:
    with transaction(story.engine) as session:
        return count(session, "group_step")


ROWS = [
    ["语文一组", "磨课计划研讨", "2016-10-20 15:00", "主题：阅读"],
    ["数学一组", "plan", "2016-10-22", ""],
    ["语文一组", "发布磨课计划", "2016-10-25 09:00", ""],
]


def test_a_sheet_records_the_steps_of_many_groups_and_says_which_are_late(
    story: Story, tmp_path: Path
) -> None:
    plan = reads(story, workbook(tmp_path / "磨课.xlsx", [HEADER, *ROWS]), "2016-10-26 10:00")
    assert (plan.rows, plan.added, plan.changed, plan.unchanged) == (3, 3, 0, 0)
    assert [entry.message.text("zh") for entry in plan.entries] == [
        "语文一组：磨课计划研讨，2016-10-20 15:00 完成", "数学一组：磨课计划研讨，2016-10-22 23:59 完成（逾期）",
        "语文一组：发布磨课计划，2016-10-25 09:00 完成",
    ]  # fmt: skip
    now = story.study("语文一组", "2016-10-26 10:00")
    assert ([step.step.id for step in now.open][0:1], now.steps[0].done and now.steps[0].done.note) == (
        ["prepare_1"], "主题：阅读",
    )  # fmt: skip
    story.night("2016-10-26 12:00")
    assert story.resolved("数学一组") == [("research", "2016-10-26 10:00:00", "itself")]


def test_the_same_sheet_again_changes_nothing_even_after_a_return(story: Story, tmp_path: Path) -> None:
    file = table(tmp_path / "磨课.csv", [HEADER, *ROWS])
    reads(story, file, "2016-10-26 10:00")
    story.returns_step("语文一组", at="2016-10-26 11:00")
    plan = reads(story, file, "2016-10-26 12:00")
    assert (plan.added, plan.unchanged, kept(story)) == (0, 3, 4)
    again = table(tmp_path / "再.csv", [HEADER, ["语文一组", "发布磨课计划", "2016-10-26 11:30", ""]])
    assert reads(story, again, "2016-10-26 13:00").added == 1


def test_a_preview_writes_nothing_and_advances_nobody(story: Story, tmp_path: Path) -> None:
    plan = reads(story, table(tmp_path / "磨课.csv", [HEADER, *ROWS]), "2016-10-26 10:00", keeps=False)
    assert (plan.added, kept(story)) == (3, 0)
    assert story.states("语文一组")["online"] == "planned"


def test_every_problem_is_told_by_its_cell_and_nothing_is_kept(story: Story, tmp_path: Path) -> None:
    rows = [
        ["语文一组", "磨课计划研讨", "2016-10-20 15:00", ""],
        ["语文二组", "磨课计划研讨", "2016-10-20 15:00", ""],
        ["语文一组", "磨课计划", "2016-10-20 15:00", ""],
        ["语文一组", "备课一（个人经验备课）", "2016-10-24 15:00", ""],
        ["语文一组", "发布磨课计划", "2016-10-27 15:00", ""],
        ["语文一组", "发布磨课计划", "", ""],
        ["", "发布磨课计划", "2016-10-24 15:00", ""],
        ["语文一组", "磨课计划研讨", "2016-10-21 15:00", ""],
        ["数学一组", "磨课计划研讨", "2016-10-11 15:00", ""],
    ]
    with pytest.raises(Refused) as refused:
        reads(story, workbook(tmp_path / "磨课.xlsx", [HEADER, *rows]), "2016-10-26 10:00")
    assert told(refused) == [
        "磨课.xlsx!名单!A3: 没有研修组“语文二组”。是不是“语文一组”？",
        "磨课.xlsx!名单!A8: 这里必须填写",
        "磨课.xlsx!名单!B4: “三备两打磨”没有步骤“磨课计划”。是不是“磨课计划研讨”？",
        "磨课.xlsx!名单!B5: “备课一（个人经验备课）”之前还没有完成：发布磨课计划；步骤不能跳过",
        "磨课.xlsx!名单!C6: 2016-10-27 15:00 晚于这个文件的接收时间（2016-10-26 10:00:00）",
        "磨课.xlsx!名单!C7: 这里必须填写",
        "磨课.xlsx!名单!B9: “磨课计划研讨”已于 2016-10-20 15:00 完成；要重做，先退回",
        "磨课.xlsx!名单!B10: 完成时间 2016-10-11 15:00 早于“校本研修（三备两打磨）”的开始 2016-10-12 00:00",
    ]
    assert kept(story) == 0


def test_somebody_says_so(story: Story, tmp_path: Path) -> None:
    file = table(tmp_path / "磨课.csv", [HEADER, ROWS[0]])
    with pytest.raises(Refused, match="say who says so"):
        reads(story, file, "2016-10-26 10:00", name="")
    own = table(tmp_path / "b.csv", [[*HEADER, "记录人"], [*ROWS[0], "陈组长"]])
    reads(story, own, "2016-10-26 10:00", name="")
    done = story.study("语文一组", "2016-10-26 10:00").steps[0].done
    assert done is not None
    assert done.name == "陈组长"


def test_a_sheet_that_comes_before_what_has_been_looked_at_is_refused(story: Story, tmp_path: Path) -> None:
    story.night("2016-10-27 00:30")
    with pytest.raises(Refused, match="to which the cohort has advanced"):
        reads(story, table(tmp_path / "磨课.csv", [HEADER, *ROWS]), "2016-10-26 10:00")
