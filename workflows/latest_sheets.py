"""The score sheets of a cohort in one assessment: as they were sealed last, or as they stand at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.term import Assessment
from models.verdicts import ScoreSheet, Seal
from workflows.basis import Basis
from workflows.cohorts import CohortTerm
from workflows.correcting import scored_as_of
from workflows.scoring import Sheet, compile_scoring
from workflows.sealing import by_basis, its_link
from workflows.sql import among


@dataclass(frozen=True)
class Latest:
    """One sheet with what it rests on; as of its lock where it is sealed."""

    sheet: Sheet
    basis: Basis
    as_of: datetime
    sealed: bool


def latest_sheets(
    session: Session,
    term: CohortTerm,
    assessment: Assessment,
    at: datetime,
    enrolment_id: int | None = None,
) -> dict[int, Latest]:
    """By enrolment: the latest sealed entry, else where the person stands at an instant. Of everybody, or of one."""
    return sheets_together(session, [term], assessment, at, enrolment_id)[term.id]


def sheets_together(
    session: Session,
    terms: Sequence[CohortTerm],
    assessment: Assessment,
    at: datetime,
    enrolment_id: int | None = None,
) -> dict[int, dict[int, Latest]]:
    """The same of several cohorts of one edition, by cohort: those that score alike by one statement."""
    found = _sealed(session, terms, assessment, enrolment_id)
    if not any(enrolment_id in sealed for sealed in found.values()):
        for one in _standing(session, terms, assessment, at, enrolment_id):
            found[one.sheet.cohort_id].setdefault(one.sheet.enrolment_id, one)
    return found


def _sealed(
    session: Session, terms: Sequence[CohortTerm], assessment: Assessment, enrolment_id: int | None
) -> dict[int, dict[int, Latest]]:
    rows = (
        select(ScoreSheet, Seal)
        .join(Seal, its_link())
        .where(
            among(col(ScoreSheet.cohort_id), [term.id for term in terms]),
            col(ScoreSheet.assessment) == assessment.id,
        )
        .order_by(col(ScoreSheet.entry))
    )
    if enrolment_id is not None:
        rows = rows.where(col(ScoreSheet.enrolment_id) == enrolment_id)
    found: dict[int, dict[int, Latest]] = {term.id: {} for term in terms}
    for row, seal in session.execute(rows):
        sheet, basis = Sheet(*(getattr(row, name) for name in Sheet._fields)), Basis.from_json(seal.basis)
        latest = Latest(sheet, basis, scored_as_of(basis, seal.locked_at), sealed=True)
        found[sheet.cohort_id][sheet.enrolment_id] = latest
    return found


def _standing(
    session: Session,
    terms: Sequence[CohortTerm],
    assessment: Assessment,
    at: datetime,
    enrolment_id: int | None,
) -> Iterator[Latest]:
    for term in terms:
        term.dates = term.dates_up_to(at)
    for basis, alike in by_basis(session, terms, assessment, at):
        scoring = compile_scoring(session, alike, assessment, basis, at)
        for sheet in scoring.sheets(session, [term.id for term in alike], enrolment_id):
            yield Latest(sheet, basis, at, sealed=False)
