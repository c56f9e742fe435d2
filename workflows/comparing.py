"""Two tests compared: each person's best record before and after, and what it adds up to for each cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from calendars.comparisons import Comparison
from calendars.quantities import half_up
from calendars.term import Task
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline
from workflows.facts import (
    ENROLMENT,
    EVIDENCE,
    Activities,
    Before,
    activities,
    kinds_of,
    people,
    shown_before,
    stands,
)
from workflows.measures import Measures
from workflows.own_deadlines import own_deadlines


@dataclass(frozen=True)
class Compared:
    """One person's two figures in hundredths; None where there is no record that counts."""

    cohort_id: int
    enrolment_id: int
    before: int | None
    after: int | None

    @property
    def gain(self) -> int | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Averages:
    """Of those of a cohort who have both: how many, and their averages in hundredths, rounded half up."""

    people: int
    before: int
    after: int
    risen: int


def compare(
    session: Session, terms: Sequence[CohortTerm], comparison: Comparison, at: datetime
) -> list[Compared]:
    """Everybody who owes both tasks, as known at an instant, by cohort and enrolment. One statement for all cohorts that
    share their deadlines; whoever was given a later one is looked at by it."""
    calendar = terms[0].calendar
    before, after = calendar.task(comparison.before), calendar.task(comparison.after)
    roles = sorted(set(before.role) & set(after.role))
    known = activities(session, terms[0].programme_id)
    groups: dict[tuple[datetime, datetime], list[CohortTerm]] = {}
    for term in terms:
        first, second = (task_deadline(term, task) or at for task in (before, after))
        groups.setdefault((first, second), []).append(term)
    found: list[Compared] = []
    for deadlines, alike in groups.items():
        own = own_deadlines(alike, {before.id, after.id}, at)
        measures = Measures(calendar, known, own)
        best = [
            _best(task, known, measures.before_of_each(task, due), at)
            for task, due in zip((before, after), deadlines, strict=True)
        ]
        cohorts = [term.id for term in alike]
        rows = select(ENROLMENT.c.cohort_id, ENROLMENT.c.id, *best).where(people(cohorts, roles, at))
        found += [Compared(*row) for row in session.execute(rows)]
    return sorted(found, key=lambda one: (one.cohort_id, one.enrolment_id))


def _best(task: Task, known: Activities, due: Before, at: datetime) -> ColumnElement[Any]:
    return (
        select(func.max(EVIDENCE.c.amount))
        .where(
            EVIDENCE.c.enrolment_id == ENROLMENT.c.id,
            shown_before(task, kinds_of(task, known), due),
            stands(EVIDENCE, at),
        )
        .correlate(ENROLMENT)
        .scalar_subquery()
    )


def averages(found: Sequence[Compared]) -> Averages | None:
    """None where nobody has both."""
    both = [(one.before, one.after) for one in found if one.before is not None and one.after is not None]
    if not both:
        return None
    first, second = (sum(pair[place] for pair in both) for place in (0, 1))
    risen = sum(after > before for before, after in both)
    return Averages(len(both), half_up(first, len(both)), half_up(second, len(both)), risen)
