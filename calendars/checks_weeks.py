"""Whether what is asked week by week can be asked so: records that add up, weeks that exist, holidays that excuse some."""

from __future__ import annotations

from collections.abc import Iterator

from calendars.draft import Draft, Path, Place
from calendars.instants import Window
from calendars.messages import Wording
from calendars.rules.amounts import TOTAL_BY_WEEK, Weekly
from calendars.weeks import Week, stretch, whole_weeks

BACKWARDS = Wording(zh="“{found}”前后颠倒", en="{found!r} runs backwards")
EXCUSES_NOTHING = Wording(
    zh="“{found}”不在任何一周之内，不写也一样", en="{found!r} touches none of the weeks: it excuses nothing"
)
TOO_FEW = Wording(
    zh="从阶段开始到截止只有{found}个整周要求，不足{weeks}周",
    en="from the start of the phase to the deadline {found} whole weeks are asked, fewer than {weeks}",
)


def weekly_needs_add_up(draft: Draft) -> None:
    for number, task in enumerate(draft.calendar.tasks):
        if not task.is_weekly:
            continue
        for kind in task.shows:
            evidence = draft.calendar.evidence.get(kind)
            if evidence is not None and evidence.reads == "running total":
                draft.report(("tasks", number, "needs"), TOTAL_BY_WEEK(kind=kind))


def there_are_weeks_to_ask(draft: Draft) -> None:
    for place, rule in _weekly(draft):
        windows = rule.excused_windows
        backwards = [index for index, window in enumerate(windows) if _is_backwards(draft, window)]
        for index in backwards:
            place.report(("except", index), BACKWARDS(found=rule.excused[index]))
        every = None if backwards else _weeks(place, rule, ())
        if every is None:
            continue
        for index, window in enumerate(windows):
            if every and _weeks(place, rule, (window,)) == every:
                place.report(("except", index), EXCUSES_NOTHING(found=rule.excused[index]))
        found, wanted = len(_weeks(place, rule, windows) or ()), rule.weeks or 1
        if found < wanted:
            path: Path = ("weeks",) if rule.weeks else ("rule",)
            place.report(path, TOO_FEW(found=found, weeks=wanted))


CHECKS = (weekly_needs_add_up, there_are_weeks_to_ask)


def _weekly(draft: Draft) -> Iterator[tuple[Place, Weekly]]:
    for place in draft.whole_components():
        if isinstance(place.component, Weekly):
            yield place, place.component


def _is_backwards(draft: Draft, window: Window) -> bool:
    begins, ends = stretch(window, draft.calendar.zoneinfo)
    return ends <= begins


def _weeks(place: Place, rule: Weekly, excused: tuple[Window, ...] | list[Window]) -> list[Week] | None:
    """The weeks of all tasks by plan; None while the dates of one are not known."""
    found: list[Week] = []
    tasks = [task for _, task in place.tasks()]
    for task in tasks:
        opens = place.draft.instant(f"start of {task.phase}")
        due = place.draft.instant(rule.by or task.by or place.assessment.counts or f"end of {task.phase}")
        if opens is None or due is None:
            return None
        found += whole_weeks(opens, due, place.draft.calendar.zoneinfo, excused)
    return found if len(tasks) == len(rule.task_ids) else None
