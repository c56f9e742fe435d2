"""Databases to measure on: new ones, and copies of one, since most things can be done to a term once only."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError

from flows.data_keys import VARIABLE, lay_data_keys
from models.database import open_database
from models.keys import BYTES


class Databases(Protocol):
    """Where databases are made. A copy is made of one that nobody has open."""

    def new(self) -> str:
        """The address of an empty one."""

    def copy(self, url: str) -> str: ...

    def drop(self, url: str) -> None: ...


@dataclass
class Files:
    """SQLite files of a folder, which goes with them."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def new(self) -> str:
        return f"sqlite:///{self.folder / f'{next(self.numbers)}.sqlite'}"

    def copy(self, url: str) -> str:
        copied = self.new()
        shutil.copy(file_of(url), file_of(copied))
        return copied

    def drop(self, url: str) -> None:
        for file in self.folder.glob(f"{file_of(url).name}*"):
            file.unlink()


def file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


@dataclass
class Served:
    """Databases of a PostgreSQL server, each named for this process."""

    url: str
    connection: Connection
    made: list[str] = field(default_factory=list)

    def new(self) -> str:
        return self._make("template1")

    def copy(self, url: str) -> str:
        return self._make(make_url(url).database or "")

    def drop(self, url: str) -> None:
        self.connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _make(self, template: str) -> str:
        name = f"yanxiu_bench_{os.getpid()}_{len(self.made)}"
        self.connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.made.append(make_url(self.url).set(database=name).render_as_string(hide_password=False))
        return self.made[-1]


@contextmanager
def served(url: str) -> Iterator[Served]:
    """Databases beside the one that is named, which is itself left alone; dropped at the end."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        databases = Served(url, connection)
        try:
            yield databases
        finally:
            for made in databases.made:
                databases.drop(made)
    engine.dispose()


def lay_key() -> None:
    """The key of databases that are measured, for this process and the commands that it measures."""
    os.environ.setdefault(VARIABLE, "be" * BYTES)
    lay_data_keys(os.environ[VARIABLE], Path())


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    lay_key()
    engine = open_database(url)
    yield engine
    engine.dispose()


def answering(url: str) -> str:
    """The version of the server that is named, or nothing where none answers."""
    engine = create_engine(url, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("SHOW server_version").scalar_one())
    except OperationalError:
        return ""
    finally:
        engine.dispose()
