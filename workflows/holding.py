"""The open holds of a group of cohorts on its way to an instant: opened, told anew, cleared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from models.nights import Hold
from workflows.cohorts import CohortTerm
from workflows.conditions import Missing
from workflows.holds import APPEAL_OVERDUE, ERROR, Guard, Kind


@dataclass
class Holding:
    """What holds each phase of each cohort, by kind, with what is missing as it is written down."""

    session: Session
    recorded_at: datetime
    standing: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)

    def load(self, cohort_ids: Iterable[int]) -> None:
        """What is no demand before a step of a phase is left out: errors, which whoever runs the night clears, and
        appeals, which have a way of their own."""
        columns = (col(Hold.cohort_id), col(Hold.phase), col(Hold.kind), col(Hold.detail))
        rows = self.session.execute(
            select(*columns).where(
                col(Hold.cohort_id).in_(list(cohort_ids)),
                col(Hold.cleared_at).is_(None),
                col(Hold.kind).not_in((ERROR.name, APPEAL_OVERDUE)),
            )
        )
        for cohort, phase, kind, detail in rows:
            self.standing.setdefault((cohort, phase), {})[kind] = detail

    def settle(
        self,
        term: CohortTerm,
        phase: str,
        step: str,
        missing: Mapping[Kind, tuple[Guard, Missing]],
        at: datetime,
        cleared_by: str,
    ) -> None:
        """Open a hold for what has begun to be missing, tell anew what is missing otherwise than before, clear the
        hold of what no longer is."""
        standing = self.standing.setdefault((term.id, phase), {})
        self._clear(term, phase, standing.keys() - {kind.name for kind in missing}, at, cleared_by)
        for kind, (guard, lacking) in missing.items():
            detail = lacking.as_json()
            if kind.name not in standing:
                self._open(term, phase, step, guard, lacking, at)
            elif standing[kind.name] != detail:
                told = {"detail": detail, "organisation_id": lacking.organisation}
                self.session.execute(update(Hold).where(*_open_of(term.id, phase, [kind.name])).values(told))
            standing[kind.name] = detail

    def clear_all(self, term: CohortTerm, phase: str, at: datetime, by: str) -> None:
        """Close every hold of the phase: by itself, or by the action that resolved them."""
        self._clear(term, phase, set(self.standing.get((term.id, phase), ())), at, by)

    def _open(
        self, term: CohortTerm, phase: str, step: str, guard: Guard, missing: Missing, at: datetime
    ) -> None:
        """As of the instant at which the phase should have moved."""
        self.session.add(
            Hold(
                cohort_id=term.id, phase=phase, kind=guard.kind.name, step=step, waits_on=guard.waits_on,
                organisation_id=missing.organisation, detail=missing.as_json(), opened_at=at,
                recorded_at=self.recorded_at,
            )
        )  # fmt: skip
        self.opened[f"{term.calendar.programme}|{guard.kind.name}"] += 1

    def _clear(self, term: CohortTerm, phase: str, kinds: Iterable[str], at: datetime, by: str) -> None:
        gone = sorted(kinds)
        if not gone:
            return
        self.session.flush()
        self.session.execute(
            update(Hold).where(*_open_of(term.id, phase, gone)).values(cleared_at=at, cleared_by=by)
        )
        for kind in gone:
            del self.standing[term.id, phase][kind]
            self.cleared[f"{term.calendar.programme}|{kind}"] += 1


def _open_of(cohort_id: int, phase: str, kinds: list[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Hold.cohort_id) == cohort_id,
        col(Hold.phase) == phase,
        col(Hold.kind).in_(kinds),
        col(Hold.cleared_at).is_(None),
    )
