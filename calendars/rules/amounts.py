"""The rules that count learning records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from calendars.bands import check_bands, step_of
from calendars.instants import UNREADABLE, Day, Minute, Month, Window, read_window
from calendars.messages import Message, UnreadableError, Wording
from calendars.nearest import nearest
from calendars.quantities import HUNDREDTHS, Hundredths, shown
from calendars.rules.base import RuleBase, listed
from calendars.source import shortened
from calendars.values import SCALAR, Band, as_list

if TYPE_CHECKING:
    from calendars.draft import Path, Place

NOT_SHOWN = Wording(
    zh="任务不以“{found}”为学习记录（它的 shows：{kinds}）{nearest}",
    en="no task here shows {found!r} (they show {kinds}){nearest}",
)
CANNOT_REACH = Wording(
    zh="最多只能得到{found}，达不到{most}", en="{found} is all one can get here, not the {most}"
)
ITEM_UNIT = Wording(
    zh="任务“{task}”的“{item}”不以 {unit} 计", en="item {item!r} of task {task!r} is not worth any {unit}"
)
BAND_OVER = Wording(zh="{found}超过了这一项的{most}", en="{found} is over the {most} of this component")
NOT_DATED = Wording(
    zh="应写成日子或起止日子，如 2021-02-01 .. 2021-02-21",
    en="a day or days are expected, such as 2021-02-01 .. 2021-02-21",
)
TOTAL_BY_WEEK = Wording(
    zh="“{kind}”记的是到此为止的总数，不能按周计",
    en="{kind!r} states the sum so far, which cannot be counted by the week",
)
BANDS_BELOW = Wording(zh="没有哪个分数段给满{most}", en="no band gives the full {most} of this component")


class Counting(RuleBase):
    """A rule over an amount of learning records: of the person, or of everybody in the cohort together."""

    OVER_COHORT: ClassVar = Wording(zh="全班合计：{rule}", en="of the whole cohort together: {rule}")
    counts = True

    over: Annotated[
        Literal["cohort"] | None,
        Wording(
            zh="cohort：全班所有人的合计，默认只看本人",
            en="cohort: of everybody in it together; by default of the person",
        ),
    ] = None

    def told(self, rule: Message) -> Message:
        """The rule in words, with whose records it looks at."""
        return self.OVER_COHORT(rule=rule) if self.over else rule


class Proportional(Counting):
    WORDS: ClassVar = Wording(
        zh="满{full_at}得{most}，不足按比例", en="{most} from {full_at} upward, in proportion below"
    )

    rule: Literal["proportional"]
    full_at: Annotated[
        Hundredths,
        Wording(zh="达到多少得满分，不足按比例", en="the amount that gives all; less gives its share"),
    ] = Field(alias="full at")

    @property
    def enough(self) -> int:
        return self.full_at

    def in_words(self) -> Message:
        return self.told(self.WORDS(most=shown(self.most), full_at=shown(self.full_at)))

    def check_figures(self, place: Place) -> None:
        place.above_zero("full at", self.full_at)


class Count(Counting):
    WORDS: ClassVar = Wording(zh="每一得{each}，最多{most}", en="{each} for each, {most} at most")

    rule: Literal["count"]
    each: Annotated[Hundredths, Wording(zh="每一个得多少", en="what each one gives")] = 100

    @property
    def enough(self) -> int | None:
        return -(-self.most * HUNDREDTHS // self.each) if self.each else None

    def in_words(self) -> Message:
        return self.told(self.WORDS(most=shown(self.most), each=shown(self.each)))

    def check_figures(self, place: Place) -> None:
        place.above_zero("each", self.each)


class Flat(Counting):
    WORDS: ClassVar = Wording(zh="满{at_least}得{most}，否则0", en="{most} from {at_least} upward, else 0")

    rule: Literal["flat"]
    at_least: Annotated[
        Hundredths,
        Wording(
            zh="达到多少得满分，否则0，默认1", en="the amount that gives all, else nothing; by default 1"
        ),
    ] = Field(100, alias="at least")

    @property
    def enough(self) -> int:
        return self.at_least

    def in_words(self) -> Message:
        return self.told(self.WORDS(most=shown(self.most), at_least=shown(self.at_least)))

    def check_figures(self, place: Place) -> None:
        place.above_zero("at least", self.at_least)


def _excused(text: str) -> str:
    try:
        window = read_window(text)
    except UnreadableError as error:
        raise UnreadableError(NOT_DATED()) if error.message.wording is UNREADABLE else error from None
    if not isinstance(window.start, _DATED) or not isinstance(window.end, _DATED):
        raise UnreadableError(NOT_DATED())
    return text


_DATED = (Day, Month, Minute)
Excused = Annotated[
    tuple[Annotated[str, AfterValidator(_excused)], ...],
    BeforeValidator(as_list, json_schema_input_type=str | tuple[str, ...]),
]


class Weekly(RuleBase):
    """So much in every week: a week with twice as much does not make up for one with nothing."""

    WORDS: ClassVar = Wording(
        zh="每周满{at_least}，{weeks}都满得{most}，缺一周按比例少得",
        en="at least {at_least} a week: {most} for {weeks}, in proportion for fewer",
    )
    EVERY: ClassVar = Wording(zh="每一周", en="every week")
    SOME: ClassVar = Wording(zh="{weeks}周", en="{weeks} weeks")
    counts = True

    rule: Literal["weekly"]
    at_least: Annotated[
        Hundredths, Wording(zh="每周至少多少，默认1", en="the least amount of a week, by default 1")
    ] = Field(100, alias="at least")
    weeks: Annotated[
        int | None,
        Wording(
            zh="满几周得满分，默认阶段开始到截止之间的每一个整周",
            en="how many weeks give all; by default every whole week from the phase's start to the deadline",
        ),
        SCALAR,
    ] = Field(None, ge=1)
    excused: Annotated[
        Excused,
        Wording(
            zh="不要求的日子（如寒假）所在的周不计",
            en="stretches, such as holidays, whose weeks are not asked",
        ),
    ] = Field((), alias="except")

    @property
    def excused_windows(self) -> list[Window]:
        return [read_window(text) for text in self.excused]

    def in_words(self) -> Message:
        weeks = self.SOME(weeks=self.weeks) if self.weeks else self.EVERY()
        return self.WORDS(most=shown(self.most), at_least=shown(self.at_least), weeks=weeks)

    def check_figures(self, place: Place) -> None:
        place.above_zero("at least", self.at_least)

    def check(self, place: Place) -> None:
        for path, task in place.tasks():
            for kind in self.shows or task.shows:
                evidence = place.draft.calendar.evidence.get(kind)
                if evidence is not None and evidence.reads == "running total":
                    place.report(path, TOTAL_BY_WEEK(kind=kind))


def _scored_bands(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((band, points) for band, points in value.items())
    return value


class Bands(Counting):
    WORDS: ClassVar = Wording(zh="按分段：{bands}；其余0", en="by band: {bands}; otherwise 0")

    rule: Literal["bands"]
    bands: Annotated[
        tuple[tuple[Band, Hundredths], ...],
        BeforeValidator(_scored_bands, json_schema_input_type=dict[str, Hundredths]),
        Wording(zh="分段：数量在哪一段得多少", en="the amount's band and what it gives"),
    ]

    def in_words(self) -> Message:
        return self.told(self.WORDS(bands=listed((str(band), shown(points)) for band, points in self.bands)))

    def check(self, place: Place) -> None:
        """Amounts of evidence come in whole numbers unless a bound has decimals."""
        paths: list[Path] = [("bands", key) for key in place.keys("bands")]
        bands = [(path, band) for path, (band, _) in zip(paths, self.bands, strict=True)]
        check_bands(place, bands, step_of(band for _, band in bands))
        for path, (_, points) in zip(paths, self.bands, strict=True):
            if self.most and points > self.most:
                place.report(path, BAND_OVER(found=shown(points), most=shown(self.most)))
        if self.most and all(points < self.most for _, points in self.bands):
            place.report(("bands",), BANDS_BELOW(most=shown(self.most)))


class AllOrNothing(RuleBase):
    """Each item of the task gives its worth when all its steps are shown; a task without items, all kinds."""

    WORDS: ClassVar = Wording(
        zh="每一项的环节全部完成才得分，缺一项环节为0；共{most}",
        en="an item counts only when each of its steps is done; {most} in all",
    )
    counts = True

    rule: Literal["all or nothing"]
    at_least: Annotated[
        dict[str, Hundredths], Wording(zh="某些环节至少多少", en="the least amount of some steps")
    ] = Field(default_factory=dict, alias="at least")

    def least_of(self, kind: str) -> int:
        return self.at_least.get(kind, 0)

    def in_words(self) -> Message:
        return self.WORDS(most=shown(self.most))

    def check(self, place: Place) -> None:
        tasks = [task for _, task in place.tasks()]
        if len(tasks) == len(self.task_ids):
            kinds = sorted({kind for task in tasks for kind in task.shows})
            for kind in self.at_least:
                if kind not in kinds:
                    facts = {"found": shortened(kind), "kinds": ", ".join(kinds)}
                    message = NOT_SHOWN(**facts, nearest=nearest(kind, kinds))
                    place.report(("at least", kind), message, at_key=True)
        if self.has_one_figure:
            self._check_worth(place)

    def _check_worth(self, place: Place) -> None:
        """The items' worth is in the component's unit and reaches its figure."""
        items = [(task, name, item) for _, task in place.tasks() for name, item in task.items.items()]
        reached = 0
        for task, name, item in items:
            worth = getattr(item, self.unit)
            if worth is None:
                facts = {"task": task.id, "item": shortened(name), "unit": self.unit}
                place.report(("task",), ITEM_UNIT(**facts))
                return
            reached += worth
        if items and reached < self.most:
            place.report((self.unit,), CANNOT_REACH(found=shown(reached), most=shown(self.most)))
