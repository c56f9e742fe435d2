"""Files that belong to a case or to somebody's work: kept in a folder beside the database, by their content.

Nothing in them is opened or executed. A file that is there already is kept once; a file whose row was never
committed does no harm.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from calendars.messages import Wording, refuse
from exchange.private_files import private_folder
from workflows.filing_cases import Attached

MOST_BYTES = 50 * 1024 * 1024
PIECE = 1024 * 1024

TOO_LARGE = Wording(
    zh="附件有{size}字节，最大{most}字节",
    en="the attachment has {size} bytes; {most} is the most",
)
NOT_A_FILE = Wording(zh="附件不是普通文件", en="the attachment is no ordinary file")
CHANGED = Wording(
    zh="附件 {name} 的内容已被改动，或者文件不在了", en="the attachment {name} was changed, or is gone"
)


def keep(folder: Path, file: Path) -> Attached:
    """Copy a file into the folder. Raises Refused for one that is too large or no file; OSError where it cannot be
    read or written."""
    if not file.is_file():
        raise refuse(NOT_A_FILE(), str(file))
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise refuse(TOO_LARGE(size=size, most=MOST_BYTES), str(file))
    private_folder(folder)
    with file.open("rb") as source, tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
        try:
            digest, written = hashlib.sha256(), 0
            while piece := source.read(PIECE):
                digest.update(piece)
                written += len(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
            kept = Attached(file.name, written, digest.hexdigest())
            place = path_of(folder, kept.sha256)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            Path(copy.name).replace(place)  # made with 0600, and never executable
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    return kept


def path_of(folder: Path, sha256: str) -> Path:
    """Where a file of this content lies, or would lie."""
    return folder / sha256[:2] / sha256


def check_kept(folder: Path, kept: Attached) -> None:
    """Raises Refused where the file is gone or no longer what it was."""
    place = path_of(folder, kept.sha256)
    if not place.is_file():
        raise refuse(CHANGED(name=kept.name))
    with place.open("rb") as source:
        if hashlib.file_digest(source, "sha256").hexdigest() != kept.sha256:
            raise refuse(CHANGED(name=kept.name))


def throw_away(folder: Path, contents: Iterable[str]) -> int:
    """Remove what is kept of these. How many files it was."""
    found = [place for sha256 in contents if (place := path_of(folder, sha256)).exists()]
    for place in found:
        place.unlink()
    return len(found)
