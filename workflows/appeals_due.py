"""Appeals that were not decided in time: from that instant on they hold whoever decides, until they are decided or given
more time.

The night finds them by an index and stamps them with the instant at which they were due; a decision about one takes its
cohort on first, and so does the same. The cohort's phases are over by then and go on being so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.appeal_times import appeals_against
from calendars.messages import Wording, refuse
from calendars.spoken_times import shown_end
from calendars.term import TermCalendar
from models.appeals import Appeal, AppealStep
from models.nights import Hold, Resolution
from models.terms import Cohort
from models.work import Enrolment
from workflows.changes import Changes
from workflows.conditions import Missing
from workflows.hold_kinds import APPEAL_OVERDUE, BY_DECISION
from workflows.machines import APPEAL, move
from workflows.publishing import calendar_of
from workflows.resolving import About, Decision, write
from workflows.reviewing import phase_of
from workflows.sql import among

WAITING = ("filed", "taken_up")  # in time, as far as is known
OVERDUE = ("unattended", "undecided")

NO_DEADLINE = Wording(
    zh="日历没有规定申诉应在多久之内决定 (decide within)，不用延长",
    en="the calendar does not say within how long an appeal is decided (decide within): there is nothing to extend",
)
NOT_LATER = Wording(
    zh="延长后的时间 {until} 应晚于 {now}", en="{until} is not later than {now}, which it has to be"
)


def due_cohorts(session: Session, as_of: datetime) -> set[int]:
    """The cohorts with an appeal that is overdue by an instant and not known to be."""
    rows = select(col(Enrolment.cohort_id)).join(Appeal, col(Appeal.enrolment_id) == col(Enrolment.id))
    due = col(Appeal.state).in_(WAITING), col(Appeal.decide_by) <= as_of
    return set(session.execute(rows.where(*due)).scalars())


def fall_due(session: Session, cohort_ids: Sequence[int], as_of: datetime, recorded_at: datetime) -> Changes:
    """Hold what was not decided by its instant in these cohorts. On the stroke it is overdue. Twice changes nothing."""
    rows = session.execute(
        select(Appeal, Enrolment.__table__.c.cohort_id)  # type: ignore[attr-defined]
        .join(Enrolment, col(Enrolment.id) == col(Appeal.enrolment_id))
        .where(
            col(Appeal.state).in_(WAITING), col(Appeal.decide_by) <= as_of, among(col(Enrolment.cohort_id), cohort_ids)
        )
        .order_by(col(Appeal.decide_by), col(Appeal.id))
    ).all()  # fmt: skip
    opened: Counter[str] = Counter()
    for appeal, cohort_id in rows:
        due = appeal.decide_by
        move(APPEAL, appeal, "fall_due")
        add_step(session, appeal, "fall_due", Decision("", "", due, recorded_at))
        calendar = _calendar(session, cohort_id)
        if settle(session, calendar, cohort_id, appeal.assessment, due, recorded_at):
            opened[f"{calendar.programme}|{APPEAL_OVERDUE}"] += 1
    return Changes(holds_opened=opened)


def settle(
    session: Session,
    calendar: TermCalendar,
    cohort_id: int,
    assessment: str,
    at: datetime,
    recorded_at: datetime,
    by: str = "itself",
) -> bool:
    """Open, tell anew or clear the hold of the phase in which an assessment locks, by the appeals that are overdue.
    Whether one was opened."""
    against = calendar.assessment(assessment)
    phase = phase_of(calendar, against).id
    session.flush()
    waiting = _organisations(session, cohort_id, [one.id for one in calendar.locked_at(against.locks)])
    hold = session.execute(
        select(Hold).where(
            col(Hold.cohort_id) == cohort_id, col(Hold.phase) == phase, col(Hold.kind) == APPEAL_OVERDUE,
            col(Hold.cleared_at).is_(None),
        )
    ).scalar_one_or_none()  # fmt: skip
    missing = Missing(len(waiting), tuple(sorted(set(waiting))))
    if hold is None and waiting:
        session.add(
            Hold(
                cohort_id=cohort_id, phase=phase, kind=APPEAL_OVERDUE, step=BY_DECISION,
                waits_on=_decides(calendar, assessment), organisation_id=missing.organisation, detail=missing.as_json(),
                opened_at=at, recorded_at=recorded_at,
            )
        )  # fmt: skip
    elif hold is not None and waiting:
        hold.detail, hold.organisation_id = missing.as_json(), missing.organisation
    elif hold is not None:
        hold.cleared_at, hold.cleared_by = at, by
    session.flush()
    return hold is None and bool(waiting)


def _organisations(session: Session, cohort_id: int, assessments: Sequence[str]) -> list[int]:
    """Where those belong whose appeals are overdue, once for each appeal."""
    rows = (
        select(col(Enrolment.organisation_id))
        .join(Appeal, col(Appeal.enrolment_id) == col(Enrolment.id))
        .where(col(Enrolment.cohort_id) == cohort_id, col(Appeal.assessment).in_(assessments))
        .where(col(Appeal.state).in_(OVERDUE))
    )
    return list(session.execute(rows).scalars())


def _decides(calendar: TermCalendar, assessment: str) -> str:
    appeals = appeals_against(calendar, assessment)
    return (appeals and appeals.waits_on) or calendar.tiers[0]


def _calendar(session: Session, cohort_id: int) -> TermCalendar:
    return calendar_of(session, session.get_one(Cohort, cohort_id).edition_id)


def give_until(session: Session, appeal: Appeal, cohort_id: int, until: datetime, by: Decision) -> None:
    """More time to decide one appeal, up to an instant. Raises Refused where it has none or has as much."""
    calendar = _calendar(session, cohort_id)
    if appeal.decide_by is None:
        raise refuse(NO_DEADLINE())
    now = max(appeal.decide_by, by.effective_at)
    if until <= now:
        zone = calendar.zoneinfo
        raise refuse(NOT_LATER(until=shown_end(until, zone), now=shown_end(now, zone)))
    move(APPEAL, appeal, "extend")
    appeal.decide_by = until
    add_step(session, appeal, "extend", by)
    settle(session, calendar, cohort_id, appeal.assessment, by.effective_at, by.recorded_at, "extend")


def extend_all(session: Session, cohort: Cohort, hold: Hold, until: datetime, by: Decision) -> Resolution:
    """The same for every appeal that a hold waits for; kept as the answer to it."""
    assert cohort.id is not None
    calendar = _calendar(session, cohort.id)
    locked = [one.id for one in calendar.locked_at(calendar.phase(hold.phase).locks)]
    overdue = (
        select(Appeal)
        .join(Enrolment, col(Enrolment.id) == col(Appeal.enrolment_id))
        .where(col(Enrolment.cohort_id) == cohort.id, col(Appeal.assessment).in_(locked))
        .where(col(Appeal.state).in_(OVERDUE))
        .order_by(col(Appeal.id))
    )
    kept = write(session, cohort.id, "extend", by, About(hold.phase, {f"appeals@{hold.id}": until}, hold))
    for appeal in session.execute(overdue).scalars().all():
        give_until(session, appeal, cohort.id, until, replace(by, hold_id=None))
    return kept


def add_step(
    session: Session,
    appeal: Appeal,
    act: str,
    by: Decision,
    second_name: str | None = None,
    admitted: str = "[]",
    *,
    given_back: bool = False,
) -> AppealStep:
    """One more step of an appeal, with who took it and why; nobody takes that of falling due."""
    last = session.execute(
        select(func.max(col(AppealStep.number))).where(col(AppealStep.appeal_id) == appeal.id)
    ).scalar_one()
    step = AppealStep(
        appeal_id=appeal.id or 0, number=(last or 0) + 1, act=act, reason=by.reason.strip(), name=by.name.strip(),
        second_name=second_name.strip() if second_name else None, document=by.document, admitted=admitted,
        given_back=given_back, run_id=by.run_id, effective_at=by.effective_at, recorded_at=by.recorded_at,
    )  # fmt: skip
    session.add(step)
    session.flush()
    return step


def waiting_now(session: Session, programme_id: int | None = None) -> tuple[int, int]:
    """How many appeals wait for a decision in one programme or in all, and how many of them are overdue."""
    rows = (
        select(col(Appeal.state), func.count())
        .join(Enrolment, col(Enrolment.id) == col(Appeal.enrolment_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Appeal.state).in_((*WAITING, *OVERDUE)))
        .group_by(col(Appeal.state))
    )
    if programme_id is not None:
        rows = rows.where(col(Cohort.programme_id) == programme_id)
    counts: dict[str, int] = {row[0]: row[1] for row in session.execute(rows)}
    return sum(counts.values()), sum(counts.get(state, 0) for state in OVERDUE)
