"""By how much somebody falls short of a task, in the task's own units, and by which instant that is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from calendars.full_amounts import full_amount
from calendars.messages import Message, Wording
from calendars.quantities import shown
from calendars.term import Reminder, Task, TermCalendar
from workflows.demanded import parts_of
from workflows.facts import Activities, Before, amount_shown

SHORT = Wording(zh="还差{amount}{unit}", en="{amount} {unit} short")
PART_SHORT = Wording(zh="{part}还差{amount}{unit}", en="{part}: {amount} {unit} short")
BEHIND_PACE = Wording(zh="比建议进度少{amount}{unit}", en="{amount} {unit} behind the advised pace")
NOT_EACH_WEEK = Wording(zh="没有做到每周{amount}{unit}", en="not {amount} {unit} in each week")
NOTHING_YET = Wording(zh="还没有提交", en="nothing handed in yet")
NOT_ENOUGH = Wording(zh="还没有达到要求", en="not what is asked yet")
UNMARKED = Wording(zh="还没有批阅", en="not marked yet")


@dataclass(frozen=True)
class Measured:
    """What is looked at of one task to say how much of it is short: its parts, as columns beside an enrolment."""

    calendar: TermCalendar
    reminder: Reminder
    task: Task
    expected: int | None = None  # by the advised pace, in hundredths

    def columns(self, known: Activities, before: Before, at: datetime) -> list[ColumnElement[int]]:
        return [
            amount_shown(self.calendar, self.task, known, before, at, part) for part in parts_of(self.task)
        ]

    def short(self, amounts: Sequence[int]) -> tuple[Message, ...]:
        """What lacks, of amounts as `columns` gives them."""
        needs, unit = self.task.needs, self._unit()
        if self.reminder.asks_for_marks(self.task):
            return (UNMARKED(),)
        if self.expected is not None:
            return (BEHIND_PACE(amount=shown(self.expected - sum(amounts)), unit=unit),)
        if needs is not None and self.task.is_weekly:
            return (NOT_EACH_WEEK(amount=shown(needs.at_least), unit=unit),)
        full = full_amount(self.calendar, self.task) if self.reminder.when == "not in full" else None
        if needs is None and full is not None:
            return (SHORT(amount=shown(full - sum(amounts)), unit=unit),)
        if needs is None:
            return (NOT_ENOUGH() if any(amounts) else NOTHING_YET(),)
        asked = needs.at_least
        parts = zip(parts_of(self.task), amounts, strict=True)
        return tuple(self._told(part, asked - has) for part, has in parts if has < asked)

    def _told(self, part: str | None, lacks: int) -> Message:
        if part is None:
            return SHORT(amount=shown(lacks), unit=self._unit())
        kind = self.calendar.evidence.get(part)
        unit = kind.unit if kind else self._unit()
        return PART_SHORT(part=kind.name if kind else part, amount=shown(lacks), unit=unit)

    def _unit(self) -> str:
        """The unit that all its kinds share; nothing where they have several."""
        units = {self.calendar.evidence[kind].unit for kind in self.task.shows}
        return units.pop() if len(units) == 1 else ""
