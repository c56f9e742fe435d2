"""When reminders about filings speak. Filings are a programme's, not a cohort's: the moments are worked out when an edition
is published, or an organisation is given more time, and kept, so that a night finds those that are due by an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, literal, select, true
from sqlmodel import Session

from calendars.filing_times import link_deadline, periods
from calendars.term import TermCalendar
from models.letters import FilingNotice
from models.types import seconds
from workflows.reminder_steps import steps_by_date
from workflows.sql import insert_new

NOTICE: Table = FilingNotice.__table__  # type: ignore[attr-defined]
_COLUMNS = ("programme_id", "number", "period", "step", "deadline_at", "at", "speak_at")


def announce_notices(session: Session, programme_id: int, calendar: TermCalendar, at: datetime) -> None:
    """Go by this edition from now on. What lay before is not spoken of any more."""
    unwritten = (NOTICE.c.programme_id == programme_id, NOTICE.c.written_at.is_(None))
    session.execute(delete(NOTICE).where(*unwritten))
    for number, reminder in enumerate(calendar.reminders):
        for period, due in _deadlines(calendar, reminder.filing, reminder.to):
            _note(session, programme_id, calendar, number, period, due, at)


def notice_of_more_time(
    session: Session,
    programme_id: int,
    calendar: TermCalendar,
    filing: str,
    tier: str,
    period: str,
    until: datetime,
    at: datetime,
) -> None:
    """An organisation has until then at its link: the reminders speak by that deadline too, to whom it is given."""
    for number, reminder in enumerate(calendar.reminders):
        if (reminder.filing, reminder.to) == (filing, tier):
            _note(session, programme_id, calendar, number, period, until, at)


def _deadlines(calendar: TermCalendar, filing_id: str | None, tier: str) -> Iterator[tuple[str, datetime]]:
    """The rounds of a filing whose link of a tier has a date."""
    if filing_id is None:
        return
    filing = calendar.filing(filing_id)
    link = filing.link(tier)
    for period in periods(calendar, filing) if link else ():
        due = link_deadline(calendar, link, period) if link else None
        if due is not None:
            yield period.name, due


def _note(
    session: Session,
    programme_id: int,
    calendar: TermCalendar,
    number: int,
    period: str,
    due: datetime,
    at: datetime,
) -> None:
    for step in steps_by_date(calendar, number, due):
        if step.at > at:
            values: list[Any] = [
                programme_id, number, period, step.name, seconds(due), seconds(step.at), seconds(step.speak_at),
            ]  # fmt: skip
            session.execute(
                insert_new(NOTICE).from_select(_COLUMNS, select(*map(literal, values)).where(true()))
            )
