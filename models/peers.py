"""Peer review between groups: which reviews there are, who was given whom to review, and what each review said. What was
assigned and what was given stays for ever; a review given anew stands beside the one before."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import BigInteger, Field, SQLModel

from models.types import Instant


class PeerRound(SQLModel, table=True):
    """One peer review of a programme, by its newest edition: when a night must look for groups that have none to review.
    All that a night needs of the calendar stands here."""

    __tablename__ = "peer_round"
    __table_args__ = (Index("peer_round_due", "next_due_at"),)

    programme_id: int = Field(foreign_key="programme.id", primary_key=True)
    review: str = Field(primary_key=True)  # its id in the calendar
    role: str
    within: str  # tiers from narrow to wide, set apart by blanks
    each: int
    opens_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    next_due_at: datetime | None = Field(
        default=None, sa_type=Instant
    )  # the opening, until a night has seen the end


class PeerAssignment(SQLModel, table=True):
    """One group is to review another."""

    __tablename__ = "peer_assignment"
    __table_args__ = (
        UniqueConstraint("programme_id", "review", "reviewer_id", "reviewed_id"),
        CheckConstraint("reviewer_id <> reviewed_id", name="peer_assignment_not_itself"),
        Index("peer_assignment_of_reviewer", "reviewer_id", "review"),
    )

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    review: str
    reviewer_id: int = Field(foreign_key="cohort.id")
    reviewed_id: int = Field(foreign_key="cohort.id")
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class PeerOpinion(SQLModel, table=True):
    """What a review said. Of several for one assignment the last stands."""

    __tablename__ = "peer_opinion"

    assignment_id: int = Field(foreign_key="peer_assignment.id", primary_key=True)
    number: int = Field(primary_key=True)  # 1, 2, … of the assignment
    score: int | None = Field(default=None, sa_type=BigInteger)  # hundredths
    grade: str | None = None
    comment: str
    name: str  # who gave it
    document: str | None = None
    run_id: str | None = None
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
