"""A letter as a mail: its headers, its text and its page, and the workbook that is attached.

It is written as bytes at once. `email.message.EmailMessage` takes fifty times as long for the same, which counts on the
path of a million letters; the tests read what is written here back with `email.parser`.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote
from zoneinfo import ZoneInfo

from exchange.channels import Ready
from exchange.letter_words import Words
from exchange.mail_addresses import domain_of, envelope_address
from workflows.letters import Letter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD_BYTES = (
    45  # of text in one encoded word, which may have 75 characters with what goes round it (RFC 2047)
)
LINE = 76  # characters of base64
NAME_CHARACTERS = 6  # of a file's name on one line
UTF8 = "utf-8''"
UNCERTAIN = "X-Yanxiu-Uncertain"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ]{1,60}")
_PLAIN_LINE = re.compile(r"(?!.*=\?)[!-~](?:[ -~]{0,58}[!-~])?")
_ID = re.compile(r"[A-Za-z0-9_-]+(?:[.+][A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class MailSender:
    """From whom letters come, and where answers to them go. Addresses are as the envelope takes them."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True)
class Attachment:
    """A workbook and its name, which may be Chinese."""

    name: str
    content: bytes


def ready_mail(
    letter: Letter,
    words: Words,
    sender: MailSender,
    attachment: Attachment | None = None,
    *,
    uncertain: bool = False,
) -> Ready:
    """The whole mail. The same letter has the same Message-ID for ever; `uncertain` marks one that may come twice."""
    mark = sha256(letter.key.encode()).hexdigest()[:24]
    lines = [*_headers(letter, words, sender), *([f"{UNCERTAIN}: yes"] if uncertain else ())]
    body = _alternative(words, mark)
    if attachment is not None:
        body = _joined("mixed", [body, _file(attachment)], f"=_files_{mark}")
    content = "\r\n".join([*lines, "MIME-Version: 1.0", body]).encode("ascii")
    return Ready(key=letter.key, to=letter.address, title=words.subject, content=content)


def _headers(letter: Letter, words: Words, sender: MailSender) -> list[str]:
    """What a mail program shows, and what keeps other programs from answering.

    No `Precedence: bulk`: mail services put such mail where nobody looks, and nearly everything here is obligatory.
    """
    lines = [
        f"From: {_mailbox(sender.name, sender.address)}",
        f"To: {_mailbox(letter.name, envelope_address(letter.address) or '')}",
        f"Subject: {_unstructured(words.subject)}",
        f"Date: {_date(letter.at, letter.zone)}",
        f"Message-ID: {message_id(letter.key, sender)}",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
    ]
    if sender.reply_to:
        lines.append(f"Reply-To: {sender.reply_to}")
    if letter.unsubscribe is not None:
        subject = quote(f"unsubscribe {letter.unsubscribe}", safe="")
        lines.append(f"List-Unsubscribe: <mailto:{sender.reply_to or sender.address}?subject={subject}>")
    return lines


@lru_cache(maxsize=8)
def _date(at: datetime, zone: ZoneInfo) -> str:
    return format_datetime(at.astimezone(zone))


def message_id(key: str, sender: MailSender) -> str:
    """The name of a letter's mail, for ever the same."""
    local = key if len(key) <= 120 and _ID.fullmatch(key) else sha256(key.encode()).hexdigest()
    return f"<{local}@{domain_of(sender.address)}>"


def _mailbox(name: str, address: str) -> str:
    """A name and an address; on a line of its own, for encoded words take long lines."""
    if not name.strip():
        return address
    shown = name.strip() if _PLAIN_NAME.fullmatch(name.strip()) else encoded_words(name.strip())
    return f"{shown}\r\n <{address}>"


def _unstructured(text: str) -> str:
    return text if _PLAIN_LINE.fullmatch(text) else encoded_words(text)


@lru_cache(maxsize=1024)
def encoded_words(text: str) -> str:
    """Any text in a header (RFC 2047): encoded words of whole characters, each on a line of its own."""
    pieces, piece = [], b""
    for character in " ".join(text.split()):
        written = character.encode("utf-8", "replace")
        if len(piece) + len(written) > WORD_BYTES:
            pieces.append(piece)
            piece = b""
        piece += written
    pieces.append(piece)
    return "\r\n ".join(f"=?utf-8?b?{b2a_base64(one, newline=False).decode()}?=" for one in pieces)


def _alternative(words: Words, mark: str) -> str:
    """The text, and the page that says the same."""
    boundary = f"=_words_{mark}"
    parts = [_text("plain", words.text), _text("html", words.html)]
    return _joined("alternative", parts, boundary)


def _joined(kind: str, parts: list[str], boundary: str) -> str:
    """Parts of base64, in whose lines no boundary with an underscore can stand."""
    between = f"\r\n--{boundary}\r\n"
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n'
    return f"{head}{between}{between.join(parts)}\r\n--{boundary}--\r\n"


def _text(kind: str, text: str) -> str:
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        f"{_base64(text.encode('utf-8', 'replace'))}"
    )


def _file(attachment: Attachment) -> str:
    """The name in UTF-8 (RFC 2231), in pieces so that no line is long."""
    return (
        f"Content-Type: {XLSX}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_parameter('filename', attachment.name)}\r\n\r\n"
        f"{_base64(attachment.content)}"
    )


def _parameter(name: str, value: str) -> str:
    cuts = [
        quote(value[at : at + NAME_CHARACTERS], safe="", errors="replace")
        for at in range(0, len(value), NAME_CHARACTERS)
    ]
    return ";\r\n ".join(f"{name}*{at}*={'' if at else UTF8}{cut}" for at, cut in enumerate(cuts))


def _base64(content: bytes) -> str:
    written = b2a_base64(content, newline=False).decode()
    return "\r\n".join(written[at : at + LINE] for at in range(0, len(written), LINE))
