"""When a night will next have something to do: asked of the database, so that quiet nights need not be run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.filings import Filing, FilingCall
from models.peers import PeerRound
from models.terms import CohortPhase
from workflows.cohorts import load_terms
from workflows.reminder_steps import next_reminder


def next_due_after(session: Session, at: datetime) -> datetime | None:
    """The earliest instant after `at`, up to which the nights have gone, at which something is due by itself. None:
    whatever is left waits for somebody."""
    return min(_due_after(session, at), default=None)


def _due_after(session: Session, at: datetime) -> Iterator[datetime]:
    for due in (
        col(CohortPhase.next_due_at),
        col(Filing.next_due_at),
        col(FilingCall.next_due_at),
        col(PeerRound.next_due_at),
    ):
        first = session.execute(select(due).where(due > at).order_by(due).limit(1)).scalar()
        if first is not None:
            yield first
    yield from _reminders_of_the_stuck(session, at)


def _reminders_of_the_stuck(session: Session, at: datetime) -> Iterator[datetime]:
    """A phase that should have moved is due all the time, and says nothing of its reminders."""
    stuck = select(col(CohortPhase.cohort_id)).where(col(CohortPhase.next_due_at) <= at).distinct()
    for term in load_terms(session, session.execute(stuck).scalars().all()):
        for phase in term.phases.values():
            due = next_reminder(term, phase)
            if due is not None and due > at:
                yield due
