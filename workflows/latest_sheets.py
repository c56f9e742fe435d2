"""The score sheets of a cohort in one assessment: as they were sealed last, or as they stand at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.term import Assessment
from models.verdicts import ScoreSheet, Seal
from workflows.adjusting import adjusted
from workflows.basis import Basis, basis_of
from workflows.cohorts import CohortTerm
from workflows.correcting import scored_as_of
from workflows.scoring import Sheet, compile_scoring
from workflows.sealing import its_link


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
    sealed = _sealed(session, term, assessment, enrolment_id)
    if enrolment_id in sealed:
        return sealed
    return _standing(session, term, assessment, at, enrolment_id) | sealed


def _sealed(
    session: Session, term: CohortTerm, assessment: Assessment, enrolment_id: int | None
) -> dict[int, Latest]:
    rows = (
        select(ScoreSheet, Seal)
        .join(Seal, its_link())
        .where(col(ScoreSheet.cohort_id) == term.id, col(ScoreSheet.assessment) == assessment.id)
        .order_by(col(ScoreSheet.entry))
    )
    if enrolment_id is not None:
        rows = rows.where(col(ScoreSheet.enrolment_id) == enrolment_id)
    found = {}
    for row, seal in session.execute(rows):
        sheet, basis = Sheet(*(getattr(row, name) for name in Sheet._fields)), Basis.from_json(seal.basis)
        found[sheet.enrolment_id] = Latest(sheet, basis, scored_as_of(basis, seal.locked_at), sealed=True)
    return found


def _standing(
    session: Session, term: CohortTerm, assessment: Assessment, at: datetime, enrolment_id: int | None
) -> dict[int, Latest]:
    term.dates = term.dates_up_to(at)
    basis = adjusted(session, [term], assessment, basis_of(term, assessment), at)[term.id]
    scoring = compile_scoring(session, [term], assessment, basis, at)
    return {
        sheet.enrolment_id: Latest(sheet, basis, at, sealed=False)
        for sheet in scoring.sheets(session, [term.id], enrolment_id)
    }
