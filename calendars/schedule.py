"""The instants of one cohort's term: the calendar's windows and cutoffs with the cohort's own dates laid over.

Pure arithmetic: what an office has set and which phases are done come in as arguments. A key names what was
set: `courses.start`, `courses.end`, or a cutoff's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from calendars.instants import (
    Beginning,
    Complete,
    Day,
    Edge,
    Expression,
    Minute,
    Month,
    Named,
    Offset,
    OfPhase,
    Open,
    ToBeDetermined,
    Unit,
    WhenDone,
    instant_of,
    read_expression,
    shifted,
)
from calendars.messages import Wording, refuse
from calendars.term import Phase, TermCalendar

CIRCLE = Wording(zh="日期互相依赖，绕成一圈：{path}", en="dates depend on each other in a circle: {path}")
UNKNOWN_NAME = Wording(zh="没有叫“{name}”的截止时间", en="there is no cutoff called {name!r}")
TOO_LONG_CHAIN = Wording(
    zh="“{key}”的日期要经过{most}个以上的日期才能算出",
    en="the date of {key!r} depends on more than {most} others, one after the other",
)
TOO_FAR = Wording(
    zh="{count} {unit} 之后超出了能算的日期",
    en="{count} {unit} away is beyond the dates that can be worked out",
)
LONGEST_CHAIN = 50
UNKNOWN_PHASE = Wording(zh="没有叫“{name}”的阶段", en="there is no phase called {name!r}")


class Unset(Enum):
    """Why an instant has no date."""

    TO_BE_DETERMINED = "to be determined"
    WAITING = "when another phase is done"
    COMPLETE = "when complete"
    OPEN_ENDED = "open"


Moment = datetime | Unset

_UNSET = {
    ToBeDetermined: Unset.TO_BE_DETERMINED,
    Complete: Unset.COMPLETE,
    Open: Unset.OPEN_ENDED,
}


@dataclass(frozen=True)
class PhaseTimes:
    """UTC instants of one phase, half-open: work counts from `opens` up to but not including `closes`.

    `within` bounds the dates that an office may set for a phase whose dates are to be determined.
    """

    opens: Moment
    closes: Moment
    locks: Moment
    within: tuple[Moment, Moment] | None = None


@dataclass(frozen=True)
class Schedule:
    phases: Mapping[str, PhaseTimes]
    cutoffs: Mapping[str, Moment]

    def undetermined(self, phase_id: str) -> bool:
        """Whether the office still owes this phase a date."""
        times = self.phases[phase_id]
        return Unset.TO_BE_DETERMINED in (times.opens, times.closes)


def schedule(
    calendar: TermCalendar,
    dates: Mapping[str, datetime] | None = None,
    done: Mapping[str, datetime] | None = None,
) -> Schedule:
    """Work out every instant. Raises Refused for a name that does not exist and for dates in a circle."""
    working = _Working(calendar, dates or {}, done or {})
    return Schedule(
        phases={phase.id: working.phase_times(phase) for phase in calendar.phases},
        cutoffs={name: working.named(name) for name in calendar.cutoffs},
    )


class _Working:
    def __init__(
        self, calendar: TermCalendar, dates: Mapping[str, datetime], done: Mapping[str, datetime]
    ) -> None:
        self.calendar, self.dates, self.done = calendar, dates, done
        self.zone = calendar.zoneinfo
        self.phases = {phase.id: phase for phase in calendar.phases}
        self.path: list[str] = []

    def phase_times(self, phase: Phase) -> PhaseTimes:
        closes = self.edge(phase.id, "end")
        locks = self.named(phase.locks) if phase.locks else closes
        bounds = phase.dates.within
        within = (self.moment(bounds[0], "start"), self.moment(bounds[1], "end")) if bounds else None
        return PhaseTimes(self.edge(phase.id, "start"), closes, locks, within)

    def edge(self, phase_id: str, edge: Edge) -> Moment:
        key = f"{phase_id}.{edge}"
        if key in self.dates:
            return self.dates[key]
        if phase_id not in self.phases:
            raise refuse(UNKNOWN_PHASE(name=phase_id))
        window = self.phases[phase_id].dates
        return self._inside(key, window.start if edge == "start" else window.end, edge)

    def named(self, name: str) -> Moment:
        if name in self.dates:
            return self.dates[name]
        if name not in self.calendar.cutoffs:
            raise refuse(UNKNOWN_NAME(name=name))
        return self._inside(name, self.calendar.cutoff(name), "end")

    def _inside(self, key: str, expression: Expression, edge: Edge) -> Moment:
        if key in self.path:
            raise refuse(CIRCLE(path=" → ".join([*self.path, key])))
        if len(self.path) > LONGEST_CHAIN:
            raise refuse(TOO_LONG_CHAIN(most=LONGEST_CHAIN, key=self.path[0]))
        self.path.append(key)
        try:
            return self.moment(expression, edge)
        finally:
            self.path.pop()

    def moment(self, expression: Expression, edge: Edge) -> Moment:
        match expression:
            case Day() | Month() | Minute():
                return instant_of(expression, edge, self.zone)
            case Offset(count, unit, base):
                moment = self.moment(base, edge)
                if isinstance(moment, Unset):
                    return moment
                return _shifted(moment, count, unit, self.zone, _edge_of(base, edge))
            case Beginning(base):
                return self.moment(base, "start")
            case ToBeDetermined() | Complete() | Open():
                return _UNSET[type(expression)]
            case _:
                return self._of_others(expression)

    def _of_others(self, expression: OfPhase | Named | WhenDone) -> Moment:
        match expression:
            case OfPhase(phase, of_edge):
                return self.edge(phase, of_edge)
            case Named(name):
                return self.named(name)
            case WhenDone(phase):
                if phase not in self.phases:
                    raise refuse(UNKNOWN_PHASE(name=phase))
                return self.done.get(phase, Unset.WAITING)


def phase_times(
    calendar: TermCalendar,
    phase_id: str,
    dates: Mapping[str, datetime] | None = None,
    done: Mapping[str, datetime] | None = None,
) -> PhaseTimes:
    """One phase alone; what is wrong elsewhere in the calendar does not matter. Raises Refused as `schedule`."""
    return _Working(calendar, dates or {}, done or {}).phase_times(calendar.phase(phase_id))


def deadline(
    calendar: TermCalendar, dates: Mapping[str, datetime], done: Mapping[str, datetime], text: str
) -> Moment:
    """The instant of one expression, such as a task's `by:`, read as an end, in a cohort's own schedule."""
    return _Working(calendar, dates, done).moment(read_expression(text), "end")


def after(calendar: TermCalendar, stretch: str, instant: datetime) -> datetime:
    """So much later than an instant which ends a day where it is a midnight. Raises Refused beyond the days that are
    known."""
    found = deadline(calendar, {"it": instant}, {}, f"{stretch} after it")
    assert isinstance(found, datetime)
    return found


def beginning(calendar: TermCalendar, text: str) -> Moment:
    """The instant of one expression read as a start, by the calendar alone: a day is its first second."""
    return _Working(calendar, {}, {}).moment(read_expression(text), "start")


def _edge_of(expression: Expression, edge: Edge) -> Edge:
    """Whether an instant closes a day (and days are counted from that day) or begins one."""
    match expression:
        case OfPhase(_, of_edge):
            return of_edge
        case Named():
            return "end"
        case WhenDone() | Beginning():
            return "start"
        case Offset(base=base):
            return _edge_of(base, edge)
    return edge


def _shifted(instant: datetime, count: int, unit: Unit, zone: ZoneInfo, edge: Edge) -> datetime:
    try:
        return shifted(instant, count, unit, zone, edge)
    except (OverflowError, ValueError):
        raise refuse(TOO_FAR(count=count, unit=unit)) from None
