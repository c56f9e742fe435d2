"""How large everything is that is measured, as the command was asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """By default the whole takes less than five minutes on two cores."""

    enrolments: int = 20_000
    evidence: int = 20  # learning records of each enrolment
    small: int = 5_000  # enrolments of the term that is also scored by what one would write instead
    imported: int = 5_000  # enrolments whose records are read from files
    letters: int = 6_000  # sent in each round
    texts: int = 2_000  # compared with each other
    cohorts: int = 10_000  # of the night that is done through Prefect
    holds: int = 100  # of them held in it
    database: str = ""  # on a PostgreSQL server; without one that part is left out

    @property
    def tries(self) -> int:
        """How often something is measured that takes the whole term: a machine has its moods, and a large term few."""
        return 5 if self.enrolments <= 50_000 else 3
