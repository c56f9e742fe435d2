"""Names: every phase, cutoff, role, tier, task and kind of evidence that is spoken of exists, and exists once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from calendars.draft import Draft, Path, expressions
from calendars.instants import Named, OfPhase, TimeError, WhenDone, innermost, read_expression
from calendars.messages import Wording
from calendars.nearest import nearest
from calendars.rules.marks import Rate
from calendars.source import shortened
from calendars.values import UPWARD

UNKNOWN = Wording(zh="没有叫“{found}”的{kind}{nearest}", en="there is no {kind} called {found!r}{nearest}")
PHASE = Wording(zh="阶段", en="phase")
CUTOFF = Wording(zh="截止", en="cutoff")
ROLE = Wording(zh="角色", en="role")
TIER = Wording(zh="层级", en="tier")
ROLE_OR_TIER = Wording(zh="角色或层级", en="role or tier")
TASK = Wording(zh="任务", en="task")
KIND = Wording(zh="学习记录种类", en="kind of evidence")
PHASE_OR_CUTOFF = Wording(zh="阶段或截止", en="phase or cutoff")
PENALTY = Wording(zh="扣分", en="penalty")
COMPARISON = Wording(zh="对比", en="comparison")
ASSESSMENT = Wording(zh="考核", en="assessment")
COMPONENT = Wording(zh="考核项", en="component")
FILING = Wording(zh="上报", en="filing")
HONOUR = Wording(zh="评优", en="honour")
RESOURCE = Wording(zh="生成性资源", en="resource")
PEER_REVIEW = Wording(zh="互评", en="peer review")
LESSON_STUDY = Wording(zh="磨课", en="lesson study")
ZONE = Wording(zh="时区", en="time zone")
A_PHASE_NOT_A_CUTOFF = Wording(
    zh="“{found}”是阶段：要写它的结束，请写 end of {found}",
    en="{found!r} is a phase; for its end write: end of {found}",
)
TWICE = Wording(zh="另有一个{kind}也叫“{found}”", en="there is another {kind} called {found!r}")
NO_NAME = Wording(
    zh="这一考核项没有任务，请给它一个 id", en="this component has no task to be named by; give it an id"
)
BAD_CUTOFF_NAME = Wording(
    zh="截止不能叫“{found}”：这是时间的写法",
    en="a cutoff cannot be called {found!r}: that is a way to write a time",
)
TWO_MEANINGS = Wording(
    zh="“{found}”既是{one}又是{other}，请改一个名字", en="{found!r} is both a {one} and a {other}; rename one"
)
TIERS_OUT_OF_ORDER = Wording(
    zh="层级应由上到下、不重复：province、city、county、school",
    en="tiers go from the top down, each once: province, city, county, school",
)
NOBODY_LOCKS_THERE = Wording(
    zh="没有阶段在“{found}”锁定，这一关口不会起作用",
    en="no phase locks at {found!r}, so this gate never acts",
)
NOT_A_DURATION = Wording(
    zh="应写成3 days、2 workdays、12 hours、1 week 等，而写的是“{found}”",
    en="a stretch such as 3 days, 2 workdays, 12 hours or 1 week is expected, not {found!r}",
)

_SECTION_KINDS = {
    "phases": PHASE,
    "cutoffs": CUTOFF,
    "roles": ROLE,
    "tasks": TASK,
    "evidence": KIND,
    "assessments": ASSESSMENT,
    "filings": FILING,
    "peer reviews": PEER_REVIEW,
    "tiers": TIER,
}
_DURATION = re.compile(r"[1-9][0-9]{0,3} (day|workday|hour|week)s?")


def names_in_dates(draft: Draft) -> None:
    for path, expression in expressions(draft):
        inner = innermost(expression)
        if isinstance(inner, OfPhase | WhenDone):
            expect(draft, path, inner.phase, "phases")
        elif isinstance(inner, Named):
            _expect_cutoff(draft, path, inner.name)


def cutoffs_that_phases_and_assessments_lock_at(draft: Draft) -> None:
    for number, phase in enumerate(draft.calendar.phases):
        if phase.locks is not None:
            _expect_cutoff(draft, ("phases", number, "locks"), phase.locks)
    for number, assessment in enumerate(draft.calendar.assessments):
        _expect_cutoff(draft, ("assessments", number, "locks"), assessment.locks)


def names_of_cutoffs(draft: Draft) -> None:
    """A cutoff's name that reads as a time could never be spoken of."""
    for name in draft.calendar.cutoffs:
        try:
            readable = read_expression(name) == Named(name) and name not in ("complete", "tbd")
        except TimeError:
            readable = False
        if not readable or ".." in name:
            draft.report(("cutoffs", name), BAD_CUTOFF_NAME(found=shortened(name)), at_key=True)
        elif name in draft.names("phases"):
            message = TWO_MEANINGS(found=shortened(name), one=PHASE(), other=CUTOFF())
            draft.report(("cutoffs", name), message, at_key=True)


