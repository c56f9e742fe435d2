"""Dates in their order: a start before its end, work before its lock, and each date one that can be worked out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from calendars.draft import Draft, Path, Place, times
from calendars.instants import Named, Open, innermost, read_expression
from calendars.messages import Message, Wording
from calendars.schedule import Unset
from calendars.term import Phase, Task

END_BEFORE_START = Wording(
    zh="结束（{end}）不在开始（{start}）之后", en="the end ({end}) is not after the start ({start})"
)
BOUNDS_WITHOUT_DATES = Wording(
    zh="tbd within 后面的范围两端都要有日期", en="both ends of what follows `tbd within` need dates"
)
OWN_WINDOW_WITHOUT_DATES = Wording(
    zh="单位自定起止要有给定的范围，而这一阶段没有日期",
    en="an own window lies inside the given one, and this phase has no dates to lie inside of",
)
LOCK_BEFORE_END = Wording(
    zh="锁定（{lock}）早于阶段结束（{end}）", en="the lock ({lock}) is before the phase's end ({end})"
)
COUNTS_AFTER_LOCK = Wording(
    zh="计入截止（{counts}）晚于锁定（{lock}）",
    en="what counts up to {counts} would come after the lock ({lock})",
)
BY_AFTER_LOCK = Wording(
    zh="截止（{by}）晚于考核“{assessment}”的锁定（{lock}）",
    en="this deadline ({by}) is after the lock of assessment {assessment!r} ({lock})",
)
PHASE_AFTER_LOCK = Wording(
    zh="任务“{task}”所在阶段到 {by} 才结束，晚于锁定（{lock}）；请写 counts: 或 by:",
    en="the phase of task {task!r} ends at {by}, after this lock ({lock}); say `counts:` or `by:`",
)
BY_BEFORE_OPENING = Wording(
    zh="截止（{by}）不晚于阶段“{phase}”的开始（{opens}）",
    en="this deadline ({by}) is not after the opening of phase {phase!r} ({opens})",
)
NO_TIME = Wording(
    zh="没有学习记录能计入：截止（{by}）不晚于任务“{task}”所在阶段的开始（{opens}）",
    en="no evidence can count: the deadline ({by}) is not after the opening ({opens}) of the phase of task {task!r}",
)
NEVER_COMES = Wording(
    zh="这个时间永远不会到：它取决于没有结束日期的阶段",
    en="this never comes: it depends on a phase without an end",
)


def dates_that_cannot_be_worked_out(draft: Draft) -> None:
    """A working day in a year without known holidays, or an instant beyond all calendars."""
    for number, phase in enumerate(draft.calendar.phases):
        for edge in ("start", "end"):
            message = draft.why_not(f"{edge} of {phase.id}")
            if message is not None:
                draft.report(("phases", number, "window"), message)
    for path, text in times(draft):
        base = innermost(read_expression(text))
        if isinstance(base, Named) and _is_said_already(draft, base.name):
            continue
        asked = str(path[1]) if path[0] == "cutoffs" else text  # by its name, as those that count from it ask
        if (message := draft.why_not(asked)) is not None:
            draft.report(path, message)
        elif draft.moment(asked) is Unset.OPEN_ENDED:
            draft.report(path, NEVER_COMES())


def windows_end_after_they_start(draft: Draft) -> None:
    for number, phase in enumerate(draft.calendar.phases):
        opens, closes = (draft.instant(f"{edge} of {phase.id}") for edge in ("start", "end"))
        if opens is not None and closes is not None and closes <= opens:
            draft.report(("phases", number, "window"), _backwards(draft, opens, closes))


def windows_to_be_determined_have_bounds(draft: Draft) -> None:
    for number, phase in enumerate(draft.calendar.phases):
        if phase.dates.within is None:
            continue
        bounds = draft.bounds(phase.id)
        if bounds is None:
            continue
        if isinstance(bounds, Message):
            draft.report(("phases", number, "window"), bounds)
            continue
        first, last = bounds
        if isinstance(first, Unset) or isinstance(last, Unset):
            draft.report(("phases", number, "window"), BOUNDS_WITHOUT_DATES())
        elif last <= first:
            draft.report(("phases", number, "window"), _backwards(draft, first, last))


def own_windows_lie_inside_dates(draft: Draft) -> None:
    for number, phase in enumerate(draft.calendar.phases):
        if phase.own_window and not _has_dates(draft, phase):
            draft.report(("phases", number, "own window"), OWN_WINDOW_WITHOUT_DATES(), at_key=True)


def locks_come_after_the_end(draft: Draft) -> None:
    for number, phase in enumerate(draft.calendar.phases):
        if phase.locks is None:
            continue
        lock, end = draft.instant_of_cutoff(phase.locks), draft.instant(f"end of {phase.id}")
        if lock is not None and end is not None and lock < end:
            message = LOCK_BEFORE_END(lock=draft.shown(lock, "end"), end=draft.shown(end, "end"))
            draft.report(("phases", number, "locks"), message)


def assessments_count_before_they_lock(draft: Draft) -> None:
    for path, assessment in draft.assessments():
        counts = draft.instant(assessment.counts) if assessment.counts else None
        lock = draft.instant_of_cutoff(assessment.locks)
        if counts is not None and lock is not None and counts > lock:
            message = COUNTS_AFTER_LOCK(counts=draft.shown(counts, "end"), lock=draft.shown(lock, "end"))
            draft.report((*path, "counts"), message)


def tasks_are_due_after_their_phase_opens(draft: Draft) -> None:
    for number, task in enumerate(draft.calendar.tasks):
        due = draft.instant(task.by) if task.by else None
        opens = draft.instant(f"start of {task.phase}")
        if due is not None and opens is not None and due <= opens:
            message = BY_BEFORE_OPENING(
                by=draft.shown(due, "end"), phase=task.phase, opens=draft.shown(opens, "start")
            )
            draft.report(("tasks", number, "by"), message)


def components_have_time(draft: Draft) -> None:
    """Each task of a component is due after its phase opens."""
    for place, task, due in _dues(draft):
        opens, closes = (draft.instant(f"{edge} of {task.phase}") for edge in ("start", "end"))
        backwards = opens is not None and closes is not None and closes <= opens
        if opens is None or due.at > opens or task.by or backwards:
            continue
        facts = {"by": draft.shown(due.at, "end"), "opens": draft.shown(opens, "start")}
        draft.report(place.path, NO_TIME(**facts, task=task.id))


def work_is_due_before_the_lock(draft: Draft) -> None:
    for place, task, due in _dues(draft):
        lock = draft.instant_of_cutoff(place.assessment.locks)
        if lock is not None and due.at > lock and due.after_lock is not None:
            facts = {"by": draft.shown(due.at, "end"), "lock": draft.shown(lock, "end")}
            draft.report(due.path, due.after_lock(**facts, task=task.id, assessment=place.assessment.id))


CHECKS = (
    dates_that_cannot_be_worked_out,
    windows_end_after_they_start,
    windows_to_be_determined_have_bounds,
    own_windows_lie_inside_dates,
    locks_come_after_the_end,
    assessments_count_before_they_lock,
    tasks_are_due_after_their_phase_opens,
    components_have_time,
    work_is_due_before_the_lock,
)


def _is_said_already(draft: Draft, cutoff: str) -> bool:
    """Whether the cutoff that a date is counted from has the same trouble itself."""
    return draft.why_not(cutoff) is not None or draft.moment(cutoff) is Unset.OPEN_ENDED


def _backwards(draft: Draft, opens: datetime, closes: datetime) -> Message:
    return END_BEFORE_START(start=draft.shown(opens, "start"), end=draft.shown(closes, "end"))


def _has_dates(draft: Draft, phase: Phase) -> bool:
    """Whether there is a window to lie inside of; one without an end will do."""
    if phase.dates.within is not None:
        return True
    opens, closes = (draft.moment(f"{edge} of {phase.id}") for edge in ("start", "end"))
    dated = opens is None or not isinstance(opens, Unset)
    return dated and (closes is None or isinstance(phase.dates.end, Open) or not isinstance(closes, Unset))


@dataclass(frozen=True)
class _Due:
    """A task's deadline in a component, where it is written, and what to say if it is after the lock."""

    at: datetime
    path: Path
    after_lock: Wording | None


def _dues(draft: Draft) -> Iterator[tuple[Place, Task, _Due]]:
    for place in draft.whole_components():
        for task in draft.tasks_of(place.component):
            text, path, after_lock = _deadline(draft, place, task)
            at = draft.instant(text)
            if at is not None and set(task.role) & set(place.assessment.of):
                yield place, task, _Due(at, path, after_lock)


def _deadline(draft: Draft, place: Place, task: Task) -> tuple[str, Path, Wording | None]:
    if place.component.by:
        return place.component.by, (*place.path, "by"), BY_AFTER_LOCK
    if task.by:
        return task.by, ("tasks", draft.task_numbers[task.id], "by"), BY_AFTER_LOCK
    if place.assessment.counts:
        return place.assessment.counts, place.path, None  # a check of its own says so once
    return f"end of {task.phase}", (*place.path[:2], "locks"), PHASE_AFTER_LOCK
