"""Where every cohort stands: what an office looks at in the morning. Nothing personal in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlmodel import Session, col

from models.nights import Hold, Night
from models.terms import Cohort, CohortPhase, Programme
from models.verdicts import Seal
from workflows.appeals_due import waiting_now
from workflows.cohorts import CohortTerm, load_terms
from workflows.conditions import COMPLETION, Asked
from workflows.lesson_lists import StudyStatus, studies_now
from workflows.publishing import newest_edition, readable_calendar

TERM_OVER = "the term is over"  # what a phase waits for whose end the calendar leaves open


@dataclass(frozen=True)
class Waiting:
    """A cohort whose phase is open and has no end. `lacking` people still owe something that the end asks for."""

    cohort: str
    ends_when: str  # as in `complete when`, or TERM_OVER
    lacking: int


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
    waiting: list[Waiting] = field(default_factory=list)


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
    appeals: int = 0  # that wait for a decision
    appeals_overdue: int = 0  # of these, which hold whoever decides
    studies: list[StudyStatus] = field(default_factory=list)


def status(session: Session, programme: str | None = None) -> Status:
    """Every programme's phases with the cohorts in each state, the last night, and how many are stuck."""
    held = select(func.count()).select_from(Hold).where(col(Hold.cleared_at).is_(None))
    if programme is not None:
        held = held.join(Cohort, col(Cohort.id) == col(Hold.cohort_id))
        held = held.join(Programme, col(Programme.id) == col(Cohort.programme_id)).where(
            col(Programme.slug) == programme
        )
    phases, last = _phases(session, programme), last_night(session)
    if last is not None:
        for key, waiting in _without_an_end(session, programme, last.as_of):
            phases[key].waiting.append(waiting)
    number = None if programme is None else newest_edition(session, programme).programme_id
    appeals, overdue = waiting_now(session, number)
    studies = studies_now(session, programme, last.as_of) if last is not None else []
    return Status(list(phases.values()), last, session.execute(held).scalar_one(), appeals, overdue, studies)


def _phases(session: Session, programme: str | None) -> dict[tuple[str, str], PhaseStatus]:
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
            calendar = readable_calendar(session, edition)
            names = (calendar.name, calendar.phase(phase).name) if calendar else (slug, phase)
            found[slug, phase] = PhaseStatus(slug, names[0], phase, names[1], {}, opens, closes, locks)
        found[slug, phase].states[state] = count
    return found


def _without_an_end(
    session: Session, programme: str | None, at: datetime
) -> Iterator[tuple[tuple[str, str], Waiting]]:
    """Every cohort in every phase that is open and has no end, with what it waits for as the last night knew it."""
    endless = (
        select(col(Programme.slug), col(CohortPhase.phase), col(Cohort.edition_id), col(Cohort.id))
        .join(Cohort, col(Cohort.id) == col(CohortPhase.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(col(CohortPhase.state) == "open", col(CohortPhase.closes_at).is_(None))
        .order_by(col(Programme.slug), col(CohortPhase.phase), col(Cohort.edition_id), col(Cohort.id))
    )
    if programme is not None:
        endless = endless.where(col(Programme.slug) == programme)
    for (slug, phase, edition), rows in groupby(
        session.execute(endless), lambda row: (row[0], row[1], row[2])
    ):
        if readable_calendar(session, edition) is not None:
            terms = load_terms(session, [row[3] for row in rows])
            yield from (((slug, phase), waiting) for waiting in _waiting(session, terms, phase, at))


def _waiting(session: Session, terms: list[CohortTerm], phase: str, at: datetime) -> Iterator[Waiting]:
    """What cohorts of one edition wait for in a phase that is open and has no end."""
    when = terms[0].calendar.phase(phase).complete_when or TERM_OVER
    missing = COMPLETION[when](Asked(session, terms, phase, None, at)) if when in COMPLETION else {}
    for term in terms:
        yield Waiting(term.name, when, missing[term.id].count if term.id in missing else 0)


def sealed(session: Session, programme: str | None = None) -> tuple[int, int]:
    """How many links the chains of seals have, and how many score sheets stand in them."""
    links = select(func.count(), func.coalesce(func.sum(col(Seal.sheets)), 0)).select_from(Seal)
    if programme is not None:
        links = links.join(Cohort, col(Cohort.id) == col(Seal.cohort_id))
        links = links.join(Programme, col(Programme.id) == col(Cohort.programme_id))
        links = links.where(col(Programme.slug) == programme)
    count, sheets = session.execute(links).one()
    return count, int(sheets)


def last_night(session: Session) -> LastNight | None:
    """The night that began last."""
    row = session.execute(
        select(col(Night.as_of), col(Night.started_at), col(Night.finished_at), col(Night.report))
        .order_by(col(Night.id).desc())
        .limit(1)
    ).one_or_none()
    return LastNight(*row) if row else None
