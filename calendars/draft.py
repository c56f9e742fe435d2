"""A calendar while it is checked: what was read, where it stands in the file, and what was found wrong so far.

Some of the file may have been left out because its form was wrong. What was declared there still counts as
declared, and whatever leans on a part that is not whole is not judged: one mistake is told once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from calendars.instants import Edge, Expression, office_day, read_expression
from calendars.messages import Message, Refused, Wording
from calendars.rules.base import RuleBase
from calendars.schedule import (
    CIRCLE,
    UNKNOWN_NAME,
    UNKNOWN_PHASE,
    Moment,
    Unset,
    beginning,
    deadline,
    phase_times,
)
from calendars.source import Found, Node
from calendars.term import Assessment, Task, TermCalendar

Path = tuple[str | int, ...]
ZERO = Wording(zh="“{key}”应大于0", en="{key!r} should be above 0")
_NAMED_ELSEWHERE = (CIRCLE, UNKNOWN_NAME, UNKNOWN_PHASE)  # a check of its own says these, with the place


@dataclass(frozen=True)
class Declared:
    """Every name that the file declares, also in parts that could not be read."""

    names: Mapping[str, frozenset[str]]

    @classmethod
    def by(cls, root: Node) -> Declared:
        lists = {
            section: _ids(root.child(section))
            for section in ("phases", "tasks", "assessments", "filings", "peer reviews")
        }
        mappings = {section: _keys(root.child(section)) for section in ("roles", "evidence", "cutoffs")}
        tiers = root.child("tiers")
        entries = tiers.value if tiers is not None and isinstance(tiers.value, list) else []
        return cls(lists | mappings | {"tiers": _texts(entries)})


@dataclass
class Draft:
    calendar: TermCalendar
    root: Node
    declared: Declared
    found: list[Found] = field(default_factory=list)

    def report(self, path: Path, message: Message, *, at_key: bool = False) -> None:
        """Say what is wrong with the value at a path, or with its key."""
        node = self.root.at(path)
        if node.spoilt and isinstance(node.value, str):
            return
        place = self.root.at(path[:-1]).keys.get(str(path[-1]), node.place) if at_key else node.place
        self.found.append((place, message))

    def names(self, *sections: str) -> frozenset[str]:
        return frozenset().union(*(self.declared.names[section] for section in sections))

    def is_whole(self, *path: str | int) -> bool:
        """Whether nothing in this part was left out. A part that is not in the file has its default."""
        return all(not node.spoilt for node, _ in self.root.trail(path)[1:])

    @cached_property
    def task_numbers(self) -> Mapping[str, int]:
        """Where the tasks stand that can be relied on: they are there once and whole."""
        counts = Counter(task.id for task in self.calendar.tasks)
        return {
            task.id: number
            for number, task in enumerate(self.calendar.tasks)
            if counts[task.id] == 1 and self.is_whole("tasks", number)
        }

    def task(self, task_id: str) -> Task | None:
        number = self.task_numbers.get(task_id)
        return None if number is None else self.calendar.tasks[number]

    def tasks_of(self, component: RuleBase) -> list[Task]:
        return [task for name in component.task_ids if (task := self.task(name)) is not None]

    def assessments(self) -> Iterator[tuple[Path, Assessment]]:
        """Those that are whole."""
        for number, assessment in enumerate(self.calendar.assessments):
            if self.is_whole("assessments", number):
                yield ("assessments", number), assessment

    def components(self) -> Iterator[Place]:
        """Every component of every assessment, those within others included."""
        for number, assessment in enumerate(self.calendar.assessments):
            for group in ("components", "needs"):
                for index, component in enumerate(getattr(assessment, group)):
                    path: Path = ("assessments", number, group, index)
                    yield from Place(self, path, component, assessment).within()

    def whole_components(self) -> Iterator[Place]:
        return (place for place in self.components() if self.is_whole(*place.path))

    def moment(self, text: str, dates: Mapping[str, datetime] | None = None) -> Moment | None:
        """The instant of a word for time in this calendar; None if another check says why it has none."""
        try:
            return deadline(self.calendar, dates or {}, {}, text)
        except Refused:
            return None

    def instant(self, text: str) -> datetime | None:
        moment = self.moment(text)
        return None if isinstance(moment, Unset) else moment

    def opening(self, text: str) -> Moment | None:
        """As `moment`, of a word for time read as a start."""
        try:
            return beginning(self.calendar, text)
        except Refused:
            return None

    def instant_of_gate(self, before: str) -> datetime | None:
        """When a gate acts: at a phase's opening, its end, or a cutoff."""
        if before in self.calendar.cutoffs or before.startswith(("end of ", "start of ")):
            return self.instant(before)
        return self.instant(f"start of {before}")

    def instant_of_cutoff(self, name: str) -> datetime | None:
        return self.instant(name) if name in self.calendar.cutoffs else None

    def bounds(self, phase_id: str) -> tuple[Moment, Moment] | Message | None:
        """Inside which instants an office may set a phase's dates, or why that cannot be worked out."""
        try:
            return phase_times(self.calendar, phase_id).within
        except Refused as refused:
            return _own_reason(refused)

    def why_not(self, text: str, dates: Mapping[str, datetime] | None = None) -> Message | None:
        """Why a word for time that names only what exists cannot be worked out."""
        try:
            deadline(self.calendar, dates or {}, {}, text)
        except Refused as refused:
            return _own_reason(refused)
        return None

    def shown(self, instant: datetime, edge: Edge) -> str:
        return office_day(instant, self.calendar.zoneinfo, edge)


