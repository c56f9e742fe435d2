"""Dates that a unit or an office sets for one phase of a cohort: only where the calendar leaves room for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from calendars.instants import office_day
from calendars.messages import Message, Problem, Refused, Wording
from calendars.schedule import PhaseTimes, Unset, phase_times
from calendars.term import Phase, TermCalendar

NO_SUCH_PHASE = Wording(zh="没有叫“{phase}”的阶段", en="there is no phase called {phase!r}")
FIXED = Wording(
    zh="阶段“{phase}”的日期由日历规定，不能自定", en="the dates of phase {phase!r} are given by the calendar"
)
BACKWARDS = Wording(
    zh="结束（{closes}）不在开始（{opens}）之后", en="the end ({closes}) is not after the start ({opens})"
)
STARTS_OUTSIDE = Wording(
    zh="开始（{opens}）早于给定范围的开始（{first}）",
    en="the start ({opens}) is before the given window begins ({first})",
)
ENDS_OUTSIDE = Wording(
    zh="结束（{closes}）晚于给定范围的结束（{last}）",
    en="the end ({closes}) is after the given window ends ({last})",
)
ENDS_AFTER_LOCK = Wording(
    zh="结束（{closes}）晚于锁定（{lock}）", en="the end ({closes}) is after the lock ({lock})"
)


def check_own_window(
    calendar: TermCalendar,
    phase_id: str,
    opens: datetime,
    closes: datetime | None,
    dates: Mapping[str, datetime] | None = None,
    done: Mapping[str, datetime] | None = None,
) -> None:
    """Whether a cohort may have this window for this phase. Raises Refused with every reason why not.

    `closes` is exclusive; None leaves the end to the calendar. `dates` and `done` are the cohort's own so far, as `schedule` takes them.
    """
    phase = next((phase for phase in calendar.phases if phase.id == phase_id), None)
    if phase is None:
        raise Refused([Problem("", NO_SUCH_PHASE(phase=phase_id))])
    others = {key: at for key, at in (dates or {}).items() if key not in _keys(phase_id)}
    given = phase_times(calendar, phase_id, others, done)
    if not _leaves_room(phase, given):
        raise Refused([Problem("", FIXED(phase=phase_id))])
    start, end = _keys(phase_id)
    own = {start: opens} if closes is None else {start: opens, end: closes}
    reasons = _reasons(calendar, given, phase_times(calendar, phase_id, {**others, **own}, done))
    if reasons:
        raise Refused([Problem("", reason) for reason in reasons])


def _reasons(calendar: TermCalendar, given: PhaseTimes, own: PhaseTimes) -> list[Message]:
    zone = calendar.zoneinfo
    first, last = given.within or (given.opens, given.closes)
    opens, closes, lock = own.opens, own.closes, own.locks
    reasons = []
    if isinstance(opens, datetime) and isinstance(first, datetime) and opens < first:
        facts = {"opens": office_day(opens, zone, "start"), "first": office_day(first, zone, "start")}
        reasons.append(STARTS_OUTSIDE(**facts))
    if not isinstance(closes, datetime):
        return reasons
    shown = office_day(closes, zone, "end")
    if isinstance(opens, datetime) and closes <= opens:
        reasons.append(BACKWARDS(opens=office_day(opens, zone, "start"), closes=shown))
    if isinstance(last, datetime) and closes > last:
        reasons.append(ENDS_OUTSIDE(closes=shown, last=office_day(last, zone, "end")))
    if isinstance(lock, datetime) and closes > lock:
        reasons.append(ENDS_AFTER_LOCK(closes=shown, lock=office_day(lock, zone, "end")))
    return reasons


def _leaves_room(phase: Phase, given: PhaseTimes) -> bool:
    return phase.own_window is not None or Unset.TO_BE_DETERMINED in (given.opens, given.closes)


def _keys(phase_id: str) -> tuple[str, str]:
    return f"{phase_id}.start", f"{phase_id}.end"
