"""The rules of the scored term as one would write them in Python, and what a night leaves, to compare it with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.scored_term import CLOSING, LOCK
from models.types import seconds

LAST, LOCKED = seconds(CLOSING), seconds(LOCK)
BY_GRADE = {"优秀": 1000, "良好": 800, "合格": 600, "不合格": 0}
PASS = 9000
STUDY, WORK, JOURNAL, TALK = 1, 2, 3, (4, 5)  # activities


@dataclass
class Tally:
    """What one learner has shown so far, in hundredths."""

    amounts: dict[int, int] = field(default_factory=dict)
    count: int = 0
    digest: int = 0
    grade: str = ""

    def see(self, activity: int, amount: int, digest: int) -> None:
        self.amounts[activity] = self.amounts.get(activity, 0) + amount
        self.count += 1
        self.digest += digest

    def mark(self, grade: str, digest: int) -> None:
        self.grade = grade
        self.count += 1
        self.digest += digest


@dataclass(frozen=True)
class Verdict:
    """One score sheet, in hundredths."""

    total: int
    breakdown: str
    count: int
    digest: int

    @property
    def passed(self) -> bool:
        return self.total >= PASS

    @property
    def result(self) -> str:
        return "合格" if self.passed else "不合格"

    @property
    def move(self) -> tuple[str, str]:
        """By which trigger the learner goes to which state."""
        return ("complete", "completed") if self.passed else ("fall_short", "incomplete")


def verdict(tally: Tally) -> Verdict:
    minutes, talked = tally.amounts.get(STUDY, 0), sum(tally.amounts.get(one, 0) for one in TALK)
    mark = BY_GRADE.get(tally.grade, 0)
    journal = tally.amounts.get(JOURNAL, 0)
    points = {
        "study": [minutes, min(4000, (minutes * 4000 * 2 + 75_000) // (2 * 75_000))],
        "work": [mark, (1000 if tally.amounts.get(WORK) else 0) + mark],
        "journal": [journal, 2000 if journal else 0],
        "talk": [talked, min(2000, talked // 100 * 500)],
    }
    breakdown = json.dumps(points, separators=(",", ":"))
    return Verdict(sum(earned for _, earned in points.values()), breakdown, tally.count, tally.digest)


SHEETS = (
    "INSERT INTO score_sheet (enrolment_id, assessment, entry, cohort_id, seal, total, passed, result, earned, breakdown, "
    "evidence_count, evidence_digest) VALUES (?, 'term', 0, ?, 1, ?, ?, ?, '{}', ?, ?, ?)"
)
MOVES = "UPDATE enrolment SET status = ? WHERE id = ?"
LOGS = (
    "INSERT INTO transition_log (machine, cohort_id, enrolment_id, trigger, source, target, effective_at, recorded_at) "
    "VALUES ('enrolment', ?, ?, ?, 'active', ?, ?, ?)"
)


def write_back(connection: Any, found: Iterable[tuple[int, int, Verdict]]) -> None:
    """Sheets, states and log of (enrolment, cohort, verdict), each by one statement for all."""
    rows = list(found)
    connection.exec_driver_sql(SHEETS, [
        (enrolment, cohort, one.total, one.passed, one.result, one.breakdown, one.count, one.digest)
        for enrolment, cohort, one in rows
    ])  # fmt: skip
    connection.exec_driver_sql(MOVES, [(one.move[1], enrolment) for enrolment, _, one in rows])
    connection.exec_driver_sql(
        LOGS, [(cohort, enrolment, *one.move, LOCKED, LOCKED) for enrolment, cohort, one in rows]
    )


SHEET = "enrolment_id, cohort_id, total, passed, result, earned, breakdown, evidence_count, evidence_digest"
MOVE = "enrolment_id, cohort_id, trigger, source, target"


def left(engine: Engine) -> list[list[tuple[Any, ...]]]:
    """The score sheets, the states and the moves of enrolments at the lock, whoever made them."""
    asked = (
        f"SELECT {SHEET} FROM score_sheet ORDER BY enrolment_id",
        "SELECT id, status FROM enrolment ORDER BY id",
        f"SELECT {MOVE} FROM transition_log WHERE enrolment_id > 0 AND effective_at = {LOCKED} ORDER BY enrolment_id",
    )
    with engine.connect() as connection:
        return [[tuple(row) for row in connection.execute(text(one))] for one in asked]
