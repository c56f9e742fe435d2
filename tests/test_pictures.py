"""A term's picture, told by matplotlib's own objects: what is drawn where, and that no text lies over another."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from calendars.messages import Locale, Refused
from calendars.reader import read_calendar
from calendars.term import TermCalendar
from exchange import pictures
from exchange.picture_rows import picture_rows
from exchange.picture_words import width_of, wrapped
from exchange.pictures import COLOURS, HATCH, draw_term, figure_of
from tests.support.desk import Desk

PROGRAMMES = Path(__file__).parent.parent / "calendars" / "programmes"
SLUGS = sorted(file.stem for file in PROGRAMMES.glob("*.yaml"))
DAY = 86400.0


def calendar_of(slug: str) -> TermCalendar:
    return read_calendar((PROGRAMMES / f"{slug}.yaml").read_text(encoding="utf-8"), slug)


def crowded(phases: int, tasks: int) -> TermCalendar:
    """A calendar with many rows and names that are too long for them."""
    name = "很长很长的名称，写在日历里的人没有想到要画成图，a name that goes on and on " * 3
    lines = [
        "programme: crowded", f"name: {name}", "zone: Asia/Shanghai", f"source: {name}", "tiers: [school]", "roles: {learner: 学员}",
        "evidence: {seen: {name: 观看}}", "phases:",
        *(
            f"  - {{id: p{at}, kind: online_study, name: '{name}', window: 2024-{at % 12 + 1:02}-01 .. 2024-{at % 12 + 1:02}-20}}"
            for at in range(phases)
        ),
        "tasks:",
        *(f"  - {{id: t{at}, role: learner, phase: p{at % phases}, shows: seen, name: '{name}'}}" for at in range(tasks)),
        "reminders:", *(f"  - {{to: learner, about: t{at}, by: [1 day]}}" for at in range(tasks)),
    ]  # fmt: skip
    return read_calendar("\n".join(lines), "crowded.yaml")


def texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is drawn, with where."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    drawn = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    outside = {
        id(text)
        for axes in figure.axes
        for text in axes.findobj(Text)
        if not axes.axison and text not in axes.texts
    }
    return [(text.get_text(), text.get_window_extent(renderer)) for text in drawn if id(text) not in outside]


def bars(figure: Figure) -> list[Rectangle]:
    """The phases with an end, by their place from the top; stripes and keys are no bars."""
    chart = figure.axes[1]
    return sorted(
        (patch for patch in chart.patches if isinstance(patch, Rectangle)), key=lambda bar: bar.get_y()
    )


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("slug", SLUGS)
def test_no_text_lies_over_another_or_off_the_page(slug: str, locale: Locale) -> None:
    figure = figure_of(calendar_of(slug), locale)
    found = texts(figure)
    assert len(found) > 10
    assert [
        (one, other)
        for (one, a), (other, b) in combinations(found, 2)
        if a.shrunk(0.98, 0.8).overlaps(b.shrunk(0.98, 0.8))
    ] == []
    page = figure.bbox
    assert [
        text
        for text, box in found
        if not (page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1)
    ] == []


@pytest.mark.parametrize(("phases", "tasks"), [(1, 1), (12, 24)])
def test_long_names_are_wrapped_and_many_rows_have_smaller_letters(phases: int, tasks: int) -> None:
    figure = figure_of(crowded(phases, tasks), "zh")
    found = texts(figure)
    assert [
        (one, other)
        for (one, a), (other, b) in combinations(found, 2)
        if a.shrunk(0.98, 0.8).overlaps(b.shrunk(0.98, 0.8))
    ] == []
    assert sum(text.endswith("…") for text, _ in found) >= phases + tasks
    bottom = figure.axes[0].get_window_extent()
    assert min(box.y0 for text, box in found if text.startswith("学员")) >= bottom.y0


def test_each_phase_is_a_bar_of_its_kinds_colour_from_its_first_to_its_last_day() -> None:
    """X19-02, X19-04: three modules of a week, and the school's own part beside them."""
    drawn = [
        (round(bar.get_x() / DAY), round(bar.get_width() / DAY), to_hex(bar.get_facecolor()))
        for bar in bars(figure_of(calendar_of("lanxi-2019"), "zh"))
    ]
    study, school = COLOURS["online_study"], COLOURS["school_research"]
    assert drawn == [
        (0, 4, COLOURS["preparation"]), (4, 7, study), (11, 7, study), (18, 7, study), (4, 21, school),
        (25, 2, COLOURS["assessment"]),
    ]  # fmt: skip


def test_what_is_to_be_determined_is_hatched_inside_its_bounds() -> None:
    """G16-01: the second semester, 2017-03 to 2017-06, whose plan is to be determined."""
    drawn = bars(figure_of(calendar_of("guopei-2016"), "zh"))
    assert [bar.get_hatch() for bar in drawn] == [None, None, None, HATCH, None]
    assert (round(drawn[3].get_x() / DAY), round(drawn[3].get_width() / DAY)) == (171, 122)


