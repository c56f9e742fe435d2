"""One cohort's term so far: where each phase stands, planned and real dates, progress, holds, moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.messages import Message
from calendars.schedule import Moment, schedule
from models.nights import Hold, TransitionLog
from models.terms import Cohort, Programme
from workflows.cohorts import CohortTerm, PhaseNow, load_terms
from workflows.conditions import Asked, tasks_shown
from workflows.facts import ENROLMENT, people
from workflows.hold_kinds import BY_NAME
from workflows.publishing import readable_calendar

LAST_MOVES = 20


@dataclass(frozen=True)
class PhaseHistory:
    """A phase of one cohort. Planned instants are the calendar's own; real ones are when it came about, or will."""

    phase: str
    name: str
    state: str
    held_from: str | None
    planned: tuple[Moment | None, Moment | None, Moment | None]  # opens, closes, locks
    real: tuple[datetime | None, datetime | None, datetime | None]
    owing: int  # people who owe a task of the phase
    behind: int  # of whom some task is not shown yet
    elapsed: int | None  # hundredths of its time that have passed, while it is open


@dataclass(frozen=True)
class PastHold:
    phase_name: str
    label: Message
    since: datetime
    until: datetime | None
    cleared_by: str | None


@dataclass(frozen=True)
class Move:
    at: datetime
    phase_name: str
    trigger: str
    source: str
    target: str


@dataclass(frozen=True)
class CohortHistory:
    """What is known of a cohort as of an instant. Nothing personal in it."""

    cohort_id: int
    cohort: str
    programme: str
    programme_name: str
    zone: str | None
    members: int
    phases: list[PhaseHistory]
    holds: list[PastHold]
    moves: list[Move]


def cohort_history(session: Session, cohort_id: int, at: datetime) -> CohortHistory:
    """Everything about one cohort; in ids where its calendar cannot be read."""
    cohort = session.get_one(Cohort, cohort_id)
    slug = session.execute(
        select(col(Programme.slug)).where(col(Programme.id) == cohort.programme_id)
    ).scalar_one()
    calendar = readable_calendar(session, cohort.edition_id)
    names = {phase.id: phase.name for phase in calendar.phases} if calendar else {}
    phases: list[PhaseHistory] = []
    here = ENROLMENT.c.cohort_id == cohort_id, ENROLMENT.c.left_at.is_(None)
    members = session.execute(select(func.count()).select_from(ENROLMENT).where(*here)).scalar_one()
    if calendar is not None:
        (term,) = load_terms(session, [cohort_id])
        phases = [_phase(session, term, phase, at) for phase in term.phases.values()]
    return CohortHistory(
        cohort_id, cohort.name, slug, calendar.name if calendar else slug, calendar.zone if calendar else None,
        members, phases, _holds(session, cohort_id, names), _moves(session, cohort_id, names),
    )  # fmt: skip


def _phase(session: Session, term: CohortTerm, phase: PhaseNow, at: datetime) -> PhaseHistory:
    calendar = term.calendar
    planned = schedule(calendar).phases[phase.phase]
    tasks = [task for task in calendar.tasks if task.phase == phase.phase and task.shows]
    roles = sorted({role for task in tasks for role in task.role})
    owing = behind = 0
    if tasks and phase.stands_at != "planned":
        taking_part = people([term.id], roles, at)
        owing = session.execute(select(func.count()).select_from(ENROLMENT).where(taking_part)).scalar_one()
        missing = tasks_shown(Asked(session, [term], phase.phase, None, at))
        behind = missing[term.id].count if term.id in missing else 0
    return PhaseHistory(
        phase.phase, calendar.phase(phase.phase).name, phase.state, phase.held_from,
        (planned.opens, planned.closes, planned.locks), (phase.opens_at, phase.closes_at, phase.locks_at),
        owing, behind, _elapsed(phase, at),
    )  # fmt: skip


def _elapsed(phase: PhaseNow, at: datetime) -> int | None:
    if phase.stands_at != "open" or phase.opens_at is None or phase.closes_at is None:
        return None
    whole = (phase.closes_at - phase.opens_at).total_seconds()
    return min(100, int(100 * (at - phase.opens_at).total_seconds() / whole)) if whole > 0 else 100


def _holds(session: Session, cohort_id: int, names: dict[str, str]) -> list[PastHold]:
    rows = session.execute(
        select(Hold).where(col(Hold.cohort_id) == cohort_id).order_by(col(Hold.opened_at).desc(), col(Hold.id).desc())
    ).scalars()  # fmt: skip
    return [
        PastHold(
            names.get(row.phase, row.phase), BY_NAME[row.kind].label(), row.opened_at, row.cleared_at, row.cleared_by
        )
        for row in rows
    ]  # fmt: skip


def _moves(session: Session, cohort_id: int, names: dict[str, str]) -> list[Move]:
    rows = session.execute(
        select(TransitionLog)
        .where(col(TransitionLog.cohort_id) == cohort_id, col(TransitionLog.phase).is_not(None))
        .order_by(col(TransitionLog.effective_at).desc(), col(TransitionLog.id).desc())
        .limit(LAST_MOVES)
    ).scalars()
    return [
        Move(row.effective_at, names.get(row.phase or "", row.phase or ""), row.trigger, row.source, row.target)
        for row in rows
    ]  # fmt: skip
