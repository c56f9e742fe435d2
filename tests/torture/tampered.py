"""What was sealed, changed by somebody with the database: one bit, a cell, a row gone, doubled or swapped, a tail cut off, a
chain written anew. It is found, and told; the heads are kept outside."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from exchange.head_file import HeadFile
from models.database import open_database, transaction
from models.verdicts import Seal
from tests.torture.killed import NIGHTS
from tests.torture.offices import Office, opened, two_classes
from tests.torture.promise import Promise
from workflows.cohorts import load_terms
from workflows.night import night
from workflows.sealing import seal_assessments
from workflows.verifying import verify

COUNTED = "received_at < (SELECT max(locked_at) FROM seal) AND withdrawn_at IS NULL"
WATCHED: dict[str, tuple[tuple[str, ...], str]] = {
    # The columns of each table that are told of, and of which rows. When it was recorded is no part of what was sealed.
    "score_sheet": (
        ("enrolment_id", "assessment", "entry", "cohort_id", "seal", "total", "passed", "result", "earned", "breakdown",
         "evidence_count", "evidence_digest"), "1 = 1",
    ),
    "seal": (
        ("cohort_id", "number", "assessment", "edition_sha256", "basis", "locked_at", "sheets", "previous", "head"), "1 = 1",
    ),
    "evidence": (
        ("enrolment_id", "source_id", "reference", "activity_id", "item", "amount", "characters", "happened_at",
         "received_at", "digest"), COUNTED,
    ),
    "mark": (("enrolment_id", "activity_id", "item", "giver", "score", "grade", "received_at", "digest"), COUNTED),
    "edition": (("sha256",), "1 = 1"),
    "cohort_phase": (
        ("cohort_id", "phase", "state", "held_from", "opens_at", "closes_at", "locks_at", "done_at", "reminded_at"), "1 = 1",
    ),
    "hold": (("cohort_id", "phase", "kind", "step", "waits_on", "opened_at", "cleared_at", "cleared_by"), "1 = 1"),
    "transition_log": (("cohort_id", "phase", "source", "target", "effective_at"), "machine = 'phase'"),
}  # fmt: skip


@dataclass
class Intruder:
    """Somebody with the database, by dice; foreign keys and triggers do not stop them."""

    dice: random.Random
    connection: Connection

    def rows(self, table: str) -> list[dict[str, Any]]:
        columns, which = WATCHED[table]
        found = self.connection.execute(text(f"SELECT {', '.join(columns)} FROM {table} WHERE {which}"))
        return [dict(row._mapping) for row in found]

    def put(self, table: str, row: dict[str, Any], changed: dict[str, Any]) -> None:
        where = " AND ".join(f"{name} IS :old_{name}" for name in row)
        values = ", ".join(f"{name} = :new_{name}" for name in changed)
        facts = {f"old_{name}": value for name, value in row.items()}
        facts |= {f"new_{name}": value for name, value in changed.items()}
        verb = self.dice.choice(["UPDATE OR REPLACE", "UPDATE"])
        self.connection.execute(text(f"{verb} {table} SET {values} WHERE {where}"), facts)

    def remove(self, table: str, row: dict[str, Any]) -> None:
        where = " AND ".join(f"{name} IS :{name}" for name in row)
        self.connection.execute(text(f"DELETE FROM {table} WHERE {where}"), row)


def one_bit(by: Intruder) -> str:
    table = by.dice.choice([*WATCHED])
    row = by.dice.choice(by.rows(table))
    column = by.dice.choice([name for name, value in row.items() if value is not None])
    found = row[column]
    if isinstance(found, int):
        changed: Any = found ^ (1 << by.dice.randrange(1 if column == "passed" else 40))
    elif not found:
        changed = "x"
    else:
        at = by.dice.randrange(len(found))
        changed = found[:at] + chr(ord(found[at]) ^ (1 << by.dice.randrange(5))) + found[at + 1 :]
    by.put(table, row, {column: changed})
    return f"{table}.{column}: {changed!r} for {found!r}"


def one_cell(by: Intruder) -> str:
    """What stands in another row."""
    table = by.dice.choice(
        [name for name in WATCHED if name not in ("edition", "hold")]
    )  # of which there is one
    rows = by.rows(table)
    row = by.dice.choice(rows)
    others = [(name, other[name]) for other in rows for name in row if other[name] != row[name]]
    column, value = by.dice.choice(others)
    by.put(table, row, {column: value})
    return f"{table}.{column}: {value!r} for {row[column]!r}"


def a_row_gone(by: Intruder) -> str:
    table = by.dice.choice([name for name in WATCHED if name != "edition"])
    row = by.dice.choice(by.rows(table))
    by.remove(table, row)
    return f"{table} without {row}"


def two_rows_swapped(by: Intruder) -> str:
    """Two people's sheets, or two links, each with what belongs to the other."""
    table = by.dice.choice(["score_sheet", "seal"])
    kept = {
        "score_sheet": {"enrolment_id", "assessment", "entry", "cohort_id"},
        "seal": {"cohort_id", "number"},
    }[table]
    rows = by.rows(table)
    pairs = [
        (one, other) for one in rows for other in rows
        if any(one[name] != other[name] for name in one if name not in kept)
    ]  # fmt: skip
    one, other = by.dice.choice(pairs)
    for row, theirs in ((one, other), (other, one)):
        by.put(table, row, {name: value for name, value in theirs.items() if name not in kept})
    return f"{table}: {one} and {other}"


