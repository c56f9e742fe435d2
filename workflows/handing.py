"""The path of each single letter: that it is on its way, and what came of it, on the driver itself.

Every letter has a transaction of its own, for whoever sends may be killed at any moment. SQLAlchemy's part of one takes
several times what the database does, which a million letters feel; these few statements go past it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler

from models.types import seconds
from workflows.claiming import LEASE, Claimed, End

_HELD = "WHERE id = :id AND claimed_by = :sender AND state IN ('claimed', 'handing')"
_HANDING = "state = 'handing', attempts = attempts + 1, lease_until = :until "
_HAND_OVER = text("UPDATE letter SET " + _HANDING + _HELD)  # noqa: S608
_ENDED = "state = :state, said = :said, finished_at = :at, claimed_by = NULL, lease_until = NULL "
_END = text("UPDATE letter SET " + _ENDED + _HELD)  # noqa: S608
_BEGIN = {"sqlite": "BEGIN IMMEDIATE"}  # other drivers begin by themselves


class Ended(NamedTuple):
    """What came of a letter, for good."""

    id: int
    state: End
    said: str | None


class _Statement:
    """A statement as a driver takes it."""

    def __init__(self, compiled: SQLCompiler) -> None:
        self._text = compiled.string
        self._names = compiled.positiontup

    def run(self, cursor: DBAPICursor, values: Mapping[str, Any]) -> int:
        """How many rows it changed."""
        cursor.execute(self._text, values if self._names is None else [values[name] for name in self._names])
        return cursor.rowcount


class Handing:
    """One sender's letters on their way, on a connection of which nothing else is in a transaction meanwhile."""

    def __init__(self, connection: Connection, sender: str) -> None:
        with connection.begin():
            pass  # it may have been a reader's before
        self._driver = connection.connection
        self._cursor = self._driver.cursor()
        self._first = _BEGIN.get(connection.dialect.name)
        self._hand_over, self._end = (_Statement(one.compile(connection)) for one in (_HAND_OVER, _END))
        self._sender = sender
        self._ended: list[Ended] = []  # and not written down yet

    def begin(self, letter: Claimed, now: datetime) -> bool:
        """Note that a letter is being given to its channel, and what came of the ones before. False where the lease was lost:
        then it must not be given."""
        with self._transaction(now):
            values = {"id": letter.id, "sender": self._sender, "until": seconds(now + LEASE)}
            taken = self._hand_over.run(self._cursor, values)
        return bool(taken)

    def ended(self, letter: Claimed, end: End, said: str | None = None) -> None:
        """What came of a letter, for good, is written down with what is next."""
        self._ended.append(Ended(letter.id, end, said))

    def write_down(self, now: datetime) -> None:
        """Write down what came of letters and is not written down yet."""
        with self._transaction(now):
            pass

    @contextmanager
    def _transaction(self, now: datetime) -> Iterator[None]:
        try:
            if self._first is not None:
                self._cursor.execute(self._first)
            for one in self._ended:
                self._end.run(self._cursor, {**one._asdict(), "sender": self._sender, "at": seconds(now)})
            yield
            self._driver.commit()
        except BaseException:
            self._driver.rollback()
            raise
        self._ended.clear()
