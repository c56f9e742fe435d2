"""`yanxiu exception import|list`, `appeal extend|list`, `extend` for a school, as an office types them."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from calendars.clock import now
from tests.support.desk import MARKS, PEOPLE_AND_RECORDS, Desk, example_office
from tests.support.files import workbook

SLUG = ["-p", "longcheng-2024"]
HEADER = ["人员编号", "种类", "任务", "至", "原因", "决定人", "依据文号", "时间"]
ROWS = [
    ["LC002", "免修", "", "", "正在参加新教师培训", "陈主任", "教字7号", "2024-12-03 09:00"],
    ["LC003", "延期", "研修日志", "2024-12-08", "住院", "陈主任", "医院证明", "2024-12-04 10:00"],
]
RECEIVED = ["--received", "2024-12-04 12:00", "--said-by", "陈主任"]


def why(at: str, name: str = "陈主任") -> list[str]:
    return ["--reason", "雪灾停课", "--name", name, "--at", at]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = example_office(tmp_path_factory.mktemp("example"), *PEOPLE_AND_RECORDS, *MARKS)
    desk.expects("operator", "add", "赵敏")
    return desk.home


@pytest.fixture
def office(imported: Path, tmp_path: Path) -> Desk:
    shutil.copytree(imported, tmp_path / "home")
    return Desk(tmp_path / "home")


def test_a_sheet_is_previewed_taken_in_listed_and_explained(office: Desk) -> None:
    sheet = workbook(office.home / "a.xlsx", [HEADER, *ROWS])
    told = office.expects("exception", "import", *SLUG, "--preview", sheet, *RECEIVED).out
    assert "2 added" in told
    assert "extend 研修日志 2024-12-08, because: 住院" in told
    assert office.expects("exception", "list", *SLUG).out.strip() == "no exceptions"
    office.expects("exception", "import", *SLUG, sheet, *RECEIVED)
    again = office.expects("exception", "import", *SLUG, sheet, *RECEIVED, "--json").out
    assert [(one["added"], one["unchanged"]) for one in json.loads(again)] == [(0, 2)]
    out = office.home / "out.xlsx"
    office.expects("exception", "list", *SLUG, "--out", out)
    assert len([*openpyxl.load_workbook(out).worksheets[0].iter_rows()]) == 3
    assert office.types("exception", "list", *SLUG, "--out", out).code == 1  # never overwritten
    listed = json.loads(office.expects("exception", "list", *SLUG, "--json").out)
    assert [(one["kind"], one["number"], one["document"]) for one in listed] == [
        ("exempt", "LC002", "教字7号"), ("extend", "LC003", "医院证明"),
    ]  # fmt: skip
    assert "deadline extended: 研修日志 2024-12-08 24:00, by 陈主任, because: 住院 (医院证明)" in (
        office.expects("explain", "LC003").out
    )


def test_the_sheet_to_fill_in_offers_the_kinds(office: Desk) -> None:
    office.expects("template", "exceptions", office.home / "t.xlsx", *SLUG)
    book = openpyxl.load_workbook(office.home / "t.xlsx")
    assert [cell.value for cell in book["Exceptions"][1]][4:6] == ["kind", "task"]
    offered = [row[0].value for row in book["lists"].iter_rows(max_col=4, min_col=2)]
    assert offered[:3] == ["exempt", "readmit", "withdraw"]


def test_a_file_with_a_bad_row_is_refused_whole(office: Desk) -> None:
    sheet = workbook(office.home / "a.xlsx", [HEADER, *ROWS, ["LC004", "免考", "", "", "x", "y", "", ""]])
    answer = office.types("exception", "import", *SLUG, sheet, *RECEIVED)
    assert (answer.code, "a.xlsx!名单!B4" in answer.errors) == (1, True)
    assert office.expects("exception", "list", *SLUG).out.strip() == "no exceptions"


def test_nothing_is_decided_in_the_future(office: Desk) -> None:
    """A decision takes its cohort on to its instant, and that must have come."""
    tomorrow = f"{now() + timedelta(days=1):%Y-%m-%d %H:%M}"
    answer = office.types("exception", "exempt", *SLUG, "--person", "LC003", *why(tomorrow))
    assert (answer.code, "is still to come" in answer.errors) == (1, True)


def test_a_school_is_given_longer_for_a_task(office: Desk) -> None:
    words = ["--task", "研修日志", "--to", "2024-12-08", *why("2024-12-04 10:00")]
    told = office.expects("extend", *SLUG, "--organisation", "向阳中学", *words).out
    assert "研修日志: extended until 2024-12-08 24:00 for" in told
    for wrong, why_not in (
        (["--organisation", "没有的学校"], "没有的学校"),
        (["--organisation", "向阳中学", "--cohort", "数学班"], "--cohort is about cohorts"),
        ([], "one person or the people of an organisation"),
    ):
        answer = office.types("extend", *SLUG, *wrong, *words)
        assert (answer.code, why_not in answer.errors) == (1, True)


def test_an_appeal_that_is_not_decided_is_told_given_time_and_listed(office: Desk) -> None:
    office.expects("night", "--as-of", "2024-12-15")
    words = ["--person", "LC003", "--assessment", "网络研修成绩", *why("2024-12-18 09:00", "赵敏")]
    office.expects("appeal", "file", *SLUG, *words)
    office.types("night", "--as-of", "2025-01-05")
    status = office.types("status").out
    assert "appeals to be decided: 1, of them overdue: 1" in status
    holds = json.loads(office.types("holds", "--json").out)
    (hold,) = [one for one in holds if one["kind"] == "appeal not decided"]
    assert (hold["waits_on"], hold["since"]) == ("county", "2025-01-02T16:00:00+00:00")
    extended = office.expects(
        "appeal", "extend", "1", *SLUG, "--to", "2025-01-20", *why("2025-01-06 09:00")
    ).out
    assert extended.strip() == "appeal 1: filed"
    shown = office.expects("appeal", "show", "1", *SLUG).out
    assert "2025-01-03 00:00 not decided in time\n" in shown
    assert "2025-01-06 09:00 given more time by 陈主任, because: " in shown
    (one,) = json.loads(office.expects("appeal", "list", *SLUG, "--json").out)
    assert one["decide_by"].startswith("2025-01-20T16:00")
    office.expects("appeal", "list", *SLUG, "--out", office.home / "appeals.xlsx")
    results = office.expects("results", "export", *SLUG, "--out", office.home / "r.xlsx", "--json").out
    assert {line["entry"] for line in json.loads(results)["results"]} == {1}
