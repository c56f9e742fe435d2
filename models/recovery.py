"""That a database was brought back from a backup, and that somebody has looked at what it would send again. Rows of both are
never changed: while the last restoration has no resumption, nothing is sent."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import Instant


class Restoration(SQLModel, table=True):
    """This database is a backup that was restored. What the one that it is of has sent since, nothing here tells."""

    __tablename__ = "restoration"

    id: int | None = Field(default=None, primary_key=True)
    backed_up_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class Resumption(SQLModel, table=True):
    """Somebody has looked at the outbox after a restoration: sending goes on."""

    __tablename__ = "resumption"

    id: int | None = Field(default=None, primary_key=True)
    restoration_id: int = Field(foreign_key="restoration.id", unique=True)
    dropped_before: datetime | None = Field(
        default=None, sa_type=Instant
    )  # what could be told by then is not
    letters: int  # that were dropped with it; reminders that were in none yet go when their turn comes
    reason: str
    name: str
    recorded_at: datetime = Field(sa_type=Instant)
