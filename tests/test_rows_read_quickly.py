"""A CSV file of records is read by what its words meant before; a workbook cell by cell, each with care. The same rows must come
to the same records and the same refusals."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from calendars.messages import UnreadableError
from exchange.cells import read_when
from exchange.evidence import read_evidence
from exchange.known_cells import ASK, Amounts, Times
from exchange.roster import read_roster
from models.database import open_database, transaction
from models.migrating import upgrade
from tests.support.files import imported, local, published, table, workbook

ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校"],
    ["李老师", "T001", "learner", "一班", "龙城区", "一小"],
    ["王老师", "T002", "learner", "二班", "龙城区", "二小"],
    ["双重", "T004", "learner", "一班", "龙城区", "一小"],
    ["双重", "T004", "tutor", "一班", "龙城区", "一小"],
    ["两班", "T005", "learner", "一班", "龙城区", "一小"],
    ["两班", "T005", "learner", "二班", "龙城区", "一小"],
]
PLAIN = {
    "人员编号": ["T001", "T002"],
    "姓名": [""],
    "任务": ["talk"],
    "类型": ["topic", "reply"],
    "项目": [""],
    "数量": ["", "10", "7.25"],
    "字数": ["", "800"],
    "发生时间": ["2024-11-03 20:15", "2024-11-04 20:15:30", "2024-11-05T08:00:00"],
    "来源": ["", "平台"],
    "记录编号": ["", "r", '"q"', "“引号”", "back\\slash"],
    "班级": [""],
    "角色": ["", "learner"],
}
ODD = {
    "人员编号": [" T001", "T002 ", "T004", "T005", "T999", "", "示例"],
    "姓名": ["李老师", "李 老师", "某"],
    "任务": ["study", " talk", "modules", "none", ""],
    "类型": ["TOPIC ", "none", ""],
    "项目": ["师德", "none"],
    "数量": [" 10", "10.005", "-1", "1e3", "many", "１０"],
    "字数": ["8.5", "3000000000", "-4", "x", "21474836.48"],
    "发生时间": [
        "2024-11-03", "2024-11-03 24:00", "2024-11-03 24:00:30", "2024/11/3 8:05", "2025-11-03 20:15", "soon", "", "2024-11-31 10:00",
        "2024-11-03 20:15:30.5", "2024-11-03 20:60", "2024-11-03 20:15:60", "2024-12-01 09:00:00", "2024-12-01 09:00:01",
    ],
    "来源": [" 平台 "],
    "记录编号": [" r", "a b", "#1", "a\u200bb"],
    "班级": ["一班", "二班", "三班"],
    "角色": ["tutor", "参训学员", "none"],
}  # fmt: skip
TAUGHT = [
    {column: values[0] for column, values in PLAIN.items()}
    | {"类型": kind, "来源": source, "角色": role, "人员编号": number}
    for number, role in (("T001", ""), ("T002", "learner"), ("T002", ""), ("T001", "learner"))
    for kind in PLAIN["类型"]
    for source in PLAIN["来源"]
]  # after these the words of every plain row are known
ONE_ODD_CELL = st.sampled_from([{column: value} for column, values in ODD.items() for value in values])
PLAIN_ROW = st.fixed_dictionaries({column: st.sampled_from(values) for column, values in PLAIN.items()})
ROW = st.builds(lambda row, odd: row | odd, PLAIN_ROW, st.one_of(st.just({}), ONE_ODD_CELL))
ROWS = st.lists(ROW, min_size=1, max_size=4).map(lambda rows: [*TAUGHT, *_apart(rows)])


def _apart(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """References that a row has are no other row's: that is told of both alike, and would hide what differs."""
    return [
        row | ({"记录编号": f"{row['记录编号']}{place}"} if row["记录编号"] else {})
        for place, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A database with a programme and its roster, to be copied."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "yanxiu.sqlite"
        engine = open_database(f"sqlite:///{file}")
        upgrade(engine)
        published(engine, "longcheng-2024")
        with transaction(engine) as session:
            roster = table(Path(folder) / "roster.csv", ROSTER)
            imported(session, read_roster(session, "longcheng-2024", roster, local("2024-10-20 09:00")))
        engine.dispose()
        yield file


def outcome(template: Path, folder: Path, sheet: Path) -> tuple[Any, ...]:
    """What a file comes to: the counts, what is wrong without the place, and every record with its digest."""
    shutil.copy(template, folder / "copy.sqlite")
    engine = open_database(f"sqlite:///{folder / 'copy.sqlite'}")
    received = local("2024-12-01 09:00")
    with transaction(engine) as session:
        plan = read_evidence(session, "longcheng-2024", sheet, received)
        refused = sorted(problem.message.text("en").rpartition(": ")[2] for problem in plan.refused)
        counts = plan.rows, plan.examples, plan.added, plan.changed, plan.unchanged
        if not plan.refused:
            imported(session, plan)
        records = session.connection().execute(
            text("SELECT evidence.*, source.name FROM evidence JOIN source ON source.id = source_id "
                 "ORDER BY enrolment_id, source_id, reference, revision")
        ).all()  # fmt: skip
    engine.dispose()
    return counts, refused, [tuple(record) for record in records]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_rows_read_quickly_are_what_they_are_when_read_with_care(
    template: Path, rows: list[dict[str, str]]
) -> None:
    header = [*rows[0]]
    lines = [header, *([row[title] for title in header] for row in rows)]
    with tempfile.TemporaryDirectory() as folder:
        quickly = outcome(template, Path(folder), table(Path(folder) / "r.csv", lines))
        carefully = outcome(template, Path(folder), workbook(Path(folder) / "r.xlsx", lines))
    assert quickly == carefully


ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo")])
NUMBERS = st.integers(0, 99).map(lambda number: f"{number:02}")
WRITTEN = st.builds(
    "{}{}{}{}".format,
    st.dates(min_value=date(2000, 1, 1), max_value=date(2030, 1, 1)),
    st.sampled_from([" ", "T", "", "  "]),
    st.builds("{}:{}".format, NUMBERS, NUMBERS),
    st.one_of(st.just(""), NUMBERS.map(":{}".format)),
)


@given(zone=ZONES, moments=st.lists(WRITTEN, max_size=20))
def test_a_time_is_the_same_second_or_must_be_asked(zone: ZoneInfo, moments: list[str]) -> None:
    times, late = Times(zone, received=2**40), 2**40
    for written in moments:
        found = times[written]
        try:
            begin, end = read_when(written, zone)
        except UnreadableError:
            assert found == ASK
        else:
            assert found in (ASK, begin)
            assert begin <= end <= late
    assert Times(zone, received=0)["2024-11-03 20:15"] == ASK


def test_amounts_are_hundredths_or_must_be_asked() -> None:
    amounts = Amounts()
    assert [amounts[text] for text in ("", "10", "7.25", "-1", "10.005", " ", "many")] == [
        None, 1000, 725, ASK, ASK, ASK, ASK,
    ]  # fmt: skip
