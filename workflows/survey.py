"""One look at a programme: its newest calendar, all its cohorts, an instant, and perhaps one organisation alone.

What is listed is declared by the newest edition, also for cohorts that go by an older one: to count something an office
need not begin its cohorts anew. Deadlines are each cohort's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.nearest import nearest
from calendars.term import Assessment, Task, TermCalendar
from models.terms import Cohort
from workflows.cohorts import CohortTerm, load_terms
from workflows.deadlines import task_deadline
from workflows.facts import ENROLMENT, Activities, activities
from workflows.organisations import SEVERAL_ORGANISATIONS, Tree, load_tree
from workflows.own_deadlines import OwnDeadlines, own_deadlines
from workflows.publishing import calendar_of, newest_edition

NOBODY_THERE = Wording(
    zh="项目 {programme} 没有属于单位“{name}”的人{hint}", en="nobody of {programme} belongs to {name!r}{hint}"
)


@dataclass(frozen=True)
class Alike:
    """Cohorts in which some tasks have the same deadlines, and the deadlines that single people were given there."""

    cohorts: tuple[int, ...]
    due: dict[str, datetime | None]  # None: not known yet, or not in the edition of these cohorts
    own: OwnDeadlines | None


@dataclass(frozen=True)
class Survey:
    """What a list is made of. Every fact is as known at `at`."""

    session: Session
    programme_id: int
    calendar: TermCalendar
    at: datetime
    place: int | None = None  # of this organisation and those below it alone

    @cached_property
    def tree(self) -> Tree:
        return load_tree(self.session)

    @cached_property
    def terms(self) -> list[CohortTerm]:
        cohorts = select(col(Cohort.id)).where(col(Cohort.programme_id) == self.programme_id)
        terms = load_terms(self.session, self.session.execute(cohorts).scalars())
        for term in terms:
            term.go_by(self.at)
        return terms

    @cached_property
    def known(self) -> Activities:
        return activities(self.session, self.programme_id)

    def is_here(self, organisation_id: int) -> bool:
        return self.place is None or any(node.id == self.place for node in self.tree.path(organisation_id))

    def alike(self, tasks: Collection[str], terms: Sequence[CohortTerm] | None = None) -> Iterator[Alike]:
        """The cohorts by the deadlines of these tasks."""
        groups: dict[tuple[tuple[tuple[str, datetime | None], ...], bool], list[CohortTerm]] = {}
        for term in self.terms if terms is None else terms:
            due = tuple((task, self.due(term, task)) for task in sorted(tasks))
            own = own_deadlines([term], tasks, self.at) is not None
            groups.setdefault((due, own), []).append(term)
        for (due, _), found in groups.items():
            yield Alike(tuple(term.id for term in found), dict(due), own_deadlines(found, tasks, self.at))

    def editions(
        self, terms: Sequence[CohortTerm], assessment: str
    ) -> Iterator[tuple[Assessment, list[CohortTerm]]]:
        """The cohorts by the edition that they go by, as far as it has an assessment of this id."""
        by_edition: dict[int, list[CohortTerm]] = {}
        for term in terms:
            by_edition.setdefault(term.edition_id, []).append(term)
        for found in by_edition.values():
            here = next((one for one in found[0].calendar.assessments if one.id == assessment), None)
            if here is not None:
                yield here, found

    def due(self, term: CohortTerm, task_id: str) -> datetime | None:
        """The deadline of a task in a cohort."""
        task = task_in(term.calendar, task_id)
        return task_deadline(term, task) if task else None


def task_in(calendar: TermCalendar, task_id: str) -> Task | None:
    return next((task for task in calendar.tasks if task.id == task_id), None)


def narrowed(survey: Survey, said: str) -> Survey:
    """The same look at one organisation and those below it, told by its name or with names above it, as `COUNTY/SCHOOL`.
    Raises Refused where nobody of the programme belongs to it, and where several are called so."""
    tree, wanted = survey.tree, [name.strip() for name in said.split("/")]
    belong = (
        select(ENROLMENT.c.organisation_id)
        .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
        .where(col(Cohort.programme_id) == survey.programme_id)
        .distinct()
    )
    places = {node.id for place in survey.session.execute(belong).scalars() for node in tree.path(place)}
    called = [place for place in places if tree.names(place)[-len(wanted) :] == wanted]
    meant = [place for place in called if tree.names(place) == wanted] or called
    if not meant:
        hint = nearest(wanted[-1], sorted({tree.nodes[place].name for place in places}))
        facts = {"programme": survey.calendar.programme, "name": said, "hint": hint}
        raise refuse(NOBODY_THERE(**facts), "--organisation")
    if len(meant) > 1:
        paths = sorted("/".join(tree.names(place)) for place in meant)
        raise refuse(SEVERAL_ORGANISATIONS(name=said, paths=paths), "--organisation")
    return replace(survey, place=meant[0])


def survey(session: Session, slug: str, at: datetime) -> Survey:
    """Raises Refused for an unknown programme."""
    edition = newest_edition(session, slug)
    return Survey(session, edition.programme_id, calendar_of(session, edition.id or 0), at)
