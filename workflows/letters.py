"""What one letter says: everything of a day that one reader is told, in the figures and names of the moment it is sent.

A letter goes to a person, to an organisation, or to the chat group of a cohort. Who reads what is decided elsewhere; how
it is put into words is the business of `exchange`. Amounts are in hundredths, instants in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from calendars.messages import Message

Reader = Literal["person", "organisation", "group"]
Way = Literal["mail", "chat"]
Moment = Literal["before", "on the day", "repeated", "overdue", "escalated"]  # on which occasion it is said


@dataclass(frozen=True)
class Occasion:
    """What a part of a letter is about: something of a cohort with a deadline, in the zone of its programme."""

    programme: str
    cohort: str
    name: str  # the task, the round of a filing
    deadline: datetime
    zone: ZoneInfo
    moment: Moment


@dataclass(frozen=True)
class Due:
    """Something that the reader owes: by how much it is short, and what completing it still gains.

    `worth` is None for what no assessment scores. What is not obligatory may be unsubscribed.
    """

    of: Occasion
    role: str
    short: tuple[Message, ...]
    worth: Message | None
    obligatory: bool = True


@dataclass(frozen=True)
class Chance:
    """Whether an assessment can still be passed: what there is, what is asked, and line by line what can still be gained."""

    programme: str
    assessment: str
    unit: str  # points, hours, credits
    total: int
    pass_mark: int
    gains: tuple[tuple[str, int], ...]  # the name of a line, and how much more it can give
    needs: tuple[Message, ...] = ()  # what a pass asks beyond the total and is still missing
    lost: tuple[Message, ...] = ()  # such needs as cannot be met any more

    @property
    def reachable(self) -> int:
        return self.total + sum(gain for _, gain in self.gains)

    @property
    def is_possible(self) -> bool:
        return not self.lost and self.reachable >= self.pass_mark

    @property
    def is_reached(self) -> bool:
        """Whether what there is now would be a pass already."""
        return not self.lost and not self.needs and self.total >= self.pass_mark


@dataclass(frozen=True)
class Lagging:
    """One person in a list of those who are behind, and with what."""

    number: str
    name: str
    organisation: str
    cohort: str
    short: tuple[Message, ...]


@dataclass(frozen=True)
class Watch:
    """A list for whoever looks after others, or for a group: who owes something. `unmarked` where the reader's own mark is what
    they lack."""

    of: Occasion
    people: tuple[Lagging, ...]
    unmarked: bool = False
    others: int = 0  # how many more owe it and are not named here


@dataclass(frozen=True)
class Waiting:
    """What waits at the reader's link of a filing: the subjects by name, or the reader's own filing that is owed."""

    of: Occasion
    link: Message
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Unreached:
    """Somebody of the reader's who has no address to write to, and what that person was to be told."""

    number: str
    name: str
    why: Message
    dues: tuple[Due, ...]


@dataclass(frozen=True)
class Letter:
    """One letter to one reader for one day and way. `key` names it for ever: the same letter sent again has the same."""

    key: str
    reader: Reader
    way: Way
    name: str  # of the reader
    address: str  # a mail address, or the address of a chat robot; it may hold a secret
    day: date
    at: datetime  # of when its figures are
    zone: ZoneInfo  # of the office, in which its days are told
    dues: tuple[Due, ...] = ()
    chances: tuple[Chance, ...] = ()
    watches: tuple[Watch, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    unreached: tuple[Unreached, ...] = ()
    unsubscribe: str | None = None  # the token by which what is not obligatory is refused

    @property
    def is_empty(self) -> bool:
        return not (self.dues or self.watches or self.waiting or self.unreached)

    @property
    def programmes(self) -> frozenset[str]:
        """The names of those that it speaks of."""
        occasions = [due.of for due in self.dues]
        occasions += [part.of for part in self.watches] + [part.of for part in self.waiting]
        occasions += [due.of for one in self.unreached for due in one.dues]
        return frozenset(occasion.programme for occasion in occasions)

    @property
    def is_obligatory(self) -> bool:
        return bool(self.watches or self.waiting or self.unreached) or any(
            one.obligatory for one in self.dues
        )
