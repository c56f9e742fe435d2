"""The lists that a demonstration writes at its end, read back, and each of them written again by the command told for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from calendars.reader import read_calendar
from office import demo_lists
from office.demo import PROGRAMMES
from office.demo_lists import Kind, Written, write_lists
from tests.support.desk import Desk
from tests.test_demo import LIKE, without_prefect

LEAVING = "jinan-2020"  # people may withdraw from it
SLUGS = [LEAVING, LIKE]
OF_ALL = {demo_lists.RESULTS, demo_lists.OWING, demo_lists.ALL_IN_ONE, demo_lists.FILED}


@dataclass(frozen=True)
class Office:
    desk: Desk
    lists: Path
    written: list[Written]

    def of(self, slug: str) -> dict[Kind, list[Written]]:
        found: dict[Kind, list[Written]] = {}
        for one in self.written:
            if one.programme == slug:
                found.setdefault(one.kind, []).append(one)
        return found


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    home = tmp_path_factory.mktemp("demo")
    engine, _ = without_prefect(SLUGS, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YANXIU_LOCALE", "zh")
        written = write_lists(engine, SLUGS, home / "lists")
    engine.dispose()
    return Office(Desk(home), home / "lists", written)


def test_each_programme_gets_what_its_calendar_has_and_nothing_else(office: Office) -> None:
    for slug in SLUGS:
        calendar = read_calendar((PROGRAMMES / f"{slug}.yaml").read_text(), slug)
        declared = {
            demo_lists.STATISTICS: calendar.statistics, demo_lists.HONOURS: calendar.honours,
            demo_lists.RESOURCES: calendar.resources, demo_lists.NOT_CHOSEN: calendar.choosing,
            demo_lists.LIKENESS: calendar.likeness, demo_lists.SIDE_BY_SIDE: calendar.likeness,
            demo_lists.REVIEW: any(gate.require == "material reviewed" for gate in calendar.gates),
            demo_lists.TO_REGISTER: any(assessment.earns for assessment in calendar.assessments),
            demo_lists.WITHDRAWN: any(one.on_acceptance for one in calendar.filings),
            demo_lists.TO_PRINT: any(one.on_acceptance for one in calendar.filings),
        }  # fmt: skip
        assert {*office.of(slug)} == OF_ALL | {kind for kind, said in declared.items() if said}
    assert all(one.rows > 0 for one in office.written)


def test_the_files_hold_as_many_rows_as_are_told(office: Office) -> None:
    for one in office.written:
        path = office.lists / one.file
        if path.suffix == ".html":
            page = path.read_text(encoding="utf-8")
            assert page.count("<mark>") >= one.rows or page.count("<tr>") == one.rows + 1
            continue
        sheets = [page for page in openpyxl.load_workbook(path).worksheets if page.title != "说明"]
        if one.kind == demo_lists.TO_REGISTER:
            sheets = [page for page in sheets if page.title == "学时学分登记"]
        if one.kind == demo_lists.RESULTS:
            sheets = [page for page in sheets if page.title in {"合格名单", "不合格名单"}]
        assert sum(page.max_row - 1 for page in sheets) == one.rows, one.file


def test_somebody_is_honoured_in_each_role_and_likeness_is_told_in_figures(office: Office) -> None:
    found = office.of(LIKE)
    honours = openpyxl.load_workbook(office.lists / found[demo_lists.HONOURS][0].file)
    for name in ("优秀学员", "优秀辅导教师"):
        assert "推荐" in {row[-1].value for row in honours[name].iter_rows()}
    headings, *pairs = openpyxl.load_workbook(office.lists / found[demo_lists.LIKENESS][0].file)["雷同"].rows
    alike = [cell.value for cell in headings].index("后交：相同")
    assert all(0.1 < row[alike].value < 1 and row[alike].number_format == "0.00%" for row in pairs)
    decided = {row[-1].value for row in pairs}
    assert {"待定", "雷同，取消（演示办公室）"} == decided


def test_figures_are_figures_and_numbers_that_name_something_are_text(office: Office) -> None:
    filed = openpyxl.load_workbook(office.lists / LIKE / "上报-结业材料.xlsx").worksheets[0]
    headings, first, *_ = filed.iter_rows(values_only=True)
    case = dict(zip(headings, first, strict=True))
    assert (case["骨干教师专业发展个人规划字数"], case["培训心得体会字数"]) == (2000, 1500)
    assert isinstance(case["件号"], str)
    assert isinstance(case["人员编号"], str)
    results = openpyxl.load_workbook(office.lists / LIKE / "结果.xlsx")
    assert "学时学分登记" not in results.sheetnames  # nothing is earned there
    headings, *rows = results["网络研修成绩"].rows
    at = [cell.value for cell in headings].index("总分")
    assert {row[at].number_format for row in rows if row[at].value is not None} == {"General"}  # 80, not 80.


def test_the_commands_that_are_told_write_the_same(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in {one.command: one for one in office.written}.values():
        folder = tmp_path / one.programme
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        answer = office.desk.types(*one.command, language="zh")
        assert answer.code == 0, (one.command, answer.errors)
        assert content(folder / one.file.name) == content(office.lists / one.file), one.file


def content(path: Path) -> object:
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    return {page.title: cells(page) for page in openpyxl.load_workbook(path).worksheets}


def cells(page: Worksheet) -> list[tuple[object, ...]]:
    """Without the instant up to which a list looks, which is now."""
    return [row for row in page.iter_rows(values_only=True) if row[0] != "截至"]
