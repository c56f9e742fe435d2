"""Penalties by organisation: which organisation missed its duty, whom that would cost what, and what was decided.

A penalty takes effect by a person's decision alone, unless the calendar says that it does so by itself. Who missed it
follows from the facts, as of an instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, distinct, select
from sqlmodel import Session, col

from calendars.penalties import Penalty
from calendars.term import Assessment, Task
from models.terms import Cohort
from workflows import filings
from workflows.basis import Forfeits
from workflows.cohorts import CohortTerm, Decided
from workflows.deadlines import task_deadline
from workflows.facts import ENROLMENT, activities, fulfilled, people
from workflows.organisations import load_tree
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


def lapsed(session: Session, term: CohortTerm, penalty: Penalty, at: datetime) -> set[int]:
    """The organisations of a cohort's people in which nobody has shown what the penalty is for before its deadline, or
    before the later one that the organisation was given; as known at an instant."""
    assessment = term.calendar.assessment(penalty.of)
    here = select(distinct(ENROLMENT.c.organisation_id)).where(people([term.id], assessment.of, at))
    missed = set(session.execute(here).scalars())
    if penalty.filing is not None:
        return _not_filed(session, term, penalty.filing, missed, at)
    given = {
        organisation: one.dates[key]
        for organisation, one in decisions(term, penalty, at).items()
        if (key := extended_key(penalty, organisation)) in one.dates
    }
    found: set[int] = set()
    for task in (term.calendar.task(name) for name in penalty.tasks):
        due = task_deadline(term, task)
        if due is not None:
            found |= _late(session, term, task, missed - given.keys(), due, at)
        for organisation in given.keys() & missed:
            found |= _late(session, term, task, {organisation}, given[organisation], at)
    return found


def _not_filed(session: Session, term: CohortTerm, filing: str, those: set[int], at: datetime) -> set[int]:
    """Of these organisations, those whose own filing was not in, or that of the one above them at the tier that owes it."""
    late = filings.lapsed(session, term.programme_id, term.calendar, filing, at)
    tier, tree = term.calendar.filing(filing).tier, load_tree(session)
    return {place for place in those if tree.at_tier(place, tier) in late}


def _late(
    session: Session, term: CohortTerm, task: Task, those: Iterable[int], due: datetime, at: datetime
) -> set[int]:
    """Of these organisations, those in which nobody of the programme has shown a task whose deadline has passed."""
    if due > at:
        return set()
    cohorts = select(col(Cohort.id)).where(col(Cohort.programme_id) == term.programme_id)
    known = activities(session, term.programme_id)
    in_time = latest_deadline(task.id, due, at)
    shown = select(distinct(ENROLMENT.c.organisation_id)).where(
        ENROLMENT.c.cohort_id.in_(cohorts), ENROLMENT.c.role.in_(task.role),
        fulfilled(term.calendar, task, known, in_time, at),
    )  # fmt: skip
    return set(those) - set(session.execute(shown).scalars())


def undecided(session: Session, term: CohortTerm, penalty: Penalty, at: datetime) -> set[int]:
    """The organisations that missed it and of which nobody has said what shall be."""
    settled = {
        organisation
        for organisation, one in decisions(term, penalty, at).items()
        if one.action in ("apply", "waive")
    }
    return lapsed(session, term, penalty, at) - settled


def forfeits(session: Session, term: CohortTerm, assessment: Assessment, at: datetime) -> Forfeits:
    """What the people of which organisations lose in an assessment, by what was decided up to an instant."""
    found: dict[str, set[int]] = {}
    for penalty in penalties_of(term, assessment):
        decided = decisions(term, penalty, at)
        costs = {organisation for organisation, one in decided.items() if one.action == "apply"}
        if penalty.undecided == "apply":
            costs |= undecided(session, term, penalty, at)
        for key in penalty.loses if costs else ():
            found.setdefault(key, set()).update(costs)
    return tuple((key, tuple(sorted(found[key]))) for key in sorted(found))


@dataclass(frozen=True)
class Open:
    """A penalty of a cohort about which the office has to decide, and the organisations that missed it."""

    penalty: Penalty
    organisations: tuple[int, ...]


def to_decide(session: Session, term: CohortTerm, cutoff: str | None, at: datetime) -> Iterator[Open]:
    """Of the assessments that lock at a cutoff, what has to be decided before."""
    for penalty in term.calendar.penalties:
        if penalty.undecided == "hold" and term.calendar.assessment(penalty.of).locks == cutoff:
            found = undecided(session, term, penalty, at)
            if found:
                yield Open(penalty, tuple(sorted(found)))


def whose(
    term: CohortTerm, penalty: Penalty, organisations: Sequence[int], at: datetime
) -> ColumnElement[bool]:
    """The people of these organisations whom the penalty would touch, as an SQL condition."""
    assessment = term.calendar.assessment(penalty.of)
    return and_(people([term.id], assessment.of, at), ENROLMENT.c.organisation_id.in_(organisations))
