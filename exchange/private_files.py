"""Files that nobody but the office's own account may read: keys, and what is signed with them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600


def private(path: Path) -> BinaryIO:
    """Open for reading and writing; made where it is not there."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE), "r+b")


def settle(file: BinaryIO) -> None:
    """What was written outlives the machine's stopping."""
    file.flush()
    os.fsync(file.fileno())
