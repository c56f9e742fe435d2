"""Whatever rows are written to a file, in whatever encoding: what comes in is what was written."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from calendars.quantities import shown
from exchange.evidence import read_evidence
from exchange.plans import commit
from exchange.roster import read_roster
from exchange.staging import Staging
from models.database import open_database, transaction
from models.migrating import upgrade
from tests.support.files import SHANGHAI, asked, everything, imported, local, published, table, workbook

PEOPLE = [f"T{n:03d}" for n in range(6)]


def is_of_one_encoding(written: str) -> bool:
    """Not like `áġ`, which in UTF-8 is what `谩摹` is in GB18030: a line with nothing else to go by is refused."""
    try:
        return max(written) >= "\u2e80" or len(written.encode().decode("gb2312")) < 2
    except UnicodeDecodeError:
        return True


WRITTEN = st.text(
    st.characters(categories=("L", "N"), include_characters="-（）《》,\"';=+@"), min_size=1, max_size=12
).filter(lambda written: written.isascii() or is_of_one_encoding(written))
MOMENTS = st.integers(0, 30 * 86_400 - 1).map(
    lambda second: datetime(2024, 11, 1, tzinfo=SHANGHAI) + timedelta(seconds=second)
)
RECORDS = st.fixed_dictionaries(
    {
        "number": st.sampled_from(PEOPLE),
        "task": st.sampled_from([("study", "study_minutes", ""), ("talk", "topic", ""), ("modules", "module_hours", "师德")]),
        "amount": st.integers(0, 99_999_99),
        "characters": st.none() | st.integers(0, 99_999),
        "happened": MOMENTS,
        "source": st.sampled_from(["平台", "B"]),
        "reference": WRITTEN,
    }
)  # fmt: skip
FILES = st.lists(
    RECORDS, min_size=1, max_size=12, unique_by=lambda record: (record["source"], record["reference"])
)
HEADER = ["人员编号", "任务", "类型", "项目", "数量", "字数", "发生时间", "来源", "记录编号"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a programme and its roster, to be copied."""
    folder = tmp_path_factory.mktemp("ready")
    file = folder / "yanxiu.sqlite"
    engine = open_database(f"sqlite:///{file}")
    upgrade(engine)
    published(engine, "longcheng-2024")
    header = ["姓名", "人员编号", "角色", "班级", "区县", "学校"]
    rows = [[f"学员{number}", number, "learner", "一班", "龙城区", "一小"] for number in PEOPLE]
    with transaction(engine) as session:
        roster = table(folder / "r.csv", [header, *rows])
        imported(session, read_roster(session, "longcheng-2024", roster, local("2024-10-20 09:00")))
    engine.dispose()
    return file


def written(record: dict[str, object], format_: str) -> list[object]:
    task, kind, item = record["task"]  # type: ignore[misc]
    happened = record["happened"]
    assert isinstance(happened, datetime)
    # A date cell cannot tell a day from its midnight, see docs/files.md.
    in_a_date_cell = format_ == "xlsx" and happened.time() != time()
    amount = int(record["amount"])  # type: ignore[call-overload]
    return [
        record["number"], task, kind, item, amount / 100 if format_ == "xlsx" else shown(amount),
        "" if record["characters"] is None else record["characters"],
        happened.replace(tzinfo=None) if in_a_date_cell else f"{happened:%Y-%m-%d %H:%M:%S}",
        record["source"], record["reference"],
    ]  # fmt: skip


def back(session: Session) -> set[tuple[object, ...]]:
    rows = asked(
        session,
        "SELECT person.number, task, kind, item, amount, characters, happened_at, source.name, reference "
        "FROM evidence JOIN enrolment ON enrolment.id = enrolment_id JOIN person ON person.id = person_id "
        "JOIN activity ON activity.id = activity_id JOIN source ON source.id = source_id WHERE withdrawn_at IS NULL",
    )
    return set(rows)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=FILES, format_=st.sampled_from(["xlsx", "utf-8", "utf-8-sig", "gb18030"]))
def test_what_was_written_is_what_comes_in(
    template: Path, records: list[dict[str, object]], format_: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(template, folder)
        engine = open_database(f"sqlite:///{file}")
        lines = [HEADER, *(written(record, format_) for record in records)]
        path = Path(folder) / "records"
        if format_ == "xlsx":
            workbook(path, lines)
        else:
            table(path, lines, format_)
        with transaction(engine) as session:
            received = local("2024-12-01 09:00")
            plan = read_evidence(session, "longcheng-2024", path, received)
            assert plan.refused == []
            commit(session, plan, received)
            expected = {
                (record["number"], *record["task"], record["amount"], record["characters"],  # type: ignore[misc]
                 int(record["happened"].astimezone(UTC).timestamp()), record["source"], record["reference"])  # type: ignore[attr-defined]
                for record in records
            }  # fmt: skip
            assert back(session) == expected
            before = everything(session)
            again = read_evidence(session, "longcheng-2024", path, received + timedelta(days=1))
            assert (again.added, again.changed, again.unchanged) == (0, 0, len(records))
            assert everything(session) == before
        engine.dispose()


def test_what_is_left_of_a_plan_may_be_swept_up_by_any_thread() -> None:
    """The last one to let go of a plan is whoever collects garbage, which may be another thread."""
    staging = Staging(["a"])
    staging.add([(1, 2)])
    database, held = staging._database, [staging]
    del staging
    thread = Thread(target=held.clear)
    thread.start()
    thread.join()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        database.execute("SELECT 1")
