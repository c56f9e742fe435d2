"""A cohort's term: its own dates, its phases in memory, and the calendar that it goes by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import Session, col

from calendars.instants import Complete, Open
from calendars.schedule import Moment, Schedule, schedule
from calendars.term import TermCalendar
from models.nights import Resolution
from models.terms import Cohort, CohortPhase, Edition
from models.types import instant
from workflows.agenda import next_due
from workflows.lesson_studies import StepAct, acts_in
from workflows.own_deadlines import Extended, extended_in
from workflows.publishing import calendar_of
from workflows.reminder_steps import Step
from workflows.sql import among


@dataclass
class PhaseNow:
    """Where a cohort stands in one phase: the row of `cohort_phase` as a plain object, which a machine can move."""

    cohort_id: int
    phase: str
    position: int
    state: str = "planned"
    held_from: str | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    locks_at: datetime | None = None
    done_at: datetime | None = None
    next_due_at: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def stands_at(self) -> str:
        """The state, or for a held phase the state in which it is held."""
        return self.held_from or self.state


@dataclass(frozen=True)
class Decided:
    """What an office resolved, as far as the night needs it."""

    phase: str | None
    hold_id: int | None
    action: str
    gate: str | None
    dates: dict[str, datetime]
    effective_at: datetime
    organisation_id: int | None = None
    name: str = ""
    reason: str = ""


@dataclass
class CohortTerm:
    """One cohort with its phases and resolutions, as the night works on it.

    `dates` are the office's own, by the key that `calendars.schedule` knows, as of the instant reached.
    """

    id: int
    name: str
    edition_id: int
    programme_id: int
    began_at: datetime
    calendar: TermCalendar
    phases: dict[str, PhaseNow]
    decided: list[Decided] = field(default_factory=list)
    advanced_to: datetime | None = None
    dates: dict[str, datetime] = field(default_factory=dict)
    in_force: list[Decided] = field(default_factory=list)
    extended: list[Extended] = field(default_factory=list)
    acts: list[StepAct] = field(default_factory=list)  # of lesson studies
    # Of cohorts that are loaded together: the steps that a reminder's deadline alone gives, worked out once.
    steps: dict[tuple[int, datetime], list[Step]] = field(default_factory=dict)

    def done(self) -> dict[str, datetime]:
        return {name: phase.done_at for name, phase in self.phases.items() if phase.done_at is not None}

    def fixed(self) -> dict[str, datetime]:
        """The dates that the calendar does not give: the office's, and when phases without a date really ended."""
        ended = {
            f"{name}.end": phase.closes_at
            for name, phase in self.phases.items()
            if phase.closes_at is not None and phase.stands_at not in {"planned", "open"}
            and isinstance(self.calendar.phase(name).dates.end, Complete | Open)
        }  # fmt: skip
        return {**ended, **self.dates}

    def schedule(self) -> Schedule:
        return schedule(self.calendar, self.fixed(), self.done())

    def opening(self, phase: str) -> datetime | None:
        """When a phase really began, or will by what is known; None while that is not."""
        now = self.phases.get(phase)
        if now is not None and now.stands_at != "planned":
            return now.opens_at
        return known(self.schedule().phases[phase].opens)

    def go_by(self, at: datetime) -> None:
        """From now on the term goes by what was decided up to and with an instant."""
        self.in_force = [decided for decided in self.decided if decided.effective_at <= at]
        self.dates = self.dates_up_to(at)

    def dates_up_to(self, at: datetime) -> dict[str, datetime]:
        """The office's dates by what was decided up to an instant, the later decision winning."""
        dates: dict[str, datetime] = {}
        for decided in self.decided:
            if decided.effective_at <= at:
                dates |= decided.dates
        return dates

    def cleared_by(self, phase: str, at: datetime) -> str:
        """The action that was decided for a phase at this very instant, or nothing but time."""
        now = [one for one in self.in_force if one.effective_at == at and one.phase == phase]
        return now[-1].action if now else "itself"

    def refresh(self) -> None:
        """Write the schedule's instants into the phases that have not passed them."""
        term = self.schedule()
        for name, phase in self.phases.items():
            times = term.phases[name]
            if phase.stands_at == "planned":
                phase.opens_at = known(times.opens)
            if phase.stands_at in ("planned", "open"):
                phase.closes_at = known(times.closes)
            if phase.stands_at in ("planned", "open", "closing"):
                phase.locks_at = known(times.locks)


