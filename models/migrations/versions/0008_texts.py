"""Files that were handed in and their texts, how alike they are, and what was decided about it."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.String


def upgrade() -> None:
    op.create_table(
        "text_body",
        sa.Column("sha256", TEXT, primary_key=True),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("characters", sa.Integer, nullable=False),
    )
    op.create_table(
        "handed_file",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("text", TEXT, sa.ForeignKey("text_body.sha256")),
        sa.UniqueConstraint("enrolment_id", "source_id", "reference", "revision", "sha256"),
    )
    op.create_table(
        "likeness",
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("assessment", "corpus")),
        sa.Column("texts", sa.Integer, nullable=False),
        sa.Column("found", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "assessment", "corpus"),
    )
    op.create_table(
        "likeness_decision",
        sa.Column("exception_id", sa.Integer, sa.ForeignKey("exception.id"), nullable=False),
        sa.Column("text_id", sa.Integer, sa.ForeignKey("handed_file.id"), nullable=False),
        sa.Column("other_id", sa.Integer, sa.ForeignKey("handed_file.id"), nullable=False),
        sa.PrimaryKeyConstraint("exception_id", "text_id", "other_id"),
    )
    never_changed(("text_body", "handed_file", "likeness", "likeness_decision"))
