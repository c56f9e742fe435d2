"""Columns whose texts the database keeps encrypted, each beside one that a text is found by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Dialect, LargeBinary, String, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.sql.operators import OperatorType, is_, is_not
from sqlalchemy.types import TypeDecorator, TypeEngine

from models.keys import keyring


class Encrypted(TypeDecorator[str]):
    """A text in Python, encrypted in the database, which can neither compare nor sort it. `field` binds what is kept to its
    column: moved into another it does not open."""

    impl = LargeBinary
    cache_ok = True

    class comparator_factory(TypeEngine.Comparator[str]):  # noqa: N801 (SQLAlchemy's name)
        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> Any:
            if op not in (is_, is_not):
                raise TypeError(
                    "an encrypted column is found by the one beside it, and sorted when it is read"
                )
            return super().operate(op, *other, **kwargs)

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return encrypted(self.field, value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return opened(self.field, value)


def encrypted(field: str, said: str | None) -> bytes | None:
    return None if said is None else keyring().encrypted(field.encode(), said)


def opened(field: str, kept: bytes | None) -> str | None:
    return None if kept is None else keyring().opened(field.encode(), kept)


def found_by(said: str | None) -> str | None:
    """What an encrypted text is found by."""
    return None if said is None else keyring().current.found_by(said)


def finder(of: str, **options: Any) -> Column[str]:
    """A column beside an encrypted one, filled in with every row that SQLAlchemy inserts."""
    return Column(String, default=_beside(of), **options)


def keep_found(of: Any, beside: str) -> None:
    """When an object's encrypted text is set to another, what it is found by is set beside it."""

    def also(one: Any, said: str | None, *_: object) -> None:
        setattr(one, beside, found_by(said))

    event.listen(of, "set", also)


def _beside(of: str) -> Callable[[DefaultExecutionContext], str | None]:
    return lambda context: found_by(context.get_current_parameters().get(of))  # type: ignore[no-untyped-call]
