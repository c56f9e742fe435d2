"""Enrolments move by the thousand: the machine's own rows, written as SQL, state and log alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, not_, or_, select, true, update
from sqlmodel import Session

from models.types import seconds
from models.verdicts import ScoreSheet
from workflows.facts import ENROLMENT, raw
from workflows.journal import LOG, Journal
from workflows.machines import ENROLMENT as MACHINE
from workflows.machines import bulk_moves
from workflows.sql import among

SHEET = ScoreSheet.__table__  # type: ignore[attr-defined]
_FACTS = (ENROLMENT.c.cohort_id, ENROLMENT.c.id, ENROLMENT.c.status)


def begin(session: Session, journal: Journal, cohort_ids: Sequence[int], at: datetime) -> None:
    """Whoever has joined by the opening of a phase takes part from then on."""
    _move(session, journal, _in_cohorts(cohort_ids), at, ("begin", true()))


def conclude(session: Session, journal: Journal, cohort_ids: Sequence[int], at: datetime) -> None:
    """At the end of the term: completed with every assessment passed, otherwise incomplete."""
    _move(session, journal, _in_cohorts(cohort_ids), at, ("fall_short", _fails()), ("complete", true()))


def follow(session: Session, journal: Journal, enrolment_id: int, at: datetime) -> None:
    """After a correction, whose term is over is completed or not by the results as they stand now."""
    this = Those(ENROLMENT.c.id == enrolment_id, LOG.c.enrolment_id == enrolment_id)
    _move(session, journal, this, at, ("lose", _fails()), ("restore", true()))


class Those(NamedTuple):
    """Whom it is about, as a condition on the enrolments and on what the log says of them."""

    enrolled: ColumnElement[bool]
    logged: ColumnElement[bool]


def _in_cohorts(cohort_ids: Sequence[int]) -> Those:
    return Those(among(ENROLMENT.c.cohort_id, cohort_ids), among(LOG.c.cohort_id, cohort_ids))


def _fails() -> ColumnElement[bool]:
    """Whether some result of the enrolment of the enclosing statement, as it stands now, is no pass. As a maximum, which is
    looked up for each: PostgreSQL would answer an EXISTS for everybody at once, anew for each batch. Of whom nothing was
    corrected, as of nearly everybody, no sheet is compared with later ones."""
    later = SHEET.alias("later")
    corrected = exists(
        select(later.c.total).where(
            later.c.enrolment_id == SHEET.c.enrolment_id,
            later.c.assessment == SHEET.c.assessment,
            later.c.entry > SHEET.c.entry,
        )
    )
    theirs = SHEET.c.enrolment_id == ENROLMENT.c.id
    failed = func.max(case((SHEET.c.passed, 0), else_=1))
    standing = select(failed).where(theirs, not_(corrected)).correlate(ENROLMENT).scalar_subquery()
    found = select(case((func.max(SHEET.c.entry) == 0, failed), else_=standing)).where(theirs)
    return func.coalesce(found.correlate(ENROLMENT).scalar_subquery(), 0) == 1


def _move(
    session: Session,
    journal: Journal,
    those: Those,
    at: datetime,
    *choices: tuple[str, ColumnElement[bool]],
) -> None:
    """Everybody of those who can move, by the first trigger whose condition holds. The log says so, and the states follow it."""
    pairs = {trigger: dict(bulk_moves(MACHINE, trigger)) for trigger, _ in choices}
    sources = sorted({source for moves in pairs.values() for source in moves})
    meant = (
        select(*_FACTS, case(*((holds, literal(trigger)) for trigger, holds in choices)).label("trigger"))
        .where(those.enrolled, ENROLMENT.c.status.in_(sources), _joined(at))
        .cte("meant")
        .prefix_with("MATERIALIZED")  # or the condition is asked again wherever the trigger is named
    )
    ways = [
        (and_(meant.c.trigger == trigger, meant.c.status == source), literal(target))
        for trigger, moves in pairs.items()
        for source, target in moves.items()
    ]
    moves = select(*meant.c, case(*ways).label("target")).where(or_(*(way for way, _ in ways)))
    before = journal.note_enrolments(session, moves, at)
    session.execute(
        update(ENROLMENT)
        .where(LOG.c.id > before, those.logged, LOG.c.enrolment_id == ENROLMENT.c.id)
        .values(status=LOG.c.target),
        execution_options={"synchronize_session": False},
    )


def _joined(at: datetime) -> ColumnElement[bool]:
    """Who has not begun takes part from the day of joining, and once the roster that says so is here."""
    known = and_(raw(ENROLMENT, "joined_at") <= seconds(at), raw(ENROLMENT, "received_at") < seconds(at))
    return or_(ENROLMENT.c.status != MACHINE.initial, known)
