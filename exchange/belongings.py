"""What belongs to a database and lies beside it: the heads of its chains, attachments, the office's days off and its own texts.
Keys do not: a backup that lies about must not open what they lock."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.keeping import path_of
from exchange.private_files import private_folder
from exchange.whole_files import copy, hashed

HEADS, FILES, HOLIDAYS, LETTERS = "heads.jsonl", "files", "holidays.yaml", "letters"
_BY_CONTENT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Belongings:
    """Where an office keeps them."""

    heads: Path
    files: Path
    holidays: Path
    letters: Path

    def take_heads(self, folder: Path) -> Iterator[str]:
        """To be taken before the database, so that there is no head of what is not in it."""
        if self.heads.is_file():
            with self.heads.open("rb") as writing:
                fcntl.flock(writing, fcntl.LOCK_SH)  # no night is in the middle of a line
                copy(self.heads, folder / HEADS)
            yield HEADS

    def take_rest(self, folder: Path, changed: Callable[[str], None]) -> Iterator[str]:
        """To be taken after the database: an attachment is there before the row that names it. One that is no longer what it
        was is left out, and `changed` hears of it."""
        if self.holidays.is_file():
            copy(self.holidays, folder / HOLIDAYS)
            yield HOLIDAYS
        for file in _under(self.letters):
            name = f"{LETTERS}/{file.relative_to(self.letters).as_posix()}"
            private_folder((folder / name).parent)
            copy(file, folder / name)
            yield name
        for file in _under(self.files):
            if not _BY_CONTENT.fullmatch(file.name) or file != path_of(self.files, file.name):
                continue  # one that is just being written
            name = attachment(file.name)
            private_folder((folder / name).parent)
            if copy(file, folder / name) == file.name:
                yield name
            else:
                (folder / name).unlink()
                changed(file.name)

    def place_of(self, name: str) -> Path:
        """Where a file of a backup belongs."""
        first, _, rest = name.partition("/")
        return {HEADS: self.heads, HOLIDAYS: self.holidays, FILES: self.files, LETTERS: self.letters}[
            first
        ] / rest

    def put(self, folder: Path, name: str) -> bool:
        """Put a file of a backup where it belongs. Whether what is there now is the backup's: what was there stays."""
        place = self.place_of(name)
        if place.exists():
            return place.is_file() and hashed(place) == hashed(folder / name)
        private_folder(place.parent)
        new = place.with_name(f".{place.name}.restoring")
        new.unlink(missing_ok=True)
        copy(folder / name, new)
        new.replace(place)
        return True


def attachment(sha256: str) -> str:
    """What an attachment of this content is called in a backup."""
    return path_of(Path(FILES), sha256).as_posix()


def _under(folder: Path) -> Iterator[Path]:
    yield from sorted(file for file in folder.rglob("*") if file.is_file())
