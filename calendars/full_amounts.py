"""From which amount on more of a task gains nothing: by the one component that counts it."""

from __future__ import annotations

from calendars.rules.amounts import Counting
from calendars.term import Task, TermCalendar


def full_amount(calendar: TermCalendar, task: Task) -> int | None:
    """In hundredths of its unit. None where no component counts the task alone, or none has such an amount."""
    counting = [
        component
        for assessment in calendar.assessments
        if set(assessment.of) & set(task.role)
        for component in assessment.components
        if isinstance(component, Counting) and component.task_ids == (task.id,) and not component.over
    ]
    amounts = {component.enough for component in counting if not component.shows}
    return amounts.pop() if len(amounts) == 1 else None
