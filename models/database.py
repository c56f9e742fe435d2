"""Engine and session: one laptop's SQLite file or a PostgreSQL server, opened the same way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session

from calendars.messages import Wording, refuse

NO_ADDRESS = Wording(
    zh="这不是能用的数据库地址，应如 sqlite:////home/office/yanxiu.sqlite 或 "
    "postgresql+psycopg://用户@主机/库名：{why}",
    en="this is no address of a database that can be used, such as sqlite:////home/office/yanxiu.sqlite or "
    "postgresql+psycopg://user@host/name: {why}",
)
# Advisory locks of PostgreSQL, each held to the end of a transaction and never longer.
MIGRATING = 0x59616E786975  # "Yanxiu"
BEGINNING = MIGRATING + 1  # of a night
# What a process that stands still has locked is free after ten minutes, that of one that is gone after seconds, and of a machine
# that is gone within one. The rows of some people are looked up by index: for a batch of them, the planner would rather read
# everybody's; and what they are grouped in has room in memory. A server that does not know a setting, as those before 14 the second, is not asked for it.
OF_A_BATCH = {
    "idle_in_transaction_session_timeout": "10min", "client_connection_check_interval": "5s",
    "tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3", "enable_seqscan": "off",
    "random_page_cost": "1.1", "work_mem": "64MB",
}  # fmt: skip
# What SQLite calls its faults, and PostgreSQL's classes of them: no connection, read-only, rolled back for others, no room, ended by
# somebody, a fault of the system.
OF_THE_DATABASE = (
    "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_BUSY",
    "SQLITE_LOCKED", "SQLITE_NOMEM", "08", "25006", "40", "53", "55P03", "57", "58",
)  # fmt: skip
_SET = text(
    "SELECT set_config(key, value, true) FROM json_each_text(CAST(:all AS json)) JOIN pg_settings ON name = key"
)


def open_database(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://…`, with foreign keys on and writers queued. Raises
    Refused for any other address."""
    try:
        # A failing statement must not carry a person's data into a log. A prepared one would get a plan that
        # serves any list of cohorts, which PostgreSQL makes by comparing every row with every member.
        options = {"prepare_threshold": None} if url.startswith("postgresql") else {}
        engine = create_engine(url, hide_parameters=True, connect_args=options)
    except (ArgumentError, ModuleNotFoundError) as error:
        raise refuse(NO_ADDRESS(why=error)) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "begin", _begin_uncompiled)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session in one transaction: committed at the end, rolled back whole on any error."""
    with Session(engine) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees the database as it stood at one moment, waits for no writer and keeps none waiting.
    The database refuses what it would write."""
    # Both words reach the database that they are for and are ignored by the other.
    reader = engine.execution_options(reading=True, postgresql_readonly=True)
    if engine.dialect.name == "postgresql":
        reader = reader.execution_options(isolation_level="REPEATABLE READ")
    with Session(reader) as session, session.begin():
        yield session


def not_to_blame(error: BaseException | None) -> DBAPIError | None:
    """Of an error, or what led to it, that of a database which cannot do what anybody asks of it now: its disk is full or may not
    be written, it is gone, another holds what is wanted. None where the fault is in what was asked."""
    while error is not None:
        if isinstance(error, DBAPIError) and _is_of_the_database(error):
            return error
        error = error.__cause__ or error.__context__
    return None


def _is_of_the_database(error: DBAPIError) -> bool:
    known: str = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or known.startswith(OF_THE_DATABASE)


def one_at_a_time(connection: Connection, key: int) -> None:
    """Wait until no other transaction holds this key, and hold it to the end of this one. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def leave_no_trace(connection: Connection) -> None:
    """Have SQLite overwrite what this connection changes or deletes from now on. PostgreSQL keeps the old rows until its vacuum."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def for_a_batch(session: Session) -> None:
    """Have PostgreSQL treat this transaction as what it is, some cohorts among very many, on which others may wait: rolled back
    where its process is gone or stands still, though it be waiting for a lock."""
    if session.connection().dialect.name == "postgresql":
        session.execute(_SET, {"all": json.dumps(OF_A_BATCH)})


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late for a writer
    pragmas = (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # INSERT OR REPLACE deletes too, and is refused with the rest
        "busy_timeout=60000",  # whoever waits has no place in a queue: with many others some wait long
        "wal_autocheckpoint=16384",  # pages: a page that many transactions change is put in its place once
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reading", False)
    if connection.info.get("reading", False) != reads:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
        connection.info["reading"] = reads
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_uncompiled(connection: Connection) -> None:
    """A calendar's rules make long expressions: PostgreSQL would compile them for longer than it takes to work them out."""
    connection.exec_driver_sql("SET LOCAL jit = off")
