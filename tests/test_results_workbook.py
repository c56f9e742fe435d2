"""The workbook that an office gets at the end: read back with another library, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from exchange.results import export_results
from exchange.sealed_results import sealed_results
from exchange.workbooks import Page, sheet_name, write_workbook
from models.database import transaction
from tests.support.story import Story
from workflows.appealing import file_appeal, grant, revoke, take_up
from workflows.exceptions import exempt, readmit
from workflows.resolving import Decision

AT = datetime(2026, 1, 1, tzinfo=UTC)
SCHOOL = ("龙城区", "第一小学")


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.enrol("=1+1", "learner", "一班", "龙城区", "第二小学")
    story.enrol("周老师", "learner", "一班", *SCHOOL, status="exempt")
    story.shows("李老师", "study", 800, at="2024-11-05 20:00")
    story.shows("李老师", "assignment", at="2024-11-20 21:15")
    story.shows("李老师", "journal", at="2024-12-01 09:00")
    story.shows("李老师", "talk", 20, at="2024-11-22 12:00")
    story.marks("李老师", "assignment", "优秀", received="2024-12-10 10:00")
    story.shows("=1+1", "study", 500, at="2024-11-05 20:00")
    story.night("2024-12-16 00:30")
    return story


@pytest.fixture
def workbook(story: Story, tmp_path: Path) -> Any:
    with Session(story.engine) as session:
        assert export_results(session, "longcheng-2024", tmp_path / "results.xlsx", "zh", AT) == 2
    return openpyxl.load_workbook(tmp_path / "results.xlsx")


def rows(workbook: Any, sheet: str) -> list[dict[str, Any]]:
    headings, *found = workbook[sheet].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in found]


def test_there_is_a_sheet_for_each_question(workbook: Any) -> None:
    assert workbook.sheetnames == [
        "网络研修成绩", "辅导教师考核", "区级骨干教师认定", "合格名单", "不合格名单", "汇总", "例外情况",
    ]  # fmt: skip


def test_every_component_stands_beside_the_total(workbook: Any) -> None:
    first = rows(workbook, "网络研修成绩")[0]
    assert (first["姓名"], first["课程学习（满40）"], first["总分"], first["结果"]) == (
        "李老师",
        40,
        100,
        "合格",
    )


def test_who_did_not_pass_sees_what_was_lacking(workbook: Any) -> None:
    (failed,) = rows(workbook, "不合格名单")
    assert failed["缺什么"].startswith("总分26.67，离80差53.33；课程学习 26.67/40；课程作业")


def test_somebody_exempt_is_neither_and_has_the_reason(workbook: Any) -> None:
    exempt = next(row for row in rows(workbook, "网络研修成绩") if row["姓名"] == "周老师")
    assert (exempt["状态"], exempt["原因"], exempt["总分"]) == ("免修", "文件所列", None)
    assert "周老师" not in {
        row["姓名"] for sheet in ("合格名单", "不合格名单") for row in rows(workbook, sheet)
    }


def test_a_name_that_looks_like_a_formula_stays_text(workbook: Any) -> None:
    cells = [cell for row in workbook["不合格名单"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_the_summary_adds_up_by_school(workbook: Any) -> None:
    training = [row for row in rows(workbook, "汇总") if row["考核"] == "网络研修成绩"]
    told = [(row["区县"], row["学校"], row["参训人数"], row["合格人数"], row["合格率"]) for row in training]
    assert told == [
        ("合计", None, 2, 1, 0.5), ("龙城区", "合计", 2, 1, 0.5),
        ("龙城区", "第一小学", 1, 1, 1), ("龙城区", "第二小学", 1, 0, 0),
    ]  # fmt: skip


def test_headers_stay_in_sight(workbook: Any) -> None:
    assert all(sheet.freeze_panes == "A2" for sheet in workbook.worksheets)


def test_sheet_names_are_what_excel_takes() -> None:
    taken: set[str] = set()
    assert [sheet_name(name, taken) for name in ("a/b:c", "A/B:C", "长" * 40)] == [
        "a_b_c",
        "A_B_C 2",
        "长" * 31,
    ]


def test_a_workbook_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "results.xlsx"
    write_workbook(path, [Page("old", ["a"], [["1"]])])

    def broken() -> Any:
        yield ["1"]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_workbook(path, [Page("new", ["a"], broken())])
    assert openpyxl.load_workbook(path).sheetnames == ["old"]


def test_a_score_stands_beside_the_name_of_its_band(engine: Engine, tmp_path: Path) -> None:
    story = Story(engine, "lanxi-2019")
    story.cohort("一校", "兰西县", "第一小学")
    story.enrol("李老师", "learner", "一校", "兰西县", "第一小学")
    story.files("plan_and_roster", "兰西县", "第一小学", at="2019-12-12 20:00")
    story.shows("李老师", "own_plan", at="2019-12-10 20:00")
    story.marks("李老师", "own_plan", 17.9, received="2019-12-20 09:00")
    story.rubric("school_score", {"出勤": 40}, "兰西县", "第一小学", received="2019-12-12 09:00")
    story.marks("李老师", "school_score", 30, item="出勤", received="2019-12-28 09:00")
    story.night("2020-01-01 00:30")
    with Session(engine) as session:
        export_results(session, "lanxi-2019", tmp_path / "results.xlsx", "zh", AT)
    (row,) = rows(openpyxl.load_workbook(tmp_path / "results.xlsx"), "综合考核")
    assert (row["作业：教师自我发展规划（满20）"], row["作业：教师自我发展规划 等级"]) == (17.9, "良好")


def test_each_line_says_on_which_sealed_entry_it_stands(story: Story, tmp_path: Path) -> None:
    """李老师 was sealed with 100 and then taken away, the failed one was let in by an appeal, 郑老师 was exempt and came back
    before the lock."""
    at = story.at("2024-12-18 09:00")
    by = Decision("雷同", "陈主任", at, at, document="教字9号")
    with transaction(story.engine) as session:
        revoke(session, story.people["李老师"], "training", by, "周老师")
        appeal = file_appeal(session, story.people["=1+1"], "training", by)
        take_up(session, appeal.id or 0, by)
    story.shows("=1+1", "journal", at="2024-12-01 09:00", received="2024-12-17 10:00")
    with transaction(story.engine) as session:
        grant(session, 1, replace(by, reason="平台漏报"), "周老师")
    with Session(story.engine) as session:
        export_results(session, "longcheng-2024", tmp_path / "results.xlsx", "zh", AT)
        facts = sealed_results(session, "longcheng-2024", story.at("2030-01-01"))
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    revoked, corrected = (
        "第2次封存（更正）：陈主任、周老师：雷同",
        "第2次封存（更正）：陈主任、周老师：平台漏报",
    )
    for sheet in ("网络研修成绩", "不合格名单"):
        assert {row["姓名"]: row["依据"] for row in rows(book, sheet) if row["姓名"] != "周老师"} == {
            "李老师": revoked, "=1+1": corrected,
        }  # fmt: skip
    assert rows(book, "合格名单") == []
    assert {(one["person"], one["result"], one["entry"], one["correction"]) for one in facts} == {
        ("李老师", "取消", 2, "陈主任、周老师：雷同"), ("=1+1", "不合格", 2, "陈主任、周老师：平台漏报"),
    }  # fmt: skip


def test_who_was_exempt_and_came_back_stands_on_the_first_entry(engine: Engine, tmp_path: Path) -> None:
    story = Story(engine, "lanxi-2019")
    story.cohort("一校", "兰西县", "第一小学")
    story.enrol("李老师", "learner", "一校", "兰西县", "第一小学")
    story.files("plan_and_roster", "兰西县", "第一小学", at="2019-12-12 20:00")
    for task, day in (("own_plan", "14"), ("own_speech", "21"), ("insight", "28")):
        story.shows("李老师", task, at=f"2019-12-{day} 20:00")
        story.marks("李老师", task, 20, received="2019-12-29 10:00")
    story.rubric("school_score", {"出勤": 40}, "兰西县", "第一小学", received="2019-12-12 09:00")
    story.marks("李老师", "school_score", 30, item="出勤", received="2019-12-28 09:00")
    since, back = (
        Decision("误报", "王主任", at, at)
        for at in (story.at("2019-12-15 09:00"), story.at("2019-12-16 09:00"))
    )
    with transaction(engine) as session:
        exempt(session, story.people["李老师"], since, "新教师培训")
        readmit(session, story.people["李老师"], back)
    story.night("2020-01-01 00:30")
    with Session(engine) as session:
        export_results(session, "lanxi-2019", tmp_path / "results.xlsx", "zh", AT)
        (fact,) = sealed_results(session, "lanxi-2019", story.at("2030-01-01"))
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    (row,) = rows(book, "学时学分登记")
    assert (row["学时"], row["依据"], row["封存校验码"]) == (36, "第1次封存", fact["seal"])
    assert (fact["entry"], fact["correction"], fact["earned"]) == (1, None, {"hours": "36"})
    assert [one["例外"] for one in rows(book, "例外情况")] == ["免修", "取消免修"]


def test_a_later_deadline_is_among_the_exceptions(engine: Engine, tmp_path: Path) -> None:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.night("2024-12-02 00:30")
    story.extend_for("李老师", "journal", "2024-12-08 24:00", effective="2024-12-02 09:00")
    with Session(engine) as session:
        export_results(session, "longcheng-2024", tmp_path / "results.xlsx", "zh", AT)
    (row,) = rows(openpyxl.load_workbook(tmp_path / "results.xlsx"), "例外情况")
    assert (row["例外"], row["关于"], row["转到、延长到"], row["原因"], row["决定人"], row["生效时间"]) == (
        "延期", "研修日志", "2024-12-08 24:00", "住院", "王主任", "2024-12-02 09:00:00",
    )  # fmt: skip
