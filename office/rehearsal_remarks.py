"""What whoever writes a calendar might overlook, and a rehearsal shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from calendars.messages import Message, Refused, Wording
from calendars.schedule import Moment, Unset, deadline, schedule
from calendars.term import Reminder, Task, TermCalendar
from calendars.workdays import is_workday
from office.rehearsal import Rehearsal
from office.rehearsal_days import WEEKDAYS, last_second
from workflows.by_plan import steps_by_plan
from workflows.parties import party
from workflows.reminder_steps import Step

GAP = Wording(zh="{days}不属于任何阶段", en="no phase has {days}")
ONE_DAY = Wording(zh="{first}（1天）", en="{first} (1 day)")
DAYS = Wording(zh="{first} 至 {last}（{count}天）", en="{first} to {last} ({count:day|days})")
LOCK_ON_A_REST_DAY = Wording(
    zh="“{phase}”在 {day} {weekday}锁定，不是工作日",
    en="{phase} locks on {day} {weekday}, which is no working day",
)
AFTER_DEADLINE = Wording(
    zh="提醒{whom}“{task}”的时候（{day}），这项任务已经截止（{due}）",
    en="{whom} is reminded of {task} on {day}, when it is over ({due})",
)
BEFORE_OPENING = Wording(
    zh="提醒{whom}“{task}”的时候（{day}），它所在的阶段还没有开始（{opens}）",
    en="{whom} is reminded of {task} on {day}, before its phase opens ({opens})",
)
NOT_ALL_PASS = Wording(
    zh="即使人人按时完成，“{assessment}”也有{count}人不合格，请核对考核项",
    en="even when everybody does everything in time, {count:person fails|people fail} {assessment}: look at its components",
)
Stretch = tuple[datetime, datetime]


def remarks(found: Rehearsal) -> list[Message]:
    """What is worth a look, the gravest first."""
    return [*_not_passed(found), *_gaps(found.calendar), *_locks(found), *_reminders_out_of_time(found)]


def _not_passed(found: Rehearsal) -> Iterator[Message]:
    for assessment in found.calendar.assessments:
        failed = [
            event.count
            for event in found.everybody.events
            if event.what == "fail" and event.about == assessment.id
        ]
        if failed:
            yield NOT_ALL_PASS(assessment=assessment.name or assessment.id, count=sum(failed))


def _gaps(calendar: TermCalendar) -> Iterator[Message]:
    """Days between the first opening and the last end that belong to no phase, unless a phase without dates may lie there."""
    zone, known, undated = calendar.zoneinfo, _known(calendar), _undated(calendar)
    reached = None
    for opens, closes in sorted(known):
        if reached is not None and opens > reached and not any(_fits(reached, opens, one) for one in undated):
            first, last = reached.astimezone(zone).date(), last_second(opens).astimezone(zone).date()
            if first <= last:
                yield GAP(days=_stretch(first, last))
        reached = closes if reached is None else max(reached, closes)


def _known(calendar: TermCalendar) -> list[Stretch]:
    """Where phases lie by the calendar alone: one whose dates are owed, anywhere inside its bounds; one without an end,
    for ever."""
    found = []
    for times in schedule(calendar).phases.values():
        opens, closes = times.opens, times.closes
        if times.within is not None:
            opens, closes = times.within
        if isinstance(opens, datetime):
            endless = opens + timedelta(days=36500)
            found.append((opens, closes if isinstance(closes, datetime) else endless))
    return found


def _undated(calendar: TermCalendar) -> list[Stretch]:
    """Between which instants the phases lie that have no dates at all."""
    times = [*schedule(calendar).phases.values()]
    found = []
    for place, one in enumerate(times):
        if isinstance(one.opens, Unset) and one.within is None:
            ends = [other.closes for other in times[:place] if isinstance(other.closes, datetime)]
            starts = [other.opens for other in times[place + 1 :] if isinstance(other.opens, datetime)]
            if ends and starts:
                found.append((max(ends), min(starts)))
    return found


def _fits(first: datetime, last: datetime, undated: Stretch) -> bool:
    return undated[0] <= first and last <= undated[1]


def _stretch(first: date, last: date) -> Message:
    if first == last:
        return ONE_DAY(first=first)
    return DAYS(first=first, last=last, count=(last - first).days + 1)


def _locks(found: Rehearsal) -> Iterator[Message]:
    zone = found.calendar.zoneinfo
    for phase in found.calendar.phases:
        locks = schedule(found.calendar).phases[phase.id].locks
        if phase.locks is None or not isinstance(locks, datetime):
            continue
        day = last_second(locks).astimezone(zone).date()
        try:
            if not is_workday(day):
                yield LOCK_ON_A_REST_DAY(phase=phase.name, day=day, weekday=WEEKDAYS[day.weekday()]())
        except Refused as refused:  # no holidays are known for that year
            yield refused.problems[0].message


def _reminders_out_of_time(found: Rehearsal) -> Iterator[Message]:
    """Reminders that speak of a task when it is over, or before its phase begins; each task once for a recipient."""
    calendar, zone = found.calendar, found.calendar.zoneinfo
    told: dict[tuple[Wording, str, str], Message] = {}
    for step, reminder in _steps(found):
        if step.escalated or step.name.startswith("overdue "):
            continue
        for task in (calendar.task(name) for name in reminder.about):
            due, opens = _due(calendar, task), schedule(calendar).phases[task.phase].opens
            facts = {
                "whom": party(calendar, reminder.to), "task": task.name, "day": step.at.astimezone(zone).date(),
            }  # fmt: skip
            marks = reminder.to == task.marked_by  # is reminded of marking it, which is done afterwards
            if isinstance(due, datetime) and step.at >= due and not marks:
                over = AFTER_DEADLINE(**facts, due=last_second(due).astimezone(zone).date())
                told.setdefault((AFTER_DEADLINE, reminder.to, task.id), over)
            if isinstance(opens, datetime) and step.at < opens:
                early = BEFORE_OPENING(**facts, opens=opens.astimezone(zone).date())
                told.setdefault((BEFORE_OPENING, reminder.to, task.id), early)
    yield from told.values()


def _steps(found: Rehearsal) -> Iterator[tuple[Step, Reminder]]:
    for step in steps_by_plan(found.calendar, found.until):
        yield step, found.calendar.reminders[step.number]


def _due(calendar: TermCalendar, task: Task) -> Moment:
    return deadline(calendar, {}, {}, task.by or f"end of {task.phase}")
