"""What a clerk's file holds: rows of typed cells with their addresses, from a workbook or a CSV file.

The file is opened by a process with limits, `exchange.sheet_child`: a hostile one ends that process, and nothing else. Cells
stay what the spreadsheet made of them (text, number, date), so that whoever reads them can refuse an ID number that became a
number.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from calendars.messages import Message, Problem, Refused, Wording, refuse
from exchange.children import Child

Value = str | int | float | bool | datetime | date | time | timedelta
Rows = Iterator[tuple[int, list[Value]]]

SECONDS = 120.0  # for one answer, of a processor and of the clock
SLOWEST = 10 << 20  # bytes a second that a disk may take beside that

STOPPED = Wording(
    zh="读取这个文件没有完成：文件已损坏，或者太大、太复杂",
    en="reading this file did not come to its end: it is damaged, or too large or too complicated",
)
IN_LINE = Wording(
    zh="第{line}行“{title}”列：{message}", en="line {line}, column {column} ({title}): {message}"
)
_READ: dict[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


@dataclass(frozen=True)
class Sheet:
    """One table of cells; `lines` is about how many rows there are."""

    file: str
    name: str | None  # of the sheet in a workbook; None for CSV
    sha256: str
    lines: int
    opened: _Opened

    def rows(self) -> Rows:
        """The rows from the first on, anew at each call. Raises Refused where the file cannot be read to its end."""
        for first, rows in self.opened.blocks():
            lines = range(first, first + len(rows)) if isinstance(first, int) else first
            if self.name is not None:
                rows = [[_value(cell) for cell in cells] for cells in rows]  # noqa: PLW2901
            yield from zip(lines, rows, strict=True)

    def problem(self, line: int, column: int, title: str, message: Message) -> Problem:
        """A problem at a cell (column counts from 0): `file!sheet!B7`, or in CSV the line and column in words."""
        if self.name is None:
            told = IN_LINE(line=line, column=column + 1, title=title, message=message)
            return Problem(self.file, told)
        return Problem(f"{self.file}!{self.name}!{letters(column)}{line}", message)


class _Opened:
    """A file that a child has open, until it has been read or refused; whoever reads it once more opens it again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds = SECONDS + (path.stat().st_size / SLOWEST if path.is_file() else 0)
        self.child = Child("exchange.sheet_child", self.seconds)
        weakref.finalize(self, self.child.close)
        self.found = self._open()
        self.waiting = False  # for an answer

    def blocks(self) -> Iterator[tuple[int | list[int], list[list[Any]]]]:
        """Rows some hundreds at a time, with the number of the first or of each. The next are read while one is used."""
        if not self.child.is_there:
            self._open()
        elif self.waiting:
            self._answer()  # by whoever has left off reading
        self._ask(rows="first")
        while (block := self._answer())["rows"]:
            self._ask(rows="next")
            self.waiting = True
            yield block["lines"], block["rows"]
        self.child.close()

    def _open(self) -> dict[str, Any]:
        self._ask(open=str(self.path.absolute()))
        return self._answer()

    def _ask(self, **what: str) -> None:
        self.child.begin({**what, "seconds": self.seconds})

    def _answer(self) -> dict[str, Any]:
        """Raises Refused where there is none, or where it is that the file is refused."""
        self.waiting = False
        answer = self.child.answer()
        if answer is None:
            raise refuse(STOPPED(), self.path.name)
        if "refused" in answer:
            self.child.close()
            raise Refused([Problem(where, _message(told)) for where, told in answer["refused"]])
        return answer


def open_sheet(path: Path) -> Sheet:
    """The table that a file holds. Raises Refused for a file that is neither workbook nor CSV."""
    opened = _Opened(path)
    return Sheet(path.name, **opened.found, opened=opened)


def letters(column: int) -> str:
    """The name of a column in a workbook: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _message(told: dict[str, Any]) -> Message:
    """As the other process would say it."""
    facts = {name: _message(fact) if isinstance(fact, dict) else fact for name, fact in told["facts"].items()}
    return Wording(told["zh"], told["en"])(**facts)


def _value(cell: Any) -> Value:
    """A cell as it was in the workbook: what JSON has no word for comes with the name of its kind."""
    if cell.__class__ is list:
        kind, written = cell
        found: Value = _READ[kind](written)
        return found
    value: Value = cell
    return value
