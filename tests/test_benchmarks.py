"""The benchmarks still run: every part finds what it is there to find, whatever the figures are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.command import PARTS, SERVED, SLOW, main, one_part
from benchmarks.databases import served
from benchmarks.figures import Found, ratio_from, ratio_up_to, up_to
from benchmarks.intake import take_in_everything, tell, write_paper
from benchmarks.sizes import Sizes
from benchmarks.table import show

TINY = Sizes(enrolments=120, evidence=10, small=60, imported=60, letters=20, texts=250, tries=1)
TOLD = {
    "night": ("the floor itself", "night of the cutoff", "quiet night", "a hundredth due", "peak memory"),
    "servers": ("night of the cutoff, one process", "shared by 2 processes", "quiet night"),
    "instead": ("an ORM loop", "SQLAlchemy Core", "polars"),
    "moves": ("the moves as SQL", "each by the machine's trigger", "asked once for each case"),
    "commands": ("yanxiu --help", "yanxiu status"),
    "intake": (
        "SQLite: the file taken in", "SQLite: the same file again", "SQLite: a hundredth more", "SQLite: log", "SQLite: peak memory",
    ),
    "letters": ("SQLite: the night that reminds", "SQLite: folding", "a letter to a mail server"),
    "likeness": ("compared with each other", "asked once more"),
}  # fmt: skip


def tells(found: Found, part: str) -> None:
    for what in TOLD[part]:
        figures = [one for one in found.figures if one.what.startswith(what) or what in one.what]
        assert figures, what
        assert all(value > 0 for one in figures for value in one.values)
    assert list(found.main())


def test_every_part_is_looked_at_here() -> None:
    assert {*TOLD} == {*PARTS} - SLOW


@pytest.mark.parametrize("part", sorted({*TOLD} - SERVED))
def test_a_part_finds_its_figures(part: str, tmp_path: Path) -> None:
    tells(one_part(part, TINY, tmp_path), part)


@pytest.mark.postgres
def test_on_a_server_a_night_is_shared_and_files_are_taken_in(postgres_url: str, tmp_path: Path) -> None:
    tells(one_part("servers", replace(TINY, database=postgres_url), tmp_path), "servers")
    found, paper = Found(""), write_paper(TINY, tmp_path)
    with served(postgres_url) as databases:
        tell(found, take_in_everything(databases, TINY, paper), paper)
    assert "PostgreSQL: the file taken in" in [figure.what for figure in found.figures]


def test_the_command_prints_one_table_also_when_a_part_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PARTS, "nowhere", "a part that is not there")
    assert main(["--only", "nowhere", "moves", "--enrolments", "60", "--database", ""]) == 1
    told = capsys.readouterr()
    assert "No module named 'benchmarks.nowhere'" in told.err
    printed = told.out.splitlines()
    assert printed[0].split() == ["what", "time", "floor", "ratio", "target"]
    assert printed[1].endswith("(120 moves)")
    assert "at least 8" in printed[3]
    assert any(line.startswith("60 enrolments with 20 learning records each; SQLite") for line in printed)


def test_sizes_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "moves", "--growth", "60", "120", "--database", ""]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["what", "60", "ratio", "120", "ratio"]
    assert len([line for line in printed if line.startswith("each by the machine's trigger")]) == 1


def test_a_figure_says_whether_it_reaches_what_it_should(capsys: pytest.CaptureFixture[str]) -> None:
    found = Found("A part, by its floor", "so large")
    found.add("near", [0.3, 0.2, 0.4], [0.1, 0.1, 0.1], ratio_up_to(3))
    found.add("far", 0.5, 0.1, ratio_up_to(3), up_to(1))
    found.add("slower", 2.0, 0.1, ratio_from(8))
    found.notes.append("a note")
    show([found], TINY, "")
    near, far, slower, note = capsys.readouterr().out.splitlines()[2:6]
    assert " ".join(near.split()) == "near 300 ms 100 ms 3.00 (2.00 to 4.00) at most 3"
    assert " ".join(far.split()) == "far 500 ms 100 ms 5.00 at most 3, at most 1.0 s: missed"
    assert slower.split() == ["slower", "2.0", "s", "100", "ms", "20.0", "at", "least", "8"]
    assert note == "a note"
