"""The few SQL forms that both databases spell differently, and the one rounding."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Insert, Select, String, Table, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

Number = ColumnElement[int]
T = TypeVar("T")


class _Spelled(FunctionElement[Any]):
    """A function that SQLite calls otherwise."""

    inherit_cache = True
    elsewhere: str
    on_sqlite: str


@compiles(_Spelled)
def _spell(element: _Spelled, compiler: SQLCompiler, **options: Any) -> str:
    name = element.on_sqlite if compiler.dialect.name == "sqlite" else element.elsewhere
    return f"{name}({compiler.process(element.clauses, **options)})"


def among(column: SQLCoreOperations[Any], numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether a number is one of some. Cohorts that are due together mostly follow one another: those are a range, which takes
    two parameters where each of a list takes one, in dozens of statements for each batch of a night."""
    first, last = min(numbers, default=0), max(numbers, default=-1)
    if last - first + 1 == len(set(numbers)):
        return column.between(first, last)
    return column.in_(sorted(numbers))


class insert_new(Insert):  # noqa: N801
    """An INSERT … SELECT, with a WHERE, that leaves alone what is there already. The dialects' own are compiled anew each
    time that they are executed."""

    inherit_cache = True


@compiles(insert_new)
def _insert_new(element: insert_new, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.visit_insert(element, **options)} ON CONFLICT DO NOTHING"  # type: ignore[no-untyped-call]


def insert_from(session: Session, table: Table, columns: Sequence[str], rows: Select[Any]) -> int:
    """Insert what a query with a WHERE gives, leaving alone what is there already. Returns how many rows were new."""
    counted = {"preserve_rowcount": True}  # psycopg forgets it with the cursor
    result: Any = session.execute(insert_new(table).from_select(columns, rows), execution_options=counted)
    return int(result.rowcount)


def insert_all_new(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows, leaving alone those that are there already. Returns how many were new."""
    if not rows:
        return 0
    dialect = import_module(
        f"sqlalchemy.dialects.{session.get_bind().dialect.name}"
    )  # the other is slow to load
    insert: Any = dialect.insert(table)
    return len(session.execute(insert.on_conflict_do_nothing().returning(table.c.id), rows).all())


class least(_Spelled):  # noqa: N801  # spelled as in SQL
    """The least of several values, none of them null."""

    type = BigInteger()
    inherit_cache = True
    elsewhere, on_sqlite = "least", "min"


class greatest(_Spelled):  # noqa: N801
    """The greatest of several values, none of them null."""

    type = BigInteger()
    inherit_cache = True
    elsewhere, on_sqlite = "greatest", "max"


class _formatted(_Spelled):  # noqa: N801
    """A template and what stands in its place at each %s."""

    type = String()
    inherit_cache = True
    elsewhere, on_sqlite = "format", "printf"


MOST_VALUES = 50  # of one call: the databases end at 100 and 127


def written(template: str, values: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    """A text with one value at each %s of the template: whole numbers and texts, none null. %% is one %."""
    first, *behind = template.split("%s")
    pieces = [f"%s{piece}" for piece in behind]
    pieces[:1] = [first + piece for piece in pieces[:1]] or [first]
    texts: list[ColumnElement[str]] = [
        _formatted(
            literal("".join(pieces[start : start + MOST_VALUES])), *values[start : start + MOST_VALUES]
        )
        for start in range(0, len(pieces), MOST_VALUES)
    ]
    return total(texts)


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


def total(values: Sequence[ColumnElement[T]]) -> ColumnElement[T]:
    """Numbers added, or texts one behind the other."""
    added = values[0]
    for value in values[1:]:
        added = added + value
    return added
