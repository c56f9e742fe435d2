"""What nights changed, as rows of a table: phases moved, reminders written, score sheets sealed, holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calendars.messages import Wording
from calendars.term import TermCalendar
from office.words import say
from workflows.changes import Changes
from workflows.hold_kinds import BY_NAME
from workflows.machines import PHASE

MOVED = Wording(zh="阶段“{phase}”：{state}", en="phase {phase}: {state}")
REMINDED = Wording(zh="写出的提醒", en="reminders written")
SEALED = Wording(zh="锁定成绩“{assessment}”：{verdict}", en="sealed {assessment}: {verdict}")
OPENED = Wording(zh="卡住：{kind}", en="held: {kind}")
CLEARED = Wording(zh="不再卡住：{kind}", en="no longer held: {kind}")
LAPSED = Wording(zh="上报“{filing}”逾期失效", en="{filing}: cases that lapsed")
PAIRED = Wording(zh="“{review}”分配的互评", en="{review}: reviews assigned")
FAILED = Wording(zh="出错的班级：{cohort}", en="cohort that failed: {cohort}")
PASSED = Wording(zh="合格", en="pass")
NOT_PASSED = Wording(zh="不合格", en="fail")

STATES = {state.name: state.label for state in PHASE.states}


def changed_rows(changes: Changes, calendars: Mapping[str, TermCalendar]) -> Iterator[tuple[str, str, int]]:
    """Programme, what, how many; a programme's rows stand together. What no calendar here knows keeps its id."""
    for slug in sorted(changes.programmes()):
        calendar = calendars.get(slug)
        for what, count in _of_programme(changes, slug, calendar):
            yield calendar.name if calendar else slug, what, count


def _of_programme(changes: Changes, slug: str, calendar: TermCalendar | None) -> Iterator[tuple[str, int]]:
    phases = {phase.id: phase.name for phase in calendar.phases} if calendar else {}
    assessments = {one.id: one.name or one.id for one in calendar.assessments} if calendar else {}
    for key, count in _of(changes.moves, slug):
        phase, state = key.split("|")
        yield say(MOVED(phase=phases.get(phase, phase), state=STATES[state]())), count
    if changes.reminders[slug]:
        yield say(REMINDED), changes.reminders[slug]
    for key, count in _of(changes.sealed, slug):
        assessment, verdict = key.split("|")
        name = assessments.get(assessment, assessment)
        yield say(SEALED(assessment=name, verdict=(PASSED if verdict == "pass" else NOT_PASSED)())), count
    for counts, words in ((changes.holds_opened, OPENED), (changes.holds_cleared, CLEARED)):
        for kind, count in _of(counts, slug):
            yield say(words(kind=BY_NAME[kind].label())), count
    filings = {one.id: one.name for one in calendar.filings} if calendar else {}
    for kind, count in _of(changes.lapsed, slug):
        yield say(LAPSED(filing=filings.get(kind, kind))), count
    reviews = {one.id: one.name for one in calendar.peer_reviews} if calendar else {}
    for review, count in _of(changes.paired, slug):
        yield say(PAIRED(review=reviews.get(review, review))), count
    for cohort, count in _of(changes.failed, slug):
        yield say(FAILED(cohort=cohort)), count


def _of(counts: Mapping[str, int], slug: str) -> Iterator[tuple[str, int]]:
    for key, count in counts.items():
        programme, _, rest = key.partition("|")
        if programme == slug:
            yield rest, count
