"""The one place that asks the clock. Everything else is handed an instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_frozen: list[datetime] = []


def now() -> datetime:
    """The present instant in UTC, in whole seconds."""
    return _frozen[-1] if _frozen else datetime.now(UTC).replace(microsecond=0)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Let the clock stand at one instant: for tests, and for rehearsing a term of the past."""
    _frozen.append(at)
    try:
        yield
    finally:
        _frozen.pop()
