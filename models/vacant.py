"""A place for a database in which there is nothing yet."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from calendars.messages import Wording, refuse
from models.database import reading
from models.migrating import UNREACHABLE

TAKEN = Wording(
    zh="{url} 里已有数据，不会覆盖。请先把它移到别处，或指定另一个空的地方",
    en="there is something in {url}, and nothing is written over it. Move it away first, or name another, empty place",
)
BROKEN_OFF = Wording(
    zh="{url} 里有一次没有做完的恢复，还不能用。请删除这个数据库，重新建立一个空的，再恢复一次",
    en="a restore into {url} was broken off, and it is of no use yet. Drop this database, make an empty one, and restore again",
)
LEFT_BEHIND = Wording(
    zh="{file} 是另一个数据库留下的。请先把它移到别处",
    en="{file} was left by another database. Move it away first",
)


def require_vacant(engine: Engine) -> None:
    """Raises Refused, saying what to do, where a database has any table, or cannot be opened."""
    url = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name == "sqlite" and not _is_a_file(Path(engine.url.database or "")):
        return
    try:
        with reading(engine) as session:
            connection = session.connection()
            tables = inspect(connection).get_table_names()
            half = "alembic_version" in tables and not connection.scalar(
                text("SELECT count(*) FROM alembic_version")
            )
    except DatabaseError as error:
        raise refuse(UNREACHABLE(url=url, why=str(error.orig).strip())) from error
    if tables:
        raise refuse((BROKEN_OFF if half else TAKEN)(url=url))


def _is_a_file(file: Path) -> bool:
    """Whether there is one. The log of another database would be taken for the new one's."""
    if file.exists():
        return True
    for beside in (file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-journal")):
        if beside.exists():
            raise refuse(LEFT_BEHIND(file=beside))
    return False
