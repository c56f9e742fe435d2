"""Whether each rule has what it works on, as each rule says itself: tasks that can feed it, marks that fit."""

from __future__ import annotations

from calendars.draft import Draft, Path
from calendars.messages import Wording
from calendars.nearest import nearest
from calendars.quantities import shown
from calendars.rules.amounts import NOT_SHOWN, Counting
from calendars.source import shortened

NO_TASK = Wording(zh="没有任务能为这一项计分：请写 task", en="no task can feed this component: say `task`")
OF_ANOTHER_ROLE = Wording(
    zh="任务“{task}”由“{found}”完成，而这一考核的对象是“{expected}”，没有人能在这一项得分",
    en="task {task!r} is owed by {found}, and this assessment is of {expected}: nobody can score here",
)
SHOWS_NOTHING = Wording(
    zh="任务“{task}”没有写 shows，规则“{rule}”没有可数的学习记录",
    en="task {task!r} has no `shows`, so the rule {rule!r} has no evidence to count",
)
STEP_NOT_SHOWN = Wording(
    zh="步骤“{found}”不在任务的 shows（{kinds}）中{nearest}",
    en="the step {found!r} is not among what the task shows ({kinds}){nearest}",
)
SCALE_BACKWARDS = Wording(zh="分数范围前后颠倒：{low}..{high}", en="the scores run backwards: {low}..{high}")
SCALE_UNEVEN = Wording(
    zh="从{low}起每次加{step}到不了{high}", en="steps of {step} from {low} do not arrive at {high}"
)
GRADE_TWICE = Wording(zh="等级“{found}”写了两次", en="the grade {found!r} is written twice")
NO_GRADES = Wording(zh="没有写等级", en="there are no grades here")


def components_have_tasks(draft: Draft) -> None:
    for place in draft.whole_components():
        if place.component.has_task and not place.component.task_ids:
            draft.report(place.path, NO_TASK())


def tasks_are_of_the_assessed_role(draft: Draft) -> None:
    for place in draft.whole_components():
        for path, task in place.tasks():
            of_everybody = isinstance(place.component, Counting) and place.component.over is not None
            if not of_everybody and not set(task.role) & set(place.assessment.of):
                facts = {"found": ", ".join(task.role), "expected": ", ".join(place.assessment.of)}
                place.report(path, OF_ANOTHER_ROLE(task=task.id, **facts))


def counted_tasks_show_something(draft: Draft) -> None:
    for place in draft.whole_components():
        for path, task in place.tasks():
            if place.component.counts and not task.shows:
                place.report(path, SHOWS_NOTHING(task=task.id, rule=place.component.rule))


def shown_kinds_are_the_tasks_own(draft: Draft) -> None:
    for place in draft.whole_components():
        tasks = draft.tasks_of(place.component)
        if not tasks or len(tasks) < len(place.component.task_ids):
            continue
        kinds = sorted({kind for task in tasks for kind in task.shows})
        for index, kind in enumerate(place.component.shows):
            if kind not in kinds and kind in draft.names("evidence"):
                facts = {"found": kind, "kinds": ", ".join(kinds), "nearest": nearest(kind, kinds)}
                draft.report((*place.path, "shows", index), NOT_SHOWN(**facts))


def figures_of_rules_are_possible(draft: Draft) -> None:
    for place in draft.components():
        place.component.check_figures(place)


def rules_fit_together(draft: Draft) -> None:
    for place in draft.whole_components():
        place.component.check(place)


def steps_are_the_tasks_own(draft: Draft) -> None:
    for number, task in enumerate(draft.calendar.tasks):
        if draft.task(task.id) is not task:
            continue
        for name, item in task.items.items():
            for index, step in enumerate(item.steps):
                if step not in task.shows and step in draft.names("evidence"):
                    facts = {"found": step, "kinds": ", ".join(task.shows)}
                    message = STEP_NOT_SHOWN(**facts, nearest=nearest(step, task.shows))
                    draft.report(("tasks", number, "items", name, "steps", index), message)


def scales_are_in_order(draft: Draft) -> None:
    for number, task in enumerate(draft.calendar.tasks):
        scale, path = task.marks, ("tasks", number, "marks")
        if scale is None:
            continue
        if scale.step == 0:
            _check_grades_once(draft, path, scale.grades)
        elif scale.low >= scale.high:
            draft.report(path, SCALE_BACKWARDS(low=shown(scale.low), high=shown(scale.high)))
        elif not scale.admits(scale.high):
            facts = {"low": shown(scale.low), "high": shown(scale.high), "step": shown(scale.step)}
            draft.report(path, SCALE_UNEVEN(**facts))


CHECKS = (
    components_have_tasks,
    tasks_are_of_the_assessed_role,
    counted_tasks_show_something,
    shown_kinds_are_the_tasks_own,
    figures_of_rules_are_possible,
    rules_fit_together,
    steps_are_the_tasks_own,
    scales_are_in_order,
)


def _check_grades_once(draft: Draft, path: Path, grades: tuple[str, ...]) -> None:
    if not grades:
        draft.report(path, NO_GRADES())
    for index, grade in enumerate(grades):
        if grade in grades[:index]:
            draft.report((*path, index), GRADE_TWICE(found=shortened(grade)))
