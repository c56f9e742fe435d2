"""The statistics as a page: a row a unit, then the sums, with the columns usual in this trade, each saying what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from calendars.list_words import figures
from calendars.messages import Locale, Wording
from calendars.term import TermCalendar
from exchange.workbooks import Page
from workflows.organisations import Node
from workflows.statistics import Counts, Line

STATISTICS = Wording(zh="统计", en="Statistics")
TIERS = {
    "province": Wording(zh="省", en="province"),
    "city": Wording(zh="地市", en="city"),
    "county": Wording(zh="区县", en="county"),
    "school": Wording(zh="学校", en="school"),
}
ALL, SUBTOTAL = Wording(zh="合计", en="all"), Wording(zh="小计", en="subtotal")
ITSELF = Wording(zh="本级", en="itself")
SCORES = Wording(zh="成绩", en="scores")
SCORES_MEAN = Wording(
    zh="锁定以前是暂计：按学习记录和评分算到这一时刻，之后还会变",
    en="provisional before the lock: by the records and marks up to this instant, and still to change",
)
PROVISIONAL, PARTLY = Wording(zh="暂计", en="provisional"), Wording(zh="部分暂计", en="partly provisional")
SEALED = Wording(zh="已锁定", en="sealed")
PEOPLE = {"reported", "logged_in", "effective", "passed"}
RATES = {"attendance", "learning", "pass_rate", "excellence"}
Cell = str | int | None


def statistics_page(calendar: TermCalendar, lines: Sequence[Line], locale: Locale) -> Page:
    """A tier that no unit has is no column; nor is the province, where there is one alone: its sum is that of all."""
    asked, tiers = figures(calendar), columns_of_tiers(calendar, [line.path for line in lines])
    names = [TIERS[tier]().text(locale) for tier in tiers]
    names += [name().text(locale) for name, _ in asked.values()]
    notes = [""] * len(tiers) + [meaning.text(locale) for _, meaning in asked.values()]
    places = {key: at for at, key in enumerate(asked, len(tiers))}
    rows = [
        [
            *_where(line, tiers, locale),
            *(getattr(line.counts, key) for key in asked),
            told(line.counts, locale),
        ]
        for line in lines
        if not line.is_sum or not line.path or line.path[-1].tier in tiers
    ]
    return Page(
        STATISTICS().text(locale),
        [*names, SCORES().text(locale)],
        rows,
        whole=frozenset(places[key] for key in PEOPLE & asked.keys()),
        percent=frozenset(places[key] for key in RATES & asked.keys()),
        notes=[*notes, SCORES_MEAN().text(locale)],
        names=len(tiers),
    )


def columns_of_tiers(calendar: TermCalendar, paths: Sequence[tuple[Node, ...]]) -> list[str]:
    found = Counter(node.tier for node in {node for path in paths for node in path})
    return [tier for tier in calendar.tiers if found[tier] > (1 if tier == "province" else 0)]


def told(counts: Counts, locale: Locale) -> str:
    """Whether the scores are sealed; nothing where there are none."""
    if not counts.sheets:
        return ""
    some = PARTLY if counts.provisional < counts.sheets else PROVISIONAL
    return (some if counts.provisional else SEALED)().text(locale)


def line_facts(calendar: TermCalendar, line: Line) -> dict[str, Any]:
    """A line for a program. Rates are in hundredths of a per cent, average and work in hundredths."""
    names = {node.tier: node.name for node in line.path}
    return {
        **{tier: names.get(tier) for tier in calendar.tiers},
        "sum_of": (line.path[-1].tier if line.path else "all") if line.is_sum else None,
        **{key: getattr(line.counts, key) for key in figures(calendar)},
        "score_sheets": line.counts.sheets,
        "provisional": line.counts.provisional,
    }


def _where(line: Line, tiers: Sequence[str], locale: Locale) -> list[Cell]:
    """The names by tier; behind the last one of a sum, or of an organisation's own people, what the row is."""
    names = {node.tier: node.name for node in line.path}
    cells: list[Cell] = [names.get(tier, "") for tier in tiers]
    named = [at for at, tier in enumerate(tiers) if tier in names]
    behind = named[-1] + 1 if named else 0
    if behind < len(tiers):
        word = (SUBTOTAL if line.path else ALL) if line.is_sum else ITSELF
        cells[behind] = word().text(locale)
    return cells
