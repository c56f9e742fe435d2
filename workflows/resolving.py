"""What an office decides for a cohort: dates set or extended, a demand waived, work accepted as it is.

A decision has a reason and a name, takes effect at an instant and is kept for ever. It changes no state by
itself: the cohort is due to be looked at from that instant on, and the next night (or `advance` at once) goes
by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from calendars.messages import Message, Problem, Refused, Wording, refuse
from calendars.schedule import Moment, Schedule, Unset
from calendars.spoken_times import shown_end
from calendars.term import Phase, TermCalendar
from calendars.windows import check_own_window
from calendars.workdays import why_unknown
from models.nights import Hold, Night, Resolution
from models.terms import Cohort, CohortPhase
from models.types import ONE_SECOND, seconds
from workflows.basis import deadlines
from workflows.cohorts import CohortTerm, load_terms
from workflows.extension_bounds import check_moved
from workflows.hold_kinds import BY_NAME
from workflows.holds import listed_steps
from workflows.lesson_studies import STEP_NOT_DONE, waived_gate
from workflows.locking import brought_forward

NO_REASON = Wording(zh="请写明理由和姓名", en="a reason and a name are needed")
NO_HOLD = Wording(zh="没有编号为{id}的未解决的卡住", en="there is no open hold {id}")
NOT_ALLOWED = Wording(
    zh="“{kind}”不能用“{action}”解决，可以用：{allowed}",
    en="{kind!r} cannot be resolved by {action!r}; allowed: {allowed}",
)
IN_THE_PAST = Wording(
    zh="决定的生效时间 {at} 早于已经推进到的{last}",
    en="the decision would take effect at {at}, before {last}, to which the cohort has advanced",
)
NO_PHASE = Wording(zh="没有叫“{phase}”的阶段，有：{known}", en="no phase {phase!r}; there are {known}")
NO_KEY = Wording(
    zh="没有叫“{key}”的截止时间或阶段结束。可以延长：{known}",
    en="no cutoff or end of a phase {key!r}; one may extend {known}",
)
ALREADY_DATED = Wording(
    zh="“{phase}”的日期由日历给定，不能另设；可以延长 (extend)",
    en="the dates of {phase} are given by the calendar; they can be extended, not set",
)
END_IS_OWED = Wording(
    zh="“{phase}”的结束也待定，请同时给出结束",
    en="the end of {phase} is to be determined too; give it with the start",
)
TOO_LATE = Wording(zh="“{key}”已经过去，不能再改", en="{key} is past and cannot be moved any more")
NOT_LATER = Wording(zh="延长后的时间 {to} 应晚于原来的 {now}", en="{to} is not later than {now}")
LOCK_FIRST = Wording(
    zh="“{phase}”将在 {closes} 结束，晚于锁定时间 {locks}；请先延长锁定时间“{cutoff}”",
    en="{phase} would end at {closes}, after its lock at {locks}; extend the cutoff {cutoff!r} first",
)
LOCK_BEFORE_WORK = Wording(
    zh="“{tasks}”将在锁定时间 {locks} 之后才截止；请先延长锁定时间“{cutoff}”",
    en="the deadline of {tasks} would be after the lock at {locks}; extend the cutoff {cutoff!r} first",
)
NIGHT_FIRST = Wording(
    zh="“{key}”在 {at} 已经到期，夜间推进还没有走到那里。请先运行 yanxiu night，再作决定",
    en="{key} was due at {at}, and no night has gone so far yet; run yanxiu night first, then decide",
)
OVER = {"locked", "done", "cancelled"}  # states of a phase whose dates do not change any more


@dataclass(frozen=True)
class Decision:
    """Why, by whom, from which instant on, when it was really written, and where it was said."""

    reason: str
    name: str
    effective_at: datetime
    recorded_at: datetime
    run_id: str | None = None  # the Prefect run in whose form it was said
    hold_id: int | None = None  # the hold that it answers
    document: str | None = None  # the paper on which it rests


class NightFirst(Refused):
    """Only what is due by now for a cohort can tell whether a decision comes too late."""

    def __init__(self, cohort_id: int, message: Message) -> None:
        super().__init__([Problem("", message)])
        self.cohort_id = cohort_id


def set_dates(
    session: Session, cohort: Cohort, phase_id: str, opens: datetime, closes: datetime | None, by: Decision
) -> Resolution:
    """Give a phase the dates that the calendar leaves to be determined or lets a cohort choose for itself.

    Without `closes` the end is what the calendar says: a date, or when the phase is complete.
    """
    term = term_as_decided(session, cohort.id)
    phase = _phase(term.calendar, phase_id)
    if not (term.schedule().undetermined(phase_id) or phase.own_window or f"{phase_id}.start" in term.dates):
        raise refuse(ALREADY_DATED(phase=phase.name))
    if term.phases[phase_id].stands_at != "planned":
        raise refuse(TOO_LATE(key=phase.name))
    night_has_come(session, term, phase.name, term.schedule().phases[phase_id].opens, by)
    _days_are_known(term, opens, closes)
    check_own_window(term.calendar, phase_id, opens, closes, dates=term.dates, done=term.done())
    own = {f"{phase_id}.start": opens} | ({} if closes is None else {f"{phase_id}.end": closes})
    term.dates |= own
    if term.schedule().undetermined(phase_id):
        raise refuse(END_IS_OWED(phase=phase.name))
    _work_is_due_before_its_lock(term, term.schedule())
    return _decide(session, term, "set dates", by, phase_id, own)


def extend(session: Session, cohort: Cohort, key: str, to: datetime, by: Decision) -> Resolution:
    """Move the end of a phase (`PHASE.end`), its start while it has not begun (`PHASE.start`) or a cutoff (its name)
    to a later instant, for one cohort."""
    term = term_as_decided(session, cohort.id)
    now = term.schedule()
    standing = _movable(term, now)
    if key not in standing:
        raise refuse(NO_KEY(key=key, known=[*standing]))
    before = standing[key]
    if isinstance(before, datetime) and to <= before:
        raise refuse(NOT_LATER(to=told(term, to), now=told(term, before)))
    phase_id, _, edge = key.partition(".") if "." in key else (None, "", "")
    over = [name for name, phase in term.phases.items() if phase.stands_at in OVER]
    if phase_id in over or key in {term.calendar.phase(name).locks for name in over}:
        raise refuse(TOO_LATE(key=key))
    for name, times in now.phases.items():
        if name not in over and (name == phase_id or term.calendar.phase(name).locks == key):
            night_has_come(session, term, key, times.opens if edge == "start" else times.locks, by)
    moved_term = replace(term, dates={**term.dates, key: to})
    check_moved(term, moved_term, key)
    term.dates = moved_term.dates
    _days_are_known(term, to)
    moved = term.schedule()
    _lock_is_not_passed(term, moved)
    _work_is_due_before_its_lock(term, moved)
    locking = term.calendar.phase_locked_at(key)
    about = phase_id or (locking.id if locking is not None else None)
    return _decide(session, term, "extend", by, about, {key: to})


def _movable(term: CohortTerm, now: Schedule) -> dict[str, Moment]:
    """What may be moved, by its key: every end and cutoff, and the start of what has not begun."""
    ends = {f"{name}.end": times.closes for name, times in now.phases.items()} | dict(now.cutoffs)
    starts = {
        f"{name}.start": times.opens
        for name, times in now.phases.items()
        if term.phases[name].stands_at == "planned"
    }
    return ends | starts


def retry(session: Session, cohort: Cohort, hold_id: int, by: Decision) -> Resolution:
    """Try again what failed. Nothing is asked of the calendar: it may be the very thing that fails."""
    hold = _open_hold(session, cohort, hold_id, "retry")
    assert cohort.id is not None
    return write(session, cohort.id, "retry", by, About(hold.phase, hold=hold))


def waive(session: Session, cohort: Cohort, hold_id: int, by: Decision) -> Resolution:
    """The demand does not bind this cohort; of a lesson study, the steps that the hold lists."""
    hold = _open_hold(session, cohort, hold_id, "waive")
    gate = waived_gate(listed_steps(hold)) if hold.kind == STEP_NOT_DONE else None
    return _resolve(session, cohort, hold_id, "waive", by, gate)


def accept(session: Session, cohort: Cohort, hold_id: int, by: Decision) -> Resolution:
    """Go on with things as they are: what is missing counts as zero."""
    return _resolve(session, cohort, hold_id, "accept", by)


def complete(session: Session, cohort: Cohort, phase_id: str, by: Decision) -> Resolution:
    """Say that a phase without dates is complete as it is."""
    term = term_as_decided(session, cohort.id)
    _phase(term.calendar, phase_id)
    return _decide(session, term, "accept", by, phase_id, {})


def lock(session: Session, cohort: Cohort, phase_id: str, by: Decision) -> Resolution:
    """Bring the lock of a phase that has ended forward to the instant of the decision, up to which the cohort must have
    been taken. `workflows.deciding.lock_now` does the whole of it."""
    term = term_as_decided(session, cohort.id)
    dates = brought_forward(term, _phase(term.calendar, phase_id), by.effective_at)
    return _decide(session, term, "lock", by, phase_id, dates)


def cancel(session: Session, cohort: Cohort, phase_id: str, by: Decision) -> Resolution:
    """Cancel a phase of a cohort that is not locked yet."""
    term = term_as_decided(session, cohort.id)
    phase = _phase(term.calendar, phase_id)
    if term.phases[phase_id].stands_at in OVER:
        raise refuse(TOO_LATE(key=phase.name))
    night_has_come(session, term, phase.name, term.schedule().phases[phase_id].locks, by)
    return _decide(session, term, "cancel", by, phase_id, {})


def _resolve(
    session: Session, cohort: Cohort, hold_id: int, action: str, by: Decision, gate: str | None = None
) -> Resolution:
    hold = _open_hold(session, cohort, hold_id, action)
    check_decision(term_as_decided(session, cohort.id), by)
    return write(session, hold.cohort_id, action, by, About(hold.phase, hold=hold, gate=gate))


def _open_hold(session: Session, cohort: Cohort, hold_id: int, action: str) -> Hold:
    """The hold that is meant. Raises Refused where it is open no more, or cannot be resolved so."""
    open_now = select(Hold).where(
        col(Hold.id) == hold_id, col(Hold.cohort_id) == cohort.id, col(Hold.cleared_at).is_(None)
    )
    hold: Hold | None = session.execute(open_now).scalar_one_or_none()
    if hold is None:
        raise refuse(NO_HOLD(id=hold_id))
    kind = BY_NAME[hold.kind]
    if action not in kind.actions:
        raise refuse(NOT_ALLOWED(kind=kind.label(), action=action, allowed=[*kind.actions]))
    return hold


def _decide(
    session: Session,
    term: CohortTerm,
    action: str,
    by: Decision,
    phase: str | None,
    dates: Mapping[str, datetime],
) -> Resolution:
    check_decision(term, by)
    return write(session, term.id, action, by, About(phase, dates))


@dataclass(frozen=True)
class About:
    """What a decision is about: a phase, dates, the hold that it resolves, or a demand and one organisation."""

    phase: str | None
    dates: Mapping[str, datetime] = field(default_factory=dict)
    hold: Hold | None = None
    gate: str | None = None
    organisation_id: int | None = None


def write(session: Session, cohort_id: int, action: str, by: Decision, about: About) -> Resolution:
    """Keep a decision; the cohort is due to be looked at when it takes effect."""
    _has_a_reason(by)
    hold = about.hold
    resolution = Resolution(
        cohort_id=cohort_id, hold_id=hold.id if hold else by.hold_id, phase=about.phase, action=action,
        dates=json.dumps({key: seconds(at) for key, at in about.dates.items()}),
        gate=about.gate or (hold.kind if hold else None), organisation_id=about.organisation_id, reason=by.reason.strip(),
        name=by.name.strip(), document=by.document, run_id=by.run_id, effective_at=by.effective_at,
        recorded_at=by.recorded_at,
    )  # fmt: skip
    session.add(resolution)
    look_at(session, cohort_id, by.effective_at)
    session.flush()
    return resolution


def check_decision(term: CohortTerm, by: Decision) -> None:
    """Raises Refused for a decision without a reason or a name, or one that would come before what is done already."""
    _has_a_reason(by)
    not_too_early(term, by)


def not_too_early(term: CohortTerm, by: Decision) -> None:
    """Raises Refused for what would come before what is done already."""
    if term.advanced_to is not None and by.effective_at < term.advanced_to:
        raise refuse(IN_THE_PAST(at=told(term, by.effective_at), last=told(term, term.advanced_to)))


def _has_a_reason(by: Decision) -> None:
    if not (by.reason.strip() and by.name.strip()):
        raise refuse(NO_REASON())


def look_at(session: Session, cohort_id: int, at: datetime) -> None:
    """From this instant on the cohort is due to be looked at, for what was decided."""
    later = col(CohortPhase.next_due_at).is_(None) | (col(CohortPhase.next_due_at) > at)
    session.execute(
        update(CohortPhase).where(col(CohortPhase.cohort_id) == cohort_id, later).values(next_due_at=at)
    )


def term_as_decided(session: Session, cohort_id: int | None) -> CohortTerm:
    """The cohort with every decision so far, also those that take effect later."""
    assert cohort_id is not None
    (term,) = load_terms(session, [cohort_id])
    for decided in term.decided:
        term.dates |= decided.dates
    return term


def night_has_come(session: Session, term: CohortTerm, key: str, due: Moment, by: Decision) -> None:
    """Raises Refused where only a night that is late can tell whether the decision comes too late: one in time would
    have opened or locked the phase, unless something held it."""
    if isinstance(due, Unset) or due > by.effective_at:
        return
    nights = session.execute(select(func.max(col(Night.as_of)))).scalar()
    if max(filter(None, (nights, term.advanced_to)), default=due - ONE_SECOND) < due:
        raise NightFirst(term.id, NIGHT_FIRST(key=key, at=told(term, due)))


def told(term: CohortTerm, at: datetime) -> str:
    """An instant as the programme's own clock shows it, to the second where that is none of a minute."""
    seconds_too = at.strftime(":%S") if at.second else ""
    return shown_end(at, term.calendar.zoneinfo) + seconds_too


