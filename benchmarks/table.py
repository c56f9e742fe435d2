"""The one table that is printed at the end: of one size, or of several side by side."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.figures import Figure, Found, shown, shown_ratio
from benchmarks.sizes import Sizes

WIDTH = 200
MET, MISSED = "green", "bold red"
Line = Sequence[str | Text]


def show(found: Sequence[Found], sizes: Sizes, server: str) -> None:
    """A line for each figure under the title of its part; notes, and what it was run on, below."""
    parts: dict[str, Sequence[Line]] = {
        f"{part.title} ({part.size})" if part.size else part.title: [
            [one.what, _time(one), _floor(one), _ratio(one), _spread(one), _targets(one)] for one in part.figures
        ]
        for part in found
    }  # fmt: skip
    print_aligned(["what", "time", "floor", "ratio", "", "target"], parts)
    out = _console()
    for note in (note for part in found for note in part.notes):
        out.print(note)
    out.print(f"{sizes.enrolments:,} enrolments with {sizes.evidence} learning records each; {told(server)}")
    out.print(
        "Medians; in brackets the smallest and the largest ratio of several tries. Targets are for 1,000,000 enrolments."
    )


def show_growth(grown: Mapping[int, Sequence[Found]], sizes: Sizes, server: str) -> None:
    """The main figures of each size, side by side."""
    by_size = [
        {(part.title, one.what): one for part in found for one in part.main()} for found in grown.values()
    ]
    parts: dict[str, list[Line]] = {}
    for title, what in dict.fromkeys(key for figures in by_size for key in figures):
        cells = [_grown(figures.get((title, what))) for figures in by_size]
        parts.setdefault(title, []).append([what, *(cell for pair in cells for cell in pair)])
    print_aligned(["what", *(head for size in grown for head in (f"{size:,}", "ratio"))], parts)
    _console().print(
        f"By the number of enrolments, with {sizes.evidence} learning records each; {told(server)}"
    )


def print_aligned(head: Line, parts: Mapping[str, Sequence[Line]]) -> None:
    """Columns as wide under one title as under the others."""
    lines = [head, *(line for part in parts.values() for line in part)]
    widths = [max(cell_len(str(line[place])) for line in lines) for place in range(len(head))]
    out = _console()

    def grid(rows: Sequence[Line]) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        for place, width in enumerate(widths):
            left = place in (0, len(head) - 1) or head[place] == ""
            table.add_column(min_width=width, no_wrap=True, justify="left" if left else "right")
        for row in rows:
            table.add_row(*row)
        return table

    out.print(grid([head]), style="dim")
    for title, rows in parts.items():
        out.print(Text(title, style="bold"))
        out.print(grid(rows))


def _console() -> Console:
    """As wide as the lines: a terminal may break them, but nothing is cut off."""
    return Console(width=WIDTH)


def _time(figure: Figure) -> str:
    return shown(figure.value, figure.unit)


def _floor(figure: Figure) -> str:
    return "" if figure.floor is None else shown(figure.floor, figure.unit)


def _ratio(figure: Figure) -> str:
    return "" if figure.ratio is None else shown_ratio(figure.ratio)


def _spread(figure: Figure) -> str:
    low, high = (
        shown_ratio(found) for found in (min(figure.ratios, default=0), max(figure.ratios, default=0))
    )
    return f"({low} to {high})" if low != high else ""


def _targets(figure: Figure) -> Text:
    if not figure.targets:
        return Text("")
    told = ", ".join(target.text(figure.unit) for target in figure.targets)
    return Text(told, style=MET) if figure.met else Text(f"{told}: missed", style=MISSED)


def _grown(figure: Figure | None) -> tuple[str, str]:
    return ("", "") if figure is None else (_time(figure), _ratio(figure))


def told(server: str) -> str:
    """What it was run on: without it no figure says anything."""
    places = [f"SQLite {sqlite3.sqlite_version}", *([f"PostgreSQL {server}"] if server else [])]
    names = ("sqlalchemy", "prefect", "polars")
    return (
        f"{', '.join(places)}; {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"{', '.join(f'{name} {version(name)}' for name in names)}"
    )
