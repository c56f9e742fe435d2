"""A backup is whole, proved and private, or it is not there; what is restored from it is what was."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, make_url, select, text
from sqlmodel import Session

from calendars.messages import Refused
from exchange import sqlite_copies
from exchange.backups import MANIFEST, Backup, back_up, backups_of, check, keep_newest, read_manifest, restore
from exchange.belongings import Belongings
from exchange.head_file import HeadFile
from exchange.keeping import keep
from models.database import open_database, reading, transaction
from models.filings import Filing, FilingAttachment
from models.migrating import require_current
from models.types import seconds
from models.vacant import require_vacant
from tests.support.outcomes import outcome
from tests.support.places import Vacant
from tests.support.running import wait_for
from tests.support.story import Story
from tests.test_heads_kept import NIGHT, two_classes
from tests.torture.forked import begun, ended
from workflows.heads import fingerprint, heads_of
from workflows.resuming import restored, sending_is_off

pytestmark = pytest.mark.usefixtures("pg_dump")

AT = datetime(2024, 12, 16, 1, tzinfo=UTC)


class Office:
    """A database with everything that belongs to it."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self.engine, self.home = engine, home
        self.belongings = belonging_to(home)
        self.story = two_classes(engine)
        self.story.night(NIGHT)
        with reading(engine) as session:
            HeadFile(self.belongings.heads, home / "seal.key").keep(session, AT, AT)
        self.belongings.letters.joinpath("zh").mkdir(parents=True)
        self.belongings.letters.joinpath("zh", "person.txt").write_text("您好")
        self.belongings.holidays.write_text("2027:\n  off: [2027-01-01]\n")
        (home / "photo.jpg").write_bytes(b"photo" * 1000)
        self.attachment = keep(self.belongings.files, home / "photo.jpg").sha256

    def back_up(self, folder: Path, name: str = "first", at: datetime = AT) -> Backup:
        return back_up(self.engine, self.belongings, folder, name, at, no_progress)


def belonging_to(home: Path) -> Belongings:
    home.mkdir(exist_ok=True)
    return Belongings(home / "heads.jsonl", home / "files", home / "holidays.yaml", home / "letters")


def no_progress(_done: int, _total: int) -> None:
    return


def note(session: Session) -> None:
    restored(session, AT, AT + timedelta(hours=1))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return Office(engine, tmp_path / "home")


def test_what_is_restored_is_what_was_and_sends_nothing(
    office: Office, tmp_path: Path, vacant: Vacant
) -> None:
    made = office.back_up(tmp_path / "backups")
    assert (made.proved, made.attachments, made.left_out) == (True, 1, [])
    found = open_database(vacant(office.engine.dialect.name))
    require_vacant(found)
    check(read_manifest(made.folder), no_progress)
    elsewhere = belonging_to(tmp_path / "elsewhere")
    assert restore(made, found, elsewhere, note) == []
    require_current(found)
    again = Story.__new__(Story)
    again.__dict__ |= office.story.__dict__ | {"engine": found}
    assert outcome(again) == outcome(office.story)
    belong = everything(office.home)
    del belong["seal.key"], belong["photo.jpg"]
    assert everything(tmp_path / "elsewhere") == belong
    with reading(found) as session:
        assert sending_is_off(session) is not None
    with reading(office.engine) as session:
        assert sending_is_off(session) is None
    found.dispose()


