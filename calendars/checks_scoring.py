"""Whether an assessment adds up: one unit, full marks that can be reached, grades and earnings that exist."""

from __future__ import annotations

from collections.abc import Iterable

from calendars.draft import Draft, Path, subcomponents
from calendars.messages import Message, Wording
from calendars.quantities import half_up, shown
from calendars.readings import nearest
from calendars.source import shortened
from calendars.term import (
    AllOrNothing,
    Assessment,
    BestOf,
    LeastOf,
    Multiple,
    OnTimePlusMark,
    Proportional,
    Rate,
    RuleBase,
)
from calendars.term import Count as CountRule
from calendars.term import Flat as FlatRule

NO_COMPONENTS = Wording(zh="考核没有考核项", en="the assessment has no components")
NO_FIGURE = Wording(
    zh="考核项要写明满分：points、hours 或 credits 之一",
    en="say the most it gives: one of points, hours, credits",
)
SEVERAL_FIGURES = Wording(
    zh="points、hours、credits 只能写一个，而写了 {found}",
    en="one of points, hours, credits is enough; found {found}",
)
MIXED_UNITS = Wording(
    zh="这一项以 {found} 计，而同一考核的第一项以 {expected} 计，不能相加",
    en="this counts in {found} and the first component in {expected}: they cannot be added",
)
MIXED_WITHIN = Wording(
    zh="这一项以 {found} 计，而它所在的考核项以 {expected} 计",
    en="this counts in {found}, and the component that it stands in counts in {expected}",
)
NOT_THE_FULL_MARK = Wording(
    zh="各考核项合计 {sum}，与满分 {full} 不符，相差 {difference}",
    en="the components add up to {sum}, not to the full {full}: {difference} off",
)
PASS_OVER_FULL = Wording(
    zh="合格线 {mark} 高于满分 {full}", en="the pass mark {mark} is above the full {full}"
)
SAME_RESULTS = Wording(zh="合格与不合格不能都叫“{found}”", en="pass and fail cannot both be called {found!r}")
GRADE_UNDER_PASS = Wording(
    zh="等级“{grade}”的最低分 {least} 低于合格线 {mark}",
    en="grade {grade!r} begins at {least}, under the pass mark {mark}",
)
GRADE_OVER_FULL = Wording(
    zh="等级“{grade}”的最低分 {least} 高于满分 {full}",
    en="grade {grade!r} begins at {least}, above the full {full}",
)
GRADES_NOT_DESCENDING = Wording(
    zh="等级应由高到低：“{grade}”（{least}）不低于前一个（{before}）",
    en="grades go from the best down: {grade!r} ({least}) is not below the one before ({before})",
)
UNKNOWN_RESULT = Wording(
    zh="没有“{found}”这个结果，应为 {words}{nearest}",
    en="there is no result {found!r}; expected {words}{nearest}",
)
ZERO = Wording(zh="“{key}”应大于 0", en="{key!r} should be above 0")
OVER_ALL = Wording(zh="不能超过 100%", en="more than 100% cannot be reached")
NOTHING_WITHIN = Wording(zh="of 里没有考核项", en="there is no component in `of`")
TAKE_TOO_MANY = Wording(
    zh="要取 {take} 项，而只有 {count} 项", en="{take} are to be taken and there are {count} only"
)
INNER_FIGURE = Wording(
    zh="里面各项最多给 {found}，与这一项的 {most} 不符",
    en="what stands within gives {found} at most, not the {most} of this component",
)
CANNOT_REACH = Wording(
    zh="最多只能得到 {found}，达不到 {most}", en="{found} is all one can get here, not the {most}"
)
ITEM_UNIT = Wording(
    zh="任务“{task}”的“{item}”不以 {unit} 计", en="item {item!r} of task {task!r} is not worth any {unit}"
)

_FIGURES = ("points", "hours", "credits")
_ABOVE_ZERO: tuple[tuple[type[RuleBase], str, str], ...] = (
    (Proportional, "full_at", "full at"),
    (CountRule, "each", "each"),
    (FlatRule, "at_least", "at least"),
    (Rate, "full_at", "full at"),
    (Multiple, "times", "times"),
)


def assessments_have_components(draft: Draft) -> None:
    for path, assessment in draft.assessments():
        if not assessment.components:
            draft.report((*path, "components"), NO_COMPONENTS())


def components_have_one_figure(draft: Draft) -> None:
    for place in draft.whole_components():
        given = [unit for unit in _FIGURES if getattr(place.component, unit) is not None]
        if not given:
            draft.report(place.path, NO_FIGURE())
        elif len(given) > 1:
            draft.report((*place.path, given[1]), SEVERAL_FIGURES(found=", ".join(given)), at_key=True)
        elif place.component.most == 0:
            draft.report((*place.path, given[0]), ZERO(key=given[0]))


def components_add_up(draft: Draft) -> None:
    for path, assessment in draft.assessments():
        if not assessment.components or not _have_figures(assessment.components):
            continue
        if not _mixed(draft, (*path, "components"), assessment.components):
            total, full = sum(component.most for component in assessment.components), assessment.passing.full
            if total != full:
                message = NOT_THE_FULL_MARK(
                    sum=shown(total), full=shown(full), difference=shown(abs(total - full))
                )
                draft.report((*path, "pass"), message)


def pass_marks_can_be_reached(draft: Draft) -> None:
    for number, assessment in enumerate(draft.calendar.assessments):
        path: Path = ("assessments", number)
        passing, results = assessment.passing, assessment.results
        if passing.mark > passing.full:
            draft.report((*path, "pass"), PASS_OVER_FULL(mark=shown(passing.mark), full=shown(passing.full)))
        if results.passed == results.failed:
            draft.report((*path, "results"), SAME_RESULTS(found=shortened(results.passed)))


