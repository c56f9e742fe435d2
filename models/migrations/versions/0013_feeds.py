"""What was told in calendar feeds, so that an event's version grows only when the event changes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    op.create_table(
        "feed_event",
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("role", "thing")),
        sa.Column("uid", TEXT, nullable=False, unique=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("starts_at", "ends_at")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("summary", "description", "alarms")),
        sa.PrimaryKeyConstraint("cohort_id", "role", "thing"),
    )
