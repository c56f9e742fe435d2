"""Decisions about single people beside the calendar; on which paper a decision rests, and of which organisation it is."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    of_one = sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=True)
    op.add_column("resolution", of_one, inline_references=True)
    for table in ("resolution", "extension"):
        op.add_column(table, sa.Column("document", TEXT, nullable=True))
    op.create_table(
        "exception",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=True) for name in ("task", "item", "assessment")),
        sa.Column("amount", sa.BigInteger, nullable=True),
        sa.Column("reference", TEXT, nullable=True),
        sa.Column("to_enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("reason", "name")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("second_name", "document", "run_id")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
    )
    op.create_index("exception_of_enrolment", "exception", ["enrolment_id", "kind"])
    never_changed(("exception",))
