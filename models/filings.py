"""What goes up the tiers: cases, the links that each goes through, and every step, which is kept for ever.

A case row says where it stands now, so that lists and nights need not read its steps; where it stood at any
instant is told by its steps alone.
"""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import BigInteger, Field, SQLModel

from models.types import Instant


class Filing(SQLModel, table=True):
    """One case: of a person, of an organisation, or one of several entries of an organisation."""

    __tablename__ = "filing"
    __table_args__ = (
        UniqueConstraint("programme_id", "kind", "period", "organisation_id", "subject"),
        Index("filing_due", "next_due_at"),
        Index("filing_of_enrolment", "enrolment_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    kind: str  # the filing's id in the calendar
    period: str = ""  # the first day of its week, for one that is filed each week
    organisation_id: int = Field(foreign_key="organisation.id")  # at which it begins
    subject: str = ""  # `e12` an enrolment, an entry's title, nothing for the organisation itself
    enrolment_id: int | None = Field(default=None, foreign_key="enrolment.id")
    state: str = "due"  # a state of the filing machine
    held_from: str | None = None  # the state in which it lapsed
    stands_at: str  # the link on which it waits, by its tier; for a lapsed one the link that let it lapse
    next_due_at: datetime | None = Field(default=None, sa_type=Instant)  # when that link is over


class FilingLink(SQLModel, table=True):
    """One link of one case: whose it is, and whether the case has come to it and gone on, in its present round."""

    __tablename__ = "filing_link"
    __table_args__ = (Index("filing_link_of_organisation", "organisation_id", "tier"),)

    filing_id: int = Field(foreign_key="filing.id", primary_key=True)
    tier: str = Field(primary_key=True)  # or `person`
    position: int
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")  # none: the person
    came_at: datetime | None = Field(default=None, sa_type=Instant)
    passed_at: datetime | None = Field(default=None, sa_type=Instant)


class FilingStep(SQLModel, table=True):
    """One thing that was done with a case, or its lapse."""

    __tablename__ = "filing_step"
    __table_args__ = (
        Index("filing_step_lapsed", "recorded_at",
              sqlite_where=text("act = 'lapse'"), postgresql_where=text("act = 'lapse'")),
    )  # fmt: skip

    filing_id: int = Field(foreign_key="filing.id", primary_key=True)
    number: int = Field(primary_key=True)  # 1, 2, … in the case
    act: str  # a trigger of the filing machine
    tier: str  # the link that did it, or let it lapse
    state: str  # in which the case is from then on
    stands_at: str  # on which link it waits from then on
    fields: str = "{}"  # JSON: what the case says, where it was filed with this step
    reason: str = ""
    name: str = ""  # who did it; empty for a lapse
    document: str | None = None
    run_id: str | None = None
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class FilingAttachment(SQLModel, table=True):
    """A file that came with a step: the file itself is kept by its content in a folder beside the database."""

    __tablename__ = "filing_attachment"

    filing_id: int = Field(foreign_key="filing.id", primary_key=True)
    step: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)  # bytes
    sha256: str


class FilingExtension(SQLModel, table=True):
    """A later deadline of one link for one organisation. Each goes beyond the one before, so the furthest holds."""

    __tablename__ = "filing_extension"
    __table_args__ = (Index("filing_extension_of", "programme_id", "kind", "organisation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    kind: str
    period: str = ""
    tier: str
    organisation_id: int = Field(foreign_key="organisation.id")
    until: datetime = Field(sa_type=Instant)
    reason: str
    name: str
    document: str | None = None
    run_id: str | None = None
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class FilingCall(SQLModel, table=True):
    """A round of a filing that organisations owe: when a night must look for those that have not filed."""

    __tablename__ = "filing_call"
    __table_args__ = (Index("filing_call_due", "next_due_at"),)

    programme_id: int = Field(foreign_key="programme.id", primary_key=True)
    kind: str = Field(primary_key=True)
    period: str = Field(default="", primary_key=True)
    tier: str  # whose organisations owe it
    deadline_at: datetime = Field(sa_type=Instant)  # by the calendar
    next_due_at: datetime | None = Field(
        default=None, sa_type=Instant
    )  # the deadline, or one that was extended
