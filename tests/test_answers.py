"""What a command answers can be relied on: no cell is cut short, and a misspelt programme is not "all is well"."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from office.answers import table
from office.command import app


def test_a_narrow_terminal_gets_every_word_of_a_cell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    name = "龙城区2024年中小学骨干教师远程培训项目实施方案"
    table(["项目", "阶段", "等待"], [(name, "远程课程学习与研讨交流", "班级辅导教师")])
    shown = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert "".join(cells[1].strip() for cells in shown) == name


@pytest.mark.parametrize("command", [["status"], ["holds"], ["seal", "verify"]])
def test_a_programme_that_there_is_not_is_refused(command: list[str], tmp_path: Path) -> None:
    office = {"YANXIU_HOME": str(tmp_path), "YANXIU_DATABASE_URL": "", "YANXIU_LOCALE": "en"}
    assert CliRunner().invoke(app, ["init"], env=office).exit_code == 0
    answer = CliRunner().invoke(app, [*command, "--programme", "longcheng-2042"], env=office)
    assert answer.exit_code == 1
    assert "longcheng-2042" in answer.stderr
