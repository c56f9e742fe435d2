"""The dates of a made-up term: the calendar's own, and supposed ones where it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calendars.instants import Day, Edge, Expression, Minute, Month, ToBeDetermined, instant_of
from calendars.peer_times import stretch
from calendars.rules.base import RuleBase
from calendars.rules.marks import Rate
from calendars.schedule import Schedule, Unset, deadline, schedule
from calendars.term import Task, TermCalendar

WITHOUT_DATES = datetime(2021, 2, 28, 16, tzinfo=UTC)  # when a term begins whose calendar names no day at all
SUPPOSED = timedelta(days=28)  # how long a phase is supposed to last that has no dates
DECIDED = timedelta(days=1)  # later, the office has said that a phase is complete
PAUSE = timedelta(days=14)  # between what is known and what an office sets


@dataclass(frozen=True)
class Term:
    """A calendar with every instant that a sample needs."""

    calendar: TermCalendar
    schedule: Schedule
    dates: Mapping[str, datetime]  # what an office would have to set
    done: Mapping[str, datetime]

    def opens(self, task: Task) -> datetime:
        return _known(self.schedule.phases[task.phase].opens)

    def closes(self, task: Task) -> datetime:
        """When the task is due."""
        if task.by is None:
            return _known(self.schedule.phases[task.phase].closes)
        return _known(deadline(self.calendar, self.dates, self.done, task.by))

    def due(self, task: Task) -> datetime:
        """Before when work must happen to count wherever it is looked at."""
        texts = [
            text
            for assessment in self.calendar.assessments
            for component in (*assessment.components, *assessment.needs)
            if _looks_at(component, task.id)
            for text in (component.by, None if task.by else assessment.counts)
            if text is not None
        ]
        ends = [_known(deadline(self.calendar, self.dates, self.done, text)) for text in texts]
        return min([self.closes(task), *ends])

    def marks_wanted(self, task: Task, until: datetime) -> datetime:
        """Before when marks are asked for by a reminder to whoever gives them, if that is before an instant."""
        asked = [
            _known(deadline(self.calendar, self.dates, self.done, reminder.before))
            for reminder in self.calendar.reminders
            if reminder.before is not None and reminder.to == task.marked_by and task.id in reminder.about
        ]
        return min([at for at in asked if at > self.closes(task)] + [until])

    def counted_until(self, task: Task) -> datetime:
        """Received before this, work and marks count wherever they are looked at."""
        used = [
            assessment.locks
            for assessment in self.calendar.assessments
            if any(_looks_at(component, task.id) for component in (*assessment.components, *assessment.needs))
        ]
        ends = [_known(self.schedule.cutoffs[lock]) for lock in used]
        asked = {gate.before for gate in self.calendar.gates if task.id in gate.tasks}
        for phase in self.calendar.phases:
            times = self.schedule.phases[phase.id]
            if f"end of {phase.id}" in asked:
                ends.append(_known(times.closes))
            if phase.locks in asked:
                ends.append(_known(times.locks))
        return min(ends, default=_known(self.schedule.phases[task.phase].locks))


def supposed_term(calendar: TermCalendar) -> Term:
    """Work out the term, and give every phase without dates some of its own: inside the bounds that the calendar
    sets, or after the phase before."""
    dates: dict[str, datetime] = {}
    done: dict[str, datetime] = {}
    latest = WITHOUT_DATES
    for phase in calendar.phases:
        bounds = phase.dates.within or (None, None)
        start, end = f"{phase.id}.start", f"{phase.id}.end"
        if isinstance(schedule(calendar, dates, done).phases[phase.id].opens, Unset):
            dates[start] = _bound(bounds[0], "start", calendar) or latest + PAUSE
        opens = _known(schedule(calendar, dates, done).phases[phase.id].opens)
        if isinstance(schedule(calendar, dates, done).phases[phase.id].closes, Unset):
            dates[end] = _bound(bounds[1], "end", calendar) or opens + SUPPOSED
        latest = done[phase.id] = _known(schedule(calendar, dates, done).phases[phase.id].closes)
    for name, at in schedule(calendar, dates, done).cutoffs.items():
        if isinstance(at, Unset) and isinstance(calendar.cutoff(name), ToBeDetermined):
            dates[name] = latest
    return Term(calendar, schedule(calendar, dates, done), dates, done)


def telling_instants(term: Term) -> list[datetime]:
    """Half an hour after a term's first opening, each end, each seal, each decision, those about likeness last, and the
    middle of each peer review: when a night tells something."""
    times = [term.schedule.phases[phase.id] for phase in term.calendar.phases]
    sealing = {assessment.locks for assessment in term.calendar.assessments}
    locks = {
        _known(term.schedule.phases[phase.id].locks)
        for phase in term.calendar.phases
        if phase.locks in sealing
    }
    said = {
        _known(term.schedule.phases[phase.id].closes) + DECIDED
        for phase in term.calendar.phases
        if phase.complete_when
    }
    said |= {
        _known(term.schedule.cutoffs[gate.before]) + DECIDED
        for gate in term.calendar.gates
        if gate.require == "material reviewed"
    }
    said |= {
        _known(term.schedule.cutoffs[term.calendar.assessment(likeness.of).locks]) + 2 * DECIDED
        for likeness in term.calendar.likeness
    }
    reviewed = {
        opens + (ends - opens) / 2
        for review in term.calendar.peer_reviews
        for opens, ends in filter(None, [stretch(term.calendar, review)])
    }
    starts = {at for key, at in term.dates.items() if key.endswith(".start")}
    told = {_known(times[0].opens), *(_known(one.closes) for one in times)} | locks | said | starts | reviewed
    return sorted(instant + timedelta(minutes=30) for instant in told)


def _looks_at(component: RuleBase, task_id: str) -> bool:
    """Whether a component, or one inside it, goes by this task."""
    rated = component.of if isinstance(component, Rate) else ()
    return task_id in (*component.task_ids, *rated) or any(
        _looks_at(part, task_id) for part in component.parts
    )


def _bound(expression: Expression | None, edge: Edge, calendar: TermCalendar) -> datetime | None:
    if isinstance(expression, Day | Month | Minute):
        return instant_of(expression, edge, calendar.zoneinfo)
    return None


def _known(moment: datetime | Unset) -> datetime:
    assert isinstance(moment, datetime), moment
    return moment
