"""Whether penalties and appeals speak of what there is, and can come about."""

from __future__ import annotations

from calendars.checks_names import expect, expect_each, expect_role_or_tier
from calendars.draft import Draft, Path
from calendars.messages import Wording
from calendars.nearest import nearest
from calendars.source import shortened

NO_COMPONENT = Wording(
    zh="考核“{assessment}”没有考核项“{found}”{nearest}",
    en="assessment {assessment!r} has no component {found!r}{nearest}",
)
ONE_THING = Wording(zh="请写 filing 或 tasks，二者之一", en="say either `filing` or `tasks`")
NOT_OWED = Wording(
    zh="上报“{filing}”没有写 owed: yes，不是每个单位都要报",
    en="filing {filing!r} is not `owed` by every unit",
)
SHOWN_BY_NOTHING = Wording(
    zh="任务“{task}”没有写 shows，无从知道是否完成",
    en="task {task!r} has no `shows`: nobody can tell whether it was done",
)
DUE_TOO_LATE = Wording(
    zh="任务“{task}”到 {due} 才截止，晚于考核“{assessment}”的锁定 {locks}",
    en="task {task!r} is due at {due}, after assessment {assessment!r} is locked at {locks}",
)
TWICE = Wording(zh="考核“{found}”的申诉写了两次", en="the appeals of assessment {found!r} are written twice")
NEVER_WAITS = Wording(
    zh="没有写 decide within，不会等谁决定", en="without `decide within` nobody is ever waited for"
)


def names_in_penalties(draft: Draft) -> None:
    for number, penalty in enumerate(draft.calendar.penalties):
        path: Path = ("penalties", number)
        expect_each(draft, (*path, "tasks"), penalty.tasks, "tasks")
        if penalty.filing is not None:
            expect(draft, (*path, "filing"), penalty.filing, "filings")
        expect(draft, (*path, "of"), penalty.of, "assessments")
        expect_role_or_tier(draft, (*path, "waits on"), penalty.waits_on)


def penalties_are_for_one_thing(draft: Draft) -> None:
    owed = {filing.id for filing in draft.calendar.filings if filing.owed}
    for number, penalty in enumerate(draft.calendar.penalties):
        if not draft.is_whole("penalties", number):
            continue
        if (penalty.filing is None) == (not penalty.tasks):
            draft.report(("penalties", number), ONE_THING())
        elif penalty.filing in draft.names("filings") and penalty.filing not in owed:
            draft.report(("penalties", number, "filing"), NOT_OWED(filing=penalty.filing))


def penalties_cost_components(draft: Draft) -> None:
    known = {assessment.id: assessment for _, assessment in draft.assessments()}
    for number, penalty in enumerate(draft.calendar.penalties):
        if penalty.of not in known:
            continue
        keys = [component.key for component in known[penalty.of].components]
        for index, key in enumerate(penalty.loses):
            if key not in keys:
                facts = {"assessment": penalty.of, "found": shortened(key), "nearest": nearest(key, keys)}
                draft.report(("penalties", number, "loses", index), NO_COMPONENT(**facts))


def penalties_are_for_what_is_shown_before_the_lock(draft: Draft) -> None:
    known = {assessment.id: assessment for _, assessment in draft.assessments()}
    for number, penalty in enumerate(draft.calendar.penalties):
        for index, name in enumerate(penalty.tasks):
            task = draft.task(name)
            if task is None:
                continue
            path: Path = ("penalties", number, "tasks", index)
            if not task.shows:
                draft.report(path, SHOWN_BY_NOTHING(task=name))
            due = draft.instant(task.by or f"end of {task.phase}")
            locks = draft.instant_of_cutoff(known[penalty.of].locks) if penalty.of in known else None
            if due is not None and locks is not None and due > locks:
                told = {"due": draft.shown(due, "end"), "locks": draft.shown(locks, "end")}
                draft.report(path, DUE_TOO_LATE(task=name, assessment=penalty.of, **told))


def appeals_are_against_assessments(draft: Draft) -> None:
    seen: set[str] = set()
    for number, appeals in enumerate(draft.calendar.appeals):
        path: Path = ("appeals", number, "of")
        expect(draft, path, appeals.of, "assessments")
        if appeals.of in seen:
            draft.report(path, TWICE(found=appeals.of))
        seen.add(appeals.of)
        waiting: Path = ("appeals", number, "waits on")
        if appeals.waits_on is not None:
            expect_role_or_tier(draft, waiting, appeals.waits_on)
            if appeals.decide_within is None and draft.is_whole("appeals", number):
                draft.report(waiting, NEVER_WAITS(), at_key=True)


CHECKS = (
    names_in_penalties,
    penalties_are_for_one_thing,
    penalties_cost_components,
    penalties_are_for_what_is_shown_before_the_lock,
    appeals_are_against_assessments,
)
