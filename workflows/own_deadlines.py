"""Later deadlines that an office gave to single people: who has one, and the SQL that asks.

An extension counts as of an instant if it took effect before it, as every fact does. Of several for one task the
furthest holds, and it never brings a deadline forward: who has none, or one that the cohort's own has overtaken,
goes by the cohort's. Cohorts in which nobody has one are asked nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ColumnElement, Subquery, Table, and_, func, literal_column, select
from sqlmodel import Session

from models.nights import Extension
from models.types import seconds
from workflows.facts import ENROLMENT, raw
from workflows.sql import Number, among, greatest, number

if TYPE_CHECKING:
    from workflows.cohorts import CohortTerm

EXTENSION: Table = Extension.__table__  # type: ignore[attr-defined]
SELECTION = "own"


@dataclass(frozen=True)
class Extended:
    """One extension: before when this person may hand in this task, why, by whom, and since when it holds."""

    enrolment_id: int
    task: str
    until: datetime
    reason: str
    name: str
    effective_at: datetime
    document: str | None = None


def extended_in(session: Session, cohort_ids: Sequence[int]) -> dict[int, list[Extended]]:
    """Every extension of these cohorts' people, by cohort. Asked from the few extensions that there are, never from
    the many enrolments."""
    columns = (EXTENSION.c[name] for name in Extended.__dataclass_fields__)
    its_cohort = select(ENROLMENT.c.cohort_id).where(ENROLMENT.c.id == EXTENSION.c.enrolment_id)
    every = select(its_cohort.scalar_subquery().label("cohort_id"), EXTENSION.c.id, *columns).subquery(
        "every"
    )
    rows = select(every).where(among(every.c.cohort_id, cohort_ids)).order_by(every.c.id)
    found: dict[int, list[Extended]] = {}
    for cohort, _, *facts in session.execute(rows):
        found.setdefault(cohort, []).append(Extended(*facts))
    return found


@dataclass(frozen=True)
class OwnDeadlines:
    """Some people of some cohorts have deadlines of their own for these tasks, as known at an instant."""

    tasks: tuple[str, ...]
    last: datetime
    at: datetime

    def latest(self, task_id: str, before: datetime) -> Number | int:
        """The cohort's deadline or the person's own, whichever is later, beside the rows of `selection`."""
        if task_id not in self.tasks:
            return seconds(before)
        own = literal_column(f"{SELECTION}.u{self.tasks.index(task_id)}", BigInteger)
        return greatest(number(seconds(before)), func.coalesce(own, number(0)))

    def selection(self, cohort_ids: Sequence[int]) -> Subquery:
        """Rows (id, u0, u1, …): of each enrolment that has one, its own deadline of each task."""
        furthest = func.max(raw(EXTENSION, "until"))
        columns = [
            furthest.filter(EXTENSION.c.task == task).label(f"u{place}")
            for place, task in enumerate(self.tasks)
        ]
        return (
            select(ENROLMENT.c.id, *columns)
            .join(EXTENSION, EXTENSION.c.enrolment_id == ENROLMENT.c.id)
            .where(among(ENROLMENT.c.cohort_id, cohort_ids), _in_force(self.at))
            .group_by(ENROLMENT.c.id)
            .subquery(SELECTION)
        )


def own_deadlines(terms: Iterable[CohortTerm], tasks: Collection[str], at: datetime) -> OwnDeadlines | None:
    """What people of these cohorts were given of these tasks before an instant; None where nobody was."""
    found = [one for term in terms for one in term.extended if one.task in tasks and one.effective_at < at]
    if not found:
        return None
    return OwnDeadlines(tuple(sorted({one.task for one in found})), max(one.until for one in found), at)


def own_deadline(task_id: str, at: datetime) -> Number:
    """The own deadline of a task of the enclosing statement's enrolment, as known at an instant; 0 without one."""
    furthest = func.coalesce(func.max(raw(EXTENSION, "until")), number(0))
    mine = and_(EXTENSION.c.enrolment_id == ENROLMENT.c.id, EXTENSION.c.task == task_id, _in_force(at))
    return select(furthest).where(mine).correlate(ENROLMENT).scalar_subquery()


def latest_deadline(task_id: str, before: datetime, at: datetime) -> Number:
    """The cohort's deadline or the own one of the enclosing statement's enrolment, whichever is later."""
    return greatest(number(seconds(before)), own_deadline(task_id, at))


def _in_force(at: datetime) -> ColumnElement[bool]:
    return raw(EXTENSION, "effective_at") < seconds(at)


def extensions_digest(term: CohortTerm, tasks: Collection[str], at: datetime) -> str | None:
    """A hash of everything that was decided of these tasks for the cohort's people; None where nothing was.

    When it was written down is not part of it, so that a decision written later gives the same seal.
    """
    found = sorted(
        [one.enrolment_id, one.task, seconds(one.until), seconds(one.effective_at), one.name, one.reason]
        for one in term.extended
        if one.task in tasks and one.effective_at < at
    )
    if not found:
        return None
    return hashlib.sha256(json.dumps(found, ensure_ascii=False).encode()).hexdigest()
