"""Enrolments moved by SQL that is derived from the machine's own table, and one by one by the same machine's triggers.

Everybody begins, and then completes or falls short by a sealed sheet. States and log must be the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlmodel import Session
from transitions import Machine

from benchmarks.databases import Files, opened
from benchmarks.figures import Found, ratio_from
from benchmarks.measuring import in_copies
from benchmarks.scored_term import LOCK, OPENING, make, shape
from benchmarks.sizes import Sizes
from benchmarks.terms import table_of
from models.database import transaction
from models.pouring import pour
from models.verdicts import ScoreSheet
from workflows.enrolments import begin, conclude
from workflows.journal import LOG, Journal
from workflows.machines import ENROLMENT, Table, move
from workflows.night_batches import MOST

LOGGED = "enrolment_id, cohort_id, machine, trigger, source, target, effective_at, recorded_at"
Trigger = Callable[["Moved", str], tuple[str, str]]


@dataclass
class Moved:
    """One enrolment as a machine moves it."""

    id: int
    cohort: int
    state: str
    passed: bool


def measure(sizes: Sizes, folder: Path) -> Found:
    databases = Files(folder)
    before = databases.new()
    make(before, sizes.enrolments, 0)
    with opened(before) as engine:
        give_sheets(engine, sizes.enrolments)
    made, bulk = in_copies(databases, before, in_bulk, left, sizes.times)
    found = Found(
        "Moves of enrolments one by one, by the same as SQL from the machine's table",
        f"{2 * sizes.enrolments:,} moves",
    )
    found.add("the moves as SQL", bulk, median(bulk))
    for what, trigger, targets in (
        ("each by the machine's trigger, written together", by_trigger(ENROLMENT), (ratio_from(8),)),
        ("the same, the machine asked once for each case", by_move, ()),
    ):
        same, taken = in_copies(databases, before, partial(one_by_one, trigger), left, sizes.times)
        assert same == made, f"{what}: not the same states and log"
        found.add(what, taken, median(bulk), *targets, main=bool(targets))
    return found


def give_sheets(engine: Engine, enrolments: int) -> None:
    """A sheet each, as if sealed; every third is no pass."""
    columns = table_of(ScoreSheet).c.keys()
    for start in range(1, enrolments + 1, 100_000):
        with transaction(engine) as session:
            pour(session, table_of(ScoreSheet), columns, [
                (n, "term", 0, (n - 1) // shape(enrolments).learners + 1, 1, 0, n % 3 > 0, "", "{}", "{}", 0, 0)
                for n in range(start, min(start + 100_000, enrolments + 1))
            ])  # fmt: skip


def batches(engine: Engine) -> Iterator[list[int]]:
    """Cohorts as a night takes them."""
    with engine.connect() as connection:
        cohorts = connection.execute(text("SELECT count(*) FROM cohort")).scalar_one()
    return (list(range(first, min(first + MOST, cohorts + 1))) for first in range(1, cohorts + 1, MOST))


def in_bulk(engine: Engine) -> None:
    for cohorts in batches(engine):
        with transaction(engine) as session:
            begin(session, Journal(None, LOCK), cohorts, OPENING)
            conclude(session, Journal(None, LOCK), cohorts, LOCK)


def one_by_one(trigger: Trigger, engine: Engine) -> None:
    """Rows into objects, each moved by its triggers; states and log written back by executemany."""
    for batch in batches(engine):
        with transaction(engine) as session:
            moved = objects(session, batch)
            noted = [note(one, "begin", OPENING, trigger) for one in moved]
            noted += [note(one, "complete" if one.passed else "fall_short", LOCK, trigger) for one in moved]
            session.connection().execute(insert(LOG), noted)
            session.connection().exec_driver_sql(
                "UPDATE enrolment SET status = ? WHERE id = ?", [(one.state, one.id) for one in moved]
            )


def objects(session: Session, cohorts: Sequence[int]) -> list[Moved]:
    rows = session.execute(
        text(
            "SELECT id, enrolment.cohort_id, status, passed FROM enrolment JOIN score_sheet ON enrolment_id = id "
            "WHERE enrolment.cohort_id BETWEEN :first AND :last ORDER BY id"
        ),
        {"first": cohorts[0], "last": cohorts[-1]},
    )
    return [Moved(*row) for row in rows]


def note(moved: Moved, trigger: str, at: datetime, fire: Trigger) -> dict[str, Any]:
    source, target = fire(moved, trigger)
    return {
        "machine": ENROLMENT.name, "cohort_id": moved.cohort, "enrolment_id": moved.id, "trigger": trigger, "source": source,
        "target": target, "effective_at": at, "recorded_at": LOCK,
    }  # fmt: skip


def by_move(moved: Moved, trigger: str) -> tuple[str, str]:
    return move(ENROLMENT, moved, trigger)


def by_trigger(table: Table) -> Trigger:
    """The machine of `transitions` itself, made of the same table as the office's own."""
    machine = Machine(
        model=None, states=[state.name for state in table.states], initial=table.initial, auto_transitions=False,
        transitions=[[row.trigger, row.source, row.target] for row in table.rows],
    )  # fmt: skip

    def fire(moved: Moved, trigger: str) -> tuple[str, str]:
        source = moved.state
        assert machine.events[trigger].trigger(moved)
        return source, moved.state

    return fire


def left(engine: Engine) -> str:
    """A hash of the states, and of the log in the order of people and instants."""
    asked = (
        "SELECT id, status FROM enrolment ORDER BY id",
        f"SELECT {LOGGED} FROM transition_log ORDER BY enrolment_id, effective_at",
    )
    found = hashlib.sha256()
    with engine.connect() as connection:
        for one in asked:
            for row in connection.execution_options(yield_per=10_000).execute(text(one)):
                found.update(repr(row).encode())
    return found.hexdigest()
