"""总结阶段: 汇总数据、工作总结、汇编成果、培训评优、生成性资源 (G16-11): all of it in one workbook, and each list by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from exchange.lists import honours, resources, summary
from exchange.workbooks import write_workbook
from models.database import reading
from tests.support.story import PROGRAMMES, Story
from workflows.resolving import set_dates
from workflows.survey import survey

FIRST, SECOND = ("山东省", "历下区", "第一中学"), ("山东省", "历下区", "第二中学")
THIRD = ("山东省", "市中区", "第三中学")
END = "2017-07-30 24:00"
HOURS = {"backbone": (30, "2016-10-01 20:00"), "regional": (42, "2016-10-01 20:00"), "together": (18, "2016-11-01 20:00"), "electives": (30, "2016-11-01 20:00")}  # fmt: skip


def learns(story: Story, name: str, **more: float) -> None:
    """All 120 hours, and more electives than are asked where that is said."""
    for task, (hours, at) in HOURS.items():
        story.shows(name, task, hours + more.get(task, 0), at=at)


@pytest.fixture
def story(engine: Engine) -> Story:
    """Ten of one county finish the 120 hours and one of the other; a tutor; a lesson that the province accepted; a report."""
    text = (PROGRAMMES / "guopei-2016.yaml").read_text(encoding="utf-8")
    story = Story(engine, text=text.replace("most: 5%, ", ""))  # one group alone, whose lesson may go up
    story.cohort("语文一组", *FIRST)
    story.enrol("张教研员", "tutor", "语文一组", *FIRST)
    story.enrol("冯专家", "expert", "语文一组", *FIRST)
    for number in range(10):
        story.enrol(f"师{number}", "learner", "语文一组", *(FIRST if number < 6 else SECOND))
        learns(story, f"师{number}", electives=5 if number == 7 else 0)
    for name in ("孙老师", "周老师"):
        story.enrol(name, "learner", "语文一组", *THIRD)
    learns(story, "孙老师")
    story.shows("周老师", "backbone", 14.99, at="2016-10-01 20:00")
    story.shows("师0", "lesson_work", at="2016-11-20 20:00")
    story.shows("冯专家", "course_brief", at="2016-09-20 20:00")
    story.enrol("刘组长", "leader", "语文一组", *FIRST)
    story.polishes("语文一组")
    lesson = story.files("lessons", "刘组长", at="2016-12-20 10:00", subject="语文")
    story.acts("pass_on", lesson, "county", at="2017-01-12 10:00")
    report = story.files("county_summary", "山东省", "历下区", at="2017-01-16 10:00", report="总结")
    story.acts("pass_on", report, "province", at="2017-01-18 10:00")
    story.acts("pass_on", lesson, "province", at="2017-01-19 10:00")
    return story


def the_whole_year(story: Story) -> None:
    story.night("2017-03-01 00:30")
    dates = story.at("2017-03-13 00:00"), story.at("2017-06-16 24:00")
    story.decide(set_dates, "语文一组", "second", *dates, effective="2017-03-02 09:00")
    story.night(END)


def rows(book: Any, sheet: str) -> list[dict[str, Any]]:
    headings, *found = book[sheet].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in found]


@pytest.mark.demand("G16-11")
def test_the_final_summary_is_one_workbook_with_all_that_is_to_be_handed_up(
    story: Story, tmp_path: Path
) -> None:
    the_whole_year(story)
    with reading(story.engine) as session:
        looked = survey(session, "guopei-2016", story.at(END))
        found = summary(looked, "zh")
        write_workbook(tmp_path / "summary.xlsx", found.workbook(looked, "zh"))
    book = openpyxl.load_workbook(tmp_path / "summary.xlsx")
    assert book.sheetnames == [
        "说明", "统计", "120学时", "第一学期学习任务", "研修组长工作", "指导教师工作", "专家组工作", "合格名单", "不合格名单",
        "学时学分登记", "汇总", "例外情况", "优秀学员", "优秀辅导教师", "生成性资源", "上报材料",
    ]  # fmt: skip
    everything = rows(book, "统计")[-1]
    assert (everything["区县"], everything["上报人数"], everything["合格人数"], everything["平均分"]) == ("合计", 12, 11, 111.25)  # fmt: skip
    assert (everything["有效学习人数"], everything["学习率"]) == (11, 0.9167)
    assert (everything["作业数"], everything["简报数"], everything["成绩"]) == (1, 1, "已锁定")
    assert "优秀率" not in everything
    notes = {cell.value: cell.comment.text for cell in book["统计"][1] if cell.comment}
    assert notes["有效学习人数"].endswith("“骨干培训”到截止为止不少于15（30的50%）的人数")
    assert {sheet.freeze_panes for sheet in book.worksheets} == {"A2"}
    (outstanding,) = rows(book, "优秀学员")
    assert (outstanding["评选范围"], outstanding["姓名"], outstanding["建议"]) == (
        "山东省/历下区",
        "师7",
        "推荐",
    )
    reports = {(row["上报"], row["谁的"]): (row["状态"], row["接收时间"]) for row in rows(book, "上报材料")}
    assert reports["区县校本研修总结", "历下区"] == ("已接收", "2017-01-18 10:00")
    assert reports["区县校本研修总结", "市中区"] == ("逾期失效", None)
    assert {row["题名"] for row in rows(book, "生成性资源") if row["资源"] == "优秀打磨课例"} == {"语文一组"}


def test_the_outstanding_of_each_county_are_those_with_the_most_electives(story: Story) -> None:
    """A tenth of ten is one: 师7, with 35 hours of electives. A tenth of the other county's one is none."""
    the_whole_year(story)
    with reading(story.engine) as session:
        found = honours(survey(session, "guopei-2016", story.at(END)), "zh")
    told = [(one["of"], one["passed"], one["places"], [who["name"] for who in one["proposed"]]) for one in found.facts if one["honour"] == "learners"]  # fmt: skip
    assert told == [("山东省/历下区", 10, 1, ["师7"]), ("山东省/市中区", 1, 0, [])]
    assert found.remarks[:2] == [
        "优秀学员，山东省/历下区：合格10人，名额1，推荐1人", "优秀学员，山东省/市中区：合格1人，名额0，推荐0人",
    ]  # fmt: skip


def test_before_the_hours_are_locked_nobody_is_proposed_and_it_is_told_why(story: Story) -> None:
    story.night("2017-03-01 00:30")
    with reading(story.engine) as session:
        found = honours(survey(session, "guopei-2016", story.at("2017-03-01 00:30")), "zh")
    assert [one["proposed"] for one in found.facts if one["honour"] == "learners"] == [[], []]
    assert "优秀学员：还没有锁定、不在名单内的班级：语文一组" in found.remarks


def test_generated_resources_are_works_briefs_and_the_lessons_that_were_accepted(story: Story) -> None:
    with reading(story.engine) as session:
        found = resources(survey(session, "guopei-2016", story.at("2017-02-01 00:00")), "zh")
    told = [
        (one["resource"], one["title"], one["name"], one["organisation"][-1], one["says"])
        for one in found.facts
    ]
    assert told == [
        ("lessons", "语文一组", "刘组长", "第一中学", "课例：见附件；学科：语文"),
        ("works", "", "师0", "第一中学", ""),
        ("briefs", "", "冯专家", "第一中学", ""),
    ]
