"""A real mail server on loopback, which refuses, defers, drops and hangs by the name of the mailbox, and keeps what it took.

`gone@` is refused, `greylisted@` put off, `spam@` refused behind DATA; `drop-…@` and `hang-…@` say where the connection
ends or nothing is said any more.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "office", "geheim&streng"
AT_RCPT = {
    "gone": "550 5.1.1 <{to}> no such user",
    "full": "552 5.2.2 <{to}> over quota",
    "policy": "554 5.7.1 <{to}> denied",
    "elsewhere": "554 5.7.1 <{to}> Relay access denied",
    "stranger": "530 5.7.0 authentication required",
    "bare": "550 <{to}> no",
    "greylisted": "451 4.7.1 <{to}> come back later",
    "closing": "421 4.3.2 closing",
}
AT_DATA = {"spam": "554 5.7.1 looks like spam", "busy": "451 4.3.0 try again", "leaving": "421 4.3.2 closing"}


@dataclass
class Rules:
    """What a server does, whatever the mailbox, and what it took."""

    taken: list[bytes] = field(default_factory=list)
    connections: int = 0
    mails: int = 0
    at_mail: list[str] = field(default_factory=list)  # what the next MAILs are answered, one after the other
    pipelining: bool = False  # takes commands ahead of its answers
    lets_nobody_in: bool = False  # asks for the letter although its only reader was refused
    idle_after: int = 0  # so many letters, after which it goes away before the next MAIL

    @property
    def messages(self) -> list[EmailMessage]:
        return [read(content) for content in self.taken]


def read(content: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


class _Handler:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    async def handle_EHLO(  # noqa: N802 - so called by aiosmtpd
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.rules.pipelining else []), responses[-1]]

    async def handle_MAIL(  # noqa: N802 - so called by aiosmtpd
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.rules.mails += 1
        if self.rules.at_mail:
            answer = self.rules.at_mail.pop(0)
            if answer == "drop":
                _drop(server)
            return answer
        if self.rules.idle_after and len(self.rules.taken) == self.rules.idle_after:
            self.rules.idle_after = 0
            _drop(server)
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(  # noqa: N802 - so called by aiosmtpd
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        name = address.partition("@")[0]
        if name == "drop-rcpt":
            _drop(server)
        if name == "hang-rcpt":
            await asyncio.sleep(30)
        if name in AT_RCPT:
            return AT_RCPT[name].format(to=address)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(  # noqa: N802 - so called by aiosmtpd
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name == "drop-answer":
            _drop(server)
        if name == "hang-answer":
            await asyncio.sleep(30)
        if name in AT_DATA:
            return AT_DATA[name]
        assert isinstance(envelope.content, bytes)
        self.rules.taken.append(envelope.content)
        return "250 2.0.0 taken"


def _drop(server: SMTP) -> None:
    """Away without a word."""
    assert server.transport is not None
    server.transport.abort()


class _Server(SMTP):
    """Ends the connection in the middle of what `drop-data@` is sent."""

    async def smtp_DATA(  # noqa: N802 - so called by aiosmtpd
        self, arg: str
    ) -> None:
        if self.event_handler.rules.lets_nobody_in and not self.envelope.rcpt_tos:
            await self.push("354 go on")
            return
        if self.envelope.rcpt_tos and self.envelope.rcpt_tos[0].startswith("drop-data@"):
            await self.push("354 go on")
            await self._reader.readexactly(1000)
            _drop(self)
            return
        await super().smtp_DATA(arg)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is None:  # once, and not again behind STARTTLS
            self.event_handler.rules.connections += 1
        super().connection_made(transport)


class _Controller(Controller):
    def factory(self) -> SMTP:
        with warnings.catch_warnings():  # that a login without STARTTLS is not safe: it is within TLS already
            warnings.simplefilter("ignore", UserWarning)
            return _Server(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """It is asked once whether it answers, at whatever port it was given."""
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(
    rules: Rules | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    wrapped: bool = False,
    login: bool = False,
) -> Iterator[tuple[Rules, int]]:
    """A server and its port. With `tls` it asks for STARTTLS, or is `wrapped` in it from the first byte."""
    rules = rules or Rules()

    def allowed(_server: object, _session: object, _envelope: object, _how: str, said: object) -> AuthResult:
        right = isinstance(said, LoginPassword) and said == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    controller = _Controller(
        _Handler(rules), hostname="127.0.0.1", port=0, server_hostname="mail.example",
        ssl_context=tls if wrapped else None, tls_context=None if wrapped else tls,
        require_starttls=bool(tls) and not wrapped, auth_required=login, auth_require_tls=login and not wrapped,
        authenticator=allowed if login else None,
    )  # fmt: skip
    controller.start()
    rules.connections = 0  # it was asked whether it answers
    try:
        yield rules, controller.port
    finally:
        controller.stop()


def certificate(folder: Path, host: str) -> Path:
    """A certificate for a host with its key, in one file, signed by itself."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    began = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return file
