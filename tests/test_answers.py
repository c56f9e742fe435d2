"""What a command answers can be relied on: no cell is cut short, and a misspelt programme is not "all is well"."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from office.answers import table, table_in_parts
from office.command import app


def test_a_narrow_terminal_gets_every_word_of_a_cell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    name = "龙城区2024年中小学骨干教师远程培训项目实施方案"
    table(["项目", "阶段", "等待"], [(name, "远程课程学习与研讨交流", "班级辅导教师")])
    shown = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert "".join(cells[1].strip() for cells in shown) == name


@pytest.mark.parametrize("width", [60, 100, 200])
def test_a_heading_is_never_broken_within_a_word_and_every_part_names_its_rows(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    figures = ["上报人数", "有效学习人数", "合格率", "pass rate", "assignments", "成绩"] * 2
    table_in_parts(
        ["区县", "学校", *figures], [["东湖县", "东湖城关中心小学", *map(str, range(12))]], names=2
    )
    shown = capsys.readouterr().out
    assert all(shown.count(word) == 2 for heading in figures for word in heading.split())
    rows = [line.split("│")[1:-1] for line in shown.splitlines() if "│" in line]
    assert {tuple(cell.strip() for cell in row[:2]) for row in rows} == {("东湖县", "东湖城关中心小学")}
    assert [cell.strip() for row in rows for cell in row[2:]] == [*map(str, range(12))]
    assert len(rows) == {60: 5, 100: 2, 200: 1}[width]
    assert max(map(len, rows)) - min(map(len, rows)) < 3


@pytest.mark.parametrize("command", [["status"], ["holds"], ["seal", "verify"]])
def test_a_programme_that_there_is_not_is_refused(command: list[str], tmp_path: Path) -> None:
    office = {"YANXIU_HOME": str(tmp_path), "YANXIU_DATABASE_URL": "", "YANXIU_LOCALE": "en"}
    assert CliRunner().invoke(app, ["init"], env=office).exit_code == 0
    answer = CliRunner().invoke(app, [*command, "--programme", "longcheng-2042"], env=office)
    assert answer.exit_code == 1
    assert "longcheng-2042" in answer.stderr
