"""What must hold of a cohort's dates before a phase opens or locks: conditions as in `conditions`."""

from __future__ import annotations

from datetime import datetime

from workflows.agenda import lock_is_owed
from workflows.basis import NEVER, deadlines
from workflows.cohorts import CohortTerm, PhaseNow
from workflows.conditions import Asked, Missing


def dates_set(asked: Asked) -> dict[int, Missing]:
    """The office has given the phase its start and its end; and once it has ended, its lock, and before that every date by
    which work counts."""
    if all(term.phases[asked.phase].stands_at == "closing" for term in asked.terms):
        return _deadlines_set(asked) | _lock_set(asked)
    return {term.id: Missing(1) for term in asked.terms if term.schedule().undetermined(asked.phase)}


def _lock_set(asked: Asked) -> dict[int, Missing]:
    cutoff = asked.terms[0].calendar.phase(asked.phase).locks
    return {term.id: Missing(1, cutoff=cutoff) for term in asked.terms if lock_is_owed(term, asked.phase)}


def _deadlines_set(asked: Asked) -> dict[int, Missing]:
    """Each task that is scored at this lock has a deadline. One whose phase was cancelled can have none."""
    calendar = asked.terms[0].calendar
    locked = calendar.locked_at(calendar.phase(asked.phase).locks)
    bare = CohortTerm(0, "", 0, 0, asked.at, calendar, phases={})  # as the calendar alone has it
    doubtful = [one for one in locked if any(at == NEVER for _, at in deadlines(bare, one))]
    missing = {}
    for term in asked.terms if doubtful else ():
        owed = {task for one in doubtful for (_, task), at in deadlines(term, one) if at == NEVER}
        going = [
            task.id for task in calendar.tasks
            if task.id in owed and term.phases[task.phase].state != "cancelled"
        ]  # fmt: skip
        if going:
            missing[term.id] = Missing(len(going), tasks=tuple(going))
    return missing


def previous_done(asked: Asked) -> dict[int, Missing]:
    """The phase before this one in the calendar is done."""
    missing = {}
    for term in asked.terms:
        position = term.phases[asked.phase].position
        before = [phase for phase in term.phases.values() if phase.position == position - 1]
        if any(not _done_at(phase, asked.at) for phase in before):
            missing[term.id] = Missing(1)
    return missing


def _done_at(phase: PhaseNow, at: datetime) -> bool:
    return phase.state == "cancelled" or (phase.done_at is not None and phase.done_at <= at)
