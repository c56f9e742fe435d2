"""Operators with their scope, and a log of access that is never changed."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger  # seconds since 1970 UTC
STANDING = sa.text("retired_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("account", sa.String),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", sa.String, nullable=False),
        sa.Column("retired_at", INSTANT),
        sa.Column("retired_by", sa.String),
    )
    op.create_index(
        "operator_of_account", "operator", ["account"], unique=True, sqlite_where=STANDING, postgresql_where=STANDING
    )  # fmt: skip
    op.create_table(
        "operator_scope",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("operator_id", sa.Integer, sa.ForeignKey("operator.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id")),
        sa.Column("tier", sa.String),
    )
    op.create_index("scope_of_operator", "operator_scope", ["operator_id"])
    op.create_table(
        "access",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("operator", sa.String, nullable=False),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("programme", sa.String),
        sa.Column("concerned", sa.String),
        sa.Column("file", sa.String),
        sa.Column("rows", sa.Integer),
        sa.Column("run_id", sa.String),
    )
    never_changed(("access",))
