"""Whether a lock may be brought forward to now: only scores to which nothing can be added any more are sealed early.

The new instant stands in the decision under the name of the cutoff, as an extension's does, so whatever else is
told by that cutoff goes by it too. Nothing of that may come to lie in the past.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from datetime import datetime

from calendars.messages import Message, Problem, Refused, Wording, refuse
from calendars.schedule import Moment
from calendars.spoken_times import shown_end
from calendars.term import Assessment, Phase
from workflows.basis import NEVER, deadlines, tasks_in
from workflows.cohorts import CohortTerm
from workflows.machines import PHASE

NO_LOCK = Wording(
    zh="“{phase}”没有自己的锁定时间，结束时就锁定",
    en="{phase} has no lock of its own: it locks when it ends",
)
OVER_ALREADY = Wording(
    zh="“{phase}”{state}，不能再锁定", en="{phase} is {state} and cannot be locked any more"
)
NOT_CLOSING = Wording(
    zh="“{phase}”{state}，还没有结束（{closes}），结束以后才能提前锁定",
    en="{phase} is {state} and has not ended yet ({closes}); it can be locked early once it has",
)
NO_END = Wording(zh="日期待定", en="no date yet")
STILL_DUE = Wording(
    zh="“{task}”到 {due} 才截止，此前的学习还计入",
    en="work on {task} counts until {due}, which is still to come",
)
DATED_BY_IT = Wording(
    zh="“{what}”的时间由“{cutoff}”推算，提前锁定后会变成 {at}，落在过去",
    en="{what} is dated by {cutoff!r} and would come to lie in the past, at {at}",
)
START = Wording(zh="{phase}的开始", en="the start of {phase}")
END = Wording(zh="{phase}的结束", en="the end of {phase}")
LOCK = Wording(zh="{phase}的锁定", en="the lock of {phase}")

GOING = ("planned", "open", "closing")
STATES = {state.name: state.label for state in PHASE.states}


def brought_forward(term: CohortTerm, phase: Phase, at: datetime) -> dict[str, datetime]:
    """The date that locks a phase of a cohort at an instant up to which the cohort has been taken. Raises Refused with
    everything that speaks against it; what must hold for the lock is asked when it is made."""
    cutoff = phase.locks
    if cutoff is None:
        raise refuse(NO_LOCK(phase=phase.name))
    if term.phases[phase.id].stands_at not in GOING:
        state = STATES[term.phases[phase.id].state]()
        raise refuse(OVER_ALREADY(phase=phase.name, state=state))
    moved = copy(term)
    moved.dates = {**term.dates, cutoff: at}
    problems = [*_not_closing(term, cutoff), *_still_due(term, cutoff, at)]
    problems = problems or [*_into_the_past(term, moved, cutoff, at)]
    if problems:
        raise Refused([Problem("", message) for message in dict.fromkeys(problems)])
    return {cutoff: at}


def locking_together(term: CohortTerm, cutoff: str) -> list[Phase]:
    """The phases of a cohort that a cutoff locks and that are not over."""
    return [
        phase
        for phase in term.calendar.phases
        if phase.locks == cutoff and term.phases[phase.id].stands_at in GOING
    ]


def _not_closing(term: CohortTerm, cutoff: str) -> Iterator[Message]:
    schedule = term.schedule()
    for phase in locking_together(term, cutoff):
        now = term.phases[phase.id]
        if now.stands_at != "closing":
            closes = schedule.phases[phase.id].closes
            told = _told(term, closes) if isinstance(closes, datetime) else NO_END()
            yield NOT_CLOSING(phase=phase.name, state=STATES[now.state](), closes=told)


def _still_due(term: CohortTerm, cutoff: str, at: datetime) -> Iterator[Message]:
    """Work that would be scored at this lock and may be handed in still, by whoever has the latest deadline."""
    for assessment in term.calendar.locked_at(cutoff):
        due_at = deadlines(term, assessment)
        scored = tasks_in(due_at)
        own = [(one.task, one.until) for one in term.extended if one.task in scored]
        for task, due in [*((task, due) for (_, task), due in due_at), *own]:
            if due > at:
                yield STILL_DUE(task=term.calendar.task(task).name, due=_told(term, due))


def _into_the_past(term: CohortTerm, moved: CohortTerm, cutoff: str, at: datetime) -> Iterator[Message]:
    """What else is told by this cutoff, matters still, and would be before `at`."""
    after = dict(_dated(moved, cutoff))
    for key, before in _dated(term, cutoff):
        instant = after[key]
        if isinstance(instant, datetime) and instant not in (before, NEVER) and instant < at:
            yield DATED_BY_IT(what=_called(term, key), cutoff=cutoff, at=_told(term, instant))


Key = tuple[Wording | str, str, int]


def _dated(term: CohortTerm, cutoff: str) -> Iterator[tuple[Key, Moment]]:
    """The dates that a cohort still goes by, but those of the phases that this cutoff locks."""
    schedule = term.schedule()
    for phase in term.calendar.phases:
        stands, times = term.phases[phase.id].stands_at, schedule.phases[phase.id]
        if stands == "planned":
            yield (START, phase.id, 0), times.opens
        if stands in ("planned", "open"):
            yield (END, phase.id, 0), times.closes
        if stands in GOING and phase.locks != cutoff:
            yield (LOCK, phase.id, 0), times.locks
    for assessment in term.calendar.assessments:
        if _going(term, assessment):
            for (place, task), due in deadlines(term, assessment):
                yield (assessment.id, task, place), due


def _going(term: CohortTerm, assessment: Assessment) -> bool:
    return bool(locking_together(term, assessment.locks))


def _called(term: CohortTerm, key: Key) -> Message | str:
    edge, name, _ = key
    if isinstance(edge, Wording):
        return edge(phase=term.calendar.phase(name).name)
    return term.calendar.task(name).name


def _told(term: CohortTerm, at: datetime) -> str:
    return shown_end(at, term.calendar.zoneinfo)
