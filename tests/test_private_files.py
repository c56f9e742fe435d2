"""What an office keeps is nobody else's to read, whatever the umask of its account; what is written with --out is handed on, and
goes by it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import create_engine, text

from calendars.clock import frozen
from exchange.private_files import make_private, private, private_folder
from tests.support.desk import MARKS, PEOPLE_AND_RECORDS, Desk, example_office, take_in

WITH_A_FILE = "人员编号,任务,时间,附件\nLC001,assignment,2024-12-02 21:15,规划.txt\n"
FRIDAY = datetime(2024, 11, 29, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_on_most_machines() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {str(place.relative_to(folder)): S_IMODE(place.stat().st_mode) for place in folder.rglob("*")}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A term in a home that the first command makes, with everything that a home comes to hold beside Prefect: letters, a file
    that came with a record, heads and their key, a fault."""
    desk = example_office(tmp_path / "srv" / "office", *PEOPLE_AND_RECORDS[:1])
    engine = create_engine(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE person SET email = 'somebody@example.org'"))
    engine.dispose()
    with frozen(FRIDAY):
        desk.expects("night")
        assert " sent" in desk.expects("reminders", "send").out
    take_in(desk, (*PEOPLE_AND_RECORDS[1:], *MARKS))
    (tmp_path / "规划.txt").write_text("目标明确", encoding="utf-8")
    (tmp_path / "more.csv").write_text(WITH_A_FILE, encoding="utf-8")
    came = ("--files", tmp_path, "--received", "2024-12-10 09:00", "--said-by", "陈主任")
    desk.expects("evidence", "import", "-p", "longcheng-2024", tmp_path / "more.csv", *came)
    desk.types("night", "--as-of", "2024-12-16 00:30")
    return desk


def test_a_home_is_for_its_account_alone(desk: Desk) -> None:
    with sqlite3.connect(
        desk.home / "yanxiu.sqlite"
    ) as holding:  # what SQLite writes beside it stays meanwhile
        holding.execute("DROP TABLE night")
        holding.commit()
        assert desk.types("status").code == 70
        found = modes(desk.home)
    holding.close()
    there = {
        "yanxiu.sqlite",
        "yanxiu.sqlite-wal",
        "yanxiu.sqlite-shm",
        "yanxiu.heads.jsonl",
        "seal.key",
        "faults.log",
    }
    assert there <= found.keys()
    parts = {name.rpartition("/")[0] for name, mode in found.items() if not mode & 0o100}
    assert "mail/new" in parts
    assert any(part.startswith("files/") for part in parts)
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    assert S_IMODE(desk.home.stat().st_mode) == S_IMODE(desk.home.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_what_a_person_names_goes_by_their_umask(desk: Desk, tmp_path: Path, umask: int, mode: int) -> None:
    os.umask(umask)
    out = tmp_path / "results.xlsx"
    desk.expects("results", "export", "--programme", "longcheng-2024", "--out", out)
    desk.expects("calendar", "ical", "--programme", "longcheng-2024", "--out", tmp_path / "feeds")
    assert {one for name, one in modes(tmp_path / "feeds").items() if name.endswith(".ics")} == {mode}
    assert S_IMODE(out.stat().st_mode) == mode
    assert S_IMODE((desk.home / "yanxiu.sqlite").stat().st_mode) == 0o600


def test_what_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    """An office that shares its home with a group has said so."""
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o750)
    file = shared / "yanxiu.sqlite"
    file.write_bytes(b"content")
    file.chmod(0o640)
    make_private(file)
    assert file.read_bytes() == b"content"
    assert (S_IMODE(file.stat().st_mode), S_IMODE(shared.stat().st_mode)) == (0o640, 0o750)
    with open(private_folder(shared / "a" / "b") / "c", "x", opener=private):
        pass
    assert modes(shared) == {"yanxiu.sqlite": 0o640, "a": 0o700, "a/b": 0o700, "a/b/c": 0o600}
