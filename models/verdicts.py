"""What was decided for good: score sheets and the seals over them. Triggers refuse update and delete."""

from datetime import datetime

from sqlmodel import BigInteger, Field, SQLModel

from models.references import guarded_on_sqlite
from models.types import Instant


class Seal(SQLModel, table=True):
    """One link of a cohort's chain: the sheets of one assessment, sealed at one instant."""

    __tablename__ = "seal"

    cohort_id: int = Field(foreign_key="cohort.id", primary_key=True)
    number: int = Field(primary_key=True)  # 1, 2, … in the cohort
    assessment: str
    edition_sha256: str
    basis: str  # JSON: before when work counted, by component and task
    locked_at: datetime = Field(sa_type=Instant)  # received before this counted
    recorded_at: datetime = Field(sa_type=Instant)  # when it really ran; not part of the hash
    sheets: int
    previous: str  # head of the link before, or 64 zeros
    head: str


class ScoreSheet(SQLModel, table=True):
    """The components and the result of one enrolment in one assessment, as sealed. Amounts in hundredths."""

    __tablename__ = "score_sheet"
    __table_args__ = (
        guarded_on_sqlite("enrolment_id", "enrolment.id"),
        guarded_on_sqlite("cohort_id", "cohort.id"),
        {"sqlite_with_rowid": False},
    )

    enrolment_id: int = Field(primary_key=True)
    assessment: str = Field(primary_key=True)
    entry: int = Field(default=0, primary_key=True)  # 0 is the first; a correction adds 1
    cohort_id: int
    seal: int  # the number of its link; no foreign key, since the link's head is made of its sheets
    total: int = Field(sa_type=BigInteger)
    passed: bool
    result: str
    earned: str  # JSON: {"hours": 3600}
    breakdown: str  # JSON: {component: [what was counted, points]}
    evidence_count: int
    evidence_digest: int = Field(sa_type=BigInteger)
