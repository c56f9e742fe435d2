"""What groups did of their lesson studies, step by step."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    op.create_table(
        "group_step",
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("study", TEXT, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("act", "step")),
        sa.Column("done_at", INSTANT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("note", "name")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("document", "run_id")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
        sa.PrimaryKeyConstraint("cohort_id", "study", "number"),
    )
    never_changed(("group_step",))
