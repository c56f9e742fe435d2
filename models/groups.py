"""What a group did of its lesson study: every step done, and every return, kept for ever."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import Instant


class GroupStep(SQLModel, table=True):
    """One act: `do` a step, or `return` the step that was done last. A step that was returned is done again."""

    __tablename__ = "group_step"

    cohort_id: int = Field(foreign_key="cohort.id", primary_key=True)
    study: str = Field(primary_key=True)  # the lesson study's id in the calendar
    number: int = Field(primary_key=True)  # 1, 2, … of the group in this lesson study
    act: str  # a trigger of the lesson study machine
    step: str
    done_at: datetime = Field(sa_type=Instant)  # when it took place: whether it was late goes by this
    note: str = ""  # of a return, why
    name: str  # who says so
    document: str | None = None
    run_id: str | None = None
    effective_at: datetime = Field(sa_type=Instant)  # since when it is known
    recorded_at: datetime = Field(sa_type=Instant)
