"""What comes next for a phase of a cohort, and when. Pure: it looks at dates, never at the clock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from calendars.instants import Complete, Open
from calendars.schedule import Unset
from calendars.term import TermCalendar
from workflows.lesson_studies import next_deadline
from workflows.reminder_steps import next_reminder

if TYPE_CHECKING:
    from workflows.cohorts import CohortTerm, PhaseNow

STEPS = {"planned": "open", "open": "close", "closing": "lock", "locked": "finish"}


def next_step(phase: PhaseNow) -> str | None:
    """The transition that a phase makes next, or None when it is over."""
    return STEPS.get(phase.stands_at)


def step_due(term: CohortTerm, phase: PhaseNow) -> datetime | None:
    """When the next transition is due. None: it waits for another phase, or has no end."""
    match phase.stands_at:
        case "planned":
            return _opening_due(term, phase)
        case "open":
            return phase.closes_at or _ending_due(term, phase)
        case "closing" if phase.locks_at is not None:
            return max(filter(None, (phase.locks_at, phase.closes_at)))
        case "closing" if lock_is_owed(term, phase.phase):
            return phase.closes_at  # looked at from then on, so that it is held in sight
        case "locked":
            return phase.locks_at
    return None


def lock_is_owed(term: CohortTerm, phase_id: str) -> bool:
    """Whether the office still owes the date at which a phase locks, or one by which that goes."""
    owed = Unset.TO_BE_DETERMINED
    return term.phases[phase_id].locks_at is None and term.schedule().phases[phase_id].locks is owed


def asks_to_be_complete(term: CohortTerm, phase: PhaseNow) -> bool:
    """Whether the phase ends without a date, when what it asks for is complete."""
    return isinstance(term.calendar.phase(phase.phase).dates.end, Complete)


def _ending_due(term: CohortTerm, phase: PhaseNow) -> datetime | None:
    """A phase that asks to be complete is looked at all the time; one without an end ends with the term."""
    if asks_to_be_complete(term, phase):
        return phase.opens_at
    dated = [other for other in term.phases.values() if not _open_ended(term, other)]
    if not _open_ended(term, phase) or any(other.state not in {"done", "cancelled"} for other in dated):
        return None
    return max(filter(None, (other.done_at for other in dated)), default=None)


def ends_without_a_date(term: CohortTerm, phase: PhaseNow) -> bool:
    """Whether only its real end tells when a phase ended, and what is dated by that."""
    return isinstance(term.calendar.phase(phase.phase).dates.end, Complete | Open)


def is_waited_for(calendar: TermCalendar, phase_id: str) -> bool:
    """Whether some date is told as `when PHASE is done`."""
    texts = [phase.window for phase in calendar.phases] + [*calendar.cutoffs.values()]
    texts += [reminder.before or "" for reminder in calendar.reminders] + [
        task.by or "" for task in calendar.tasks
    ]
    return any(f"when {phase_id} is done" in " ".join(text.split()) for text in texts)


def _open_ended(term: CohortTerm, phase: PhaseNow) -> bool:
    return isinstance(term.calendar.phase(phase.phase).dates.end, Open)


def next_due(term: CohortTerm, phase: PhaseNow) -> datetime | None:
    """The earliest instant at which a night has to look at this phase: its next step, its next reminder or the next
    deadline of its lesson study."""
    if phase.state == "cancelled":
        return None
    found = (step_due(term, phase), next_reminder(term, phase), next_deadline(term, phase))
    return min(filter(None, found), default=None)


def _opening_due(term: CohortTerm, phase: PhaseNow) -> datetime | None:
    """A phase whose dates are still owed is looked at when it should have begun, so that it is held in sight."""
    if phase.opens_at is not None:
        return phase.opens_at
    times = term.schedule().phases[phase.phase]
    if times.opens is not Unset.TO_BE_DETERMINED:
        return None
    if times.within is not None and isinstance(times.within[0], datetime):
        return times.within[0]
    before = [
        other for other in term.phases.values()
        if other.position < phase.position and other.state != "cancelled" and not _open_ended(term, other)
    ]  # fmt: skip
    ends = [other.closes_at or other.done_at for other in before]
    return None if None in ends else max(filter(None, ends), default=term.began_at)
