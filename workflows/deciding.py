"""The same decision for several cohorts, carried out at once: for all of them, or for none. And a decision behind a night
that is late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session

from calendars.messages import Problem, Refused, Wording
from models.nights import Resolution
from models.terms import Cohort
from workflows import resolving
from workflows.answering import holding_it
from workflows.changes import Changes
from workflows.cohorts import load_terms
from workflows.locking import locking_together
from workflows.looking import look_at_all, look_now
from workflows.resolving import Decision, NightFirst

NOT_LOCKED = Wording(
    zh="现在不能锁定：{why}。没有保存这个决定",
    en="it cannot be locked now: {why}. Nothing was kept of this decision",
)

Act = Callable[[Session, Cohort, Decision], Resolution]
Made = TypeVar("Made")


@dataclass(frozen=True)
class AtOnce:
    """What came of it: the decision of each cohort by its name, and what changed up to the decision and by it."""

    resolutions: dict[str, int]
    changes: Changes


def decide_at_once(session: Session, cohorts: Sequence[Cohort], act: Act, by: Decision) -> AtOnce:
    """Take the cohorts on to the instant of the decision, decide, and let them go by it. Raises Refused with what
    speaks against it in each cohort; the caller's transaction must not be kept then."""
    names = {cohort.id or 0: cohort.name for cohort in cohorts}
    changes = look_at_all(session, list(names), by.effective_at, by.recorded_at)
    session.expire_all()
    made: dict[str, int] = {}
    problems: list[Problem] = []
    for cohort in cohorts:
        try:
            made[cohort.name] = act(session, cohort, by).id or 0
        except Refused as refused:
            problems += [Problem(cohort.name, problem.message) for problem in refused.problems]
    if problems:
        raise Refused(problems)
    return AtOnce(made, changes + look_at_all(session, list(names), by.effective_at, by.recorded_at))


def decide_behind_a_late_night(session: Session, by: Decision, decide: Callable[[], Made]) -> Made:
    """What was decided. Where only a night that is late could tell whether it comes too late, what is due by the instant of
    the decision is done first, for that cohort. Raises Refused where it does come too late, or is still to come itself;
    the caller's transaction must not be kept then."""
    taken_on: set[int] = set()
    while True:
        try:
            with session.begin_nested():
                return decide()
        except NightFirst as first:
            if by.effective_at > by.recorded_at or first.cohort_id in taken_on:
                raise
            late = first.cohort_id
        taken_on.add(late)
        look_now(session, late, by.effective_at, by.recorded_at)
        session.expire_all()


def lock_now(session: Session, cohorts: Sequence[Cohort], phase_id: str, by: Decision) -> AtOnce:
    """Lock a phase of these cohorts at the instant of the decision and seal its scores. Raises Refused where the phase
    has not ended or what must hold for the lock does not; the caller's transaction must not be kept then."""
    done = decide_at_once(
        session, cohorts, lambda inside, cohort, by: resolving.lock(inside, cohort, phase_id, by), by
    )
    session.expire_all()
    problems = []
    for term in load_terms(session, [cohort.id or 0 for cohort in cohorts]):
        cutoff = term.calendar.phase(phase_id).locks
        if waiting := [phase.id for phase in locking_together(term, cutoff or "")]:
            problems.append(Problem(term.name, NOT_LOCKED(why=holding_it(session, term.id, waiting))))
    if problems:
        raise Refused(problems)
    return done
