"""Editions: a calendar's text is published once, under the next number, and never changes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func
from sqlmodel import Session, col, select

from calendars.messages import Refused, Wording, refuse
from calendars.reader import read_calendar
from calendars.term import TermCalendar
from models.terms import Edition, Programme
from workflows.filing_calls import call_out, lapse_due
from workflows.filing_notices import announce_notices
from workflows.peer_rounds import announce, deal_due

NO_PROGRAMME = Wording(
    zh="没有发布过项目“{slug}”。已发布的有：{known}",
    en="no programme {slug!r} is published; known are: {known}",
)


def publish(session: Session, text: str, calendar: TermCalendar, by: str, at: datetime) -> Edition:
    """Publish a checked calendar. The same text again is the edition that already stands."""
    programme = session.exec(select(Programme).where(Programme.slug == calendar.programme)).one_or_none()
    if programme is None:
        programme = Programme(slug=calendar.programme)
        session.add(programme)
        session.flush()
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    standing = session.exec(
        select(Edition).where(Edition.programme_id == programme.id, Edition.sha256 == sha256)
    ).one_or_none()
    if standing is not None:
        return standing
    last = session.exec(select(func.max(Edition.number)).where(Edition.programme_id == programme.id)).one()
    assert programme.id is not None
    lapse_due(session, at, at, programme.id)  # by the edition that has stood until now
    deal_due(session, at, at, programme.id)
    edition = Edition(
        programme_id=programme.id, number=(last or 0) + 1, text=text, sha256=sha256, published_at=at, published_by=by
    )  # fmt: skip
    session.add(edition)
    call_out(session, programme.id, calendar)
    announce(session, programme.id, calendar, at)
    announce_notices(session, programme.id, calendar, at)
    session.flush()
    return edition


def newest_edition(session: Session, slug: str) -> Edition:
    """The edition that new cohorts go by. Raises Refused with the known programmes."""
    found = session.exec(
        select(Edition).join(Programme).where(Programme.slug == slug).order_by(Edition.number.desc())  # type: ignore[attr-defined]
    ).first()
    if found is None:
        known = session.exec(select(Programme.slug).order_by(Programme.slug)).all()
        raise refuse(NO_PROGRAMME(slug=slug, known=known))
    return found


def calendar_of_programme(session: Session, programme_id: int) -> TermCalendar | None:
    """The calendar by which a whole programme goes, that of its newest edition; nothing where it cannot be read."""
    newest = select(func.max(Edition.id)).where(Edition.programme_id == programme_id)
    return readable_calendar(session, session.exec(newest).one() or 0)


def newest_calendar(session: Session, slug: str) -> TermCalendar | None:
    """The same, of a programme by its name."""
    return calendar_of_programme(session, newest_edition(session, slug).programme_id)


def calendar_of(session: Session, edition_id: int) -> TermCalendar:
    """The calendar of an edition, read once for each text."""
    return _read(session.exec(select(Edition.text).where(Edition.id == edition_id)).one())


def readable_calendar(session: Session, edition_id: int) -> TermCalendar | None:
    """The calendar of an edition, or nothing where this version of the program refuses its text."""
    try:
        return calendar_of(session, edition_id)
    except Refused:
        return None


def editions_of(session: Session, slug: str) -> list[TermCalendar]:
    """Every edition of a programme that can be read, the oldest first."""
    editions = select(Edition.id).join(Programme).where(Programme.slug == slug).order_by(col(Edition.number))
    read = [readable_calendar(session, edition or 0) for edition in session.exec(editions)]
    return [calendar for calendar in read if calendar is not None]


def all_calendars(session: Session) -> dict[str, TermCalendar]:
    """The newest calendar of every programme, by slug, among those that can be read."""
    editions = select(Programme.slug, Edition.id).join(Edition).order_by(Programme.slug, col(Edition.number))
    read = [(slug, readable_calendar(session, edition or 0)) for slug, edition in session.exec(editions)]
    return {slug: calendar for slug, calendar in read if calendar is not None}


@lru_cache(maxsize=64)
def _read(text: str) -> TermCalendar:
    return read_calendar(text, "edition", published=True)
