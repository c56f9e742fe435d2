"""A night without a disk, without the right to write, without its database in the middle: an error of the database's kind, and the
next night takes up what is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from models.database import open_database
from tests.torture.killed import LOCKING, first_difference, left, undisturbed
from tests.torture.offices import SERVER, opened
from tests.torture.promise import Promise
from workflows.hold_kinds import ERROR
from workflows.night import night

PAGES = 60  # for which there may be room
STEPS = 120  # of that night, about
STRIDE = 37  # so that a few tries are spread over all


def attempt(number: int, folder: Path) -> None:
    way = (_full, _read_only, _gone)[number % (3 if SERVER else 2)]
    dialect = "postgresql" if way is _gone else "sqlite"
    day = undisturbed(folder, dialect)[LOCKING]
    at = number // 3 * STRIDE % (PAGES if way is _full else STEPS)
    with day.before.copy(folder) as url:
        engine = open_database(url)
        try:
            way(engine, at)
            night(engine, day.at, day.at)
        except DBAPIError:
            """Which everybody knows what to do with: a flow tries again, a command tells."""
        finally:
            engine.dispose()
        night(opened(url), day.at, day.at)
        found, _ = left(url, day.before.story)
    meant = day.found
    found["holds"] = [hold for hold in found["holds"] if hold[2] != ERROR.name]
    assert found == meant, f"{way.__name__} at {at}: {first_difference(found, meant)}"


def _full(engine: Engine, pages: int) -> None:
    """There is room for so many pages more."""

    def limit(raw: Any, _: object) -> None:
        (there,) = raw.execute("PRAGMA page_count").fetchone()
        raw.execute(f"PRAGMA max_page_count={there + pages}")

    event.listen(engine, "connect", limit)


def _read_only(engine: Engine, statements: int) -> None:
    """From some statement on nothing can be written."""
    _at_statement(engine, statements, lambda cursor: cursor.execute("PRAGMA query_only=ON"))


def _gone(engine: Engine, statements: int) -> None:
    """The server ends the connection."""

    def end(cursor: Any) -> None:
        server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(:pid)"), {"pid": cursor.connection.info.backend_pid}
            )
        server.dispose()

    _at_statement(engine, statements, end)


def _at_statement(engine: Engine, number: int, do: Callable[[Any], object]) -> None:
    seen = 0

    def count(_connection: object, cursor: Any, *_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            do(cursor)

    event.listen(engine, "before_cursor_execute", count)


WITHOUT = Promise(
    "disk full, read-only, database gone in the middle: a known error, then the same", 360, 12, attempt
)
