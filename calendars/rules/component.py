"""A component of an assessment, told apart by its rule; and the rules that are made of other components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from pydantic import Field

from calendars.messages import Message, Wording
from calendars.quantities import HUNDREDTHS, Hundredths, half_up, shown
from calendars.rules.amounts import AllOrNothing, Bands, Count, Flat, Proportional, Weekly
from calendars.rules.base import RuleBase
from calendars.rules.marks import Marked, OnTimePlusMark, Rate, Rubric, Sides

if TYPE_CHECKING:
    from calendars.draft import Place

PART = Wording(zh="{key}（{rule}）", en="{key} ({rule})")
JOINED = Wording(zh="{first}；{rest}", en="{first}; {rest}")
NOTHING_WITHIN = Wording(zh="of 里没有考核项", en="there is no component in `of`")
TAKE_TOO_MANY = Wording(zh="要取{take}项，而只有{count}项", en="{take} cannot be taken out of {count}")
MIXED_WITHIN = Wording(
    zh="这一项以 {found} 计，而它所在的考核项以 {expected} 计",
    en="this counts in {found}, and the component that it stands in counts in {expected}",
)
INNER_FIGURE = Wording(
    zh="里面各项最多给{found}，与这一项的{most}不符",
    en="what stands within gives {found} at most, not the {most} of this component",
)


class MadeOf(RuleBase):
    """A rule over other components, which give just what it says together."""

    has_task = False

    of: Annotated[tuple[Component, ...], Wording(zh="里面的考核项", en="the components within")]

    @property
    def parts(self) -> tuple[Component, ...]:
        return self.of

    def reached(self, most: list[int]) -> int:
        """What it gives at most, given the most of each part, in hundredths."""
        raise NotImplementedError

    def check(self, place: Place) -> None:
        if not self.of:
            place.report(("of",), NOTHING_WITHIN())
        elif all(component.has_one_figure for component in (self, *self.of)):
            self._check_figure(place)

    def _check_figure(self, place: Place) -> None:
        mixed = [(index, part.unit) for index, part in enumerate(self.of) if part.unit != self.unit]
        for index, unit in mixed:
            place.report(("of", index, unit), MIXED_WITHIN(found=unit, expected=self.unit), at_key=True)
        found = self.reached([part.most for part in self.of])
        if not mixed and found != self.most:
            place.report((self.unit,), INNER_FIGURE(found=shown(found), most=shown(self.most)))

    def _told(self) -> Message | str:
        """The parts, each with its own rule."""
        told: Message | str = ""
        for part in reversed(self.of):
            one = PART(key=part.key, rule=part.in_words())
            told = JOINED(first=one, rest=told) if told else one
        return told


class BestOf(MadeOf):
    WORDS: ClassVar = Wording(zh="取最好的{take}项：{parts}", en="the best {take} of: {parts}")

    rule: Literal["best of"]
    take: Annotated[int, Wording(zh="取最好的几项", en="how many of the best count")] = Field(1, ge=1)

    def in_words(self) -> Message:
        return self.WORDS(take=self.take, parts=self._told())

    def reached(self, most: list[int]) -> int:
        return sum(sorted(most, reverse=True)[: self.take])

    def check(self, place: Place) -> None:
        if self.of and self.take > len(self.of):
            place.report(("take",), TAKE_TOO_MANY(take=self.take, count=len(self.of)))
        else:
            super().check(place)


class LeastOf(MadeOf):
    WORDS: ClassVar = Wording(zh="取最低的一项：{parts}", en="the least of: {parts}")

    rule: Literal["least of"]

    def in_words(self) -> Message:
        return self.WORDS(parts=self._told())

    def reached(self, most: list[int]) -> int:
        return min(most)


class Multiple(MadeOf):
    WORDS: ClassVar = Wording(
        zh="下列合计的{times}倍，最多{most}：{parts}",
        en="{times} times the sum of these, {most} at most: {parts}",
    )

    rule: Literal["multiple"]
    times: Annotated[Hundredths, Wording(zh="合计的几倍", en="times their sum")]

    def in_words(self) -> Message:
        return self.WORDS(most=shown(self.most), times=shown(self.times), parts=self._told())

    def reached(self, most: list[int]) -> int:
        return min(self.most, half_up(self.times * sum(most), HUNDREDTHS))

    def check_figures(self, place: Place) -> None:
        place.above_zero("times", self.times)


Component = Annotated[
    Proportional
    | Count
    | Flat
    | Weekly
    | OnTimePlusMark
    | Marked
    | Bands
    | Rubric
    | Rate
    | AllOrNothing
    | Sides
    | BestOf
    | LeastOf
    | Multiple,
    Field(discriminator="rule"),
]
RULES: tuple[type[RuleBase], ...] = get_args(get_args(Component)[0])
for _rule in (BestOf, LeastOf, Multiple):
    _rule.model_rebuild()
