"""A migration killed at a statement leaves the old schema or the new one, and is done by the next try."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event, inspect, text

from models.database import open_database
from models.migrating import MIGRATIONS, revisions, upgrade, version
from tests.torture.forked import begun, ended
from tests.torture.killed import Reached
from tests.torture.offices import SERVER, Base, empty
from tests.torture.promise import Promise

STRIDE = 101  # from one point to the next that is tried: a prime, so that a few tries are spread over all
Schema = list[tuple[object, ...]]


@dataclass(frozen=True)
class Way:
    """From an older schema to the newest: how many statements it has, and both schemas."""

    begin: str | None
    before: Base
    steps: int
    old: Schema
    new: Schema


def attempt(number: int, folder: Path) -> None:
    points = _points(folder)
    dialect, begin, at = points[number * STRIDE % len(points)]
    way = _way(folder, begin, dialect)
    with way.before.copy(folder) as url:
        assert ended(begun(partial(_upgrade, url, Reached(at)))) == -signal.SIGKILL
        engine = open_database(url)
        try:
            where = f"{dialect}, from {way.begin}, killed at statement {at}"
            found = version(engine), _schema(engine)
            assert found in [(way.begin, way.old), (revisions()[-1], way.new)], where
            upgrade(engine)
            assert _schema(engine) == way.new, where
        finally:
            engine.dispose()


@cache
def _points(folder: Path) -> list[tuple[str, str | None, int]]:
    """Every statement on the way from the beginning, and from every revision those up to the next; on the server, which has the
    same, from the beginning alone."""
    from_the_beginning = [(dialect, None) for dialect in ("sqlite", *(["postgresql"] if SERVER else []))]
    points: list[tuple[str, str | None, int]] = [
        (dialect, begin, step)
        for dialect, begin in from_the_beginning
        for step in range(1, _way(folder, begin, dialect).steps + 1)
    ]
    for begin, following in pairwise([*revisions()[:-1], None]):
        behind = _way(folder, following, "sqlite").steps if following else 0
        points += [
            ("sqlite", begin, step) for step in range(1, _way(folder, begin, "sqlite").steps - behind + 1)
        ]
    return points


@cache
def _way(folder: Path, begin: str | None, dialect: str) -> Way:
    before, counted = empty(folder, dialect), folder / f"statements-{os.getpid()}"
    engine = open_database(before.url)
    if begin is not None:
        with engine.begin() as connection:
            command.upgrade(_config(connection), begin)
    old = _schema(engine)
    engine.dispose()

    def live() -> None:
        reached = Reached(0)
        _upgrade(url, reached)
        counted.write_text(str(reached.steps))

    with before.copy(folder) as url:
        assert ended(begun(live)) == 0
        engine = open_database(url)
        new = _schema(engine)
        engine.dispose()
    return Way(begin, before, int(counted.read_text()), old, new)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(url: str, reached: Reached) -> None:
    engine = open_database(url)
    event.listen(engine, "before_cursor_execute", lambda *_: reached())
    event.listen(engine, "commit", lambda _: reached())
    upgrade(engine)


def _schema(engine: Engine) -> Schema:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY type, name"))
            return [tuple(row) for row in found]
        inspector = inspect(connection)
        tables = sorted(inspector.get_table_names())
        triggers = connection.execute(
            text("SELECT trigger_name, event_manipulation FROM information_schema.triggers ORDER BY 1, 2")
        )
        return [
            *((name, *(str(column) for column in inspector.get_columns(name))) for name in tables),
            *((name, *(str(index) for index in inspector.get_indexes(name))) for name in tables),
            *((name, *(str(key) for key in inspector.get_foreign_keys(name))) for name in tables),
            *(tuple(row) for row in triggers),
        ]


MIGRATED = Promise("a migration killed at any statement: the old schema or the new", 740, 30, attempt)
