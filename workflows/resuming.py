"""After a backup was restored nothing is sent until somebody has looked: what waits in it may have been sent since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from calendars.messages import Message, Wording, refuse
from models.letters import Letter
from models.recovery import Restoration, Resumption
from models.types import seconds
from workflows.claiming import LETTER, UNSENT
from workflows.facts import raw

OFF = Wording(
    zh="没有发出：这个数据库是从备份恢复的，其中等待发出的提醒可能早已发过。请先看 yanxiu reminders preview，再用 yanxiu "
    "reminders resume 决定",
    en="nothing is sent: this database was restored from a backup, and what waits in it may have been sent since. Look at "
    "yanxiu reminders preview, then decide by yanxiu reminders resume",
)
NO_REASON = Wording(zh="请写明理由和姓名", en="a reason and a name are needed")
NOT_OFF = Wording(zh="发送没有停，不必恢复", en="sending is not off: there is nothing to resume")


@dataclass(frozen=True)
class Resumed:
    """What became of the letters that waited: how many were dropped, how many go out."""

    dropped: int
    waiting: int


def restored(session: Session, backed_up_at: datetime, at: datetime) -> None:
    """Note that this database is a backup: from now on nothing is sent."""
    session.add(Restoration(backed_up_at=backed_up_at, recorded_at=at))
    session.flush()


def waits_for_a_look(session: Session) -> Restoration | None:
    """The restoration because of which nothing is sent, if nobody has looked since."""
    looked = select(col(Resumption.restoration_id))
    return session.execute(
        select(Restoration)
        .where(col(Restoration.id).not_in(looked))
        .order_by(col(Restoration.id).desc())
        .limit(1)
    ).scalar()


def sending_is_off(session: Session) -> Message | None:
    """Why nothing is sent, and what to do."""
    return OFF() if waits_for_a_look(session) is not None else None


def require_sending(session: Session) -> None:
    """Raises Refused where nothing may be sent."""
    off = sending_is_off(session)
    if off is not None:
        raise refuse(off)


def dropped_before(session: Session) -> datetime | None:
    """What could be told before this instant is not told: the database that was lost has done so."""
    return session.execute(select(func.max(col(Resumption.dropped_before)))).scalar()


def resume(session: Session, drop_before: datetime | None, reason: str, name: str, at: datetime) -> Resumed:
    """Let sending go on, for ever noted by whom and why. Letters that could have gone before an instant are dropped, and
    reminders of before it that a later night writes go the same way. Raises Refused where sending is not off, or without a
    reason and a name."""
    if not (reason.strip() and name.strip()):
        raise refuse(NO_REASON())
    if waits_for_a_look(session) is None:
        raise refuse(NOT_OFF())
    dropped = 0
    if drop_before is not None:
        gone = update(Letter).where(UNSENT, raw(LETTER, "not_before") < seconds(drop_before))
        dropped = session.execute(
            gone.values(state="dropped", claimed_by=None, lease_until=None, finished_at=at)
        ).rowcount  # type: ignore[attr-defined]
    looked = select(col(Resumption.restoration_id))
    for restoration in (
        session.execute(select(col(Restoration.id)).where(col(Restoration.id).not_in(looked))).scalars().all()
    ):
        session.add(
            Resumption(
                restoration_id=restoration, dropped_before=drop_before, letters=dropped, reason=reason.strip(), name=name.strip(),
                recorded_at=at,
            )
        )  # fmt: skip
    session.flush()
    waiting = session.execute(select(func.count()).select_from(Letter).where(UNSENT)).scalar_one()
    return Resumed(dropped, int(waiting))
