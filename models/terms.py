"""What runs: programmes in numbered editions, cohorts and their phases."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.types import Instant


class Programme(SQLModel, table=True):
    __tablename__ = "programme"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)


class Edition(SQLModel, table=True):
    """A published term calendar. It never changes: a new text is a new edition."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("programme_id", "number"), UniqueConstraint("programme_id", "sha256"))

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    number: int
    text: str
    sha256: str
    published_at: datetime = Field(sa_type=Instant)
    published_by: str


class Cohort(SQLModel, table=True):
    """The people who go through a programme together, under the organisation that answers for them."""

    __tablename__ = "cohort"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    edition_id: int = Field(foreign_key="edition.id")
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str
    began_at: datetime = Field(sa_type=Instant)  # when its first roster was received
    advanced_to: datetime | None = Field(default=None, sa_type=Instant)  # the last night that it went through


class CohortPhase(SQLModel, table=True):
    """Where a cohort stands in one phase. An instant that is not known is null; `next_due_at` is when to look."""

    __tablename__ = "cohort_phase"
    __table_args__ = (Index("cohort_phase_due", "next_due_at"),)

    cohort_id: int = Field(foreign_key="cohort.id", primary_key=True)
    phase: str = Field(primary_key=True)
    position: int
    state: str = "planned"
    held_from: str | None = None  # the state to which a held phase is released
    opens_at: datetime | None = Field(default=None, sa_type=Instant)
    closes_at: datetime | None = Field(default=None, sa_type=Instant)
    locks_at: datetime | None = Field(default=None, sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    next_due_at: datetime | None = Field(default=None, sa_type=Instant)
    reminded_at: datetime | None = Field(default=None, sa_type=Instant)  # reminders are written up to here
