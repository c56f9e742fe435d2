"""The transition log: every move of a phase or an enrolment, with the instant it is for and when it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, literal, select
from sqlmodel import Session

from models.nights import TransitionLog
from models.types import seconds

LOG = TransitionLog.__table__  # type: ignore[attr-defined]
COLUMNS = (
    "night_id", "machine", "cohort_id", "enrolment_id", "trigger", "source", "target", "effective_at", "recorded_at",
)  # fmt: skip


@dataclass
class Journal:
    """Moves of phases wait here and are written together, at the latest before the moves of enrolments that follow from them,
    which are written as SQL at once: the log tells what came first, however many nights were missed."""

    night_id: int | None
    recorded_at: datetime
    waiting: list[dict[str, object]] = field(default_factory=list)

    def note_phase(
        self, cohort_id: int, phase: str, trigger: str, source: str, target: str, at: datetime
    ) -> None:
        self.waiting.append(
            {
                "night_id": self.night_id, "machine": "phase", "cohort_id": cohort_id, "phase": phase,
                "trigger": trigger, "source": source, "target": target, "effective_at": at,
                "recorded_at": self.recorded_at,
            }
        )  # fmt: skip

    def note_enrolments(self, session: Session, moves: Select[Any], at: datetime) -> int:
        """Of each move the cohort, the enrolment, where it comes from, the trigger, where it goes. They are still to be made.
        The number after which these entries come; others may come between."""
        self.write(session)
        before = session.execute(select(func.coalesce(func.max(LOG.c.id), 0))).scalar_one()
        move = moves.subquery("move")
        rows = select(
            literal(self.night_id), literal("enrolment"), move.c.cohort_id, move.c.id, move.c.trigger,
            move.c.status, move.c.target, literal(seconds(at)), literal(seconds(self.recorded_at)),
        )  # fmt: skip
        session.execute(insert(LOG).from_select(COLUMNS, rows))
        return int(before)

    def write(self, session: Session) -> None:
        if self.waiting:
            session.execute(insert(LOG), self.waiting)
            self.waiting.clear()
