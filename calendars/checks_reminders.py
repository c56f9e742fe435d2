"""Reminders and gates that could never act."""

from __future__ import annotations

from calendars.draft import Draft
from calendars.messages import Wording
from calendars.schedule import Unset

NEVER_SENT = Wording(
    zh="没有写什么时候提醒：by、on the day、every 或 overdue",
    en="say when to remind: `by`, `on the day`, `every` or `overdue`",
)
NOTHING_TO_SAY = Wording(zh="没有写提醒什么任务", en="it names no task to remind of")
NO_DEADLINE = Wording(
    zh="任务“{task}”没有截止日期，无法按截止前提醒；请写 before 或 every",
    en="task {task!r} has no deadline to count from; say `before` or `every`",
)
NOBODY_MARKS = Wording(
    zh="任务“{task}”没有写 marked by，没有可批阅的",
    en="task {task!r} has no `marked by`: there is nothing to be marked",
)

NOTHING_TO_REVIEW = Wording(
    zh="“{before}”不锁定任何考核，没有材料可审核",
    en="no assessment locks at {before!r}: there is no material to review",
)


def reminders_are_sent(draft: Draft) -> None:
    for number, reminder in enumerate(draft.calendar.reminders):
        if not draft.is_whole("reminders", number):
            continue
        if not reminder.about:
            draft.report(("reminders", number, "about"), NOTHING_TO_SAY())
        if not (
            reminder.by or reminder.on_the_day or reminder.every or reminder.overdue or reminder.escalate
        ):
            draft.report(("reminders", number), NEVER_SENT())


def reminders_have_a_deadline(draft: Draft) -> None:
    for number, reminder in enumerate(draft.calendar.reminders):
        counts_days = reminder.by or reminder.on_the_day or reminder.overdue or reminder.escalate
        if reminder.before or not counts_days:
            continue
        for index, name in enumerate(reminder.about):
            task = draft.task(name)
            due = task and (task.by or _counts(draft, name) or f"end of {task.phase}")
            if due and draft.moment(due) in (Unset.OPEN_ENDED, Unset.COMPLETE):
                draft.report(("reminders", number, "about", index), NO_DEADLINE(task=name))


def gated_tasks_are_marked(draft: Draft) -> None:
    for number, gate in enumerate(draft.calendar.gates):
        if gate.require != "all handed in work marked":
            continue
        for index, name in enumerate(gate.tasks):
            task = draft.task(name)
            if task is not None and task.marked_by is None:
                draft.report(("gates", number, "tasks", index), NOBODY_MARKS(task=name))


def reviewed_material_is_assessed(draft: Draft) -> None:
    """What is reviewed is what an assessment scores: the gate stands before the cutoff at which one locks."""
    locking = {assessment.locks for assessment in draft.calendar.assessments}
    phases = {phase.locks for phase in draft.calendar.phases}
    known = draft.names("phases") | {f"end of {phase}" for phase in draft.names("phases")} | phases
    for number, gate in enumerate(draft.calendar.gates):
        never = gate.require == "material reviewed" and gate.before in known - locking
        if never and draft.is_whole("assessments") and draft.is_whole("gates", number):
            draft.report(("gates", number, "before"), NOTHING_TO_REVIEW(before=gate.before))


CHECKS = (
    reminders_are_sent,
    reminders_have_a_deadline,
    gated_tasks_are_marked,
    reviewed_material_is_assessed,
)


def _counts(draft: Draft, task_id: str) -> str | None:
    return next(
        (
            assessment.counts
            for assessment in draft.calendar.assessments
            if any(task_id in component.task_ids for component in assessment.components)
        ),
        None,
    )
