"""The open holds of a group of cohorts on its way to an instant: opened, told anew, cleared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from models.nights import Hold
from workflows.cohorts import CohortTerm
from workflows.conditions import Missing
from workflows.hold_kinds import APPEAL_OVERDUE, BY_NAME, ERROR, Kind
from workflows.holds import Guard
from workflows.sql import among


@dataclass
class Holding:
    """What holds each phase of each cohort, by kind, with what is missing as it is written down."""

    session: Session
    recorded_at: datetime
    standing: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)
    opened: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)

    def load(self, cohort_ids: Collection[int]) -> None:
        """What is no demand before a step of a phase is left out: errors, which whoever runs the night clears, and
        appeals, which have a way of their own."""
        columns = (col(Hold.cohort_id), col(Hold.phase), col(Hold.kind), col(Hold.detail))
        rows = self.session.execute(
            select(*columns).where(
                among(col(Hold.cohort_id), cohort_ids),
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
        wanted = {kind.name for kind in missing}
        self._clear(term, phase, self._of_steps(term, phase) - wanted, at, cleared_by)
        for guard, lacking in missing.values():
            self._tell(term, phase, step, guard, lacking, at)

    def settle_apart(
        self,
        term: CohortTerm,
        phase: str,
        guard: Guard,
        missing: Missing | None,
        at: datetime,
        cleared_by: str,
    ) -> None:
        """The same for one kind that stands apart from the steps of the phase."""
        if missing is not None:
            self._tell(term, phase, "", guard, missing, at)
        elif guard.kind.name in self.standing.get((term.id, phase), ()):
            self._clear(term, phase, [guard.kind.name], at, cleared_by)

    def release(self, term: CohortTerm, phase: str, at: datetime, by: str) -> None:
        """Close what holds the phase: by itself, or by the action that resolved it."""
        self._clear(term, phase, self._of_steps(term, phase), at, by)

    def clear_all(self, term: CohortTerm, phase: str, at: datetime, by: str) -> None:
        """Close every hold of the phase, which does not take place."""
        self._clear(term, phase, set(self.standing.get((term.id, phase), ())), at, by)

    def _of_steps(self, term: CohortTerm, phase: str) -> set[str]:
        return {kind for kind in self.standing.get((term.id, phase), ()) if not BY_NAME[kind].apart}

    def _tell(
        self, term: CohortTerm, phase: str, step: str, guard: Guard, missing: Missing, at: datetime
    ) -> None:
        """Open a hold, or tell anew what is missing otherwise than before."""
        standing = self.standing.setdefault((term.id, phase), {})
        detail, kind = missing.as_json(), guard.kind.name
        if kind not in standing:
            self._open(term, phase, step, guard, missing, at)
        elif standing[kind] != detail:
            told = {"detail": detail, "organisation_id": missing.organisation}
            self.session.execute(update(Hold).where(*_open_of(term.id, phase, [kind])).values(told))
        standing[kind] = detail

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
