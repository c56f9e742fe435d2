"""The rules that go by marks, and by whether work was marked at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from calendars.bands import check_bands, check_ends
from calendars.messages import Message, Wording
from calendars.nearest import nearest
from calendars.quantities import HUNDREDTHS, Hundredths, shown
from calendars.rules.amounts import CANNOT_REACH
from calendars.rules.base import RuleBase, figures, listed
from calendars.source import shortened
from calendars.values import Band, Percent, Words

if TYPE_CHECKING:
    from calendars.draft import Path, Place
    from calendars.scales import Scale
    from calendars.term import Task

NOT_MARKED = Wording(
    zh="任务“{task}”没有写 marked by，没有人评分", en="task {task!r} has no `marked by`: nobody marks it"
)
NO_MARKS = Wording(zh="任务“{task}”没有写 marks", en="task {task!r} has no `marks`")
GRADES_NEEDED = Wording(
    zh="规则“{rule}”按等级计分，而任务“{task}”的 marks 是分数",
    en="the rule {rule!r} goes by grades, and the marks of task {task!r} are scores",
)
SCORES_NEEDED = Wording(
    zh="规则“{rule}”按分数计分，而任务“{task}”的 marks 是等级",
    en="the rule {rule!r} goes by scores, and the marks of task {task!r} are grades",
)
WORTH_NEEDED = Wording(
    zh="任务“{task}”按等级评分，请用 worth 写明每个等级值多少",
    en="task {task!r} is marked by grades; say with `worth` what each is worth",
)
WORTH_OF_SCORES = Wording(
    zh="任务“{task}”按分数评分，不用 worth", en="task {task!r} is marked by scores, which need no `worth`"
)
BANDS_OF_GRADES = Wording(
    zh="任务“{task}”按等级评分，不用 bands", en="task {task!r} is marked by grades, which need no `bands`"
)
UNKNOWN_GRADE = Wording(
    zh="任务“{task}”没有“{found}”这个等级（{grades}）{nearest}",
    en="task {task!r} has no grade {found!r} ({grades}){nearest}",
)
MISSING_GRADE = Wording(zh="没有写等级“{grade}”得多少分", en="what the grade {grade!r} gives is missing")
BEST_WORTH = Wording(
    zh="最好的等级值{found}，与这一项的{most}不符",
    en="the best grade is worth {found}, not the {most} of this component",
)
SCALE_TOP = Wording(
    zh="任务“{task}”的最高分是{high}，与这一项的{most}不符",
    en="the highest score of task {task!r} is {high}, not the {most} of this component",
)
RUBRIC_SUM = Wording(
    zh="评分项合计{sum}，与这一项的{most}不符，相差{difference}",
    en="the rubric's items add up to {sum}, not to the {most} of this component: {difference} off",
)
NO_SCHOOLS = Wording(
    zh="评分项由学校定，而 tiers 里没有 school",
    en="the items are set by each school, and `tiers` has no school",
)
OVER_ALL = Wording(zh="不能超过100%", en="more than 100% cannot be reached")
SIDES_SUM = Wording(zh="各方权重合计{sum}%，应为100%", en="the sides add up to {sum}%; they should be 100%")


class OnTimePlusMark(RuleBase):
    WORDS: ClassVar = Wording(
        zh="按时提交得{on_time}，另加 {marks}；未按时0；最多{most}",
        en="{on_time} for handing in on time, and {marks}; 0 if late; {most} at most",
    )
    counts = True

    rule: Literal["on time plus mark"]
    on_time: Annotated[Hundredths, Wording(zh="按时提交得多少", en="what handing in on time gives")] = Field(
        alias="on time"
    )
    mark: Annotated[dict[str, Hundredths], Wording(zh="各等级另加多少", en="what each grade adds")]

    def in_words(self) -> Message:
        return self.WORDS(most=shown(self.most), on_time=shown(self.on_time), marks=figures(self.mark))

    def check(self, place: Place) -> None:
        for path, task in place.tasks():
            _check_marked(place, path, task)
            if task.marks is not None and task.marks.step:
                place.report(path, GRADES_NEEDED(rule=self.rule, task=task.id))
            elif task.marks is not None:
                _check_grades(place, "mark", self.mark, task, task.marks)
        best = self.on_time + max(self.mark.values(), default=0)
        if self.has_one_figure and best < self.most:
            place.report((self.unit,), CANNOT_REACH(found=shown(best), most=shown(self.most)))


class Marked(RuleBase):
    """The marker's own score, or what a grade is worth; nothing for work not handed in on time."""

    WORDS: ClassVar = Wording(zh="评阅得分，最多{most}", en="the marker's score, {most} at most")
    BY_GRADE: ClassVar = Wording(zh="按等级：{marks}", en="by grade: {marks}")
    IN_BANDS: ClassVar = Wording(
        zh="评阅得分，最多{most}；{bands}", en="the marker's score, {most} at most; {bands}"
    )

    rule: Literal["mark"]
    worth: Annotated[dict[str, Hundredths], Wording(zh="各等级值多少", en="what each grade is worth")] = (
        Field(default_factory=dict)
    )
    bands: Annotated[dict[str, Band], Wording(zh="分数段的名称", en="names for stretches of scores")] = Field(
        default_factory=dict
    )

    def in_words(self) -> Message:
        if self.worth:
            return self.BY_GRADE(marks=figures(self.worth))
        if self.bands:
            bands = listed((name, str(band)) for name, band in self.bands.items())
            return self.IN_BANDS(most=shown(self.most), bands=bands)
        return self.WORDS(most=shown(self.most))

    def check(self, place: Place) -> None:
        for path, task in place.tasks():
            _check_marked(place, path, task)
            if task.marks is not None and task.marks.step:
                self._check_scores(place, path, task, task.marks)
            elif task.marks is not None:
                self._check_worth(place, task, task.marks)
        self._check_bands(place)

    def _check_scores(self, place: Place, path: Path, task: Task, scale: Scale) -> None:
        if self.worth:
            place.report(("worth",), WORTH_OF_SCORES(task=task.id), at_key=True)
        if self.most and scale.high != self.most:
            facts = {"task": task.id, "high": shown(scale.high), "most": shown(self.most)}
            place.report(path, SCALE_TOP(**facts))

    def _check_worth(self, place: Place, task: Task, scale: Scale) -> None:
        if self.bands:
            place.report(("bands",), BANDS_OF_GRADES(task=task.id), at_key=True)
        if not self.worth:
            place.report((), WORTH_NEEDED(task=task.id))
        elif _check_grades(place, "worth", self.worth, task, scale) and self.most:
            best = max(self.worth.values())
            if best != self.most:
                place.report(("worth",), BEST_WORTH(found=shown(best), most=shown(self.most)))

    def _check_bands(self, place: Place) -> None:
        """The names of stretches of a marker's scores go by the steps in which scores are given."""
        scored = [
            (task, task.marks) for _, task in place.tasks() if task.marks is not None and task.marks.step
        ]
        bands: list[tuple[Path, Band]] = [(("bands", name), band) for name, band in self.bands.items()]
        for task, scale in scored[:1] if bands else ():
            if check_bands(place, bands, scale.step):
                check_ends(place, bands, task, scale)


