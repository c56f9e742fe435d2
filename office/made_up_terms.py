"""What an office does in a made-up term, of a demonstration or a rehearsal: it takes files in, sets dates, says that a
phase is complete. Every instant is handed in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from calendars.instants import Complete
from calendars.messages import Message
from calendars.term import TermCalendar
from exchange.intake import READERS
from exchange.plans import commit
from models.terms import Cohort, CohortPhase, Programme
from office.samples import SampleFile
from office.samples_dates import Term
from office.words import say
from workflows import resolving
from workflows.resolving import Decision


def take_in(
    session: Session, calendar: TermCalendar, file: SampleFile, by: Message, recorded_at: datetime
) -> None:
    """Import a file as received when it would have been."""
    plan = READERS[file.kind](session, calendar.programme, file.path, file.received_at, None)
    commit(session, plan, recorded_at, say(by))


def set_supposed_dates(
    session: Session, term: Term, phase: str, cohort_ids: Collection[int], by: Decision
) -> None:
    """Give a phase of these cohorts the dates that the term is supposed to have."""
    times = term.schedule.phases[phase]
    complete = isinstance(term.calendar.phase(phase).dates.end, Complete)
    closes = times.closes if isinstance(times.closes, datetime) and not complete else None
    assert isinstance(times.opens, datetime)
    for cohort_id in sorted(cohort_ids):
        resolving.set_dates(session, session.get_one(Cohort, cohort_id), phase, times.opens, closes, by)


def say_complete(session: Session, term: Term, by: Decision) -> int:
    """Say of each phase that ends by the office's word that it is complete, once its time is over. Returns of how many
    cohorts it was said."""
    said = 0
    for phase in term.calendar.phases:
        closes = term.schedule.phases[phase.id].closes
        over = isinstance(closes, datetime) and by.effective_at >= closes
        if phase.complete_when != "the office says so" or not over:
            continue
        open_now = select(Cohort).join(Programme).join(CohortPhase).where(
            Programme.slug == term.calendar.programme, CohortPhase.phase == phase.id, CohortPhase.state == "open"
        ).order_by(col(Cohort.id))  # fmt: skip
        for cohort in session.exec(open_now):
            resolving.complete(session, cohort, phase.id, by)
            said += 1
    return said
