"""Mail into a folder of its own, a Maildir that every mail program opens: what an office has before it sets a mail server,
and a way to see what would go out."""

from __future__ import annotations

import mailbox
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from calendars.messages import Wording
from exchange.channels import ChannelDown, Go, Outcome, Ready, Sent, at_once
from exchange.private_files import private, private_folder

UNWRITABLE = Wording(
    zh="无法写入邮件文件夹 {folder}：{why}", en="cannot write into the mail folder {folder}: {why}"
)


class MaildirChannel:
    """A file for each letter, named by the letter: sent again, also by another process, it is there once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: set[str] = set()

    def __enter__(self) -> Self:
        """Raises ChannelDown."""
        try:
            private_folder(self._folder.parent)
            mailbox.Maildir(self._folder, create=True).close()
            # A mail program moves what was read to cur/ and adds its marks behind a colon.
            self._kept = {
                entry.name.partition(":")[0]
                for part in ("new", "cur")
                for entry in os.scandir(self._folder / part)
            }
        except OSError as error:
            raise self._down(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept = set()

    def send(self, ready: Ready, go: Go = at_once) -> Sent:
        """Keep one letter. Raises ChannelDown."""
        if not go():
            return Sent(Outcome.WITHHELD)
        name = f"{sha256(ready.key.encode()).hexdigest()[:32]}.yanxiu"
        if name not in self._kept:
            try:
                self._keep(name, ready.content)
            except OSError as error:
                raise self._down(error) from None
            self._kept.add(name)
        return Sent(Outcome.SENT)

    def _keep(self, name: str, content: bytes) -> None:
        """Written beside and then put there whole; who comes second finds it there."""
        part = self._folder / "tmp" / f"{name}.{os.getpid()}"
        try:
            with open(part, "wb", opener=private) as file:
                file.write(content.replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                (self._folder / "new" / name).hardlink_to(part)
        finally:
            part.unlink(missing_ok=True)

    def _down(self, error: OSError) -> ChannelDown:
        return ChannelDown(UNWRITABLE(folder=self._folder, why=os.strerror(error.errno or 0)))
