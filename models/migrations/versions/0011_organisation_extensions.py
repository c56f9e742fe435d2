"""Later deadlines that an office gave to everybody of an organisation, also to who joins it later."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    op.create_table(
        "organisation_extension",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("task", TEXT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("reason", "name")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("document", "run_id")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
    )
    op.create_index("organisation_extension_of_programme", "organisation_extension", ["programme_id"])
    never_changed(("organisation_extension",))
