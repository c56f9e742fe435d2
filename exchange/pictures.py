"""A term as a picture to print on A4: phases as bars over the months, cutoffs and locks as marks, the deadlines of filings
and the steps of reminders as ticks. Words stand in columns of their own, so that no text lies over another.

matplotlib takes a second to import: whoever draws imports this module, nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle

from calendars.instants import local_midnight
from calendars.messages import Locale, Wording, refuse
from calendars.pages import FILINGS, KINDS, LOCKS, REMINDERS
from calendars.term import TermCalendar
from exchange.picture_rows import Bar, Row, Rows, picture_rows
from exchange.picture_words import POINT, width_of, wrapped

FORMATS = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
NO_FORMAT = Wording(zh="图片应是 .png、.svg 或 .pdf 文件", en="a picture's name ends with .png, .svg or .pdf")
NO_FONT = Wording(
    zh="这台机器上没有中文字体，画不出文字。请安装一种，如 apt install fonts-noto-cjk（Debian、Ubuntu），"
    "或把思源黑体、文泉驿、微软雅黑之一放到 ~/.fonts",
    en="no font with Chinese characters is installed here. Install one, such as apt install fonts-noto-cjk on Debian "
    "and Ubuntu, or put Source Han Sans, WenQuanYi or Microsoft YaHei into ~/.fonts",
)
FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "Heiti SC", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC", "SimSun",
    "Droid Sans Fallback", "Noto Sans CJK JP",
)  # fmt: skip

COLOURS = {
    "preparation": "#7d93ad",
    "online_study": "#2f7fb8",
    "school_research": "#4c9a63",
    "assessment": "#d98b2b",
    "wrap_up": "#8a6aa3",
}
INK, FAINT, LINE, STRIPE, LOCK = "#1f2933", "#6b7785", "#d9dee4", "#f5f7f9", "#c0392b"
CUTOFF, TICK = "#1f2933", "#51606f"
HATCH = "////"

WIDTH, HEIGHT = 11.69, 8.27  # inches: A4, the long side down
MARGIN = 0.45
NAMES, WHEN = 3.0, 2.55  # inches: the columns of words
TOP, BOTTOM = 1.5, 0.72  # inches: the title with the months below it, and the key
LARGEST, SMALLEST = 9.5, 5.0  # points: the words of the rows
TITLE, SMALLEST_TITLE, SMALL = 16.0, 11.0, 8.5  # points
LEAST_PAD, MOST_PAD = 0.35, 1.1  # in lines of text: the air round a row
SHORT_TERM = timedelta(days=75)  # is marked by its weeks, not by its months
MOST_DATES = 18  # along the axis
MOST_LINES = 2
LINE_HEIGHT = 1.45  # of the font's size

TO_BE_DETERMINED = Wording(zh="日期待定", en="dates to be determined")
ENDLESS = Wording(zh="不限期", en="no end")
CUTOFF_KEY = Wording(zh="截止", en="cutoff")
UNDATED_AXIS = Wording(zh="各阶段还没有日期，依次进行", en="no dates yet: the phases follow each other")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def draw_term(calendar: TermCalendar, path: Path, locale: Locale) -> None:
    """Draw a calendar's picture into a .png, .svg or .pdf; the same calendar gives the same file. What stands at `path`
    is replaced only when the whole is drawn. Raises Refused for another ending, and without a Chinese font."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise refuse(NO_FORMAT(), str(path))
    dateless = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    part = path.with_name(f".{path.name}.part")
    with mpl.rc_context({"svg.hashsalt": calendar.programme, "hatch.linewidth": 0.6}):
        figure_of(calendar, locale).savefig(part, format=kind, dpi=200, metadata=dateless)
    part.replace(path)


def figure_of(calendar: TermCalendar, locale: Locale) -> Figure:
    """The picture as matplotlib's own object."""
    rows = picture_rows(calendar, locale)
    drawing = _Drawing(rows, calendar.zoneinfo, locale, chinese_font())
    drawing.draw()
    return drawing.figure


