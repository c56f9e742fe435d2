"""What a template of letters sees: the facts of a letter as ready strings in the reader's language, so that a text needs no
arithmetic. An office's own templates are checked against these classes, so a name here is a promise.

No field is ever None: what there is not is an empty string or an empty tuple.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeadlineView:
    """A deadline in the office's days."""

    told: str  # 12月8日（周日）24:00前，还有2天
    day: str  # 12月8日（周日）24:00
    left: str  # 还有2天, 今天截止, 已逾期3天
    urgency: str  # overdue, today, soon, later


@dataclass(frozen=True)
class DueView:
    """Something that the reader owes."""

    name: str  # of the task
    cohort: str
    role: str
    deadline: DeadlineView
    moment: str  # before, on the day, repeated, overdue, escalated
    short: str  # 还差3帖
    worth: str  # 完成可再得3分; empty for what no assessment scores
    optional: bool


@dataclass(frozen=True)
class ChanceView:
    """Whether an assessment can still be passed."""

    assessment: str
    state: str  # reached, possible, lost
    standing: str  # 现有62分，合格80分
    gains: str  # 还可得：作业 20分、研讨 3分，最高可达85分
    verdict: str  # 仍可合格
    needs: tuple[str, ...]  # what a pass asks beyond the total and is still missing
    lost: tuple[str, ...]  # such needs as cannot be met any more


@dataclass(frozen=True)
class PersonView:
    """One of those who are behind."""

    number: str
    name: str
    unit: str
    cohort: str
    short: str


@dataclass(frozen=True)
class PlaceView:
    """A unit or a cohort, and how many of it are behind."""

    name: str
    count: int


@dataclass(frozen=True)
class WatchView:
    """Who owes one thing. A long list that goes to an organisation is told by `places`, and by name in the workbook."""

    name: str  # of the task
    cohort: str  # a cohort, or how many
    deadline: DeadlineView
    moment: str
    unmarked: bool  # what they lack is a mark of the reader's
    count: int
    people: tuple[PersonView, ...]  # at most 20
    places: tuple[PlaceView, ...]  # at most 20, the most first
    more: str  # … 另有12人


@dataclass(frozen=True)
class WaitingView:
    """What waits at the reader's link of a filing."""

    name: str  # of the round
    cohort: str
    deadline: DeadlineView
    moment: str
    link: str
    count: int
    subjects: tuple[str, ...]  # at most 20; none where it is the reader's own filing
    more: str


@dataclass(frozen=True)
class ProgrammeView:
    """Everything of one programme."""

    name: str
    dues: tuple[DueView, ...]
    chances: tuple[ChanceView, ...]
    watches: tuple[WatchView, ...]
    waiting: tuple[WaitingView, ...]


@dataclass(frozen=True)
class UnreachedView:
    """Somebody who has no address, and what that person was to be told."""

    number: str
    name: str
    why: str
    dues: tuple[str, ...]


@dataclass(frozen=True)
class LetterView:
    """A letter. A template knows it as `letter`."""

    reader: str  # person, organisation, group
    name: str  # of the reader
    day: str  # 12月6日（周五）
    at: str  # 12月6日（周五）08:00: of when the figures are
    headline: str  # what is most urgent, and how much more there is
    programmes: tuple[ProgrammeView, ...]
    unreached: tuple[UnreachedView, ...]  # at most 20
    unreached_more: str
    attached: str  # the name of the workbook that comes along
    unsubscribe_subject: str  # of a mail that refuses what is not obligatory; empty where everything is
    unsubscribe_link: str  # mailto:…, the same as a link
