"""Whom a penalty would cost what: every score sheet of an organisation's people with it and without."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import select

from calendars.penalties import Penalty
from workflows.adjusting import adjusted
from workflows.basis import Basis, basis_of
from workflows.cohorts import CohortTerm
from workflows.facts import ENROLMENT
from workflows.penalties import Duties, whose
from workflows.scoring import Sheet, compile_scoring


@dataclass(frozen=True)
class Cost:
    """One person's total without the penalty and with it, in hundredths, and whether that is a pass."""

    enrolment_id: int
    organisation_id: int  # of the person
    without: int
    passes: bool
    under: int
    passes_under: bool

    @property
    def falls(self) -> bool:
        """Whether the penalty alone is what fails this person."""
        return self.passes and not self.passes_under


def costs(duties: Duties, term: CohortTerm, penalty: Penalty, organisations: Collection[int]) -> list[Cost]:
    """Everybody for whom these organisations answer, as known then: whoever falls below the pass mark first."""
    session, at = duties.session, duties.at
    assessment = term.calendar.assessment(penalty.of)
    own = adjusted(session, [term], assessment, basis_of(term, assessment), at)[term.id]
    lost = {key: set(found) for key, found in own.forfeits}
    for key in penalty.loses:
        lost[key] = lost.get(key, set()) | duties.places(term, penalty, organisations)
    under = replace(own, forfeits=tuple((key, tuple(sorted(lost[key]))) for key in sorted(lost)))

    def sheets(basis: Basis) -> dict[int, Sheet]:
        scoring = compile_scoring(session, [term], assessment, basis, at)
        return {sheet.enrolment_id: sheet for sheet in scoring.sheets(session, [term.id])}

    before, after = sheets(own), sheets(under)
    touched = select(ENROLMENT.c.id, ENROLMENT.c.organisation_id).where(
        whose(duties, term, penalty, organisations)
    )
    found = [
        Cost(
            number,
            place,
            before[number].total,
            before[number].passed,
            after[number].total,
            after[number].passed,
        )
        for number, place in session.execute(touched)
    ]
    return sorted(found, key=lambda cost: (not cost.falls, cost.organisation_id, cost.enrolment_id))
