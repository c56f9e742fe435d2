"""`yanxiu lists`, as a clerk and a script meet it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from calendars.list_words import figures
from calendars.reader import read_calendar
from tests.support.desk import Desk
from tests.support.files import PROGRAMMES, table

SLUG = ["--programme", "longcheng-2024"]
THEN = ["--received", "2024-10-20 09:00", "--said-by", "李主任"]
HEADER = ["姓名", "人员编号", "角色", "班级", "区县", "学校"]
LOCK = ["--as-of", "2024-12-15"]
LISTS = ("statistics", "honours", "resources", "not-chosen", "owing")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An office with five learners, two of them alike, whose names and school look like formulas, and a tutor."""
    folder = tmp_path_factory.mktemp("lists")
    desk = Desk(folder / "home")
    people = [
        [f"学员{number}", f"T00{number}", "参训学员", "语文班", "龙城区", "第一小学"] for number in range(4)
    ]
    people += [
        ["=1+1", "T004", "参训学员", "语文班", "龙城区", "=cmd|'/c calc'!A1"],
        ["[bold]王[/]", "T005", "班级辅导教师", "语文班", "龙城区", "=cmd|'/c calc'!A1"],
    ]
    evidence = [["姓名", "人员编号", "任务", "类型", "数量", "发生时间", "记录编号"]]
    for number in range(5):
        work = [
            ("study", "study_minutes", 800),
            ("assignment", "handed_in", 1),
            ("journal", "handed_in", 1),
            ("talk", "topic", 20),
        ]
        name = people[number][0]
        evidence += [
            [name, f"T00{number}", task, kind, amount, "2024-11-10 09:00", f"E{number}{task}"]
            for task, kind, amount in work
        ]
    evidence.append([people[5][0], "T005", "brief", "brief", 2, "2024-11-10 09:00", "=HYPERLINK(1)"])
    marks = [
        ["姓名", "人员编号", "任务", "等级"],
        *([people[number][0], f"T00{number}", "assignment", "优秀"] for number in range(5)),
    ]
    desk.begins("李主任")
    desk.expects("calendar", "publish", PROGRAMMES / "longcheng-2024.yaml")
    desk.expects("roster", "import", *SLUG, table(folder / "r.csv", [HEADER, *people]), *THEN)
    later = ["--received", "2024-12-10 09:00", "--said-by", "李主任"]
    desk.expects("evidence", "import", *SLUG, table(folder / "e.csv", evidence), *later)
    desk.expects("marks", "import", *SLUG, table(folder / "m.csv", marks), *later)
    desk.expects("night", "--as-of", "2024-12-15")
    return desk


def test_statistics_are_shown_as_a_table_and_told_to_a_program(desk: Desk) -> None:
    told = desk.types("lists", "statistics", *SLUG, language="zh").out
    assert "参训率" in told
    assert "100%" in told
    found = desk.expects("lists", "statistics", *SLUG, *LOCK, "--json").json
    assert [one["sum_of"] for one in found] == [None, None, "county", "all"]
    assert found[-1] | {"county": None} == found[-1]
    assert (found[-1]["reported"], found[-1]["pass_rate"], found[-1]["average"], found[-1]["briefs"]) == (5, 10000, 10000, 200)  # fmt: skip
    assert found[-1]["provisional"] == 0


def test_as_of_the_last_second_before_the_lock_is_provisional(desk: Desk) -> None:
    found = desk.expects("lists", "statistics", *SLUG, "--as-of", "2024-12-15T23:59:59+08:00", "--json").json
    assert (found[-1]["score_sheets"], found[-1]["provisional"]) == (5, 5)


def test_english_has_the_same_table(desk: Desk) -> None:
    told = desk.types("lists", "statistics", *SLUG, *LOCK, language="en").out
    assert all(word in told.replace("\n", " ") for word in ("county", "reported", "attendan", "sealed"))


def test_nobody_is_chosen_among_those_who_are_alike(desk: Desk) -> None:
    (learners, tutors) = desk.expects("lists", "honours", *SLUG, "--json").json
    assert (learners["passed"], learners["places"], learners["proposed"], learners["left_for_tied"]) == (
        5,
        1,
        [],
        1,
    )
    assert len(learners["tied"]) == 5
    assert tutors["passed"] == 1
    told = desk.types("lists", "honours", *SLUG, language="zh").out
    assert "只余1个名额，请另行决定" in told.replace("\n", "")


