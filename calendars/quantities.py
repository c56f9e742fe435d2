"""Exact amounts: integers of a hundredth, read from what a clerk writes and written back the same way."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator

HUNDREDTHS = 100


def read_hundredths(text: object) -> int:
    """`26.67` is 2667. Raises ValueError for anything that is not a number of at most two decimals."""
    if isinstance(text, bool) or not isinstance(text, int | float | str | Decimal):
        raise ValueError("a number is expected")
    try:
        scaled = Decimal(str(text).strip()) * HUNDREDTHS
    except InvalidOperation:
        raise ValueError("a number is expected") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError("a number with at most two decimals is expected")
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


Hundredths = Annotated[int, BeforeValidator(read_hundredths)]
