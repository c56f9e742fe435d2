"""What was decided stays: the database itself refuses to change or delete it, whoever asks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("edition", "seal", "score_sheet", "transition_log", "resolution", "extension")
FACTS = ("evidence", "mark")

UNCHANGEABLE = "{table} is append-only: what stands there is never changed or deleted"
ONLY_WITHDRAWN = (
    "{table} is never overwritten or deleted: set withdrawn_at once, and add a new revision beside it"
)


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        _make_postgresql_function()
    refuse = _refuse_on_postgresql if postgresql else _refuse_on_sqlite
    for table in APPEND_ONLY:
        refuse(table, "UPDATE", "", UNCHANGEABLE.format(table=table))
        refuse(table, "DELETE", "", UNCHANGEABLE.format(table=table))
    same = "{0} IS NOT DISTINCT FROM {1}" if postgresql else "{0} IS {1}"
    for table in FACTS:
        columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
        refuse(table, "UPDATE", _unless_withdrawing(columns, same), ONLY_WITHDRAWN.format(table=table))
        refuse(table, "DELETE", "", ONLY_WITHDRAWN.format(table=table))


def _unless_withdrawing(columns: Sequence[str], same: str) -> str:
    rest = [same.format(f"OLD.{name}", f"NEW.{name}") for name in columns if name != "withdrawn_at"]
    allowed = " AND ".join(["OLD.withdrawn_at IS NULL", "NEW.withdrawn_at IS NOT NULL", *rest])
    return f"WHEN (NOT ({allowed}))"


def _refuse_on_sqlite(table: str, act: str, when: str, why: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )


def _make_postgresql_function() -> None:
    # The same class of error as SQLite's, so that callers see IntegrityError from both.
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE USING MESSAGE = TG_ARGV[0], ERRCODE = ''integrity_constraint_violation''; END'"
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
