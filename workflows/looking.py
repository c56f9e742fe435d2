"""What is due for some cohorts up to an instant, done between two nights: before a person decides, and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.terms import Cohort
from workflows.changes import Changes
from workflows.filing_calls import lapse_due
from workflows.night import advance
from workflows.night_batches import MOST
from workflows.peer_rounds import deal_due
from workflows.sql import among


def look_now(session: Session, cohort_id: int, at: datetime, recorded_at: datetime) -> Changes:
    """Do what is due for one cohort up to an instant."""
    return look_at_all(session, [cohort_id], at, recorded_at)


def look_at_all(session: Session, cohort_ids: Sequence[int], at: datetime, recorded_at: datetime) -> Changes:
    """Do what is due for these cohorts up to an instant. As in a night, filings whose deadline has come lapse first, and peer
    reviews are dealt out. The next night counts those lapses, and they are no part of what is given back."""
    programmes = select(col(Cohort.programme_id)).where(among(col(Cohort.id), cohort_ids)).distinct()
    for programme in session.execute(programmes.order_by(col(Cohort.programme_id))).scalars().all():
        lapse_due(session, at, recorded_at, programme)
        deal_due(session, at, recorded_at, programme)
    changes = Changes()
    for start in range(0, len(cohort_ids), MOST):
        changes += advance(session, None, cohort_ids[start : start + MOST], at, recorded_at)
    return changes
