"""An SQLite database copied into a file while others write, and such a copy proved and brought back.

SQLite's own backup copies the pages as a reader sees them, so that nobody waits for it and it waits for nobody.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from calendars.messages import Wording, refuse
from exchange.private_files import private_folder
from exchange.whole_files import copy, create, settle_folder
from models.database import open_database, transaction
from workflows.census import Census, census

PAGES = 2000  # of 4 KB, between two looks at how far it is
DAMAGED = Wording(zh="复制出来的数据库已损坏：{why}", en="the copy of the database is damaged: {why}")
NOT_COPIED = Wording(zh="数据库没有复制成：{why}", en="the database could not be copied: {why}")

Progress = Callable[[int, int], None]


def take(session: Session, file: Path, progress: Progress) -> None:
    """Copy what a reading session sees into a new file, complete in itself."""
    source: Any = session.connection().connection.driver_connection
    create(file).close()
    try:
        with closing(sqlite3.connect(file)) as target:
            source.backup(
                target, pages=PAGES, progress=lambda _status, left, total: progress(total - left, total)
            )
            target.execute("PRAGMA journal_mode=DELETE")  # no log beside it
    except sqlite3.Error as error:
        raise refuse(NOT_COPIED(why=error), str(file)) from error


def prove(file: Path, _engine: Engine) -> Census:
    """What stands in a copy, looked at page by page. Raises Refused for one that is damaged."""
    engine = create_engine(f"sqlite:///file:{quote(str(file.absolute()))}?mode=ro&immutable=1&uri=true")
    try:
        with Session(engine) as session:
            said = session.connection().exec_driver_sql("PRAGMA integrity_check").scalar()
            if said != "ok":
                raise refuse(DAMAGED(why=said), str(file))
            return census(session)
    except DatabaseError as error:
        raise refuse(DAMAGED(why=error.orig), str(file)) from error
    finally:
        engine.dispose()


def bring_back(file: Path, engine: Engine, accept: Callable[[Session], None]) -> None:
    """Copy a copy into the place of a database that is not there. It is there when `accept` has looked at it and written what
    it has to; until then nothing is."""
    place = Path(engine.url.database or "")
    private_folder(place.parent)
    _clear(place)
    new = place.with_name(f".{place.name}.{os.getpid()}.restoring")
    try:
        copy(file, new)
        copied = open_database(f"sqlite:///{new}")
        try:
            with transaction(copied) as session:
                accept(session)
        finally:
            copied.dispose()  # folds the log into the file
        _put(new, place)
    finally:
        for left in (new, *(new.with_name(f"{new.name}-{end}") for end in ("wal", "shm"))):
            left.unlink(missing_ok=True)


def _clear(place: Path) -> None:
    """What restores that were killed have left here goes."""
    for left in place.parent.glob(f".{place.name}.*.restoring*"):
        try:
            os.kill(int(left.name.removeprefix(f".{place.name}.").partition(".")[0]), 0)
        except ProcessLookupError:
            left.unlink(missing_ok=True)
        except (ValueError, PermissionError):
            continue


def _put(new: Path, place: Path) -> None:
    """In its place, if nothing has come there meanwhile; an empty file counts as nothing."""
    with new.open("rb") as content:
        os.fsync(content.fileno())
    if place.exists() and not place.stat().st_size:
        place.unlink()
    os.link(new, place)
    settle_folder(place.parent)
