"""Whether texts can be compared as the calendar says, and something can follow from it before the lock."""

from __future__ import annotations

from calendars.checks_names import expect, expect_each, expect_role_or_tier
from calendars.checks_penalties import DUE_TOO_LATE
from calendars.draft import Draft, Path
from calendars.messages import Wording
from calendars.source import shortened

LEAST_LETTERS = 10  # shorter runs are not compared

TWICE = Wording(
    zh="考核“{found}”的雷同比较写了两次，请合成一条",
    en="the likeness for assessment {found!r} is written twice; make one of the two",
)
NO_TEXT = Wording(
    zh="任务“{task}”没有写 shows，不交文字，无从比较",
    en="task {task!r} has no `shows`: no text of it is handed in",
)
NOT_ASSESSED = Wording(
    zh="任务“{task}”的角色不在考核“{assessment}”之列",
    en="nobody who owes task {task!r} is assessed by {assessment!r}",
)
OUT_OF_RANGE = Wording(zh="应在1%到100%之间", en="a share from 1% to 100% is expected")
ITSELF = Wording(
    zh="“{found}”是本项目，本来就在比较之内", en="{found!r} is this programme, which is compared anyhow"
)
TOO_SHORT = Wording(
    zh="“{found}”不足{least}字，比较时本来就不看", en="{found!r} has fewer than {least} characters, and is not looked at anyhow"
)  # fmt: skip


def names_in_likeness(draft: Draft) -> None:
    seen: set[str] = set()
    for number, likeness in enumerate(draft.calendar.likeness):
        path: Path = ("likeness", number)
        expect_each(draft, (*path, "tasks"), likeness.tasks, "tasks")
        expect(draft, (*path, "of"), likeness.of, "assessments")
        expect_role_or_tier(draft, (*path, "waits on"), likeness.waits_on)
        if likeness.of in seen:
            draft.report((*path, "of"), TWICE(found=shortened(likeness.of)))
        seen.add(likeness.of)


def likeness_is_of_texts_that_are_assessed(draft: Draft) -> None:
    known = {assessment.id: assessment for _, assessment in draft.assessments()}
    for number, likeness in enumerate(draft.calendar.likeness):
        for index, name in enumerate(likeness.tasks):
            task, path = draft.task(name), ("likeness", number, "tasks", index)
            if task is None:
                continue
            if not task.shows:
                draft.report(path, NO_TEXT(task=name))
            if likeness.of not in known:
                continue
            assessment = known[likeness.of]
            if not set(task.role) & set(assessment.of):
                draft.report(path, NOT_ASSESSED(task=name, assessment=assessment.id))
            due = draft.instant(task.by or f"end of {task.phase}")
            locks = draft.instant_of_cutoff(assessment.locks)
            if due is not None and locks is not None and due > locks:
                told = {"due": draft.shown(due, "end"), "locks": draft.shown(locks, "end")}
                draft.report(path, DUE_TOO_LATE(task=name, assessment=assessment.id, **told))


def likeness_can_be_found(draft: Draft) -> None:
    for number, likeness in enumerate(draft.calendar.likeness):
        path: Path = ("likeness", number)
        if not 100 <= likeness.alike <= 10_000:
            draft.report((*path, "alike"), OUT_OF_RANGE())
        for index, slug in enumerate(likeness.former):
            if slug == draft.calendar.programme:
                draft.report((*path, "with", index), ITSELF(found=slug))
        for index, text in enumerate(likeness.leave_out):
            if len("".join(text.split())) < LEAST_LETTERS:
                told = TOO_SHORT(found=shortened(text), least=LEAST_LETTERS)
                draft.report((*path, "leave out", index), told)


CHECKS = (names_in_likeness, likeness_is_of_texts_that_are_assessed, likeness_can_be_found)
