"""A letter as a mail, read back as a mail program reads it; and into a Maildir."""

from __future__ import annotations

import mailbox
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.messages import UnreadableError
from exchange.channel_settings import NOBODY, mail_channel, mail_sender
from exchange.channels import ChannelDown, Outcome
from exchange.letter_samples import sample_letter, sample_letters
from exchange.letter_words import Words
from exchange.letter_writing import LetterWriter
from exchange.mail import UNCERTAIN, Attachment, MailSender, ready_mail
from exchange.maildir import MaildirChannel
from tests.support.mail_server import Rules, mail_server, read

SENDER = mail_sender("龙城区教师发展中心项目办 <office@example.org>", "answers@example.org")
LETTER = sample_letter("person", "mail", "before", 3)
WRITER = LetterWriter(None, "zh", SENDER)


def header(content: bytes, name: str) -> str:
    """A header as mail programs decode it; Python's own parser of names puts a blank between two encoded words."""
    raw = next(
        line for line in content.split(b"\r\n\r\n")[0].decode().replace("\r\n ", " ").split("\r\n")
        if line.startswith(f"{name}: ")
    )  # fmt: skip
    return str(make_header(decode_header(raw.removeprefix(f"{name}: "))))


def test_a_letter_is_read_back_as_it_was_written() -> None:
    ready = WRITER.ready(LETTER)
    mail = read(ready.content)
    assert parseaddr(str(mail["From"])) == ("龙城区教师发展中心项目办", "office@example.org")
    assert parseaddr(str(mail["To"])) == ("张伟", "reader@example.org")
    assert header(ready.content, "Subject") == ready.title
    assert ready.title.startswith("【研修提醒】第一单元研讨：12月8日（周日）24:00前，还有2天")
    assert str(mail["Date"]) == "Fri, 06 Dec 2024 08:00:00 +0800"
    assert mail["Message-ID"] == f"<{LETTER.key}@example.org>"
    assert mail["Reply-To"] == "answers@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail[UNCERTAIN] is None
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "还差3帖" in plain.get_content()
    assert "还差3帖" in html.get_content()


def test_the_same_letter_is_the_same_mail_and_says_when_it_may_come_twice() -> None:
    first, again = WRITER.ready(LETTER), WRITER.ready(LETTER, uncertain=True)
    assert first == WRITER.ready(LETTER)
    assert again.content.replace(f"{UNCERTAIN}: yes\r\n".encode(), b"") == first.content
    assert read(again.content)[UNCERTAIN] == "yes"


def test_only_what_may_be_refused_says_how() -> None:
    mail = read(WRITER.ready(LETTER).content)
    assert mail["List-Unsubscribe"] == "<mailto:answers@example.org?subject=unsubscribe%20k3v9q2>"
    assert read(WRITER.ready(replace(LETTER, unsubscribe=None)).content)["List-Unsubscribe"] is None
    without = LetterWriter(None, "zh", replace(SENDER, reply_to="")).ready(LETTER)
    assert (
        read(without.content)["List-Unsubscribe"]
        == "<mailto:office@example.org?subject=unsubscribe%20k3v9q2>"
    )


def test_a_long_list_comes_along_as_a_workbook() -> None:
    letter = sample_letter("organisation", "mail", "overdue", 45)
    ready = WRITER.ready(letter)
    assert ready == WRITER.ready(letter), "byte for byte"
    mail = read(ready.content)
    assert mail.get_content_type() == "multipart/mixed"
    (workbook,) = mail.iter_attachments()
    assert workbook.get_filename() == "名单2024-12-06.xlsx"
    pages = openpyxl.load_workbook(BytesIO(workbook.get_content()))
    assert pages.sheetnames == ["未完成", "待办", "联系不上"]
    rows = list(pages["未完成"].values)
    assert rows[0] == ("项目", "班级", "任务", "截止", "编号", "姓名", "单位", "还差")
    assert len(rows) == 46
    assert rows[1][3] == "12月3日（周二）24:00"
    assert {cell.data_type for row in pages["未完成"].iter_rows() for cell in row} == {"s"}
    assert not list(
        read(WRITER.ready(sample_letter("organisation", "mail", "overdue", 3)).content).iter_attachments()
    )


