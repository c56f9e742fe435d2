"""Exact amounts: integers of a hundredth, read from what a clerk writes and written back the same way."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from calendars.messages import UnreadableError, Wording

HUNDREDTHS = 100

# A product of two figures in hundredths is then a whole number to both databases.
_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(\.[0-9]{1,6})?")
_LARGE = re.compile(r"[+-]?[0-9]{8,}(\.[0-9]+)?")

NOT_A_NUMBER = Wording(
    zh="应为数字，如40或26.67，而写的是“{found}”",
    en="a number such as 40 or 26.67 is expected, not {found!r}",
)
TOO_LARGE = Wording(
    zh="“{found}”太大，应小于一千万", en="{found!r} is too large; it must be under ten million"
)
TOO_FINE = Wording(zh="“{found}”的小数太多，最多两位", en="{found!r} has too many decimals; two are the most")


def read_hundredths(text: object) -> int:
    """`26.67` is 2667. Raises UnreadableError for anything but a number under ten million of at
    most two decimals."""
    found = str(text).strip()
    if _LARGE.fullmatch(found):
        raise UnreadableError(TOO_LARGE(found=found[:60]))
    if isinstance(text, bool) or not _NUMBER.fullmatch(found):
        raise UnreadableError(NOT_A_NUMBER(found=found[:60]))
    scaled = Decimal(found) * HUNDREDTHS
    if scaled != scaled.to_integral_value():
        raise UnreadableError(TOO_FINE(found=found))
    return int(scaled)


def shown(hundredths: int | None) -> str:
    """2667 is `26.67`, 3200 is `32`, nothing is an empty string."""
    if hundredths is None:
        return ""
    sign, size = "-" * (hundredths < 0), abs(hundredths)
    whole, part = divmod(size, HUNDREDTHS)
    return f"{sign}{whole}" + (f".{part:02d}".rstrip("0") if part else "")


def half_up(numerator: int, denominator: int) -> int:
    """The nearest integer to a ratio of non-negative integers, a half going up."""
    return (2 * numerator + denominator) // (2 * denominator)


def share(part: int, whole: int) -> int | None:
    """A part in hundredths of a per cent of the whole, a half going up; None of nothing."""
    return half_up(part * 100 * HUNDREDTHS, whole) if whole else None


Hundredths = Annotated[
    int,
    BeforeValidator(read_hundredths),
    Field(ge=0),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "pattern": f"^{_NUMBER.pattern}$"}),
]
