"""Where a fault of the program is written down, so that a clerk sees one line and an administrator all of them, and Prefect, which
keeps whatever an error says for everybody to see, its kind alone."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calendars.clock import now
from calendars.messages import Refused
from exchange.fault_traces import place_of, trace_of
from exchange.private_files import private, private_folder
from flows.settings import office_settings

NAME = "faults.log"


class Fault(Exception):
    """A fault that is written down: of what kind it is and where it came about, and nothing of what it said."""

    def __init__(self, kind: str, place: str) -> None:
        super().__init__(kind, place)
        self.kind, self.place = kind, place

    def __str__(self) -> str:
        return f"{self.kind} at {self.place}, see {NAME}"


@contextmanager
def told_by_kind() -> Iterator[None]:
    """Around what Prefect runs: a fault is written down here and goes on by its kind. What a person did wrong is told as it is."""
    try:
        yield
    except (Refused, Fault):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its words may quote somebody's data
        record(error)
        raise Fault(type(error).__name__, place_of(error)) from None


def kind_of(error: Exception) -> str:
    """What a fault is called."""
    return error.kind if isinstance(error, Fault) else type(error).__name__


def record(fault: Exception | str) -> Path:
    """Append the trace to `faults.log` in the home folder, or beside other temporary files if it must be. One that has been
    written down already is not written again."""
    trace = fault if isinstance(fault, str) else trace_of(fault)
    # What is typed behind a command may be somebody's number.
    lines = (
        [] if isinstance(fault, Fault) else [f"{now().isoformat()} {' '.join(sys.argv[1:2])}\n", trace, "\n"]
    )
    try:
        home = office_settings().home
        return _append(private_folder(home) / NAME, lines)
    except Exception:  # noqa: BLE001 (whatever else is broken, the first fault is the one to tell)
        return _append(Path(tempfile.gettempdir()) / f"yanxiu-{NAME}", lines)


def _append(file: Path, lines: list[str]) -> Path:
    with open(file, "a", encoding="utf-8", opener=private) as log:
        log.writelines(lines)
    return file
