"""Peer reviews as a workbook: who reviews whom, in the columns that an import reads, to be filled in further; and what each
group got."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from calendars.messages import Locale, Wording
from calendars.spoken_times import shown, shown_end
from calendars.term import TermCalendar
from exchange.columns import written_in
from exchange.forms import FORMS, columns_of
from exchange.workbooks import Page, write_workbook
from workflows.peer_lists import GroupSeen, PairSeen, Seen

GIVEN = Wording(zh="已评 {at}", en="given {at}")
MISSED = Wording(zh="逾期未评（{until} 截止；{who}）", en="missed ({until}; {who})")
WAITS = Wording(zh="待评（{until} 截止；{who}）", en="owed (until {until}; {who})")
RESULTS = Wording(zh="得分汇总", en="Results")
HEADINGS = (
    Wording(zh="互评", en="peer review"),
    Wording(zh="组", en="group"),
    Wording(zh="单位", en="organisation"),
    Wording(zh="应评", en="owes"),
    Wording(zh="已评", en="has given"),
    Wording(zh="被评", en="reviewed by"),
    Wording(zh="已得", en="has got"),
    Wording(zh="均分", en="mean"),
    Wording(zh="等第", en="grades"),
)
COUNTS = frozenset({3, 4, 5, 6})


def write_peers(
    calendar: TermCalendar, seen: Sequence[Seen], at: datetime, path: Path, locale: Locale
) -> None:
    """Both pages of these reviews, as they stood at an instant."""
    columns = columns_of("peers", calendar)
    headings = [column.name.zh if locale == "zh" else column.name.en for column in columns]
    pairs = (_cells(calendar, pair, at, locale) for one in seen for pair in one.pairs)
    write_workbook(
        path,
        [
            Page(
                written_in(FORMS["peers"].sheet, locale),
                headings,
                ([cells.get(column.key) for column in columns] for cells in pairs),
            ),
            Page(
                written_in(RESULTS, locale),
                [written_in(heading, locale) for heading in HEADINGS],
                _results(group for one in seen for group in one.groups),
                COUNTS,
            ),
        ],
    )


def _cells(
    calendar: TermCalendar, pair: PairSeen, at: datetime, locale: Locale
) -> dict[str, str | int | None]:
    said = pair.opinion
    return {
        "review": pair.review.name,
        "reviewer": pair.reviewer,
        "reviewed": pair.reviewed,
        "score": said.score if said else None,
        "grade": said.grade if said else None,
        "comment": said.comment if said else None,
        "by": pair.name,
        "state": state(calendar, pair, at, locale),
    }


def state(calendar: TermCalendar, pair: PairSeen, at: datetime, locale: Locale) -> str:
    """Given and when; or owed, until when and by whom."""
    zone = calendar.zoneinfo
    if pair.given_at is not None:
        return GIVEN(at=shown(pair.given_at, zone)).text(locale)
    wording = MISSED if pair.is_missed(at) else WAITS
    return wording(until=shown_end(pair.until, zone), who=[*pair.who]).text(locale)


def _results(groups: Iterable[GroupSeen]) -> Iterable[list[str | int | None]]:
    for group in groups:
        grades = " ".join(f"{grade}{count}" for grade, count in group.got.grades)
        yield [
            group.review.name, group.name, "/".join(group.path), group.owes, group.given, group.reviewed_by,
            group.got.count, group.got.mean, grades,
        ]  # fmt: skip
