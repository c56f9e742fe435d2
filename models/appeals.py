"""Appeals against sealed results: who appeals, and each step of the way, kept for ever."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.types import Instant


class Appeal(SQLModel, table=True):
    """One person's appeal against one entry of a score sheet."""

    __tablename__ = "appeal"
    __table_args__ = (Index("appeal_of_enrolment", "enrolment_id", "assessment"),)

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    assessment: str
    entry: int  # of the score sheet, against which it is
    state: str = "filed"  # a state of the appeal machine


class AppealStep(SQLModel, table=True):
    """One step of an appeal: file, take up, grant, refuse or withdraw."""

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
    run_id: str | None = None  # the Prefect run in which it was said
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