@dataclass(frozen=True)
class Place:
    """A component where it stands in the file: what its rule may ask, and where it says what is wrong."""

    draft: Draft
    path: Path
    component: RuleBase
    assessment: Assessment

    def report(self, path: Path, message: Message, *, at_key: bool = False) -> None:
        """Say what is wrong with the value at a path within the component, or with its key."""
        self.draft.report((*self.path, *path), message, at_key=at_key)

    def above_zero(self, key: str, amount: int) -> None:
        """Report a figure that is nothing."""
        if amount == 0:
            self.report((key,), ZERO(key=key))

    def tasks(self) -> Iterator[tuple[Path, Task]]:
        """The component's tasks that can be relied on, each with the path that names it."""
        for index, name in enumerate(self.component.task_ids):
            task = self.draft.task(name)
            if task is not None:
                yield ("task",) if self.component.task else ("tasks", index), task

    def keys(self, key: str) -> list[str]:
        """The keys of a group as they are written, in their order."""
        return list(self.draft.root.at((*self.path, key)).keys)

    def within(self) -> Iterator[Place]:
        """This one and those that it is made of."""
        yield self
        for index, part in enumerate(self.component.parts):
            yield from Place(self.draft, (*self.path, "of", index), part, self.assessment).within()


def times(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Every word for a single instant in the calendar, windows excepted, with its path."""
    calendar = draft.calendar
    yield from _given(("joining",), calendar.joining)
    for name, text in calendar.cutoffs.items():
        yield ("cutoffs", name), text
    for number, task in enumerate(calendar.tasks):
        yield from _given(("tasks", number, "by"), task.by)
    for number, assessment in enumerate(calendar.assessments):
        yield from _given(("assessments", number, "counts"), assessment.counts)
    for place in draft.components():
        yield from _given((*place.path, "by"), place.component.by)
    yield from _times_of_what_goes_on_together(calendar)
    for number, reminder in enumerate(calendar.reminders):
        yield from _given(("reminders", number, "before"), reminder.before)


def _times_of_what_goes_on_together(calendar: TermCalendar) -> Iterator[tuple[Path, str]]:
    """In filings, extensions, peer reviews and lesson studies."""
    for number, filing in enumerate(calendar.filings):
        for index, link in enumerate(filing.chain if filing.every is None else ()):
            yield from _given(("filings", number, "chain", index, "by"), link.by)
    for number, bound in enumerate(calendar.extensions):
        yield from _given(("extensions", number, "until"), bound.until)
    for number, review in enumerate(calendar.peer_reviews):
        yield ("peer reviews", number, "opens"), review.opens
        yield from _given(("peer reviews", number, "by"), review.by)
    for number, study in enumerate(calendar.lesson_studies):
        for index, step in enumerate(study.steps):
            yield ("lesson studies", number, "steps", index, "by"), step.by


def expressions(draft: Draft) -> Iterator[tuple[Path, Expression]]:
    """Every instant that the calendar speaks of, windows included."""
    for number, phase in enumerate(draft.calendar.phases):
        window = phase.dates
        for expression in (window.start, window.end, *(window.within or ())):
            yield ("phases", number, "window"), expression
    for path, text in times(draft):
        yield path, read_expression(text)


def _own_reason(refused: Refused) -> Message | None:
    message = refused.problems[0].message
    return None if message.wording in _NAMED_ELSEWHERE else message


def _given(path: Path, text: str | None) -> Iterator[tuple[Path, str]]:
    if text is not None:
        yield path, text


def _ids(section: Node | None) -> frozenset[str]:
    entries = section.value if section is not None and isinstance(section.value, list) else []
    return _texts(found for entry in entries if (found := entry.child("id")) is not None)


def _keys(section: Node | None) -> frozenset[str]:
    return (
        frozenset(section.value) if section is not None and isinstance(section.value, dict) else frozenset()
    )


def _texts(entries: Iterable[Node]) -> frozenset[str]:
    return frozenset(entry.value for entry in entries if isinstance(entry.value, str))
