"""Lapses are found by when they were recorded: a night counts those since the night before."""

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lapses = text("act = 'lapse'")
    op.create_index(
        "filing_step_lapsed", "filing_step", ["recorded_at"], sqlite_where=lapses, postgresql_where=lapses
    )
