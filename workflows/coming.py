"""What will be due: phases that open, end or lock, and tasks whose deadline comes, between two instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.schedule import deadline
from models.terms import Cohort, CohortPhase, Edition, Programme
from workflows.publishing import readable_calendar

# What comes next for a phase in this state, and the column that says when.
NEXT = (
    ("planned", "open", "opens_at"),
    ("open", "close", "closes_at"),
    ("closing", "lock", "locks_at"),
)


@dataclass(frozen=True, order=True)
class Coming:
    """One thing that is due: `open`, `close` or `lock` of a phase, or `task`, for so many cohorts."""

    at: datetime
    programme_name: str
    name: str
    what: str
    cohorts: int


def coming(session: Session, since: datetime, until: datetime) -> list[Coming]:
    """Everything due after `since` and up to `until`, in order. A task's deadline is the calendar's own: cohorts with
    dates of their own have others."""
    return sorted([*_steps(session, since, until), *_tasks(session, since, until)])


def _steps(session: Session, since: datetime, until: datetime) -> Iterator[Coming]:
    for state, step, column in NEXT:
        at = col(getattr(CohortPhase, column))
        rows = session.execute(
            select(at, col(Cohort.edition_id), col(Programme.slug), col(CohortPhase.phase), func.count())
            .join(Cohort, col(Cohort.id) == col(CohortPhase.cohort_id))
            .join(Programme, col(Programme.id) == col(Cohort.programme_id))
            .where(col(CohortPhase.state) == state, at > since, at <= until)
            .group_by(at, col(Cohort.edition_id), col(Programme.slug), col(CohortPhase.phase))
        )
        for instant, edition, slug, phase, count in rows:
            calendar = readable_calendar(session, edition)
            name = calendar.phase(phase).name if calendar else phase
            yield Coming(instant, calendar.name if calendar else slug, name, step, count)


def _tasks(session: Session, since: datetime, until: datetime) -> Iterator[Coming]:
    """Deadlines that a task has of its own, within phases that are open."""
    rows = session.execute(
        select(col(Edition.id), col(CohortPhase.phase), func.count())
        .join(Cohort, col(Cohort.edition_id) == col(Edition.id))
        .join(CohortPhase, col(CohortPhase.cohort_id) == col(Cohort.id))
        .where(col(CohortPhase.state) == "open")
        .group_by(col(Edition.id), col(CohortPhase.phase))
    )
    for edition, phase, count in rows:
        calendar = readable_calendar(session, edition)
        for task in calendar.tasks if calendar else ():
            if calendar is None or task.phase != phase or not task.by:
                continue
            at = deadline(calendar, {}, {}, task.by)
            if isinstance(at, datetime) and since < at <= until:
                yield Coming(at, calendar.name, task.name, "task", count)
