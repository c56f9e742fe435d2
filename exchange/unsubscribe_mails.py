"""Mails that unsubscribe: their subject is what a letter's List-Unsubscribe asks for, `unsubscribe KEY`. Nothing else of them
is read."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterable
from contextlib import closing
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path

from calendars.messages import Wording, refuse
from workflows.unsubscribing import Token

NO_TOKEN = Wording(
    zh="这封邮件的主题不是 unsubscribe 加一封信的编号",
    en="the subject of this mail is not unsubscribe and the key of a letter",
)
NO_MAILDIR = Wording(
    zh="这个文件夹不是 Maildir（里面没有 cur 和 new）",
    en="this folder is no Maildir: cur and new are not in it",
)

_SUBJECT = re.compile(r"\s*unsubscribe\s+([\w-]+)\s*", re.IGNORECASE | re.ASCII)
SEEN = "S"


def token_of(content: bytes, where: str) -> Token:
    """The token of a mail. Raises Refused for one that does not unsubscribe."""
    key = _key(content)
    if key is None:
        raise refuse(NO_TOKEN(), where)
    return Token(key, where)


class Unsubscriptions:
    """The mails of a Maildir that unsubscribe and that nobody has seen yet. What else is in it stays as it is."""

    def __init__(self, folder: Path) -> None:
        """Raises Refused for what is no Maildir."""
        if not all((folder / part).is_dir() for part in ("cur", "new")):
            raise refuse(NO_MAILDIR(), str(folder))
        self._folder = folder

    def tokens(self) -> list[Token]:
        with self._open() as box:
            return [
                Token(key, name)
                for name in sorted(box.iterkeys())
                if SEEN not in box.get_message(name).get_flags()
                and (key := _key(box.get_bytes(name))) is not None
            ]

    def mark_seen(self, tokens: Iterable[Token]) -> None:
        """As a mail program does; so that a mail does not unsubscribe anew whoever has subscribed again."""
        with self._open() as box:
            for token in tokens:
                message = box.get_message(token.where)
                message.set_subdir("cur")
                message.add_flag(SEEN)
                box[token.where] = message

    def _open(self) -> closing[mailbox.Maildir]:
        return closing(mailbox.Maildir(self._folder, create=False))


def _key(content: bytes) -> str | None:
    subject = BytesHeaderParser().parsebytes(content)["subject"]
    try:
        found = _SUBJECT.fullmatch(str(make_header(decode_header(str(subject)))))
    except (MessageError, LookupError, ValueError):
        return None
    return found[1] if found else None
