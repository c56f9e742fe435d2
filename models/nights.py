"""What happened: nights, transitions, holds, resolutions, extensions and the outbox. Every row has the instant that
it is for (`effective_at`) beside the instant at which it was written (`recorded_at`)."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.references import guarded_on_sqlite
from models.types import Instant


class Night(SQLModel, table=True):
    """One run of everything due up to `as_of`."""

    __tablename__ = "night"

    id: int | None = Field(default=None, primary_key=True)
    as_of: datetime = Field(sa_type=Instant, index=True)
    started_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    report: str = "{}"  # JSON, see workflows.changes; until it is finished, what its beginning changed


class NightBatch(SQLModel, table=True):
    """Some cohorts of a night that is not finished: whoever works on it takes one after the other."""

    __tablename__ = "night_batch"

    night_id: int = Field(primary_key=True, foreign_key="night.id")
    number: int = Field(primary_key=True)
    cohorts: str  # JSON: their ids
    tries: int = 0  # that failed
    report: str | None = None  # JSON, as a night's: what it changed, once it is done


class TransitionLog(SQLModel, table=True):
    __tablename__ = "transition_log"
    __table_args__ = (
        guarded_on_sqlite("night_id", "night.id"),
        guarded_on_sqlite("cohort_id", "cohort.id"),
        guarded_on_sqlite("enrolment_id", "enrolment.id"),
        # People's moves come by the thousand and are looked up one person at a time: without an index.
        Index("transition_of_phase", "cohort_id", "effective_at",
              sqlite_where=text("phase IS NOT NULL"), postgresql_where=text("phase IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    night_id: int | None = None
    machine: str  # phase, enrolment
    cohort_id: int
    phase: str | None = None
    enrolment_id: int | None = None
    trigger: str
    source: str
    target: str
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class Hold(SQLModel, table=True):
    """Why a cohort does not move on: since when, on whom it waits, what is missing."""

    __tablename__ = "hold"
    __table_args__ = (
        Index("hold_open", "cohort_id", "phase", "kind", unique=True,
              sqlite_where=text("cleared_at IS NULL"), postgresql_where=text("cleared_at IS NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    cohort_id: int = Field(foreign_key="cohort.id")
    phase: str
    kind: str  # a row of workflows.holds
    step: str  # the transition that could not be made: open, close, lock
    waits_on: str  # a role or a tier of the calendar
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    detail: str  # JSON: facts for the sentence that explains it: counts and names of organisations
    opened_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    cleared_at: datetime | None = Field(default=None, sa_type=Instant)
    cleared_by: str | None = None  # `itself`, or the action of the resolution


class Resolution(SQLModel, table=True):
    """What an office decided for a cohort: dates set or extended, a gate waived, missing work accepted as zero."""

    __tablename__ = "resolution"
    __table_args__ = (Index("resolution_of_cohort", "cohort_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    cohort_id: int = Field(foreign_key="cohort.id")
    hold_id: int | None = Field(default=None, foreign_key="hold.id")
    phase: str | None = None
    action: str  # set dates, extend, waive, accept, done, retry, lock, cancel
    dates: str = "{}"  # JSON: {"courses.end": seconds since 1970}
    gate: str | None = None  # what was waived or accepted: the kind of hold
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")  # of one alone, if said
    reason: str
    name: str
    document: str | None = None  # the paper on which it rests
    run_id: str | None = None  # the Prefect run in whose form it was said
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class Extension(SQLModel, table=True):
    """A later deadline of one task for one person. Each goes beyond the one before, so of several the furthest holds."""

    __tablename__ = "extension"
    __table_args__ = (Index("extension_of_enrolment", "enrolment_id", "task"),)

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    task: str
    until: datetime = Field(sa_type=Instant)
    reason: str
    name: str
    document: str | None = None  # the paper on which it rests
    run_id: str | None = None  # the Prefect run in which it was said
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class OrganisationExtension(SQLModel, table=True):
    """The same for everybody of an organisation and of those below it: for who joins it later, to be given it then."""

    __tablename__ = "organisation_extension"
    __table_args__ = (Index("organisation_extension_of_programme", "programme_id"),)

    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programme.id")
    organisation_id: int = Field(foreign_key="organisation.id")
    task: str
    until: datetime = Field(sa_type=Instant)
    reason: str
    name: str
    document: str | None = None  # the paper on which it rests
    run_id: str | None = None  # the Prefect run in which it was said
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


_ONCE = ("recipient", "obligation", "deadline_at", "step", "channel")
_OF_NONE = text("cohort_id IS NULL")
_IN_LETTER = text("letter_id IS NOT NULL")
_WAITING = text("state = 'written'")


class Outbox(SQLModel, table=True):
    """One thing that a person (by enrolment) or an organisation is to be told. A night writes it; a letter carries it.

    Without foreign keys: rows come by the half million, of what queries have found in the tables that they would name.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        # A recipient's obligation is of one cohort, so with the cohort in front rows come in the order of the index, and
        # no other finds those of a cohort. Nothing is equal to the null of what is of no cohort, hence the second one.
        Index("outbox_once", "cohort_id", *_ONCE, unique=True),
        Index(
            "outbox_once_of_programme", *_ONCE, unique=True, sqlite_where=_OF_NONE, postgresql_where=_OF_NONE
        ),
        Index("outbox_of_letter", "letter_id", sqlite_where=_IN_LETTER, postgresql_where=_IN_LETTER),
        Index("outbox_waiting", "speak_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: int | None = Field(default=None, primary_key=True)
    cohort_id: int | None = None  # none: of a whole programme
    programme_id: int | None = None  # where it is of no cohort
    recipient: str  # `e12` an enrolment, `o7` an organisation
    obligation: str  # the task; to an organisation `task@cohort`
    step: str  # `7 days before`, `overdue 2`, `escalated`
    channel: str = "digest"
    deadline_at: datetime = Field(sa_type=Instant)
    effective_at: datetime = Field(sa_type=Instant)
    speak_at: datetime = Field(sa_type=Instant)  # from when on it may be told
    recorded_at: datetime = Field(sa_type=Instant)
    reminder: int  # its place in the calendar
    behind: int | None = None  # to an organisation: how many of the cohort are
    state: str = "written"  # written, told (its letter says how that went), stale, unwanted, dropped
    letter_id: int | None = None
