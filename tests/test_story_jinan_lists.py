"""请各单位按照时间节点要求重点跟进未开展选课的参训人员 (J20-03); 进一步梳理参训情况, by county and unit (J20-11); the cases that were
recommended, gathered (J20-09)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from exchange.lists import not_chosen, resources, statistics
from exchange.workbooks import write_workbook
from models.database import reading
from tests.support.story import Story
from workflows.owing import owing
from workflows.survey import narrowed, survey

CITY = ("山东省", "济南市", "", "")
FIRST = ("山东省", "济南市", "历下区", "第一中学")
SECOND = ("山东省", "济南市", "历下区", "第二中学")
THIRD = ("山东省", "济南市", "市中区", "第三中学")
OWN = ("山东省", "济南市", "", "市直高中")


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two counties and a senior high of the city's own; a host beside the members; one has withdrawn."""
    story = Story(engine, "jinan-2020")
    story.cohort("语文坊", *CITY)
    for name, role, school in (
        ("王老师", "member", FIRST), ("李老师", "member", FIRST), ("陈坊主", "subject_host", FIRST),
        ("赵老师", "member", SECOND), ("孙老师", "member", THIRD), ("周老师", "member", OWN),
    ):  # fmt: skip
        story.enrol(name, role, "语文坊", *school)
    story.enrol("吴老师", "member", "语文坊", *THIRD, status="withdrawn")
    return story


def lists(story: Story, list_of: Any, at: str, *more: str, place: str | None = None) -> Any:
    with reading(story.engine) as session:
        looked = survey(session, "jinan-2020", story.at(at))
        return list_of(narrowed(looked, place) if place else looked, "zh", *more)


def chooses(story: Story, *names: str, at: str) -> None:
    for name in names:
        story.shows(name, "choose", at=at)


# ---------------------------------------------------------------- 未开展选课 (J20-03)


@pytest.mark.demand("J20-03")
def test_each_night_every_unit_sees_who_has_not_chosen_courses(story: Story) -> None:
    chooses(story, "王老师", "孙老师", at="2020-11-07 10:00")
    story.night("2020-11-09 00:30")
    by_unit, people = lists(story, not_chosen, "2020-11-09 00:00", "school").pages
    assert by_unit.headings == ["地市", "区县", "学校", "应完成人数", "已完成人数", "未完成人数", "未完成率"]
    assert by_unit.rows == [
        ["济南市", "历下区", "第一中学", 3, 1, 2, 6667],
        ["济南市", "历下区", "第二中学", 1, 0, 1, 10000],
        ["济南市", "市中区", "第三中学", 1, 1, 0, 0],
        ["济南市", "", "市直高中", 1, 0, 1, 10000],
    ]
    assert [row[4] for row in people.rows] == ["李老师", "陈坊主", "赵老师", "周老师"]


def test_the_list_and_the_reminder_of_a_night_name_the_same(story: Story) -> None:
    """One and the same condition: how many are behind stands in the unit's reminder of that night."""
    chooses(story, "王老师", "孙老师", at="2020-11-07 10:00")
    story.night("2020-11-09 00:30")
    reminded = {
        unit: [row[3] for row in story.reminders(unit) if row[0] == "2020-11-09 00:00:00"]
        for unit in ("第一中学", "第二中学", "第三中学", "市直高中")
    }
    with reading(story.engine) as session:
        looked = survey(session, "jinan-2020", story.at("2020-11-09 00:00"))
        units = [looked.tree.nodes[one.organisation_id].name for one in owing(looked, ["choose"])]
    listed = {unit: [units.count(unit)] if unit in units else [] for unit in reminded}
    assert (reminded, listed) == (listed, {"第一中学": [2], "第二中学": [1], "第三中学": [], "市直高中": [1]})


def test_by_county_the_citys_own_school_stands_for_itself(story: Story) -> None:
    chooses(story, "王老师", at="2020-11-07 10:00")
    by_unit, _ = lists(story, not_chosen, "2020-11-09 00:00", "county").pages
    assert by_unit.rows == [
        ["济南市", "历下区", "", 4, 1, 3, 7500], ["济南市", "市中区", "", 1, 0, 1, 10000], ["济南市", "", "市直高中", 1, 0, 1, 10000],
    ]  # fmt: skip


def test_before_the_choosing_opens_nobody_has_failed_to_choose(story: Story) -> None:
    (by_unit,) = lists(story, not_chosen, "2020-11-05 23:59:59", "school").pages
    assert by_unit.rows == []
    opened, _ = lists(story, not_chosen, "2020-11-06 00:00", "school").pages
    assert sum(row[-2] for row in opened.rows) == 6


def test_the_workbook_has_a_summary_and_then_a_sheet_for_each_unit(story: Story, tmp_path: Path) -> None:
    chooses(story, "王老师", "孙老师", at="2020-11-07 10:00")
    with reading(story.engine) as session:
        looked = survey(session, "jinan-2020", story.at("2020-11-08 24:00"))
        found = not_chosen(looked, "zh", "school")
        write_workbook(tmp_path / "a.xlsx", found.workbook(looked, "zh"))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["说明", "各单位汇总", "第一中学", "第二中学", "市直高中"]
    assert [row[0] for row in book["第一中学"].iter_rows(min_row=2, min_col=5, values_only=True)] == [
        "李老师",
        "陈坊主",
    ]
    assert list(book["说明"].iter_rows(values_only=True))[1:3] == [
        ("项目名称", "济南市2020年“互联网+教师专业发展”工程研修"), ("截至", "2020-11-08 24:00"),
    ]  # fmt: skip


def test_a_county_sees_its_own_units_alone(story: Story) -> None:
    by_unit, people = lists(story, not_chosen, "2020-11-09 00:00", "school", place="市中区").pages
    assert [row[1:3] for row in by_unit.rows] == [["市中区", "第三中学"]]
    assert [row[4] for row in people.rows] == ["孙老师"]


