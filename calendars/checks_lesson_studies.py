"""Lesson studies: steps in their order inside a phase, and the tasks that they show; the gate that waits for them; and how groups are formed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from calendars.checks_names import TWICE, expect, expect_role_or_tier
from calendars.checks_peers import SHOWS_WITHOUT_TASK, WHICH_KIND
from calendars.draft import Draft, Path
from calendars.lesson_studies import LessonStudy
from calendars.messages import Wording

SECTION = "lesson studies"
STEP = Wording(zh="步骤", en="step")
TOO_FEW = Wording(zh="至少要有两个步骤", en="a lesson study has two steps at least")
NOT_LATER = Wording(
    zh="这一步的截止（{by}）不晚于前一步的截止（{before}）",
    en="this step is due ({by}) no later than the one ahead of it ({before})",
)
BEFORE_THE_PHASE = Wording(
    zh="截止（{by}）不晚于阶段“{phase}”的开始（{opens}）",
    en="this deadline ({by}) is not after the opening of phase {phase!r} ({opens})",
)
AFTER_THE_PHASE = Wording(
    zh="截止（{by}）晚于阶段“{phase}”的结束（{closes}）",
    en="this deadline ({by}) is after the end of phase {phase!r} ({closes})",
)
OTHER_ROLE = Wording(
    zh="任务“{task}”不是“{role}”的任务，磨课由“{role}”完成",
    en="the task {task!r} is not owed by a {role!r}, who does the steps",
)
SHOWS_NOTHING = Wording(
    zh="任务“{task}”没有写 shows，不能以完成一步为准",
    en="task {task!r} has no `shows`: no step could show it",
)
ONE_A_PHASE = Wording(
    zh="阶段“{phase}”已有另一项磨课", en="there is another lesson study in phase {phase!r} already"
)
NOTHING_TO_COMPLETE = Wording(
    zh="日历没有磨课（lesson studies），这一关口不会起作用",
    en="there are no `lesson studies` in this calendar, so this gate never acts",
)
TOO_EARLY = Wording(
    zh="磨课“{study}”在阶段“{phase}”进行，不能在那以前要求完成",
    en="lesson study {study!r} takes place in phase {phase!r} and cannot be complete before that",
)
TIER_TOO_LOW = Wording(
    zh="合组的范围应在学校之上，如 within county",
    en="schools join inside a tier above them, such as `within county`",
)
SUBJECTS_OR_NOT = Wording(
    zh="按学科（subject）分组要写 subjects，不按学科就不写",
    en="`subjects` are said where groups are made by subject, and only there",
)
TWO_ROLES = Wording(
    zh="组长、指导教师和学员应是不同的角色",
    en="who leads, who guides and who is formed into groups are different roles",
)


def names_in_lesson_studies(draft: Draft) -> None:
    for number, study in enumerate(draft.calendar.lesson_studies):
        path: Path = (SECTION, number)
        expect(draft, (*path, "phase"), study.phase, "phases")
        expect(draft, (*path, "role"), study.role, "roles")
        expect_role_or_tier(draft, (*path, "waits on"), study.waits_on)
        seen: set[str] = set()
        for index, step in enumerate(study.steps):
            for key in ("id", "name"):
                if getattr(step, key) in seen:
                    told = TWICE(kind=STEP(), found=getattr(step, key))
                    draft.report((*path, "steps", index, key), told)
            seen |= {step.id, step.name}
            if step.task is not None:
                expect(draft, (*path, "steps", index, "task"), step.task, "tasks")
            if step.shows is not None:
                expect(draft, (*path, "steps", index, "shows"), step.shows, "evidence")


def steps_show_tasks_of_whoever_does_them(draft: Draft) -> None:
    for path, study in _whole(draft):
        for index, step in enumerate(study.steps):
            at: Path = (*path, "steps", index)
            if step.task is None and step.shows is not None:
                draft.report((*at, "shows"), SHOWS_WITHOUT_TASK(), at_key=True)
            task = draft.task(step.task) if step.task else None
            if task is None or study.role not in draft.names("roles"):
                continue
            if study.role not in task.role:
                draft.report((*at, "task"), OTHER_ROLE(task=task.id, role=study.role))
            elif not task.shows:
                draft.report((*at, "task"), SHOWS_NOTHING(task=task.id))
            elif (len(task.shows) > 1 or step.shows) and step.shows not in task.shows:
                told = WHICH_KIND(task=task.id, kinds=", ".join(task.shows))
                draft.report((*at, "shows" if step.shows else "task"), told)


def steps_are_several_and_in_one_phase(draft: Draft) -> None:
    phases: set[str] = set()
    for path, study in _whole(draft):
        if len(study.steps) < 2:
            draft.report((*path, "steps"), TOO_FEW())
        if study.phase in phases:
            draft.report((*path, "phase"), ONE_A_PHASE(phase=study.phase))
        phases.add(study.phase)


def steps_are_due_one_after_the_other_inside_the_phase(draft: Draft) -> None:
    for path, study in _whole(draft):
        opens, closes = (draft.instant(f"{edge} of {study.phase}") for edge in ("start", "end"))
        dated: list[tuple[Path, datetime]] = []
        for index, step in enumerate(study.steps):
            by, at = draft.instant(step.by), (*path, "steps", index, "by")
            if by is None:
                continue
            facts = {"by": draft.shown(by, "end"), "phase": study.phase}
            if opens is not None and by <= opens:
                draft.report(at, BEFORE_THE_PHASE(**facts, opens=draft.shown(opens, "start")))
            elif closes is not None and by > closes:
                draft.report(at, AFTER_THE_PHASE(**facts, closes=draft.shown(closes, "end")))
            else:
                dated.append((at, by))
        for (_, before), (at, by) in pairwise(dated):
            if by <= before:
                draft.report(at, NOT_LATER(by=draft.shown(by, "end"), before=draft.shown(before, "end")))


def gates_wait_for_lesson_studies_that_have_begun(draft: Draft) -> None:
    if not draft.is_whole("phases") or not draft.is_whole(SECTION):
        return
    places = {phase.id: number for number, phase in enumerate(draft.calendar.phases)}
    for number, gate in enumerate(draft.calendar.gates):
        if gate.require != "lesson study complete":
            continue
        path: Path = ("gates", number)
        if not draft.calendar.lesson_studies:
            draft.report((*path, "require"), NOTHING_TO_COMPLETE())
        reached = _reached(draft, gate.before)
        for study in draft.calendar.lesson_studies:
            if reached is not None and reached < places.get(study.phase, -1):
                draft.report((*path, "before"), TOO_EARLY(study=study.id, phase=study.phase))


def groups_are_of_roles_and_join_above_the_school(draft: Draft) -> None:
    groups = draft.calendar.groups
    if groups is None or not draft.is_whole("groups"):
        return
    for key in ("of", "leader", "tutor"):
        if (role := getattr(groups, key)) is not None:
            expect(draft, ("groups", key), role, "roles")
    roles = [role for role in (groups.of, groups.leader, groups.tutor) if role]
    if len(set(roles)) < len(roles):
        draft.report(("groups", "leader"), TWO_ROLES())
    if bool(groups.subjects) != ("subject" in groups.by):
        draft.report(("groups", "by"), SUBJECTS_OR_NOT())
    if groups.tier not in draft.calendar.tiers[:-1]:
        draft.report(("groups", "joins"), TIER_TOO_LOW())


CHECKS = (
    names_in_lesson_studies,
    steps_show_tasks_of_whoever_does_them,
    steps_are_several_and_in_one_phase,
    steps_are_due_one_after_the_other_inside_the_phase,
    gates_wait_for_lesson_studies_that_have_begun,
    groups_are_of_roles_and_join_above_the_school,
)


def _whole(draft: Draft) -> Iterator[tuple[Path, LessonStudy]]:
    for number, study in enumerate(draft.calendar.lesson_studies):
        if draft.is_whole(SECTION, number):
            yield (SECTION, number), study


def _reached(draft: Draft, before: str) -> int | None:
    """How many phases have begun where a gate stands, less one; None where another check says what is wrong with it."""
    for number, phase in enumerate(draft.calendar.phases):
        if before == phase.id:
            return number - 1
        if before in (f"end of {phase.id}", phase.locks):
            return number
    return None