def a_tail_cut_off(by: Intruder) -> str:
    cohort = by.dice.choice(by.rows("seal"))["cohort_id"]
    number = by.dice.choice([row["number"] for row in by.rows("seal") if row["cohort_id"] == cohort])
    facts = {"cohort": cohort, "number": number}
    by.connection.execute(
        text("DELETE FROM score_sheet WHERE cohort_id = :cohort AND seal >= :number"), facts
    )
    by.connection.execute(text("DELETE FROM seal WHERE cohort_id = :cohort AND number >= :number"), facts)
    return f"cohort {cohort} from link {number}"


WAYS: tuple[Callable[[Intruder], str], ...] = (
    one_bit,
    one_bit,
    one_cell,
    a_row_gone,
    two_rows_swapped,
    a_tail_cut_off,
)


def attempt(number: int, folder: Path) -> None:
    office, heads = _sealed(folder)
    dice = random.Random(number)
    with office.copy(folder) as url:
        engine = opened(url)
        try:
            _without_triggers(engine)
            told = _broken_into(engine, dice) if number % (len(WAYS) + 1) else _written_anew(engine, dice)
            with Session(engine) as session:
                found = [*heads.check(session), *verify(session)]
            assert told is None or found, told
        finally:
            engine.dispose()


def _without_triggers(engine: Engine) -> None:
    with engine.begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for name in triggers.scalars().all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))


def _broken_into(engine: Engine, dice: random.Random) -> str | None:
    """What was done; None where the database would not have it, and everything is as it was."""
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        before = _content(connection)
        way = dice.choice(WAYS)
        try:
            told = f"{way.__name__}: {way(Intruder(dice, connection))}"
            connection.commit()
        except IntegrityError:
            connection.rollback()
            return None
        return told if _content(connection) != before else None


def _content(connection: Connection) -> list[object]:
    return [tuple(row) for table in WATCHED for row in connection.execute(text(f"SELECT * FROM {table}"))]


def _written_anew(engine: Engine, dice: random.Random) -> str:
    """Other records, and every link of every cohort sealed again, as the program itself would."""
    more = dice.randrange(1, 1000)
    with transaction(engine) as session:
        seals = session.execute(select(Seal)).scalars().all()
        times = {(seal.cohort_id, seal.assessment): (seal.locked_at, seal.recorded_at) for seal in seals}
        connection = session.connection()
        for statement in (
            "DELETE FROM score_sheet", "DELETE FROM seal", f"UPDATE evidence SET amount = amount + {more}, digest = digest + {more}",
        ):  # fmt: skip
            connection.execute(text(statement))
        for term in load_terms(session, {cohort for cohort, _ in times}):
            locks = {
                one.locks: times[term.id, one.id]
                for one in term.calendar.assessments
                if (term.id, one.id) in times
            }
            for cutoff, (locked, recorded) in locks.items():
                seal_assessments(session, [term], cutoff, locked, recorded)
    return f"everything sealed again, with {more} more"


@cache
def _sealed(folder: Path) -> tuple[Office, HeadFile]:
    """The two classes when everything of the training is sealed, and the heads that were kept."""
    office = two_classes(folder, "sqlite").branch(folder, "sealed")
    heads = HeadFile(folder / f"heads-{os.getpid()}.jsonl", folder / f"key-{os.getpid()}")
    engine = open_database(office.url)
    for words in NIGHTS:
        night(engine, office.story.at(words), office.story.at(words))
    with Session(engine) as session:
        at = office.story.at(NIGHTS[-1])
        assert heads.keep(session, at, at).new > 0
        assert [*heads.check(session), *verify(session)] == []
    engine.dispose()
    return office, heads


TAMPERED = Promise("what was sealed, changed by somebody with the database, is found", 2_000, 100, attempt)