def _phase(calendar: TermCalendar, phase_id: str) -> Phase:
    found = [phase for phase in calendar.phases if phase.id == phase_id]
    if not found:
        raise refuse(NO_PHASE(phase=phase_id, known=[phase.id for phase in calendar.phases]))
    return found[0]


def _days_are_known(term: CohortTerm, *instants: datetime | None) -> None:
    """Raises Refused where reminders go by working days and nobody knows which these are in the year of a new date."""
    if not term.calendar.reminders or term.calendar.reminding.days != "working days":
        return
    for at in filter(None, instants):
        unknown = why_unknown((at - ONE_SECOND).astimezone(term.calendar.zoneinfo).date())
        if unknown is not None:
            raise refuse(unknown)


def _lock_is_not_passed(term: CohortTerm, schedule: Schedule) -> None:
    """No phase may end after the instant at which its scores are locked."""
    for name, times in schedule.phases.items():
        if isinstance(times.closes, Unset) or isinstance(times.locks, Unset):
            continue
        if times.closes > times.locks:
            phase = term.calendar.phase(name)
            raise refuse(
                LOCK_FIRST(
                    phase=phase.name,
                    closes=told(term, times.closes),
                    locks=told(term, times.locks),
                    cutoff=phase.locks,
                )
            )


def _work_is_due_before_its_lock(term: CohortTerm, schedule: Schedule) -> None:
    """No work that an assessment scores may be due after the instant at which that is locked, as long as it is not."""
    for phase in term.calendar.phases:
        locks = schedule.phases[phase.id].locks
        if isinstance(locks, Unset) or term.phases[phase.id].stands_at in OVER:
            continue
        for assessment in term.calendar.assessments:
            late = [task for (_, task), at in deadlines(term, assessment) if at > locks]
            if assessment.locks == phase.locks and late:
                raise refuse(
                    LOCK_BEFORE_WORK(
                        tasks=[term.calendar.task(task).name for task in dict.fromkeys(late)],
                        locks=told(term, locks),
                        cutoff=phase.locks,
                    )
                )
