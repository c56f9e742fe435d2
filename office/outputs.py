"""Files that commands write: what is there already is not overwritten, and what was written is told."""

from __future__ import annotations

from pathlib import Path

from calendars.messages import Wording, refuse
from office.acting import keep_export
from office.answers import as_json, lines
from office.words import say

THERE_ALREADY = Wording(
    zh="文件已经存在，不会覆盖。请换一个名字",
    en="this file exists and is not overwritten; choose another name",
)
WRITTEN = Wording(zh="已写出 {file}", en="written: {file}")


def check_free(file: Path | None) -> None:
    """Raises Refused for a file that exists."""
    if file is not None and file.exists():
        raise refuse(THERE_ALREADY(), str(file))


def tell_written(file: Path, *more: str, json: bool = False, **facts: object) -> None:
    """In words, or with some facts as JSON."""
    as_json({"file": file, **facts}) if json else lines(say(WRITTEN(file=file)), *more)


def tell_exported(file: Path, rows: int, *more: str, json: bool = False, **facts: object) -> None:
    """The same of a file with people's data, so many rows of it, which the access log keeps."""
    keep_export(file, rows)
    tell_written(file, *more, json=json, **facts)
