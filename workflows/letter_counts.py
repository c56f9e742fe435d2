"""What became of the letters, in figures: by day, way, programme and outcome; how many wait, and which ways are down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from models.letters import Letter, Sending
from models.nights import Outbox
from models.terms import Cohort, Programme

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """How many letters of a day are in one state. One that is about two programmes counts for each."""

    way: str
    programme: str
    state: str
    letters: int
    uncertain: int


def counted(session: Session, day: date) -> list[Counted]:
    """By way, programme and state."""
    rows = session.execute(
        select(
            col(Letter.way), col(Programme.slug), col(Letter.state), func.count(func.distinct(col(Letter.id))),
            func.count(func.distinct(col(Letter.id))).filter(col(Letter.uncertain)),
        )
        .select_from(Letter)
        .join(Outbox, col(Outbox.letter_id) == col(Letter.id))
        .outerjoin(Cohort, col(Cohort.id) == col(Outbox.cohort_id))
        .join(
            Programme,
            or_(col(Programme.id) == col(Cohort.programme_id), col(Programme.id) == col(Outbox.programme_id)),
        )
        .where(col(Letter.day) == day)
        .group_by(col(Letter.way), col(Programme.slug), col(Letter.state))
        .order_by(col(Letter.way), col(Programme.slug), col(Letter.state))
    )  # fmt: skip
    return [Counted(*row) for row in rows]


def unsent(session: Session) -> int:
    """How many letters are on their way, of whatever day."""
    waiting = col(Letter.state).in_(("waiting", "claimed", "handing"))
    return int(session.execute(select(func.count()).where(waiting)).scalar_one())


def reaching_nobody(session: Session, at: datetime) -> int:
    """How many reminders have waited for more than a day to get into a letter: nobody is known who could be told, or nothing
    sends."""
    late = (col(Outbox.state) == "written", col(Outbox.speak_at) < at - A_DAY)
    return int(session.execute(select(func.count()).where(*late)).scalar_one())


def ways_down(session: Session) -> frozenset[str]:
    """The ways that did not work at the end of the last sending."""
    last = session.execute(select(col(Sending.down)).order_by(col(Sending.id).desc()).limit(1)).scalar()
    return frozenset((last or "").split())
