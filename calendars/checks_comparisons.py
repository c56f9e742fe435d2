"""Whether what is to be compared can be: two tasks of one kind of record, owed by the same people."""

from __future__ import annotations

from calendars.draft import Draft, Path
from calendars.messages import Wording

NOBODY_OWES_BOTH = Wording(
    zh="没有人同时有“{before}”和“{after}”两项任务，无从对比",
    en="nobody owes both {before!r} and {after!r}: there is nothing to compare",
)
THE_SAME = Wording(zh="“{task}”不能与自己对比", en="{task!r} cannot be compared with itself")
OTHER_KIND = Wording(
    zh="“{after}”的学习记录（{found}）与“{before}”的（{expected}）不是一种，不能对比",
    en="{after!r} shows {found}, and {before!r} shows {expected}: these cannot be compared",
)


def compared_tasks_are_alike(draft: Draft) -> None:
    for number, comparison in enumerate(draft.calendar.comparisons):
        before, after = draft.task(comparison.before), draft.task(comparison.after)
        if before is None or after is None or not draft.is_whole("comparisons", number):
            continue
        path: Path = ("comparisons", number, "after")
        names = {"before": before.id, "after": after.id}
        if before is after:
            draft.report(path, THE_SAME(task=after.id))
            continue
        if not set(before.role) & set(after.role):
            draft.report(path, NOBODY_OWES_BOTH(**names))
        if before.shows != after.shows or not after.shows:
            kinds = {"found": ", ".join(after.shows) or "—", "expected": ", ".join(before.shows) or "—"}
            draft.report(path, OTHER_KIND(**names, **kinds))


CHECKS = (compared_tasks_are_alike,)
