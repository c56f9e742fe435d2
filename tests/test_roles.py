"""On PostgreSQL the program works under a role that cannot change what is sealed, and does all of its work."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from calendars.clock import now
from calendars.messages import Refused
from calendars.reader import read_calendar
from exchange.backups import back_up
from flows.settings import OfficeSettings
from models.database import open_database, reading, transaction
from models.migrating import upgrade
from models.roles import CHANGED_IN, NEVER_CHANGED, role_sql
from office.demo import PROGRAMMES
from office.demo_letters import DemoPost
from office.demo_summary import fingerprint
from office.demo_terms import import_samples, nights_of, publish_all
from tests.support.desk import Desk
from tests.support.places import require_pg_dump
from tests.support.running import wait_for
from tests.test_backups import belonging_to
from workflows.night import night
from workflows.verifying import verify

DOCUMENTED = Path(__file__).parent.parent / "docs" / "servers" / "roles.sql"
TERMS = ("longcheng-2024", "jinan-2020")  # with texts, appeals and penalties; with filings
FINAL = sorted(NEVER_CHANGED | set(CHANGED_IN))


@dataclass
class Served:
    """A database by the addresses of its two roles."""

    owner: str
    application: str


@pytest.fixture
def role(postgres: Connection) -> Iterator[str]:
    """The name of a role that the tests may make, of this process alone; it goes behind all that it has rights on."""
    may = "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    if not postgres.exec_driver_sql(may).scalar():
        if os.environ.get("YANXIU_TEST_REQUIRE") == "all":
            pytest.fail(
                "YANXIU_TEST_REQUIRE=all, but the tests' role may make no other: ALTER ROLE … CREATEROLE"
            )
        pytest.skip("the tests' role may make no other: ALTER ROLE … CREATEROLE")
    name = f"yanxiu_app_{os.getpid()}"
    yield name
    postgres.exec_driver_sql(f"DROP ROLE IF EXISTS {name}")


@pytest.fixture
def served(role: str, postgres_url: str, postgres: Connection) -> Iterator[Served]:
    """A database of its own in which the role was made as documented."""
    password = secrets.token_hex()
    run(postgres_url, role_sql(role))
    run(postgres_url, f"ALTER ROLE {role} PASSWORD '{password}'")
    address = make_url(postgres_url).set(username=role, password=password)
    yield Served(postgres_url, address.render_as_string(hide_password=False))
    there = text("SELECT count(*) FROM pg_stat_activity WHERE usename = :role")
    wait_for(
        lambda: not postgres.execute(there, {"role": role}).scalar(), 20
    )  # its last session takes a moment to end


def run(url: str, statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(statements)  # as psql would: no sign of it is a placeholder
    finally:
        engine.dispose()


def refusal(engine: Engine, statement: str) -> str:
    """What the database says of its own accord; everything is as it was."""
    with engine.connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            connection.exec_driver_sql(statement)
        connection.rollback()
    assert isinstance(refused.value, ProgrammingError), statement  # a trigger's would be an IntegrityError
    assert getattr(refused.value.orig, "sqlstate", "") == "42501", statement
    return str(refused.value.orig)


def a_term(engine: Engine, folder: Path) -> str:
    """Whole terms of made-up people: files imported, nights run, letters sent, decided what an office decides. What came of
    it: the hash of all states, scores and seals."""
    folder.mkdir()
    texts = [(PROGRAMMES / f"{slug}.yaml").read_text(encoding="utf-8") for slug in TERMS]
    calendars = [read_calendar(words, slug) for words, slug in zip(texts, TERMS, strict=True)]
    publish_all(engine, [*zip(calendars, texts, strict=True)])
    terms = import_samples(engine, calendars, folder)
    office = OfficeSettings(home=folder, database_url="", locale="en", mail_url="")
    nights_of(engine, terms, lambda at: night(engine, at, now()), DemoPost(engine, office).send)
    with reading(engine) as session:
        return fingerprint(session)


def filled(engine: Engine, tables: list[str]) -> set[str]:
    with engine.connect() as connection:
        return {name for name in tables if connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).scalar()}


@pytest.mark.postgres
def test_whole_terms_are_run_by_the_role_which_can_change_nothing_that_is_sealed(
    served: Served, sqlite_url: str, tmp_path: Path
) -> None:
    owners, engine = open_database(sqlite_url), open_database(served.application)
    assert a_term(engine, tmp_path / "role") == a_term(owners, tmp_path / "owner")
    with reading(engine) as session:
        assert verify(session) == []
    assert {
        "seal",
        "score_sheet",
        "evidence",
        "mark",
        "appeal_step",
        "filing_step",
        "outbox",
        "letter",
    } <= filled(engine, [*FINAL, "outbox", "letter"])
    for table in FINAL:
        column = (
            f"{CHANGED_IN[table]} = {CHANGED_IN[table]}, {column_of(engine, table)}"
            if table in CHANGED_IN
            else column_of(engine, table)
        )
        for statement in (
            f"UPDATE {table} SET {column} = {column.rpartition(', ')[2]}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"DROP TRIGGER {table}_refuses_update ON {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"ALTER TABLE {table} ADD COLUMN more integer",
            f"CREATE RULE never AS ON INSERT TO {table} DO INSTEAD NOTHING",
            f"DROP TABLE {table} CASCADE",
        ):
            assert table in refusal(engine, statement)
    for statement in (
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION refuse_change() CASCADE",
        "CREATE TABLE mine (id integer)",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE ROLE another",
        f'SET ROLE "{make_url(served.owner).username}"',
    ):
        refusal(engine, statement)
    for one in (owners, engine):
        one.dispose()


def column_of(engine: Engine, table: str) -> str:
    with engine.connect() as connection:
        found = "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum = 1"
        return str(connection.execute(text(found), {"table": table}).scalar_one())


@pytest.mark.postgres
def test_the_role_makes_the_nightly_backup_and_proves_it_where_it_may(
    served: Served, role: str, tmp_path: Path
) -> None:
    require_pg_dump()
    engine = open_database(served.application)
    home = belonging_to(tmp_path / "home")
    try:
        read = back_up(engine, home, tmp_path / "backups", "read", now(), lambda *_: None)
        run(served.owner, f"ALTER ROLE {role} CREATEDB")
        proved = back_up(engine, home, tmp_path / "backups", "proved", now(), lambda *_: None)
    finally:
        engine.dispose()
    assert (read.proved, proved.proved) == (False, True)
    assert read.census.rows.keys() >= NEVER_CHANGED


@pytest.mark.postgres
def test_what_the_role_may_not_change_is_what_the_triggers_guard(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    guarded = text(
        "SELECT tgrelid::regclass::text, tgqual IS NULL FROM pg_trigger WHERE tgfoid = 'refuse_change'::regproc "
        "AND tgname LIKE '%refuses_update'"
    )
    with engine.connect() as connection:
        rows = connection.execute(guarded).all()
    engine.dispose()
    assert {table for table, always in rows if always} == NEVER_CHANGED
    assert {table for table, always in rows if not always} == set(CHANGED_IN)


@pytest.mark.postgres
def test_the_role_is_brought_up_to_date_by_the_same_again(served: Served, role: str) -> None:
    """Rights that it was given beside are taken back, and the tables of an upgrade are given to it."""
    engine = open_database(served.application)
    assert not upgrade(engine)  # nothing to be done, which is no fault of the role
    run(served.owner, f"GRANT ALL ON seal TO {role}; REVOKE ALL ON cohort FROM {role}")
    run(served.owner, role_sql(role))
    assert "seal" in refusal(engine, "TRUNCATE seal")
    with transaction(engine) as session:
        session.connection().exec_driver_sql("UPDATE cohort SET name = name")
    engine.dispose()


@pytest.mark.postgres
def test_an_upgrade_by_the_role_is_refused_in_words(served: Served) -> None:
    run(served.owner, "UPDATE alembic_version SET version_num = '0014'")
    engine = open_database(served.application)
    with pytest.raises(Refused, match="only the owner of its tables can make or upgrade"):
        upgrade(engine)
    engine.dispose()


def test_the_documented_sql_is_what_the_command_prints(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.expects("init", "--role-sql", "yanxiu_app").out == DOCUMENTED.read_text(encoding="utf-8")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["", "Yanxiu", "a b", 'a"; DROP TABLE seal; --', "9app", "a" * 64])
def test_a_name_that_would_have_to_be_quoted_is_refused(tmp_path: Path, name: str) -> None:
    answer = Desk(tmp_path).types("init", "--role-sql", name)
    assert (answer.code, answer.out) == (1, "")
    assert "cannot be the name of a role" in answer.errors


def test_a_name_that_means_something_in_sql_is_quoted() -> None:
    assert 'TO "user";' in role_sql("user")
