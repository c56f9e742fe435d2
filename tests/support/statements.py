"""What a database is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that an engine executes meanwhile, as they come."""
    found: list[str] = []

    def told(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", told)
    yield found
    event.remove(engine, "before_cursor_execute", told)
