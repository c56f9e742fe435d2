"""Column types: an instant as seconds since 1970 UTC, so that both databases compare and store it alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

ONE_SECOND = timedelta(seconds=1)  # what happened at an instant is known one second later


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970 UTC. Raises ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a zone: {instant}")
    return int(instant.timestamp())


def instant(stored: int) -> datetime:
    return datetime.fromtimestamp(stored, UTC)


class Instant(TypeDecorator[datetime]):
    """An aware datetime in Python, whole seconds since 1970 UTC in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else seconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(int(value))
