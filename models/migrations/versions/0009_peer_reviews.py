"""Peer review between groups."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    op.create_table(
        "peer_round",
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("review", "role", "within")),
        sa.Column("each", sa.Integer, nullable=False),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("opens_at", "ends_at")),
        sa.Column("next_due_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "review"),
    )
    op.create_index("peer_round_due", "peer_round", ["next_due_at"])
    op.create_table(
        "peer_assignment",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("review", TEXT, nullable=False),
        *(
            sa.Column(name, sa.Integer, sa.ForeignKey("cohort.id"), nullable=False)
            for name in ("reviewer_id", "reviewed_id")
        ),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
        sa.UniqueConstraint("programme_id", "review", "reviewer_id", "reviewed_id"),
        sa.CheckConstraint("reviewer_id <> reviewed_id", name="peer_assignment_not_itself"),
    )
    op.create_index("peer_assignment_of_reviewer", "peer_assignment", ["reviewer_id", "review"])
    op.create_table(
        "peer_opinion",
        sa.Column("assignment_id", sa.Integer, sa.ForeignKey("peer_assignment.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("score", sa.BigInteger, nullable=True),
        sa.Column("grade", TEXT, nullable=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("comment", "name")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("document", "run_id")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
        sa.PrimaryKeyConstraint("assignment_id", "number"),
    )
    never_changed(("peer_assignment", "peer_opinion"))