class Rubric(RuleBase):
    """Items with their own full marks, given here or set by each school (`items: by school`)."""

    WORDS: ClassVar = Wording(zh="评分项合计：{items}", en="the sum of the items: {items}")
    BY_SCHOOL: ClassVar = Wording(
        zh="学校自定评分项，合计{most}", en="items set by each school, {most} in all"
    )

    rule: Literal["rubric"]
    items: Annotated[
        dict[str, Hundredths] | Literal["by school"],
        Wording(
            zh="评分项和各项满分，或 by school（学校自定）", en="items with their full marks, or by school"
        ),
    ]
    at_least: Annotated[
        dict[str, int], Wording(zh="评分项至少各有几项", en="how many items of each sort there must be")
    ] = Field(default_factory=dict, alias="at least")

    def in_words(self) -> Message:
        if self.items == "by school":
            return self.BY_SCHOOL(most=shown(self.most))
        return self.WORDS(items=figures(self.items))

    def check(self, place: Place) -> None:
        for path, task in place.tasks():
            if task.marked_by is None:
                place.report(path, NOT_MARKED(task=task.id))
        if self.items == "by school":
            if "school" not in place.draft.names("tiers"):
                place.report(("items",), NO_SCHOOLS())
            return
        total = sum(self.items.values())
        if self.most and total != self.most:
            facts = {"sum": shown(total), "most": shown(self.most)}
            place.report(("items",), RUBRIC_SUM(**facts, difference=shown(abs(total - self.most))))


