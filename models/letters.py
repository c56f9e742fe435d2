"""What goes out: letters, one a reader, day and way, and where readers are reached. What a letter says is not kept: it is
told of the outbox rows that it carries, as things stand when it is sent."""

from datetime import date, datetime

from sqlalchemy import Date, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.types import Instant

_UNSENT = text("state IN ('waiting', 'claimed', 'handing')")


class Letter(SQLModel, table=True):
    """One letter on its way. `waiting` until somebody claims it; `handing` from just before it is given to the channel
    until its answer is written down: where that is never written, nobody knows whether it went out."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("reader", "way", "day", "part"),
        Index("letter_unsent", "not_before", "id", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # names it in its headers; whoever has the letter may unsubscribe by it
    reader: str  # `p12` a person, `o7` an organisation, `c3` the chat group of a cohort
    way: str  # mail, chat
    day: date = Field(sa_type=Date)  # in the office's zone
    part: int = 1  # 2 of what came after the day's letter and could not wait for the next
    state: str = "waiting"  # waiting, claimed, handing, sent, refused, rejected, stale, merged, dropped
    not_before: datetime = Field(sa_type=Instant)
    claimed_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    attempts: int = 0
    uncertain: bool = False  # it may have gone out before
    said: str | None = None  # what the channel answered last: a code, nobody's address
    recorded_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class Contact(SQLModel, table=True):
    """Where an organisation, or the group of a cohort, is reached. A robot's address holds its secret."""

    __tablename__ = "contact"

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", unique=True)
    cohort_id: int | None = Field(default=None, foreign_key="cohort.id", unique=True)
    name: str | None = None
    email: str | None = None
    refused_email: str | None = None  # the address that a mail server has refused for good
    robot: str | None = None


class Unsubscription(SQLModel, table=True):
    """Who does not want what is not obligatory."""

    __tablename__ = "unsubscription"

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    recorded_at: datetime = Field(sa_type=Instant)


class FilingNotice(SQLModel, table=True):
    """A moment at which a reminder about a link of a filing speaks. It is for a programme; cohorts have their own."""

    __tablename__ = "filing_notice"
    __table_args__ = (
        UniqueConstraint("programme_id", "number", "period", "step", "deadline_at"),
        Index("filing_notice_due", "at", sqlite_where=text("written_at IS NULL"),
              postgresql_where=text("written_at IS NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    number: int  # the reminder's place in the calendar
    period: str = ""
    step: str
    deadline_at: datetime = Field(sa_type=Instant)
    at: datetime = Field(sa_type=Instant)
    speak_at: datetime = Field(sa_type=Instant)
    written_at: datetime | None = Field(default=None, sa_type=Instant)


class Sending(SQLModel, table=True):
    """One run of a sender: how many letters it made and what came of them, and which ways were down at its end."""

    __tablename__ = "sending"

    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime = Field(sa_type=Instant)
    finished_at: datetime = Field(sa_type=Instant)
    made: int
    sent: int
    down: str = ""  # the ways that did not work, with blanks between
