"""Letters, where readers are reached, and from when on what stands in the outbox may be told."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    _letter()
    _contact()
    for column in ("refused_email", "way"):
        op.add_column("person", sa.Column(column, TEXT, nullable=True))
    op.create_table(
        "unsubscription",
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    _filing_notice()
    op.create_table(
        "sending",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("started_at", "finished_at")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("made", "sent")),
        sa.Column("down", TEXT, nullable=False),
    )
    _outbox()


def _letter() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", TEXT, nullable=False, unique=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("reader", "way")),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("claimed_by", TEXT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("uncertain", sa.Boolean, nullable=False),
        sa.Column("said", TEXT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.UniqueConstraint("reader", "way", "day", "part"),
    )
    unsent = sa.text("state IN ('waiting', 'claimed', 'handing')")
    op.create_index(
        "letter_unsent", "letter", ["not_before", "id"], sqlite_where=unsent, postgresql_where=unsent
    )


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=True, unique=True
        ),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=True, unique=True),
        *(sa.Column(name, TEXT, nullable=True) for name in ("name", "email", "refused_email", "robot")),
    )


def _filing_notice() -> None:
    op.create_table(
        "filing_notice",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("period", "step")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("deadline_at", "at", "speak_at")),
        sa.Column("written_at", INSTANT, nullable=True),
        sa.UniqueConstraint("programme_id", "number", "period", "step", "deadline_at"),
    )
    unwritten = sa.text("written_at IS NULL")
    op.create_index(
        "filing_notice_due", "filing_notice", ["at"], sqlite_where=unwritten, postgresql_where=unwritten
    )


def _outbox() -> None:
    """What was written before anything was sent is not sent now: it would all go out in one day."""
    op.drop_index("outbox_of_cohort", "outbox")
    names = {"uq": "outbox_recipient_obligation_deadline_at_step_channel_key", "fk": "outbox_cohort_id_fkey"}
    with op.batch_alter_table("outbox", naming_convention=names) as outbox:
        outbox.drop_constraint(names["uq"], type_="unique")
        outbox.drop_constraint(names["fk"], type_="foreignkey")
        outbox.alter_column("cohort_id", existing_type=sa.Integer, nullable=True)
        outbox.add_column(sa.Column("programme_id", sa.Integer, nullable=True))
        outbox.add_column(sa.Column("speak_at", INSTANT, nullable=False, server_default="0"))
        outbox.add_column(sa.Column("reminder", sa.Integer, nullable=False, server_default="0"))
        outbox.add_column(sa.Column("behind", sa.Integer, nullable=True))
        outbox.add_column(sa.Column("letter_id", sa.Integer, nullable=True))
    number = (
        "CAST(json_extract(detail, '$.behind') AS INTEGER)"
        if op.get_bind().dialect.name == "sqlite"
        else "CAST(CAST(detail AS JSON) ->> 'behind' AS INTEGER)"
    )
    op.execute(f"UPDATE outbox SET speak_at = effective_at, state = 'stale', behind = {number}")  # noqa: S608
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("speak_at", existing_type=INSTANT, server_default=None)
        outbox.alter_column("reminder", existing_type=sa.Integer, server_default=None)
        outbox.drop_column("detail")
    once = ["recipient", "obligation", "deadline_at", "step", "channel"]
    op.create_index("outbox_once", "outbox", ["cohort_id", *once], unique=True)
    for name, columns, where in (
        ("outbox_once_of_programme", once, "cohort_id IS NULL"),
        ("outbox_of_letter", ["letter_id"], "letter_id IS NOT NULL"),
        ("outbox_waiting", ["speak_at"], "state = 'written'"),
    ):
        op.create_index(
            name,
            "outbox",
            columns,
            unique=columns is once,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