def test_a_backup_has_no_key_and_is_for_nobody_else_to_read(office: Office, tmp_path: Path) -> None:
    made = office.back_up(tmp_path / "new" / "backups")
    key = (office.home / "seal.key").read_bytes().strip()
    assert not [name for name, content in everything(made.folder).items() if key in content]
    for path in (made.folder.parent, made.folder, *made.folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert "pw" not in (made.folder / MANIFEST).read_text()


def test_the_manifest_says_what_is_in_it(office: Office, tmp_path: Path) -> None:
    made = office.back_up(tmp_path / "backups")
    said = json.loads((made.folder / MANIFEST).read_text())
    assert {*said["files"]} == {*everything(made.folder)} - {MANIFEST}
    with reading(office.engine) as session:
        assert (said["census"]["links"], said["census"]["fingerprint"]) == (4, fingerprint(heads_of(session)))
    assert said["census"]["last_night"] == seconds(office.story.at(NIGHT))
    assert said["census"]["rows"]["score_sheet"] == 6
    assert read_manifest(made.folder) == made


@pytest.mark.parametrize(
    "file", ["database", "heads.jsonl", "holidays.yaml", "letters/zh/person.txt", "files"]
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_bit_or_one_file_that_is_not_as_it_was_is_found(
    office: Office, tmp_path: Path, file: str
) -> None:
    made = office.back_up(tmp_path / "backups")
    (name,) = [one for one in made.files if one.startswith(file)]
    content = bytearray((made.folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (made.folder / name).write_bytes(content)
    with pytest.raises(Refused, match=f"{name}: this file of the backup is not as its manifest says"):
        check(read_manifest(made.folder), no_progress)
    (made.folder / name).unlink()
    (made.folder / "strange").touch()
    with pytest.raises(
        Refused, match=f"(?s){name}: this file of the backup is missing.*strange: the manifest knows nothing"
    ):
        check(read_manifest(made.folder), no_progress)


@pytest.mark.parametrize(
    "said",
    [
        "", "[]", "{}", '{"format": 1}', '{"format": 1, "files": null}', None, "files/../../x", "/etc/passwd", "letters/",
        "other", "files//x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_backup_or_would_lead_elsewhere_is_refused(
    office: Office, tmp_path: Path, said: str | None
) -> None:
    made = office.back_up(tmp_path / "backups")
    manifest = made.folder / MANIFEST
    if said is None:
        manifest.unlink()
    elif said.startswith(("{", "[")) or not said:
        manifest.write_text(said)
    else:
        whole = json.loads(manifest.read_text())
        whole["files"][said] = {"size": 0, "sha256": ""}
        manifest.write_text(json.dumps(whole))
    with pytest.raises(Refused, match="this is no backup"):
        read_manifest(made.folder)


def test_what_was_copied_and_is_not_the_same_is_not_kept(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the copy had lost a row on its way: the proof finds it."""
    way = made_with_a_row_less(office.engine.dialect.name, monkeypatch)
    with pytest.raises(
        Refused,
        match=r"not the same as the database, and was not kept\n.*table mark: 4 rows expected, 3 found",
    ):
        office.back_up(tmp_path / "backups")
    assert way
    assert everything(tmp_path / "backups") == {".lock": b""}


def made_with_a_row_less(dialect: str, monkeypatch: pytest.MonkeyPatch) -> str:
    from exchange import backups

    way = backups.WAYS[dialect]

    def prove(file: Path, engine: Engine) -> Any:
        found = way.prove(file, engine)
        assert found is not None
        return type(found).from_json(
            found.as_json() | {"rows": {**found.rows, "mark": found.rows["mark"] - 1}}
        )

    monkeypatch.setitem(backups.WAYS, dialect, way._replace(prove=prove))
    return way.file


def test_no_backup_is_written_over_and_no_database_either(
    office: Office, tmp_path: Path, vacant: Vacant
) -> None:
    made = office.back_up(tmp_path / "backups")
    before = everything(made.folder)
    with pytest.raises(Refused, match="this backup exists, and is not written over"):
        office.back_up(tmp_path / "backups")
    assert everything(made.folder) == before
    with pytest.raises(Refused, match="nothing is written over it"):
        require_vacant(office.engine)


def test_what_lies_beside_stays_and_is_told(office: Office, tmp_path: Path, vacant: Vacant) -> None:
    """The heads that were kept since are the witness; they are not replaced by older ones."""
    made = office.back_up(tmp_path / "backups")
    elsewhere = belonging_to(tmp_path / "elsewhere")
    elsewhere.heads.write_text("newer\n")
    elsewhere.holidays.write_bytes(office.belongings.holidays.read_bytes())
    found = open_database(vacant(office.engine.dialect.name))
    assert restore(made, found, elsewhere, note) == ["heads.jsonl"]
    assert elsewhere.heads.read_text() == "newer\n"
    found.dispose()


def test_an_attachment_that_was_changed_is_left_out_and_told(office: Office, tmp_path: Path) -> None:
    (office.belongings.files / office.attachment[:2] / office.attachment).write_bytes(b"another")
    (office.belongings.files / "tmpabc").write_bytes(b"half")
    made = office.back_up(tmp_path / "backups")
    assert (made.left_out, made.missing) == ([office.attachment], 0)  # no row names it
    assert not made.attachments
    check(made, no_progress)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_oldest_go_and_those_of_another_office_stay(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    for number in range(4):
        newest = office.back_up(folder, f"backup-{number}", AT + timedelta(days=number))
    other = folder / "other"
    whole = json.loads((newest.folder / MANIFEST).read_text()) | {"database": "sqlite:////other", "at": 0}
    other.mkdir()
    (other / MANIFEST).write_text(json.dumps(whole))
    (folder / "mine").mkdir()
    assert [one.folder.name for one in keep_newest(newest, 2)] == ["backup-0", "backup-1"]
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock",
        "backup-2",
        "backup-3",
        "mine",
        "other",
    ]
    assert keep_newest(newest, 2) == []
    assert len(backups_of(folder, newest.database)) == 2
    older = office.back_up(folder, "clock set back", AT - timedelta(days=9))
    assert [one.folder.name for one in keep_newest(older, 1)] == ["backup-2", "backup-3"]


def test_a_backup_that_is_killed_is_none_and_the_next_one_clears_it_away(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    office.engine.dispose()

    def killed() -> None:
        monkeypatch.setattr("exchange.backups.write_json", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        office.back_up(folder)

    assert ended(begun(killed)) == -signal.SIGKILL
    assert [path.name for path in folder.iterdir() if not path.name.startswith(".")] == []
    made = office.back_up(folder)
    assert sorted(path.name for path in folder.iterdir()) == [".lock", made.folder.name]


def test_a_restore_that_is_killed_leaves_nothing_that_could_be_used(
    office: Office, tmp_path: Path, vacant: Vacant
) -> None:
    made = office.back_up(tmp_path / "backups")
    url = vacant(office.engine.dialect.name)
    office.engine.dispose()

    def killed() -> None:
        restore(
            made,
            open_database(url),
            belonging_to(tmp_path / "other"),
            lambda _: os.kill(os.getpid(), signal.SIGKILL),
        )

    assert ended(begun(killed)) == -signal.SIGKILL
    found = open_database(url)
    with pytest.raises(Refused, match="has not been set up"):
        require_current(found)
    if found.dialect.name == "postgresql":
        with pytest.raises(Refused, match=r"a restore into .* was broken off.* make an empty one"):
            require_vacant(found)
    else:
        require_vacant(found)
        restore(made, found, belonging_to(tmp_path / "other"), note)
        require_current(found)
        found.dispose()
        assert [*everything(Path(str(found.url.database)).parent)] == ["yanxiu.sqlite"]
    found.dispose()


def test_a_backup_that_is_not_what_it_says_is_not_restored(
    office: Office, tmp_path: Path, vacant: Vacant
) -> None:
    """A manifest that somebody wrote anew with other heads."""
    made = office.back_up(tmp_path / "backups")
    whole = json.loads((made.folder / MANIFEST).read_text())
    whole["census"]["fingerprint"] = "0" * 64
    (made.folder / MANIFEST).write_text(json.dumps(whole))
    found = open_database(vacant(office.engine.dialect.name))
    with pytest.raises(Refused, match="sealed scores: 4 expected"):
        restore(read_manifest(made.folder), found, belonging_to(tmp_path / "other"), note)
    require_vacant(found)
    found.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_log_of_another_database_is_not_taken_for_its_own(
    office: Office, tmp_path: Path, vacant: Vacant
) -> None:
    url = vacant("sqlite")
    file = Path(str(make_url(url).database))
    file.parent.mkdir()
    file.with_name(f"{file.name}-wal").write_bytes(b"log")
    with pytest.raises(Refused, match="was left by another database"):
        require_vacant(open_database(url))


def test_attachments_that_rows_name_and_that_are_not_there_are_counted(
    office: Office, tmp_path: Path
) -> None:
    with transaction(office.engine) as session:
        filing = Filing(
            programme_id=office.story.programme_id, kind="plan", organisation_id=1, stands_at="school"
        )
        session.add(filing)
        session.flush()
        for step, sha256 in enumerate((office.attachment, "0" * 64), 1):
            session.add(FilingAttachment(filing_id=filing.id, step=step, name="方案", size=1, sha256=sha256))
    assert office.back_up(tmp_path / "backups").missing == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_that_is_full_ends_it_with_a_reason_and_leaves_nothing(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    office.engine.dispose()

    def backs_up() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # less than the database has
        with pytest.raises(Refused, match="the database could not be copied: "):
            office.back_up(folder)

    assert ended(begun(backs_up)) == 0
    assert everything(folder) == {".lock": b""}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_that_is_damaged_is_none(office: Office, tmp_path: Path) -> None:
    file = office.back_up(tmp_path / "backups").folder / "database.sqlite"
    whole = file.read_bytes()
    for damaged in (
        whole[:60_000],
        whole[:20_000] + bytes(40_000) + whole[60_000:],
        b"something else" * 1000,
    ):
        file.write_bytes(damaged)
        with pytest.raises(Refused, match="the copy of the database is damaged"):
            sqlite_copies.prove(file, office.engine)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is looked through for programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(file: Path, says: str) -> None:
    file.write_text(f"#!/bin/sh\n{says}\n")
    file.chmod(0o755)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_a_pg_dump_that_is_fit_for_the_server_it_is_said_what_to_install(
    office: Office, tmp_path: Path, tools: Path
) -> None:
    with pytest.raises(Refused, match=r"pg_dump was not found\. Install the client programs"):
        office.back_up(tmp_path / "backups")
    program(tools / "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.1'")
    with pytest.raises(Refused, match="pg_dump is of version 9 and the server of"):
        office.back_up(tmp_path / "backups")
    program(
        tools / "pg_dump",
        '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99" || { echo "pg_dump: error: no" >&2; exit 1; }',
    )
    with pytest.raises(Refused, match="pg_dump did not succeed: error: no"):
        office.back_up(tmp_path / "backups")
    assert everything(tmp_path / "backups") == {".lock": b""}


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_password_is_among_the_words_that_anybody_can_read(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    typed = tmp_path / "typed"
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("pg_dump", "pg_restore"):
        program(folder / tool, f'echo "$0 $@" >> {typed}; exec {shutil.which(tool)} "$@"')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    password = "geheim-und-lang"
    with office.engine.connect() as connection:
        assert connection.dialect.name == "postgresql"
    url = office.engine.url.set(password=office.engine.url.password or password)
    engine = open_database(url.render_as_string(hide_password=False))
    made = back_up(engine, office.belongings, tmp_path / "backups", "a", AT, no_progress)
    engine.dispose()
    assert made.proved
    words = typed.read_text()
    assert "pg_dump --format=custom" in words
    assert f"password={url.password}" not in words
    assert f":{url.password}@" not in words


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_role_that_may_make_no_database_has_its_dump_read_and_is_told(
    office: Office, tmp_path: Path, postgres: Connection
) -> None:
    role = f"yanxiu_reader_{os.getpid()}"
    postgres.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'reads'")
    postgres.exec_driver_sql(f"GRANT {role} TO CURRENT_USER")
    try:
        with office.engine.begin() as connection:
            connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"))
            connection.execute(text(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"))
        url = office.engine.url.set(username=role, password="reads")
        reader = open_database(url.render_as_string(hide_password=False))
        made = back_up(reader, office.belongings, tmp_path / "backups", "a", AT, no_progress)
        reader.dispose()
        assert not made.proved
        assert made.census.links == 4
        at_work = text("SELECT count(*) FROM pg_stat_activity WHERE usename = :role")
        assert wait_for(lambda: not postgres.execute(at_work, {"role": role}).scalar())
    finally:
        with office.engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
        postgres.exec_driver_sql(f"DROP ROLE {role}")


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nothing_is_left_on_the_server_of_a_proof_not_even_of_one_that_was_killed(
    office: Office, tmp_path: Path, postgres: Connection
) -> None:
    names = select(text("datname FROM pg_database WHERE starts_with(datname, 'yanxiu_proof')"))
    ours = postgres.execute(text("SELECT pg_backend_pid()")).scalar_one()
    killed, going_on = (f"yanxiu_proof_{pid}_a" for pid in (2**31 - 1, ours))
    for name in (killed, going_on):
        postgres.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        office.back_up(tmp_path / "backups")
        assert postgres.execute(names).scalars().all() == [going_on]
    finally:
        for name in (killed, going_on):
            postgres.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
