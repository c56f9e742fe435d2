"""When what a guard looks at may have changed: the instants at which a step that could not be made is tried again.

They follow from what is stored alone, so a cohort goes on at the same instant whichever nights have run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from models.exceptions import PersonException
from models.filings import FilingExtension
from models.nights import Extension
from models.terms import Cohort
from models.types import ONE_SECOND
from models.work import Enrolment, ImportBatch
from workflows.cohorts import CohortTerm
from workflows.filing_gates import steps_taken
from workflows.lesson_studies import acts_taken


def turns(session: Session, term: CohortTerm) -> list[datetime]:
    """A second after files of the programme were received, something was decided about one of its people, or done with a
    filing or a lesson study that is asked for; and when a later deadline of an organisation for such a filing is over."""
    asked = {gate.filing for gate in term.calendar.gates} | {one.filing for one in term.calendar.penalties}
    kinds = sorted(kind for kind in asked if kind is not None)
    known = steps_taken(session, term.programme_id, kinds)
    showing = any(step.task for study in term.calendar.lesson_studies for step in study.steps)
    if showing or any(gate.require == "lesson study complete" for gate in term.calendar.gates):
        known |= acts_taken(session, term.programme_id)
    for statement in (_files(term), *_about_people(term)):
        known |= set(session.execute(statement.distinct()).scalars())
    over = set[datetime]()
    if kinds:
        given = select(col(FilingExtension.effective_at), col(FilingExtension.until)).where(
            col(FilingExtension.programme_id) == term.programme_id, col(FilingExtension.kind).in_(kinds)
        )
        for since, until in session.execute(given):
            known.add(since)
            over.add(until)
    return sorted({at + ONE_SECOND for at in known} | over)


def _files(term: CohortTerm) -> Select[Any]:
    return select(col(ImportBatch.received_at)).where(col(ImportBatch.programme_id) == term.programme_id)


def _about_people(term: CohortTerm) -> Iterator[Select[Any]]:
    for table in (PersonException, Extension):
        yield (
            select(col(table.effective_at))
            .join(Enrolment, col(Enrolment.id) == col(table.enrolment_id))
            .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
            .where(col(Cohort.programme_id) == term.programme_id)
        )
