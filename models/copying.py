"""All rows of one database into another with the same tables and none in them: whichever the kinds, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Date, Engine, Integer, Table, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

import models
from calendars.messages import Wording, refuse

AT_ONCE = 5000  # rows
BEING_WRITTEN = Wording(
    zh="正有人在写这个数据库。请停止一切使用它的程序，再试一次",
    en="somebody is writing into this database. Stop everything that uses it, then try again",
)
NOT_THE_OWNER = Wording(
    zh="这个角色不能锁住所有的表。请用数据库的所有者来搬",
    en="this role may not lock every table: move as the database's owner",
)
MAY_NOT = "42501"  # what PostgreSQL calls a lack of privilege

Copied = Callable[[int], None]  # so many rows more
assert models.__all__  # every table is known


@contextmanager
def kept_still(engine: Engine) -> Iterator[None]:
    """Nobody writes for as long as this lasts. Raises Refused where somebody does already."""
    with engine.connect() as connection:
        try:
            if engine.dialect.name == "sqlite":
                connection.connection.driver_connection.execute("PRAGMA busy_timeout=0")  # type: ignore[union-attr]
                connection.execute(text("SELECT 1"))  # begins as a writer does
            else:
                names = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
                may_take_long(connection)
                connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE MODE NOWAIT")
        except DBAPIError as error:
            connection.invalidate()
            may_not = getattr(error.orig, "sqlstate", None) == MAY_NOT
            raise refuse((NOT_THE_OWNER if may_not else BEING_WRITTEN)()) from error
        try:
            yield
        finally:
            connection.rollback()
            connection.invalidate()  # so that none of what was set here stays


def may_take_long(connection: Connection) -> None:
    """PostgreSQL does not end this transaction while nothing is asked of it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def copy_rows(source: Session, target: Session, copied: Copied) -> None:
    """Copy every row of every table, with its id, in the order in which tables refer to each other."""
    old, new = source.connection(), target.connection()
    if new.dialect.name == "sqlite":
        new.exec_driver_sql(
            "PRAGMA defer_foreign_keys=ON"
        )  # an organisation may stand before the one above it
    new.exec_driver_sql("DELETE FROM data_key")  # the migrations have written the one in use
    write = _by_copy if new.dialect.name == "postgresql" else _by_insert
    for table in SQLModel.metadata.sorted_tables:
        write(new, table, _rows(old, table, copied))
    if new.dialect.name == "postgresql":
        _settle(new)


def _rows(connection: Connection, table: Table, copied: Copied) -> Iterator[Any]:
    """The rows as they are stored, some thousand at a time."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    streamed = {"stream_results": True, "max_row_buffer": AT_ONCE}
    found = connection.exec_driver_sql(f'SELECT {names} FROM "{table.name}"', execution_options=streamed)  # noqa: S608
    for rows in found.partitions(AT_ONCE):
        yield from rows
        copied(len(rows))


def _by_copy(connection: Connection, table: Table, rows: Iterable[Any]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _by_insert(connection: Connection, table: Table, rows: Iterable[Any]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    days = [at for at, column in enumerate(table.columns) if isinstance(column.type, Date)]
    driver: Any = connection.connection.driver_connection
    driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', _with_days(rows, days))  # noqa: S608


def _with_days(rows: Iterable[Any], days: list[int]) -> Iterator[tuple[Any, ...]]:
    """A day is a text in SQLite."""
    for row in rows:
        if days:
            yield tuple(
                str(value) if at in days and value is not None else value for at, value in enumerate(row)
            )
        else:
            yield tuple(row)


def _settle(connection: Connection) -> None:
    """The next id is behind the last, and the planner knows how much there is."""
    for table in SQLModel.metadata.sorted_tables:
        keys = [*table.primary_key.columns]
        if len(keys) == 1 and isinstance(keys[0].type, Integer):
            name, key = table.name, keys[0].name
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', '{key}'), last) "  # noqa: S608 - our own names
                f'FROM (SELECT max("{key}") AS last FROM "{name}") AS found WHERE last IS NOT NULL'
            )
    connection.exec_driver_sql("ANALYZE")
