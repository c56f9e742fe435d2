"""How answers look: tables for people, JSON for programs, a bar for what takes a while."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from calendars.messages import Message
from office.words import locale

# Wide enough that a file or a pipe gets a row a line.
WIDTH_OF_A_PIPE = 200

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
        grid.add_row(*(escape(str(cell)) for cell in row))
    console().print(grid)


def lines(*sentences: str) -> None:
    for sentence in sentences:
        console().print(sentence, markup=False, soft_wrap=True)


def as_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


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