def roles_are_not_tiers(draft: Draft) -> None:
    for role in draft.calendar.roles:
        if role in draft.names("tiers"):
            draft.report(("roles", role), TWO_MEANINGS(found=role, one=ROLE(), other=TIER()), at_key=True)


def names_in_tasks(draft: Draft) -> None:
    for number, task in enumerate(draft.calendar.tasks):
        path: Path = ("tasks", number)
        expect(draft, (*path, "phase"), task.phase, "phases")
        expect_each(draft, (*path, "role"), task.role, "roles")
        expect_each(draft, (*path, "shows"), task.shows, "evidence")
        if task.marked_by is not None:
            expect_role_or_tier(draft, (*path, "marked by"), task.marked_by)
        for name, item in task.items.items():
            expect_each(draft, (*path, "items", name, "steps"), item.steps, "evidence")


def names_in_assessments(draft: Draft) -> None:
    for number, assessment in enumerate(draft.calendar.assessments):
        expect_each(draft, ("assessments", number, "of"), assessment.of, "roles")
    for place in draft.components():
        component = place.component
        if component.task is not None:
            expect(draft, (*place.path, "task"), component.task, "tasks")
        expect_each(draft, (*place.path, "tasks"), component.tasks, "tasks")
        expect_each(draft, (*place.path, "shows"), component.shows, "evidence")
        if isinstance(component, Rate):
            expect_each(draft, (*place.path, "of"), component.of, "tasks")


def names_in_gates(draft: Draft) -> None:
    for number, gate in enumerate(draft.calendar.gates):
        path: Path = ("gates", number)
        expect_role_or_tier(draft, (*path, "waits on"), gate.waits_on)
        expect_each(draft, (*path, "tasks"), gate.tasks, "tasks")
        _check_before(draft, (*path, "before"), gate.before)


def names_in_reminders(draft: Draft) -> None:
    for number, reminder in enumerate(draft.calendar.reminders):
        path: Path = ("reminders", number)
        expect_role_or_tier(draft, (*path, "to"), reminder.to)
        expect_each(draft, (*path, "about"), reminder.about, "tasks")
        if reminder.filing is not None:
            expect(draft, (*path, "filing"), reminder.filing, "filings")
        for index, step in enumerate(reminder.by):
            _expect_duration(draft, (*path, "by", index), step)
        if reminder.escalate is not None:
            expect_role_or_tier(draft, (*path, "escalate", "to"), reminder.escalate.to)
            _expect_duration(draft, (*path, "escalate", "after"), reminder.escalate.after)


def names_in_comparisons(draft: Draft) -> None:
    for number, comparison in enumerate(draft.calendar.comparisons):
        for key in ("before", "after"):
            expect(draft, ("comparisons", number, key), getattr(comparison, key), "tasks")


def names_given_twice(draft: Draft) -> None:
    calendar = draft.calendar
    for section, kind, entries in (
        ("phases", PHASE, calendar.phases),
        ("tasks", TASK, calendar.tasks),
        ("assessments", ASSESSMENT, calendar.assessments),
        ("comparisons", COMPARISON, calendar.comparisons),
        ("penalties", PENALTY, calendar.penalties),
        ("filings", FILING, calendar.filings),
        ("honours", HONOUR, calendar.honours),
        ("resources", RESOURCE, calendar.resources),
        ("peer reviews", PEER_REVIEW, calendar.peer_reviews),
        ("lesson studies", LESSON_STUDY, calendar.lesson_studies),
    ):
        for number in _repeated(entry.id for entry in entries):
            draft.report((section, number, "id"), TWICE(kind=kind(), found=entries[number].id))


