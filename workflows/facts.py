"""Which rows of evidence and marks count: the conditions that every statement about work shares.

A fact counts as of an instant if it was received before it and had not been withdrawn by then; evidence must
also have happened before its deadline. All instants are bound as whole seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.sql.selectable import Exists
from sqlmodel import Session, col

from calendars.term import Task, TermCalendar
from calendars.weeks import Week
from models.people import Organisation
from models.types import seconds
from models.work import Activity, Enrolment, Evidence, Mark, Rubric
from workflows.sql import among

EVIDENCE: Table = Evidence.__table__  # type: ignore[attr-defined]
MARK: Table = Mark.__table__  # type: ignore[attr-defined]
ENROLMENT: Table = Enrolment.__table__  # type: ignore[attr-defined]
ORGANISATION: Table = Organisation.__table__  # type: ignore[attr-defined]
RUBRIC: Table = Rubric.__table__  # type: ignore[attr-defined]

TAKING_PART = ("enrolled", "active", "completed", "incomplete")
MARKS = "mark"  # the kind under which a task's marks have their activity

Activities = Mapping[tuple[str, str], int]
Before = datetime | ColumnElement[int]  # one instant for everybody, or the seconds of each person's own


def activities(session: Session, programme_id: int) -> dict[tuple[str, str], int]:
    """The small numbers of a programme's (task, kind) pairs. A pair that nobody has recorded has none."""
    rows = session.execute(
        select(col(Activity.task), col(Activity.kind), col(Activity.id)).where(
            col(Activity.programme_id) == programme_id
        )
    )
    return {(task, kind): number for task, kind, number in rows}


def stands(facts: Table, at: datetime) -> ColumnElement[bool]:
    """Received before an instant, and not withdrawn by then."""
    stroke = seconds(at)
    return and_(
        raw(facts, "received_at") < stroke,
        or_(raw(facts, "withdrawn_at").is_(None), raw(facts, "withdrawn_at") >= stroke),
    )


def raw(table: Any, column: str) -> ColumnElement[int]:
    """An instant column as the integer that is stored, so that it compares with plain seconds."""
    return type_coerce(table.c[column], BigInteger)


def of_activities(facts: Table, numbers: Iterable[int]) -> ColumnElement[bool]:
    """Facts of these activities, asked as ranges: the numbers of a programme lie side by side."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    column = facts.c.activity_id
    return or_(
        false(),
        *(column == first if first == last else column.between(first, last) for first, last in ranges),
    )


def long_enough(task: Task) -> ColumnElement[bool] | None:
    """For a task with a least length: the text must be that long; an unknown length is too short."""
    return None if task.characters is None else EVIDENCE.c.characters >= task.characters


def shown_before(task: Task, numbers: Iterable[int], happened_before: Before) -> ColumnElement[bool]:
    """Evidence of these activities that happened in time, and is long enough."""
    stroke = seconds(happened_before) if isinstance(happened_before, datetime) else happened_before
    conditions: list[ColumnElement[bool]] = [
        of_activities(EVIDENCE, numbers),
        raw(EVIDENCE, "happened_at") < stroke,
    ]
    length = long_enough(task)
    return and_(*conditions, length) if length is not None else and_(*conditions)


def handed_in(task: Task, known: Activities, happened_before: Before, at: datetime) -> Exists:
    """Whether the enrolment of the enclosing statement has handed in this task in time, as known at an instant."""
    return exists(
        select(literal_column("1")).where(
            EVIDENCE.c.enrolment_id == ENROLMENT.c.id,
            shown_before(task, kinds_of(task, known), happened_before),
            stands(EVIDENCE, at),
        )
    )


def marked(task: Task, known: Activities, at: datetime) -> Exists:
    """Whether the enrolment of the enclosing statement has a standing mark for this task at an instant."""
    return exists(
        select(literal_column("1")).where(
            MARK.c.enrolment_id == ENROLMENT.c.id,
            of_activities(MARK, marks_of(task, known)),
            stands(MARK, at),
        )
    )


def kinds_of(task: Task, known: Activities, kinds: Sequence[str] = ()) -> list[int]:
    """The activities of a task's evidence kinds, or of some of them."""
    return [known[task.id, kind] for kind in kinds or task.shows if (task.id, kind) in known]


