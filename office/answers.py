"""How answers look: tables for people, JSON for programs, a bar for what takes a while."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from calendars.messages import Message
from exchange.masks import as_asked
from office.words import locale

# Wide enough that a file or a pipe gets a row a line.
WIDTH_OF_A_PIPE = 200
AROUND_A_CELL = 3  # blanks on either side, and a line

Advance = Callable[[int, int], None]  # done, of how many


def console(stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else WIDTH_OF_A_PIPE
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print rows under headings. A cell's text is shown as it is, never read as markup."""
    grid = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")  # Chinese has no blanks to break at, and would be cut off
    for row in rows:
        grid.add_row(*(escape(as_asked(str(cell))) for cell in row))
    console().print(grid)


def table_in_parts(
    columns: Sequence[str], rows: Sequence[Sequence[str]], names: int, title: str | None = None
) -> None:
    """Print rows under headings none of which is broken within a word: where there is no room for all columns side by side,
    in several tables below one another, each with the first columns, which name the row."""
    heads = [
        _folded(head, max((cell_len(row[at]) for row in rows), default=0)) for at, head in enumerate(columns)
    ]
    widths = [
        max(map(cell_len, [*head.split("\n"), *(row[at] for row in rows)])) + AROUND_A_CELL
        for at, head in enumerate(heads)
    ]
    room = console().width - 1 - sum(widths[:names])
    for number, part in enumerate(_even(widths[names:], room)):
        shown = [*range(names), *(names + at for at in part)]
        cells = ([row[at] for at in shown] for row in rows)
        table([heads[at] for at in shown], cells, title if not number else None)


def _even(widths: Sequence[int], room: int) -> list[list[int]]:
    """Columns in their order, in as few parts as there is room for, none of them much wider than another."""
    fewest = len([*_parts(widths, room)])
    narrow = range(max(widths, default=0), room)
    return next(
        (parts for one in narrow if len(parts := [*_parts(widths, one)]) == fewest), [*_parts(widths, room)]
    )


def _parts(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """Columns in their order, as many together as there is room for, at least one."""
    part: list[int] = []
    for at, width in enumerate(widths):
        if part and sum(widths[one] for one in part) + width > room:
            yield part
            part = []
        part.append(at)
    yield part


def _folded(heading: str, width: int) -> str:
    """A heading on as many lines as it takes to be no wider than what stands below it, broken at blanks alone."""
    found: list[str] = []
    for word in heading.split():
        if found and cell_len(f"{found[-1]} {word}") <= max(width, *map(cell_len, heading.split())):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return "\n".join(found)


def lines(*sentences: str) -> None:
    for sentence in sentences:
        console().print(as_asked(sentence), markup=False, soft_wrap=True)


def as_json(value: object) -> None:
    print(as_asked(json.dumps(value, ensure_ascii=False, indent=2, default=_plain)))


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """A bar on the error stream, so that what is printed can still be piped; gone when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    errors = console(stderr=True)
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain(value: object) -> object:
    match value:
        case Message():
            return value.text(locale())
        case datetime():
            return value.isoformat()
        case Path():
            return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
