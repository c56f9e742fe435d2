"""Where a fault of the program is written down, so that a clerk sees one line and an administrator all of them."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

from calendars.clock import now
from flows.settings import office_settings


def record(fault: Exception | str) -> Path:
    """Append the traceback to `faults.log` in the home folder, or beside other temporary files if it must be."""
    trace = fault if isinstance(fault, str) else "".join(traceback.format_exception(fault))
    lines = [f"{now().isoformat()} {' '.join(sys.argv[1:3])}\n", trace, "\n"]
    try:
        home = office_settings().home
        home.mkdir(parents=True, exist_ok=True)
        return _append(home / "faults.log", lines)
    except Exception:  # noqa: BLE001 (whatever else is broken, the first fault is the one to tell)
        return _append(Path(tempfile.gettempdir()) / "yanxiu-faults.log", lines)


def _append(file: Path, lines: list[str]) -> Path:
    with file.open("a", encoding="utf-8") as log:
        log.writelines(lines)
    return file
