"""Offices that promises are tried on: made once in each process, then copied for each try."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, make_url

from models.database import open_database
from models.migrating import upgrade
from tests.support.post import Post
from tests.support.story import Story

SCHOOL = ("龙城区", "第一小学")
_numbers = itertools.count(1)
_kept = ExitStack()  # databases of this process
atexit.register(_kept.close)
SERVER = os.environ.get("YANXIU_TEST_POSTGRES_URL", "")


@cache
def opened(url: str) -> Engine:
    """One engine for an address, as long as this process: what SQLAlchemy has compiled for one try is there for the next, and for
    those that are forked. Whoever has used it disposes of its connections."""
    return open_database(url)


@dataclass
class Base:
    """A database that nobody has open."""

    url: str

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """The address of another with the same in it, which goes at the end: the same one for every copy of a process."""
        if self.url.startswith("sqlite"):
            file = folder / f"copy-{os.getpid()}.sqlite"
            for old in folder.glob(f"{file.name}*"):
                old.unlink()
            shutil.copy(make_url(self.url).database or "", file)
            yield f"sqlite:///{file}"
        else:
            with _database("copy", make_url(self.url).database or "") as url:
                yield url


@dataclass
class Office(Base):
    """One with the story of what is in it."""

    story: Story

    def branch(self, folder: Path, name: str) -> Office:
        """Another like it, which stays as long as this process."""
        if self.url.startswith("sqlite"):
            file = folder / f"{name}-{os.getpid()}.sqlite"
            shutil.copy(make_url(self.url).database or "", file)
            return Office(f"sqlite:///{file}", self.story)
        return Office(
            _kept.enter_context(served(name, make_url(self.url).database or "")),
            self.story,
        )


@contextmanager
def served(name: str, template: str = "template0") -> Iterator[str]:
    """A new database of this process on the server."""
    with _database(f"{next(_numbers)}_{name}", template) as url:
        yield url


@contextmanager
def _database(name: str, template: str) -> Iterator[str]:
    name = f"yanxiu_torture_{os.getpid()}_{name}"
    with _server().connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # of a try that failed
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with _server().connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def _server() -> Engine:
    """Without a connection that a forked process would share."""
    return create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def empty(folder: Path, dialect: str) -> Base:
    """A database with nothing in it."""
    if dialect == "postgresql":
        return Base(_kept.enter_context(served("empty")))
    file = folder / f"empty-{os.getpid()}-{next(_numbers)}.sqlite"
    file.touch()
    return Base(f"sqlite:///{file}")


def _made(folder: Path, name: str, dialect: str) -> Story:
    """An office with a programme and nobody in it."""
    on_server = dialect == "postgresql"
    url = (
        _kept.enter_context(served(name)) if on_server else f"sqlite:///{folder / name}-{os.getpid()}.sqlite"
    )
    engine = open_database(url)
    upgrade(engine)
    return Story(engine, "longcheng-2024")


def _closed(story: Story) -> Office:
    story.engine.dispose()
    return Office(story.engine.url.render_as_string(hide_password=False), story)


@cache
def one_class(folder: Path, dialect: str, learners: int) -> Office:
    """A class of so many, who have done nothing."""
    story = _made(folder, "one_class", dialect)
    story.cohort("一班", "龙城区")
    for number in range(learners):
        story.enrol(f"学员{number}", "learner", "一班", *SCHOOL)
    return _closed(story)


@cache
def two_classes(folder: Path, dialect: str) -> Office:
    """Two classes of a whole term: who has done something and who has not, with addresses, before any night."""
    story = _made(folder, "two_classes", dialect)
    post = Post(story, folder)
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
        for name in ("李", "王"):
            who = f"{cohort}{name}"
            story.enrol(who, "learner", cohort, *SCHOOL)
            post.gives(who, f"{story.people[who]}@example.org")
        story.enrol(f"{cohort}导", "tutor", cohort, *SCHOOL)
        post.gives(f"{cohort}导", f"{cohort == '一班'}@example.org")
        story.shows(f"{cohort}李", "study", 750, at="2024-11-05 20:00")
        story.shows(f"{cohort}李", "assignment", at="2024-11-20 21:15")
        story.shows(f"{cohort}李", "journal", at="2024-11-21 21:15")
        story.marks(f"{cohort}李", "assignment", "良好", received="2024-12-10 10:00")
    story.shows("二班王", "assignment", at="2024-11-20 21:15")
    story.marks("二班王", "assignment", "合格", received="2024-12-16 10:00")
    return _closed(story)
