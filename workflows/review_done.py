"""That the material of a cohort has been looked through: said by a person, kept for ever, and asked for by its lock."""

from __future__ import annotations

from sqlmodel import Session

from calendars.messages import Wording, refuse
from models.nights import Resolution
from models.terms import Cohort
from workflows.resolving import OVER, TOO_LATE, About, Decision, check_decision, term_as_decided, write
from workflows.reviewing import DONE, NOT_REVIEWED, must_review, phase_of, reviewed_assessments

WHICH_PHASE = Wording(
    zh="几个阶段都要审核材料，请用 --phase 写明：{phases}",
    en="material is reviewed in several phases; say which by --phase: {phases}",
)
NONE_HERE = Wording(
    zh="“{phase}”没有要审核的材料。有：{phases}", en="no material is reviewed in {phase}; there are: {phases}"
)


def review_done(session: Session, cohort: Cohort, phase: str | None, by: Decision) -> Resolution:
    """Somebody has looked through the material of everybody in the cohort. Raises Refused where none is to be reviewed, or
    where it is locked already."""
    term = term_as_decided(session, cohort.id)
    must_review(term.calendar)
    phases = [phase_of(term.calendar, one) for one in reviewed_assessments(term.calendar)]
    names = [*dict.fromkeys(one.name for one in phases)]
    meant = {one.id: one for one in phases if phase in (None, one.id)}
    if not meant:
        raise refuse(NONE_HERE(phase=phase, phases=names))
    if len(meant) > 1:
        raise refuse(WHICH_PHASE(phases=names))
    ((phase_id, found),) = meant.items()
    if term.phases[phase_id].stands_at in OVER:
        raise refuse(TOO_LATE(key=found.name))
    check_decision(term, by)
    return write(session, term.id, DONE, by, About(phase_id, gate=NOT_REVIEWED))
