"""The workbook that an office fills in: the columns of one programme's file, with lists to choose from, an
example row that is passed over when the file comes back, and a sheet that explains each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from calendars.messages import Locale, Wording, joined
from calendars.term import TermCalendar
from exchange.columns import Column, written_in
from exchange.forms import FORMS, Kind, columns_of
from exchange.workbooks import wide

NOTES = Wording(zh="说明", en="Notes")
EXAMPLE = Wording(zh="示例（这一行不会导入）", en="Example (this row is not imported)")
HEADINGS = (
    Wording(zh="列", en="Column"),
    Wording(zh="英文名", en="Chinese name"),
    Wording(zh="必填", en="Required"),
    Wording(zh="含义", en="Meaning"),
    Wording(zh="可选内容", en="Choices"),
)
YES = Wording(zh="是", en="yes")
FIRST_SHEET = Wording(
    zh="只读取第一张工作表。示例行和本说明不会导入。编号一列请保持文本格式。",
    en="Only the first sheet is read. The example row and these notes are not imported. "
    "Keep the number column as text.",
)
LISTS_SHEET = "lists"
ROWS = 10_000  # rows that offer the lists


def write_template(calendar: TermCalendar, kind: Kind, path: Path, locale: Locale) -> None:
    """Write the workbook to fill in for a programme, in the office's language."""
    write_form(FORMS[kind].sheet, columns_of(kind, calendar), path, locale)


def write_form(name: Wording, columns: Sequence[Column], path: Path, locale: Locale) -> None:
    """Write the workbook to fill in with these columns."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = _Sheet(workbook, workbook.add_worksheet(written_in(name, locale)), columns, locale)
        notes = workbook.add_worksheet(written_in(NOTES, locale))
        sheet.write_header()
        sheet.offer()
        sheet.write_example()
        _write_notes(workbook, notes, columns, locale)


@dataclass
class _Sheet:
    workbook: Any
    sheet: Any
    columns: Sequence[Column]
    locale: Locale

    def write_header(self) -> None:
        must = self.workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
        may = self.workbook.add_format({"bg_color": "#F2F2F2", "bottom": 1})
        text = self.workbook.add_format({"num_format": "@"})
        self.sheet.freeze_panes(1, 0)
        for at, column in enumerate(self.columns):
            name = written_in(column.name, self.locale)
            # The whole column is text, so that nothing typed into it becomes a number or a date.
            self.sheet.set_column(at, at, max(12, wide(name) + 4), None if column.figures else text)
            self.sheet.write_string(0, at, name, must if column.required else may)
            self.sheet.write_comment(0, at, written_in(column.about, self.locale), {"x_scale": 2})

    def offer(self) -> None:
        """Lists to choose from. They stand on a hidden sheet, because Excel takes 255 characters in place."""
        lists = self.workbook.add_worksheet(LISTS_SHEET)
        lists.hide()
        offering = [(at, column.choices) for at, column in enumerate(self.columns) if column.choices]
        for place, (at, choices) in enumerate(offering):
            names = [written_in(choice, self.locale) for choice in choices]
            for line, name in enumerate(names):
                lists.write_string(line, place, name)
            letter = xlsxwriter.utility.xl_col_to_name(place)
            source = f"={LISTS_SHEET}!${letter}$1:${letter}${len(names)}"
            rule = {"validate": "list", "source": source, "error_type": "warning"}
            self.sheet.data_validation(1, at, ROWS, at, rule)
            self.sheet.set_column(
                at,
                at,
                max(12, *(wide(name) + 4 for name in names)),
                self.workbook.add_format({"num_format": "@"}),
            )

    def write_example(self) -> None:
        grey = self.workbook.add_format({"num_format": "@", "font_color": "#7F7F7F", "italic": True})
        for at, column in enumerate(self.columns):
            text = written_in(EXAMPLE if column.leads else column.example, self.locale)
            self.sheet.write_string(1, at, text, grey)
            if column.leads:
                self.sheet.set_column(at, at, wide(text) + 2, self.workbook.add_format({"num_format": "@"}))


def _write_notes(
    workbook: Any,
    notes: Any,
    columns: Sequence[Column],
    locale: Locale,
) -> None:
    bold = workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    for at, (heading, width) in enumerate(zip(HEADINGS, (14, 14, 10, 70, 60), strict=True)):
        notes.write_string(0, at, written_in(heading, locale), bold)
        notes.set_column(at, at, width, wrap)
    notes.freeze_panes(1, 0)
    other: Locale = "en" if locale == "zh" else "zh"
    for line, column in enumerate(columns, 1):
        words = (
            written_in(column.name, locale),
            written_in(column.name, other),
            written_in(YES, locale) if column.required else "",
            written_in(column.about, locale),
            joined((written_in(choice, locale) for choice in column.choices), locale),
        )
        for at, word in enumerate(words):
            notes.write_string(line, at, word, wrap)
    notes.write_string(len(columns) + 2, 0, written_in(FIRST_SHEET, locale))
