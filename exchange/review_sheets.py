"""The sheet of a review as the office keeps it: one row a person, one column an item, the verdict and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from calendars.messages import Locale, Message, Wording, joined
from calendars.term import TermCalendar
from exchange.workbooks import Page, write_workbook
from workflows.explained import Wanted
from workflows.parties import TIER_NAMES
from workflows.review_lists import Reviewed
from workflows.wanting import amount_of, told_short

NUMBER, NAME = Wording(zh="人员编号", en="Number"), Wording(zh="姓名", en="Name")
COHORT = Wording(zh="班级", en="Cohort")
VERDICT, MISSING = Wording(zh="结论", en="Verdict"), Wording(zh="缺项", en="Missing")
INCOMPLETE = Wording(zh="材料不全", en="incomplete")
WHOLE, NOTHING = Wording(zh="齐", en="whole"), Wording(zh="缺", en="missing")
PART = Wording(zh="{counted}，{short}", en="{counted}, {short}")

Column = tuple[str, str]  # a component, and one of its items


def write_reviews(calendar: TermCalendar, found: Sequence[Reviewed], path: Path, locale: Locale) -> int:
    """A page for each assessment that is reviewed, its people in the order in which they come. Every cell is text. Returns
    how many rows there are."""
    names = {one.assessment.id: one.assessment.name or one.assessment.id for one in found}
    pages = [
        _page(calendar, name, [one for one in found if one.assessment.id == assessment], locale)
        for assessment, name in names.items()
    ]
    return write_workbook(path, pages)


def _page(calendar: TermCalendar, name: str, found: Sequence[Reviewed], locale: Locale) -> Page:
    tiers = [TIER_NAMES[tier]().text(locale) for tier in calendar.tiers]
    items: dict[Column, str] = {}
    for one in found:
        items |= {column: heading for column, heading, _ in _items(one, locale)}
    head = [*tiers, *(word().text(locale) for word in (NUMBER, NAME, COHORT))]
    headings = [*head, *items.values(), VERDICT().text(locale), MISSING().text(locale)]
    return Page(name, headings, [_row(calendar, one, list(items), locale) for one in found])


def _row(calendar: TermCalendar, one: Reviewed, items: Sequence[Column], locale: Locale) -> list[str]:
    places = dict(zip(one.tiers, one.path, strict=True))
    cells = {column: cell for column, _, cell in _items(one, locale)}
    incomplete = one.verdict == "incomplete"
    return [
        *(places.get(tier, "") for tier in calendar.tiers), one.number, one.person, one.cohort,
        *(cells.get(column, "") for column in items),
        (INCOMPLETE() if incomplete else one.told).text(locale), joined(one.missing, locale) if incomplete else "",
    ]  # fmt: skip


def _items(one: Reviewed, locale: Locale) -> Iterator[tuple[Column, str, str]]:
    """Each item with its heading and how much of it there is."""
    for line in one.lines:
        pieces: dict[str, list[Wanted]] = {}
        for piece in line.wanted:
            pieces.setdefault(_in(piece.item, locale), []).append(piece)
        for item, those in pieces.items():
            heading = f"{line.name} {item}".strip()
            yield (line.key, item), heading, _shown(those, locale)


def _shown(pieces: Sequence[Wanted], locale: Locale) -> str:
    """An amount where the item is one, else whether it is whole; of what is there in part, what is short."""
    if not any(piece.counted for piece in pieces):
        return NOTHING().text(locale)
    alone = amount_of(pieces[0], pieces[0].counted) if len(pieces) == 1 else None
    short = [told_short(piece) for piece in pieces if piece.lacks]
    if not short:
        return (alone or WHOLE()).text(locale)
    return PART(counted=alone, short=short).text(locale) if alone else joined(short, locale)


def _in(told: Message | str, locale: Locale) -> str:
    return told if isinstance(told, str) else told.text(locale)
