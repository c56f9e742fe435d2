"""The cohorts of a night in batches, for several processes to take."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "night_batch",
        sa.Column("night_id", sa.Integer, sa.ForeignKey("night.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("cohorts", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("report", sa.String),
        sa.PrimaryKeyConstraint("night_id", "number"),
    )
