"""What a night does about lesson studies: a hold since the deadline of each step that was not done by then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workflows.cohorts import CohortTerm
from workflows.conditions import Missing
from workflows.hold_kinds import BY_NAME
from workflows.holding import Holding
from workflows.holds import Guard
from workflows.lesson_studies import STEP_NOT_DONE, study_now, takes_place


def look_at_steps(holding: Holding, terms: Iterable[CohortTerm], phase: str, at: datetime) -> None:
    """Open, tell anew or clear the hold of each group's lesson study in a phase. Everything else there goes on."""
    for term in terms:
        for study in term.calendar.lesson_studies:
            if study.phase == phase and takes_place(term.phases[phase]):
                steps = tuple(f"{study.id}.{one.step.id}" for one in study_now(term, study, at).overdue)
                missing = Missing(len(steps), steps=steps) if steps else None
                guard = Guard(BY_NAME[STEP_NOT_DONE], study.waits_on)
                holding.settle_apart(term, phase, guard, missing, at, term.cleared_by(phase, at))
