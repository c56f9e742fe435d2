"""How filings are told: what a link is called, and the rows of a term's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from calendars.filing_times import link_moment, periods
from calendars.filings import DOES, PERSON, Filing, Link
from calendars.instants import Edge
from calendars.messages import Locale, Message, Wording
from calendars.quantities import shown
from calendars.schedule import Moment
from calendars.term import TermCalendar

TIERS = {
    "province": Wording(zh="省", en="province"),
    "city": Wording(zh="市", en="city"),
    "county": Wording(zh="县", en="county"),
    "school": Wording(zh="校", en="school"),
}
WHO = TIERS | {PERSON: Wording(zh="本人", en="person")}
LINK = Wording(zh="{who}{does}", en="{who} {does}")
CALLED = Wording(zh="{name}", en="{name}")
WEEKLY = Wording(zh="每周（{count}周）：{by}", en="weekly ({count:week|weeks}): {by}")
SHARE = Wording(zh="至多{share}%", en="at most {share}%")
WITHDRAWS = Wording(zh="{does}，此人即退出", en="{does}, which withdraws the person")
ASKING = Wording(zh="{does}，{field}至少{least}", en="{does}, {field} {least} at least")
SKIPPED = Wording(zh="{who}（没有这一级的略过）", en="{who} (where there is one)")


def link_name(link: Link) -> Message:
    """What a link is called: by the calendar, or by its tier and what it does."""
    return CALLED(name=link.name) if link.name else LINK(who=WHO[link.at](), does=DOES[link.does]())


def filing_rows(
    calendar: TermCalendar, when: Callable[[Moment, Edge], str], locale: Locale
) -> Iterator[list[str]]:
    """A row for each link of each filing: its name, who, what, until when, how many it may pass on, the source."""
    for filing in calendar.filings:
        for link in filing.chain:
            who = WHO[link.at]()
            named = SKIPPED(who=who) if link.absent else who
            yield [
                filing.name,
                named.text(locale),
                _does(filing, link).text(locale),
                _deadline(calendar, filing, link, when, locale),
                SHARE(share=shown(link.most)).text(locale) if link.most else "",
                " ".join(filing.requirement_ids),
            ]


def _does(filing: Filing, link: Link) -> Message:
    if filing.on_acceptance == "withdraw" and link is filing.chain[-1]:
        return WITHDRAWS(does=link_name(link))
    told = link_name(link)
    for field in filing.fields.values() if link is filing.chain[0] else ():
        if field.at_least is not None:
            told = ASKING(does=told, field=field.name, least=shown(field.at_least))
    return told


def _deadline(
    calendar: TermCalendar, filing: Filing, link: Link, when: Callable[[Moment, Edge], str], locale: Locale
) -> str:
    """The deadline in the office's days; of one that is filed each week, the first week's, and how many there are."""
    rounds = periods(calendar, filing)
    if link.by is None or not rounds:
        return ""
    by = when(link_moment(calendar, link.by, rounds[0]), "end")
    return WEEKLY(count=len(rounds), by=by).text(locale) if filing.every else by
