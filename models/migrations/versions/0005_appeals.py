"""Appeals against sealed results."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("assessment", TEXT, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.Column("state", TEXT, nullable=False),
    )
    op.create_index("appeal_of_enrolment", "appeal", ["enrolment_id", "assessment"])
    op.create_table(
        "appeal_step",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("appeal_id", sa.Integer, sa.ForeignKey("appeal.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("act", "reason", "name")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("second_name", "document")),
        sa.Column("admitted", TEXT, nullable=False),
        sa.Column("given_back", sa.Boolean, nullable=False),
        sa.Column("run_id", TEXT, nullable=True),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
        sa.UniqueConstraint("appeal_id", "number"),
    )
    never_changed(("appeal_step",))
