"""What an office decides about one person: how the status moves, and the row that keeps the decision for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from models.exceptions import PersonException
from models.nights import TransitionLog
from models.verdicts import Seal
from models.work import Enrolment, ImportBatch
from workflows.basis import Basis
from workflows.correcting import scored_as_of
from workflows.machines import ENROLMENT, ImpossibleMove, move
from workflows.resolving import Decision

NOT_NOW = Wording(zh="此人的状态是“{state}”，不能{act}", en="this person is {state} and cannot be {act}")
ACTS = {
    "exempt": Wording(zh="免修", en="exempt"),
    "readmit": Wording(zh="取消免修", en="readmitted"),
    "withdraw": Wording(zh="退出", en="withdrawn"),
    "transfer": Wording(zh="转班", en="transferred"),
    "return": Wording(zh="转回", en="transferred back"),
    "prior": Wording(zh="认定以前的学习", en="prior work accepted"),
    "refuse": Wording(zh="所交不予接受", en="handed-in work refused"),
    "accept": Wording(zh="所交恢复接受", en="refused work accepted after all"),
    "revoke": Wording(zh="取消结果", en="result revoked"),
    "dismiss": Wording(zh="不予取消", en="not revoked"),
    "extend": Wording(zh="延期", en="deadline extended"),
}
BACK = ("readmit", "return")  # triggers by which somebody takes part again
STATES = {state.name: state.label for state in ENROLMENT.states}


@dataclass
class _Moving:
    state: str


def change_status(
    session: Session, enrolment: Enrolment, trigger: str, by: Decision, **about: Any
) -> PersonException:
    """Move the status at the instant of the decision and keep why. Who was apart already stays so since then. Raises
    Refused where the machine has no such move."""
    moving = _Moving(enrolment.status)
    try:
        source, target = move(ENROLMENT, moving, trigger)
    except ImpossibleMove:
        raise refuse(NOT_NOW(state=STATES[enrolment.status](), act=ACTS[trigger]())) from None
    enrolment.status = moving.state
    apart = trigger not in BACK
    enrolment.status_reason = by.reason.strip() if apart else None
    enrolment.left_at = min(filter(None, (enrolment.left_at, by.effective_at))) if apart else None
    row = {
        "machine": ENROLMENT.name, "cohort_id": enrolment.cohort_id, "enrolment_id": enrolment.id, "trigger": trigger,
        "source": source, "target": target, "effective_at": by.effective_at, "recorded_at": by.recorded_at,
    }  # fmt: skip
    session.execute(insert(TransitionLog), [row])
    return keep(session, enrolment, trigger, by, **about)


def keep(session: Session, enrolment: Enrolment, kind: str, by: Decision, **about: Any) -> PersonException:
    """The row that keeps a decision, with its reason, name and document."""
    made = PersonException(
        enrolment_id=enrolment.id or 0, kind=kind, reason=by.reason.strip(), name=by.name.strip(), document=by.document,
        run_id=by.run_id, effective_at=by.effective_at, recorded_at=by.recorded_at, **about,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def prior_reference(exception_id: int) -> str:
    """By which the record is known that accepted prior work has made."""
    return f"prior-{exception_id}"


def sealed_since(session: Session, enrolment: Enrolment) -> str | None:
    """An assessment of the cohort that was sealed after this person had left, and so without: a person who came back would
    be found in it by whoever scores it again."""
    if enrolment.left_at is None:
        return None
    later = select(Seal).where(
        col(Seal.cohort_id) == enrolment.cohort_id, col(Seal.locked_at) > enrolment.left_at
    )
    seals: Sequence[Seal] = session.execute(later.order_by(col(Seal.number))).scalars().all()
    for seal in seals:
        if scored_as_of(Basis.from_json(seal.basis), seal.locked_at) > enrolment.left_at:
            return seal.assessment
    return None


def work_has_come(session: Session, programme_id: int, kind: str, by: Decision) -> None:
    """A decision that brings work with it is noted as a file would be: whatever waits for work is tried again."""
    session.add(
        ImportBatch(
            programme_id=programme_id, kind=kind, file="", sha256="", received_at=by.effective_at,
            received_said_by=by.name, recorded_at=by.recorded_at, added=1, changed=0,
        )
    )  # fmt: skip
