"""The key of people's numbers and phones: made once, out of the database, changed by a command (law 17)."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from calendars.messages import Refused
from exchange.data_key_file import DataKeyFile
from flows.data_keys import VARIABLE
from models import rekeying
from models.database import reading, transaction
from models.keys import Keyring, keep_key, keyring, lay_keys, new_key, read_keys
from models.people import Person, numbered
from models.rekeying import rekey
from tests.support.desk import Desk, enrolled_office
from tests.support.files import workbook
from tests.support.keys import lay_test_key

ID = "11010119900307707X"
ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校", "手机号"],
    ["李老师", ID, "参训学员", "一班", "龙城区", "第一小学", "13800001234"],
    ["王老师", "T002", "参训学员", "一班", "龙城区", "第二小学", ""],
]


@pytest.fixture
def unlaid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No key is said in a variable, as in most offices."""
    monkeypatch.delenv(VARIABLE)
    yield
    lay_test_key()


@pytest.fixture
def desk(unlaid: None, tmp_path: Path) -> Desk:
    return enrolled_office(tmp_path / "home", workbook(tmp_path / "r.xlsx", ROSTER))


def test_nobodys_number_or_phone_stands_in_the_database(desk: Desk) -> None:
    with sqlite3.connect(desk.home / "yanxiu.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    for file in desk.home.rglob("*"):
        if file.is_file():
            found = file.read_bytes()
            assert ID.encode() not in found
            assert b"13800001234" not in found


def test_init_makes_the_key_for_nobody_else_to_read_and_makes_none_for_a_database_that_has_one(
    desk: Desk,
) -> None:
    key = desk.home / "data.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    kept = key.read_text()
    assert desk.expects("init", "--json").json["changed"] is False
    assert key.read_text() == kept
    key.unlink()
    for command in (("init",), ("status",), ("person", "show", "T002")):
        answer = desk.types(*command)
        assert answer.code == 1
        assert "there is no data key" in answer.errors
        assert str(key) in answer.errors
    assert not key.exists()
    key.write_text(new_key())
    answer = desk.types("status")
    assert answer.code == 1
    assert "the database is under the data key" in answer.errors
    key.write_text(kept)
    assert desk.expects("person", "show", "T002").code == 0


def test_a_key_may_stand_in_a_variable_and_then_no_file_is_made(
    unlaid: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, new_key())
    desk = enrolled_office(tmp_path / "home", workbook(tmp_path / "r.xlsx", ROSTER))
    assert not (desk.home / "data.key").exists()
    assert desk.expects("person", "show", ID, "--json").json[0]["name"] == "李老师"


def test_a_key_is_changed_by_a_command_and_everybody_is_found_as_before(desk: Desk) -> None:
    before = desk.expects("key", "list", "--json").json
    assert desk.expects("key", "rotate", "--json").json["people"] == 2
    after = desk.expects("key", "list", "--json").json
    assert after["keys"] == [after["in_use"], before["in_use"]]
    for said in (ID, "13800001234"):
        assert desk.expects("--in-full", "person", "show", said, "--json").json[0]["number"] == ID
    only_new = (
        (desk.home / "data.key").read_text().splitlines()[:-1]
    )  # the older one is for older backups alone
    (desk.home / "data.key").write_text("\n".join(only_new))
    assert desk.expects("--in-full", "person", "show", ID, "--json").json[0]["phone"] == "13800001234"


def test_a_change_of_key_that_breaks_off_is_taken_up_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "AT_ONCE", 1)
    broken = rekeying._row

    def breaks(key: object, person: int, *kept: bytes) -> object:
        if person == 2:
            raise OSError(28, "No space left on device")
        return broken(key, person, *kept)  # type: ignore[arg-type]

    monkeypatch.setattr(rekeying, "_row", breaks)
    in_use = desk.expects("key", "list", "--json").json["in_use"]
    assert desk.types("key", "rotate").code == 1
    assert desk.expects("key", "list", "--json").json["in_use"] == in_use
    assert desk.expects("person", "show", ID).code == 0
    monkeypatch.setattr(rekeying, "_row", broken)
    desk.expects("key", "rotate")
    found = desk.expects("key", "list", "--json").json
    assert len(found["keys"]) == 2  # the one that was made the first time was taken
    assert found["in_use"] == found["keys"][0] != in_use


