"""An office loses its database and has it back, as it is typed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calendars.clock import frozen, now
from flows.morning import morning_page
from flows.settings import OfficeSettings
from flows.windows import Windows
from models.database import open_database, reading
from tests.support.desk import Desk
from tests.support.story import Story
from tests.test_heads_kept import NIGHT, an_office, write_anew
from workflows.changes import Changes

BY = ("--name", "王主任", "--reason", "看过了")


@pytest.fixture
def office(tmp_path: Path) -> tuple[Desk, Story]:
    desk, story = an_office(tmp_path)
    desk.begins("王主任")
    desk.expects("night", "--as-of", NIGHT)
    story.engine.dispose()
    return desk, story


def lose(desk: Desk) -> None:
    for file in desk.home.glob("yanxiu.sqlite*"):
        file.unlink()


def manifest(desk: Desk, **changed: Any) -> Path:
    """The one backup of an office, with something else in its manifest."""
    (file,) = (desk.home / "backups").glob("*/manifest.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))
    return file.parent


def test_a_database_that_was_lost_is_back_and_sends_when_somebody_has_looked(
    office: tuple[Desk, Story],
) -> None:
    desk, _ = office
    told = desk.expects("backup").out
    assert "restored for a proof and compared" in told
    assert "without keys (data.key, seal.key)" in told
    (folder,) = (desk.home / "backups").glob("yanxiu-*")
    refused = desk.types("restore", folder)
    assert refused.code == 1
    assert "nothing is written over it" in refused.errors
    lose(desk)
    told = desk.expects("restore", folder).out
    assert "nights up to 2024-12-16 00:30, 4 seals" in told
    assert "sending is off: look at yanxiu reminders preview" in told
    assert "run yanxiu seal verify" in told
    assert "nothing that was sealed has been changed" in desk.expects("seal", "verify").out
    assert desk.types("reminders", "send").code == 3
    assert desk.types("status").code == 3
    desk.expects("reminders", "preview")
    desk.expects("reminders", "resume", *BY, "--drop-before", "2024-12-17")
    assert desk.types("reminders", "send").code == 0
    assert "没有停" in desk.types("reminders", "resume", *BY, "--drop-none", language="zh").errors


def test_a_backup_of_before_the_first_night_says_that_none_has_run(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.expects("init")
    assert "), no night has run yet, 0 attachments" in desk.expects("backup").out
    (folder,) = (desk.home / "backups").glob("yanxiu-*")
    restored = Desk(tmp_path / "elsewhere").types("restore", folder, language="zh").out
    assert "的备份，还没有夜间推进过，锁定0次" in restored


def test_without_its_key_it_is_said_to_bring_it(office: tuple[Desk, Story], tmp_path: Path) -> None:
    desk, _ = office
    folder = desk.expects("backup", "--json").json["folder"]
    elsewhere = Desk(tmp_path / "elsewhere")
    assert (
        f"put the seal key back at {elsewhere.home / 'seal.key'}" in elsewhere.expects("restore", folder).out
    )
    assert elsewhere.types("seal", "verify").code == 1
    (elsewhere.home / "seal.key").write_bytes((desk.home / "seal.key").read_bytes())
    elsewhere.expects("seal", "verify")


def test_programs_are_answered(office: tuple[Desk, Story], tmp_path: Path) -> None:
    desk, _ = office
    made = desk.expects("backup", "--to", tmp_path / "b", "--keep", 1, "--json").json
    assert (made["links"], made["proved"], made["removed"]) == (4, True, [])
    again = desk.types("restore", made["folder"], "--into", f"sqlite:///{tmp_path}/new/new.sqlite", "--json")
    assert again.json["fingerprint"] == made["fingerprint"]
    assert again.json["stays"] == []
    assert (tmp_path / "new" / "new.heads.jsonl").exists()


def test_a_backup_of_what_somebody_has_changed_says_so_and_removes_no_older_one(
    office: tuple[Desk, Story],
) -> None:
    desk, story = office
    desk.expects("backup", "--to", desk.home / "kept")
    write_anew(story)
    story.engine.dispose()
    with frozen(now() + timedelta(seconds=5)):
        answer = desk.types("backup", "--to", desk.home / "kept", "--keep", 1)
    assert answer.code == 3
    assert "is not the one whose head was kept outside" in answer.errors
    assert len([*(desk.home / "kept").glob("yanxiu-*")]) == 2  # the older one may be needed


def test_what_cannot_be_restored_here_is_refused_with_what_to_do(office: tuple[Desk, Story]) -> None:
    desk, _ = office
    desk.expects("backup")
    lose(desk)
    folder = manifest(desk, dialect="postgresql", files={"database.dump": {"size": 0, "sha256": ""}})
    assert (
        "a backup of postgresql and can be restored into postgresql alone"
        in desk.types("restore", folder).errors
    )
    census = json.loads((folder / "manifest.json").read_text())["census"]
    whole = {"dialect": "sqlite", "files": {"database.sqlite": {"size": 0, "sha256": ""}}}
    manifest(desk, **whole, census=census | {"revision": "9999"})
    assert "Update the program" in desk.types("restore", folder).errors
    manifest(desk, format=2)
    assert "another version of the program (format 2)" in desk.types("restore", folder).errors
    assert not (desk.home / "yanxiu.sqlite").exists()


def test_the_page_of_the_morning_says_that_nothing_is_sent(office: tuple[Desk, Story]) -> None:
    desk, story = office
    folder = desk.expects("backup", "--json").json["folder"]
    lose(desk)
    desk.expects("restore", folder)
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    settings = OfficeSettings(home=desk.home, locale="zh")
    with reading(engine) as session, frozen(story.at(NIGHT)):
        page = morning_page(session, settings, story.at(NIGHT), Changes(), Windows())
    assert "没有发出：这个数据库是从备份恢复的" in page
    engine.dispose()


def test_prefects_sending_fails_with_the_reason_and_sends_nothing(office: tuple[Desk, Story]) -> None:
    from flows.sending import sending
    from flows.settings import chosen

    desk, _ = office
    folder = desk.expects("backup", "--json").json["folder"]
    lose(desk)
    desk.expects("restore", folder)
    with chosen(OfficeSettings(home=desk.home, database_url="", locale="en")):
        state = sending.fn()
    assert state.is_failed()
    assert "restored from a backup" in str(state.message)
    assert not (desk.home / "mail").exists()
