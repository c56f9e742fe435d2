"""An accepted application to withdraw: from its acceptance on the person takes no part any more."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import exists, select
from sqlmodel import Session, col

from calendars.filings import Filing as Defined
from calendars.messages import Wording, refuse
from models.filings import Filing, FilingStep
from models.verdicts import ScoreSheet
from workflows.filing_fields import in_a_line
from workflows.machines import ENROLMENT, allows
from workflows.person_status import change_status
from workflows.resolving import Decision
from workflows.taking_on import taken_on

SEALED = Wording(
    zh="此人的成绩已经锁定，不能再退出",
    en="this person's scores are sealed; there is no withdrawing any more",
)
TAKES_NO_PART = Wording(zh="此人已不在训", en="this person takes no part any more")


def withdraw(session: Session, filing: Defined, case: Filing, by: Decision) -> None:
    """For the reason that was applied with, by whoever accepts. Raises Refused where something of the person's is sealed,
    or there is nobody to withdraw."""
    assert case.enrolment_id is not None
    by = replace(by, reason=by.reason or filing.name)
    enrolment, _ = taken_on(session, case.enrolment_id, by)
    if session.execute(select(exists().where(col(ScoreSheet.enrolment_id) == enrolment.id))).scalar_one():
        raise refuse(SEALED())
    if not allows(ENROLMENT, enrolment.status, "withdraw"):
        raise refuse(TAKES_NO_PART())
    applied = session.execute(
        select(FilingStep).where(col(FilingStep.filing_id) == case.id, col(FilingStep.act) == "apply")
        .order_by(col(FilingStep.number).desc()).limit(1)
    ).scalar_one()  # fmt: skip
    reason = applied.reason or in_a_line(filing, applied.fields) or filing.name
    change_status(session, enrolment, "withdraw", replace(by, reason=str(reason)))
