"""Appeals against sealed results: who appeals, and each step of the way, kept for ever."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.types import Instant

OPEN = "state IN ('filed', 'taken_up')"  # the night looks for these alone


class Appeal(SQLModel, table=True):
    """One person's appeal against one entry of a score sheet."""

    __tablename__ = "appeal"
    __table_args__ = (
        Index("appeal_of_enrolment", "enrolment_id", "assessment"),
        Index("appeal_open", "decide_by", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    assessment: str
    entry: int  # of the score sheet, against which it is
    state: str = "filed"  # a state of the appeal machine
    decide_by: datetime | None = Field(default=None, sa_type=Instant)  # then it is overdue; None: never


class AppealStep(SQLModel, table=True):
    """One step of an appeal: file, take up, extend, grant, refuse or withdraw; or its time to be decided is over, which
    nobody says."""

    __tablename__ = "appeal_step"
    __table_args__ = (UniqueConstraint("appeal_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    appeal_id: int = Field(foreign_key="appeal.id")
    number: int
    act: str
    reason: str
    name: str
    second_name: str | None = None  # a decision has two
    document: str | None = None  # the paper on which it rests
    admitted: str = "[]"  # JSON: the facts that a granted appeal lets count
    given_back: bool = False  # the result that had been taken away
    run_id: str | None = None  # the Prefect run in which it was said
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
