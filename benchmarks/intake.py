"""Learning records from a file: read, checked, compared and written, beside the same rows inserted bare.

The bare table has no key and no index, and nothing is looked up for it. On PostgreSQL the rows are copied into it.
"""

from __future__ import annotations

import csv
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine, MetaData, Table

from benchmarks.databases import Databases, Files, file_of, opened, served
from benchmarks.figures import Found, Target, Unit, ratio_up_to
from benchmarks.measuring import alone, peak, seconds_of, timed
from benchmarks.record_files import HEADER, one_night, stored_rows, whole_term, write_file
from benchmarks.scored_term import CLOSING, LOCK, make
from benchmarks.sizes import Sizes
from benchmarks.terms import table_of
from exchange.evidence import read_evidence
from exchange.plans import commit
from models.database import transaction
from models.pouring import pour
from models.work import Evidence

WITHIN = {"sqlite": ratio_up_to(2), "postgresql": ratio_up_to(6)}
AGAIN = ratio_up_to(1)
SAME = ratio_up_to(1.2)
MB = 1024**2
AT_ONCE = 100_000  # rows


@dataclass(frozen=True)
class Taken:
    """One file taken in: seconds, rows, MB."""

    seconds: float
    added: int
    unchanged: int
    memory: float
    logged: float
    checkpoint: float


@dataclass(frozen=True)
class Paper:
    """The files of a term, and of a tenth of it."""

    whole: Path
    tonight: Path
    tenth: Path
    rows: int


@dataclass(frozen=True)
class Everything:
    """What was done on one database; seconds of the floors."""

    place: str
    bare: float
    by_csv: float
    tenth: Taken
    first: Taken
    again: Taken
    tonight: Taken


def measure(sizes: Sizes, folder: Path) -> Found:
    paper = write_paper(sizes, folder)
    found = Found("Learning records from a file, by the same rows inserted bare", f"{paper.rows:,} rows")
    with ExitStack() as stack:
        places: list[Databases] = [Files(folder)]
        if sizes.database:
            places.append(stack.enter_context(served(sizes.database)))
        for databases in places:
            tell(found, take_in_everything(databases, sizes, paper), paper)
    return found


def write_paper(sizes: Sizes, folder: Path) -> Paper:
    paper = Paper(
        folder / "term.csv", folder / "night.csv", folder / "tenth.csv", sizes.in_files * sizes.evidence
    )
    write_file(paper.whole, whole_term(sizes.in_files, sizes.evidence))
    write_file(paper.tonight, one_night(sizes.in_files, sizes.evidence))
    write_file(paper.tenth, whole_term(-(-sizes.in_files // 10), sizes.evidence))
    return paper


def take_in_everything(databases: Databases, sizes: Sizes, paper: Paper) -> Everything:
    """Into a fresh term; each import in a process of its own, so that its memory is its own."""
    url = databases.new()
    make(url, sizes.in_files, 0)
    spare = databases.copy(url)
    with opened(url) as engine:
        place = engine.dialect.name
        bare = inserted_bare(engine, sizes)
        by_csv = inserted_from_file(engine, paper.whole)
    later = CLOSING + timedelta(days=1)
    found = Everything(
        place, bare, by_csv,
        tenth=alone(take_in, spare, paper.tenth, CLOSING),
        first=alone(take_in, url, paper.whole, CLOSING),
        again=alone(take_in, url, paper.whole, later),
        tonight=alone(take_in, url, paper.tonight, later),
    )  # fmt: skip
    assert found.first.added == found.again.unchanged == paper.rows, found
    assert found.tonight.added > 0, found
    databases.drop(spare)
    databases.drop(url)
    return found


def tell(found: Found, taken: Everything, paper: Paper) -> None:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[taken.place]
    first, tonight = taken.first, taken.tonight
    as_much = first.seconds * tonight.added / paper.rows

    def add(
        what: str, value: float, floor: float, *targets: Target, unit: Unit = "s", main: bool = False
    ) -> None:
        found.add(f"{name}: {what}", value, floor, *targets, unit=unit, main=main)

    add("rows from memory into a bare table", taken.bare, taken.bare)
    add("the file by csv.reader into a bare table", taken.by_csv, taken.bare)
    add("the file taken in", first.seconds, taken.bare, WITHIN[taken.place], main=True)
    add("the same file again, by the first time", taken.again.seconds, first.seconds, AGAIN, main=True)
    add("a hundredth more, by as much of the first time", tonight.seconds, as_much, main=True)
    add("log written for these, by their file", tonight.logged, paper.tonight.stat().st_size / MB, unit="MB")
    if tonight.checkpoint:
        add("checkpoint behind them, by their import", tonight.checkpoint, tonight.seconds)
    add("peak memory, by a tenth's", first.memory, taken.tenth.memory, SAME, unit="MB", main=True)


def take_in(url: str, file: Path, received_at: datetime) -> Taken:
    with opened(url) as engine:
        log = Log(engine)

        def work() -> tuple[int, int]:
            with transaction(engine) as session:
                plan = read_evidence(session, "benchmark", file, received_at, "p")
                commit(session, plan, LOCK)
                return plan.added, plan.unchanged

        (added, unchanged), seconds = timed(work)
        return Taken(seconds, added, unchanged, peak(), log.written(), log.checkpoint())


class Log:
    """How much a database has written ahead, and on SQLite what it takes to put that in its place."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.on_sqlite = engine, engine.dialect.name == "sqlite"
        self.checkpoint()
        self.before = self._position()

    def _position(self) -> float:
        """In MB. A file that was cut at a checkpoint grows to what one transaction has written."""
        if self.on_sqlite:
            file = file_of(str(self.engine.url))
            return file.with_name(f"{file.name}-wal").stat().st_size / MB
        with self.engine.connect() as connection:
            asked = connection.exec_driver_sql("SELECT pg_current_wal_insert_lsn() - '0/0'")
            return int(asked.scalar_one()) / MB

    def written(self) -> float:
        return self._position() - self.before

    def checkpoint(self) -> float:
        """Seconds; a server makes its own in its own time."""
        if not self.on_sqlite:
            return 0
        with closing(self.engine.raw_connection()) as connection:
            return seconds_of(lambda: connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)"))


def bare_table(engine: Engine, name: str, columns: str, like: str) -> Table:
    """A new one, with neither key nor index."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {name} AS SELECT {columns} FROM {like} WHERE 1 = 0")
    return Table(name, MetaData())


def inserted_bare(engine: Engine, sizes: Sizes) -> float:
    columns = table_of(Evidence).c.keys()
    bare = bare_table(engine, "bare", ", ".join(columns), "evidence")
    taken = 0.0
    with transaction(engine) as session:
        for rows in stored_rows(whole_term(sizes.in_files, sizes.evidence)):
            taken += seconds_of(lambda: pour(session, bare, columns, rows))  # noqa: B023
        taken += seconds_of(session.commit)
    return taken


def inserted_from_file(engine: Engine, file: Path) -> float:
    """Its cells as they stand, so many at a time."""
    columns = [f"c{place}" for place in range(len(HEADER))]
    bare = bare_table(engine, "bare_cells", ", ".join(f"name AS {column}" for column in columns), "person")

    def work() -> None:
        with transaction(engine) as session, file.open(encoding="utf-8", newline="") as opened_file:
            rows = csv.reader(opened_file)
            while chunk := list(islice(rows, AT_ONCE)):
                pour(session, bare, columns, chunk)

    return seconds_of(work)
