"""Who is reminded of a filing: the organisations at whose link cases wait, or that owe one and have not filed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, select
from sqlmodel import Session, col

from calendars.filing_times import link_deadline
from calendars.term import TermCalendar
from models.filings import Filing, FilingLink
from models.letters import FilingNotice
from models.nights import Outbox
from workflows.filings import cases_of, owing, own_deadlines, period_of, stands
from workflows.organisations import load_tree
from workflows.publishing import calendar_of_programme
from workflows.sql import insert_all_new

OUTBOX: Table = Outbox.__table__  # type: ignore[attr-defined]
WAITING = frozenset({"passing", "returned", "due"})  # states of a case that its link still has to do with
PREFIX = "filing "  # of an outbox row's obligation


@dataclass(frozen=True)
class Asked:
    """A round of a filing at a link of it, by one of its deadlines."""

    filing: str
    tier: str
    period: str
    deadline_at: datetime

    def obligation(self, programme_id: int) -> str:
        """How the outbox names it."""
        return f"{PREFIX}{self.filing} {self.period}@{programme_id}"


def asked_in(row: Outbox, calendar: TermCalendar) -> Asked | None:
    """What an outbox row speaks of, by the calendar that stands now. None where that knows no such filing any more."""
    filing, _, period = row.obligation.removeprefix(PREFIX).partition("@")[0].partition(" ")
    if row.reminder >= len(calendar.reminders) or calendar.reminders[row.reminder].filing != filing:
        return None
    return Asked(filing, calendar.reminders[row.reminder].to, period, row.deadline_at)


def remind_of_filings(session: Session, as_of: datetime, recorded_at: datetime) -> Counter[str]:
    """Speak of every filing whose moment has come by an instant, in their order. Returns how many rows are new, by
    programme. Doing it twice changes nothing."""
    due = (
        select(FilingNotice)
        .where(col(FilingNotice.written_at).is_(None), col(FilingNotice.at) <= as_of)
        .order_by(col(FilingNotice.at), col(FilingNotice.id))
    )
    written: Counter[str] = Counter()
    for notice in session.execute(due).scalars().all():
        calendar = calendar_of_programme(session, notice.programme_id)
        if calendar is None:
            continue  # it is spoken of once the calendar can be read again
        written[calendar.programme] += _speak(session, notice, calendar, recorded_at)
        notice.written_at = recorded_at
    session.flush()
    return written


def waiting_at(
    session: Session, calendar: TermCalendar, programme_id: int, asked: Asked, at: datetime
) -> dict[int, list[Filing]]:
    """By organisation, the cases that wait at its link by this deadline, as known at an instant; an empty list where it
    owes a filing of its own and has none."""
    filing, tier = calendar.filing(asked.filing), asked.tier
    cases = {case.id or 0: case for case in cases_of(session, programme_id, [filing.id], asked.period)}
    standing = stands(session, [*cases], at)
    found: dict[int, list[Filing]] = {}
    for number, holder in _holders(session, [*cases], tier):
        stand = standing.get(number)
        if stand is not None and stand.stands_at == tier and stand.state in WAITING:
            found.setdefault(holder, []).append(cases[number])
    if filing.owed and filing.tier == tier:
        begun = {cases[number].organisation_id for number, stand in standing.items() if stand.state != "due"}
        for organisation in owing(session, programme_id, tier, at) - begun:
            found.setdefault(organisation, [])
    own = own_deadlines(session, programme_id, filing.id, asked.period, tier, known_before=at)
    link, period = filing.link(tier), period_of(calendar, filing, asked.period)
    ordinary = link_deadline(calendar, link, period) if link and period else None
    return {
        holder: waiting for holder, waiting in found.items() if own.get(holder, ordinary) == asked.deadline_at
    }


def _holders(session: Session, cases: Sequence[int], tier: str) -> list[tuple[int, int]]:
    """Whose link of a tier each case has."""
    rows = session.execute(
        select(col(FilingLink.filing_id), col(FilingLink.organisation_id)).where(
            col(FilingLink.filing_id).in_(cases), col(FilingLink.tier) == tier,
            col(FilingLink.organisation_id).is_not(None),
        ).order_by(col(FilingLink.filing_id))
    )  # fmt: skip
    return [(case, holder) for case, holder in rows]


def _speak(session: Session, notice: FilingNotice, calendar: TermCalendar, recorded_at: datetime) -> int:
    """One row for each organisation; upward, for the one above it with how many are late below."""
    reminder = calendar.reminders[notice.number]
    asked = Asked(reminder.filing or "", reminder.to, notice.period, notice.deadline_at)
    waiting = waiting_at(session, calendar, notice.programme_id, asked, notice.at)
    counts = Counter({holder: max(len(cases), 1) for holder, cases in waiting.items()})
    if notice.step == "escalated" and reminder.escalate is not None:
        tree = load_tree(session)
        above = {holder: tree.at_tier(holder, reminder.escalate.to) for holder in waiting}
        counts = Counter(found for found in above.values() if found is not None)
    rows = [
        {
            "programme_id": notice.programme_id, "recipient": f"o{organisation}", "obligation": asked.obligation(notice.programme_id),
            "step": notice.step, "channel": "digest", "deadline_at": notice.deadline_at, "effective_at": notice.at,
            "speak_at": notice.speak_at, "recorded_at": recorded_at, "reminder": notice.number, "behind": count,
            "state": "written",
        }
        for organisation, count in sorted(counts.items())
    ]  # fmt: skip
    return insert_all_new(session, OUTBOX, rows)
