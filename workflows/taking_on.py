"""An enrolment and its cohort, taken on to the instant of a decision about it: so that what was due before is done before,
whichever nights have run."""

from __future__ import annotations

from sqlmodel import Session

from calendars.messages import Wording, refuse
from models.work import Enrolment
from workflows.answering import look_now
from workflows.cohorts import CohortTerm, load_terms
from workflows.resolving import Decision, check_decision

NO_ENROLMENT = Wording(zh="没有编号为{id}的参训", en="there is no enrolment {id}")


def taken_on(session: Session, enrolment_id: int, by: Decision) -> tuple[Enrolment, CohortTerm]:
    """Raises Refused for a decision that comes too early, or has no reason or name."""
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise refuse(NO_ENROLMENT(id=enrolment_id))
    (term,) = load_terms(session, [enrolment.cohort_id])
    check_decision(term, by)
    look_now(session, enrolment.cohort_id, by.effective_at)
    session.expire_all()
    (term,) = load_terms(session, [enrolment.cohort_id])
    return session.get_one(Enrolment, enrolment_id), term