def test_not_chosen_by_county_and_owing_by_role(desk: Desk) -> None:
    by_county = desk.types("lists", "not-chosen", *SLUG, *LOCK, "--by", "county", language="zh").out
    assert "未完成人数" in by_county
    owing = desk.expects("lists", "owing", *SLUG, *LOCK, "--role", "班级辅导教师", "--json").json
    assert {one["task"] for one in owing} == {"lead_talk", "recommend"}
    one_task = desk.expects(
        "lists", "owing", *SLUG, *LOCK, "--task", "推优", "--cohort", "语文班", "--json"
    ).json
    assert [(one["number"], one["shown"], one["due"]) for one in one_task] == [
        ("T005", 0, "2024-12-12T16:00:00+00:00")
    ]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_list_is_written_as_a_workbook_in_which_nothing_of_anybodys_is_a_formula(
    desk: Desk, tmp_path: Path, name: str, language: str
) -> None:
    out = tmp_path / "list.xlsx"
    answer = desk.types("lists", name, *SLUG, *LOCK, "--out", out, language=language)
    assert (answer.code, answer.errors) == (0, "")
    book = openpyxl.load_workbook(out)
    cells = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(str(cell.value).startswith("=") for cell in cells)
    assert (book.sheetnames[0], len(book.sheetnames) > 1) == ({"zh": "说明", "en": "About"}[language], True)


def test_names_that_look_like_markup_are_shown_as_they_are(desk: Desk) -> None:
    assert "[bold]王[/]" in desk.types("lists", "resources", *SLUG, *LOCK, language="zh").out


def test_the_summary_names_its_sheets(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "summary.xlsx"
    told = desk.expects("lists", "summary", *SLUG, *LOCK, "--out", out, "--json").json
    assert openpyxl.load_workbook(out).sheetnames[1:] == [name[:31] for name in told["sheets"]]
    again = desk.types("lists", "summary", *SLUG, *LOCK, "--out", out, language="zh")
    assert again.out.startswith(f"已写出 {out}")


def test_a_folder_that_is_not_there_is_told_and_nothing_is_written(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "a.xlsx"
    answer = desk.types("lists", "statistics", *SLUG, "--out", out)
    assert (answer.code, out.exists()) == (1, False)
    assert str(out) in answer.errors


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["statistics", "--organisation", "第三小学"], "--organisation: 项目 longcheng-2024 没有属于单位“第三小学”的人，是不是“第一小学”？"),
        (["statistics", "--as-of", "2099-01-01"], "--as-of: 2099-01-02 00:00 还没有到"),
        (["statistics", "--as-of", "昨天"], "--as-of: 看不懂时间“昨天”"),
        (["not-chosen", "--by", "city"], "--by: 这个项目没有“city”这一级。层级有：county、school"),
        (["owing", "--role", "教师"], "--role: 没有角色“教师”"),
        (["owing", "--task", "没有的"], "--task: 没有任务“没有的”"),
        (["owing", "--cohort", "语文斑"], "--cohort: 没有班级“语文斑”。是不是“语文班”？"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_told_with_what_there_is(desk: Desk, more: list[str], told: str) -> None:
    answer = desk.types("lists", *more, *SLUG, language="zh")
    assert answer.code == 1
    assert answer.errors.startswith(told)


def test_a_calendar_that_declares_no_list_says_which_key_is_missing(desk: Desk, tmp_path: Path) -> None:
    desk.expects("calendar", "publish", PROGRAMMES / "lanxi-2019.yaml")
    for name, key in (
        ("statistics", "statistics"),
        ("honours", "honours"),
        ("resources", "resources"),
        ("not-chosen", "choosing"),
    ):
        answer = desk.types("lists", name, "--programme", "lanxi-2019", language="zh")
        assert (answer.code, answer.errors) == (1, f"lanxi-2019 的学期日历没有写 {key}:，没有可列的\n")
    out = tmp_path / "summary.xlsx"
    desk.expects("lists", "summary", "--programme", "lanxi-2019", "--out", out)
    assert openpyxl.load_workbook(out).sheetnames[-1] == "Reports received"


def test_every_figure_is_called_and_explained_in_both_languages() -> None:
    text = (PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = figures(read_calendar(text, "term"))
    assert len(told) == 12
    for name, meaning in told.values():
        assert name().text("zh") != name().text("en")
        assert meaning.text("zh") != meaning.text("en")
