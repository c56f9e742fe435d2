"""Where every cohort stands: what an office looks at in the morning. Nothing personal in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.nights import Hold, Night
from models.terms import Cohort, CohortPhase, Programme
from workflows.publishing import calendar_of


@dataclass(frozen=True)
class PhaseStatus:
    """How many cohorts of a programme stand in each state of one phase, and the dates that most of them have."""

    programme: str
    programme_name: str
    phase: str
    phase_name: str
    states: dict[str, int]
    opens_at: datetime | None
    closes_at: datetime | None
    locks_at: datetime | None


@dataclass(frozen=True)
class LastNight:
    as_of: datetime
    started_at: datetime
    finished_at: datetime | None
    report: str


@dataclass(frozen=True)
class Status:
    phases: list[PhaseStatus]
    last_night: LastNight | None
    open_holds: int


def status(session: Session, programme: str | None = None) -> Status:
    """Every programme's phases with the cohorts in each state, the last night, and how many are stuck."""
    held = select(func.count()).select_from(Hold).where(col(Hold.cleared_at).is_(None))
    if programme is not None:
        held = held.join(Cohort, col(Cohort.id) == col(Hold.cohort_id))
        held = held.join(Programme, col(Programme.id) == col(Cohort.programme_id)).where(
            col(Programme.slug) == programme
        )
    return Status(_phases(session, programme), _last_night(session), session.execute(held).scalar_one())


def _phases(session: Session, programme: str | None) -> list[PhaseStatus]:
    counted = (
        select(
            col(Programme.slug), func.max(col(Cohort.edition_id)), col(CohortPhase.phase), col(CohortPhase.state),
            func.count(), func.min(col(CohortPhase.opens_at)), func.max(col(CohortPhase.closes_at)),
            func.max(col(CohortPhase.locks_at)), func.min(col(CohortPhase.position)).label("position"),
        )
        .join(Cohort, col(Cohort.id) == col(CohortPhase.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .group_by(col(Programme.slug), col(CohortPhase.phase), col(CohortPhase.state))
        .order_by(col(Programme.slug), "position", col(CohortPhase.state))
    )  # fmt: skip
    if programme is not None:
        counted = counted.where(col(Programme.slug) == programme)
    found: dict[tuple[str, str], PhaseStatus] = {}
    for slug, edition, phase, state, count, opens, closes, locks, _ in session.execute(counted):
        if (slug, phase) not in found:
            calendar = calendar_of(session, edition)
            name = calendar.phase(phase).name
            found[slug, phase] = PhaseStatus(slug, calendar.name, phase, name, {}, opens, closes, locks)
        found[slug, phase].states[state] = count
    return list(found.values())


def _last_night(session: Session) -> LastNight | None:
    row = session.execute(
        select(col(Night.as_of), col(Night.started_at), col(Night.finished_at), col(Night.report))
        .order_by(col(Night.id).desc())
        .limit(1)
    ).one_or_none()
    return LastNight(*row) if row else None
