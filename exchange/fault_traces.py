"""Faults of the program as they may be written down: their kinds, and the places in the program that they went through. An error's
own words are left out, for they may quote a cell, a name, or the row that a database would not take."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DBAPIError

ROOT = Path(__file__).parents[1]
LED_TO = "\nwhich led to:\n\n"


def trace_of(error: BaseException) -> str:
    """The traceback of an error and of those that led to it."""
    return "".join(_lines(error, set()))


def kind_of(error: BaseException) -> str:
    """What an error is called; of a database's what that calls it and which rule was broken, of whoever's row it was."""
    driver = error.orig if isinstance(error, DBAPIError) else error
    told = getattr(driver, "diag", None)
    known = (
        getattr(driver, "sqlite_errorname", None), getattr(driver, "sqlstate", None),
        getattr(told, "table_name", None), getattr(told, "constraint_name", None),
    )  # fmt: skip
    return " ".join([type(error).__name__, *filter(None, known)])


def place_of(error: BaseException) -> str:
    """Where in this program it came about, as `workflows/night.py:120`."""
    places = [(Path(found.filename), found.lineno) for found in traceback.extract_tb(error.__traceback__)]
    ours = [
        (file, line)
        for file, line in places
        if file.is_relative_to(ROOT) and "site-packages" not in file.parts
    ]
    return "".join(f"{file.relative_to(ROOT).as_posix()}:{line}" for file, line in ours[-1:])


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield LED_TO
    yield from traceback.format_tb(error.__traceback__)
    yield f"{kind_of(error)}\n"
    if isinstance(error, DBAPIError):
        yield f"in {error.statement}\n"  # its parameters are not part of it
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _lines(one, seen)
