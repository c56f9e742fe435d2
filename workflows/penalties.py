"""Penalties by organisation: which organisation missed its duty, whom that would cost what, and what was decided.

A penalty takes effect by a person's decision alone, unless the calendar says that it does so by itself. Who missed it
follows from the facts, as of an instant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import ColumnElement, Select, and_, distinct, select
from sqlmodel import Session, col

from calendars.penalties import Penalty
from calendars.term import Assessment, Task
from models.terms import Cohort
from models.types import seconds
from workflows.basis import Forfeits
from workflows.cohorts import CohortTerm, Decided
from workflows.deadlines import task_deadline
from workflows.facts import ENROLMENT, activities, fulfilled, people, raw
from workflows.filings import lapsed
from workflows.organisations import Tree, load_tree
from workflows.own_deadlines import latest_deadline

TO_BE_DECIDED = "penalty to be decided"  # the kind of hold


def gate_of(penalty: Penalty) -> str:
    """How a decision names the penalty that it is about."""
    return f"{TO_BE_DECIDED}:{penalty.id}"


def extended_key(penalty: Penalty, organisation_id: int) -> str:
    """Under which key a decision keeps the later deadline of one organisation."""
    return f"{penalty.id}@{organisation_id}"


def penalties_of(term: CohortTerm, assessment: Assessment) -> list[Penalty]:
    return [penalty for penalty in term.calendar.penalties if penalty.of == assessment.id]


def decisions(term: CohortTerm, penalty: Penalty, at: datetime) -> dict[int, Decided]:
    """What was decided last about each organisation, up to and with an instant: a cohort is taken on to the instant of a
    decision before it is kept, so that one on the stroke of a lock finds the cohort held there, and frees it then."""
    found: dict[int, Decided] = {}
    for one in term.decided:
        if one.gate == gate_of(penalty) and one.organisation_id is not None and one.effective_at <= at:
            found[one.organisation_id] = one
    return found


@dataclass
class Duties:
    """Who has done what penalties are for, as known at an instant. What all cohorts of a programme share is looked up once,
    however many ask."""

    session: Session
    at: datetime
    known: dict[tuple[object, ...], set[int]] = field(default_factory=dict)

    @cached_property
    def tree(self) -> Tree:
        return load_tree(self.session)

    def missed(self, term: CohortTerm, penalty: Penalty) -> set[int]:
        """The organisations that answer for a cohort's people and whose filing was not in in time, or of which nobody has
        shown these tasks before their deadline, or before the later one that the organisation was given.

        At the instant at which more time is given it was still missed: the cohort is held until the lock has moved too."""
        answering = self.answering(term, penalty)
        if penalty.filing is not None:
            return answering.keys() & self._not_filed(term, penalty.filing)
        given = {
            organisation: one.dates[key]
            for organisation, one in decisions(term, penalty, self.at).items()
            if (key := extended_key(penalty, organisation)) in one.dates and one.effective_at < self.at
        }
        found: set[int] = set()
        for task in (term.calendar.task(name) for name in penalty.tasks):
            due = task_deadline(term, task)
            for organisation in {
                self._answers_for_task(term, task, place) for place in self._here(term, penalty)
            }:
                end = given.get(organisation, due)
                if end is not None and end <= self.at and not self._has_shown(term, task, organisation, end):
                    found.add(organisation)
        return found

    def answering(self, term: CohortTerm, penalty: Penalty) -> dict[int, set[int]]:
        """Which organisations answer for the duty of a cohort's people, each with the places of those people.

        Of a filing it is the organisation of the tier that files it, at or above the place. Of a task it is the place
        itself where somebody of it or of what is below it owes the task, else the nearest above it of which somebody
        does; where nobody does, the place.
        """
        found: dict[int, set[int]] = {}
        tasks = [term.calendar.task(name) for name in penalty.tasks]
        for place in self._here(term, penalty):
            owners: set[int | None] = {self._answers_for_task(term, task, place) for task in tasks}
            if penalty.filing is not None:
                owners = {self.tree.at_tier(place, term.calendar.filing(penalty.filing).tier)}
            for owner in owners - {None}:
                found.setdefault(owner or 0, set()).add(place)
        return found

    def places(self, term: CohortTerm, penalty: Penalty, organisations: Collection[int]) -> set[int]:
        """These organisations and the places of everybody for whom they answer."""
        answering = self.answering(term, penalty) if organisations else {}
        return {*organisations}.union(*(answering.get(one, ()) for one in organisations))

    def _here(self, term: CohortTerm, penalty: Penalty) -> set[int]:
        """Where the people of a cohort are whom the assessment is of."""
        key = ("here", term.id, penalty.of)
        if key not in self.known:
            taking_part = people([term.id], term.calendar.assessment(penalty.of).of, self.at)
            wanted = select(distinct(ENROLMENT.c.organisation_id)).where(taking_part)
            self.known[key] = set(self.session.execute(wanted).scalars())
        return self.known[key]

    def _answers_for_task(self, term: CohortTerm, task: Task, place: int) -> int:
        bearing = self._bearing(term, task)
        if place in bearing or place in self._at_or_above(("above", term.edition_id, task.id), bearing):
            return place
        above = (node.id for node in reversed(self.tree.path(place)[:-1]))
        return next((node for node in above if node in bearing), place)

    def _bearing(self, term: CohortTerm, task: Task) -> set[int]:
        """The organisations of which somebody of the programme owes a task, or has owed it."""
        key = ("bearing", term.edition_id, task.id)
        if key not in self.known:
            owing = select(distinct(ENROLMENT.c.organisation_id)).where(
                ENROLMENT.c.cohort_id.in_(_cohorts(term)), ENROLMENT.c.role.in_(task.role),
                raw(ENROLMENT, "received_at") < seconds(self.at),
            )  # fmt: skip
            self.known[key] = set(self.session.execute(owing).scalars())
        return self.known[key]

    def _at_or_above(self, key: tuple[object, ...], places: Iterable[int]) -> set[int]:
        if key not in self.known:
            self.known[key] = {node.id for place in places for node in self.tree.path(place)}
        return self.known[key]

    def _has_shown(self, term: CohortTerm, task: Task, organisation: int, due: datetime) -> bool:
        """Whether somebody of an organisation has; where nobody of it owes the task, of what is below it."""
        shown = self._shown(term, task, due)
        if organisation in self._bearing(term, task):
            return organisation in shown
        return organisation in self._at_or_above(("shown above", term.edition_id, task.id, due), shown)

    def _not_filed(self, term: CohortTerm, filing: str) -> set[int]:
        """The organisations of the tier that owes a filing whose own was not in."""
        key = (term.edition_id, filing)
        if key not in self.known:
            self.known[key] = lapsed(self.session, term.programme_id, term.calendar, filing, self.at)
        return self.known[key]

    def _shown(self, term: CohortTerm, task: Task, due: datetime) -> set[int]:
        """The organisations in which somebody of the programme has shown a task before a deadline."""
        key = (term.edition_id, task.id, due)
        if key not in self.known:
            by_then = latest_deadline(task.id, due, self.at)
            shown = select(distinct(ENROLMENT.c.organisation_id)).where(
                ENROLMENT.c.cohort_id.in_(_cohorts(term)), ENROLMENT.c.role.in_(task.role),
                fulfilled(term.calendar, task, activities(self.session, term.programme_id), by_then, self.at),
            )  # fmt: skip
            self.known[key] = set(self.session.execute(shown).scalars())
        return self.known[key]


def undecided(duties: Duties, term: CohortTerm, penalty: Penalty) -> set[int]:
    """The organisations that missed it and of which nobody has said what shall be."""
    settled = {
        organisation
        for organisation, one in decisions(term, penalty, duties.at).items()
        if one.action in ("apply", "waive")
    }
    return duties.missed(term, penalty) - settled


def forfeits(duties: Duties, term: CohortTerm, assessment: Assessment) -> Forfeits:
    """What the people of which organisations lose in an assessment, by what was decided up to the instant."""
    found: dict[str, set[int]] = {}
    for penalty in penalties_of(term, assessment):
        decided = decisions(term, penalty, duties.at)
        applied = {organisation for organisation, one in decided.items() if one.action == "apply"}
        if penalty.undecided == "apply":
            applied |= undecided(duties, term, penalty)
        costs = duties.places(term, penalty, applied)
        for key in penalty.loses if costs else ():
            found.setdefault(key, set()).update(costs)
    return tuple((key, tuple(sorted(found[key]))) for key in sorted(found))


@dataclass(frozen=True)
class Open:
    """A penalty of a cohort about which the office has to decide, and the organisations that missed it."""

    penalty: Penalty
    organisations: tuple[int, ...]


def to_decide(duties: Duties, term: CohortTerm, cutoff: str | None) -> Iterator[Open]:
    """Of the assessments that lock at a cutoff, what has to be decided before."""
    for penalty in term.calendar.penalties:
        if penalty.undecided == "hold" and term.calendar.assessment(penalty.of).locks == cutoff:
            found = undecided(duties, term, penalty)
            if found:
                yield Open(penalty, tuple(sorted(found)))


def whose(
    duties: Duties, term: CohortTerm, penalty: Penalty, organisations: Collection[int]
) -> ColumnElement[bool]:
    """The people for whom these organisations answer and whom the penalty would touch, as an SQL condition."""
    assessment = term.calendar.assessment(penalty.of)
    places = duties.places(term, penalty, organisations)
    return and_(people([term.id], assessment.of, duties.at), ENROLMENT.c.organisation_id.in_(sorted(places)))


def _cohorts(term: CohortTerm) -> Select[tuple[int | None]]:
    """Every cohort of the programme of this one."""
    return select(col(Cohort.id)).where(col(Cohort.programme_id) == term.programme_id)
