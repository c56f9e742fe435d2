"""The workbook that an office fills in: the columns of one programme's file, with lists to choose from, an
example row that is passed over when the file comes back, and a sheet that explains each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from calendars.messages import Locale, Wording
from calendars.quantities import shown
from calendars.term import Task, TermCalendar
from exchange.columns import Column
from exchange.evidence import items_of
from exchange.forms import RUBRIC_KINDS, STATUSES, Kind, columns_of
from exchange.marking import Marking, marking_of, rubric_of
from exchange.workbooks import wide

SHEETS = {
    "roster": Wording(zh="名册", en="Roster"),
    "evidence": Wording(zh="学习记录", en="Evidence"),
    "marks": Wording(zh="评分", en="Marks"),
    "rubric": Wording(zh="考核细则", en="Rubric"),
}
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
_FIGURES = ("amount", "characters", "score", "points")
_EXAMPLES = {
    "name": Wording(zh="张三", en="Zhang San"),
    "cohort": Wording(zh="一班", en="Class 1"),
    "province": Wording(zh="某省", en="Some province"),
    "city": Wording(zh="某市", en="Some city"),
    "county": Wording(zh="某县", en="Some county"),
    "school": Wording(zh="某县第一小学", en="Some school"),
    "phone": Wording(zh="13800000000", en="13800000000"),
    "joined": Wording(zh="2024-11-03 20:15", en="2024-11-03 20:15"),
    "happened": Wording(zh="2024-11-03 20:15", en="2024-11-03 20:15"),
}


def write_template(calendar: TermCalendar, kind: Kind, path: Path, locale: Locale) -> None:
    """Write the workbook to fill in for a programme, in the office's language."""
    columns = columns_of(kind, calendar)
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = _Sheet(workbook, workbook.add_worksheet(_in(SHEETS[kind], locale)), columns, locale)
        notes = workbook.add_worksheet(_in(NOTES, locale))
        choices = _choices(calendar, kind, locale)
        sheet.write_header()
        sheet.offer(choices)
        sheet.write_example(_example(calendar, kind, choices, locale))
        _write_notes(workbook, notes, columns, choices, locale)


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
            name = _in(column.name, self.locale)
            figures = column.key in _FIGURES
            # The whole column is text, so that nothing typed into it becomes a number or a date.
            self.sheet.set_column(at, at, max(12, wide(name) + 4), None if figures else text)
            self.sheet.write_string(0, at, name, must if column.required else may)
            self.sheet.write_comment(0, at, _in(column.about, self.locale), {"x_scale": 2})

    def offer(self, choices: Mapping[str, Sequence[str]]) -> None:
        """Lists to choose from. They stand on a hidden sheet, because Excel takes 255 characters in place."""
        lists = self.workbook.add_worksheet(LISTS_SHEET)
        lists.hide()
        for place, (key, names) in enumerate(choices.items()):
            at = next((at for at, column in enumerate(self.columns) if column.key == key), None)
            if at is None or not names:
                continue
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

    def write_example(self, example: Mapping[str, str]) -> None:
        grey = self.workbook.add_format({"num_format": "@", "font_color": "#7F7F7F", "italic": True})
        for at, column in enumerate(self.columns):
            text = _in(EXAMPLE, self.locale) if column.leads else example.get(column.key, "")
            self.sheet.write_string(1, at, text, grey)
            if column.leads:
                self.sheet.set_column(at, at, wide(text) + 2, self.workbook.add_format({"num_format": "@"}))


def _in(wording: Wording, locale: Locale) -> str:
    return wording.zh if locale == "zh" else wording.en


def _choices(calendar: TermCalendar, kind: Kind, locale: Locale) -> dict[str, list[str]]:
    """What can stand in each column that has a list."""
    if kind == "roster":
        return {
            "role": [*calendar.roles.values()],
            "status": [_in(name, locale) for name in STATUSES.values()],
        }
    if kind == "rubric":
        kinds = [_in(name, locale) for names in RUBRIC_KINDS.values() for name in names]
        return {"task": [task.name for task in calendar.tasks if rubric_of(calendar, task)], "kind": kinds}
    roles = [*calendar.roles.values()]
    if kind == "marks":
        markings = _markings(calendar)
        return {
            "task": _names([marking.task for marking in markings], calendar),
            "item": _unique(part for marking in markings for part in marking.parts),
            "grade": _unique(grade for marking in markings for grade in marking.grades),
            "role": roles,
        }
    shown_tasks = [task for task in calendar.tasks if task.shows]
    kinds = _unique(kind for task in shown_tasks for kind in task.shows)
    return {
        "task": _names(shown_tasks, calendar),
        "kind": [calendar.evidence[kind].name for kind in kinds],
        "item": _unique(item for task in shown_tasks for item in items_of(task)),
        "role": roles,
    }


def _markings(calendar: TermCalendar) -> list[Marking]:
    found = (marking_of(calendar, task) for task in calendar.tasks)
    return [marking for marking in found if marking is not None]


def _names(tasks: Sequence[Task], calendar: TermCalendar) -> list[str]:
    """The tasks' names; the id where two share a name."""
    every = [task.name for task in calendar.tasks]
    return [task.name if every.count(task.name) == 1 else task.id for task in tasks]


def _unique(names: Any) -> list[str]:
    return [*dict.fromkeys(names)]


def _example(
    calendar: TermCalendar, kind: Kind, choices: Mapping[str, Sequence[str]], locale: Locale
) -> dict[str, str]:
    """A row that shows how to fill the file in; its leading cell says that it is none."""
    row = {key: _in(wording, locale) for key, wording in _EXAMPLES.items()}
    task = next(iter(choices.get("task", ())), "")
    row["task"] = task
    if kind == "roster":
        row |= {"role": choices["role"][0], "status": choices["status"][0]}
    elif kind == "rubric":
        row |= {
            "item": _in(Wording("听课笔记", "Lesson notes"), locale),
            "kind": choices["kind"][0],
            "points": "10",
        }
    else:
        row["cohort"] = ""
        found = next((one for one in calendar.tasks if task in (one.name, one.id)), None)
        if kind == "evidence" and found:
            row |= {
                "kind": calendar.evidence[found.shows[0]].name,
                "item": next(iter(items_of(found)), ""),
                "amount": "1",
            }
        if kind == "marks" and found and (marking := marking_of(calendar, found)):
            score = "" if marking.grades else shown(marking.scale.high)
            row |= {
                "grade": next(iter(marking.grades), ""),
                "score": score,
                "item": next(iter(marking.parts), ""),
            }
    return row


def _write_notes(
    workbook: Any,
    notes: Any,
    columns: Sequence[Column],
    choices: Mapping[str, Sequence[str]],
    locale: Locale,
) -> None:
    bold = workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    for at, (heading, width) in enumerate(zip(HEADINGS, (14, 14, 10, 70, 60), strict=True)):
        notes.write_string(0, at, _in(heading, locale), bold)
        notes.set_column(at, at, width, wrap)
    notes.freeze_panes(1, 0)
    other: Locale = "en" if locale == "zh" else "zh"
    for line, column in enumerate(columns, 1):
        words = (
            _in(column.name, locale),
            _in(column.name, other),
            _in(YES, locale) if column.required else "",
            _in(column.about, locale),
            "、".join(choices.get(column.key, ())),
        )
        for at, word in enumerate(words):
            notes.write_string(line, at, word, wrap)
    notes.write_string(len(columns) + 2, 0, _in(FIRST_SHEET, locale))
