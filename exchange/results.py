"""The results of a programme as the office's workbook: every component, who passes, what the others lacked,
what is to be registered, and a summary by county and school."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from calendars.messages import Locale, Wording, joined
from calendars.quantities import half_up, share, shown
from calendars.rules.base import RuleBase
from calendars.rules.marks import Marked
from calendars.spoken_times import shown_end
from calendars.term import Assessment, TermCalendar
from exchange.compared import comparison_pages
from exchange.sealed_results import Standing, standings
from exchange.workbooks import Page, write_workbook
from models.types import instant
from models.verdicts import ScoreSheet
from workflows.exceptions_told import Told, exceptions_of
from workflows.explaining import band_of
from workflows.machines import ENROLMENT as MACHINE
from workflows.organisations import Tree, load_tree
from workflows.parties import TIER_NAMES
from workflows.person_status import ACTS
from workflows.publishing import calendar_of, newest_edition

PASSED = Wording(zh="合格名单", en="Passed")
NOT_PASSED = Wording(zh="不合格名单", en="Not passed")
EARNED = Wording(zh="学时学分登记", en="Hours and credits")
SUMMARY = Wording(zh="汇总", en="Summary")
NUMBER, NAME = Wording(zh="人员编号", en="Number"), Wording(zh="姓名", en="Name")
ROLE, COHORT = Wording(zh="角色", en="Role"), Wording(zh="班级", en="Cohort")
STATUS, REASON = Wording(zh="状态", en="Status"), Wording(zh="原因", en="Reason")
ASSESSMENT, TOTAL = Wording(zh="考核", en="Assessment"), Wording(zh="总分", en="Total")
RESULT, LACKED = Wording(zh="结果", en="Result"), Wording(zh="缺什么", en="What was lacking")
SEALED = Wording(zh="锁定时间", en="Sealed at")
HEAD = Wording(zh="封存校验码", en="Hash of the seal")
FULL = Wording(zh="{name}（满{most}）", en="{name} (of {most})")
BAND = Wording(zh="{name} 等级", en="{name}: band")
NEED = Wording(zh="要求：{name}（{most}）", en="Asked: {name} ({most})")
ENTRY = Wording(zh="依据", en="Stands on")
FIRST_ENTRY = Wording(zh="第{number}次封存", en="entry {number}")
CORRECTED = Wording(zh="第{number}次封存（更正）：{why}", en="entry {number}, a correction: {why}")
EXCEPTIONS, EXCEPTION = Wording(zh="例外情况", en="Exceptions"), Wording(zh="例外", en="Exception")
ABOUT, AMOUNT = Wording(zh="关于", en="About"), Wording(zh="数量", en="Amount")
TO_COHORT, DECIDED_BY = (
    Wording(zh="转到、延长到", en="To cohort, until"),
    Wording(zh="决定人", en="Decided by"),
)
PAPER, SINCE = Wording(zh="文号", en="Document"), Wording(zh="生效时间", en="Since")
NOT_SEALED = Wording(zh="未锁定", en="not sealed yet")
SHORT_OF_PASS = Wording(zh="总分{total}，离{mark}差{short}", en="total {total}, {short} short of {mark}")
SHORT_OF = Wording(zh="{name} {points}/{most}", en="{name} {points}/{most}")
UNITS = {
    "points": Wording(zh="分", en="points"),
    "hours": Wording(zh="学时", en="hours"),
    "credits": Wording(zh="学分", en="credits"),
}
ENROLLED, EXEMPT = Wording(zh="参训人数", en="Taking part"), Wording(zh="免修", en="Exempt")
WITHDRAWN, SEALED_COUNT = Wording(zh="退出", en="Withdrawn"), Wording(zh="已锁定", en="Sealed")
PASS_COUNT, PASS_RATE = Wording(zh="合格人数", en="Passed"), Wording(zh="合格率", en="Pass rate")
AVERAGE, ALL = Wording(zh="平均分", en="Average"), Wording(zh="合计", en="All")


APART = ("exempt", "withdrawn", "transferred")  # who takes no part any more
Cell = str | int | None


def export_results(session: Session, slug: str, path: Path, locale: Locale, at: datetime) -> int:
    """Write the workbook, as known at an instant. Returns how many score sheets are in it. Raises Refused for an unknown programme."""
    pages, sheets = results_pages(session, slug, locale, at)
    write_workbook(path, pages)
    return sheets


def results_pages(session: Session, slug: str, locale: Locale, at: datetime) -> tuple[list[Page], int]:
    """The pages of the workbook, and how many score sheets stand in them."""
    edition = newest_edition(session, slug)
    calendar = calendar_of(session, edition.id or 0)
    results = _Results(calendar, load_tree(session), locale)
    results.standings = list(standings(session, calendar, edition.programme_id, at))
    results.exceptions = exceptions_of(session, edition.programme_id)
    results.compared = comparison_pages(session, calendar, edition.programme_id, results.tree, at, locale)
    return [*results.pages()], sum(standing.sheet is not None for standing in results.standings)


@dataclass
class _Results:
    calendar: TermCalendar
    tree: Tree
    locale: Locale
    standings: list[Standing] = field(default_factory=list)
    compared: list[Page] = field(default_factory=list)
    exceptions: list[Told] = field(default_factory=list)

    def pages(self) -> Iterator[Page]:
        for assessment in self.calendar.assessments:
            yield self.components(assessment)
        yield self.passed()
        yield self.not_passed()
        if any(assessment.earns for assessment in self.calendar.assessments):
            yield self.earned()
        yield self.summary()
        yield from self.compared
        yield self.excepted()

    def say(self, wording: Wording, **facts: object) -> str:
        return wording(**facts).text(self.locale)

    def who(self) -> list[str]:
        tiers = [self.say(TIER_NAMES[tier]) for tier in self.calendar.tiers]
        return [self.say(NUMBER), self.say(NAME), *tiers, self.say(COHORT), self.say(ROLE)]

    def person(self, standing: Standing) -> list[Cell]:
        path = {node.tier: node.name for node in self.tree.path(standing.organisation_id)}
        places = [path.get(tier, "") for tier in self.calendar.tiers]
        return [standing.number, standing.name, *places, standing.cohort, self.calendar.roles[standing.role]]

    def components(self, assessment: Assessment) -> Page:
        """Everybody of the assessment's roles with every component, also who is exempt or not sealed yet."""
        lines = [heading for part in assessment.components for heading in self._headings(part)]
        needs = [self.say(NEED, name=self.called(part), most=shown(part.most)) for part in assessment.needs]
        behind = [self.say(wording) for wording in (TOTAL, RESULT, STATUS, REASON, SEALED, ENTRY, HEAD)]
        rows = (self._line(standing) for standing in self.standings if standing.assessment is assessment)
        return Page(assessment.name or assessment.id, [*self.who(), *lines, *needs, *behind], rows)

    def _line(self, standing: Standing) -> list[Cell]:
        parts, needs = standing.assessment.components, standing.assessment.needs
        status = next(
            state.label().text(self.locale) for state in MACHINE.states if state.name == standing.status
        )
        if standing.sheet is None:
            blank: list[Cell] = [None] * (sum(len(self._headings(part)) for part in parts) + len(needs) + 1)
            result = self.say(NOT_SEALED) if standing.status not in APART else ""
            return [*self.person(standing), *blank, result, status, standing.reason]
        figures = json.loads(standing.sheet.breakdown)
        points = [cell for part in parts for cell in self._cells(part, figures[part.key][1])]
        points += [figures["needs"][part.key][1] for part in needs]
        return [
            *self.person(standing), *points, standing.sheet.total, standing.sheet.result, status, standing.reason,
            self.day(standing.locked_at), self.entry(standing), standing.head,
        ]  # fmt: skip

    def _headings(self, part: RuleBase) -> list[str]:
        """One column for the points; where the calendar names bands, one more for the band's name."""
        named = [self.say(BAND, name=self.called(part))] if isinstance(part, Marked) and part.bands else []
        return [self.say(FULL, name=self.called(part), most=shown(part.most)), *named]

    def _cells(self, part: RuleBase, points: int) -> list[Cell]:
        named: list[Cell] = [band_of(part, points)] if isinstance(part, Marked) and part.bands else []
        return [points, *named]

    def day(self, stored: int | None) -> str:
        return (
            ""
            if stored is None
            else f"{instant(stored).astimezone(self.calendar.zoneinfo):%Y-%m-%d %H:%M:%S}"
        )

    def called(self, component: RuleBase) -> str:
        return (
            component.name
            or "、".join(self.calendar.task(task).name for task in component.task_ids)
            or component.key
        )

    def passed(self) -> Page:
        rows = (
            [
                *self.person(standing),
                self.assessment(standing),
                standing.sheet.total,
                standing.sheet.result,
                self.entry(standing),
            ]
            for standing in self.standings
            if standing.sheet is not None and standing.sheet.passed
        )
        headings = [*self.who(), *map(self.say, (ASSESSMENT, TOTAL, RESULT, ENTRY))]
        return Page(self.say(PASSED), headings, rows)

    def not_passed(self) -> Page:
        rows = (
            [
                *self.person(standing), self.assessment(standing), standing.sheet.total, standing.sheet.result,
                self.lacking(standing.assessment, standing.sheet), self.entry(standing),
            ]
            for standing in self.standings
            if standing.sheet is not None and not standing.sheet.passed
        )  # fmt: skip
        headings = [*self.who(), *map(self.say, (ASSESSMENT, TOTAL, RESULT, LACKED, ENTRY))]
        return Page(self.say(NOT_PASSED), headings, rows)

    def assessment(self, standing: Standing) -> str:
        return standing.assessment.name or standing.assessment.id

    def lacking(self, assessment: Assessment, sheet: ScoreSheet) -> str:
        """How far from the pass mark, then every component and need that is not full."""
        figures, mark = json.loads(sheet.breakdown), assessment.passing.mark
        told = []
        if sheet.total < mark:
            facts = {"total": shown(sheet.total), "mark": shown(mark), "short": shown(mark - sheet.total)}
            told.append(self.say(SHORT_OF_PASS, **facts))
        wanting = [(part, figures[part.key][1]) for part in assessment.components]
        wanting += [(part, figures["needs"][part.key][1]) for part in assessment.needs]
        told += [
            self.say(SHORT_OF, name=self.called(part), points=shown(points), most=shown(part.most))
            for part, points in wanting
            if points < part.most
        ]
        return "；".join(told) if self.locale == "zh" else "; ".join(told)

    def earned(self) -> Page:
        """What each person has earned in an assessment, to be entered in the office's register."""
        units = [unit for unit in UNITS if any(unit in found.earns for found in self.calendar.assessments)]
        rows = []
        for standing in self.standings:
            amounts = json.loads(standing.sheet.earned) if standing.sheet else {}
            if standing.sheet and any(amounts.values()):
                figures = [amounts.get(unit) for unit in units]
                behind = [
                    standing.sheet.result,
                    self.day(standing.locked_at),
                    self.entry(standing),
                    standing.head,
                ]
                rows.append([*self.person(standing), self.assessment(standing), *figures, *behind])
        headings = [self.say(ASSESSMENT), *(self.say(UNITS[unit]) for unit in units)]
        headings += map(self.say, (RESULT, SEALED, ENTRY, HEAD))
        return Page(self.say(EARNED), [*self.who(), *headings], rows, in_full=True)

    def entry(self, standing: Standing) -> str:
        """On which sealed entry this stands: the first, or a correction with why."""
        number = standing.sheet.entry + 1 if standing.sheet else 0
        wording = CORRECTED if standing.why else FIRST_ENTRY
        return self.say(wording, number=number, why=standing.why)

    def excepted(self) -> Page:
        """Every exception, with who decided it, why and on which paper."""
        rows = [
            [
                one.number, one.person, one.cohort, self.say(ACTS[one.kind]),
                " ".join(filter(None, (one.assessment_name, one.task_name, one.item))), one.amount,
                one.to_cohort or shown_end(one.until, self.calendar.zoneinfo), one.reason,
                joined(one.names, self.locale), one.document or "", self.day(int(one.effective_at.timestamp())),
            ]
            for one in self.exceptions
        ]  # fmt: skip
        headings = (
            NUMBER,
            NAME,
            COHORT,
            EXCEPTION,
            ABOUT,
            AMOUNT,
            TO_COHORT,
            REASON,
            DECIDED_BY,
            PAPER,
            SINCE,
        )
        return Page(self.say(EXCEPTIONS), [self.say(heading) for heading in headings], rows)

    def summary(self) -> Page:
        """Each assessment by every organisation of every tier, the whole first."""
        tiers = [tier for tier in ("county", "school") if tier in self.calendar.tiers]
        wordings = (ENROLLED, EXEMPT, WITHDRAWN, SEALED_COUNT, PASS_COUNT, PASS_RATE, AVERAGE)
        headings = [
            self.say(ASSESSMENT),
            *(self.say(TIER_NAMES[tier]) for tier in tiers),
            *map(self.say, wordings),
        ]
        first = 1 + len(tiers)
        groups: dict[tuple[str, ...], list[Standing]] = defaultdict(list)
        for standing in self.standings:
            path = {node.tier: node.name for node in self.tree.path(standing.organisation_id)}
            places = [path.get(tier, "") for tier in tiers]
            for depth in range(len(tiers) + 1):
                groups[(self.assessment(standing), *places[:depth])].append(standing)
        rows = [self._sum(key, len(tiers), found) for key, found in sorted(groups.items())]
        counts, rate = frozenset(range(first, first + 5)), frozenset({first + 5})
        return Page(self.say(SUMMARY), headings, rows, whole=counts, percent=rate)

    def _sum(self, key: Sequence[str], width: int, found: Sequence[Standing]) -> list[Cell]:
        sheets = [standing.sheet for standing in found if standing.sheet is not None]
        passed = sum(sheet.passed for sheet in sheets)
        places: list[Cell] = [*key[1:]]
        if len(places) < width:
            places += [self.say(ALL)] + [""] * (width - len(places) - 1)
        rate = share(passed, len(sheets)) if sheets else None
        average = half_up(sum(sheet.total for sheet in sheets), len(sheets)) if sheets else None
        taking = [standing.status for standing in found]
        exempt, withdrawn = taking.count("exempt"), taking.count("withdrawn")
        return [
            key[0], *places, len(found) - exempt - withdrawn, exempt, withdrawn, len(sheets), passed, rate, average,
        ]  # fmt: skip
