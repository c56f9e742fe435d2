"""Files and folders for this account alone, whatever its umask: what an office keeps is people's data. What a person has written
elsewhere, with `--out`, is theirs to hand on and goes by their umask."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

FILE, FOLDER = 0o600, 0o700


def private_folder(folder: Path) -> Path:
    """Made with those above it that are missing. One that is there stays as it is."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(mode=FOLDER, exist_ok=True)
    return folder


def private(path: str, flags: int) -> int:
    """For `open(…, opener=private)`: a file that is made is nobody else's to read."""
    return os.open(path, flags, FILE)


def make_private(file: Path) -> None:
    """An empty file, where there is none, in a folder of its own account."""
    private_folder(file.parent)
    with open(file, "ab", opener=private):
        pass


def rewritable(file: Path) -> BinaryIO:
    """Open for reading and writing; made where it is not there."""
    return os.fdopen(private(str(file), os.O_RDWR | os.O_CREAT), "r+b")


def settle(file: BinaryIO) -> None:
    """What was written outlives the machine's stopping."""
    file.flush()
    os.fsync(file.fileno())
