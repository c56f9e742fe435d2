"""What an office decided about one person beside the calendar. Kept for ever, each with its reason, name and document."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import BigInteger, Field, SQLModel

from models.types import Instant


class PersonException(SQLModel, table=True):
    """One decision about one enrolment.

    exempt, readmit, withdraw: the enrolment's status; `item` is the ground of an exemption, `amount` its hours ·
    transfer: to `to_enrolment_id`, with the work · return: taken up again by a transfer back · prior: an amount of a
    task that counts as shown already · refuse: what was handed in for a task is not accepted · accept: it is after
    all · revoke: the result of an assessment is taken away · dismiss: it is not, after a person has looked.
    """

    __tablename__ = "exception"
    __table_args__ = (Index("exception_of_enrolment", "enrolment_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    kind: str
    task: str | None = None
    item: str | None = None
    assessment: str | None = None
    amount: int | None = Field(default=None, sa_type=BigInteger)  # hundredths of the evidence kind's unit
    reference: str | None = None  # the learning record that it made or refused
    to_enrolment_id: int | None = Field(default=None, foreign_key="enrolment.id")
    reason: str
    name: str
    second_name: str | None = None  # of a decision that corrects what was sealed
    document: str | None = None  # the paper on which it rests
    run_id: str | None = None  # the Prefect run in which it was said
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