def marks_of(task: Task, known: Activities) -> list[int]:
    return [known[task.id, MARKS]] if (task.id, MARKS) in known else []


def own_rubric(programme_id: int, at: datetime) -> ColumnElement[bool]:
    """Which rubric lines the school of the enclosing statement's enrolment has set for itself, as known then."""
    return and_(
        RUBRIC.c.programme_id == programme_id,
        RUBRIC.c.organisation_id == ENROLMENT.c.organisation_id,
        raw(RUBRIC, "received_at") < seconds(at),
    )


def people(
    cohort_ids: Sequence[int], roles: Sequence[str], at: datetime, those: Any = ENROLMENT
) -> ColumnElement[bool]:
    """Who takes part in these cohorts in these roles, as known at an instant: neither exempt nor withdrawn."""
    stroke = seconds(at)
    return and_(
        among(those.c.cohort_id, cohort_ids),
        those.c.role.in_(roles),
        raw(those, "received_at") < stroke,
        or_(raw(those, "left_at").is_(None), raw(those, "left_at") >= stroke),
    )


def marked_tasks(calendar: TermCalendar, wanted: Sequence[str]) -> list[Task]:
    """The tasks that somebody marks: those named, or every one."""
    return [task for task in calendar.tasks if task.marked_by and (not wanted or task.id in wanted)]


def fulfilled(
    calendar: TermCalendar,
    task: Task,
    known: Activities,
    happened_before: Before,
    at: datetime,
    weeks: Sequence[Week] = (),
) -> ColumnElement[bool]:
    """Whether the enrolment of the enclosing statement has shown all that the task needs, as known at an instant; of what
    is needed each week, in each of these weeks."""
    if task.needs is None:
        return handed_in(task, known, happened_before, at)
    parts: Sequence[str | None] = task.needs.each_of or (None,)
    since: Sequence[Week | None] = weeks if task.is_weekly else (None,)
    amounts = [
        amount_shown(calendar, task, known, week[1] if week else happened_before, at, part, week and week[0])
        for part in parts
        for week in since
    ]
    return and_(true(), *(amount >= task.needs.at_least for amount in amounts))


def amount_shown(
    calendar: TermCalendar,
    task: Task,
    known: Activities,
    happened_before: Before,
    at: datetime,
    part: str | None = None,
    since: datetime | None = None,
) -> ColumnElement[int]:
    """What the enrolment of the enclosing statement has shown of a task, as known at an instant.

    Amounts are added; of a running total the greatest says it all. `part` narrows it to one of the task's kinds,
    or to one of its items, `since` to what happened from then on.
    """
    kinds = (part,) if part in task.shows else task.shows
    conditions = [
        EVIDENCE.c.enrolment_id == ENROLMENT.c.id,
        shown_before(task, kinds_of(task, known, kinds), happened_before),
        stands(EVIDENCE, at),
    ]
    if since is not None:
        conditions.append(raw(EVIDENCE, "happened_at") >= seconds(since))
    if part is not None and part not in task.shows:
        conditions.append(EVIDENCE.c.item == part)
    running = [kind for kind in kinds if calendar.evidence[kind].reads == "running total"]
    added: ColumnElement[int] = func.coalesce(func.sum(EVIDENCE.c.amount), 0)
    if running:
        each = [number for kind in kinds if kind not in running for number in kinds_of(task, known, (kind,))]
        added = func.coalesce(func.sum(EVIDENCE.c.amount).filter(of_activities(EVIDENCE, each)), 0)
    for kind in running:
        here = of_activities(EVIDENCE, kinds_of(task, known, (kind,)))
        added = added + func.coalesce(func.max(EVIDENCE.c.amount).filter(here), 0)
    return select(added).where(*conditions).scalar_subquery()
