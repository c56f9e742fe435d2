"""A hostile or a spoilt file: a clear error and nothing of it taken in; this process lives, in bounded memory and time."""

from __future__ import annotations

import resource
import time
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from calendars.messages import Refused
from exchange.evidence import read_evidence
from exchange.plans import commit
from exchange.roster import read_roster
from models.database import open_database, transaction
from models.migrating import upgrade
from tests.support.files import SHANGHAI, everything, imported, local, published, table
from tests.support.hostile_files import Good, spoilt
from tests.torture.promise import Promise

HEADER = ["人员编号", "任务", "类型", "项目", "数量", "发生时间", "来源", "记录编号"]
PEOPLE = [f"T{n:03d}" for n in range(6)]
RECEIVED = local("2024-12-15 09:00")
SECONDS = 60.0
MOST_MEMORY = 400 << 10  # kB more than before, of this process


def _rows() -> list[list[object]]:
    begin = datetime(2024, 11, 4, 8, tzinfo=SHANGHAI)
    return [
        [PEOPLE[n % 6], "study", "study_minutes", "", str(10 + n), f"{begin + timedelta(hours=n):%Y-%m-%d %H:%M:%S}", "平台", f"r{n}"]
        for n in range(40)
    ]  # fmt: skip


GOOD = Good([HEADER, *_rows()], number=0, amount=4)


@cache
def _office(folder: Path) -> tuple[Engine, dict[str, list[tuple[object, ...]]]]:
    """A database with a roster, and all that is in it."""
    engine = open_database(f"sqlite:///{folder / 'hostile.sqlite'}")
    upgrade(engine)
    published(engine, "longcheng-2024")
    header = ["姓名", "人员编号", "角色", "班级", "区县", "学校"]
    rows = [[f"学员{number}", number, "learner", "一班", "龙城区", "一小"] for number in PEOPLE]
    with transaction(engine) as session:
        roster = table(folder / "roster.csv", [header, *rows])
        imported(session, read_roster(session, "longcheng-2024", roster, local("2024-10-20 09:00")))
    with transaction(engine) as session:
        return engine, everything(session)


def attempt(number: int, folder: Path) -> None:
    engine, before = _office(folder)
    way, file = spoilt(number, GOOD, folder)
    path = folder / "来件.xlsx"
    path.write_bytes(file.content)
    memory, began = _peak(), time.monotonic()
    taken, told = _take_in(engine, path)
    assert time.monotonic() - began < SECONDS, f"{way}: longer than {SECONDS} s"
    assert _peak() - memory < MOST_MEMORY, f"{way}: {_peak() - memory} kB"
    with transaction(engine) as session:
        assert everything(session) == before, f"{way}: something stays"
    if taken is None:
        assert told, way
        assert all(line.startswith("来件.xlsx") and len(line) > len("来件.xlsx: ") for line in told), (
            f"{way}: {told}"
        )
    else:
        assert not file.must_fall, f"{way}: {taken} rows were taken in"


def _take_in(engine: Engine, path: Path) -> tuple[int | None, list[str]]:
    """How many rows were taken in, and forgotten again; or what was told."""
    with engine.connect() as connection, connection.begin() as whole:
        from sqlmodel import Session

        session = Session(connection)
        try:
            plan = read_evidence(session, "longcheng-2024", path, RECEIVED)
            commit(session, plan, RECEIVED)
        except Refused as refused:
            told = [problem.text(locale) for problem in refused.problems for locale in ("zh", "en")]
            return None, told
        finally:
            session.close()
            if whole.is_active:
                whole.rollback()
    return plan.added, []


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


HOSTILE_FILES = Promise("hostile and spoilt files are refused whole", 10_000, 120, attempt)