def test_a_key_in_a_variable_is_changed_when_another_stands_before_it(
    unlaid: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, first := new_key())
    desk = enrolled_office(tmp_path / "home", workbook(tmp_path / "r.xlsx", ROSTER))
    answer = desk.types("key", "rotate")
    assert answer.code == 1
    assert "put a new one" in answer.errors
    monkeypatch.setenv(VARIABLE, f"{new_key()} {first}")
    desk.expects("key", "rotate")
    assert desk.expects("person", "show", ID).code == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no data key in it"),
        ("# only a remark\n", "no data key in it"),
        ("7e" * 31, "line 1 is no data key"),
        ("# one\n" + "XY" * 32, "line 2 is no data key"),
        ("7e" * 32 + "\n" + "7e" * 32, "line 2 stands there already"),
    ],
)
def test_a_file_that_holds_no_keys_is_refused_without_a_word_of_what_it_holds(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "data.key"
    file.write_text(text)
    with pytest.raises(Refused, match=problem) as refused:
        DataKeyFile(file).read()
    assert "XY" not in str(refused.value)


def two_keys() -> Keyring:
    return read_keys(f"{new_key()}\n{'7e' * 32}", "test")


def test_what_is_encrypted_opens_in_its_own_column_alone_and_is_never_twice_the_same() -> None:
    key = two_keys().newest
    kept = key.encrypted(b"person.number", ID)
    assert key.encrypted(b"person.number", ID) != kept
    assert key.opened(b"person.number", kept) == ID
    with pytest.raises(ValueError, match="does not open"):
        key.opened(b"person.phone", kept)
    for at in range(4, len(kept)):
        with pytest.raises(ValueError, match="does not open"):
            key.opened(b"person.number", kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
    assert key.found_by(ID) == key.found_by(ID) != key.found_by(ID.lower())


def test_an_encrypted_column_is_neither_compared_nor_sorted() -> None:
    for wrong in (
        lambda: col(Person.number) == ID,
        lambda: col(Person.phone).in_(["1"]),
        lambda: col(Person.number).desc(),
    ):
        with pytest.raises(TypeError, match="found by the one beside it"):
            wrong()
    assert col(Person.phone).is_(None) is not None


def test_a_number_that_is_corrected_is_found_by_the_new_one(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(Person(number="T1", name="李", phone="13800001234"))
    with transaction(engine) as session:
        one = session.exec(select(Person).where(numbered("T1"))).one()
        one.number, one.phone = ID, None
    with reading(engine) as session:
        assert people(session) == [(ID, "李")]
        assert session.exec(select(Person).where(numbered("T1"))).one_or_none() is None
        assert session.exec(select(Person.phone_hash)).one() is None


def test_who_looked_people_up_by_the_key_of_before_registers_nobody(engine: Engine) -> None:
    """Somebody who is there already would be taken for new."""
    try:
        with transaction(engine) as session:
            session.add(Person(number=ID, name="李"))
        ring = two_keys()
        lay_keys(lambda: ring)
        with transaction(engine) as session:
            rekey(session.connection(), ring.newest)
            assert people(session) == [(ID, "李")]
        lay_test_key_again()
        with transaction(engine) as session, pytest.raises(Refused, match="has just been changed"):
            keep_key(session.connection())
        lay_keys(lambda: ring)
        ring.go_by(ring.newest.name)
        with transaction(engine) as session:
            keep_key(session.connection())
    finally:
        lay_test_key_again()
        with engine.begin() as connection:  # the database may be emptied for another test
            connection.execute(text("UPDATE data_key SET name = :name"), {"name": keyring().current.name})


def lay_test_key_again() -> None:
    lay_keys(lambda: read_keys("7e" * 32, VARIABLE))


def people(session: Session) -> list[tuple[str, str]]:
    return [(one.number, one.name) for one in session.exec(select(Person).where(numbered(ID)))]


def test_a_reader_needs_the_key_only_for_whom_it_asks_about(engine: Engine) -> None:
    with reading(engine) as session:
        assert people(session) == []
