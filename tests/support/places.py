"""Empty places for a database beside the one of a test, of the same kind or of another."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url

_numbers = itertools.count(1)
Vacant = Callable[[str], str]


@pytest.fixture
def pg_dump(engine: Engine) -> None:
    """A test on PostgreSQL needs its client programs."""
    if engine.dialect.name == "postgresql":
        require_pg_dump()


def require_pg_dump() -> None:
    """Skipped where it is not, or failed if required."""
    if shutil.which("pg_dump") is None:
        missing = "no pg_dump is on the path (apt install postgresql-client)"
        if os.environ.get("YANXIU_TEST_REQUIRE") == "all":
            pytest.fail(f"YANXIU_TEST_REQUIRE=all, but {missing}")
        pytest.skip(missing)


@pytest.fixture
def vacant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vacant]:
    """Gives the address of a new place on a dialect: an SQLite file that is not there, an empty PostgreSQL database."""
    with ExitStack() as made:

        def place(dialect: str) -> str:
            if dialect == "sqlite":
                return f"sqlite:///{tmp_path}/new-{next(_numbers)}/yanxiu.sqlite"
            server: Connection = request.getfixturevalue("postgres")
            name = f"yanxiu_test_{os.getpid()}_new_{next(_numbers)}"
            server.exec_driver_sql(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
            made.callback(server.exec_driver_sql, f'DROP DATABASE "{name}" WITH (FORCE)')
            return make_url(str(server.engine.url.render_as_string(hide_password=False))).set(database=name).render_as_string(hide_password=False)  # fmt: skip

        yield place
