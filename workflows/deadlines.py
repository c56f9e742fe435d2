"""Before which instant work must have happened, for a task and for a component, in one cohort's own dates."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from calendars.rules.base import RuleBase
from calendars.schedule import deadline
from calendars.term import Assessment, Task, TermCalendar

if TYPE_CHECKING:
    from workflows.cohorts import CohortTerm


def task_deadline(term: CohortTerm, task: Task, assessment: Assessment | None = None) -> datetime | None:
    """The task's own `by`, else what its assessment counts, else the end of its phase. None: not known yet."""
    return term_instant(term, deadline_word(term.calendar, task, assessment))


def deadline_word(calendar: TermCalendar, task: Task, assessment: Assessment | None = None) -> str:
    """How the calendar says when a task is due."""
    return task.by or (assessment.counts if assessment else _counts(calendar, task)) or f"end of {task.phase}"


def component_deadline(
    term: CohortTerm, assessment: Assessment, component: RuleBase, task: Task
) -> datetime | None:
    """The component's own `by` goes before everything that the task says."""
    return term_instant(term, component.by) if component.by else task_deadline(term, task, assessment)


def term_instant(term: CohortTerm, text: str) -> datetime | None:
    """The instant of a word for time in this cohort's term, or None while it is not known."""
    moment = deadline(term.calendar, term.fixed(), term.done(), text)
    return moment if isinstance(moment, datetime) else None


def _counts(calendar: TermCalendar, task: Task) -> str | None:
    for assessment in calendar.assessments:
        if any(task.id in component.task_ids for component in assessment.components):
            return assessment.counts
    return None
