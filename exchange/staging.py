"""Rows on their way from a file to the database: kept on disk meanwhile, sorted, and poured in by the driver.

A file is checked whole before anything is written, and may be larger than memory: its rows wait in a private
temporary database of their own, which vanishes with the plan.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import finalize

CHUNK = 5000
UNCHANGED = -1


class Staging:
    """A temporary table `staged` with a `line` of the file and the columns given, and beside it `verdict`: the
    revision that a line becomes of what stands already, or UNCHANGED. A line without a verdict is new."""

    def __init__(self, columns: Sequence[str]) -> None:
        # Whichever thread sweeps up what is left of a plan may close it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        finalize(self, self._database.close)
        self._database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000"
        )
        self._database.execute(f"CREATE TABLE staged (line INTEGER PRIMARY KEY, {', '.join(columns)})")
        self._database.execute("CREATE TABLE verdict (line INTEGER PRIMARY KEY, revision INTEGER NOT NULL)")
        self._insert = f"INSERT INTO staged VALUES ({', '.join('?' * (len(columns) + 1))})"  # noqa: S608

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(self._insert, rows)
        self._database.execute("COMMIT")

    def judge(self, verdicts: Iterable[tuple[int, int]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO verdict VALUES (?, ?)", verdicts)
        self._database.execute("COMMIT")

    def select(self, statement: str) -> Iterator[tuple[Any, ...]]:
        yield from self._database.execute(statement)

    def chunks(self) -> Iterator[list[tuple[Any, ...]]]:
        """Every staged row in the file's order, some thousands at a time."""
        yield from self._fetch("SELECT * FROM staged ORDER BY line")

    def judged(self, order: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows to be written, sorted, with their revision behind."""
        yield from self._fetch(
            "SELECT staged.*, coalesce(revision, 0) FROM staged LEFT JOIN verdict USING (line) "  # noqa: S608
            f"WHERE coalesce(revision, 0) <> {UNCHANGED} ORDER BY {order}"
        )

    def _fetch(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        rows = self._database.execute(statement)
        while chunk := rows.fetchmany(CHUNK):
            yield chunk
