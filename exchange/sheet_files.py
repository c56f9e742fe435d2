"""Workbooks and CSV files, opened: known by their content, never by their name. This is done where it can do no harm, in
`exchange.sheet_child`."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from calendars.messages import Problem, Refused, Wording, refuse
from exchange.archives import NOT_A_WORKBOOK, look_into
from exchange.broken_cells import broken_cells

Rows = Iterator[tuple[int, list[Any]]]

NO_FILE = Wording(zh="打不开这个文件：{why}", en="cannot open this file: {why}")
OLD_WORKBOOK = Wording(
    zh="这是旧格式（.xls）或加了密码的工作簿。请在表格软件中另存为不加密的 .xlsx",
    en="this is an old .xls workbook, or one with a password. Save it as .xlsx without a password",
)
NOT_TEXT = Wording(
    zh="这既不是 .xlsx 工作簿，也不是文本文件（CSV）",
    en="this is neither an .xlsx workbook nor a text file (CSV)",
)
UTF_16 = Wording(
    zh="这个文件是 UTF-16 编码（“Unicode 文本”）。请另存为“CSV UTF-8”或 .xlsx",
    en="this file is in UTF-16 (“Unicode text”). Save it as “CSV UTF-8” or as .xlsx",
)
UNKNOWN_ENCODING = Wording(
    zh="第{line}行既不是 UTF-8 也不是 GB18030 编码。请另存为“CSV UTF-8”或 .xlsx",
    en="line {line} is neither UTF-8 nor GB18030. Save the file as “CSV UTF-8” or as .xlsx",
)
BROKEN_LINE = Wording(
    zh="第{line}行不合 CSV 的写法（多半是引号没有成对）：{why}",
    en="line {line} is not written as CSV (mostly quotes that do not pair): {why}",
)
NO_ROWS = Wording(zh="这个文件是空的", en="this file is empty")
SECOND_SHEET = Wording(
    zh="这张工作表也有内容，而只读取第一张（“{first}”）。请把所有行放到第一张，或删去这张表",
    en="this sheet has content too, and only the first ({first!r}) is read. Put all rows on the first sheet, "
    "or delete this one",
)
BROKEN_CELL = Wording(
    zh="这个单元格的公式出错或没有算出结果，请改正后重新保存",
    en="the formula of this cell is in error or has no result; mend it and save again",
)
NOTES_SHEETS = ("说明", "Notes")
"""The sheets with which a template explains itself; nothing is read from them."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class SheetFile:
    """One table of cells in a file. `rows` begins anew at each call; `lines` is about how many there are."""

    name: str | None  # of the sheet in a workbook; None for CSV
    sha256: str
    lines: int
    rows: Callable[[], Rows]


def open_file(path: Path) -> SheetFile:
    """The table that a file holds. Raises Refused for a file that is neither workbook nor CSV."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise refuse(NO_FILE(why=error.strerror or error), path.name) from None
    if begin == b"PK\x03\x04":
        return _workbook(path)
    if begin == b"\xd0\xcf\x11\xe0":
        raise refuse(OLD_WORKBOOK(), path.name)
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refuse(UTF_16(), path.name)
    if not begin:
        raise refuse(NO_ROWS(), path.name)
    return _csv(path)


def _workbook(path: Path) -> SheetFile:
    look_into(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        shown = [
            index
            for index, sheet in enumerate(workbook.sheets_metadata)
            if sheet.visible == SheetVisibleEnum.Visible
            and sheet.typ == SheetTypeEnum.WorkSheet
            and sheet.name not in NOTES_SHEETS
        ]
        sheets = [workbook.get_sheet_by_index(index) for index in shown]
    except CalamineError as error:
        raise refuse(NOT_A_WORKBOOK(why=error), path.name) from None
    if not sheets:
        raise refuse(NO_ROWS(), path.name)
    first = sheets[0]
    problems = [
        Problem(f"{path.name}!{other.name}", SECOND_SHEET(first=first.name))
        for other in sheets[1:]
        if other.start is not None
    ]
    problems += [
        Problem(f"{path.name}!{first.name}!{cell}", BROKEN_CELL()) for cell in broken_cells(path, shown[0])
    ]
    if problems:
        raise Refused(problems)

    def rows() -> Rows:
        # The rows are counted from the sheet's first, the columns from the first that has content.
        before: list[Any] = [""] * (first.start[1] if first.start else 0)
        for line, cells in enumerate(first.iter_rows(), 1):
            yield line, [*before, *cells]

    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return SheetFile(first.name, sha256, first.total_height, rows)


def _csv(path: Path) -> SheetFile:
    encoding = _encoding(path)
    digest, lines = hashlib.sha256(), 1
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")

    def rows() -> Rows:
        with path.open(encoding=encoding, newline="") as text:
            reader = csv.reader(text, strict=True)
            line = 1
            try:
                for cells in reader:
                    yield line, cells
                    line = reader.line_num + 1  # a quoted cell may go over several lines
            except csv.Error as error:
                raise refuse(BROKEN_LINE(line=line, why=error), path.name) from None

    return SheetFile(None, digest.hexdigest(), lines, rows)


def _encoding(path: Path) -> str:
    """UTF-8 if every byte of the file is, else GB18030 if every byte is: a guess would mistake short files."""
    broken_at = _first_broken_line(path, "utf-8-sig")
    if broken_at is None:
        return "utf-8-sig"
    if _first_broken_line(path, "gb18030") is None:
        return "gb18030"
    raise refuse(UNKNOWN_ENCODING(line=broken_at), path.name)


def _first_broken_line(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            if b"\x00" in chunk:
                raise refuse(NOT_TEXT(), path.name)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return lines + error.object[: error.start].count(b"\n")
            if not chunk:
                return None
            lines += chunk.count(b"\n")
