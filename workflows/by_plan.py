"""A cohort that exists nowhere and keeps to the plan: which reminders a calendar would write, before anybody is enrolled."""

from __future__ import annotations

from datetime import UTC, datetime

from calendars.term import TermCalendar
from workflows.cohorts import CohortTerm, PhaseNow
from workflows.reminder_steps import Step, due_steps

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def steps_by_plan(calendar: TermCalendar, up_to: datetime) -> list[Step]:
    """Every step of every reminder up to an instant, in order, where each phase opens and locks on its day. A step that
    speaks of an instant that is not known is left out."""
    phases = {phase.id: PhaseNow(0, phase.id, position) for position, phase in enumerate(calendar.phases)}
    term = CohortTerm(0, "", 0, 0, LONG_AGO, calendar, phases)
    term.refresh()
    for phase in phases.values():
        if phase.opens_at is not None:
            phase.state, phase.done_at = "open", phase.locks_at
    return sorted({step for phase in phases.values() for step in due_steps(term, phase, up_to)})
