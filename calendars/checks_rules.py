"""Whether each rule has what it works on: a task that can feed it, marks of the right kind, bands without gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calendars.draft import Draft, Path, Place
from calendars.messages import Wording
from calendars.quantities import HUNDREDTHS, shown
from calendars.readings import nearest
from calendars.source import shortened
from calendars.term import (
    AllOrNothing,
    Bands,
    BestOf,
    Count,
    Flat,
    LeastOf,
    Marked,
    Multiple,
    OnTimePlusMark,
    Proportional,
    Rate,
    Rubric,
    Scale,
    Sides,
    Task,
)

NO_TASK = Wording(zh="没有任务能为这一项计分：请写 task", en="no task can feed this component: say `task`")
OF_ANOTHER_ROLE = Wording(
    zh="任务“{task}”由“{found}”完成，而这一考核的对象是“{expected}”，没有人能在这一项得分",
    en="task {task!r} is owed by {found}, and this assessment is of {expected}: nobody can score here",
)
SHOWS_NOTHING = Wording(
    zh="任务“{task}”没有写 shows，规则“{rule}”没有可数的学习记录",
    en="task {task!r} has no `shows`, so the rule {rule!r} has no evidence to count",
)
NOT_SHOWN = Wording(
    zh="任务不以“{found}”为学习记录（它的 shows：{kinds}）{nearest}",
    en="no task here shows {found!r} (they show {kinds}){nearest}",
)
STEP_NOT_SHOWN = Wording(
    zh="步骤“{found}”不在任务的 shows（{kinds}）中{nearest}",
    en="the step {found!r} is not among what the task shows ({kinds}){nearest}",
)
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
    zh="最好的等级值 {found}，与这一项的 {most} 不符",
    en="the best grade is worth {found}, not the {most} of this component",
)
SCALE_TOP = Wording(
    zh="任务“{task}”的最高分是 {high}，与这一项的 {most} 不符",
    en="the highest score of task {task!r} is {high}, not the {most} of this component",
)
RUBRIC_SUM = Wording(
    zh="评分项合计 {sum}，与这一项的 {most} 不符，相差 {difference}",
    en="the rubric's items add up to {sum}, not to the {most} of this component: {difference} off",
)
NO_SCHOOLS = Wording(
    zh="评分项由学校定，而 tiers 里没有 school",
    en="the items are set by each school, and `tiers` has no school",
)
SIDES_SUM = Wording(zh="各方权重合计 {sum}%，应为 100%", en="the sides add up to {sum}%; they should be 100%")
SCALE_BACKWARDS = Wording(zh="分数范围前后颠倒：{low}..{high}", en="the scores run backwards: {low}..{high}")
SCALE_UNEVEN = Wording(
    zh="从 {low} 起每次加 {step} 到不了 {high}", en="steps of {step} from {low} do not arrive at {high}"
)
GRADE_TWICE = Wording(zh="等级“{found}”写了两次", en="the grade {found!r} is written twice")
NO_GRADES = Wording(zh="没有写等级", en="there are no grades here")

_COUNTING = (Proportional, Count, Flat, OnTimePlusMark, Bands, AllOrNothing)
_WITHOUT_TASK = (Rate, BestOf, LeastOf, Multiple)


def components_have_tasks(draft: Draft) -> None:
    for place in draft.whole_components():
        if not place.component.task_ids and not isinstance(place.component, _WITHOUT_TASK):
            draft.report(place.path, NO_TASK())


def tasks_are_of_the_assessed_role(draft: Draft) -> None:
    for place in draft.whole_components():
        for index, task in _tasks(draft, place):
            if not set(task.role) & set(place.assessment.of):
                facts = {"found": ", ".join(task.role), "expected": ", ".join(place.assessment.of)}
                draft.report(_task_path(place, index), OF_ANOTHER_ROLE(task=task.id, **facts))


def counted_tasks_show_something(draft: Draft) -> None:
    for place in draft.whole_components():
        if isinstance(place.component, _COUNTING):
            for index, task in _tasks(draft, place):
                if not task.shows:
                    rule = place.component.rule
                    draft.report(_task_path(place, index), SHOWS_NOTHING(task=task.id, rule=rule))


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


def least_amounts_are_of_shown_kinds(draft: Draft) -> None:
    for place in draft.whole_components():
        component, tasks = place.component, draft.tasks_of(place.component)
        if isinstance(component, AllOrNothing) and len(tasks) == len(component.task_ids):
            kinds = sorted({kind for task in tasks for kind in task.shows})
            for kind in component.at_least:
                if kind not in kinds:
                    facts = {"found": shortened(kind), "kinds": ", ".join(kinds)}
                    message = NOT_SHOWN(**facts, nearest=nearest(kind, kinds))
                    draft.report((*place.path, "at least", kind), message, at_key=True)


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


def marked_tasks_have_markers(draft: Draft) -> None:
    for place in draft.whole_components():
        component = place.component
        if isinstance(component, OnTimePlusMark | Marked | Rubric):
            for index, task in _tasks(draft, place):
                if task.marked_by is None:
                    draft.report(_task_path(place, index), NOT_MARKED(task=task.id))
                if task.marks is None and not isinstance(component, Rubric):
                    draft.report(_task_path(place, index), NO_MARKS(task=task.id))
        if isinstance(component, Rate):
            for index, name in enumerate(component.of):
                found = draft.task(name)
                if found is not None and found.marked_by is None:
                    draft.report((*place.path, "of", index), NOT_MARKED(task=name))


def grades_of_on_time_plus_mark(draft: Draft) -> None:
    for place in draft.whole_components():
        component = place.component
        if not isinstance(component, OnTimePlusMark):
            continue
        for index, task in _tasks(draft, place):
            if task.marks is not None and task.marks.step:
                facts = {"rule": component.rule, "task": task.id}
                draft.report(_task_path(place, index), GRADES_NEEDED(**facts))
            elif task.marks is not None:
                _check_grades(draft, (*place.path, "mark"), component.mark, task)


def marks_fit_the_figure(draft: Draft) -> None:
    for place in draft.whole_components():
        component = place.component
        if not isinstance(component, Marked):
            continue
        for index, task in _tasks(draft, place):
            if task.marks is None:
                continue
            if task.marks.step:
                _check_scores(draft, place, index, task, task.marks)
            else:
                _check_worth(draft, place, component, task)


def sides_are_scored(draft: Draft) -> None:
    for place in draft.whole_components():
        component = place.component
        if not isinstance(component, Sides):
            continue
        total = sum(component.sides.values())
        if total != 100 * HUNDREDTHS:
            draft.report((*place.path, "sides"), SIDES_SUM(sum=shown(total)))
        for index, task in _tasks(draft, place):
            if task.marks is None:
                draft.report(_task_path(place, index), NO_MARKS(task=task.id))
            elif not task.marks.step:
                facts = {"rule": component.rule, "task": task.id}
                draft.report(_task_path(place, index), SCORES_NEEDED(**facts))


def rubrics_add_up(draft: Draft) -> None:
    for place in draft.whole_components():
        component = place.component
        if not isinstance(component, Rubric):
            continue
        if component.items == "by school":
            if "school" not in draft.names("tiers"):
                draft.report((*place.path, "items"), NO_SCHOOLS())
            continue
        total = sum(component.items.values())
        if component.most and total != component.most:
            facts = {"sum": shown(total), "most": shown(component.most)}
            message = RUBRIC_SUM(**facts, difference=shown(abs(total - component.most)))
            draft.report((*place.path, "items"), message)


CHECKS = (
    components_have_tasks,
    tasks_are_of_the_assessed_role,
    counted_tasks_show_something,
    shown_kinds_are_the_tasks_own,
    least_amounts_are_of_shown_kinds,
    steps_are_the_tasks_own,
    scales_are_in_order,
    marked_tasks_have_markers,
    grades_of_on_time_plus_mark,
    marks_fit_the_figure,
    sides_are_scored,
    rubrics_add_up,
)


def _tasks(draft: Draft, place: Place) -> Iterable[tuple[int, Task]]:
    for index, name in enumerate(place.component.task_ids):
        task = draft.task(name)
        if task is not None:
            yield index, task


def _task_path(place: Place, index: int) -> Path:
    return (*place.path, "task") if place.component.task else (*place.path, "tasks", index)


def _check_grades_once(draft: Draft, path: Path, grades: tuple[str, ...]) -> None:
    if not grades:
        draft.report(path, NO_GRADES())
    for index, grade in enumerate(grades):
        if grade in grades[:index]:
            draft.report((*path, index), GRADE_TWICE(found=shortened(grade)))


def _check_grades(draft: Draft, path: Path, given: Mapping[str, int], task: Task) -> bool:
    """Each of the task's grades is given, and no other."""
    assert task.marks is not None
    grades = task.marks.grades
    for grade in given:
        if grade not in grades:
            facts = {"task": task.id, "found": shortened(grade), "grades": ", ".join(grades)}
            message = UNKNOWN_GRADE(**facts, nearest=nearest(grade, grades))
            draft.report((*path, grade), message, at_key=True)
    missing = [grade for grade in grades if grade not in given]
    for grade in missing:
        draft.report(path, MISSING_GRADE(grade=grade))
    return not missing and len(given) == len(grades)


def _check_worth(draft: Draft, place: Place, component: Marked, task: Task) -> None:
    if component.bands:
        draft.report((*place.path, "bands"), BANDS_OF_GRADES(task=task.id), at_key=True)
    if not component.worth:
        draft.report(place.path, WORTH_NEEDED(task=task.id))
    elif _check_grades(draft, (*place.path, "worth"), component.worth, task) and component.most:
        best = max(component.worth.values())
        if best != component.most:
            message = BEST_WORTH(found=shown(best), most=shown(component.most))
            draft.report((*place.path, "worth"), message)


def _check_scores(draft: Draft, place: Place, index: int, task: Task, scale: Scale) -> None:
    component = place.component
    assert isinstance(component, Marked)
    if component.worth:
        draft.report((*place.path, "worth"), WORTH_OF_SCORES(task=task.id), at_key=True)
    if component.most and scale.high != component.most:
        facts = {"task": task.id, "high": shown(scale.high), "most": shown(component.most)}
        draft.report(_task_path(place, index), SCALE_TOP(**facts))
