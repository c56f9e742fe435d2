"""What every rule has in common, and what a rule may say of itself.

A rule is one class: its keys with their meaning, its one line in words, what it counts, and what is wrong with it
where a calendar uses it wrongly. What it is worth in SQL stands in `workflows.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, get_args

from calendars.messages import Message, Wording
from calendars.quantities import Hundredths, shown
from calendars.values import Cited, Identifier, TimeText, Unit, Words

if TYPE_CHECKING:
    from calendars.draft import Place

POINTS = Wording(zh="满分（分）", en="the most it gives, in points")
HOURS = Wording(zh="最多学时", en="the most it gives, in hours")
CREDITS = Wording(zh="最多学分", en="the most it gives, in credits")

UNITS: tuple[Unit, ...] = get_args(Unit)


class RuleBase(Cited):
    """What every component has: what it looks at and the most that it gives, in one of three units."""

    counts: ClassVar[bool] = False  # whether it counts learning records, so that its tasks must show some
    has_task: ClassVar[bool] = True  # whether it looks at tasks of its own

    id: Annotated[
        Identifier | None,
        Wording(zh="考核项代号，默认是任务的代号", en="the component's id; by default its task's"),
    ] = None
    name: Annotated[
        str | None, Wording(zh="名称，默认是任务的名称", en="its name; by default the task's")
    ] = None
    task: Annotated[str | None, Wording(zh="任务代号", en="the task that feeds it")] = None
    tasks: Annotated[Words, Wording(zh="几个任务的代号", en="the tasks that feed it together")] = ()
    shows: Annotated[
        Words,
        Wording(
            zh="只计这些种类的学习记录，默认是任务的全部",
            en="count these kinds of evidence only; by default all",
        ),
    ] = ()
    points: Annotated[Hundredths | None, POINTS] = None
    hours: Annotated[Hundredths | None, HOURS] = None
    credits: Annotated[Hundredths | None, CREDITS] = None
    by: Annotated[
        TimeText | None,
        Wording(
            zh="此前发生的才计入，默认是任务的截止",
            en="evidence counts before this; by default the task's deadline",
        ),
    ] = None
    advised: Annotated[str | None, Wording(zh="建议，只显示不计分", en="advice, shown and not scored")] = None
    rule: Annotated[
        str, Wording(zh="计分规则", en="the rule that turns evidence into points")
    ]  # each class narrows it to its own word

    @property
    def most(self) -> int:
        """The most this component gives, in hundredths of its unit."""
        return next((amount for amount in (self.points, self.hours, self.credits) if amount is not None), 0)

    @property
    def unit(self) -> Unit:
        return "hours" if self.hours is not None else "credits" if self.credits is not None else "points"

    @property
    def has_one_figure(self) -> bool:
        return sum(getattr(self, unit) is not None for unit in UNITS) == 1

    @property
    def task_ids(self) -> tuple[str, ...]:
        return (self.task,) if self.task else self.tasks

    @cached_property
    def tasks_within(self) -> tuple[str, ...]:
        """The tasks that it looks at, also through the components that it is made of."""
        within = (task for part in self.parts for task in part.tasks_within)
        return tuple(dict.fromkeys((*self.task_ids, *within)))

    @property
    def key(self) -> str:
        return self.id or "+".join(self.task_ids)

    @property
    def parts(self) -> tuple[RuleBase, ...]:
        """The components that it is made of."""
        return ()

    @property
    def enough(self) -> int | None:
        """The amount from which more makes no difference, in hundredths; None where there is none."""
        return None

    def least_of(self, kind: str) -> int:
        """How much of one kind of evidence it asks for, in hundredths."""
        return 0

    def in_words(self) -> Message:
        """What it does, with its figures, in one line."""
        raise NotImplementedError

    def check_figures(self, place: Place) -> None:
        """Report what is wrong with its own figures, however broken the rest of the file is."""

    def check(self, place: Place) -> None:
        """Report where it does not add up or lacks what it works on. Only asked in a file of the right form."""


def figures(amounts: Mapping[str, int]) -> str:
    return listed((name, shown(amount)) for name, amount in amounts.items())


def listed(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {figure}" for name, figure in pairs)
