"""How large everything is that is measured, as the command was asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """By default the whole takes less than five minutes on two cores."""

    enrolments: int = 20_000
    evidence: int = 20  # learning records of each enrolment
    small: int = 5_000  # enrolments of the term that is also scored by what one would write instead
    imported: int = 0  # enrolments whose records are read from files; 0: a quarter of all
    letters: int = 5_000  # sent in each round
    texts: int = 2_000  # compared with each other
    cohorts: int = 10_000  # of the night that is done through Prefect
    holds: int = 100  # of them held in it
    tries: int = 0  # at what takes the whole term; 0: as many as fit
    database: str = ""  # on a PostgreSQL server; without one that part is left out

    @property
    def times(self) -> int:
        """How often something is tried: a machine has its moods, and a large term few."""
        return self.tries or (5 if self.enrolments <= 50_000 else 3 if self.enrolments <= 200_000 else 2)

    @property
    def in_files(self) -> int:
        return self.imported or max(1, self.enrolments // 4)