def components_have_names_of_their_own(draft: Draft) -> None:
    for number, assessment in enumerate(draft.calendar.assessments):
        groups = (("components", assessment.components), ("needs", assessment.needs))
        seen: set[str] = set()
        for group, components in groups:
            for index, component in enumerate(components):
                path: Path = ("assessments", number, group, index)
                if not component.key:
                    if draft.is_whole(*path):
                        draft.report(path, NO_NAME())
                elif component.key in seen:
                    draft.report(path, TWICE(kind=COMPONENT(), found=shortened(component.key)))
                seen.add(component.key)


def tiers_go_from_the_top_down(draft: Draft) -> None:
    positions = [UPWARD.index(tier) for tier in draft.calendar.tiers]
    for number, (before, after) in enumerate(pairwise(positions), start=1):
        if before <= after:
            draft.report(("tiers", number), TIERS_OUT_OF_ORDER())


def zone_exists(draft: Draft) -> None:
    """The draft is checked in a zone that exists; what was written still stands in the file."""
    zone = draft.root.child("zone")
    if zone is not None and isinstance(zone.value, str) and not is_zone(zone.value):
        message = UNKNOWN(
            found=shortened(zone.value), kind=ZONE(), nearest=nearest(zone.value, available_timezones())
        )
        draft.report(("zone",), message)


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # KeyError: not found; ValueError, OSError: no name but a path
        return False
    return True


CHECKS = (
    names_in_dates,
    cutoffs_that_phases_and_assessments_lock_at,
    names_of_cutoffs,
    roles_are_not_tiers,
    names_in_tasks,
    names_in_assessments,
    names_in_gates,
    names_in_reminders,
    names_in_comparisons,
    names_given_twice,
    components_have_names_of_their_own,
    tiers_go_from_the_top_down,
    zone_exists,
)


def expect(draft: Draft, path: Path, name: str, section: str) -> None:
    known = draft.names(section)
    if name not in known:
        kind = _SECTION_KINDS[section]()
        draft.report(path, UNKNOWN(found=shortened(name), kind=kind, nearest=nearest(name, sorted(known))))


def expect_each(draft: Draft, path: Path, names: Iterable[str], section: str) -> None:
    for index, name in enumerate(names):
        expect(draft, (*path, index), name, section)


def _expect_cutoff(draft: Draft, path: Path, name: str) -> None:
    if name in draft.names("phases") - draft.names("cutoffs"):
        draft.report(path, A_PHASE_NOT_A_CUTOFF(found=name))
    else:
        expect(draft, path, name, "cutoffs")


def expect_role_or_tier(draft: Draft, path: Path, name: str) -> None:
    known = draft.names("roles", "tiers")
    if name not in known:
        near = nearest(name, sorted(known))
        draft.report(path, UNKNOWN(found=shortened(name), kind=ROLE_OR_TIER(), nearest=near))


def _expect_duration(draft: Draft, path: Path, text: str) -> None:
    if not _DURATION.fullmatch(text):
        draft.report(path, NOT_A_DURATION(found=shortened(text)))


def _check_before(draft: Draft, path: Path, before: str) -> None:
    """A gate stands before a phase's opening, its end, or a cutoff at which phases lock."""
    if before.startswith("end of "):
        expect(draft, path, before.removeprefix("end of "), "phases")
    elif before in draft.names("cutoffs"):
        locking = any(phase.locks == before for phase in draft.calendar.phases)
        if not locking and draft.is_whole("phases"):
            draft.report(path, NOBODY_LOCKS_THERE(found=before))
    elif before not in draft.names("phases"):
        near = nearest(before, sorted(draft.names("phases", "cutoffs")))
        draft.report(path, UNKNOWN(found=shortened(before), kind=PHASE_OR_CUTOFF(), nearest=near))


def _repeated(names: Iterable[str]) -> Iterator[int]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield number
        seen.add(name)
