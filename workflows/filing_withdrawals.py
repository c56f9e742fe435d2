"""An accepted application to withdraw: from its acceptance on the person takes no part any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlmodel import Session, col

from calendars.filings import Filing as Defined
from calendars.messages import Wording, refuse
from models.exceptions import PersonException
from models.filings import Filing, FilingStep
from models.nights import TransitionLog
from models.verdicts import ScoreSheet
from models.work import Enrolment
from workflows.filing_fields import in_a_line
from workflows.machines import ENROLMENT, allows

SEALED = Wording(
    zh="此人的成绩已经锁定，不能再退出",
    en="this person's scores are sealed; there is no withdrawing any more",
)
TAKES_NO_PART = Wording(zh="此人已不在训", en="this person takes no part any more")


def withdraw(
    session: Session, filing: Defined, case: Filing, effective_at: datetime, recorded_at: datetime
) -> None:
    """Raises Refused where something of the person's is sealed, or there is nobody to withdraw."""
    enrolment = session.get_one(Enrolment, case.enrolment_id)
    if session.execute(select(exists().where(col(ScoreSheet.enrolment_id) == enrolment.id))).scalar_one():
        raise refuse(SEALED())
    if not allows(ENROLMENT, enrolment.status, "withdraw"):
        raise refuse(TAKES_NO_PART())
    applied, accepted = _steps(session, case)
    reason = applied.reason or in_a_line(filing, applied.fields) or filing.name
    session.add(
        TransitionLog(
            machine="enrolment", cohort_id=enrolment.cohort_id, enrolment_id=enrolment.id, trigger="withdraw",
            source=enrolment.status, target="withdrawn", effective_at=effective_at, recorded_at=recorded_at,
        )
    )  # fmt: skip
    enrolment.status, enrolment.status_reason = "withdrawn", str(reason)
    enrolment.left_at = min(filter(None, (enrolment.left_at, effective_at)))
    session.add(
        PersonException(
            enrolment_id=enrolment.id or 0, kind="withdraw", reason=str(reason), name=accepted.name,
            document=accepted.document, run_id=accepted.run_id, effective_at=effective_at, recorded_at=recorded_at,
        )
    )  # fmt: skip
    session.flush()


def _steps(session: Session, case: Filing) -> tuple[FilingStep, FilingStep]:
    """The last application, and the acceptance."""
    steps = session.execute(
        select(FilingStep).where(col(FilingStep.filing_id) == case.id).order_by(col(FilingStep.number))
    ).scalars().all()  # fmt: skip
    return next(step for step in reversed(steps) if step.act == "apply"), steps[-1]
