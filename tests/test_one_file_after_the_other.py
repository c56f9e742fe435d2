"""A platform's export comes as a folder of files: each is taken in by itself, and whoever broke off goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk, enrolled_office
from tests.support.files import table

SLUG = ["-p", "longcheng-2024"]
WHEN = ["--received", "2024-12-01 09:00", "--said-by", "陈主任"]
ROSTER = [
    ["人员编号", "姓名", "角色", "区县", "学校", "班级"],
    ["T001", "李老师", "参训学员", "龙城区", "一中", "一班"],
]
HEADER = ["人员编号", "任务", "类型", "发生时间", "记录编号"]


def export(folder: Path, name: str, *references: str, number: str = "T001") -> Path:
    rows = [[number, "talk", "topic", "2024-11-03 20:15", reference] for reference in references]
    return table(folder / name, [HEADER, *rows])


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return enrolled_office(tmp_path / "home", table(tmp_path / "r.csv", ROSTER))


def test_what_is_written_stays_and_the_same_command_goes_on(office: Desk, tmp_path: Path) -> None:
    first, third = export(tmp_path, "1.csv", "a", "b"), export(tmp_path, "3.csv", "d")
    wrong = export(tmp_path, "2.csv", "c", number="T999")
    answer = office.types("evidence", "import", *SLUG, first, wrong, third, *WHEN, "--each")
    assert answer.code == 1
    assert "1.csv: 2 rows; 2 added" in answer.out
    assert "3.csv: 1 row; 1 added" in answer.out
    assert "2.csv: line 2" in answer.errors
    export(tmp_path, "2.csv", "c")
    again = office.expects("evidence", "import", *SLUG, first, wrong, third, *WHEN, "--each").out
    assert [line.partition(":")[0] for line in again.splitlines()] == ["1.csv", "2.csv", "3.csv"]
    assert again.count("taken in already at") == 2
    assert "2.csv: 1 row; 1 added" in again
    told = office.types("evidence", "import", *SLUG, first, *WHEN, "--each", language="zh").out
    assert told.startswith("1.csv：")
    assert told.endswith("已经导入过，跳过\n")


def test_without_it_one_wrong_file_keeps_the_others_out(office: Desk, tmp_path: Path) -> None:
    first, wrong = export(tmp_path, "1.csv", "a"), export(tmp_path, "2.csv", "c", number="T999")
    assert office.types("evidence", "import", *SLUG, first, wrong, *WHEN).code == 1
    assert "1 added" in office.expects("evidence", "import", *SLUG, first, *WHEN).out


def test_an_old_file_does_not_undo_a_correction(office: Desk, tmp_path: Path) -> None:
    """Passed over, it changes nothing; taken in without --each it would be refused, or correct what corrected it."""
    old, new = export(tmp_path, "old.csv", "a"), tmp_path / "new.csv"
    table(new, [HEADER, ["T001", "talk", "topic", "2024-11-04 08:00", "a"]])
    office.expects("evidence", "import", *SLUG, old, *WHEN, "--each")
    assert "1 changed" in office.expects("evidence", "import", *SLUG, new, *WHEN, "--each").out
    assert "passed over" in office.expects("evidence", "import", *SLUG, old, *WHEN, "--each").out
    answer = office.expects("evidence", "import", *SLUG, old, new, *WHEN, "--each", "--json")
    assert [(one["file"], one["written"], one["taken_before"] is not None) for one in answer.json] == [
        ("old.csv", False, True), ("new.csv", False, True),
    ]  # fmt: skip
