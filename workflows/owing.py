"""Who still owes what: the same conditions as reminders ask, as known at an instant, for every cohort at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, not_, select
from sqlmodel import col

from calendars.term import Task
from calendars.weeks import Week
from models.people import Person
from models.terms import Cohort
from models.types import instant
from workflows.basis import weeks_of
from workflows.cohorts import CohortTerm
from workflows.facts import ENROLMENT, Before, amount_shown, fulfilled, people
from workflows.own_deadlines import latest_deadline
from workflows.sql import number as figure
from workflows.survey import Alike, Survey, task_in


@dataclass(frozen=True)
class Owing:
    """One person who has not shown a task. `shown` is how much there is, in hundredths; `due` is None while the deadline
    is not known."""

    task: Task
    number: str
    name: str
    role: str
    cohort: str
    organisation_id: int
    shown: int
    due: datetime | None


def owing(
    survey: Survey, tasks: Iterable[str], cohorts: Collection[str] = (), roles: Collection[str] = ()
) -> list[Owing]:
    """By unit, cohort, number and task. What is not open yet in a cohort is not owed there; what was shown after its
    deadline is owed still."""
    found = [
        one
        for task in map(survey.calendar.task, tasks)
        for one in _of_task(survey, task, cohorts, roles)
        if survey.is_here(one.organisation_id)
    ]
    order = {task.id: place for place, task in enumerate(survey.calendar.tasks)}
    return sorted(
        found,
        key=lambda one: (survey.tree.names(one.organisation_id), one.cohort, one.number, order[one.task.id]),
    )


def owed_by_unit(
    survey: Survey, tasks: Iterable[str], cohorts: Collection[str] = (), roles: Collection[str] = ()
) -> dict[int, int]:
    """How many owe any of these tasks, by the organisation to which they belong."""
    owed: dict[int, set[str]] = {}  # by cohort, the roles whose tasks are open there
    for task in map(survey.calendar.task, tasks):
        for term in survey.terms:
            if (not cohorts or term.name in cohorts) and _is_open(term, task, survey.at):
                owed.setdefault(term.id, set()).update(_owed_by(task, roles))
    alike: dict[tuple[str, ...], list[int]] = {}
    for cohort, together in owed.items():
        alike.setdefault(tuple(sorted(together)), []).append(cohort)
    found: dict[int, int] = {}
    for owing_roles, ids in alike.items():
        rows = select(ENROLMENT.c.organisation_id, func.count()).where(people(ids, owing_roles, survey.at))
        for place, count in survey.session.execute(rows.group_by(ENROLMENT.c.organisation_id)).tuples():
            if survey.is_here(place):
                found[place] = found.get(place, 0) + count
    return found


def _owed_by(task: Task, roles: Collection[str]) -> list[str]:
    return [role for role in task.role if task.shows and (not roles or role in roles)]


def _of_task(survey: Survey, task: Task, cohorts: Collection[str], roles: Collection[str]) -> Iterator[Owing]:
    """A statement for the cohorts that share the deadline and, for what is asked each week, the weeks so far."""
    owed_by = _owed_by(task, roles)
    if not owed_by:
        return
    groups: dict[tuple[Week, ...], list[CohortTerm]] = {}
    for term in survey.terms:
        if (not cohorts or term.name in cohorts) and _is_open(term, task, survey.at):
            groups.setdefault(_weeks(survey, term, task), []).append(term)
    for weeks, terms in groups.items():
        for alike in survey.alike([task.id], terms):
            yield from _rows(survey, task, alike, weeks, owed_by)


def _is_open(term: CohortTerm, task: Task, at: datetime) -> bool:
    here = task_in(term.calendar, task.id)
    opens = term.opening(here.phase) if here else None
    return opens is not None and opens <= at


def _weeks(survey: Survey, term: CohortTerm, task: Task) -> tuple[Week, ...]:
    if not task.is_weekly:
        return ()
    return weeks_of(term, task, min(survey.at, survey.due(term, task.id) or survey.at))


def _rows(
    survey: Survey, task: Task, alike: Alike, weeks: Sequence[Week], roles: Sequence[str]
) -> Iterator[Owing]:
    at, due = survey.at, alike.due[task.id]
    before: Before = due or at
    until = figure(0)
    if alike.own is not None and due is not None:
        before = until = latest_deadline(task.id, due, at)
    shown = fulfilled(survey.calendar, task, survey.known, before, at, weeks)
    rows = (
        select(
            col(Person.number), col(Person.name), ENROLMENT.c.role, col(Cohort.name), ENROLMENT.c.organisation_id,
            amount_shown(survey.calendar, task, survey.known, before, at), until,
        )
        .select_from(ENROLMENT)
        .join(Person, col(Person.id) == ENROLMENT.c.person_id)
        .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
        .where(people(alike.cohorts, roles, at), not_(shown))
    )  # fmt: skip
    for number, name, role, cohort, place, amount, own in survey.session.execute(rows):
        yield Owing(task, number, name, role, cohort, place, amount, instant(own) if own else due)
