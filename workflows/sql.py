"""The few SQL forms that both databases spell differently, and the one rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Number = ColumnElement[int]


class least(FunctionElement[int]):  # noqa: N801  # spelled as in SQL
    """The least of several values, none of them null."""

    type = BigInteger()
    inherit_cache = True


class greatest(FunctionElement[int]):  # noqa: N801
    """The greatest of several values, none of them null."""

    type = BigInteger()
    inherit_cache = True


@compiles(least)
def _least(element: least, compiler: SQLCompiler, **options: Any) -> str:
    return f"least({compiler.process(element.clauses, **options)})"


@compiles(least, "sqlite")
def _least_sqlite(element: least, compiler: SQLCompiler, **options: Any) -> str:
    return f"min({compiler.process(element.clauses, **options)})"


@compiles(greatest)
def _greatest(element: greatest, compiler: SQLCompiler, **options: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **options)})"


@compiles(greatest, "sqlite")
def _greatest_sqlite(element: greatest, compiler: SQLCompiler, **options: Any) -> str:
    return f"max({compiler.process(element.clauses, **options)})"


def number(value: int) -> Number:
    """A whole number as a typed literal, so that division stays whole on both databases."""
    return literal(value, BigInteger, literal_execute=True)


def whole(value: ColumnElement[Any]) -> Number:
    """A sum back to a 64-bit integer: PostgreSQL makes sums of bigints numeric, and would divide them so."""
    return cast(value, BigInteger)


def half_up(numerator: Number, denominator: Number) -> Number:
    """The nearest integer to a ratio of non-negative integers, a half going up. The only rounding there is."""
    return (numerator * number(2) + denominator) // (denominator * number(2))


def at_most(value: Number, most: int) -> Number:
    return least(value, number(most))


def total(values: Sequence[Number]) -> Number:
    added = values[0]
    for value in values[1:]:
        added = added + value
    return added
