"""A migrated database for each test, on SQLite and on PostgreSQL: migrated once, then copied."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from models.database import open_database
from models.migrating import upgrade
from models.nights import Night
from tests.support.keys import lay_test_key
from tests.support.places import pg_dump, vacant
from tests.support.playing import Stage
from tests.support.postgres import EmptiedDatabase

__all__ = ["pg_dump", "vacant"]  # fixtures of a module of their own

# The same made-up terms at every run, so that a run that fails fails again; YANXIU_TEST_THOROUGH=1 makes others up.
settings.register_profile("same", derandomize=True, database=None)
if not os.environ.get("YANXIU_TEST_THOROUGH"):
    settings.load_profile("same")

POSTGRES_URL = os.environ.get("YANXIU_TEST_POSTGRES_URL", "postgresql+psycopg://root@127.0.0.1/test")
lay_test_key()
# What tests start hears Ctrl-C, also where the tests themselves run in the background of a script, which does not.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.pop("COLUMNS", None)  # a test runner's terminal says nothing of an office's
REQUIRED = os.environ.get("YANXIU_TEST_REQUIRE") == "all"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "yanxiu.sqlite"
    engine = open_database(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()  # the last connection to close folds the write-ahead log into the file
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite file."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'yanxiu.sqlite')}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Connection]:
    """The PostgreSQL server, to make databases on. Where none answers: skipped, or failed if required."""
    server = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        connection = server.connect()
    except OperationalError as error:
        if REQUIRED:
            pytest.fail(f"YANXIU_TEST_REQUIRE=all, but no PostgreSQL answers at {POSTGRES_URL}: {error.orig}")
        pytest.skip(f"no PostgreSQL answers at {POSTGRES_URL} (set YANXIU_TEST_POSTGRES_URL)")
    with connection:
        yield connection
    server.dispose()


@contextmanager
def _database(server: Connection, name: str, template: str = "template0") -> Iterator[str]:
    server.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        server.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_template(postgres: Connection) -> Iterator[str]:
    name = f"yanxiu_test_{os.getpid()}_template"
    with _database(postgres, name) as url:
        engine = open_database(url)
        upgrade(engine)
        engine.dispose()
        yield name


@pytest.fixture
def postgres_url(postgres: Connection, postgres_template: str) -> Iterator[str]:
    """The address of a migrated, empty PostgreSQL database of its own."""
    with _database(postgres, f"yanxiu_test_{os.getpid()}_{next(_numbers)}", postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("database") / "yanxiu.sqlite"


@pytest.fixture(scope="session")
def postgres_place(postgres: Connection, postgres_template: str) -> Iterator[EmptiedDatabase]:
    place = EmptiedDatabase(postgres, POSTGRES_URL, f"yanxiu_test_{os.getpid()}", postgres_template)
    yield place
    place.drop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database, on each database in turn: one address for all tests, and a database of
    its own for each."""
    asked = request.getfixturevalue
    if request.param == "sqlite":
        place: Path = asked("sqlite_place")
        for left in place.parent.glob(f"{place.name}*"):
            left.unlink()
        yield f"sqlite:///{shutil.copy(asked('sqlite_template'), place)}"
    else:
        yield asked("postgres_place").empty()


_opened = cache(open_database)  # what SQLAlchemy has compiled is kept from test to test


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated, empty database, on each database in turn."""
    engine = _opened(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    file = tmp_path_factory.mktemp("played") / "played.sqlite"
    engine = open_database(f"sqlite:///{file}")
    yield Stage(sqlite_template, file, engine)
    engine.dispose()


@pytest.fixture(autouse=True)
def _a_demand_is_shown_through_nights(request: pytest.FixtureRequest) -> Iterator[None]:
    """A story that claims to show a demand has run a night on its database."""
    if not request.node.get_closest_marker("demand") or "engine" not in request.fixturenames:
        yield
        return
    engine = request.getfixturevalue("engine")
    yield
    with Session(engine) as session:
        nights = session.exec(select(Night)).first()
    assert nights, "no night was run"
