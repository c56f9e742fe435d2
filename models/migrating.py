"""Bringing a database to this program's schema: made, upgraded, or found to be too old or too new."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from calendars.messages import Wording, refuse
from models.database import MIGRATING, one_at_a_time, reading
from models.keys import require_key

MIGRATIONS = Path(__file__).parent / "migrations"
INSUFFICIENT_PRIVILEGE = "42501"

FIRST_WITH_KEY = "0016"

NOT_MADE = Wording(
    zh="数据库 {url} 还没有建立。请先运行 yanxiu init",
    en="the database {url} has not been set up. Run yanxiu init first",
)
TOO_OLD = Wording(
    zh="数据库 {url} 是旧版本（{found}，本程序需要{expected}）。请先备份，再运行 yanxiu init 升级",
    en="the database {url} is of an older version ({found}; this program needs {expected}). "
    "Back it up, then run yanxiu init to upgrade it",
)
TOO_NEW = Wording(
    zh="数据库 {url} 是更新的版本（{found}，本程序只认识到{expected}）。请更新程序",
    en="the database {url} is of a newer version ({found}; this program knows up to {expected}). "
    "Update the program",
)
NOT_THE_OWNER = Wording(
    zh="数据库 {url} 的表只能由它们的所有者建立或升级，这个角色不能：{why}",
    en="only the owner of its tables can make or upgrade the database {url}, and this role is not: {why}",
)
UNREACHABLE = Wording(zh="打不开数据库 {url}：{why}", en="cannot open the database {url}: {why}")


def revisions() -> list[str]:
    """The numbers of all revisions of this program, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def version(engine: Engine) -> str | None:
    """The revision that a database is at; None if it has none. Raises Refused if it cannot be opened."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and not Path(file).exists():
        return None  # connecting would make an empty file in the wrong place
    try:
        with reading(engine) as session:
            connection = session.connection()
            if not inspect(connection).has_table("alembic_version"):
                return None
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    except DatabaseError as error:
        raise refuse(UNREACHABLE(url=_shown(engine), why=str(error.orig).strip())) from error


def is_current(engine: Engine) -> bool:
    return version(engine) == revisions()[-1]


def is_without_key(engine: Engine) -> bool:
    """Whether a database is not yet under a data key: it is new, or of a version that had none."""
    found = version(engine)
    return found is None or found < FIRST_WITH_KEY


def require_current(engine: Engine) -> None:
    """Raises Refused, saying what to do, unless the database has exactly this program's schema, and its key is here."""
    found, expected = version(engine), revisions()[-1]
    if found is None:
        raise refuse(NOT_MADE(url=_shown(engine)))
    if found not in revisions():
        raise refuse(TOO_NEW(url=_shown(engine), found=found, expected=expected))
    if found != expected:
        raise refuse(TOO_OLD(url=_shown(engine), found=found, expected=expected))
    with reading(engine) as session:
        require_key(session.connection())


def upgrade(engine: Engine) -> bool:
    """Make or upgrade the schema in one transaction. Says whether anything was done; raises Refused for a
    database that is newer than the program."""
    known = revisions()
    found = version(engine)
    if found == known[-1]:
        return False
    if found is not None and found not in known:
        raise refuse(TOO_NEW(url=_shown(engine), found=found, expected=known[-1]))
    try:
        with engine.begin() as connection:
            migrate(connection)
    except OperationalError as error:
        raise refuse(UNREACHABLE(url=_shown(engine), why=str(error.orig).strip())) from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        raise refuse(NOT_THE_OWNER(url=_shown(engine), why=str(error.orig).partition("\n")[0])) from error
    return True


def migrate(connection: Connection) -> None:
    """Make or upgrade the schema inside the connection's transaction."""
    from alembic import command  # noqa: PLC0415 (half of the start of a command that only reads)
    from alembic.config import Config  # noqa: PLC0415

    one_at_a_time(connection, MIGRATING)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
