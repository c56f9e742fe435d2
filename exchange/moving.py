"""A whole database into an empty one of another kind or in another place: all or nothing, and the same by its seals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from calendars.messages import Problem, Refused, Wording, refuse
from exchange.private_files import private_folder
from exchange.whole_files import create
from models.copying import copy_rows, kept_still, may_take_long
from models.database import reading, transaction
from models.migrating import migrate
from models.nights import Night
from models.vacant import require_vacant
from workflows.census import Census, census, differences
from workflows.verifying import verify

AT_WORK = Wording(
    zh="有一次夜间推进没有做完：正在运行，或者中断了。等它做完，或运行 yanxiu night，再搬",
    en="a night is not finished: it is running, or broke off. Wait for it, or run yanxiu night, and move then",
)
NOT_TAKEN = Wording(
    zh="新的数据库没有收下：{why}。新旧数据库都没有改变",
    en="the new database did not take it: {why}. Neither of them was changed",
)
NOT_THE_SAME = Wording(
    zh="搬过去的与原来的不符，已全部撤回", en="what was moved is not the same, and is undone"
)
NOT_AS_SEALED = Wording(
    zh="锁定的成绩有不符之处，没有搬。见 yanxiu seal verify",
    en="what was sealed is not as it was, so nothing was moved; see yanxiu seal verify",
)

MOST = 20  # of these: all are told by the command that is named

Progress = Callable[[int, int], None]


def move(source: Engine, target: Engine, progress: Progress) -> Census:
    """Copy everything into a vacant database, in one transaction of it, and verify it there by its seals: what stands in both.
    `progress` hears of rows, then of cohorts.
    Raises Refused, and the target is as empty as before, where anything is in the way or not the same."""
    require_vacant(target)
    with kept_still(source), reading(source) as old:
        may_take_long(old.connection())
        unfinished = select(col(Night.id)).where(col(Night.finished_at).is_(None), _last())
        if old.execute(unfinished).first() is not None:
            raise refuse(AT_WORK())
        stands = census(old)
        if target.dialect.name == "sqlite" and not (place := Path(target.url.database or "")).exists():
            private_folder(place.parent)
            create(place).close()  # for nobody else to read
        try:
            with transaction(target) as new:
                _copy(old, new, stands, progress)
                _compare(new, stands, progress)
        except (DBAPIError, target.dialect.loaded_dbapi.Error) as error:
            why = type(getattr(error, "orig", error)).__name__  # its own words may quote a row
            raise refuse(NOT_TAKEN(why=why), target.url.render_as_string()) from error
    return stands


def _last() -> ColumnElement[bool]:
    return col(Night.id) == select(col(Night.id)).order_by(col(Night.id).desc()).limit(1).scalar_subquery()


def _copy(old: Session, new: Session, stands: Census, progress: Progress) -> None:
    total, done = sum(stands.rows.values()), 0

    def copied(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, total)

    migrate(new.connection())
    copy_rows(old, new, copied)


def _compare(new: Session, stands: Census, progress: Progress) -> None:
    wrong = [Problem("", one) for one in differences(stands, census(new))]
    if wrong:
        raise Refused([Problem("", NOT_THE_SAME()), *wrong])
    problems = verify(new, progress=progress)
    if problems:
        raise Refused([Problem("", NOT_AS_SEALED()), *problems[:MOST]])
