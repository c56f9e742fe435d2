"""The workbooks to fill in: they offer what a programme knows, and come back as they went out."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from calendars.messages import Locale
from calendars.reader import read_calendar
from exchange.columns import recognise
from exchange.filing_columns import FIELD
from exchange.forms import FORMS, Kind, columns_of
from exchange.roster import read_roster
from exchange.spreadsheets import open_sheet
from exchange.templates import write_template
from models.database import transaction
from tests.support.files import PROGRAMMES, local, published

FILES = sorted(PROGRAMMES.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("kind", [*FORMS])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_template_is_read_back_with_its_example_passed_over(
    tmp_path: Path, file: Path, kind: Kind, locale: Locale
) -> None:
    calendar = read_calendar(file.read_text(encoding="utf-8"), file.name)
    write_template(calendar, kind, tmp_path / "t.xlsx", locale)
    columns = columns_of(kind, calendar)
    if not any(column.leads for column in columns):
        pytest.skip("a programme without schools has no rubric of theirs")
    found = recognise(open_sheet(tmp_path / "t.xlsx"), columns)
    assert list(found.keys) == [column.key for column in columns]
    assert list(found.rows()) == []
    assert found.examples == 1


def test_a_template_filled_in_is_a_roster(engine: Engine, tmp_path: Path) -> None:
    published(engine, "lanxi-2019")
    path = tmp_path / "名册.xlsx"
    calendar = read_calendar((PROGRAMMES / "lanxi-2019.yaml").read_text(encoding="utf-8"), "lanxi-2019")
    write_template(calendar, "roster", path, "zh")
    book = openpyxl.load_workbook(path)
    for at, cell in enumerate(["林静", "T001", "参训学员", "一班", "兰西县", "第一小学"], 1):
        book["名册"].cell(3, at, cell)
    book.save(path)
    with transaction(engine) as session:
        plan = read_roster(session, "lanxi-2019", path, local("2019-12-06 09:00"))
    assert (plan.refused, plan.added, plan.examples) == ([], 1, 1)


def test_a_template_offers_what_the_programme_knows(tmp_path: Path) -> None:
    calendar = read_calendar((PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8"), "longcheng")
    write_template(calendar, "evidence", tmp_path / "t.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["学习记录", "说明", "lists"]
    assert book["lists"].sheet_state == "hidden"
    page = book["学习记录"]
    assert page.freeze_panes == "A2"
    assert page["A2"].value == "示例（这一行不会导入）"
    assert page.column_dimensions["A"].width >= 22
    offered = {}
    for rule in page.data_validations.dataValidation:
        column, _, place = rule.formula1.removeprefix("lists!$").partition("$")
        last = int(place.rpartition("$")[2])
        heading = page[f"{str(rule.sqref)[0]}1"].value
        offered[heading] = [book["lists"][f"{column}{line}"].value for line in range(1, last + 1)]
    assert list(offered) == ["任务", "类型", "项目", "角色"]
    assert "课程学习" in offered["任务"]
    assert "批改作业" not in offered["任务"]  # shown by nothing that a file could bring
    assert {"班主任", "师德", "心理健康", "安全教育", "学科教学"} <= set(offered["项目"])
    notes = [[cell.value for cell in row] for row in book["说明"].iter_rows(max_col=3)]
    assert notes[:2] == [["列", "英文名", "必填"], ["人员编号", "number", "是"]]


def test_numbers_are_typed_into_text_columns(tmp_path: Path) -> None:
    calendar = read_calendar((PROGRAMMES / "lanxi-2019.yaml").read_text(encoding="utf-8"), "lanxi-2019")
    write_template(calendar, "roster", tmp_path / "t.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    page = book["Roster"]
    assert [page.column_dimensions[column].number_format for column in ("A", "B")] == ["@", "@"]


@pytest.mark.parametrize("kind", [*FORMS])
def test_the_contract_names_every_column_and_alias(kind: Kind) -> None:
    """But for the fields of a calendar's own filings, which the calendar names."""
    contract = (PROGRAMMES.parents[1] / "docs" / "files.md").read_text(encoding="utf-8")
    for file in FILES:
        for column in columns_of(kind, read_calendar(file.read_text(encoding="utf-8"), file.name)):
            unnamed = [name for name in column.names() if name not in contract]
            assert unnamed == [] or column.key.startswith(FIELD)
