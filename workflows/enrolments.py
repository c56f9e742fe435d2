"""Enrolments move by the thousand: the machine's own rows, written as SQL, state and log alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, not_, select, update
from sqlmodel import Session

from models.types import seconds
from models.verdicts import ScoreSheet
from workflows.facts import ENROLMENT, raw
from workflows.journal import Journal
from workflows.machines import ENROLMENT as MACHINE
from workflows.machines import bulk_moves

SHEET = ScoreSheet.__table__  # type: ignore[attr-defined]


def begin(session: Session, journal: Journal, cohort_ids: Sequence[int], at: datetime) -> None:
    """Whoever has joined by the opening of a phase takes part from then on."""
    joined = and_(raw(ENROLMENT, "joined_at") <= seconds(at), raw(ENROLMENT, "received_at") < seconds(at))
    _move(session, journal, "begin", and_(ENROLMENT.c.cohort_id.in_(cohort_ids), joined), at)


def conclude(session: Session, journal: Journal, cohort_ids: Sequence[int], at: datetime) -> None:
    """At the end of the term: completed with every assessment passed, otherwise incomplete."""
    here = ENROLMENT.c.cohort_id.in_(cohort_ids)
    failed = exists(select(SHEET.c.total).where(SHEET.c.enrolment_id == ENROLMENT.c.id, not_(SHEET.c.passed)))
    begin(session, journal, cohort_ids, at)  # who joined after the last opening
    _move(session, journal, "fall_short", and_(here, failed), at)
    _move(session, journal, "complete", here, at)


def _move(session: Session, journal: Journal, trigger: str, who: ColumnElement[bool], at: datetime) -> None:
    for source, target in bulk_moves(MACHINE, trigger):
        moving = and_(ENROLMENT.c.status == source, who)
        journal.note_enrolments(session, moving, trigger, source, target, at)
        session.execute(update(ENROLMENT).where(moving).values(status=target))
