"""Where each person's material stands in a review, as its reviewer sees it. It shows names.

The verdict follows from the calendar's own rules, as `explain` tells them; a review adds only that somebody has looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.term import Assessment
from models.people import Person
from models.work import Enrolment
from workflows.cohorts import CohortTerm, load_terms
from workflows.explained import ExplainedLine
from workflows.explaining import explained_lines
from workflows.facts import ENROLMENT
from workflows.judging import facts_by_person
from workflows.latest_sheets import Latest, latest_sheets
from workflows.organisations import Tree, load_tree
from workflows.reviewing import not_looked_at, phase_of, reviewed_assessments, said_done
from workflows.wanting import lacked

Verdict = Literal["recognised", "incomplete", "revoked", "to review"]

NAMED = Wording(zh="{result}", en="{result}")
INCOMPLETE = Wording(zh="材料不全：缺 {what}", en="incomplete: {what}")
TO_REVIEW = Wording(zh="待审", en="to be reviewed")


@dataclass(frozen=True)
class Reviewed:
    """One person's material for one assessment, item by item, as of the lock or as it stands."""

    enrolment: int
    number: str
    person: str
    role: str
    cohort: str
    organisation_id: int
    path: tuple[str, ...]  # the names of the organisation and of those above it, the topmost first
    tiers: tuple[str, ...]
    assessment: Assessment
    verdict: Verdict
    result: str  # as the calendar calls it
    sealed: bool
    as_of: datetime
    lines: tuple[ExplainedLine, ...]

    @property
    def missing(self) -> list[Message]:
        return [told for line in self.lines for told in lacked(line)]

    @property
    def told(self) -> Message:
        """The verdict in a line."""
        if self.verdict == "incomplete":
            return INCOMPLETE(what=self.missing or self.result)
        return TO_REVIEW() if self.verdict == "to review" else NAMED(result=self.result)


def reviews(
    session: Session, cohort_ids: Sequence[int], at: datetime, enrolment_id: int | None = None
) -> list[Reviewed]:
    """Everybody whose material is reviewed in these cohorts, or one person, as known at an instant: by the organisations
    from the top down, then by number."""
    tree = load_tree(session)
    found = [
        one
        for term in load_terms(session, cohort_ids)
        for assessment in reviewed_assessments(term.calendar)
        for one in _of_cohort(session, tree, term, assessment, at, enrolment_id)
    ]
    return sorted(found, key=lambda one: (one.path, one.number, one.enrolment))


def _of_cohort(
    session: Session,
    tree: Tree,
    term: CohortTerm,
    assessment: Assessment,
    at: datetime,
    enrolment_id: int | None,
) -> Iterator[Reviewed]:
    sheets = latest_sheets(session, term, assessment, at, enrolment_id)
    whose = select(ENROLMENT.c.id).where(ENROLMENT.c.cohort_id == term.id)
    if enrolment_id is not None:
        whose = whose.where(ENROLMENT.c.id == enrolment_id)
    facts = facts_by_person(session, whose)
    waiting = _waiting(session, term, assessment, at)
    people = session.execute(
        select(Enrolment, col(Person.number), col(Person.name))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .where(col(Enrolment.id).in_(whose))
    )
    for enrolment, number, name in people:
        latest = sheets.get(enrolment.id)
        if latest is not None:
            yield Reviewed(
                enrolment.id, number, name, term.calendar.roles[enrolment.role], term.name, enrolment.organisation_id,
                tuple(tree.names(enrolment.organisation_id)), tuple(node.tier for node in tree.path(enrolment.organisation_id)),
                assessment, _verdict(assessment, latest, enrolment.id in waiting), latest.sheet.result, latest.sealed,
                latest.as_of, explained_lines(term, assessment, latest, facts.get(enrolment.id, [])),
            )  # fmt: skip


def _waiting(session: Session, term: CohortTerm, assessment: Assessment, at: datetime) -> set[int]:
    """At whose material nobody has looked yet, or not at all of it."""
    phase = phase_of(term.calendar, assessment)
    said = said_done([one for one in term.decided if one.effective_at <= at], phase.id)
    who = not_looked_at(session, [term], phase, said.effective_at if said else None, at)
    return set(session.execute(select(ENROLMENT.c.id).where(who)).scalars())


def _verdict(assessment: Assessment, latest: Latest, waiting: bool) -> Verdict:
    if latest.sheet.passed:
        return "to review" if waiting and not latest.sealed else "recognised"
    return "revoked" if latest.sheet.result == assessment.results.revoked else "incomplete"
