"""`yanxiu reminders` and its group: who cannot be reached, and who unsubscribes, by a key or by mails that came back."""

from __future__ import annotations

import mailbox
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import Session, select

from calendars.clock import now
from calendars.messages import Refused
from exchange.unsubscribe_mails import token_of
from models.database import open_database
from models.letters import Letter
from models.people import Person, numbered
from tests.support.desk import Desk, example_office
from tests.support.files import table

KEYS = {"p": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "o": "1" * 32, "c": "2" * 32}
SLUG = ["--programme", "longcheng-2024"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The office of the README's example, with a letter to a person, to an organisation and to a group."""
    desk = example_office(tmp_path / "home", ("roster", "roster.xlsx", "2024-10-20 09:00"))
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    with Session(engine) as session:
        person = session.exec(select(Person.id).where(numbered("LC001"))).one()
        for kind, key in KEYS.items():
            reader = f"{kind}{person if kind == 'p' else 1}"
            letter = Letter(
                key=key, reader=reader, way="mail", day=date(2024, 12, 2), not_before=now(), recorded_at=now()
            )
            session.add(letter)
        session.commit()
    engine.dispose()
    return desk


def mail(subject: str) -> bytes:
    return f"From: a@example.org\r\nSubject: {subject}\r\n\r\nhello\r\n".encode()


def test_the_group_lists_by_itself_and_passes_no_option_over(desk: Desk) -> None:
    assert "no reminder has been written" in desk.expects("reminders", *SLUG).out
    assert desk.expects("reminders", "--json").json == []
    answer = desk.types("reminders", *SLUG, "unreachable")
    assert (answer.code, answer.errors.strip()) == (2, "write the options behind unreachable, not before it")
    assert desk.types("reminders", "--programme", "another").code == 1


def test_who_cannot_be_reached_is_told_until_everybody_can_be(desk: Desk, tmp_path: Path) -> None:
    answer = desk.types("reminders", "unreachable", *SLUG)
    assert answer.code == 3
    assert (
        "8 people are not reached; 3 organisations have no contact, of which 3 have none above" in answer.out
    )
    assert "no mail address is known" in answer.out
    facts = desk.types("reminders", "unreachable", "--json").json
    assert {one["told"] for one in [*facts["people"], *facts["organisations"]]} == {None}
    assert facts["people"][0] == {
        "organisation": "龙城区/向阳中学", "programme": "longcheng-2024", "cohort": "数学班", "number": "LC007",
        "name": "吴倩", "why": "none", "told": None,
    }  # fmt: skip

    out = tmp_path / "unreachable.xlsx"
    assert desk.types("reminders", "unreachable", "--out", out).code == 3
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["People not reached", "Organisations not reached"]
    assert [cell.value for cell in book.active[1]][-3:] == ["name", "why", "told instead"]

    contacts = table(tmp_path / "c.csv", [["单位", "邮箱"], ["龙城区", "county@example.org"]])
    desk.expects("contact", "import", contacts)
    roster = table(tmp_path / "r.csv", with_addresses(facts["people"]))
    desk.expects("roster", "import", *SLUG, roster)
    answer = desk.expects("reminders", "unreachable")  # the schools are told of to the county
    assert "0 people are not reached; 2 organisations have no contact, of which 0" in answer.out
    schools = [["向阳中学", "x@example.org"], ["河东小学", "h@example.org"]]
    desk.expects("contact", "import", table(tmp_path / "s.csv", [["单位", "邮箱"], *schools]))
    assert "everybody can be reached" in desk.expects("reminders", "unreachable").out


def with_addresses(people: list[dict[str, str]]) -> list[list[str]]:
    """The roster once more, with an address for everybody."""
    roles = {"LC007": "tutor", "LC008": "tutor"}
    rows = [
        [
            one["name"], one["number"], roles.get(one["number"], "learner"), one["cohort"],
            *one["organisation"].split("/"), f"{one['number']}@example.org",
        ]
        for one in people
    ]  # fmt: skip
    return [["姓名", "人员编号", "角色", "班级", "区县", "学校", "邮箱"], *rows]


def test_a_key_unsubscribes_once_and_takes_it_back(desk: Desk) -> None:
    def says(*words: object) -> list[bool]:
        (found,) = desk.expects("reminders", "unsubscribe", KEYS["p"], *words, "--json").json
        assert found["number"] == "LC001"
        return [found["unsubscribed"], found["changed"]]

    assert says() == [True, True]
    assert says() == [True, False]
    assert says("--again") == [False, True]
    assert says("--again") == [False, False]
    assert "(LC001): unsubscribed" in desk.expects("reminders", "unsubscribe", KEYS["p"]).out


def test_what_names_no_letter_to_a_person_is_refused_whole(desk: Desk) -> None:
    answer = desk.types("reminders", "unsubscribe", KEYS["p"], "abc", KEYS["o"], KEYS["c"])
    assert answer.code == 1
    assert answer.errors.splitlines() == [
        "there is no letter abc",
        f"{KEYS['o']} is a letter to an organisation or a group, which cannot unsubscribe",
        f"{KEYS['c']} is a letter to an organisation or a group, which cannot unsubscribe",
    ]
    assert (
        desk.expects("reminders", "unsubscribe", KEYS["p"], "--again", "--json").json[0]["changed"] is False
    )
    assert desk.types("reminders", "unsubscribe").code == 2
    assert desk.types("reminders", "unsubscribe", KEYS["p"], "--mail", "x").code == 2


def test_a_mail_unsubscribes_from_a_file_or_the_standard_input(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(mail(f"Unsubscribe  {KEYS['p']}"))
    assert desk.expects("reminders", "unsubscribe", "--mail", file, "--json").json[0]["changed"] is True
    piped = subprocess.run(
        [str(Path(sys.executable).parent / "yanxiu"), "reminders", "unsubscribe", "--mail", "-", "--again"],
        env=desk.variables("en"), input=mail(f"unsubscribe {KEYS['p']}"), capture_output=True, check=True,
    )  # fmt: skip
    assert b"gets all reminders again" in piped.stdout
    file.write_bytes(mail("Re: a question"))
    answer = desk.types("reminders", "unsubscribe", "--mail", file)
    assert (answer.code, str(file) in answer.errors) == (1, True)
    assert desk.types("reminders", "unsubscribe", "--mail", tmp_path / "none.eml").code == 1


def test_each_mail_of_a_maildir_unsubscribes_once_and_other_mail_stays_unseen(
    desk: Desk, tmp_path: Path
) -> None:
    box = mailbox.Maildir(tmp_path / "post", create=True)
    good, other = (box.add(mail(subject)) for subject in (f"unsubscribe {KEYS['p']}", "a question"))
    lost = box.add(mail("unsubscribe nowhere"))
    answer = desk.types("reminders", "unsubscribe", "--mail", tmp_path / "post")
    assert answer.code == 1
    assert "(LC001): unsubscribed" in answer.out
    assert answer.errors.strip() == f"{lost}: there is no letter nowhere"
    seen = mailbox.Maildir(tmp_path / "post")
    assert {key: seen.get_message(key).get_flags() for key in (good, other, lost)} == {
        good: "S",
        other: "",
        lost: "S",
    }
    assert seen.get_message(other).get_subdir() == "new"
    desk.expects("reminders", "unsubscribe", KEYS["p"], "--again")
    assert (
        "no new mail unsubscribes"
        in desk.expects("reminders", "unsubscribe", "--mail", tmp_path / "post").out
    )
    assert desk.expects("reminders", "unsubscribe", KEYS["p"], "--json").json[0]["changed"] is True
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "this folder is no Maildir" in desk.types("reminders", "unsubscribe", "--mail", empty).errors


@pytest.mark.parametrize(
    "content",
    [
        b"", b"Subject:\r\n\r\n", b"Subject: unsubscribe\r\n\r\n", b"\xff\xfe", mail("unsubscribe a b"),
        b"Subject: =?nowhere?b?AAAA?=\r\n\r\n", b"Subject: =?utf-8?b?A?=\r\n\r\n", b"Subject: \xe9\xe9\r\n\r\n",
    ],
)  # fmt: skip
def test_a_mail_that_does_not_unsubscribe_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        token_of(content, "mail")


def test_a_mail_program_may_encode_or_fold_the_subject() -> None:
    for subject in (f"=?utf-8?q?unsubscribe_{KEYS['p']}?=", f"unsubscribe\r\n {KEYS['p']}"):
        assert token_of(mail(subject), "mail").key == KEYS["p"]
