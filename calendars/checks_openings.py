"""Whether the term can run to its end: no dates in a circle, and no phase that waits for what never comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from calendars.draft import Draft, Path
from calendars.instants import (
    Complete,
    Expression,
    Named,
    OfPhase,
    Open,
    WhenDone,
    innermost,
)
from calendars.messages import Message, Wording
from calendars.schedule import CIRCLE, Unset
from calendars.term import Phase

NEVER_OPENS = Wording(zh="这一阶段永远不会开始：{path}", en="this phase can never open: {path}")
OPENING = Wording(zh="“{phase}”开始", en="the opening of {phase!r}")
DONE = Wording(zh="“{phase}”完成", en="{phase!r} being done")
WAITS_FOR = Wording(zh="{first} ← {rest}", en="{first}, which waits for {rest}")
STARTS_AFTER_NO_DATE = Wording(
    zh="它的开始没有日期，请写 when 阶段 is done",
    en="its start has no date; write: when PHASE is done",
)
WAITS_FOR_ENDLESS = Wording(
    zh="它等待“{phase}”完成，而“{phase}”没有结束", en="it waits until {phase!r} is done, which has no end"
)
NO_PHASE_BEFORE = Wording(
    zh="“{phase}”前面没有阶段，不能要求 previous done", en="there is no phase before {phase!r} to be done"
)
COMPLETE_WITHOUT_WHEN = Wording(
    zh="结束写的是 complete，请用 complete when 说明何时算完成",
    en="the end is `complete`; say with `complete when` what that takes",
)
WHEN_WITHOUT_COMPLETE = Wording(
    zh="只有结束写成 complete 的阶段才用 complete when",
    en="`complete when` is for a phase whose end is `complete`",
)
NO_LOCK = Wording(
    zh="考核没有锁定：没有阶段在“{cutoff}”锁定；请在某个阶段写 locks: {cutoff}",
    en="an assessment without a lock: no phase locks at {cutoff!r}; write `locks: {cutoff}` in one",
)
SEVERAL_LOCKS = Wording(
    zh="有几个阶段都在“{cutoff}”锁定：{phases}；只能有一个",
    en="several phases lock at {cutoff!r}: {phases}; there can be one only",
)
MOST_CIRCLES = 20


_Graph = dict[str, set[str]]


def dates_go_in_no_circle(draft: Draft) -> None:
    for circle in _circles(_dates(draft)):
        draft.report(_first(draft, circle), CIRCLE(path=" → ".join(circle)))


def phases_wait_for_what_comes(draft: Draft) -> None:
    """Phases that wait for each other to be done, in a circle."""
    dates = _dates(draft)
    in_circles = {name for circle in _circles(dates) for name in circle}
    graph = {name: needed for name, needed in (dates | _doings(draft)).items() if name not in in_circles}
    for circle in _circles(graph):
        draft.report(_first(draft, circle), NEVER_OPENS(path=_told(draft, circle)))


def phases_can_open(draft: Draft) -> None:
    endless = {phase.id for phase in draft.calendar.phases if isinstance(phase.dates.end, Open)}
    for number, phase in enumerate(draft.calendar.phases):
        path: Path = ("phases", number, "window")
        waited_for = _waited_for(phase.dates.start)
        if waited_for in endless:
            draft.report(path, NEVER_OPENS(path=WAITS_FOR_ENDLESS(phase=waited_for)))
        elif draft.moment(f"start of {phase.id}") in (Unset.OPEN_ENDED, Unset.COMPLETE):
            draft.report(path, NEVER_OPENS(path=STARTS_AFTER_NO_DATE()))


def gates_wait_for_what_comes(draft: Draft) -> None:
    phases = draft.calendar.phases
    if not draft.is_whole("phases"):
        return
    for number, gate in enumerate(draft.calendar.gates):
        position = _position(draft, gate.before)
        if gate.require != "previous done" or position is None:
            continue
        if position == 0:
            draft.report(("gates", number, "require"), NO_PHASE_BEFORE(phase=phases[0].id))
        elif isinstance(phases[position - 1].dates.end, Open):
            message = WAITS_FOR_ENDLESS(phase=phases[position - 1].id)
            draft.report(("gates", number, "require"), NEVER_OPENS(path=message))


def complete_ends_say_when(draft: Draft) -> None:
    for number, phase in enumerate(draft.calendar.phases):
        if isinstance(phase.dates.end, Complete) and not phase.complete_when:
            draft.report(("phases", number, "window"), COMPLETE_WITHOUT_WHEN())
        elif phase.complete_when and not isinstance(phase.dates.end, Complete):
            draft.report(("phases", number, "complete when"), WHEN_WITHOUT_COMPLETE(), at_key=True)


def assessments_have_one_lock(draft: Draft) -> None:
    if not draft.is_whole("phases"):
        return
    for number, assessment in enumerate(draft.calendar.assessments):
        if assessment.locks not in draft.calendar.cutoffs:
            continue
        locking = [phase.id for phase in draft.calendar.phases if phase.locks == assessment.locks]
        path: Path = ("assessments", number, "locks")
        if not locking:
            draft.report(path, NO_LOCK(cutoff=assessment.locks))
        elif len(locking) > 1:
            draft.report(path, SEVERAL_LOCKS(cutoff=assessment.locks, phases=", ".join(locking)))


CHECKS = (
    dates_go_in_no_circle,
    phases_wait_for_what_comes,
    phases_can_open,
    gates_wait_for_what_comes,
    complete_ends_say_when,
    assessments_have_one_lock,
)


def _dates(draft: Draft) -> _Graph:
    """Each date by name with the dates that it is worked out from."""
    graph: _Graph = {}
    for phase in draft.calendar.phases:
        window = phase.dates
        graph[f"start of {phase.id}"] = set(_worked_out_from(window.start))
        graph[f"end of {phase.id}"] = set(_worked_out_from(window.end))
    for name in draft.calendar.cutoffs:
        graph[name] = set(_worked_out_from(draft.calendar.cutoff(name)))
    return graph


def _doings(draft: Draft) -> _Graph:
    """What must have happened before each phase opens and is done."""
    graph: _Graph = {}
    for phase in draft.calendar.phases:
        opening, done = _opening(phase.id), _done(phase.id)
        graph[opening] = {f"start of {phase.id}", *_after_what(phase.dates.start)}
        graph[done] = {opening, *_after_what(phase.dates.end), *_lock_of(phase)}
    for name in draft.calendar.cutoffs:
        graph[name] = {
            *_worked_out_from(draft.calendar.cutoff(name)),
            *_after_what(draft.calendar.cutoff(name)),
        }
    _add_gates(draft, graph)
    return graph


def _add_gates(draft: Draft, graph: _Graph) -> None:
    phases = draft.calendar.phases
    for gate in draft.calendar.gates:
        position = _position(draft, gate.before)
        if gate.require == "previous done" and position:
            event = _done if gate.before.startswith("end of ") else _opening
            graph[event(phases[position].id)].add(_done(phases[position - 1].id))


def _lock_of(phase: Phase) -> Iterator[str]:
    yield phase.locks or f"end of {phase.id}"


def _worked_out_from(expression: Expression) -> Iterator[str]:
    inner = innermost(expression)
    if isinstance(inner, Named):
        yield inner.name
    elif isinstance(inner, OfPhase):
        yield f"{inner.edge} of {inner.phase}"


def _after_what(expression: Expression) -> Iterator[str]:
    waited_for = _waited_for(expression)
    if waited_for is not None:
        yield _done(waited_for)


def _waited_for(expression: Expression) -> str | None:
    inner = innermost(expression)
    return inner.phase if isinstance(inner, WhenDone) else None


def _opening(phase_id: str) -> str:
    return f"opening of {phase_id}"


def _done(phase_id: str) -> str:
    return f"{phase_id} is done"


def _position(draft: Draft, before: str) -> int | None:
    """The phase that a gate stands before, by its place in the calendar."""
    ids = [phase.id for phase in draft.calendar.phases]
    name = before.removeprefix("end of ")
    return ids.index(name) if name in ids else None


def _circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Each circle once, from what depends to what it depends on."""
    left = {name: set(needed) for name, needed in graph.items()}
    for _ in range(MOST_CIRCLES):
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            yield circle
            left = {name: needed - set(circle) for name, needed in left.items() if name not in circle}
        else:
            return


def _first(draft: Draft, circle: list[str]) -> Path:
    """Where the topmost member of a circle is written."""
    return min((_written(draft, name) for name in circle), key=lambda path: draft.root.at(path).place)


def _told(draft: Draft, circle: list[str]) -> Message | str:
    """A circle of openings as a sentence: each waits for the next."""
    names: dict[str, Message] = {}
    for phase in draft.calendar.phases:
        names[_opening(phase.id)] = OPENING(phase=phase.id)
        names[_done(phase.id)] = DONE(phase=phase.id)
    told: Message | str = names.get(circle[-1], circle[-1])
    for name in reversed(circle[:-1]):
        told = WAITS_FOR(first=names.get(name, name), rest=told)
    return told


def _written(draft: Draft, name: str) -> Path:
    for number, phase in enumerate(draft.calendar.phases):
        if name in (f"start of {phase.id}", f"end of {phase.id}", _opening(phase.id), _done(phase.id)):
            return ("phases", number, "window")
    return ("cutoffs", name)
