"""Who would get which letters on a day: the nights and the sendings up to it, done in a transaction that its caller undoes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select, update
from sqlmodel import Session, col

from calendars.instants import local_midnight
from models.letters import Letter as Kept
from models.nights import Night
from workflows.claiming import Claimed
from workflows.folding import fold
from workflows.letters import Letter
from workflows.night import advance, begin, finish
from workflows.night_batches import report, take
from workflows.telling import tell

KEPT: Table = Kept.__table__  # type: ignore[attr-defined]
AT_ONCE = 200  # letters told together


def preview(session: Session, day: date, now: datetime, zone: ZoneInfo) -> Iterator[Letter]:
    """The letters of a day of the office, today or later, if nobody does anything until then. What was to go out on the days
    before it is taken as sent. Everything that this does must be rolled back."""
    today = now.astimezone(zone).date()
    for ahead in range((day - today).days + 1):
        at = max(now, local_midnight(today + timedelta(days=ahead), zone))
        _night(session, at)
        _as_sent(session, at, zone)
        fold(session, max(at, _last_second(today + timedelta(days=ahead), zone)), zone, at_any_hour=True)
    yield from _told(session, max(now, local_midnight(day, zone)), zone)


def _night(session: Session, as_of: datetime) -> None:
    last = session.execute(select(col(Night.as_of)).order_by(col(Night.id).desc()).limit(1)).scalar()
    if last is not None and last > as_of:
        return
    plan = begin(session, as_of, as_of)
    while batch := take(session, plan.night_id):
        report(session, batch, advance(session, plan.night_id, batch.cohorts, as_of, as_of))
    finish(session, plan.night_id, as_of)


def _as_sent(session: Session, at: datetime, zone: ZoneInfo) -> None:
    """Letters of earlier days have gone."""
    gone = KEPT.c.day < at.astimezone(zone).date()
    session.execute(update(KEPT).where(KEPT.c.state == "waiting", gone).values(state="sent"))


def _told(session: Session, at: datetime, zone: ZoneInfo) -> Iterator[Letter]:
    columns = (KEPT.c[name] for name in Claimed.__dataclass_fields__)
    rows = session.execute(select(*columns).where(KEPT.c.state == "waiting").order_by(KEPT.c.id))
    claimed = [Claimed(*row) for row in rows]
    for start in range(0, len(claimed), AT_ONCE):
        together = claimed[start : start + AT_ONCE]
        yield from tell(session, together, at, zone, at_any_hour=True).letters.values()


def _last_second(day: date, zone: ZoneInfo) -> datetime:
    return local_midnight(day + timedelta(days=1), zone) - timedelta(seconds=1)
