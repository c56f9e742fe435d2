"""What persons decided that changes the score sheets of a cohort: components forfeited, results revoked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.term import Assessment
from models.exceptions import PersonException
from workflows.basis import Basis
from workflows.cohorts import CohortTerm
from workflows.facts import ENROLMENT
from workflows.penalties import Duties, forfeits, penalties_of
from workflows.sql import among


def adjusted(
    session: Session,
    terms: Sequence[CohortTerm],
    assessment: Assessment,
    basis: Basis,
    at: datetime,
    corrected: Collection[int] = (),
) -> dict[int, Basis]:
    """The basis of each cohort as of an instant, by cohort; the same for all of whom nothing was decided. What has its own
    entry, a correction, is no part of it: the numbers of such decisions are `corrected`."""
    revoked = _revoked_in(session, [term.id for term in terms], assessment.id, at, corrected)
    costly, duties = any(penalties_of(term, assessment) for term in terms[:1]), Duties(session, at)
    return {
        term.id: replace(
            basis,
            forfeits=forfeits(duties, term, assessment) if costly else (),
            revoked=tuple(revoked.get(term.id, ())),
        )
        for term in terms
    }


def _revoked_in(
    session: Session, cohort_ids: Sequence[int], assessment: str, at: datetime, corrected: Collection[int]
) -> dict[int, list[int]]:
    """Whose results were taken away up to an instant: enrolments by cohort. Asked from the few that there are."""
    rows = session.execute(
        select(ENROLMENT.c.cohort_id, ENROLMENT.c.id)
        .join(PersonException, col(PersonException.enrolment_id) == ENROLMENT.c.id)
        .where(
            col(PersonException.kind) == "revoke",
            col(PersonException.assessment) == assessment,
            col(PersonException.effective_at) <= at,
            col(PersonException.id).not_in(corrected),
            among(ENROLMENT.c.cohort_id, cohort_ids),
        )
        .distinct()
        .order_by(ENROLMENT.c.cohort_id, ENROLMENT.c.id)
    )
    found: dict[int, list[int]] = {}
    for cohort, enrolment in rows:
        found.setdefault(cohort, []).append(enrolment)
    return found
