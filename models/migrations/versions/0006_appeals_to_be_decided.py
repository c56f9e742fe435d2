"""Until when an appeal is to be decided, by which the night finds those that are overdue."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('filed', 'taken_up')")
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    op.add_column("appeal", sa.Column("decide_by", INSTANT, nullable=True))
    op.create_index("appeal_open", "appeal", ["decide_by"], sqlite_where=OPEN, postgresql_where=OPEN)