class Rate(RuleBase):
    """The share of the cohort's handed-in work that has been marked."""

    WORDS: ClassVar = Wording(
        zh="已交作业的批阅率达到{full_at}% 得{most}，否则0",
        en="{most} if {full_at}% of what was handed in is marked, else 0",
    )
    IN_PROPORTION: ClassVar = Wording(
        zh="已交作业的批阅率达到{full_at}% 得{most}，不足按比例",
        en="{most} if {full_at}% of what was handed in is marked, in proportion below",
    )
    has_task = False

    rule: Literal["rate"]
    of: Annotated[Words, Wording(zh="哪些任务的作业", en="the tasks whose handed-in work is looked at")]
    full_at: Annotated[
        Percent, Wording(zh="批阅率达到多少得满分，默认100%", en="the rate that gives all; by default 100%")
    ] = Field(10000, alias="full at")
    below: Annotated[
        Literal["proportional", "nothing"],
        Wording(zh="不足时：nothing 为0，proportional 按比例", en="below it: nothing, or proportional"),
    ] = "nothing"

    def in_words(self) -> Message:
        words = self.IN_PROPORTION if self.below == "proportional" else self.WORDS
        return words(most=shown(self.most), full_at=shown(self.full_at))

    def check_figures(self, place: Place) -> None:
        place.above_zero("full at", self.full_at)
        if self.full_at > 100 * HUNDREDTHS:
            place.report(("full at",), OVER_ALL())

    def check(self, place: Place) -> None:
        for index, name in enumerate(self.of):
            task = place.draft.task(name)
            if task is not None and task.marked_by is None:
                place.report(("of", index), NOT_MARKED(task=name))


class Sides(RuleBase):
    """Weighted sides: the average of each side's scores, rounded, times its weight."""

    WORDS: ClassVar = Wording(
        zh="多方评价加权：{sides}；满分{most}", en="weighted sides: {sides}; {most} at most"
    )

    rule: Literal["sides"]
    sides: Annotated[
        dict[str, Percent], Wording(zh="各方权重，合计100%", en="the sides' weights, 100% together")
    ]

    def in_words(self) -> Message:
        sides = listed((side, f"{shown(weight)}%") for side, weight in self.sides.items())
        return self.WORDS(most=shown(self.most), sides=sides)

    def check(self, place: Place) -> None:
        total = sum(self.sides.values())
        if total != 100 * HUNDREDTHS:
            place.report(("sides",), SIDES_SUM(sum=shown(total)))
        for path, task in place.tasks():
            if task.marks is None:
                place.report(path, NO_MARKS(task=task.id))
            elif not task.marks.step:
                place.report(path, SCORES_NEEDED(rule=self.rule, task=task.id))


def _check_marked(place: Place, path: Path, task: Task) -> None:
    """Somebody marks the task, and it is known how."""
    if task.marked_by is None:
        place.report(path, NOT_MARKED(task=task.id))
    if task.marks is None:
        place.report(path, NO_MARKS(task=task.id))


def _check_grades(place: Place, key: str, given: Mapping[str, int], task: Task, scale: Scale) -> bool:
    """Each of the task's grades is given under this key, and no other; whether all was well."""
    for grade in given:
        if grade not in scale.grades:
            facts = {"task": task.id, "found": shortened(grade), "grades": ", ".join(scale.grades)}
            place.report(
                (key, grade), UNKNOWN_GRADE(**facts, nearest=nearest(grade, scale.grades)), at_key=True
            )
    missing = [grade for grade in scale.grades if grade not in given]
    for grade in missing:
        place.report((key,), MISSING_GRADE(grade=grade))
    return not missing and len(given) == len(scale.grades)
