"""Letters by SMTP against a real server on loopback: what becomes of each, and what is known when a connection ends."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from calendars.messages import UnreadableError
from exchange.channels import MINUTE, ChannelDown, Outcome, Pace, Ready, Sent
from exchange.mail_servers import read_mail_server
from exchange.smtp import SmtpChannel
from tests.support.mail_server import PASSWORD, USER, Rules, certificate, mail_server

SENDER = "office@example.org"
LOGIN = f"{USER}:geheim%26streng"
WRONG = "falsch"


def letter(to: str, lines: int = 3) -> Ready:
    body = "\r\n".join([".a line that begins with a dot", "another"] * lines)
    return Ready(key=to, to=to, title="", content=f"Subject: {to}\r\n\r\n{body}\r\n".encode())


@pytest.fixture(params=[False, True], ids=["one by one", "at once"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[Rules, int]]:
    """One that answers command by command, and one that takes several at once."""
    with mail_server(Rules(pipelining=request.param)) as found:
        yield found


def channel(port: int, options: str = "timeout=5", login: str = "", scheme: str = "smtp") -> SmtpChannel:
    at = f"{login}@127.0.0.1" if login else "127.0.0.1"
    return SmtpChannel(read_mail_server(f"{scheme}://{at}:{port}?{options}"), SENDER)


def test_many_letters_go_through_one_connection(server: tuple[Rules, int]) -> None:
    rules, port = server
    with channel(port) as smtp:
        outcomes = [smtp.send(letter(f"reader{number}@example.org")).outcome for number in range(5)]
    assert outcomes == [Outcome.SENT] * 5
    assert rules.connections == 1
    assert b"\r\n.a line that begins with a dot\r\n" in rules.taken[0]


@pytest.mark.parametrize(
    ("mailbox", "outcome", "said"),
    [
        ("gone", Outcome.REFUSED, "550 5.1.1"),
        ("bare", Outcome.REFUSED, "550"),
        ("full", Outcome.REJECTED, "552 5.2.2"),
        ("policy", Outcome.REJECTED, "554 5.7.1"),
        ("greylisted", Outcome.DEFERRED, "451 4.7.1"),
        ("spam", Outcome.REJECTED, "554 5.7.1"),
        ("busy", Outcome.DEFERRED, "451 4.3.0"),
    ],
)
def test_what_is_not_taken_says_so_by_its_code_and_the_next_letter_goes_on(
    server: tuple[Rules, int], mailbox: str, outcome: Outcome, said: str
) -> None:
    rules, port = server
    with channel(port) as smtp:
        assert smtp.send(letter(f"{mailbox}@example.org")) == Sent(outcome, said)
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT
    assert rules.connections == 1
    assert len(rules.taken) == 1


@pytest.mark.parametrize(
    ("mailbox", "uncertain"),
    [("drop-rcpt", False), ("drop-data", False), ("drop-answer", True), ("hang-rcpt", False), ("hang-answer", True),
     ("closing", False), ("leaving", False)],
)  # fmt: skip
def test_a_lost_connection_leaves_a_letter_uncertain_only_behind_its_last_byte(
    server: tuple[Rules, int], mailbox: str, uncertain: bool
) -> None:
    rules, port = server
    with channel(port, "timeout=1") as smtp:
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT
        with pytest.raises(ChannelDown) as down:
            smtp.send(letter(f"{mailbox}@example.org", lines=200_000 if mailbox == "drop-data" else 3))
        assert down.value.uncertain is uncertain
        assert mailbox not in str(down.value)
        # Whoever goes on has a new connection.
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT
    assert rules.connections == 2
    assert len(rules.taken) == 2 + (mailbox == "drop-answer")  # which was taken, as nobody knows


def test_a_connection_that_was_closed_meanwhile_is_made_anew(server: tuple[Rules, int]) -> None:
    rules, port = server
    rules.idle_after = 1
    with channel(port) as smtp:
        assert [smtp.send(letter("reader@example.org")).outcome for _ in range(3)] == [Outcome.SENT] * 3
    assert rules.connections == 2


def test_a_letter_that_is_not_to_go_after_all_is_not_given_and_the_next_one_is(
    server: tuple[Rules, int],
) -> None:
    rules, port = server
    with channel(port) as smtp:
        for go, outcome in ((True, Outcome.SENT), (False, Outcome.WITHHELD), (True, Outcome.SENT)):
            assert smtp.send(letter(f"{outcome.value}@example.org"), lambda go=go: go).outcome is outcome
    assert [mail["Subject"] for mail in rules.messages] == ["sent@example.org"] * 2


def test_whether_a_letter_may_go_is_asked_once_on_however_many_connections(server: tuple[Rules, int]) -> None:
    rules, port = server
    rules.idle_after = 1
    asked: list[str] = []
    with channel(port) as smtp:
        for name in "abc":
            smtp.send(letter(f"{name}@example.org"), lambda name=name: not asked.append(name))
    assert (asked, rules.connections, len(rules.taken)) == (["a", "b", "c"], 2, 3)


def test_a_server_that_has_enough_of_a_connection_gets_a_new_one(server: tuple[Rules, int]) -> None:
    rules, port = server
    with channel(port) as smtp:
        smtp.send(letter("reader@example.org"))
        rules.at_mail = ["421 4.7.0 too many messages"]
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT
    assert rules.connections == 2


@pytest.mark.parametrize(("mailbox", "said"), [("elsewhere", "554 5.7.1"), ("stranger", "530 5.7.0")])
def test_a_server_that_does_not_carry_our_mail_says_nothing_of_a_letter(
    server: tuple[Rules, int], mailbox: str, said: str
) -> None:
    _, port = server
    with channel(port) as smtp:
        with pytest.raises(ChannelDown, match=said) as down:
            smtp.send(letter(f"{mailbox}@example.org"))
        assert not down.value.uncertain
        assert mailbox not in str(down.value)
        # Somebody who is called like that is somebody.
        assert smtp.send(letter("gone@relay-denied.example")).outcome is Outcome.REFUSED


@pytest.mark.parametrize("answer", ["drop", "421 4.3.2 closing", "451 4.3.0 no", "550 5.7.1 not you"])
def test_a_server_that_takes_nothing_at_all_is_down(server: tuple[Rules, int], answer: str) -> None:
    rules, port = server
    rules.at_mail = [answer]
    with channel(port) as smtp, pytest.raises(ChannelDown) as down:
        smtp.send(letter("reader@example.org"))
    assert not down.value.uncertain
    assert not rules.taken


def test_a_server_that_waits_for_a_letter_to_nobody_gets_none() -> None:
    with mail_server(Rules(pipelining=True, lets_nobody_in=True)) as (rules, port), channel(port) as smtp:
        assert smtp.send(letter("gone@example.org")) == Sent(Outcome.REFUSED, "550 5.1.1")
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT
    assert rules.connections == 2


def test_a_letter_that_is_too_large_is_the_letters_fault(server: tuple[Rules, int]) -> None:
    rules, port = server
    rules.at_mail = ["552 5.3.4 too large"]
    with channel(port) as smtp:
        assert smtp.send(letter("reader@example.org")) == Sent(Outcome.REJECTED, "552 5.3.4")
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT


@pytest.mark.parametrize(
    "address", ["no address", "two@x@y", "a@b\r\nRCPT TO:<c@d>", "张三@example.org", "@example.org", ""]
)
def test_what_is_no_mail_address_is_refused_without_asking(server: tuple[Rules, int], address: str) -> None:
    rules, port = server
    with channel(port) as smtp:
        assert smtp.send(letter(address)).outcome is Outcome.REFUSED
    assert not rules.connections


def test_a_chinese_domain_goes_by_its_ascii_name(server: tuple[Rules, int]) -> None:
    _, port = server
    with channel(port) as smtp:
        assert smtp.send(letter("zhang@例子.中国")).outcome is Outcome.SENT


def test_nobody_there_is_down() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with channel(port) as smtp, pytest.raises(ChannelDown, match="connection refused") as down:
        smtp.send(letter("reader@example.org"))
    assert not down.value.uncertain


def test_a_server_that_accepts_and_says_nothing_is_down() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        channel(mute.getsockname()[1], "timeout=1") as smtp,
        pytest.raises(ChannelDown, match="no answer in time"),
    ):
        smtp.send(letter("reader@example.org"))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    file = certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


def test_starttls_and_login(tls: tuple[ssl.SSLContext, Path]) -> None:
    with (
        mail_server(tls=tls[0], login=True) as (rules, port),
        channel(port, f"starttls=yes&ca={tls[1]}", LOGIN) as smtp,
    ):
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT
    assert len(rules.taken) == 1


def test_tls_from_the_first_byte(tls: tuple[ssl.SSLContext, Path]) -> None:
    with (
        mail_server(tls=tls[0], wrapped=True, login=True) as (rules, port),
        channel(port, f"ca={tls[1]}", LOGIN, "smtps") as smtp,
    ):
        assert smtp.send(letter("reader@example.org")).outcome is Outcome.SENT
    assert len(rules.taken) == 1


def test_a_certificate_that_nobody_vouches_for_ends_it(tls: tuple[ssl.SSLContext, Path]) -> None:
    with (
        mail_server(tls=tls[0], login=True) as (_, port),
        channel(port, "starttls=yes", LOGIN) as smtp,
        pytest.raises(ChannelDown, match="certificate is not trusted"),
    ):
        smtp.send(letter("reader@example.org"))


def test_starttls_that_is_not_offered_ends_it(server: tuple[Rules, int]) -> None:
    with channel(server[1], "starttls=yes") as smtp, pytest.raises(ChannelDown, match="not offered"):
        smtp.send(letter("reader@example.org"))


def test_a_wrong_password_ends_it_and_is_said_nowhere(
    tls: tuple[ssl.SSLContext, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        mail_server(tls=tls[0], login=True) as (_, port),
        channel(port, f"starttls=yes&ca={tls[1]}", f"{USER}:{WRONG}") as smtp,
        pytest.raises(ChannelDown, match="user or password refused") as down,
    ):
        smtp.send(letter("reader@example.org"))
    ours = [record for record in caplog.records if not record.name.startswith(("mail", "asyncio"))]
    assert WRONG not in f"{down.getrepr(chain=True)} {ours} {smtp!r} {vars(smtp)}"


def test_a_rate_is_kept_by_the_minute(server: tuple[Rules, int]) -> None:
    rules, port = server
    clock, waited = [0.0], []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    pace = Pace(20, lambda: clock[0], sleep)
    with SmtpChannel(read_mail_server(f"smtp://127.0.0.1:{port}"), SENDER, pace) as smtp:
        for number in range(45):
            clock[0] += 0.5
            smtp.send(letter(f"reader{number}@example.org"))
    assert len(rules.taken) == 45
    assert len(waited) == 2
    assert clock[0] >= 2 * MINUTE


@pytest.mark.parametrize(
    "url",
    ["mail.example.org", "http://a:geheim@mail.example.org", "smtp://a:geheim@", "smtp://a:geheim@host:0",
     "smtp://a:geheim@host:port", "smtp://a:geheim@host:99999", "smtp://geheim@host", "smtp://:geheim@host",
     "smtp://a:geheim%E4%B8%AD@host", "smtp://a:geheim@host/path", "smtp://a:geheim@host?tls=no",
     "smtp://a:geheim@host?starttls=maybe", "smtp://a:geheim@host?ca=/nowhere.pem", "smtp://a:geheim@host?timeout=0",
     "smtp://a:geheim@host?timeout=long", "smtp://a:geheim@[::1"],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_mail_server(url)
    for locale in ("zh", "en"):
        assert "geheim" not in refused.value.message.text(locale)


def test_encryption_is_required_but_on_this_machine() -> None:
    assert read_mail_server("smtp://mail.example.org").starttls
    assert read_mail_server("smtp://mail.example.org").port == 587
    assert not read_mail_server("smtp://mail.example.org?starttls=no").starttls
    assert not read_mail_server("smtp://127.0.0.1").starttls
    assert not read_mail_server("smtp://localhost").starttls
    assert read_mail_server("smtp://localhost?starttls=yes").starttls
    assert read_mail_server("smtps://mail.example.org").port == 465
    server = read_mail_server(f"smtps://{LOGIN}@mail.example.org")
    assert (server.user, server.password) == (USER, PASSWORD)
    assert PASSWORD not in repr(server)
