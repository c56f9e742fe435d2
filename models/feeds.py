"""What was told in calendar feeds: of each event which version, since when, and how it read then."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import Instant


class FeedEvent(SQLModel, table=True):
    """One event of the feed of a cohort's role, as it was last written. What vanished stays, as cancelled: whoever
    subscribed could not know otherwise."""

    __tablename__ = "feed_event"

    cohort_id: int = Field(foreign_key="cohort.id", primary_key=True)
    role: str = Field(primary_key=True)  # a role or a tier of the calendar
    thing: str = Field(primary_key=True)  # `task:study`, `phase:courses`, … by its id in the calendar
    uid: str = Field(unique=True)
    sequence: int  # 0, 1, … how often it has changed
    changed_at: datetime = Field(sa_type=Instant)
    cancelled: bool
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    summary: str
    description: str
    alarms: str  # JSON: seconds since 1970
