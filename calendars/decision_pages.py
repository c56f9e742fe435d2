"""How it is told what an office may decide about people: the rows of a term's page on appeals, extensions and likeness."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from calendars.instants import Edge
from calendars.list_words import assessment_name
from calendars.messages import Locale, Wording
from calendars.quantities import shown
from calendars.schedule import Moment, deadline
from calendars.term import TermCalendar

AFTER_LOCK = Wording(zh="锁定后 {within} 内", en="{within} after the lock")
AFTER_FILING = Wording(zh="提出后 {within} 内", en="{within} after the filing")
EVERYTHING = Wording(zh="一切", en="everything")
PIECES = Wording(zh="{count}段", en="{count:text|texts}")


def appeal_rows(calendar: TermCalendar, called: Callable[[str], str], locale: Locale) -> Iterator[list[str]]:
    """A row for each assessment: its name, until when one may appeal, by when and by whom it is decided, the source."""
    for appeals in calendar.appeals:
        name = assessment_name(calendar, calendar.assessment(appeals.of))
        within = AFTER_LOCK(within=appeals.within).text(locale)
        stretch = appeals.decide_within
        decided = AFTER_FILING(within=stretch).text(locale) if stretch else ""
        waits_on = called(appeals.waits_on or calendar.tiers[0]) if stretch else ""
        yield [name, within, decided, waits_on, " ".join(appeals.requirement_ids)]


def extension_rows(
    calendar: TermCalendar, when: Callable[[Moment, Edge], str], locale: Locale
) -> Iterator[list[str]]:
    """A row for each bound: of what, how far, the source."""
    names = {one.id: one.name for one in calendar.tasks}
    names |= {one.id: one.name for one in calendar.filings}
    for bound in calendar.extensions:
        of = ", ".join(names.get(name, name) for name in bound.of) or EVERYTHING().text(locale)
        until = f" ({when(deadline(calendar, {}, {}, bound.until), 'end')})" if bound.until else ""
        yield [of, bound.in_words().text(locale) + until, " ".join(bound.requirement_ids)]


def likeness_rows(
    calendar: TermCalendar, called: Callable[[str], str], locale: Locale
) -> Iterator[list[str]]:
    """A row for each: whose texts, from which part on, for which assessment, who decides, what else is looked at, what is
    left out, the source."""
    for likeness in calendar.likeness:
        yield [
            ", ".join(calendar.task(name).name for name in likeness.tasks),
            f"{shown(likeness.alike)}%",
            assessment_name(calendar, calendar.assessment(likeness.of)),
            called(likeness.waits_on),
            ", ".join(likeness.former),
            PIECES(count=len(likeness.leave_out)).text(locale) if likeness.leave_out else "",
            " ".join(likeness.requirement_ids),
        ]