def grades_go_down_to_the_pass_mark(draft: Draft) -> None:
    for number, assessment in enumerate(draft.calendar.assessments):
        before: int | None = None
        for grade, least in assessment.grades.items():
            message = _wrong_grade(assessment, grade, least, before)
            if message is not None:
                draft.report(("assessments", number, "grades", grade), message)
            before = least


def earnings_are_for_results(draft: Draft) -> None:
    for number, assessment in enumerate(draft.calendar.assessments):
        results = ("pass", "fail", *assessment.grades)
        for unit, by_result in assessment.earns.items():
            path: Path = ("assessments", number, "earns", unit)
            for result in by_result:
                if result not in results:
                    facts = {"found": shortened(result), "words": ", ".join(results)}
                    message = UNKNOWN_RESULT(**facts, nearest=nearest(result, results))
                    draft.report((*path, result), message, at_key=True)


def figures_of_rules_are_above_zero(draft: Draft) -> None:
    for place in draft.components():
        for rule, name, key in _ABOVE_ZERO:
            if isinstance(place.component, rule) and getattr(place.component, name) == 0:
                draft.report((*place.path, key), ZERO(key=key))
        if isinstance(place.component, Rate) and place.component.full_at > 10000:
            draft.report((*place.path, "full at"), OVER_ALL())


def components_within_add_up(draft: Draft) -> None:
    """Best of, least of and multiple: what stands within gives just what the component says."""
    for place in draft.whole_components():
        component, within = place.component, subcomponents(place.component)
        if not isinstance(component, BestOf | LeastOf | Multiple):
            continue
        if not within:
            draft.report((*place.path, "of"), NOTHING_WITHIN())
        elif isinstance(component, BestOf) and component.take > len(within):
            draft.report((*place.path, "take"), TAKE_TOO_MANY(take=component.take, count=len(within)))
        elif _have_figures([component, *within]) and not _mixed(
            draft, (*place.path, "of"), within, component
        ):
            _check_inner_figure(draft, place.path, component)


def items_are_worth_the_figure(draft: Draft) -> None:
    """All or nothing over a task's items: their worth is in the component's unit and reaches its figure."""
    for place in draft.whole_components():
        component = place.component
        if not isinstance(component, AllOrNothing) or not _have_figures([component]):
            continue
        items = [
            (task, name, item) for task in draft.tasks_of(component) for name, item in task.items.items()
        ]
        worths = [getattr(item, component.unit) for _, _, item in items]
        for (task, name, _), worth in zip(items, worths, strict=True):
            if worth is None:
                facts = {"task": task.id, "item": shortened(name), "unit": component.unit}
                draft.report((*place.path, "task"), ITEM_UNIT(**facts))
                break
        else:
            if items and sum(worths) < component.most:
                message = CANNOT_REACH(found=shown(sum(worths)), most=shown(component.most))
                draft.report((*place.path, component.unit), message)


def on_time_and_mark_reach_the_figure(draft: Draft) -> None:
    for place in draft.whole_components():
        component = place.component
        if isinstance(component, OnTimePlusMark) and _have_figures([component]):
            best = component.on_time + max(component.mark.values(), default=0)
            if best < component.most:
                message = CANNOT_REACH(found=shown(best), most=shown(component.most))
                draft.report((*place.path, component.unit), message)


CHECKS = (
    assessments_have_components,
    components_have_one_figure,
    components_add_up,
    pass_marks_can_be_reached,
    grades_go_down_to_the_pass_mark,
    earnings_are_for_results,
    figures_of_rules_are_above_zero,
    components_within_add_up,
    items_are_worth_the_figure,
    on_time_and_mark_reach_the_figure,
)


def _have_figures(components: Iterable[RuleBase]) -> bool:
    return all(
        sum(getattr(component, unit) is not None for unit in _FIGURES) == 1 for component in components
    )


def _mixed(draft: Draft, path: Path, components: Iterable[RuleBase], outer: RuleBase | None = None) -> bool:
    """Whether units are mixed; each component that differs from the first is reported."""
    components = list(components)
    expected = (outer or components[0]).unit if components else "points"
    others = [index for index, component in enumerate(components) if component.unit != expected]
    for index in others:
        found = components[index].unit
        wording = MIXED_WITHIN if outer else MIXED_UNITS
        draft.report((*path, index, found), wording(found=found, expected=expected), at_key=True)
    return bool(others)


def _wrong_grade(assessment: Assessment, grade: str, least: int, before: int | None) -> Message | None:
    mark, full = assessment.passing.mark, assessment.passing.full
    facts = {"grade": shortened(grade), "least": shown(least)}
    if least < mark:
        return GRADE_UNDER_PASS(**facts, mark=shown(mark))
    if least > full:
        return GRADE_OVER_FULL(**facts, full=shown(full))
    if before is not None and least >= before:
        return GRADES_NOT_DESCENDING(**facts, before=shown(before))
    return None


def _check_inner_figure(draft: Draft, path: Path, component: BestOf | LeastOf | Multiple) -> None:
    figures = sorted((inner.most for inner in component.of), reverse=True)
    if isinstance(component, BestOf):
        found = sum(figures[: component.take])
    elif isinstance(component, LeastOf):
        found = figures[-1]
    else:
        found = min(component.most, half_up(component.times * sum(figures), 100))
    if found != component.most:
        message = INNER_FIGURE(found=shown(found), most=shown(component.most))
        draft.report((*path, component.unit), message)