def test_stages_without_dates_follow_each_other_and_a_phase_without_an_end_points_on() -> None:
    """C21-04 and J20-01."""
    figure = figure_of(calendar_of("capability-2021-steps"), "zh")
    drawn = bars(figure)
    assert [bar.get_hatch() for bar in drawn] == [HATCH] * 5
    assert [bar.get_x() + bar.get_width() for bar in drawn[:-1]] == pytest.approx(
        [bar.get_x() for bar in drawn[1:]]
    )
    assert "各阶段还没有日期，依次进行" in [text for text, _ in texts(figure)]
    chart = figure_of(calendar_of("jinan-2020"), "zh").axes[1]
    (arrow,) = [patch for patch in chart.patches if isinstance(patch, Polygon)]
    assert arrow.get_xy()[:, 0].max() == max(
        line.get_xdata()[0] for line in chart.lines if line.get_marker() == "v"
    )


def test_cutoffs_and_locks_are_marked_with_their_day_and_hour() -> None:
    figure = figure_of(calendar_of("longcheng-2024"), "en")
    found = {text for text, _ in texts(figure)}
    assert {"marks in", "2024-12-12 24:00", "lock: 2024-12-15 24:00", "to be determined"} <= found
    marks = [line for line in figure.axes[1].lines if line.get_marker() == "D"]
    days = [round(float(line.get_xdata()[0]) / DAY) for line in marks]
    assert days == [42, 49, 52, 59]  # after 2024-10-25; the fifth cutoff has no date yet


def test_the_links_of_filings_and_the_steps_of_reminders_are_ticks_in_rows_of_their_own() -> None:
    """J20-04 and J20-03."""
    rows = {row.name: row for row in picture_rows(calendar_of("jinan-2020"), "en").rows}
    assert [f"{at:%m-%d %H}" for at in rows["报删"].ticks] == ["12-07 16", "12-08 16", "12-10 16", "12-11 16"]
    assert rows["报删"].when == ("4 links, 2020-12-07 – 2020-12-11",)
    assert rows["school: 自主选课"].when == ("55 times, 2020-11-07 – 2020-12-31",)
    weekly = {row.name: row for row in picture_rows(calendar_of("guopei-2016"), "zh").rows}["每周研修计划"]
    assert len(weekly.ticks) == 12
    figure = figure_of(calendar_of("jinan-2020"), "en")
    ticks = [line for line in figure.axes[1].lines if line.get_linewidth() == 1.3]
    assert len(ticks) == sum(len(row.ticks) for row in rows.values())


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_calendar_gives_the_same_file(ending: str, tmp_path: Path) -> None:
    for name in ("once", "again"):
        draw_term(calendar_of("lanxi-2019"), tmp_path / f"{name}.{ending}", "zh")
    assert (tmp_path / f"once.{ending}").read_bytes() == (tmp_path / f"again.{ending}").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"again.{ending}", f"once.{ending}"]


def test_without_a_chinese_font_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pictures.fontManager, "ttflist", [])
    with pytest.raises(Refused, match="apt install fonts-noto-cjk"):
        draw_term(calendar_of("lanxi-2019"), tmp_path / "term.png", "zh")
    assert [*tmp_path.iterdir()] == []


def test_another_kind_of_file_is_refused_and_a_picture_is_drawn_anew(tmp_path: Path) -> None:
    desk, file = Desk(tmp_path / "home"), PROGRAMMES / "lanxi-2019.yaml"
    refused = desk.types("calendar", "picture", file, tmp_path / "term.jpg")
    assert (refused.code, refused.errors.strip()) == (
        1, f"{tmp_path / 'term.jpg'}: a picture's name ends with .png, .svg or .pdf",
    )  # fmt: skip
    for _ in range(2):
        drawn = desk.types("calendar", "picture", file, tmp_path / "term.svg")
        assert (drawn.code, drawn.out.strip()) == (0, f"written: {tmp_path / 'term.svg'}")
    assert not desk.home.exists()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("研修", ["研修"]),
        ("网络研修（课程学习），再交作业", ["网络研修（课程学", "习），再交作业"]),
        ("一二三四五六七八，九", ["一二三四五六七", "八，九"]),
        ("seven words that have blanks between", ["seven words", "that have…"]),
        ("一" * 40, ["一" * 8, "一" * 7 + "…"]),
    ],
)
def test_words_break_where_they_may(text: str, lines: list[str]) -> None:
    found = wrapped(text, 9, 1.02, 2)
    assert found == lines
    assert all(width_of(line, 9) <= 1.02 for line in found)
