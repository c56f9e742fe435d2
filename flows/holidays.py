"""The office's own days off and make-up days, `holidays.yaml` in its home, laid over those of the library."""

from __future__ import annotations

from pathlib import Path

from calendars.holidays import read_holidays
from calendars.messages import Wording, refuse
from calendars.workdays import use_overlay

NAME = "holidays.yaml"
NOT_TEXT = Wording(zh="不是 UTF-8 编码的文本", en="this is no text in UTF-8")

_laid: list[tuple[Path, int, int] | None] = [
    None
]  # the file that is laid over now, when it was changed, its size


def lay_holidays(home: Path) -> None:
    """Go by the file of an office, as it stands now. Raises Refused for one that cannot be read, with every mistake."""
    file = home / NAME
    found = file.stat() if file.is_file() else None
    standing = (file, found.st_mtime_ns, found.st_size) if found else None
    if standing == _laid[0]:
        return
    try:
        use_overlay(read_holidays(file.read_text(encoding="utf-8"), str(file)) if standing else {})
    except UnicodeDecodeError:
        raise refuse(NOT_TEXT(), str(file)) from None
    _laid[0] = standing
