"""Whether an assessment adds up: one unit, full marks that can be reached, grades and earnings that exist."""

from __future__ import annotations

from collections.abc import Sequence

from calendars.draft import ZERO, Draft, Path
from calendars.messages import Message, Wording
from calendars.nearest import nearest
from calendars.quantities import shown
from calendars.rules.base import UNITS, RuleBase
from calendars.source import shortened
from calendars.term import Assessment

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
NOT_THE_FULL_MARK = Wording(
    zh="各考核项合计{sum}，与满分{full}不符，相差{difference}",
    en="the components add up to {sum}, not to the full {full}: {difference} off",
)
PASS_OVER_FULL = Wording(zh="合格线{mark}高于满分{full}", en="the pass mark {mark} is above the full {full}")
SAME_RESULTS = Wording(zh="合格与不合格不能都叫“{found}”", en="pass and fail cannot both be called {found!r}")
GRADE_UNDER_PASS = Wording(
    zh="等级“{grade}”的最低分{least}低于合格线{mark}",
    en="grade {grade!r} begins at {least}, under the pass mark {mark}",
)
GRADE_OVER_FULL = Wording(
    zh="等级“{grade}”的最低分{least}高于满分{full}",
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


def assessments_have_components(draft: Draft) -> None:
    for path, assessment in draft.assessments():
        if not assessment.components:
            draft.report((*path, "components"), NO_COMPONENTS())


def components_have_one_figure(draft: Draft) -> None:
    for place in draft.whole_components():
        given = [unit for unit in UNITS if getattr(place.component, unit) is not None]
        if not given:
            draft.report(place.path, NO_FIGURE())
        elif len(given) > 1:
            draft.report((*place.path, given[1]), SEVERAL_FIGURES(found=", ".join(given)), at_key=True)
        elif place.component.most == 0:
            draft.report((*place.path, given[0]), ZERO(key=given[0]))


def components_add_up(draft: Draft) -> None:
    for path, assessment in draft.assessments():
        if not assessment.components or not all(one.has_one_figure for one in assessment.components):
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


CHECKS = (
    assessments_have_components,
    components_have_one_figure,
    components_add_up,
    pass_marks_can_be_reached,
    grades_go_down_to_the_pass_mark,
    earnings_are_for_results,
)


def _mixed(draft: Draft, path: Path, components: Sequence[RuleBase]) -> bool:
    """Whether units are mixed; each component that differs from the first is reported."""
    expected = components[0].unit
    others = [index for index, component in enumerate(components) if component.unit != expected]
    for index in others:
        found = components[index].unit
        draft.report((*path, index, found), MIXED_UNITS(found=found, expected=expected), at_key=True)
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
