"""The phase machine as a picture, drawn from its table, with the present state marked.

An SVG within the page itself: both of Prefect's pages show it, where only the newer one draws mermaid.
"""

from __future__ import annotations

import base64
from html import escape

from calendars.messages import Locale
from workflows.machines import Table

WIDTH, HEIGHT, GAP = 116, 40, 46
MARKED, PLAIN, LINE = "#f97316", "#64748b", "#94a3b8"

# Where each state stands: column and row. What is usual runs along the first row.
PLACES = {
    "planned": (0, 0), "open": (1, 0), "closing": (2, 0), "locked": (3, 0), "done": (4, 0),
    "held": (1, 1), "cancelled": (3, 1),
}  # fmt: skip


def machine_picture(table: Table, here: str, locale: Locale) -> str:
    """The machine as Markdown. Raises KeyError for a state that has no place."""
    labels = {state.name: state.label().text(locale) for state in table.states}
    arrows = {(row.source, row.target) for row in table.rows}
    parts = [_arrow(source, target, (target, source) in arrows) for source, target in sorted(arrows)]
    parts += [_box(name, label, name == here) for name, label in labels.items()]
    width, height = 5 * (WIDTH + GAP), 2 * HEIGHT + 2 * GAP
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">{_HEAD}{"".join(parts)}</svg>'
    return f"![{labels[here]}](data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()})"


_HEAD = (
    '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    f'<path d="M0 0 8 4 0 8z" fill="{LINE}"/></marker></defs>'
)


def _corner(state: str) -> tuple[int, int]:
    column, row = PLACES[state]
    return GAP // 2 + column * (WIDTH + GAP), GAP // 2 + row * (HEIGHT + GAP)


def _box(state: str, label: str, marked: bool) -> str:
    x, y = _corner(state)
    fill = MARKED if marked else PLAIN
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{fill}"/>'
        f'<text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 6}" fill="#ffffff" font-size="16" '
        f'text-anchor="middle">{escape(label)}</text>'
    )


def _arrow(source: str, target: str, both_ways: bool) -> str:
    """Along the row from side to side; between the rows from below to above, two ways side by side."""
    (x1, y1), (x2, y2) = _corner(source), _corner(target)
    if y1 == y2:
        right = x2 > x1
        ends = (
            x1 + (WIDTH if right else 0),
            y1 + HEIGHT // 2,
            x2 + (0 if right else WIDTH),
            y2 + HEIGHT // 2,
        )
    else:
        down = y2 > y1
        aside = (10 if down else -10) if both_ways else 0
        middle = WIDTH // 2 + aside
        ends = (x1 + middle, y1 + (HEIGHT if down else 0), x2 + middle, y2 + (0 if down else HEIGHT))
    a, b, c, d = ends
    return (
        f'<line x1="{a}" y1="{b}" x2="{c}" y2="{d}" stroke="{LINE}" stroke-width="2" marker-end="url(#to)"/>'
    )
