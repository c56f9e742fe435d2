"""An enrolment and its cohort, taken on to the instant of a decision about it: so that what was due before is done before,
whichever nights have run."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from calendars.messages import refuse
from calendars.spoken_times import TO_COME
from models.work import Enrolment
from workflows.cohorts import CohortTerm, load_terms
from workflows.extending import NO_ENROLMENT
from workflows.looking import look_at_all
from workflows.resolving import Decision, check_decision, not_too_early, told


def taken_on(session: Session, enrolment_id: int, by: Decision) -> tuple[Enrolment, CohortTerm]:
    """Raises Refused for a decision that comes before what is done already or has not come yet, or without a reason or name:
    nobody can be taken on to what is still to come."""
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise refuse(NO_ENROLMENT(id=enrolment_id))
    term = cohort_taken_on(session, enrolment.cohort_id, by)
    return session.get_one(Enrolment, enrolment_id), term


def cohort_taken_on(session: Session, cohort_id: int, by: Decision) -> CohortTerm:
    """The cohort alone, in the same way. What the session held before is read anew."""
    (term,) = load_terms(session, [cohort_id])
    check_decision(term, by)
    if by.effective_at > by.recorded_at:
        raise refuse(TO_COME(at=told(term, by.effective_at)))
    (term,) = _looked_at(session, [cohort_id], by)
    return term


def groups_taken_on(session: Session, cohort_ids: Sequence[int], by: Decision) -> dict[int, CohortTerm]:
    """The groups of a lesson study as they stand at the instant of an act, going by what was decided until then. Raises
    Refused for an act that comes before what is done already."""
    for term in load_terms(session, cohort_ids):
        not_too_early(term, by)
    terms = {term.id: term for term in _looked_at(session, cohort_ids, by)}
    for term in terms.values():
        term.go_by(by.effective_at)
    return terms


def _looked_at(session: Session, cohort_ids: Sequence[int], by: Decision) -> list[CohortTerm]:
    """With all that was due before a decision done, and read anew."""
    look_at_all(session, cohort_ids, by.effective_at, by.recorded_at)
    session.expire_all()
    return load_terms(session, cohort_ids)
