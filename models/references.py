"""References of the tables whose rows come by the million."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint


def guarded_on_sqlite(column: str, target: str) -> ForeignKeyConstraint:
    """A foreign key that SQLite guards. PostgreSQL guards one by a trigger for each row, which costs several times what the
    row does; these rows are made of what a query has just found in the tables that they name, and nothing is deleted there."""
    return ForeignKeyConstraint([column], [target]).ddl_if(dialect="sqlite")
