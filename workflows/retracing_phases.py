"""Whether the phases of cohorts and what held them follow from the log of their moves, from what was decided and from the
calendar: a state, the instants at which it came to be, when it is to be looked at next, and since when a hold held it.

What a hold says is missing is of the moment and cannot be worked out afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from models.nights import TransitionLog
from models.terms import Cohort, Edition
from models.types import ONE_SECOND
from workflows.agenda import step_due
from workflows.cohorts import CohortTerm, PhaseNow, load_terms, phases_of
from workflows.machines import PHASE, ImpossibleMove, move
from workflows.publishing import readable_calendar
from workflows.retracing_holds import holds_retraced
from workflows.sql import among

OTHER_PHASE = Wording(
    zh="班级“{cohort}”的阶段“{phase}”的状态不能由记下的变动得出",
    en="the state of {phase} of {cohort} does not follow from its moves",
)
OTHER_DATES = Wording(
    zh="班级“{cohort}”的阶段“{phase}”的时间与日历、决定和记下的变动不符",
    en="the dates of {phase} of {cohort} are not those of the calendar, what was decided and its moves",
)
OVERLOOKED = Wording(
    zh="班级“{cohort}”的阶段“{phase}”到期时不会被推进",
    en="{phase} of {cohort} would not be looked at when it is due",
)
AT_ONCE = 500  # cohorts that are looked at together


@dataclass
class Trace:
    """A phase that went through its moves again. `held`: from when until when, and in which state."""

    state: str = PHASE.initial
    held_from: str | None = None
    times: dict[str, datetime] = field(default_factory=dict)  # of each trigger, the last
    held: list[tuple[datetime, datetime | None, str]] = field(default_factory=list)

    def follow(self, trigger: str, source: str, target: str, at: datetime) -> bool:
        """Whether the move is one that the phase could make here."""
        before, last = self.state, max(self.times.values(), default=at)
        try:
            move(PHASE, self, trigger)
        except ImpossibleMove:
            return False
        if trigger == "hold":
            self.held.append((at, None, before))
        elif before == "held":
            began, _, state = self.held.pop()
            self.held.append((began, at, state))
        self.held_from = before if trigger == "hold" else None
        self.times[trigger] = at
        return (before, self.state) == (source, target) and at >= last


def phases_retraced(session: Session, programme_id: int) -> Iterator[Message]:
    """Everything about the phases of a programme's cohorts that does not follow."""
    cohorts = session.execute(
        select(col(Cohort.id), col(Cohort.name), col(Cohort.edition_id), col(Cohort.advanced_to))
        .where(col(Cohort.programme_id) == programme_id).order_by(col(Cohort.id))
    ).all()  # fmt: skip
    editions = session.execute(select(col(Edition.id)).where(col(Edition.programme_id) == programme_id))
    readable = {one for one in editions.scalars() if readable_calendar(session, one) is not None}
    for start in range(0, len(cohorts), AT_ONCE):
        some = cohorts[start : start + AT_ONCE]
        numbers = [row.id for row in some]
        stored, traces = phases_of(session, numbers), _traces(session, numbers)
        terms = {
            term.id: term
            for term in load_terms(session, [row.id for row in some if row.edition_id in readable])
        }
        for row in some:
            phases = stored.get(row.id, {})
            own = {name: traces.get((row.id, name), Trace()) for name in phases}
            moved = {name for number, name in traces if number == row.id}
            yield from _of_cohort(row.name, row.advanced_to, phases, own, moved, terms.get(row.id))
        yield from holds_retraced(session, {row.id: row.name for row in some}, _held(traces), terms)


def _traces(session: Session, cohort_ids: Sequence[int]) -> dict[tuple[int, str], Trace | None]:
    """Of each phase that has moved what its moves come to; None where one of them is impossible."""
    log = TransitionLog
    rows = session.execute(
        select(
            col(log.cohort_id), col(log.phase), col(log.trigger), col(log.source), col(log.target), col(log.effective_at)
        )
        .where(col(log.machine) == PHASE.name, among(col(log.cohort_id), cohort_ids), col(log.phase).is_not(None))
        .order_by(col(log.cohort_id), col(log.phase), col(log.id))
    )  # fmt: skip
    found: dict[tuple[int, str], Trace | None] = {}
    for key, moves in groupby(rows, key=itemgetter(0, 1)):
        trace = Trace()
        followed = [trace.follow(*row[2:]) for row in moves]
        found[key] = trace if all(followed) else None
    return found


def _held(
    traces: Mapping[tuple[int, str], Trace | None],
) -> dict[tuple[int, str], list[tuple[datetime, datetime | None, str]]]:
    return {key: trace.held for key, trace in traces.items() if trace is not None}


def _of_cohort(
    cohort: str, advanced_to: datetime | None, phases: Mapping[str, PhaseNow], traces: Mapping[str, Trace | None],
    moved: set[str], term: CohortTerm | None,
) -> Iterator[Message]:  # fmt: skip
    known = {phase.id for phase in term.calendar.phases} if term is not None else {*phases}
    for name in sorted((moved | known) - {*phases} | ({*phases} - known)):
        yield OTHER_PHASE(cohort=cohort, phase=name)
    for name, phase in phases.items():
        trace = traces[name]
        if trace is None or (phase.state, phase.held_from) != (trace.state, trace.held_from):
            yield OTHER_PHASE(cohort=cohort, phase=name)
        elif not _came_so(phase, trace, advanced_to):
            yield OTHER_DATES(cohort=cohort, phase=name)
    if term is not None and {*phases} == known:
        yield from _to_come(term)


def _came_so(phase: PhaseNow, trace: Trace, advanced_to: datetime | None) -> bool:
    """Whether what the phase has passed was passed when its moves were made, up to where its cohort is."""
    passed = {
        "open": phase.opens_at,
        "close": phase.closes_at,
        "lock": phase.locks_at,
        "finish": phase.done_at,
    }
    last = max(trace.times.values(), default=None)
    return (
        all(trace.times[trigger] == at for trigger, at in passed.items() if trigger in trace.times)
        and (phase.done_at is None or "finish" in trace.times)
        and phase.reminded_at == advanced_to
        and (last is None or (advanced_to is not None and last <= advanced_to))
    )


def _to_come(term: CohortTerm) -> Iterator[Message]:
    """What is still to come goes by the calendar and the office's dates, and is looked at when it is due. A decision of the
    very instant to which the cohort was taken may have come after that."""
    stored = term.phases
    reached = term.advanced_to
    for at in (None,) if reached is None else (reached, reached - ONE_SECOND):
        if at is not None:
            term.go_by(at)
        term.phases = {name: copy(phase) for name, phase in stored.items()}
        term.refresh()
        other = [name for name, phase in stored.items() if _dates(phase) != _dates(term.phases[name])]
        if not other:
            break
    term.phases = stored
    yield from (OTHER_DATES(cohort=term.name, phase=name) for name in other)
    for name, phase in stored.items() if not other else ():
        due = step_due(term, phase) if phase.state != "cancelled" else None
        if due is not None and (phase.next_due_at is None or phase.next_due_at > due):
            yield OVERLOOKED(cohort=term.name, phase=name)


def _dates(phase: PhaseNow) -> tuple[datetime | None, ...]:
    return phase.opens_at, phase.closes_at, phase.locks_at
