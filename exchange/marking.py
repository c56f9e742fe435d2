"""How a task is marked: by score or grade, as a whole, by the items of a rubric, or by sides. Worked out from
the assessments that use its marks, so that a mark is checked where it comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from calendars.messages import Message, Wording
from calendars.quantities import shown
from calendars.rules.base import RuleBase
from calendars.rules.marks import Marked, OnTimePlusMark, Rubric, Sides
from calendars.scales import Scale
from calendars.term import Task, TermCalendar

NO_SCORE = Wording(
    zh="任务“{task}”按分数评，请填写得分", en="the task {task!r} is marked by score; fill in the score"
)
NO_GRADE = Wording(
    zh="任务“{task}”按等第评（{grades}），请填写等第",
    en="the task {task!r} is marked by grade ({grades}); fill in the grade",
)
SCORE_GIVEN = Wording(
    zh="任务“{task}”按等第评（{grades}），不填得分",
    en="the task {task!r} is marked by grade ({grades}), not by score",
)
GRADE_GIVEN = Wording(
    zh="任务“{task}”按分数评，不填等第", en="the task {task!r} is marked by score, not by grade"
)
UNKNOWN_GRADE = Wording(
    zh="没有等第“{found}”，只有：{grades}", en="there is no grade {found!r}, only: {grades}"
)
OUTSIDE = Wording(
    zh="得分{found}不在{low}到{high}之间", en="the score {found} is not between {low} and {high}"
)
OFF_STEP = Wording(
    zh="得分{found}不合间隔{step}（从{low}到{high}）",
    en="the score {found} is not on a step of {step} ({low} to {high})",
)


@dataclass(frozen=True)
class Marking:
    """`parts` are the rubric's items with their full marks, or the sides; empty where the whole is marked."""

    task: Task
    grades: tuple[str, ...] = ()
    scale: Scale = field(default_factory=Scale)
    parts: Mapping[str, int] = field(default_factory=dict)
    by_school: bool = False  # the parts are in the rubric of the learner's own school
    keeps_giver: bool = False

    def trouble(self, score: int | None, grade: str, full: int | None = None) -> tuple[str, Message] | None:
        """What is wrong with a mark, and in which column. `full` is the full mark of the part, if it has one."""
        name, grades = self.task.name, self.grades
        if self.grades:
            if score is not None:
                return "score", SCORE_GIVEN(task=name, grades=grades)
            if not grade:
                return "grade", NO_GRADE(task=name, grades=grades)
            known = grade in self.grades
            return None if known else ("grade", UNKNOWN_GRADE(found=grade, grades=grades))
        if grade:
            return "grade", GRADE_GIVEN(task=name)
        if score is None:
            return "score", NO_SCORE(task=name)
        return self._score_trouble(score, self.scale.high if full is None else min(full, self.scale.high))

    def _score_trouble(self, score: int, high: int) -> tuple[str, Message] | None:
        scale = Scale(low=self.scale.low, high=high, step=self.scale.step)
        if scale.admits(score):
            return None
        facts = {"found": shown(score), "low": shown(scale.low), "high": shown(high)}
        if scale.low <= score <= high:
            return "score", OFF_STEP(step=shown(scale.step), **facts)
        return "score", OUTSIDE(**facts)


def marking_of(calendar: TermCalendar, task: Task) -> Marking | None:
    """How a task is marked; None for a task that nobody marks."""
    using = [component for component in components(calendar) if task.id in component.task_ids]
    scale = task.marks or Scale()
    for component in using:
        if isinstance(component, Sides):
            whole = _scale_to(scale, scale.high)
            return Marking(
                task, scale=whole, parts=dict.fromkeys(component.sides, scale.high), keeps_giver=True
            )
    for component in using:
        if isinstance(component, Rubric):
            parts = component.items if isinstance(component.items, dict) else {}
            return Marking(task, scale=_scale_to(scale, component.most), parts=parts, by_school=not parts)
    if scale.grades or scale.high:
        return Marking(task, scale.grades, scale)
    for component in using:
        if isinstance(component, OnTimePlusMark) or (isinstance(component, Marked) and component.worth):
            return Marking(
                task, tuple(component.mark if isinstance(component, OnTimePlusMark) else component.worth)
            )
        if isinstance(component, Marked):
            return Marking(task, scale=_scale_to(scale, component.most))
    return None


def rubric_of(calendar: TermCalendar, task: Task) -> Rubric | None:
    """The component for which each school sets its own rubric of this task."""
    for component in components(calendar):
        if isinstance(component, Rubric) and component.items == "by school" and task.id in component.task_ids:
            return component
    return None


def components(calendar: TermCalendar) -> Iterator[RuleBase]:
    """Every component of every assessment, those inside others too."""
    for assessment in calendar.assessments:
        for component in (*assessment.components, *assessment.needs):
            yield from _inside(component)


def _inside(component: RuleBase) -> Iterator[RuleBase]:
    yield component
    for part in component.parts:
        yield from _inside(part)


def _scale_to(scale: Scale, high: int) -> Scale:
    """The task's own scale, or where it has none, anything up to a full mark with two decimals."""
    return scale if scale.high else Scale(high=high, step=1)
