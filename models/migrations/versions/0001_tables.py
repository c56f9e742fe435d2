"""Every table, as first published."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC


def upgrade() -> None:
    _night()
    _organisation()
    _person()
    _programme()
    _activity()
    _edition()
    _import_batch()
    _rubric()
    _source()
    _cohort()
    _cohort_phase()
    _enrolment()
    _hold()
    _outbox()
    _seal()
    _evidence()
    _mark()
    _resolution()
    _extension()
    _score_sheet()
    _transition_log()


def _night() -> None:
    op.create_table(
        "night",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("report", TEXT, nullable=False),
    )
    op.create_index("ix_night_as_of", "night", ["as_of"])


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=True),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.UniqueConstraint("parent_id", "tier", "name"),
    )
    op.create_index(
        "one_root",
        "organisation",
        ["tier", "name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("phone", TEXT, nullable=True),
        sa.Column("email", TEXT, nullable=True),
        sa.UniqueConstraint("number"),
    )


def _programme() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", TEXT, nullable=False),
        sa.UniqueConstraint("slug"),
    )


def _activity() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("task", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.UniqueConstraint("programme_id", "task", "kind"),
    )


def _edition() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("published_by", TEXT, nullable=False),
        sa.UniqueConstraint("programme_id", "number"),
        sa.UniqueConstraint("programme_id", "sha256"),
    )


def _import_batch() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("received_said_by", TEXT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
    )
    op.create_index("import_received", "import_batch", ["programme_id", "received_at"])


def _rubric() -> None:
    op.create_table(
        "rubric",
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("task", TEXT, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "organisation_id", "task", "item"),
    )


def _source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.UniqueConstraint("programme_id", "name"),
    )


def _cohort() -> None:
    op.create_table(
        "cohort",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("programme_id", sa.Integer, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("edition_id", sa.Integer, sa.ForeignKey("edition.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("advanced_to", INSTANT, nullable=True),
        sa.UniqueConstraint("programme_id", "name"),
    )


def _cohort_phase() -> None:
    op.create_table(
        "cohort_phase",
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("held_from", TEXT, nullable=True),
        sa.Column("opens_at", INSTANT, nullable=True),
        sa.Column("closes_at", INSTANT, nullable=True),
        sa.Column("locks_at", INSTANT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("next_due_at", INSTANT, nullable=True),
        sa.Column("reminded_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("cohort_id", "phase"),
    )
    op.create_index("cohort_phase_due", "cohort_phase", ["next_due_at"])


def _enrolment() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("status_reason", TEXT, nullable=True),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.UniqueConstraint("cohort_id", "person_id", "role"),
    )
    op.create_index("enrolment_of_cohort", "enrolment", ["cohort_id", "id"])
    op.create_index("ix_enrolment_person_id", "enrolment", ["person_id"])


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("waits_on", TEXT, nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=True),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("cleared_at", INSTANT, nullable=True),
        sa.Column("cleared_by", TEXT, nullable=True),
    )
    op.create_index(
        "hold_open",
        "hold",
        ["cohort_id", "phase", "kind"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("recipient", TEXT, nullable=False),
        sa.Column("obligation", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("deadline_at", INSTANT, nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.UniqueConstraint("recipient", "obligation", "deadline_at", "step", "channel"),
    )
    op.create_index("outbox_of_cohort", "outbox", ["cohort_id"])


def _seal() -> None:
    op.create_table(
        "seal",
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("assessment", TEXT, nullable=False),
        sa.Column("edition_sha256", TEXT, nullable=False),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("locked_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("sheets", sa.Integer, nullable=False),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("head", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("cohort_id", "number"),
    )


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("activity_id", sa.Integer, sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("characters", sa.Integer, nullable=True),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("digest", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("enrolment_id", "source_id", "reference", "revision"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "evidence_reference",
        "evidence",
        ["source_id", "reference"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _mark() -> None:
    op.create_table(
        "mark",
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("activity_id", sa.Integer, sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("giver", TEXT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("score", sa.BigInteger, nullable=True),
        sa.Column("grade", TEXT, nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("digest", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("enrolment_id", "activity_id", "item", "giver", "revision"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "mark_standing",
        "mark",
        ["enrolment_id", "activity_id", "item", "giver"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _resolution() -> None:
    op.create_table(
        "resolution",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("hold_id", sa.Integer, sa.ForeignKey("hold.id"), nullable=True),
        sa.Column("phase", TEXT, nullable=True),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("dates", TEXT, nullable=False),
        sa.Column("gate", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("run_id", TEXT, nullable=True),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_index("resolution_of_cohort", "resolution", ["cohort_id", "id"])


def _extension() -> None:
    op.create_table(
        "extension",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("task", TEXT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("reason", "name")),
        sa.Column("run_id", TEXT, nullable=True),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
    )
    op.create_index("extension_of_enrolment", "extension", ["enrolment_id", "task"])


def _score_sheet() -> None:
    op.create_table(
        "score_sheet",
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=False),
        sa.Column("assessment", TEXT, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("seal", sa.Integer, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("result", TEXT, nullable=False),
        sa.Column("earned", TEXT, nullable=False),
        sa.Column("breakdown", TEXT, nullable=False),
        sa.Column("evidence_count", sa.Integer, nullable=False),
        sa.Column("evidence_digest", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("enrolment_id", "assessment", "entry"),
        sqlite_with_rowid=False,
    )


def _transition_log() -> None:
    op.create_table(
        "transition_log",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("night_id", sa.Integer, sa.ForeignKey("night.id"), nullable=True),
        sa.Column("machine", TEXT, nullable=False),
        sa.Column("cohort_id", sa.Integer, sa.ForeignKey("cohort.id"), nullable=False),
        sa.Column("phase", TEXT, nullable=True),
        sa.Column("enrolment_id", sa.Integer, sa.ForeignKey("enrolment.id"), nullable=True),
        sa.Column("trigger", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_index(
        "transition_of_phase",
        "transition_log",
        ["cohort_id", "effective_at"],
        sqlite_where=sa.text("phase IS NOT NULL"),
        postgresql_where=sa.text("phase IS NOT NULL"),
    )
