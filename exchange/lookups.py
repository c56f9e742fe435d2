"""Rows that stand already, found for thousands of values at once, each by the index that is there for it.

A list of values inside the statement leaves the way to the planner, and on tables that have just been filled, or
for a statement that the driver has prepared, PostgreSQL then compares every row with every value.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session


def look_up(
    session: Session, columns: Sequence[str], table: str, condition: str, wanted: Sequence[Any], **facts: Any
) -> Sequence[Any]:
    """The rows of a table that meet a condition about `wanted.value`, which is each value in turn."""
    if not wanted:
        return []
    chosen = ", ".join(f"found.{column}" for column in columns)
    given: Any = list(wanted)
    if session.connection().dialect.name == "postgresql":
        kind = "bigint" if isinstance(wanted[0], int) else "text"
        # OFFSET 0 keeps the planner from turning the look-ups into a join over the whole table.
        each = f"SELECT * FROM {table} AS each WHERE {condition} OFFSET 0"  # noqa: S608 (our own words; values are bound)
        source = f"unnest(CAST(:wanted AS {kind}[])) AS wanted(value) CROSS JOIN LATERAL ({each}) AS found"
    else:
        given = json.dumps(given)
        source = f"json_each(:wanted) AS wanted CROSS JOIN {table} AS found WHERE {condition}"
    statement = text(f"SELECT {chosen} FROM {source}")  # noqa: S608
    return session.connection().execute(statement, {"wanted": given, **facts}).all()