# ---------------------------------------------------------------- 谁还有什么没有完成


@pytest.mark.parametrize(
    ("at", "owed"),
    [("2020-12-31 23:59:59", False), ("2021-01-01 00:00:00", True), ("2021-01-01 00:00:01", True)],
)
def test_what_is_shown_after_its_deadline_is_owed_still(story: Story, at: str, owed: bool) -> None:
    story.shows("王老师", "study_plan", at=at)
    with reading(story.engine) as session:
        looked = survey(session, "jinan-2020", story.at("2021-01-10 00:00"))
        found = owing(looked, ["study_plan"], roles=["member"])
    assert ("王老师" in {one.name for one in found}) == owed
    assert {story.local(one.due) for one in found if one.due} == {"2021-01-01 00:00:00"}


def test_owing_can_be_narrowed_to_a_role_and_a_cohort(story: Story) -> None:
    with reading(story.engine) as session:
        looked = survey(session, "jinan-2020", story.at("2020-12-01 00:00"))
        hosts = owing(looked, [task.id for task in looked.calendar.tasks], roles=["subject_host"])
        nobody = owing(looked, ["choose"], cohorts=["数学坊"])
    assert {one.name for one in hosts} == {"陈坊主"}
    assert {"briefs", "article", "problems", "answers"} <= {one.task.id for one in hosts}
    assert nobody == []


# ---------------------------------------------------------------- 梳理参训情况，按区县和单位 (J20-11)


@pytest.mark.demand("J20-11")
def test_statistics_by_county_and_unit_add_up_to_the_city(story: Story) -> None:
    """王老师 has all steps of six elective courses and all else: 34 of 34. 陈坊主 wrote three briefs."""
    for course, item in story.calendar.task("elective").items.items():
        for step in item.steps or ("video",):
            story.shows("王老师", "elective", kind=step, item=course, at="2020-12-01 10:00")
    for course, item in story.calendar.task("compulsory").items.items():
        for step in item.steps:
            story.shows("王老师", "compulsory", kind=step, item=course, at="2020-12-01 10:00")
    for task in ("cases", "city_lessons"):
        for item in story.calendar.task(task).items:
            story.shows("王老师", task, item=item, at="2021-01-10 10:00")
    story.shows("王老师", "exchange", 4, kind="posted", at="2020-12-02 10:00")
    chooses(story, "李老师", "孙老师", at="2020-11-07 10:00")
    story.shows("孙老师", "study_plan", at="2020-12-02 10:00")
    story.shows("陈坊主", "briefs", 3, at="2020-12-20 10:00")
    story.shows("陈坊主", "article", at="2020-12-20 10:00")
    story.shows("陈坊主", "problems", 2, at="2020-12-20 10:00")
    story.night("2021-02-28 00:30")
    found = lists(story, statistics, "2021-03-01 00:00")
    (page,) = found.pages
    assert page.headings[:3] == ["地市", "区县", "学校"]
    told = {"/".join(filter(None, row[:3])): row[3:-1] for row in page.rows}
    none = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert told == {
        "济南市/历下区/第一中学": [3, 2, 6667, 1, 3333, 1, 3333, 1133, 100, 600, 300],
        "济南市/历下区/第二中学": none,
        "济南市/历下区/小计": [4, 2, 5000, 1, 2500, 1, 2500, 850, 100, 600, 300],
        "济南市/市中区/第三中学": [1, 1, 10000, 0, 0, 0, 0, 0, 100, 0, 0],
        "济南市/市中区/小计": [1, 1, 10000, 0, 0, 0, 0, 0, 100, 0, 0],
        "济南市/市直高中": none,
        "济南市/小计": [6, 3, 5000, 1, 1667, 1, 1667, 567, 200, 600, 300],
        "合计": [6, 3, 5000, 1, 1667, 1, 1667, 567, 200, 600, 300],
    }
    assert {row[-1] for row in page.rows} == {"暂计"}


# ---------------------------------------------------------------- 生成性资源


def test_accepted_cases_and_articles_are_gathered_with_author_school_and_number(story: Story) -> None:
    case = story.files("cases", *OWN, title="案例一", at="2020-12-20 09:00", author="周老师", subject="语文")
    other = [
        story.files(
            "cases", *OWN, title=f"案例{number}", at="2020-12-20 09:00", author="周老师", subject="语文"
        )
        for number in range(2, 21)
    ]
    story.acts("pass_on", case, "city", at="2021-01-15 09:00")
    story.acts("pass_on", case, "province", at="2021-03-15 09:00")
    story.shows("陈坊主", "article", at="2020-12-20 10:00")
    assert len(other) == 19
    before = lists(story, resources, "2021-03-15 08:59:59").facts
    assert [(one["resource"], one["name"]) for one in before] == [("articles", "陈坊主")]
    found = lists(story, resources, "2021-03-15 09:00").facts
    assert [(one["resource"], one["title"], one["reference"], one["says"]) for one in found] == [
        ("cases", "案例一", str(case), "作者：周老师；学科：语文"), ("articles", "", "平台 R1", ""),
    ]  # fmt: skip
    assert found[0]["organisation"] == ["山东省", "济南市", "市直高中"]


def test_what_a_phase_without_an_end_asks_is_owed_as_long_as_it_goes_on(story: Story) -> None:
    chooses(story, "王老师", at="2021-02-01 10:00")
    with reading(story.engine) as session:
        looked = survey(session, "jinan-2020", story.at("2021-02-01 10:01"))
        found = owing(looked, ["choose"])
    assert "王老师" not in {one.name for one in found}
    assert {one.due for one in found} == {None}
