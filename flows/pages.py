"""What an administrator reads in Prefect after a night: what it changed, and where every programme stands.

Counts, and the names of programmes, phases and cohorts; never a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlmodel import Session

from calendars.messages import Locale, Wording
from calendars.term import TermCalendar
from workflows.changes import Changes
from workflows.holds import BY_NAME, OpenHold, open_holds
from workflows.machines import PHASE
from workflows.publishing import all_calendars
from workflows.status import PhaseStatus, status

MOST_LINES = 200  # of cohorts in one list: a page is for reading

STATES = {state.name: state.label for state in PHASE.states}

PROGRAMME = Wording("项目", "programme")
CHANGE = Wording("变化", "change")
OF = Wording("对象", "of")
RESULT = Wording("结果", "result")
COUNT = Wording("数量", "count")
COLUMNS = (PROGRAMME, CHANGE, OF, RESULT, COUNT)

MOVED = Wording("阶段推进（班级数）", "phases moved (cohorts)")
REMINDED = Wording("写出提醒", "reminders written")
SEALED = Wording("封存成绩单", "score sheets sealed")
STUCK = Wording("新卡住", "became stuck")
UNSTUCK = Wording("卡住解除", "no longer stuck")
FAILED = Wording("推进出错的班级", "cohorts that failed")
PASSED = Wording("合格", "pass")
NOT_PASSED = Wording("不合格", "fail")
NOTHING = Wording("没有到期的事项", "nothing was due")

TITLE = Wording("各项目进度，截至 {as_of}", "Where the programmes stand, as of {as_of}")
CHANGED = Wording("{as_of} 的夜间推进改变了什么", "What the night of {as_of} changed")
NO_PROGRAMMES = Wording("还没有班级。", "There are no cohorts yet.")
PHASE_COLUMN = Wording("阶段", "phase")
HELD_TITLE = Wording("卡住的班级：{count}", "Cohorts that are stuck: {count}")
NONE_HELD = Wording("没有卡住的班级。", "No cohort is stuck.")
HELD_COLUMNS = (
    Wording("班级", "cohort"),
    PHASE_COLUMN,
    Wording("原因", "why"),
    Wording("自", "since"),
    Wording("等待", "waits on"),
    Wording("怎样解除", "what would clear it"),
)
AND_MORE = Wording("……以及另外{count}个", "… and {count} more")

Row = tuple[str, Wording, str, str, int]


def local(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the office's clock shows it."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


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

    def kind(self, kind: str) -> str:
        return BY_NAME[kind].label().text(self.locale)

    def state(self, state: str) -> str:
        return STATES[state]().text(self.locale)


def changes_table(session: Session, changes: Changes, locale: Locale) -> list[dict[str, str | int]]:
    """What a night changed, a line for each count, in the words of the office."""
    names = Names(session, locale)
    rows = [row for row in _rows(changes, names) if row[-1]] or [("", NOTHING, "", "", 0)]
    titles = [column().text(locale) for column in COLUMNS]
    return [
        dict(
            zip(
                titles,
                (plain(programme), change().text(locale), plain(of), plain(result), count),
                strict=True,
            )
        )
        for programme, change, of, result, count in rows
    ]


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


def programmes_page(session: Session, as_of: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """Each programme's phases with the number of cohorts in each state, and who is stuck, as Markdown."""
    lines = [f"# {TITLE(as_of=local(as_of, zone)).text(locale)}", ""]
    phases: dict[tuple[str, str], list[PhaseStatus]] = {}
    for phase in status(session).phases:
        phases.setdefault((phase.programme, phase.programme_name), []).append(phase)
    stuck: dict[str, list[OpenHold]] = {}
    for hold in open_holds(session):
        stuck.setdefault(hold.programme, []).append(hold)
    for (slug, name), standing in phases.items():
        lines += [f"## {plain(name)}", ""]
        lines += [*_phases(standing, locale), "", *_stuck(stuck.get(slug, []), zone, locale), ""]
    return "\n".join(lines if phases else [*lines, NO_PROGRAMMES().text(locale)])


def _phases(phases: Sequence[PhaseStatus], locale: Locale) -> Iterator[str]:
    seen = [state for state in STATES if any(state in phase.states for phase in phases)]
    yield from _table(
        [PHASE_COLUMN().text(locale), *(STATES[state]().text(locale) for state in seen)],
        ([phase.phase_name, *(str(phase.states.get(state, "")) for state in seen)] for phase in phases),
    )


def _stuck(holds: Sequence[OpenHold], zone: ZoneInfo, locale: Locale) -> Iterator[str]:
    if not holds:
        yield NONE_HELD().text(locale)
        return
    yield f"### {HELD_TITLE(count=len({hold.cohort_id for hold in holds})).text(locale)}"
    yield ""
    yield from _table(
        [title().text(locale) for title in HELD_COLUMNS],
        (
            [
                hold.cohort, hold.phase_name, hold.label.text(locale), local(hold.since, zone),
                hold.waits_on_name.text(locale), hold.clears.text(locale),
            ]
            for hold in holds[:MOST_LINES]
        ),
    )  # fmt: skip
    if len(holds) > MOST_LINES:
        yield ""
        yield AND_MORE(count=len(holds) - MOST_LINES).text(locale)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(plain(cell) for cell in row)} |"


def plain(words: str) -> str:
    """Somebody's words as text: no link, no picture fetched from elsewhere, no tag, no end of a cell. Prefect's page
    reads Markdown in both of ours."""
    return re.sub(r"([\\`*_{}\[\]<>|!~&#$]|:(?=/))", r"\\\1", " ".join(words.split()))
