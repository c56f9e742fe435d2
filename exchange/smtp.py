"""Mail by SMTP: one connection for many letters, and of each what the server said.

A letter counts as handed over when the last byte behind DATA has left. A connection that is lost before that has certainly
not taken it; one that is lost after it, and before the answer, leaves it uncertain.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Self

from calendars.messages import Wording
from exchange.channels import ChannelDown, Go, Outcome, Pace, Ready, Sent, at_once
from exchange.mail_addresses import domain_of, envelope_address
from exchange.mail_servers import MailServer

UNREACHABLE = Wording(zh="连不上邮件服务器 {at}：{why}", en="cannot connect to the mail server {at}: {why}")
LOST = Wording(
    zh="与邮件服务器 {at} 的连接中断：{why}", en="the connection to the mail server {at} was lost: {why}"
)
UNSURE = Wording(
    zh="邮件服务器 {at} 收下全文后没有回答，不知道是否已经发出：{why}",
    en="the mail server {at} took the whole message and did not answer, so nobody knows whether it was sent: {why}",
)
TURNED_AWAY = Wording(
    zh="邮件服务器 {at} 不接受发件人：{said}",
    en="the mail server {at} does not take mail from the sender: {said}",
)
CLOSING = Wording(zh="服务器说 {said}", en="it says {said}")

_WHY: tuple[tuple[type[BaseException], Wording], ...] = (
    (TimeoutError, Wording(zh="没有应答", en="no answer in time")),
    (ConnectionRefusedError, Wording(zh="拒绝连接", en="connection refused")),
    (socket.gaierror, Wording(zh="没有这个主机名", en="no such host")),
    (ssl.SSLCertVerificationError, Wording(zh="证书不可信", en="its certificate is not trusted")),
    (ssl.SSLError, Wording(zh="加密连接失败", en="no encrypted connection")),
    (smtplib.SMTPAuthenticationError, Wording(zh="不接受用户名或密码", en="user or password refused")),
    (
        smtplib.SMTPNotSupportedError,
        Wording(zh="不支持 STARTTLS 或登录", en="STARTTLS or login is not offered"),
    ),
    (smtplib.SMTPServerDisconnected, Wording(zh="服务器断开", en="closed by the server")),
    (smtplib.SMTPResponseException, Wording(zh="服务器拒绝", en="refused by the server")),
    (BaseException, Wording(zh="网络错误", en="network error")),
)
# What a server says to somebody whom it does not know, or whose mail it does not carry elsewhere: nothing about the letter.
_LOGIN_FIRST = frozenset({530, 535, 538})
_NO_RELAY = re.compile(
    rb"relay\w* (access )?(denied|not|prohibited)|(unable|not permitted|not allowed) to relay", re.IGNORECASE
)
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
# Of what is refused for good at RCPT, that which says nothing of the address: the sender's own (5.1.7, 5.1.8), a full
# mailbox, a system, a protocol, a content, a policy (RFC 3463).
_NOT_THE_ADDRESS = ("5.1.7", "5.1.8", "5.2.2", "5.2.3", "5.3.", "5.5.", "5.6.", "5.7.")
GOING_AWAY = 421
AT_ONCE = (
    64 * 1024
)  # bytes, for which a server has the whole of its time: a workbook may take long on a thin line


@dataclass(frozen=True)
class _Reply:
    code: int
    enhanced: str

    @property
    def said(self) -> str:
        return f"{self.code} {self.enhanced}".rstrip()


class SmtpChannel:
    """Letters to one mail server, from one sender's address."""

    def __init__(self, server: MailServer, sender: str, pace: Pace | None = None) -> None:
        self._server = server
        self._sender = sender
        self._pace = pace or Pace(None)
        self._smtp: smtplib.SMTP | None = None
        self._ahead = False  # whether RCPT and DATA have been told with MAIL
        self._at = f"{server.host}:{server.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._close()

    def send(self, ready: Ready, go: Go = at_once) -> Sent:
        """Send one letter. `go` is asked while the server answers the first command. Raises ChannelDown."""
        to = envelope_address(ready.to)
        if to is None:
            return Sent(Outcome.REFUSED, "501 5.1.3")
        go = cache(go)  # asked once, on however many connections
        with self._pace:
            too_large = self._begin(to, len(ready.content), go)
            try:
                return too_large or self._hand_over(to, ready.content, go)
            except ChannelDown as down:
                down.in_letter = True
                raise

    def knock(self) -> None:
        """See whether the server answers and lets us in, and give it nothing. Raises ChannelDown."""
        self._smtp = self._connect()
        reply = self._ask("NOOP")
        if reply.code // 100 != 2:
            raise ChannelDown(TURNED_AWAY(at=self._at, said=reply.said))

    def _begin(self, to: str, size: int, go: Go) -> Sent | None:
        """MAIL, on the connection that there is or on a new one: servers close one that was idle or has served long."""
        if self._smtp is not None:
            with suppress(ChannelDown):
                if self._mail(self._smtp, to, size, go).code == 250:
                    return None
            self._close()
        self._smtp = self._connect()
        reply = self._mail(self._smtp, to, size, go)
        if reply.code == 250:
            return None
        self._close()
        if reply.code == 552:  # as large as that it takes none
            return Sent(Outcome.REJECTED, reply.said)
        raise ChannelDown(TURNED_AWAY(at=self._at, said=reply.said))

    def _mail(self, smtp: smtplib.SMTP, to: str, size: int, go: Go) -> _Reply:
        """What MAIL is answered. A server that takes commands ahead of its answers is told RCPT and DATA at once, which
        saves half of a distant one's time."""
        room = f" SIZE={size}" if smtp.has_extn("size") else ""
        mail = f"MAIL FROM:<{self._sender}>{room}"
        self._ahead = smtp.has_extn("pipelining")
        self._tell("\r\n".join([mail, _rcpt(to), "DATA"]) if self._ahead else mail)
        go()
        return self._answer(uncertain=False)

    def _next(self, command: str) -> _Reply:
        """What a command is answered that has perhaps been told already."""
        return self._answer(uncertain=False) if self._ahead else self._ask(command)

    def _hand_over(self, to: str, content: bytes, go: Go) -> Sent:
        if not go():
            self._close()
            return Sent(Outcome.WITHHELD)
        reply = self._next(_rcpt(to))
        if reply.code // 100 != 2:
            if self._ahead and self._answer(uncertain=False).code == 354:
                self._close()  # it waits for a letter to nobody
            blamed = not reply.enhanced.startswith(_NOT_THE_ADDRESS)
            return self._not_taken(Outcome.REFUSED if blamed else Outcome.REJECTED, reply)
        reply = self._next("DATA")
        if reply.code != 354:
            return self._not_taken(Outcome.REJECTED, reply)
        self._pour(content)
        reply = self._answer(uncertain=True)
        if reply.code // 100 == 2:
            return Sent(Outcome.SENT, reply.said)
        return self._not_taken(Outcome.REJECTED, reply)

    def _not_taken(self, outcome: Outcome, reply: _Reply) -> Sent:
        """What was refused for good, or else put off; the next letter begins anew."""
        if self._smtp is not None:
            with suppress(ChannelDown):
                self._ask("RSET")
        return Sent(outcome if reply.code // 100 == 5 else Outcome.DEFERRED, reply.said)

    def _connect(self) -> smtplib.SMTP:
        server, smtp = self._server, None
        try:
            smtp = self._open()
            if server.starttls:
                smtp.starttls(context=self._context())
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            if smtp is not None:
                smtp.close()
            raise ChannelDown(UNREACHABLE(at=self._at, why=_why(error))) from None
        return smtp

    def _open(self) -> smtplib.SMTP:
        server, here = self._server, domain_of(self._sender)
        if server.wrapped:
            return smtplib.SMTP_SSL(
                server.host, server.port, here, timeout=server.timeout, context=self._context()
            )
        return smtplib.SMTP(server.host, server.port, here, timeout=server.timeout)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._server.ca) if self._server.ca else None)

    def _ask(self, command: str) -> _Reply:
        self._tell(command)
        return self._answer(uncertain=False)

    def _tell(self, command: str) -> None:
        self._pass_on(f"{command}\r\n".encode("ascii"))

    def _pour(self, content: bytes) -> None:
        """The message behind DATA: a line that begins with a dot gets another, and a dot alone ends it."""
        whole = _LEADING_DOT.sub(b"..", content) + b".\r\n"
        for at in range(0, len(whole), AT_ONCE):
            self._pass_on(whole[at : at + AT_ONCE])

    def _pass_on(self, sent: bytes) -> None:
        assert self._smtp is not None
        try:
            self._smtp.send(sent)
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise ChannelDown(LOST(at=self._at, why=_why(error))) from None

    def _answer(self, *, uncertain: bool) -> _Reply:
        """What the server says; 421, at whatever moment, says that it goes away and has taken nothing."""
        assert self._smtp is not None
        try:
            code, words = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            told = UNSURE if uncertain else LOST
            raise ChannelDown(told(at=self._at, why=_why(error)), uncertain=uncertain) from None
        enhanced = _ENHANCED.match(words)
        reply = _Reply(code, enhanced[0].decode() if enhanced else "")
        if code == GOING_AWAY:
            self._close()
            raise ChannelDown(LOST(at=self._at, why=CLOSING(said=reply.said)))
        if code in _LOGIN_FIRST or (code // 100 == 5 and _NO_RELAY.search(words)):
            self._close()
            raise ChannelDown(TURNED_AWAY(at=self._at, said=reply.said))
        return reply

    def _close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def _rcpt(to: str) -> str:
    return f"RCPT TO:<{to}>"


def _why(error: BaseException) -> object:
    """What kind of failure it is; its own words may quote a login or an address."""
    cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) else None
    found = cause if isinstance(cause, OSError) else error
    return next(wording() for kind, wording in _WHY if isinstance(found, kind))
