"""What came of a term, however its nights ran."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.appeals import AppealStep
from models.exceptions import PersonException
from models.filings import Filing, FilingStep
from models.nights import Hold, Outbox, Resolution, TransitionLog
from models.peers import PeerAssignment, PeerOpinion
from models.terms import CohortPhase
from models.work import Enrolment, Evidence
from tests.support.story import Story
from workflows.verifying import verify


def outcome(story: Story) -> dict[str, Any]:
    """Everything that must not depend on when nights ran: all but row ids and when things were written."""
    pairs = story.pairs()
    with Session(story.engine) as session:
        return {
            "seals": list(story.seals()),
            "log": _rows(session, TransitionLog, ("effective_at", "id"), _LOG),
            "states": _rows(session, CohortPhase, ("position",), _PHASE),
            "holds": _rows(session, Hold, ("opened_at", "phase", "kind"), _HOLD),
            "outbox": _rows(session, Outbox, ("effective_at", "recipient", "obligation", "step"), _OUTBOX),
            "filings": _cases(session),
            "peers": pairs,
            "opinions": _opinions(session),
            "records": _records(session),
            "people": _rows(session, Enrolment, ("id",), ("id", "status", "left_at")),
            "decided": [*_all(session, Resolution, _RESOLUTION), *_all(session, PersonException, _EXCEPTION)],
            "appeals": _all(session, AppealStep, _APPEAL_STEP),
            "wrong": [(problem.where, problem.message.text("en")) for problem in verify(session)],
        }


def _cases(session: Session) -> list[tuple[Any, ...]]:
    """Every case and every step, told by its organisation."""
    facts = ("kind", "period", "organisation_id", "subject")
    cases = select(
        *(getattr(Filing, name) for name in (*facts, "state", "held_from", "stands_at", "next_due_at"))
    )
    steps = select(
        *(getattr(Filing, name) for name in facts), FilingStep.number, FilingStep.act, FilingStep.tier, FilingStep.state,
        FilingStep.stands_at, FilingStep.effective_at,
    ).join(FilingStep, FilingStep.filing_id == Filing.id)  # fmt: skip
    found = [*session.execute(cases), *session.execute(steps)]
    return sorted((tuple(row) for row in found), key=repr)


def _opinions(session: Session) -> list[tuple[Any, ...]]:
    said = select(
        PeerAssignment.reviewer_id, PeerAssignment.reviewed_id, PeerOpinion.number, PeerOpinion.score,
        PeerOpinion.effective_at,
    ).join(PeerOpinion, PeerOpinion.assignment_id == PeerAssignment.id)  # fmt: skip
    return sorted(tuple(row) for row in session.execute(said))


def _records(session: Session) -> list[tuple[Any, ...]]:
    """Every learning record, also those that no file has brought."""
    kept = select(Evidence.enrolment_id, Evidence.reference, Evidence.happened_at, Evidence.withdrawn_at)
    return sorted((tuple(row) for row in session.execute(kept)), key=repr)


_LOG = ("machine", "phase", "enrolment_id", "trigger", "source", "target", "effective_at")
_PHASE = ("phase", "state", "held_from", "opens_at", "closes_at", "locks_at", "done_at")
_HOLD = ("phase", "kind", "step", "waits_on", "detail", "opened_at", "cleared_at", "cleared_by")
_RESOLUTION = ("cohort_id", "phase", "action", "dates", "gate", "organisation_id", "effective_at")
_EXCEPTION = ("enrolment_id", "kind", "task", "amount", "assessment", "to_enrolment_id", "effective_at")
_APPEAL_STEP = ("appeal_id", "number", "act", "admitted", "effective_at", "given_back")
_OUTBOX = ("recipient", "obligation", "step", "deadline_at", "effective_at", "speak_at", "behind")


def _rows(
    session: Session, table: Any, order: tuple[str, ...], columns: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    """Rows by cohort, in the order of their instants."""
    found = select(*(getattr(table, column) for column in ("cohort_id", *columns)))
    ordered = found.order_by(table.cohort_id, *(getattr(table, column) for column in order))
    return [tuple(row) for row in session.execute(ordered)]


def _all(session: Session, table: Any, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    found = select(*(getattr(table, column) for column in columns)).order_by(table.id)
    return [tuple(row) for row in session.execute(found)]
