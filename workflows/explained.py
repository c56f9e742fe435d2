"""What there is to say about one person's scores: sheets, their lines, and the records under each line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calendars.messages import Message
from workflows.demanded import Demanded
from workflows.exceptions_told import Told


@dataclass(frozen=True)
class Fact:
    """One record or mark under a line. Amounts in hundredths; `happened_at` is None for a mark."""

    task: str
    kind: str
    kind_name: Message
    item: str
    amount: int | None
    grade: str | None
    characters: int | None
    happened_at: datetime | None
    received_at: datetime
    source: str
    reference: str
    files: tuple[str, ...]  # what came with it, by name
    counts: bool
    why: Message


@dataclass(frozen=True)
class OwnDeadline:
    """A task of a line that an office has extended for this person: from the cohort's deadline to another, and why."""

    task: str
    cohorts: datetime | None
    until: datetime
    name: str
    reason: str


@dataclass(frozen=True)
class ShortWeek:
    """A week, by its number among those that a task asks for, with less than is asked; the amount in hundredths."""

    task: str
    number: int
    begins: datetime
    ends: datetime
    amount: int


@dataclass(frozen=True)
class Wanted:
    """One piece that a line asks for: of an item or of a week, of one kind of record, or of the line itself. Amounts in
    hundredths; where `of_points`, of the line's own unit."""

    item: Message | str
    kind: str
    unit: str
    asked: int
    counted: int
    of_points: bool = False

    @property
    def lacks(self) -> int:
        return max(self.asked - self.counted, 0)


@dataclass(frozen=True)
class ExplainedLine:
    """One component, or one need of a pass: figures in hundredths of `unit`."""

    key: str
    name: str
    rule: Message
    cites: tuple[str, ...]
    unit: str
    counted: int
    points: int
    most: int
    deadline: datetime | None
    is_need: bool
    band: str | None  # the name of the band in which the marker's score falls
    extended: tuple[OwnDeadline, ...]
    short: tuple[ShortWeek, ...]  # of what is asked each week, the weeks that did not have it
    wanted: tuple[Wanted, ...]  # piece by piece, what is asked and how much of it counts
    facts: tuple[Fact, ...]

    @property
    def lacking(self) -> tuple[Wanted, ...]:
        """What is missing; nothing where the line gives all that it can."""
        return tuple(one for one in self.wanted if one.lacks) if self.points < self.most else ()


@dataclass(frozen=True)
class Entry:
    """One sealed entry of a sheet: the first, or a correction with why and by whom."""

    number: int
    sealed_at: datetime
    total: int
    result: str
    head: str
    reason: str | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Punished:
    """A penalty by which a line counts nothing: of which unit, and who decided so, unless the calendar does."""

    penalty: str
    organisation: str
    component: str
    name: str
    reason: str


@dataclass(frozen=True)
class Explained:
    """One person's sheet in one assessment: sealed, or as it stands at an instant."""

    programme: str
    programme_name: str
    cohort: str
    enrolment: int
    person: str
    role: str
    assessment: str
    assessment_name: str
    status: str
    status_reason: str | None
    sealed: bool
    as_of: datetime
    total: int
    pass_mark: int
    full_mark: int
    passed: bool
    result: str
    earned: dict[str, int]
    lines: tuple[ExplainedLine, ...]
    appeal_until: datetime | None  # before which one may appeal against it, if one may at all
    entries: tuple[Entry, ...]  # every sealed entry of the sheet, the oldest first; the last one stands
    penalties: tuple[Punished, ...]
    exceptions: tuple[Told, ...]  # what was decided about this person beside the calendar
    demands: tuple[Demanded, ...]  # what the tasks ask beside the points