def known(moment: Moment) -> datetime | None:
    return moment if isinstance(moment, datetime) else None


def create_cohort(
    session: Session,
    calendar: TermCalendar,
    edition: Edition,
    name: str,
    organisation_id: int,
    began_at: datetime,
) -> Cohort:
    """A new cohort on an edition, every phase planned and with the instant at which a night must look at it."""
    assert edition.id is not None
    cohort = Cohort(
        programme_id=edition.programme_id, edition_id=edition.id, organisation_id=organisation_id, name=name,
        began_at=began_at,
    )  # fmt: skip
    session.add(cohort)
    session.flush()
    assert cohort.id is not None
    phases = {
        phase.id: PhaseNow(cohort_id=cohort.id, phase=phase.id, position=position)
        for position, phase in enumerate(calendar.phases)
    }
    term = CohortTerm(cohort.id, name, edition.id, edition.programme_id, began_at, calendar, phases)
    term.refresh()
    for phase in phases.values():
        phase.next_due_at = next_due(term, phase)
    session.execute(insert(CohortPhase), [asdict(phase) for phase in phases.values()])
    return cohort


def load_terms(session: Session, cohort_ids: Iterable[int]) -> list[CohortTerm]:
    """The cohorts in the order of their ids, with phases in the calendar's order and everything decided."""
    wanted = sorted(cohort_ids)
    cohorts = session.execute(
        select(*(col(getattr(Cohort, name)) for name in ("id", "name", "edition_id", "programme_id", "began_at", "advanced_to")))
        .where(among(col(Cohort.id), wanted)).order_by(col(Cohort.id))
    ).all()  # fmt: skip
    phases, decided = phases_of(session, wanted), _decided(session, wanted)
    extended = extended_in(session, wanted)
    calendars = {
        edition: calendar_of(session, edition) for edition in {cohort.edition_id for cohort in cohorts}
    }
    acts = acts_in(session, [one.id for one in cohorts if calendars[one.edition_id].lesson_studies])
    steps: dict[int, dict[tuple[int, datetime], list[Step]]] = {edition: {} for edition in calendars}
    return [
        CohortTerm(
            cohort.id, cohort.name, cohort.edition_id, cohort.programme_id, cohort.began_at, calendars[cohort.edition_id],
            phases.get(cohort.id, {}), decided.get(cohort.id, []), advanced_to=cohort.advanced_to,
            extended=extended.get(cohort.id, []), acts=acts.get(cohort.id, []),
            steps=steps[cohort.edition_id],
        )
        for cohort in cohorts
    ]  # fmt: skip


def phases_of(session: Session, wanted: list[int]) -> dict[int, dict[str, PhaseNow]]:
    """Where these cohorts stand in each phase, in the calendar's order, whether or not the calendar can be read."""
    columns = CohortPhase.__table__.c  # type: ignore[attr-defined]
    statement = (
        select(*(columns[name] for name in PhaseNow.__dataclass_fields__))
        .where(among(columns.cohort_id, wanted))
        .order_by(columns.cohort_id, columns.position)
    )
    phases: dict[int, dict[str, PhaseNow]] = {}
    for row in session.execute(statement):
        phases.setdefault(row.cohort_id, {})[row.phase] = PhaseNow(*row)
    return phases


def _decided(session: Session, wanted: list[int]) -> dict[int, list[Decided]]:
    found: dict[int, list[Decided]] = {}
    for row in session.execute(
        select(Resolution).where(among(col(Resolution.cohort_id), wanted))
        .order_by(col(Resolution.effective_at), col(Resolution.id))
    ).scalars():  # fmt: skip
        dates = {key: instant(value) for key, value in json.loads(row.dates).items()}
        found.setdefault(row.cohort_id, []).append(
            Decided(
                row.phase,
                row.hold_id,
                row.action,
                row.gate,
                dates,
                row.effective_at,
                row.organisation_id,
                row.name,
                row.reason,
            )
        )
    return found
