"""A PostgreSQL database in a file by pg_dump, and such a file proved and brought back by pg_restore.

A password goes to them by their environment, never among their arguments, which anybody on the machine can read.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlmodel import Session

from calendars.messages import Wording, refuse
from exchange.private_files import FILE
from exchange.whole_files import create
from models.copying import may_take_long
from models.database import open_database, reading, transaction
from workflows.census import OF_ALEMBIC, Census, census

NO_TOOL = Wording(
    zh="没有找到 {tool}。请安装 PostgreSQL 的客户端程序，如 apt install postgresql-client-{server}，与服务器同一版本",
    en="{tool} was not found. Install the client programs of PostgreSQL, such as apt install "
    "postgresql-client-{server}, of the server's version",
)
TOO_OLD = Wording(
    zh="{tool} 是版本{found}，服务器是{server}。请安装 postgresql-client-{server}",
    en="{tool} is of version {found} and the server of {server}. Install postgresql-client-{server}",
)
FAILED = Wording(zh="{tool} 没有完成：{why}", en="{tool} did not succeed: {why}")
NO_WORDS = Wording(zh="退出码{code}", en="exit code {code}")
_QUOTING = re.compile(r"(COPY failed for table [^:]*):.*")  # what may follow is somebody's data

# Everybody's data, left by a proof that was killed: nobody has the connection any more that made it.
_LEFT = text("""
    SELECT datname FROM pg_database WHERE datname ~ '^yanxiu_proof_[0-9]+_' AND pg_get_userbyid(datdba) = current_user
       AND split_part(datname, '_', 3)::int NOT IN (SELECT pid FROM pg_stat_activity WHERE pid IS NOT NULL)
""")

Progress = Callable[[int, int], None]


def take(session: Session, file: Path, _progress: Progress) -> None:
    """Dump what a reading session sees, in PostgreSQL's own format. Raises Refused without a pg_dump that is fit for it."""
    engine = session.get_bind().engine
    may_take_long(session.connection())
    snapshot = session.connection().scalar(text("SELECT pg_export_snapshot()"))
    create(file).close()
    _run(engine, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={file}", _whither(engine))
    file.chmod(FILE)


def prove(file: Path, engine: Engine) -> Census | None:
    """What stands in a dump, restored into a database that is made for it and dropped. None where the role may make none:
    then it is read to its end."""
    with engine.connect() as connection:
        may = connection.scalar(
            text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        )
    if not may:
        _run(engine, "pg_restore", f"--file={os.devnull}", str(file))
        return None
    with _made_for_now(engine) as proof:
        _restore(file, proof)
        with reading(proof) as session:
            return census(session)


def bring_back(file: Path, engine: Engine, accept: Callable[[Session], None]) -> None:
    """Restore a dump into an empty database. It may be used when `accept` has looked at it and written what it has to; until
    then it is of no version, and every command refuses it."""
    entries = _run(engine, "pg_restore", "--list", str(file)).splitlines()
    versions = [line for line in entries if re.search(rf" TABLE DATA \S+ {OF_ALEMBIC} ", line)]
    version = _run(engine, "pg_restore", "--data-only", f"--table={OF_ALEMBIC}", "--file=-", str(file))
    (revision,) = re.findall(r"^(\d{4})$", version, re.MULTILINE)
    with tempfile.NamedTemporaryFile("w", suffix=".list") as listed:
        listed.writelines(f"{line}\n" for line in entries if line not in versions)
        listed.flush()
        _restore(file, engine, f"--use-list={listed.name}")
    try:
        with transaction(engine) as session:
            session.execute(text(f"INSERT INTO {OF_ALEMBIC} VALUES (:revision)"), {"revision": revision})  # noqa: S608
            accept(session)
    except BaseException:
        _empty(engine)
        raise


def _restore(file: Path, engine: Engine, *more: str) -> None:
    """All in one transaction, so that a broken one leaves nothing."""
    _run(
        engine, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", *more,
        _whither(engine), str(file),
    )  # fmt: skip
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _empty(engine: Engine) -> None:
    """What was restored and is not what it should be goes again."""
    with engine.begin() as connection:
        for table in inspect(connection).get_table_names():
            connection.exec_driver_sql(f'DROP TABLE "{table}" CASCADE')
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_change() CASCADE")


@contextmanager
def _made_for_now(engine: Engine) -> Iterator[Engine]:
    with engine.connect() as connection:
        server = connection.execution_options(isolation_level="AUTOCOMMIT")
        for left in server.execute(_LEFT).scalars().all():
            server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{left}" WITH (FORCE)')
        pid = server.execute(text("SELECT pg_backend_pid()")).scalar_one()
        name = f"yanxiu_proof_{pid}_{secrets.token_hex(6)}"
        server.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            proof = open_database(engine.url.set(database=name).render_as_string(hide_password=False))
            try:
                yield proof
            finally:
                proof.dispose()
        finally:
            server.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _whither(engine: Engine) -> str:
    """The database as these programs are told it, without a password."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - of those alone who have such a server

    said = engine.url.translate_connect_args(username="user", database="dbname") | dict(engine.url.query)
    return (
        f"--dbname={make_conninfo(**{name: value for name, value in said.items() if 'password' not in name})}"
    )


def _run(engine: Engine, tool: str, *words: str) -> str:
    """What a program of PostgreSQL answers. Raises Refused with its first complaint: those that follow may quote rows."""
    program = _fit(engine, tool)
    variables = dict(os.environ) | ({"PGPASSWORD": str(engine.url.password)} if engine.url.password else {})
    done = subprocess.run(  # noqa: S603 - a program that was found on the path, and no shell
        [program, *words], env=variables, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        why = (
            _QUOTING.sub(r"\1", said[0].removeprefix(f"{tool}: ")) if said else NO_WORDS(code=done.returncode)
        )
        raise refuse(FAILED(tool=tool, why=why))
    return done.stdout


def _fit(engine: Engine, tool: str) -> str:
    """Where a program is. Raises Refused where it is not, or older than the server."""
    with engine.connect() as connection:
        server = (connection.dialect.server_version_info or (0,))[0]
    program = shutil.which(tool)
    if program is None:
        raise refuse(NO_TOOL(tool=tool, server=server))
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"(\d+)", said)
    if found is not None and int(found[1]) < server:
        raise refuse(TOO_OLD(tool=tool, found=found[1], server=server))
    return program
