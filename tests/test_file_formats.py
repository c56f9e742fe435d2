"""Files are known by their content, their header by its names, their cells by what the spreadsheet made of them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from calendars.messages import Refused, Wording
from exchange.columns import Column, Row, recognise
from exchange.spreadsheets import letters, open_sheet
from tests.support.files import table, told, workbook

COLUMNS = (
    Column(
        "number", Wording("人员编号", "number"), Wording("", ""), ("证件号码",), required=True, leads=True
    ),
    Column("name", Wording("姓名", "name"), Wording("", ""), required=True),
    Column("amount", Wording("数量", "amount"), Wording("", "")),
)
ROWS = [["人员编号", "姓名", "数量"], ["T001", "林静", "1"], ["T002", "赵敏", "2.5"]]


def rows(path: Path) -> list[Row]:
    return list(recognise(open_sheet(path), COLUMNS).rows())


def cells(path: Path) -> list[tuple[object, ...]]:
    return [tuple(row.cells.values()) for row in rows(path)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_every_encoding_that_offices_save(tmp_path: Path, encoding: str) -> None:
    assert cells(table(tmp_path / "名单.csv", ROWS, encoding)) == [
        ("T001", "林静", "1"),
        ("T002", "赵敏", "2.5"),
    ]


def test_a_file_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    assert cells(workbook(tmp_path / "really-a-workbook.csv", ROWS)) == cells(
        table(tmp_path / "t.xlsx", ROWS)
    )


def test_a_workbook_by_another_program_is_read_alike(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "o.xlsx")
    assert cells(tmp_path / "o.xlsx") == [("T001", "林静", "1"), ("T002", "赵敏", "2.5")]


@pytest.mark.parametrize(
    ("content", "zh", "en"),
    [
        pytest.param(b"", "这个文件是空的", "this file is empty", id="no bytes"),
        pytest.param(b"\n\n", "这个文件是空的", "this file is empty", id="no rows"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(600), "旧格式（.xls）", "an old .xls", id="xls"),
        pytest.param("编号,姓名".encode("utf-16"), "UTF-16", "UTF-16", id="utf-16"),
        pytest.param(b"\x89PNG\r\n\x00", "既不是 .xlsx 工作簿，也不是文本", "neither an .xlsx", id="picture"),
        pytest.param(
            b"a,b\nT001,\xff\xff\n", "第2行既不是 UTF-8", "line 2 is neither UTF-8", id="broken text"
        ),
        pytest.param(
            "编号,来源\nT001,平台\n".encode() + "T002,平台\n".encode("gb18030"),
            "第3行看来是 GB18030",
            "line 3 looks like GB18030",
            id="two exports, UTF-8 first",
        ),
        pytest.param(
            "编号,姓名\nT001,林静\n".encode("gb18030") + "T002,张飞\n".encode(),
            "第3行是 UTF-8 编码，第1行却是 GB18030",
            "line 3 is in UTF-8, and line 1",
            id="two exports, GB18030 first",
        ),
        pytest.param(b"PK\x03\x04nonsense", "已损坏", "damaged", id="no workbook"),
        pytest.param("half", "已损坏", "damaged", id="half a workbook"),
        pytest.param(
            b'number,name\nT1,"Lin\n', "第2行不合 CSV", "line 2 is not written as CSV", id="open quote"
        ),
        pytest.param(b'number,name\n\nT1,"L"x\n', "第3行不合 CSV", "line 3 is not", id="stray quote"),
        pytest.param(None, "打不开这个文件", "cannot open this file", id="no file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, content: bytes | str | None, zh: str, en: str
) -> None:
    path = tmp_path / "f.xlsx"
    if content == "half":
        whole = workbook(path, ROWS).read_bytes()
        content = whole[: len(whole) // 2]
    if isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        rows(path)
    (problem,) = refused.value.problems
    assert problem.where == "f.xlsx"
    assert zh in problem.text("zh")
    assert en in problem.text("en")


def test_the_header_may_stand_under_a_title_and_right_of_empty_columns(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("表")
        sheet.write_string("C2", "2024年花名册")
        for line, row in enumerate(ROWS):
            sheet.write_row(4 + line, 2, row)
    assert [(row.line, row.cells["name"]) for row in rows(path)] == [(6, "林静"), (7, "赵敏")]
    found = recognise(open_sheet(path), COLUMNS)
    assert found.problem(6, "name", Wording("错", "wrong")()).text("zh") == "w.xlsx!表!D6: 错"


def test_headers_are_chinese_or_english_in_any_order_case_and_width(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [["ＮＡＭＥ", " 证件 号码* "], ["林静", "T001"]])
    assert rows(path)[0].cells == {"name": "林静", "number": "T001"}


def test_unknown_doubled_and_missing_columns_are_told_together(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "w.xlsx", [["人员编码", "数量", "姓名", "姓名", "备注"], ["T001", 1, "林", "林", ""]]
    )
    with pytest.raises(Refused) as refused:
        rows(path)
    assert told(refused) == [
        "w.xlsx!名单!A1: 不认识“人员编码”这一列。是不是“人员编号”？",
        "w.xlsx!名单!D1: “姓名”这一列出现了两次",
        "w.xlsx!名单!E1: 不认识“备注”这一列。可用的列：人员编号、姓名、数量",
        "w.xlsx!名单: 表头（第1行）缺少“人员编号 number”这一列",
    ]
    assert told(refused, "en")[0] == "w.xlsx!名单!A1: there is no column '人员编码'. Did you mean '人员编号'?"


def test_empty_rows_and_example_rows_are_passed_over(tmp_path: Path) -> None:
    path = table(
        tmp_path / "t.csv",
        [ROWS[0], ["示例（不导入）", "某人", ""], [], ["", " ", ""], ROWS[1], ["Example", "x", ""]],
    )
    found = recognise(open_sheet(path), COLUMNS)
    assert [row.line for row in found.rows()] == [5]
    assert found.examples == 2


def test_lines_are_counted_as_an_editor_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('number,name\r\n\r\nT001,"two\r\nlines"\r\nT002,b\r\n', encoding="utf-8", newline="")
    assert [row.line for row in rows(path)] == [3, 5]


def test_a_cell_without_a_column_name_is_a_problem(tmp_path: Path) -> None:
    found = recognise(open_sheet(table(tmp_path / "t.csv", [ROWS[0], [*ROWS[1], "stray"]])), COLUMNS)
    list(found.rows())
    assert [problem.text("zh") for problem in found.strays] == [
        "t.csv: 第2行“”列：这个单元格有内容，而它的列没有表头"
    ]
    assert [problem.text("en") for problem in found.strays] == [
        "t.csv: line 2, column 4 (): this cell has content, but its column has no name"
    ]


def test_content_on_a_second_sheet_is_not_lost_silently(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("一校", "二校", "说明", "空表"):
            sheet = book.add_worksheet(name)
            if name != "空表":
                for line, row in enumerate(ROWS):
                    sheet.write_row(line, 0, row)
        hidden = book.add_worksheet("lists")
        hidden.write_string(0, 0, "x")
        hidden.hide()
    with pytest.raises(Refused) as refused:
        rows(path)
    (only,) = told(refused)
    assert only.startswith("w.xlsx!二校: 这张工作表也有内容，而只读取第一张（“一校”）")


def test_the_result_of_a_formula_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, ROWS[0])
        sheet.write_row(1, 0, ROWS[1])
        sheet.write_formula("B2", '=IF(TRUE,"林静","")', None, "林静")
        sheet.write_formula("C2", "=26.67*3", None, 80.010000000000005)
    assert cells(path) == [("T001", "林静", 80.01)]


def test_a_formula_in_error_or_without_a_result_is_refused_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("先")  # so that the sheet read is not the first part of the workbook
        sheet = book.add_worksheet("表")
        book.worksheets_objs.reverse()
        sheet.write_row(0, 0, ROWS[0])
        sheet.write_row(1, 0, ROWS[1])
        sheet.write_formula("C2", "=VLOOKUP(1,2,3)", None, "#N/A")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [*ROWS, ["T003", "钱", "=1+1"]]:
        book.active.append(row)
    book.save(tmp_path / "o.xlsx")
    for file, cell in (("w.xlsx", "w.xlsx!表!C2"), ("o.xlsx", "o.xlsx!Sheet!C4")):
        with pytest.raises(Refused) as refused:
            rows(tmp_path / file)
        assert told(refused) == [f"{cell}: 这个单元格的公式出错或没有算出结果，请改正后重新保存"]


def test_a_broken_cell_is_found_across_the_chunks_of_a_large_sheet(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, ROWS[0])
        for line in range(1, 40_000):
            sheet.write_row(line, 0, ["T001", "林静"])
            sheet.write_formula(line, 2, "=1", None, "#REF!" if line in (20_000, 39_999) else 1)
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("xl/worksheets/sheet1.xml").file_size > 3 << 20
    with pytest.raises(Refused) as refused:
        rows(path)
    assert [problem.where for problem in refused.value.problems] == ["w.xlsx!表!C20001", "w.xlsx!表!C40000"]


def test_columns_have_the_letters_of_a_workbook() -> None:
    assert [letters(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
