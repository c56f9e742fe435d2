"""What goes up the tiers link by link."""

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    _filing()
    _filing_link()
    _filing_step()
    _filing_attachment()
    _filing_extension()
    _filing_call()
    never_changed(("filing_step", "filing_attachment", "filing_extension"))


def _filing() -> None:
    op.create_table(
        "filing",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("kind", "period")),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("held_from", TEXT, nullable=True),
        sa.Column("stands_at", TEXT, nullable=False),
        sa.Column("next_due_at", INSTANT, nullable=True),
        sa.UniqueConstraint("programme_id", "kind", "period", "organisation_id", "subject"),
    )
    op.create_index("filing_due", "filing", ["next_due_at"])
    op.create_index("filing_of_enrolment", "filing", ["enrolment_id"])


def _filing_link() -> None:
    op.create_table(
        "filing_link",
        sa.Column("filing_id", sa.Integer, sa.ForeignKey("filing.id"), nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=True),
        *(sa.Column(name, INSTANT, nullable=True) for name in ("came_at", "passed_at")),
        sa.PrimaryKeyConstraint("filing_id", "tier"),
    )
    op.create_index("filing_link_of_organisation", "filing_link", ["organisation_id", "tier"])


def _filing_step() -> None:
    op.create_table(
        "filing_step",
        sa.Column("filing_id", sa.Integer, sa.ForeignKey("filing.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("act", "tier", "state", "stands_at")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("fields", "reason", "name")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("document", "run_id")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
        sa.PrimaryKeyConstraint("filing_id", "number"),
    )


def _filing_attachment() -> None:
    op.create_table(
        "filing_attachment",
        sa.Column("filing_id", sa.Integer, sa.ForeignKey("filing.id"), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("filing_id", "step", "name"),
    )


def _filing_extension() -> None:
    op.create_table(
        "filing_extension",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("kind", "period", "tier")),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("reason", "name")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("document", "run_id")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
    )
    op.create_index("filing_extension_of", "filing_extension", ["programme_id", "kind", "organisation_id"])


def _filing_call() -> None:
    op.create_table(
        "filing_call",
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("kind", "period", "tier")),
        sa.Column("deadline_at", INSTANT, nullable=False),
        sa.Column("next_due_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("programme_id", "kind", "period"),
    )
    op.create_index("filing_call_due", "filing_call", ["next_due_at"])