def test_text_of_people_stays_text_in_the_workbook() -> None:
    letter = sample_letter("organisation", "mail", "overdue", 45)
    watch = letter.watches[0]
    formula = replace(watch.people[0], name="=HYPERLINK(1)", number="0001234567890123456")
    letter = replace(
        letter, watches=(replace(watch, people=(formula, *watch.people[1:])), *letter.watches[1:])
    )
    (workbook,) = read(WRITER.ready(letter).content).iter_attachments()
    page = openpyxl.load_workbook(BytesIO(workbook.get_content()))["未完成"]
    assert (page["E2"].value, page["F2"].value, page["F2"].data_type) == (
        "0001234567890123456",
        "=HYPERLINK(1)",
        "s",
    )


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_sample_is_a_mail_that_any_server_carries(locale: str) -> None:
    writer = LetterWriter(None, locale, SENDER)  # type: ignore[arg-type]
    for letter in sample_letters():
        if letter.way == "mail":
            ready = writer.ready(letter)
            read(ready.content)
            lines = ready.content.split(b"\r\n")
            assert max(map(len, lines)) <= 998
            assert all(line.isascii() and b"\n" not in line and b"\r" not in line for line in lines)


words = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=200)


@given(name=words, subject=words, key=words, file=words, text=st.text(max_size=300))
def test_whatever_the_words_are_they_come_out_whole(
    name: str, subject: str, key: str, file: str, text: str
) -> None:
    letter = replace(LETTER, name=name, key=key, unsubscribe=None)
    ready = ready_mail(letter, Words(" ".join(subject.split()), text, text), SENDER, Attachment(file, b"abc"))
    mail = read_loosely(ready.content)
    assert header(ready.content, "Subject").split() == subject.split()
    assert ready.content.count(b"\r\nMessage-ID: ") == 1
    assert [part.get_content_type() for part in mail.walk()][1:4] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_payload(decode=True) == text.encode("utf-8", "replace")
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == file
    named = header(ready.content, "To").rpartition("<")[0]
    assert named.split() == name.split()


def read_loosely(content: bytes):  # type: ignore[no-untyped-def]
    import email
    import email.policy

    return email.message_from_bytes(content, policy=email.policy.default)


def test_no_header_can_be_put_in_by_a_name() -> None:
    letter = replace(LETTER, name="张伟\r\nBcc: all@example.org", key="a\r\nBcc: b@example.org")
    ready = ready_mail(letter, Words("x\r\nBcc: c@example.org", "", ""), SENDER)
    assert read(ready.content)["Bcc"] is None


def test_a_letter_arrives_through_a_server_as_it_was_sent(tmp_path: Path) -> None:
    with (
        mail_server() as (rules, port),
        mail_channel(f"smtp://127.0.0.1:{port}", SENDER, tmp_path) as channel,
    ):
        ready = WRITER.ready(LETTER)
        assert channel.send(ready).outcome is Outcome.SENT
    assert isinstance(rules, Rules)
    (mail,) = rules.messages
    assert mail["Message-ID"] == read(ready.content)["Message-ID"]
    assert not (tmp_path / "mail").exists()


def test_without_a_server_mail_goes_into_a_folder_once(tmp_path: Path) -> None:
    ready = WRITER.ready(LETTER)
    for _ in range(2):
        with mail_channel("", NOBODY, tmp_path) as channel:
            assert [channel.send(ready).outcome for _ in range(2)] == [Outcome.SENT] * 2
    box = mailbox.Maildir(tmp_path / "mail")
    (message,) = box
    assert message["Message-ID"] == f"<{LETTER.key}@example.org>"
    # A mail program that has shown it keeps it elsewhere.
    ((key, message),) = box.items()
    message.set_subdir("cur")
    message.add_flag("S")
    box[key] = message
    with MaildirChannel(tmp_path / "mail") as channel:
        assert channel.send(replace(ready, key="not"), lambda: False).outcome is Outcome.WITHHELD
        channel.send(ready)
        channel.send(replace(ready, key="another"))
    assert len(mailbox.Maildir(tmp_path / "mail")) == 2


def test_a_folder_that_cannot_be_written_is_a_channel_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(ChannelDown), MaildirChannel(tmp_path / "mail"):
        pass


def test_a_sender_is_one_address_with_a_name() -> None:
    assert mail_sender("office@example.org") == MailSender("", "office@example.org")
    assert mail_sender("办公室 <a@例子.中国>").address == "a@xn--fsqu00a.xn--fiqs8s"
    assert mail_sender("") is NOBODY
    for wrong in ("office", "a@b, c@d", "a <b@c>\r\nBcc: d@e", "<>"):
        with pytest.raises(UnreadableError):
            mail_sender(wrong)
