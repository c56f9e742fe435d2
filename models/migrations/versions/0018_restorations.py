"""Restorations of a backup, and by whom sending was resumed after each."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    op.create_table(
        "restoration",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("backed_up_at", "recorded_at")),
    )
    op.create_table(
        "resumption",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("restoration_id", sa.Integer, sa.ForeignKey("restoration.id"), nullable=False, unique=True),
        sa.Column("dropped_before", INSTANT, nullable=True),
        sa.Column("letters", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("reason", "name")),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    never_changed(["restoration", "resumption"])
