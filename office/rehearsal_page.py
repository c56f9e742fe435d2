"""A rehearsal as a clerk reads it: what happens day by day, where it is stuck, what may be overlooked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from calendars.instants import Edge
from calendars.messages import Message, Wording
from calendars.schedule import Unset, schedule
from exchange.workbooks import Page as Sheet
from exchange.workbooks import write_workbook
from office.answers import lines, table
from office.changed import STATES
from office.rehearsal import Rehearsal, Run
from office.rehearsal_days import COHORTS, EVERYBODY, NOBODY, Row, day_rows, shown_day
from office.rehearsal_remarks import remarks
from office.words import say, text
from workflows.hold_kinds import DATES_OWED
from workflows.holds import OpenHold
from workflows.machines import PHASE
from workflows.parties import party

HEAD = Wording(
    zh="{name}：预演到 {until}，编造的学员：{people}，分在{cohorts}个班级",
    en="{name}: rehearsed until {until}, on made-up people: {people}, in {cohorts:cohort|cohorts}",
)
OF_ROLE = Wording(zh="{role}{count}人", en="{role} {count}")
IN_RUN = Wording(zh="{run}：{told}", en="{run}: {told}")
ALL_PASS = Wording(
    zh="考核全部合格（{passed}份成绩）", en="every assessment is passed ({passed:score sheet|score sheets})"
)
SOME_FAIL = Wording(
    zh="{passed}份成绩合格，{failed}份不合格",
    en="{passed:score sheet passes|score sheets pass}, {failed:fails|fail}",
)
NONE_SEALED = Wording(zh="没有锁定任何成绩", en="no scores are sealed")
OVER = Wording(zh="各阶段都完成", en="every phase is done")
NOT_OVER = Wording(zh="没有完成的阶段：{phases}", en="not done: {phases}")
IN_STATE = Wording(zh="{phase}（{state}）", en="{phase} ({state})")
SUPPOSED = Wording(zh="假定 {opens} 至 {closes}", en="supposed: {opens} to {closes}")
SUPPOSED_AT = Wording(zh="假定 {at}", en="supposed: {at}")
WAITED_FOR = Wording(
    zh="没有定下之前，由它来定的都等着 (extend)", en="whatever goes by it waits until it is set (extend)"
)
HOLDS_FROM = Wording(zh="从 {since} 起卡住，等{whom}", en="holds the cohorts from {since}, waits on {whom}")
NOT_REACHED = Wording(zh="没有人做的那一遍没有走到这里", en="the run without anybody does not get there")
NOTHING_MISSED = Wording(zh="没有发现容易忽略的地方", en="nothing was found that might be overlooked")

DAYS = Wording(zh="逐日", en="Day by day")
STUCK = Wording(zh="没有人做时，最后卡在哪里", en="Where it is stuck in the end when nobody does anything")
STUCK_ANYHOW = Wording(zh="人人按时完成，仍然卡住", en="Stuck although everybody does everything in time")
UNDETERMINED = Wording(zh="待定的日期", en="Dates to be determined")
REMARKS = Wording(zh="容易忽略的地方", en="What may be overlooked")


@dataclass(frozen=True)
class Stuck:
    """Cohorts that are stuck alike at the end of a run."""

    phase: str
    why: str
    waits_on: str
    since: str
    cohorts: str
    clears: str


@dataclass(frozen=True)
class Undated:
    """A phase or cutoff whose date the office owes, what it was supposed to be, and from when on it holds the cohorts."""

    name: str
    supposed: str
    holds: str


@dataclass(frozen=True)
class RehearsalPage:
    """Everything in words. `well`: when everybody does everything, all pass and nothing is stuck."""

    head: str
    outcomes: list[str]
    days: list[Row]
    stuck_anyhow: list[Stuck]
    stuck: list[Stuck]
    undated: list[Undated]
    remarks: list[str]
    well: bool


def page_of(found: Rehearsal, since: datetime | None = None) -> RehearsalPage:
    """The page of a rehearsal, with what happens from an instant on."""
    everybody = found.everybody
    fails = any(event.what == "fail" for event in everybody.events)
    return RehearsalPage(
        head=_head(found),
        outcomes=[
            say(IN_RUN(run=EVERYBODY(), told=_outcome(everybody))),
            say(IN_RUN(run=NOBODY(), told=_outcome(found.nobody))),
        ],
        days=day_rows(found, since),
        stuck_anyhow=[*_stuck(found, everybody)],
        stuck=[*_stuck(found, found.nobody)],
        undated=[*_undated(found)],
        remarks=[say(remark) for remark in remarks(found)],
        well=not fails and not everybody.stuck,
    )


def print_page(page: RehearsalPage) -> None:
    lines(page.head)
    for sheet in _sheets(page):
        table(sheet.headings, sheet.rows, title=sheet.name)
    lines(say(REMARKS if page.remarks else NOTHING_MISSED))
    lines(*(f"- {remark}" for remark in page.remarks))
    lines(*page.outcomes)


def write_page(page: RehearsalPage, path: Path) -> None:
    """The same as a workbook."""
    told = Sheet(
        say(REMARKS), [say(REMARKS)], [[line] for line in (page.head, *page.outcomes, *page.remarks)]
    )
    write_workbook(path, [*_sheets(page), told])


def facts(page: RehearsalPage) -> dict[str, object]:
    return asdict(page)


def _sheets(page: RehearsalPage) -> Iterator[Sheet]:
    """The tables that have rows."""
    day_heads = [text("日期", "Day"), text("会发生什么", "What happens"), say(EVERYBODY), say(NOBODY)]
    days = [[row.day, row.what, row.everybody, row.nobody] for row in page.days]
    stuck_heads = [
        text("阶段", "Phase"), text("原因", "Why"), text("等待", "Waits on"), text("从何时起", "Since"),
        text("班级", "Cohorts"), text("怎样继续", "What clears it"),
    ]  # fmt: skip
    undated_heads = [
        text("阶段或截止", "Phase or cutoff"),
        text("预演用的日期", "Rehearsed with"),
        text("没有定下时", "While not set"),
    ]
    for name, heads, rows in (
        (DAYS, day_heads, days),
        (STUCK_ANYHOW, stuck_heads, [[*asdict(one).values()] for one in page.stuck_anyhow]),
        (STUCK, stuck_heads, [[*asdict(one).values()] for one in page.stuck]),
        (UNDETERMINED, undated_heads, [[*asdict(one).values()] for one in page.undated]),
    ):
        if rows:
            yield Sheet(say(name), heads, rows)


def _head(found: Rehearsal) -> str:
    run, calendar = found.everybody, found.calendar
    people = [
        OF_ROLE(role=calendar.roles[role], count=run.people[role])
        for role in calendar.roles
        if role in run.people
    ]
    return say(HEAD(name=calendar.name, until=_day(found, found.until), people=people, cohorts=run.cohorts))


def _outcome(run: Run) -> str:
    passed, failed = (
        sum(event.count for event in run.events if event.what == what) for what in ("pass", "fail")
    )
    scores = (
        (SOME_FAIL if failed else ALL_PASS)(passed=passed, failed=failed)
        if passed + failed
        else NONE_SEALED()
    )
    left = [
        IN_STATE(phase=phase.phase_name, state=STATES[state]())
        for phase in run.phases
        for state in phase.states
        if state not in PHASE.final
    ]
    over = NOT_OVER(phases=left) if left else OVER()
    return text("；", "; ").join((say(scores), say(over)))


def _stuck(found: Rehearsal, run: Run) -> Iterator[Stuck]:
    """Holds of one phase and cause together, as one line."""
    together: dict[tuple[str, str, str, datetime], list[OpenHold]] = {}
    for hold in run.stuck:
        together.setdefault((hold.phase, hold.kind, hold.waits_on, hold.since), []).append(hold)
    for holds in together.values():
        first = holds[0]
        yield Stuck(
            first.phase_name, say(first.label), say(first.waits_on_name), _day(found, first.since, "start"),
            say(COHORTS(count=len(holds))), say(first.clears),
        )  # fmt: skip


def _undated(found: Rehearsal) -> Iterator[Undated]:
    by_plan = schedule(found.calendar)
    for phase in found.calendar.phases:
        if not by_plan.undetermined(phase.id):
            continue
        times = found.term.schedule.phases[phase.id]
        assert not isinstance(times.opens, Unset)
        assert not isinstance(times.closes, Unset)
        supposed = SUPPOSED(opens=_day(found, times.opens, "start"), closes=_day(found, times.closes))
        yield Undated(phase.name, say(supposed), say(_holds(found, {phase.id}) or NOT_REACHED()))
    for name, at in by_plan.cutoffs.items():
        if at is Unset.TO_BE_DETERMINED and name in found.term.dates:
            told = SUPPOSED_AT(at=_day(found, found.term.dates[name]))
            locked = {phase.id for phase in found.calendar.phases if phase.locks == name}
            yield Undated(name, say(told), say(_holds(found, locked) or WAITED_FOR()))


def _holds(found: Rehearsal, phases: Collection[str]) -> Message | None:
    """Since when these phases are held for their dates where nobody does anything, and on whom they wait."""
    kind = f"{DATES_OWED}|"
    held = [
        event for event in found.nobody.events
        if event.what == "hold" and event.about in phases and event.which.startswith(kind)
    ]  # fmt: skip
    if not held:
        return None
    whom = party(found.calendar, held[0].whom)
    return HOLDS_FROM(since=_day(found, held[0].at, "start"), whom=whom)


def _day(found: Rehearsal, instant: datetime, edge: Edge = "end") -> str:
    return shown_day(instant, found.calendar.zoneinfo, edge)
