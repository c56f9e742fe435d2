"""Enrolments move by the thousand: the machine's own rows, written as SQL, state and log alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, literal, not_, or_, select, true, update
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
    _move(session, journal, cohort_ids, at, ("begin", true()))


def conclude(session: Session, journal: Journal, cohort_ids: Sequence[int], at: datetime) -> None:
    """At the end of the term: completed with every assessment passed, otherwise incomplete."""
    failed = exists(select(SHEET.c.total).where(SHEET.c.enrolment_id == ENROLMENT.c.id, not_(SHEET.c.passed)))
    _move(session, journal, cohort_ids, at, ("fall_short", failed), ("complete", true()))


def _move(
    session: Session,
    journal: Journal,
    cohort_ids: Sequence[int],
    at: datetime,
    *choices: tuple[str, ColumnElement[bool]],
) -> None:
    """Everybody of these cohorts who can move, by the first trigger whose condition holds."""
    moves = {trigger: bulk_moves(MACHINE, trigger) for trigger, _ in choices}
    sources = {source for pairs in moves.values() for source, _ in pairs}
    moving = and_(ENROLMENT.c.cohort_id.in_(cohort_ids), ENROLMENT.c.status.in_(sorted(sources)), _joined(at))
    trigger = case(*((holds, literal(trigger)) for trigger, holds in choices))
    target = case(*((holds, _target(moves[trigger])) for trigger, holds in choices))
    journal.note_enrolments(session, moving, trigger, target, at)
    session.execute(update(ENROLMENT).where(moving).values(status=target))


def _target(pairs: Sequence[tuple[str, str]]) -> ColumnElement[str]:
    return case({source: literal(target) for source, target in pairs}, value=ENROLMENT.c.status)


def _joined(at: datetime) -> ColumnElement[bool]:
    """Who has not begun takes part from the day of joining, and once the roster that says so is here."""
    known = and_(raw(ENROLMENT, "joined_at") <= seconds(at), raw(ENROLMENT, "received_at") < seconds(at))
    return or_(ENROLMENT.c.status != MACHINE.initial, known)
