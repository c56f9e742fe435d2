"""The cohorts of a night in batches, which any number of processes take one after the other.

A batch is taken, advanced and reported in one transaction that holds its row: nobody else takes it meanwhile, and whoever is
killed lets it go again as it was. So there is nothing to lease, to count down or to tidy up after.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, or_, select, update
from sqlmodel import Session, col

from models.nights import Night, NightBatch
from workflows.changes import Changes

TABLE: Table = NightBatch.__table__  # type: ignore[attr-defined]

MOST = 400  # cohorts in one transaction: memory stays flat, and more would gain nothing
FOR_EACH = 4  # batches for each of several hands, so that they end at about the same time
MOST_TRIES = 4  # that fail; the next night takes up what is left
FORGOTTEN_AFTER = timedelta(days=7)


class Batch(NamedTuple):
    """Some cohorts of a night, in the hand of this transaction."""

    night_id: int
    number: int
    cohorts: list[int]


def lay_out(session: Session, night_id: int, cohorts: Sequence[int], hands: int) -> int:
    """Put the cohorts of a night down in batches for so many processes. How many batches they are."""
    size = MOST if hands == 1 else min(MOST, -(-len(cohorts) // (hands * FOR_EACH)) or 1)
    starts = range(0, len(cohorts), size)
    rows = [
        {
            "night_id": night_id,
            "number": number,
            "cohorts": json.dumps(cohorts[start : start + size]),
            "tries": 0,
        }
        for number, start in enumerate(starts, 1)
    ]
    if rows:
        session.execute(insert(TABLE), rows)
    return len(rows)


def take(session: Session, night_id: int) -> Batch | None:
    """The next batch that nobody has in hand: first those that have failed least often. None where there is none."""
    row = session.execute(
        select(TABLE.c.number, TABLE.c.cohorts)
        .where(*_to_do(night_id))
        .order_by(TABLE.c.tries, TABLE.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    return Batch(night_id, row.number, json.loads(row.cohorts)) if row else None


def report(session: Session, batch: Batch, changes: Changes) -> None:
    """What a batch changed: with this it is done."""
    _write(session, batch.night_id, batch.number, report=changes.as_json())


def note_failure(session: Session, night_id: int, number: int) -> None:
    """A batch whose transaction failed is tried again after the others."""
    _write(session, night_id, number, tries=TABLE.c.tries + 1)


def to_do(session: Session, night_id: int) -> int:
    """How many batches are not done and may be tried still, whoever has them in hand."""
    return _count(session, *_to_do(night_id))


def undone(session: Session, night_id: int) -> int:
    """How many batches are not done, whether or not they are tried any more."""
    return _count(session, TABLE.c.night_id == night_id, TABLE.c.report.is_(None))


def reported(session: Session, night_id: int) -> Changes:
    """What the batches of a night have changed so far."""
    rows = select(TABLE.c.report).where(TABLE.c.night_id == night_id, TABLE.c.report.is_not(None))
    return sum(map(Changes.from_json, session.execute(rows).scalars()), Changes())


def clear(session: Session, night_id: int, recorded_at: datetime) -> None:
    """Take away the batches of a night that is finished. With it goes what nights before it have not done, for it has taken
    that up; what they have done stays for their own report, and is forgotten with nights that were broken off long ago."""
    forgotten = select(col(Night.id)).where(col(Night.started_at) < recorded_at - FORGOTTEN_AFTER)
    superseded = and_(TABLE.c.night_id < night_id, TABLE.c.report.is_(None))
    session.execute(
        delete(TABLE).where(or_(TABLE.c.night_id == night_id, superseded, TABLE.c.night_id.in_(forgotten)))
    )


def _count(session: Session, *which: ColumnElement[bool]) -> int:
    return int(session.execute(select(func.count()).select_from(TABLE).where(*which)).scalar_one())


def _to_do(night_id: int) -> tuple[ColumnElement[bool], ...]:
    return TABLE.c.night_id == night_id, TABLE.c.report.is_(None), TABLE.c.tries < MOST_TRIES


def _write(session: Session, night_id: int, number: int, **values: object) -> None:
    session.execute(
        update(TABLE).where(TABLE.c.night_id == night_id, TABLE.c.number == number).values(**values)
    )
