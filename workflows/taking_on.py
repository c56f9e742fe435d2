"""An enrolment and its cohort, taken on to the instant of a decision about it: so that what was due before is done before,
whichever nights have run."""

from __future__ import annotations

from sqlmodel import Session

from calendars.messages import refuse
from calendars.spoken_times import TO_COME
from models.work import Enrolment
from workflows.cohorts import CohortTerm, load_terms
from workflows.extending import NO_ENROLMENT
from workflows.looking import look_now
from workflows.resolving import Decision, check_decision, told


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
    look_now(session, cohort_id, by.effective_at, by.recorded_at)
    session.expire_all()
    (term,) = load_terms(session, [cohort_id])
    return term
