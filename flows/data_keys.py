"""The office's data keys, from a variable or a file, laid for the whole process."""

from __future__ import annotations

from pathlib import Path

from exchange.data_key_file import DataKeyFile
from models.keys import lay_keys, read_keys

VARIABLE = "YANXIU_DATA_KEY"

_laid: list[tuple[str, Path, int, int] | None] = [
    None
]  # the variable, the file, when it was changed, its size


def lay_data_keys(said: str, file: Path) -> None:
    """Go by the keys that a variable says, else by those of a file, as it stands now. They are read when first asked for."""
    found = file.stat() if not said and file.is_file() else None
    standing = (said, file, found.st_mtime_ns if found else 0, found.st_size if found else 0)
    if standing != _laid[0]:
        lay_keys((lambda: read_keys(said, VARIABLE)) if said else DataKeyFile(file).read)
        _laid[0] = standing


def make_data_key(said: str, file: Path) -> bool:
    """The first key of an office, unless there is one; from now on this process goes by it. Says whether it was made. Raises
    Refused where the file cannot be written."""
    made = not said and not file.exists()
    if made:
        DataKeyFile(file).add()
    lay_data_keys(said, file)
    return made
