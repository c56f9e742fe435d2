"""Whether what is to be counted, proposed and gathered exists, and can be told from what is recorded."""

from __future__ import annotations

from collections.abc import Iterable

from calendars.checks_names import UNKNOWN, expect, expect_each
from calendars.checks_penalties import NO_COMPONENT, ONE_THING, SHOWN_BY_NOTHING
from calendars.draft import ZERO, Draft, Path
from calendars.lists import TOTAL, Honour, Statistics
from calendars.messages import Wording
from calendars.nearest import nearest
from calendars.quantities import shown
from calendars.source import shortened
from calendars.term import Assessment

GRADE = Wording(zh="等级", en="grade")
NO_FIGURE = Wording(
    zh="任务“{task}”没有写 needs 或不是一个总数，无从取其百分之几，请写数量",
    en="task {task!r} needs no single figure of which a share could be taken; write an amount",
)
NEVER_REACHED = Wording(
    zh="考核“{assessment}”满分{full}，到不了{found}",
    en="assessment {assessment!r} has a full mark of {full}: {found} is never reached",
)
ASSESSED_TWICE = Wording(
    zh="“{role}”由“{first}”和“{second}”两项考核，统计只能按其中一项",
    en="{role!r} is assessed by both {first!r} and {second!r}; the statistics can go by one of them",
)
OTHER_UNIT = Wording(
    zh="“{first}”和“{second}”的计分单位不同，不能一起求平均",
    en="{first!r} and {second!r} are scored in different units and have no average together",
)
LIMITLESS = Wording(
    zh="请写 at least（最低总分）或 most（比例），或两者都写", en="say `at least`, `most` or both"
)
NOT_ASSESSED = Wording(
    zh="考核“{assessment}”不考核角色“{role}”", en="assessment {assessment!r} does not assess role {role!r}"
)


def names_in_lists(draft: Draft) -> None:
    calendar = draft.calendar
    if (statistics := calendar.statistics) is not None:
        expect_each(draft, ("statistics", "of"), statistics.of, "assessments")
        expect_each(draft, ("statistics", "logged in"), statistics.logged_in, "evidence")
        if statistics.effective is not None:
            expect(draft, ("statistics", "effective", "task"), statistics.effective.task, "tasks")
        for key in ("assignments", "activities", "briefs"):
            _expect_shown(draft, ("statistics", key), getattr(statistics, key))
    for number, honour in enumerate(calendar.honours):
        expect(draft, ("honours", number, "of"), honour.of, "assessments")
        expect_each(draft, ("honours", number, "role"), honour.role, "roles")
        if honour.within not in ("cohort", "all"):
            expect(draft, ("honours", number, "within"), honour.within, "tiers")
    for number, resource in enumerate(calendar.resources):
        _expect_shown(draft, ("resources", number, "tasks"), resource.tasks)
        if resource.filing is not None:
            expect(draft, ("resources", number, "filing"), resource.filing, "filings")
    if calendar.choosing is not None:
        _expect_shown(draft, ("choosing", "tasks"), calendar.choosing.tasks)


def statistics_can_be_counted(draft: Draft) -> None:
    statistics = draft.calendar.statistics
    if statistics is None or not draft.is_whole("statistics"):
        return
    known = {found.id: found for _, found in draft.assessments()}
    assessments = [(index, known[name]) for index, name in enumerate(statistics.of) if name in known]
    _check_together(draft, assessments)
    _check_effective(draft, statistics)
    if len(assessments) == len(statistics.of):
        _check_excellent(draft, statistics, [found for _, found in assessments])


def honours_can_be_given(draft: Draft) -> None:
    known = {found.id: found for _, found in draft.assessments()}
    for number, honour in enumerate(draft.calendar.honours):
        if not draft.is_whole("honours", number):
            continue
        path: Path = ("honours", number)
        if honour.at_least is None and honour.most is None:
            draft.report(path, LIMITLESS())
        if honour.most == 0:
            draft.report((*path, "most"), ZERO(key="most"))
        if honour.of in known:
            _check_honour(draft, path, honour, known[honour.of])


def resources_come_from_one_thing(draft: Draft) -> None:
    for number, resource in enumerate(draft.calendar.resources):
        if draft.is_whole("resources", number) and (resource.filing is None) == (not resource.tasks):
            draft.report(("resources", number), ONE_THING())


CHECKS = (
    names_in_lists,
    statistics_can_be_counted,
    honours_can_be_given,
    resources_come_from_one_thing,
)


def _expect_shown(draft: Draft, path: Path, names: Iterable[str]) -> None:
    """Tasks that exist, and of which records tell what was done."""
    for index, name in enumerate(names):
        expect(draft, (*path, index), name, "tasks")
        task = draft.task(name)
        if task is not None and not task.shows:
            draft.report((*path, index), SHOWN_BY_NOTHING(task=name))


def _check_together(draft: Draft, assessments: list[tuple[int, Assessment]]) -> None:
    by_role: dict[str, str] = {}
    for index, found in assessments:
        path: Path = ("statistics", "of", index)
        first = assessments[0][1]
        if found.unit != first.unit:
            draft.report(path, OTHER_UNIT(first=first.id, second=found.id))
        for role in found.of:
            if role in by_role:
                draft.report(path, ASSESSED_TWICE(role=role, first=by_role[role], second=found.id))
            by_role.setdefault(role, found.id)


def _check_effective(draft: Draft, statistics: Statistics) -> None:
    effective = statistics.effective
    task = draft.task(effective.task) if effective else None
    if effective is None or task is None:
        return
    path: Path = ("statistics", "effective")
    if not task.shows:
        draft.report((*path, "task"), SHOWN_BY_NOTHING(task=task.id))
        return
    if effective.at_least is None:
        return
    share = effective.at_least.share
    if not (share or effective.at_least.amount):
        draft.report((*path, "at least"), ZERO(key="at least"))
    elif share and (task.needs is None or task.needs.each_of or task.is_weekly):
        draft.report((*path, "at least"), NO_FIGURE(task=task.id))


def _check_excellent(draft: Draft, statistics: Statistics, assessments: list[Assessment]) -> None:
    excellent, path = statistics.excellent, ("statistics", "excellent")
    if excellent is None:
        return
    if excellent.total is not None:
        if highest := max(assessments, key=lambda found: found.passing.full, default=None):
            _check_reached(draft, path, excellent.total, highest)
        return
    names = [name for found in assessments for name in (*found.grades, found.results.passed)]
    if excellent.result not in names:
        found = shortened(excellent.result or "")
        draft.report(path, UNKNOWN(found=found, kind=GRADE(), nearest=nearest(excellent.result or "", names)))


def _check_honour(draft: Draft, path: Path, honour: Honour, assessment: Assessment) -> None:
    keys = [TOTAL, *(component.key for component in assessment.components)]
    for index, key in enumerate(honour.order_by):
        if key not in keys:
            facts = {"assessment": assessment.id, "found": shortened(key), "nearest": nearest(key, keys)}
            draft.report((*path, "order by", index), NO_COMPONENT(**facts))
    for index, role in enumerate(honour.role):
        if role in draft.names("roles") and role not in assessment.of:
            draft.report((*path, "role", index), NOT_ASSESSED(assessment=assessment.id, role=role))
    if honour.at_least is not None:
        _check_reached(draft, (*path, "at least"), honour.at_least, assessment)


def _check_reached(draft: Draft, path: Path, least: int, assessment: Assessment) -> None:
    full = assessment.passing.full
    if least > full:
        draft.report(path, NEVER_REACHED(assessment=assessment.id, full=shown(full), found=shown(least)))
