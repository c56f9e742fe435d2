"""Workbooks that leave the office: text stays text, headers stay in sight, columns are as wide as their words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter

from exchange.masks import as_asked

WIDEST = 66  # of a column; longer text goes on in its cell's next line
WIDEST_HEADING = 24  # of a column for the sake of its heading, which takes several lines beyond
A4 = 9  # as workbooks count sizes of paper


@dataclass(frozen=True)
class Page:
    """One sheet: its name, its headings, its rows. A str is written as text; a figure is in hundredths.

    `notes` say what the headings mean, in their order; each is shown when one points at its heading. The first `names`
    columns say what a row is about, where the others are figures. ID numbers and phones are masked unless the sheet stands
    `in_full`: it is filled in and comes back, or a register goes by them.
    """

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[str | int | None]]
    whole: frozenset[int] = frozenset()  # columns whose figures are plain counts, not hundredths
    percent: frozenset[int] = frozenset()  # columns whose figures are hundredths of a per cent
    notes: Sequence[str] = ()
    names: int = 0
    in_full: bool = False


@dataclass(frozen=True)
class _Formats:
    heading: Any
    figure: Any
    text: Any
    long: Any
    percent: Any


def write_workbook(path: Path, pages: Iterable[Page]) -> int:
    """Write the pages in their order. What stands at `path` is replaced only when the whole is written. Returns how many rows
    stand below headings."""
    part = path.with_name(f".{path.name}.part")
    rows = _write(str(part), pages)
    part.replace(path)
    return rows


def workbook_bytes(pages: Iterable[Page], made_at: datetime) -> bytes:
    """The same as bytes, for what is not kept in a file. The instant stands in it as that at which it was made."""
    into = BytesIO()
    _write(into, pages, made_at)
    return into.getvalue()


def _write(into: str | BytesIO, pages: Iterable[Page], made_at: datetime | None = None) -> int:
    rows = 0
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": made_at is not None}
    with xlsxwriter.Workbook(into, options) as workbook:
        if made_at is not None:
            workbook.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
        formats = _Formats(
            heading=workbook.add_format(
                {"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "text_wrap": True}
            ),
            figure=workbook.add_format({"num_format": "General"}),
            text=workbook.add_format({"num_format": "@"}),
            long=workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            percent=workbook.add_format({"num_format": "0.00%"}),
        )
        taken: set[str] = set()
        for page in pages:
            sheet = workbook.add_worksheet(sheet_name(page.name, taken))
            rows += _write_page(sheet, page, formats)
    return rows


def _write_page(sheet: Any, page: Page, formats: _Formats) -> int:
    widths = [min(wide(heading) + 2, WIDEST_HEADING) for heading in page.headings]
    for at, heading in enumerate(page.headings):
        sheet.write_string(0, at, heading, formats.heading)
    for at, note in enumerate(page.notes):
        if note:
            sheet.write_comment(0, at, note, {"x_scale": 2})
    line = 0
    for line, row in enumerate(page.rows, 1):
        for at, value in enumerate(row):
            if value is not None and value != "":
                _write_cell(sheet, page, (line, at), value, formats)
                widths[at] = max(widths[at], wide(str(value)) + 2)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, min(width, WIDEST))
    sheet.freeze_panes(1, 0)
    _for_paper(sheet)
    if page.headings:
        sheet.autofilter(0, 0, max(line, 1), len(page.headings) - 1)
    return line


def _for_paper(sheet: Any) -> None:
    """As wide as a sheet of A4 across, the headings on each, with the page's name above and its number below."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header("&C&A")
    sheet.set_footer("&C&P / &N")


def _write_cell(sheet: Any, page: Page, place: tuple[int, int], value: str | int, formats: _Formats) -> None:
    if isinstance(value, str):
        value = value if page.in_full else as_asked(value)
        sheet.write_string(*place, value, formats.long if wide(value) > WIDEST else formats.text)
    elif place[1] in page.whole:
        sheet.write_number(*place, value)
    elif place[1] in page.percent:
        sheet.write_number(*place, value / 10000, formats.percent)
    else:
        sheet.write_number(*place, value / 100, formats.figure)


def wide(text: str) -> int:
    """How many columns of a fixed font a text takes: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, none of `[]:*?/\\`, no two alike."""
    clean = (
        "".join("_" if character in "[]:*?/\\" else character for character in name).strip("'")[:31] or "_"
    )
    found, number = clean, 1
    while found.casefold() in taken:
        number += 1
        found = f"{clean[: 31 - len(str(number)) - 1]} {number}"
    taken.add(found.casefold())
    return found
