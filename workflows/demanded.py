"""What each task asks of a person beside the points, and how much of it is shown: also of tasks that no component
scores, so that choosing too few courses is seen and not silently passed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from calendars.term import Assessment, Task
from models.work import Enrolment
from workflows.basis import every_component
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline
from workflows.facts import ENROLMENT, Activities, activities, amount_shown, handed_in, marked_tasks, people
from workflows.own_deadlines import latest_deadline

_SHARE = re.compile(r"([\d.]+)% of handed in work")


@dataclass(frozen=True)
class Demanded:
    """What one task asks, of one of its kinds or items where it names them: amounts in hundredths of the kind's unit.

    `asked` is None where the calendar only advises; `handed_in`, for a share that is advised of what was handed in,
    how many pieces the cohort has handed in.
    """

    task: str
    name: str
    part: str
    asked: int | None
    shown: int
    advised: str | None
    share: float | None
    handed_in: int | None
    cites: tuple[str, ...]

    @property
    def short(self) -> int:
        """By how much it falls short of what is asked, in hundredths."""
        return max(0, (self.asked or 0) - self.shown)


def demanded(
    session: Session, term: CohortTerm, assessment: Assessment, enrolment: Enrolment, at: datetime
) -> tuple[Demanded, ...]:
    """What the tasks of an assessment ask of one person, as known at an instant. What is asked week by week is told by
    the weeks."""
    tasks = [task for task in tasks_of(term, assessment, enrolment.role) if _asks(task)]
    if not tasks:
        return ()
    known = activities(session, term.programme_id)
    asked = [(task, part) for task in tasks for part in parts_of(task)]
    amounts = [_amount(term, task, known, part, at) for task, part in asked]
    row = session.execute(select(*amounts).where(ENROLMENT.c.id == enrolment.id)).one()
    return tuple(
        _told(session, term, known, enrolment.role, task, part, shown or 0, at)
        for (task, part), shown in zip(asked, row, strict=True)
    )


def tasks_of(term: CohortTerm, assessment: Assessment, role: str) -> Iterator[Task]:
    """The tasks of a role that an assessment scores, and those of the phases that lock with it which none scores."""
    calendar = term.calendar
    scored = {
        one.id: {task for part in every_component(one) for task in part.task_ids}
        for one in calendar.assessments
    }
    for task in calendar.tasks:
        if role in task.role and (
            task.id in scored[assessment.id]
            or (
                not any(task.id in tasks for tasks in scored.values())
                and calendar.phase(task.phase).locks == assessment.locks
            )
        ):
            yield task


def _asks(task: Task) -> bool:
    return bool(task.shows) and not task.is_weekly and (task.needs is not None or bool(task.advised))


def parts_of(task: Task) -> tuple[str | None, ...]:
    """The kinds or items of which a task asks apart from each other; one None for the task as a whole."""
    named = tuple(task.advised) if task.needs is None and isinstance(task.advised, dict) else ()
    return (task.needs.each_of if task.needs else named) or (None,)


def _amount(
    term: CohortTerm, task: Task, known: Activities, part: str | None, at: datetime
) -> ColumnElement[int]:
    before = latest_deadline(task.id, task_deadline(term, task) or at, at)
    return amount_shown(term.calendar, task, known, before, at, part)


def _told(
    session: Session,
    term: CohortTerm,
    known: Activities,
    role: str,
    task: Task,
    part: str | None,
    shown: int,
    at: datetime,
) -> Demanded:
    kind = term.calendar.evidence.get(part or "")
    advised = task.advised.get(part or "") if isinstance(task.advised, dict) else task.advised
    share = _SHARE.fullmatch(advised or "")
    return Demanded(
        task=task.id, name=task.name, part=kind.name if kind else part or "",
        asked=task.needs.at_least if task.needs else None, shown=shown, advised=advised,
        share=float(share[1]) if share else None,
        handed_in=_handed_in(session, term, known, role, at) if share else None, cites=task.cites,
    )  # fmt: skip


def _handed_in(session: Session, term: CohortTerm, known: Activities, marker: str, at: datetime) -> int:
    """How many pieces the cohort has handed in of the tasks that a role marks."""
    counted = 0
    for task in marked_tasks(term.calendar, ()):
        if task.marked_by == marker:
            before = task_deadline(term, task) or at
            counted += session.execute(
                select(func.count())
                .select_from(ENROLMENT)
                .where(people([term.id], task.role, at), handed_in(task, known, before, at))
            ).scalar_one()
    return counted
