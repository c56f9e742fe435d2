"""Files that are whole and on the disk before they count, and this account's alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from exchange.private_files import private, settle

PIECE = 1 << 20

Read = Callable[[int], None]  # so many bytes more


def create(file: Path) -> BinaryIO:
    """A new file to write into. Raises FileExistsError."""
    return os.fdopen(private(str(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb")


def settle_folder(folder: Path) -> None:
    """What was made or renamed in a folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy(source: Path, file: Path, read: Read = lambda _: None) -> str:
    """Copy into a new file, and hash it on the way."""
    digest = hashlib.sha256()
    with source.open("rb") as old, create(file) as new:
        while piece := old.read(PIECE):
            digest.update(piece)
            new.write(piece)
            read(len(piece))
        settle(new)
    return digest.hexdigest()


def hashed(file: Path, read: Read = lambda _: None) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            digest.update(piece)
            read(len(piece))
    return digest.hexdigest()


def write_json(file: Path, said: Any) -> None:
    """Written whole, or as it was before."""
    write_whole(file, json.dumps(said, indent=2).encode() + b"\n")


def write_whole(file: Path, content: bytes) -> None:
    """The same of any content."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with create(new) as stream:
        stream.write(content)
        settle(stream)
    new.replace(file)
    settle_folder(file.parent)


def remove(folder: Path) -> None:
    """A folder with all that is in it."""
    shutil.rmtree(folder)
