"""Reminders and gates that could never act."""

from __future__ import annotations

from datetime import timedelta

from calendars.draft import Draft
from calendars.full_amounts import full_amount
from calendars.messages import Wording
from calendars.schedule import Unset
from calendars.term import Reminder
from calendars.workdays import why_unknown

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

DATES_ALONE = Wording(
    zh="关于上报的提醒只写 to、by、on the day、escalate、obligatory",
    en="a reminder of a filing has `to`, `by`, `on the day`, `escalate` and `obligatory` alone",
)
NO_LINK = Wording(
    zh="上报“{filing}”没有“{found}”这一环节，它的环节：{links}",
    en="filing {filing!r} has no link {found!r}; its links are {links}",
)
NOT_COUNTED = Wording(
    zh="任务“{task}”没有写 needs，也没有只计它的考核项，说不出怎样才算全部；请不写 when",
    en="task {task!r} has no `needs`, and no component counts it alone: what would be all of it is not known; leave "
    "`when` out",
)
NOTHING_TO_REVIEW = Wording(
    zh="“{before}”不锁定任何考核，没有材料可审核",
    en="no assessment locks at {before!r}: there is no material to review",
)


def reminders_are_sent(draft: Draft) -> None:
    for number, reminder in enumerate(draft.calendar.reminders):
        if not draft.is_whole("reminders", number):
            continue
        if not reminder.about and reminder.filing is None:
            draft.report(("reminders", number, "about"), NOTHING_TO_SAY())
        if not (
            reminder.by or reminder.on_the_day or reminder.every or reminder.overdue or reminder.escalate
        ):
            draft.report(("reminders", number), NEVER_SENT())


def reminders_of_filings_go_to_a_link(draft: Draft) -> None:
    for number, reminder in enumerate(draft.calendar.reminders):
        if reminder.filing is None:
            continue
        if (
            reminder.about
            or reminder.every
            or reminder.overdue
            or reminder.before
            or reminder.when != "not shown"
        ):
            draft.report(("reminders", number), DATES_ALONE())
        places = [one.id for one in draft.calendar.filings]
        if reminder.filing in places and draft.is_whole("filings", places.index(reminder.filing)):
            filing = draft.calendar.filing(reminder.filing)
            if filing.link(reminder.to) is None:
                links = [link.at for link in filing.chain if link.tier]
                draft.report(
                    ("reminders", number, "to"), NO_LINK(filing=filing.id, found=reminder.to, links=links)
                )


def reminders_have_a_deadline(draft: Draft) -> None:
    for number, reminder in enumerate(draft.calendar.reminders):
        counts_days = reminder.by or reminder.on_the_day or reminder.overdue or reminder.escalate
        if reminder.before or not counts_days:
            continue
        for index, name in enumerate(reminder.about):
            due = _due(draft, name)
            if due and draft.moment(due) in (Unset.OPEN_ENDED, Unset.COMPLETE):
                draft.report(("reminders", number, "about", index), NO_DEADLINE(task=name))


def all_of_a_task_is_known(draft: Draft) -> None:
    """Who has not shown a task in full is told by what it needs, or by the amount from which more gains nothing."""
    for number, reminder in enumerate(draft.calendar.reminders):
        for index, name in enumerate(reminder.about if reminder.when == "not in full" else ()):
            task = draft.task(name)
            if (
                task
                and draft.is_whole("assessments")
                and task.needs is None
                and full_amount(draft.calendar, task) is None
            ):
                draft.report(("reminders", number, "about", index), NOT_COUNTED(task=name))


def reminders_fall_on_known_days(draft: Draft) -> None:
    """Reminders that speak on working days need to know which these are; each unknown year is asked for once."""
    asked: set[int] = set()
    if draft.calendar.reminding.days != "working days":
        return
    for number, reminder in enumerate(draft.calendar.reminders):
        for text in _speaks_of(draft, reminder):
            due = draft.instant(text)
            last = due and (due - timedelta(seconds=1)).astimezone(draft.calendar.zoneinfo).date()
            message = last and why_unknown(last)
            if last and message and last.year not in asked:
                asked.add(last.year)
                draft.report(("reminders", number), message)


def _speaks_of(draft: Draft, reminder: Reminder) -> list[str]:
    """The words for the deadlines that a reminder goes by."""
    if reminder.before:
        return [reminder.before]
    return [due for name in reminder.about if (due := _due(draft, name))]


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
    reminders_of_filings_go_to_a_link,
    reminders_have_a_deadline,
    all_of_a_task_is_known,
    gated_tasks_are_marked,
    reviewed_material_is_assessed,
)
AT_THE_DESK = (reminders_fall_on_known_days,)


def _due(draft: Draft, task_id: str) -> str | None:
    task = draft.task(task_id)
    return None if task is None else (task.by or _counts(draft, task_id) or f"end of {task.phase}")


def _counts(draft: Draft, task_id: str) -> str | None:
    return next(
        (
            assessment.counts
            for assessment in draft.calendar.assessments
            if any(task_id in component.task_ids for component in assessment.components)
        ),
        None,
    )
