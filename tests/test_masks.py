"""ID numbers and phones are masked on screen and on paper, and stand in full where somebody needs them (law 17)."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from exchange.masks import masked
from exchange.workbooks import Page, write_workbook
from tests.support.desk import Desk, enrolled_office
from tests.support.files import workbook

ID = "11010119900307707X"
HIDDEN = "110***********707X"
ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校", "手机号"],
    ["李老师", ID, "参训学员", "一班", "龙城区", "第一小学", "13800001234"],
    ["王老师", "T002", "参训学员", "一班", "龙城区", "第二小学", ""],
]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (ID, HIDDEN),
        (f"{ID.lower()}、T002", "110***********707x、T002"),
        ("手机13800001234，请回电", "手机138****1234，请回电"),
        ("+86 138 0000 1234", "+86 138****1234"),
        ("8613800001234", "86138****1234"),
        ("199013012345678901", "199013012345678901"),  # a 13th month: no birthday, so no ID number
        ("订单1380000123456", "订单1380000123456"),  # too long for a phone
        ("a" * 40 + ID, "a" * 40 + ID),  # in the middle of a hash
        ("2024-10-20 09:00", "2024-10-20 09:00"),
        ("330102198001011234330102198001011234", "330102198001011234330102198001011234"),
    ],
)
def test_an_id_number_and_a_phone_lose_their_middle_and_nothing_else_changes(said: str, shown: str) -> None:
    assert masked(said) == shown


def test_a_sheet_is_masked_unless_it_comes_back_or_a_register_goes_by_it(tmp_path: Path) -> None:
    path = tmp_path / "lists.xlsx"
    write_workbook(path, [Page("看", ["编号"], [[ID]]), Page("填", ["编号"], [[ID]], in_full=True)])
    book = openpyxl.load_workbook(path)
    assert [book[name]["A2"].value for name in ("看", "填")] == [HIDDEN, ID]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return enrolled_office(tmp_path / "home", workbook(tmp_path / "r.xlsx", ROSTER))


def test_a_screen_shows_who_is_meant_and_the_whole_number_to_who_asks_for_it(desk: Desk) -> None:
    told = desk.expects("person", "show", ID).out
    assert HIDDEN in told
    assert "138****1234" in told
    assert ID not in told
    told = desk.expects("--in-full", "person", "show", "13800001234").out
    assert ID in told
    assert "13800001234" in told
    (line,) = desk.expects("operator", "log", "--json").json
    assert (line["act"], line["refused"], line["file"]) == ("person show --in-full", False, None)
    assert "shown in full" in desk.expects("operator", "log").out
    assert desk.expects("person", "show", "T002", "--json").json[0]["number"] == "T002"
    assert ID not in desk.expects("person", "show", ID, "--json").out


def test_what_is_wrong_with_a_file_is_told_by_its_cell_and_not_by_its_number(
    desk: Desk, tmp_path: Path
) -> None:
    wrong = workbook(tmp_path / "w.xlsx", [ROSTER[0], ["李老帅", *ROSTER[1][1:]]])
    answer = desk.types("roster", "import", "-p", "longcheng-2024", wrong)
    assert answer.code == 1
    assert "w.xlsx!名单!A2" in answer.errors
    assert HIDDEN in answer.errors
    assert ID not in answer.errors + answer.out
