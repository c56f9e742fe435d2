"""Tries of a promise, in a process beside others, with a folder of its own."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.torture.promise import Promise
from tests.torture.promises import PROMISES

Tried = tuple[list[tuple[int, str]], float]


def tried(name: str, numbers: range) -> Tried:
    """The numbers of the tries of a promise that failed, and why; and how many seconds all took."""
    promise = next(one for one in PROMISES if one.name == name)
    began = time.monotonic()
    return [*_failures(promise, numbers)], time.monotonic() - began


def _failures(promise: Promise, numbers: range) -> Iterator[tuple[int, str]]:
    for number in numbers:
        try:
            promise.attempt(number, _folder())
        except Exception as error:  # noqa: BLE001 (whatever it is, it breaks the promise)
            place = traceback.extract_tb(error.__traceback__)[-1]
            yield (
                number,
                f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"[:500],
            )


@cache
def _folder() -> Path:
    """Of this process; it goes with it."""
    folder = tempfile.TemporaryDirectory(prefix="yanxiu-torture-")
    _kept.append(folder)
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []
