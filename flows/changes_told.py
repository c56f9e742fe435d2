"""What a night changed, a line for each count, in the words of the office."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session

from calendars.messages import Locale, Wording
from calendars.term import TermCalendar
from flows.markdown import plain, table
from workflows.changes import Changes
from workflows.hold_kinds import BY_NAME
from workflows.machines import PHASE
from workflows.publishing import all_calendars

MOST_LINES = 200  # of cohorts that failed: a page is for reading

STATES = {state.name: state.label for state in PHASE.states}

PROGRAMME = Wording("项目", "programme")
CHANGE = Wording("变化", "change")
OF = Wording("对象", "of")
RESULT = Wording("结果", "result")
COUNT = Wording("数量", "count")
COLUMNS = (CHANGE, OF, RESULT, COUNT, PROGRAMME)  # the widest last, where a narrow window cuts it

MOVED = Wording("阶段推进（班级数）", "phases moved (cohorts)")
REMINDED = Wording("写出提醒", "reminders written")
SEALED = Wording("封存成绩单", "score sheets sealed")
STUCK = Wording("新卡住", "became stuck")
UNSTUCK = Wording("卡住解除", "no longer stuck")
LAPSED = Wording("上报逾期失效", "filings lapsed")
PAIRED = Wording("分配互评", "peer reviews assigned")
FAILED = Wording("推进出错的班级", "cohorts that failed")
PASSED = Wording("合格", "pass")
NOT_PASSED = Wording("不合格", "fail")
NOTHING = Wording("没有到期的事项", "nothing was due")

AND_MORE = Wording("……以及另外{count}个", "… and {count} more")

Row = tuple[str, Wording, str, str, int]


@dataclass
class Names:
    """Names of what a change's keys mean, by the newest edition. What an older edition alone knows keeps its id."""

    session: Session
    locale: Locale

    @cached_property
    def calendars(self) -> dict[str, TermCalendar]:
        return all_calendars(self.session)

    def programme(self, slug: str) -> str:
        return self.calendars[slug].name if slug in self.calendars else slug

    def phases(self, slug: str) -> dict[str, str]:
        return (
            {phase.id: phase.name for phase in self.calendars[slug].phases} if slug in self.calendars else {}
        )

    def phase(self, slug: str, phase: str) -> str:
        return self.phases(slug).get(phase, phase)

    def in_order(self, move: tuple[list[str], int]) -> tuple[str, int, int]:
        """Programme by programme, the phases as the calendar has them, the states as a phase goes through them."""
        slug, phase, state = move[0]
        known = list(self.phases(slug))
        return slug, known.index(phase) if phase in known else len(known), list(STATES).index(state)

    def assessment(self, slug: str, assessment: str) -> str:
        known = self.calendars[slug].assessments if slug in self.calendars else ()
        return next((found.name or found.id for found in known if found.id == assessment), assessment)

    def filing(self, slug: str, filing: str) -> str:
        known = self.calendars[slug].filings if slug in self.calendars else ()
        return next((found.name for found in known if found.id == filing), filing)

    def review(self, slug: str, review: str) -> str:
        known = self.calendars[slug].peer_reviews if slug in self.calendars else ()
        return next((found.name for found in known if found.id == review), review)

    def kind(self, kind: str) -> str:
        return BY_NAME[kind].label().text(self.locale)

    def state(self, state: str) -> str:
        return STATES[state]().text(self.locale)


def changes_lines(session: Session, changes: Changes, locale: Locale) -> Iterator[str]:
    """The counts of a night as a Markdown table, or that nothing was due."""
    rows = [row for row in _rows(changes, Names(session, locale)) if row[-1]]
    if not rows:
        yield NOTHING().text(locale)
        return
    yield from table(
        [column().text(locale) for column in COLUMNS],
        (
            [change().text(locale), plain(of), plain(result), str(count), plain(programme)]
            for programme, change, of, result, count in rows
        ),
    )


def _rows(changes: Changes, names: Names) -> Iterator[Row]:
    for (slug, phase, state), count in sorted(_keys(changes.moves, 3), key=names.in_order):
        yield names.programme(slug), MOVED, names.phase(slug, phase), names.state(state), count
    for (slug,), count in _keys(changes.reminders, 1):
        yield names.programme(slug), REMINDED, "", "", count
    for (slug, assessment, result), count in _keys(changes.sealed, 3):
        word = PASSED if result == "pass" else NOT_PASSED
        yield (
            names.programme(slug),
            SEALED,
            names.assessment(slug, assessment),
            word().text(names.locale),
            count,
        )
    for (slug, filing), count in _keys(changes.lapsed, 2):
        yield names.programme(slug), LAPSED, names.filing(slug, filing), "", count
    for (slug, review), count in _keys(changes.paired, 2):
        yield names.programme(slug), PAIRED, names.review(slug, review), "", count
    for (slug, kind), count in _keys(changes.holds_opened, 2):
        yield names.programme(slug), STUCK, names.kind(kind), "", count
    for (slug, kind), count in _keys(changes.holds_cleared, 2):
        yield names.programme(slug), UNSTUCK, names.kind(kind), "", count
    failed = list(_keys(changes.failed, 2))
    for (slug, cohort), count in failed[:MOST_LINES]:
        yield names.programme(slug), FAILED, cohort, "", count
    left = max(len(failed) - MOST_LINES, 0)
    yield "", FAILED, AND_MORE(count=left).text(names.locale), "", left


def _keys(counts: dict[str, int], parts: int) -> Iterator[tuple[list[str], int]]:
    """The parts of each key; the last may be a cohort's name, with anything in it."""
    for key, count in sorted(counts.items()):
        yield key.split("|", parts - 1), count
