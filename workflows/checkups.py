"""What an operator wants to know of a database: whether the clock goes on from where it was, whether days are known on which
people work, whether anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from calendars.findings import Finding, amiss, fine
from calendars.messages import Wording
from calendars.workdays import why_unknown
from models.letters import Sending
from models.nights import Night, Resolution
from models.recovery import Restoration
from models.terms import Cohort, CohortPhase
from models.types import instant
from models.verdicts import Seal
from workflows.machines import PHASE
from workflows.publishing import readable_calendar
from workflows.resuming import sending_is_off

APART = timedelta(minutes=2)  # of two clocks that agree

CLOCK = Wording(zh="{now}（UTC）", en="{now} UTC")
SET_BACK = Wording(
    zh="时钟是 {now}（UTC），数据库里却有 {last} 记下的事",
    en="the clock says {now} UTC, and something was recorded at {last}",
)
OF_THE_SERVER = Wording(
    zh="时钟是 {now}（UTC），数据库服务器的是 {last}",
    en="the clock says {now} UTC, and the database server's {last}",
)
SET_CLOCK = Wording(zh="校准时钟（timedatectl、chrony）", en="set the clock right (timedatectl, chrony)")
KNOWN = Wording(
    zh="进行中的学期所到的年份都知道：{years}", en="known for every year of the running terms: {years}"
)
NO_TERM = Wording(zh="没有进行中的学期", en="no term is going on")
SENDING = Wording(zh="照常发送", en="letters are sent")


def clock(session: Session, now: datetime) -> Finding:
    """Against what was recorded last, and the server's own where it has one."""
    told = f"{now:%Y-%m-%d %H:%M:%S}"
    last = last_recorded(session)
    if last is not None and now < last - APART:
        return amiss(SET_BACK(now=told, last=f"{last:%Y-%m-%d %H:%M:%S}"), SET_CLOCK())
    if session.get_bind().dialect.name == "postgresql":
        theirs = instant(
            int(session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
        )
        if abs(theirs - now) > APART:
            return amiss(OF_THE_SERVER(now=told, last=f"{theirs:%Y-%m-%d %H:%M:%S}"), SET_CLOCK())
    return fine(CLOCK(now=told))


def last_recorded(session: Session) -> datetime | None:
    """The latest instant at which something was written down, as far as few rows tell it."""
    columns = (
        Night.started_at, Night.finished_at, Sending.finished_at, Seal.recorded_at, Resolution.recorded_at,
        Restoration.recorded_at,
    )  # fmt: skip
    found = [session.execute(select(func.max(col(column)))).scalar() for column in columns]
    return max((one for one in found if one is not None), default=None)


def holidays(session: Session, now: datetime) -> Iterator[Finding]:
    """Whether working days are known for each year that a running term still goes through and reminds in."""
    going = (
        select(
            col(Cohort.edition_id), func.max(col(CohortPhase.closes_at)), func.max(col(CohortPhase.locks_at))
        )
        .join(Cohort, col(Cohort.id) == col(CohortPhase.cohort_id))
        .where(col(CohortPhase.state).not_in(PHASE.final))
        .group_by(col(Cohort.edition_id))
    )
    years: set[int] = set()
    for edition, closes, locks in session.execute(going):
        calendar = readable_calendar(session, edition)
        if calendar is not None and calendar.reminding.days == "working days":
            end = max([now, *(one for one in (closes, locks) if one is not None)])
            local = [one.astimezone(calendar.zoneinfo).year for one in (now, end)]
            years.update(range(local[0], local[1] + 1))
    unknown = [message for year in sorted(years) if (message := why_unknown(date(year, 1, 1))) is not None]
    yield from (amiss(message) for message in unknown)
    if not unknown:
        yield fine(KNOWN(years=", ".join(map(str, sorted(years)))) if years else NO_TERM())


def sending(session: Session) -> Finding:
    off = sending_is_off(session)
    return fine(SENDING()) if off is None else amiss(off)
