"""Penalties by organisation: which organisation missed its duty, whom that would cost what, and what was decided.

A penalty takes effect by a person's decision alone, unless the calendar says that it does so by itself. Who missed it
follows from the facts, as of an instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import ColumnElement, and_, distinct, select
from sqlmodel import Session, col

from calendars.penalties import Penalty
from calendars.term import Assessment, Task
from models.terms import Cohort
from workflows.basis import Forfeits
from workflows.cohorts import CohortTerm, Decided
from workflows.deadlines import task_deadline
from workflows.facts import ENROLMENT, activities, fulfilled, people
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
    """What was decided last about each organisation, up to an instant."""
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
        """The organisations of a cohort's people whose own filing was not in in time, or in which nobody has shown these
        tasks before their deadline, or before the later one that the organisation was given."""
        assessment = term.calendar.assessment(penalty.of)
        wanted = select(distinct(ENROLMENT.c.organisation_id)).where(
            people([term.id], assessment.of, self.at)
        )
        here = set(self.session.execute(wanted).scalars())
        if penalty.filing is not None:
            late, tier = self._not_filed(term, penalty.filing), term.calendar.filing(penalty.filing).tier
            return {place for place in here if self.tree.at_tier(place, tier) in late}
        given = {
            organisation: one.dates[key]
            for organisation, one in decisions(term, penalty, self.at).items()
            if (key := extended_key(penalty, organisation)) in one.dates
        }
        found: set[int] = set()
        for task in (term.calendar.task(name) for name in penalty.tasks):
            due = task_deadline(term, task)
            if due is not None and due <= self.at:
                found |= here - given.keys() - self._shown(term, task, due)
            for organisation in given.keys() & here:
                if given[organisation] <= self.at:
                    found |= {organisation} - self._shown(term, task, given[organisation])
        return found

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
            cohorts = select(col(Cohort.id)).where(col(Cohort.programme_id) == term.programme_id)
            by_then = latest_deadline(task.id, due, self.at)
            shown = select(distinct(ENROLMENT.c.organisation_id)).where(
                ENROLMENT.c.cohort_id.in_(cohorts), ENROLMENT.c.role.in_(task.role),
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
        costs = {organisation for organisation, one in decided.items() if one.action == "apply"}
        if penalty.undecided == "apply":
            costs |= undecided(duties, term, penalty)
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
    term: CohortTerm, penalty: Penalty, organisations: Sequence[int], at: datetime
) -> ColumnElement[bool]:
    """The people of these organisations whom the penalty would touch, as an SQL condition."""
    assessment = term.calendar.assessment(penalty.of)
    return and_(people([term.id], assessment.of, at), ENROLMENT.c.organisation_id.in_(organisations))
