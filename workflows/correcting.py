"""A sealed score sheet is never changed: a correction is a new entry beside it, in a new link of the cohort's chain.

It has a reason and two names, scores one person again by the deadlines and as of the lock of the entry that it corrects,
and differs from that by what was decided alone: late facts that are let in, or a result that is taken away or given back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.appeals import Appeal, AppealStep
from models.exceptions import PersonException
from models.verdicts import ScoreSheet, Seal
from workflows.basis import Admitted, Basis, Correction
from workflows.cohorts import CohortTerm
from workflows.enrolments import follow
from workflows.journal import Journal
from workflows.scoring import compile_scoring
from workflows.sealing import its_link, seal_entry


@dataclass(frozen=True)
class Standing:
    """The entry by which a person's result stands now, with what it rests on."""

    entry: int
    sealed_at: datetime  # when its link was made
    locked_at: datetime  # as of which its facts are looked at
    taken_away_at: datetime | None  # when the result was taken away after its lock, if it is
    basis: Basis
    total: int
    passed: bool
    result: str
    is_taken_away: bool

    @property
    def admitted(self) -> Admitted:
        """Late facts that count in it already."""
        return self.basis.correction.admitted if self.basis.correction else Admitted()


def standing_entry(session: Session, enrolment_id: int, assessment: str) -> Standing | None:
    """The latest sealed entry of a person's sheet; None where nothing is sealed."""
    found = session.execute(
        select(ScoreSheet, Seal)
        .join(Seal, its_link())
        .where(col(ScoreSheet.enrolment_id) == enrolment_id, col(ScoreSheet.assessment) == assessment)
        .order_by(col(ScoreSheet.entry))
    ).all()
    if not found:
        return None
    bases = [Basis.from_json(seal.basis) for _, seal in found]
    away = [
        seal.locked_at for (_, seal), basis in zip(found, bases, strict=True) if basis.revocation is not None
    ]
    (sheet, seal), basis = found[-1], bases[-1]
    return Standing(
        sheet.entry, seal.locked_at, scored_as_of(basis, seal.locked_at),
        away[-1] if away and enrolment_id in basis.revoked else None, basis,
        sheet.total, sheet.passed, sheet.result, enrolment_id in basis.revoked,
    )  # fmt: skip


def scored_as_of(basis: Basis, sealed_at: datetime) -> datetime:
    """The lock as of which the facts of a link are looked at: its own, or that of the entry that it corrects."""
    return basis.correction.locked_at if basis.correction else sealed_at


def correct(
    session: Session,
    term: CohortTerm,
    assessment_id: str,
    standing: Standing,
    correction: Correction,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """Seal one more entry of a person's sheet at an instant up to which the cohort must have been taken, and let the
    person's status follow."""
    assessment = term.calendar.assessment(assessment_id)
    basis = replace(standing.basis, correction=correction)
    if basis.revocation is not None:
        basis = replace(basis, revoked=tuple(sorted({*basis.revoked, correction.enrolment_id})))
    elif correction.given_back:
        basis = replace(basis, revoked=tuple(sorted({*basis.revoked} - {correction.enrolment_id})))
    scoring = compile_scoring(session, [term], assessment, basis, standing.locked_at)
    seal_entry(session, scoring, term, at, recorded_at)
    journal = Journal(None, recorded_at)
    follow(session, journal, correction.enrolment_id, at)
    journal.write(session)


def is_as_decided(session: Session, assessment: str, correction: Correction) -> bool:
    """Whether the decision on which a correction rests is still there, word for word."""
    kind, number = correction.decided
    if kind == "exception":
        row = session.get(PersonException, number)
        return row is not None and (
            row.enrolment_id, row.assessment, row.kind, row.reason, (row.name, row.second_name)
        ) == (correction.enrolment_id, assessment, "revoke", correction.reason, correction.names)  # fmt: skip
    step = session.get(AppealStep, number)
    appeal = session.get(Appeal, step.appeal_id) if step is not None else None
    return step is not None and appeal is not None and (
        appeal.enrolment_id, appeal.assessment, step.act, step.reason, (step.name, step.second_name),
        json.loads(step.admitted), step.given_back,
    ) == (
        correction.enrolment_id, assessment, "grant", correction.reason, correction.names,
        correction.admitted.as_facts(), correction.given_back,
    )  # fmt: skip
