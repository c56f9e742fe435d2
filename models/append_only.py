"""Triggers by which the database itself refuses to change or delete what was decided, whoever asks. For migrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

UNCHANGEABLE = "{table} is append-only: what stands there is never changed or deleted"
ONLY_WITHDRAWN = (
    "{table} is never overwritten or deleted: set withdrawn_at once, and add a new revision beside it"
)


def never_changed(tables: Sequence[str]) -> None:
    """Rows of these tables admit no update and no delete."""
    for table in tables:
        _refuse(table, "UPDATE", "", UNCHANGEABLE.format(table=table))
        _refuse(table, "DELETE", "", UNCHANGEABLE.format(table=table))


def only_withdrawn(tables: Sequence[str]) -> None:
    """Rows of these tables admit one change: `withdrawn_at` is set, once."""
    for table in tables:
        withdrawing = ["OLD.withdrawn_at IS NULL", "NEW.withdrawn_at IS NOT NULL"]
        rest = [name for name in _columns(table) if name != "withdrawn_at"]
        _refuse(table, "UPDATE", _unless(withdrawing, rest), ONLY_WITHDRAWN.format(table=table))
        _refuse(table, "DELETE", "", ONLY_WITHDRAWN.format(table=table))


def only_emptied(columns: Mapping[str, str]) -> None:
    """Rows of these tables, which admitted no change, admit one from now on: this column is emptied."""
    for table, column in columns.items():
        op.execute(f"DROP TRIGGER {table}_refuses_update{f' ON {table}' if _on_postgresql() else ''}")
        rest = [name for name in _columns(table) if name != column]
        _refuse(table, "UPDATE", _unless([f"NEW.{column} = ''"], rest), UNCHANGEABLE.format(table=table))


def make_postgresql_function() -> None:
    """What the triggers of PostgreSQL call; made once."""
    if _on_postgresql():
        # The same class of error as SQLite's, so that callers see IntegrityError from both.
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RAISE USING MESSAGE = TG_ARGV[0], ERRCODE = ''integrity_constraint_violation''; END'"
        )


def _on_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _columns(table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]


def _unless(allowed: Sequence[str], unchanged: Sequence[str]) -> str:
    same = "OLD.{0} IS NOT DISTINCT FROM NEW.{0}" if _on_postgresql() else "OLD.{0} IS NEW.{0}"
    return f"WHEN (NOT ({' AND '.join([*allowed, *map(same.format, unchanged)])}))"


def _refuse(table: str, act: str, when: str, why: str) -> None:
    if _on_postgresql():
        _refuse_on_postgresql(table, act, when, why)
    else:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )


def _refuse_on_postgresql(table: str, act: str, when: str, why: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} FOR EACH ROW {when} "
        f"EXECUTE FUNCTION refuse_change('{why}')"
    )
    if act == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION refuse_change('{why}')"
        )
