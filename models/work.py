"""What people did: enrolments, evidence and marks. A fact is never overwritten: it is withdrawn, and a new
revision stands beside it, so that what counted at any instant can be told for ever."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import BigInteger, Field, SQLModel

from models.references import guarded_on_sqlite
from models.types import Instant


class Enrolment(SQLModel, table=True):
    """One person in one cohort in one role, with the school that the person belongs to."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("cohort_id", "person_id", "role"),
        Index("enrolment_of_cohort", "cohort_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    cohort_id: int = Field(foreign_key="cohort.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    role: str
    status: str = "enrolled"  # a state of the enrolment machine
    status_reason: str | None = None
    joined_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)  # when the roster that named this person was received
    left_at: datetime | None = Field(default=None, sa_type=Instant)  # since when exempt or withdrawn


class Activity(SQLModel, table=True):
    """A small number for a task and an evidence kind of a programme, or for a task and `mark`."""

    __tablename__ = "activity"
    __table_args__ = (UniqueConstraint("programme_id", "task", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    task: str
    kind: str


class Source(SQLModel, table=True):
    """Where evidence of a programme comes from: a platform or an office, by name."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    name: str


class Evidence(SQLModel, table=True):
    """One dated fact about an enrolment. `amount` in hundredths of its kind's unit; `characters` of a text."""

    __tablename__ = "evidence"
    __table_args__ = (
        guarded_on_sqlite("enrolment_id", "enrolment.id"),
        guarded_on_sqlite("source_id", "source.id"),
        guarded_on_sqlite("activity_id", "activity.id"),
        Index("evidence_reference", "source_id", "reference", unique=True,
              sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
        {"sqlite_with_rowid": False},
    )  # fmt: skip

    enrolment_id: int = Field(primary_key=True)
    source_id: int = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    revision: int = Field(default=0, primary_key=True)
    activity_id: int
    item: str = ""
    amount: int = Field(sa_type=BigInteger)
    characters: int | None = None
    happened_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    digest: int = Field(sa_type=BigInteger)


class Mark(SQLModel, table=True):
    """A score or grade given for a task, by item where the rule has items or sides, by giver where several give."""

    __tablename__ = "mark"
    __table_args__ = (
        guarded_on_sqlite("enrolment_id", "enrolment.id"),
        guarded_on_sqlite("activity_id", "activity.id"),
        Index("mark_standing", "enrolment_id", "activity_id", "item", "giver", unique=True,
              sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
        {"sqlite_with_rowid": False},
    )  # fmt: skip

    enrolment_id: int = Field(primary_key=True)
    activity_id: int = Field(primary_key=True)
    item: str = Field(default="", primary_key=True)
    giver: str = Field(default="", primary_key=True)
    revision: int = Field(default=0, primary_key=True)
    score: int | None = Field(default=None, sa_type=BigInteger)  # hundredths
    grade: str | None = None
    received_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    digest: int = Field(sa_type=BigInteger)


class Rubric(SQLModel, table=True):
    """One line of a school's own rubric for a task: its items add to the component's full mark."""

    __tablename__ = "rubric"

    programme_id: int = Field(foreign_key="programme.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    task: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    kind: str = ""  # what `at least:` counts, such as course or work
    points: int
    received_at: datetime = Field(sa_type=Instant)


class ImportBatch(SQLModel, table=True):
    """One file taken in: what it was, when it was received, and who said so if that was stated."""

    __tablename__ = "import_batch"
    __table_args__ = (Index("import_received", "programme_id", "received_at"),)

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    kind: str  # roster, evidence, marks, rubric, filing, peers, or a decision that brings work
    file: str
    sha256: str
    received_at: datetime = Field(sa_type=Instant)
    received_said_by: str | None = None
    recorded_at: datetime = Field(sa_type=Instant)
    added: int
    changed: int
