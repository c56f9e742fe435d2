"""Workbooks and CSV files, opened: known by their content, never by their name. This is done where it can do no harm, in
`exchange.sheet_child`."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from calendars.messages import Problem, Refused, Wording, refuse
from exchange.archives import NOT_A_WORKBOOK, look_into
from exchange.broken_cells import broken_cells
from exchange.spreadsheets import letters

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
TWO_ENCODINGS = Wording(
    zh="第{line}行是 UTF-8 编码，第{other}行却是 GB18030 编码。请另存为“CSV UTF-8”或 .xlsx",
    en="line {line} is in UTF-8, and line {other} in GB18030. Save the file as “CSV UTF-8” or as .xlsx",
)
EITHER_ENCODING = Wording(
    zh="第{line}行看来是 GB18030 编码，而整个文件是 UTF-8。请另存为“CSV UTF-8”或 .xlsx",
    en="line {line} looks like GB18030, and the file as a whole is UTF-8. Save it as “CSV UTF-8” or as .xlsx",
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

FIRST_IDEOGRAPH = "\u2e80"
_BETWEEN = re.compile(rb"[\xc4-\xdf]")  # in UTF-8 the first of two bytes, above the letters of Western Europe
_NO_ASCII = re.compile(rb"[\x80-\xff]")
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
        for line, found in enumerate(first.iter_rows(), 1):
            cells = [*before, *found]
            for column, cell in enumerate(cells):
                if cell.__class__ is float and not isfinite(cell):
                    place = f"{path.name}!{first.name}!{letters(column)}{line}"
                    raise refuse(BROKEN_CELL(), place)
            yield line, cells

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
    """UTF-8 if every byte of the file is, else GB18030 if every byte is: a guess would mistake short files. Where the one
    stands among the other, by whomever two exports were put together, no line is taken for what it is not."""
    broken_at = _first_broken_line(path, "utf-8-sig")
    if broken_at is None:
        if odd := _first_line(path, _BETWEEN, _is_gb18030):
            raise refuse(EITHER_ENCODING(line=odd), path.name)
        return "utf-8-sig"
    if _first_broken_line(path, "gb18030") is not None:
        raise refuse(UNKNOWN_ENCODING(line=broken_at), path.name)
    if odd := _first_line(path, _NO_ASCII, _is_utf_8):
        raise refuse(TWO_ENCODINGS(line=odd, other=broken_at), path.name)
    return "gb18030"


def _first_line(path: Path, unusual: re.Pattern[bytes], is_odd: Callable[[bytes], bool]) -> int | None:
    """The number of the first line that has unusual bytes and is odd."""
    with path.open("rb") as file:
        if not any(unusual.search(chunk) for chunk in iter(partial(file.read, _CHUNK), b"")):
            return None
        file.seek(0)
        lines = enumerate(file, 1)
        return next((number for number, line in lines if unusual.search(line) and is_odd(line)), None)


def _is_gb18030(line: bytes) -> bool:
    """A line of letters between Latin and Chinese that would be two Chinese characters or more, as 平台 in GB18030 is."""
    return max(line.decode("utf-8-sig")) < FIRST_IDEOGRAPH and _chinese(line, "gb2312") > 1


def _is_utf_8(line: bytes) -> bool:
    """A line that would be Chinese, as by chance next to none in GB18030 is."""
    return _chinese(line, "utf-8") > 0


def _chinese(line: bytes, encoding: str) -> int:
    """How many Chinese characters that would be."""
    try:
        return sum(character >= FIRST_IDEOGRAPH for character in line.decode(encoding))
    except UnicodeDecodeError:
        return 0


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