def chinese_font() -> str:
    """A font of this machine that has Chinese characters. Raises Refused where there is none."""
    known = {font.name for font in fontManager.ttflist}
    found = next((name for name in FONTS if name in known), None)
    if found is None:
        raise refuse(NO_FONT())
    return found


@dataclass(frozen=True)
class _Line:
    """A row where it is drawn: its words in lines, and its upper and lower edge in lines of text from the top."""

    row: Row
    name: list[str]
    when: list[str]
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class _Drawing:
    def __init__(self, rows: Rows, zone: ZoneInfo, locale: Locale, font: str) -> None:
        self.rows, self.zone, self.locale, self.font = rows, zone, locale, font
        self.figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="white")
        self.room = HEIGHT - TOP - BOTTOM
        self.size, self.lines, self.deep = self._fitted()
        self.words = self._axes(0, WIDTH)
        left = MARGIN + NAMES + WHEN
        self.chart = self._axes(left, WIDTH - MARGIN - left)
        span = (rows.last - rows.first) or timedelta(days=1)
        self.chart.set_xlim(0, span.total_seconds() * 1.02)

    def draw(self) -> None:
        self._title()
        self._stripes()
        self._axis()
        for line in self.lines:
            self._write(line)
            self._plot(line)
        self._key()

    # ------------------------------------------------------------------ room

    def _fitted(self) -> tuple[float, list[_Line], float]:
        """The largest letters with which every row has room."""
        size = LARGEST
        while True:
            lines, deep = self._laid_out(size, LEAST_PAD)
            room = self.room / (size * LINE_HEIGHT * POINT)
            if size <= SMALLEST or deep <= room:
                pad = min(MOST_PAD, LEAST_PAD + max(0.0, room - deep) / len(lines))
                lines, deep = self._laid_out(size, pad)
                return size, lines, max(deep, room)
            size -= 0.25

    def _laid_out(self, size: float, pad: float) -> tuple[list[_Line], float]:
        lines, deep = [], 0.0
        for _, section in groupby(self.rows.rows, key=lambda row: row.section):
            deep += 1.5  # the section's heading
            for row in section:
                name = wrapped(row.name, size, NAMES - 0.25, 1 if row.ticks else MOST_LINES)
                when = [part for text in row.when for part in wrapped(text, size, WHEN - 0.15, MOST_LINES)]
                height = max(len(name), len(when)) + pad
                lines.append(_Line(row, name, when, deep, deep + height))
                deep += height
        return lines, deep

    def _axes(self, left: float, width: float) -> Axes:
        """An area over the rows, in which y counts lines of text from the top."""
        axes = self.figure.add_axes((left / WIDTH, BOTTOM / HEIGHT, width / WIDTH, self.room / HEIGHT))
        axes.set_ylim(self.deep, 0)
        axes.set_axis_off()
        if left == 0:
            axes.set_xlim(0, WIDTH)
        return axes

    def _says(self, size: float, weight: str = "regular") -> FontProperties:
        return FontProperties(family=self.font, size=size, weight=weight)

    # ------------------------------------------------------------------ around the rows

    def _title(self) -> None:
        width, size = WIDTH - 2 * MARGIN, TITLE
        while size > SMALLEST_TITLE and width_of(self.rows.title, size) > width:
            size -= 0.5
        title = wrapped(self.rows.title, size, width, 1)
        lines = [(0.5, text, self._says(size, "bold"), INK) for text in title]
        below = wrapped(self.rows.subtitle, SMALL, width, MOST_LINES)
        lines += [(0.8 + 0.16 * at, text, self._says(SMALL), FAINT) for at, text in enumerate(below)]
        for down, text, says, colour in lines:
            self.figure.text(
                MARGIN / WIDTH, 1 - down / HEIGHT, text, fontproperties=says, color=colour, va="center"
            )

    def _stripes(self) -> None:
        for number, line in enumerate(self.lines):
            if number % 2 == 0:
                self.words.add_patch(
                    Rectangle(
                        (MARGIN, line.top),
                        WIDTH - 2 * MARGIN,
                        line.bottom - line.top,
                        facecolor=STRIPE,
                        zorder=0,
                    )
                )
        for section, lines in groupby(self.lines, key=lambda line: line.row.section):
            first = next(lines)
            self.words.text(
                MARGIN + 0.05, first.top - 0.62, section, fontproperties=self._says(self.size, "bold"), color=FAINT,
                va="center",
            )  # fmt: skip
            self.words.plot([MARGIN, WIDTH - MARGIN], [first.top] * 2, color=LINE, linewidth=0.8, zorder=1)

    def _axis(self) -> None:
        """The days above the rows, with the year above the first of each."""
        if not self.rows.dated:
            middle = sum(self.chart.get_xlim()) / 2
            self._above(middle, 0.16, self._in(UNDATED_AXIS), ha="center")
            return
        year = None
        for at, text in self._dates():
            x, here = self._x(at), at.astimezone(self.zone).year
            self.chart.plot([x, x], [0, self.lines[-1].bottom], color=LINE, linewidth=0.6, zorder=0.5)
            self._above(x, 0.16, text)
            if here != year:
                self._above(x, 0.34, str(here))
            year = here

    def _above(self, x: float, inches: float, text: str, ha: Literal["left", "center"] = "left") -> None:
        y = -inches * self.deep / self.room
        self.chart.text(x, y, text, fontproperties=self._says(SMALL), color=FAINT, ha=ha, va="center")

    def _dates(self) -> Iterator[tuple[datetime, str]]:
        """Where the axis is marked, with the words: the first of months, or Mondays of a short term, and the first day; as
        many as have room."""
        short = self.rows.last - self.rows.first <= SHORT_TERM
        found = [(self.rows.first, self._day(self.rows.first.astimezone(self.zone).date(), short))]
        found += [(at, self._day(day, short)) for day, at in (self._mondays() if short else self._months())]
        an_inch = self.chart.get_xlim()[1] / (WIDTH - 2 * MARGIN - NAMES - WHEN)
        step = max(1, -(-len(found) // MOST_DATES))
        ends = [self._x(at) + (width_of(text, SMALL) + 0.08) * an_inch for at, text in found]
        apart = len(found) == 1 or ends[0] <= self._x(found[1][0])  # the first day leaves room for the next
        for number, (at, text) in enumerate(found):
            if (apart if number == 0 else (number - 1) % step == 0) and ends[number] <= self.chart.get_xlim()[
                1
            ]:
                yield at, text

    def _day(self, day: date, short: bool) -> str:
        if short:
            return f"{day:%m-%d}"
        return f"{day.month}月" if self.locale == "zh" else MONTHS_EN[day.month - 1]

    def _months(self) -> Iterator[tuple[date, datetime]]:
        day = self.rows.first.astimezone(self.zone).date().replace(day=1)
        while (at := local_midnight(day, self.zone)) <= self.rows.last:
            if at > self.rows.first:
                yield day, at
            day = (day + timedelta(days=32)).replace(day=1)

    def _mondays(self) -> Iterator[tuple[date, datetime]]:
        day = self.rows.first.astimezone(self.zone).date()
        day -= timedelta(days=day.weekday())
        while (at := local_midnight(day, self.zone)) <= self.rows.last:
            if at > self.rows.first:
                yield day, at
            day += timedelta(days=7)

    def _key(self) -> None:
        """What the colours and marks mean."""
        kinds = [Patch(facecolor=COLOURS[kind], label=self._in(KINDS[kind])) for kind in self.rows.kinds]
        bars = [line.row.bar for line in self.lines if line.row.bar]
        marks: list[Patch | Line2D] = []
        if any(not bar.dated and not bar.endless for bar in bars):
            marks.append(
                Patch(facecolor="white", edgecolor=FAINT, hatch=HATCH, label=self._in(TO_BE_DETERMINED))
            )
        sections = {line.row.section for line in self.lines}
        for shown, marker, colour, words in (
            (any(bar.endless for bar in bars), ">", FAINT, ENDLESS),
            (any(line.row.lock for line in self.lines), "v", LOCK, LOCKS),
            (any(line.row.mark for line in self.lines), "D", CUTOFF, CUTOFF_KEY),
            (self._in(FILINGS) in sections, "|", COLOURS["assessment"], FILINGS),
            (self._in(REMINDERS) in sections, "|", TICK, REMINDERS),
        ):
            if shown:
                marks.append(
                    Line2D([], [], linestyle="", marker=marker, color=colour, markersize=6, markeredgewidth=1.5,
                           label=self._in(words))
                )  # fmt: skip
        entries = [*kinds, *marks]
        self.figure.legend(
            handles=entries, loc="lower left", bbox_to_anchor=(MARGIN / WIDTH - 0.005, 0.28 / HEIGHT), ncols=len(entries),
            frameon=False, prop=self._says(8), handlelength=1.3, columnspacing=1.2, handletextpad=0.5, borderpad=0,
        )  # fmt: skip

    # ------------------------------------------------------------------ rows

    def _write(self, line: _Line) -> None:
        for left, texts, colour in (
            (MARGIN + 0.12, line.name, INK),
            (MARGIN + NAMES, line.when, FAINT),
        ):
            top = line.middle - (len(texts) - 1) / 2
            for number, text in enumerate(texts):
                self.words.text(
                    left, top + number, text, fontproperties=self._says(self.size), color=colour, va="center"
                )

    def _plot(self, line: _Line) -> None:
        row = line.row
        if row.bar is not None:
            self._bar(row.bar, line)
        if row.lock is not None:
            x = self._x(row.lock)
            if row.bar is not None and row.bar.last < row.lock:  # marking goes on
                colour = COLOURS[row.bar.kind]
                self.chart.plot(
                    [self._x(row.bar.last), x], [line.middle] * 2, color=colour, linewidth=1.4, zorder=2
                )
            self._mark(row.lock, line, "v", LOCK)
            self.chart.plot(
                [x, x],
                [0, self.lines[-1].bottom],
                color=LOCK,
                linewidth=0.7,
                alpha=0.45,
                dashes=(4, 3),
                zorder=1,
            )
        if row.mark is not None:
            self._mark(row.mark, line, "D", CUTOFF)
        colour = COLOURS["assessment"] if row.section == self._in(FILINGS) else TICK
        for at in row.ticks:
            x = self._x(at)
            self.chart.plot(
                [x, x], [line.middle - 0.36, line.middle + 0.36], color=colour, linewidth=1.3, zorder=3
            )

    def _bar(self, bar: Bar, line: _Line) -> None:
        left, right, colour = self._x(bar.first), self._x(bar.last), COLOURS[bar.kind]
        top, height = line.middle - 0.42, 0.84
        if bar.endless:
            tip = min((right - left) / 3, self.chart.get_xlim()[1] * 0.025)
            corners = [
                (left, top),
                (right - tip, top),
                (right, line.middle),
                (right - tip, top + height),
                (left, top + height),
            ]
            self.chart.add_patch(Polygon(corners, closed=True, facecolor=colour, alpha=0.55, zorder=2))
            return
        self.chart.add_patch(
            Rectangle(
                (left, top), right - left, height, linewidth=0.8, zorder=2, edgecolor=colour,
                facecolor=colour if bar.dated else "white", hatch=None if bar.dated else HATCH,
            )
        )  # fmt: skip

    def _mark(self, at: datetime, line: _Line, marker: str, colour: str) -> None:
        self.chart.plot(
            [self._x(at)], [line.middle], marker=marker, color=colour, markersize=6, zorder=4, clip_on=False,
            markeredgecolor="white", markeredgewidth=0.6, linestyle="",
        )  # fmt: skip

    def _x(self, at: datetime) -> float:
        return (at - self.rows.first).total_seconds()

    def _in(self, words: Wording) -> str:
        return words().text(self.locale)
