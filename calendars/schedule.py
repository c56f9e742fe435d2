"""The instants of one cohort's term: the calendar's windows and cutoffs with the cohort's own dates laid over.

Pure arithmetic: what an office has set and which phases are done come in as arguments. A key names what was
set: `courses.start`, `courses.end`, or a cutoff's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from calendars.instants import (
    Complete,
    Day,
    Edge,
    Expression,
    Minute,
    Month,
    Named,
    OfPhase,
    Offset,
    Open,
    ToBeDetermined,
    WhenDone,
    instant_of,
    read_expression,
    shifted,
)
from calendars.messages import Wording, refuse
from calendars.term import Phase, TermCalendar

CIRCLE = Wording(zh="日期互相依赖，绕成一圈：{path}", en="dates depend on each other in a circle: {path}")
UNKNOWN_NAME = Wording(zh="没有叫“{name}”的截止时间", en="there is no cutoff called {name!r}")
UNKNOWN_PHASE = Wording(zh="没有叫“{name}”的阶段", en="there is no phase called {name!r}")


class Unset(Enum):
    """Why an instant has no date."""

    TO_BE_DETERMINED = "to be determined"
    WAITING = "when another phase is done"
    COMPLETE = "when complete"
    OPEN_ENDED = "open"


Moment = datetime | Unset


@dataclass(frozen=True)
class PhaseTimes:
    """UTC instants of one phase, half-open: work counts from `opens` up to but not including `closes`."""

    opens: Moment
    closes: Moment
    locks: Moment


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
        return PhaseTimes(self.edge(phase.id, "start"), closes, locks)

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
        self.path.append(key)
        try:
            return self.moment(expression, edge)
        finally:
            self.path.pop()

    def moment(self, expression: Expression, edge: Edge) -> Moment:
        match expression:
            case Day() | Month() | Minute():
                return instant_of(expression, edge, self.zone)
            case OfPhase(phase, of_edge):
                return self.edge(phase, of_edge)
            case Named(name):
                return self.named(name)
            case WhenDone(phase):
                if phase not in self.phases:
                    raise refuse(UNKNOWN_PHASE(name=phase))
                return self.done.get(phase, Unset.WAITING)
            case Offset(count, unit, base):
                moment = self.moment(base, edge)
                return moment if isinstance(moment, Unset) else shifted(moment, count, unit, self.zone)
            case ToBeDetermined():
                return Unset.TO_BE_DETERMINED
            case Complete():
                return Unset.COMPLETE
            case Open():
                return Unset.OPEN_ENDED


def deadline(
    calendar: TermCalendar, dates: Mapping[str, datetime], done: Mapping[str, datetime], text: str
) -> Moment:
    """The instant of one expression, such as a task's `by:`, read as an end, in a cohort's own schedule."""
    return _Working(calendar, dates, done).moment(read_expression(text), "end")
