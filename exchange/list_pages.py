"""Lists of people, works and cases as pages: for a terminal, and for a workbook that an office passes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from calendars.list_words import honour_words, ordered_by, resource_words
from calendars.lists import TOTAL, Honour, Resource
from calendars.messages import Locale, Wording, joined
from calendars.quantities import share
from calendars.spoken_times import shown, shown_end
from exchange.statistics_page import TIERS, Cell, columns_of_tiers
from exchange.workbooks import Page
from workflows.filing_lists import CaseSeen
from workflows.honours import Candidate, Pool
from workflows.owing import Owing
from workflows.resources import Made
from workflows.survey import Survey

NUMBER, NAME = Wording(zh="人员编号", en="number"), Wording(zh="姓名", en="name")
ROLE, COHORT = Wording(zh="角色", en="role"), Wording(zh="班级", en="cohort")
RANK, TOTAL_POINTS = Wording(zh="名次", en="rank"), Wording(zh="总分", en="total")
POINTS, COUNTED = (
    Wording(zh="{name} 得分", en="{name}: points"),
    Wording(zh="{name} 计入", en="{name}: counted"),
)
OUTCOME = Wording(zh="建议", en="proposal")
PROPOSED = Wording(zh="推荐", en="proposed")
TIED = Wording(zh="并列{tied}人，余{left}个名额", en="{tied} alike for {left:place|places}")
OF_POOL = Wording(zh="评选范围", en="of")
EVERYBODY = Wording(zh="全体", en="all")
POOL = Wording(
    zh="{honour}，{pool}：合格{passed}人，名额{places}，推荐{proposed}人",
    en="{honour}, {pool}: {passed} passed, {places:place|places}, {proposed} proposed",
)
POOL_WITHOUT_LIMIT = Wording(
    zh="{honour}，{pool}：合格{passed}人，推荐{proposed}人",
    en="{honour}, {pool}: {passed} passed, {proposed} proposed",
)
NUMBERED = Wording(zh="{name}（{number}）", en="{name} ({number})")
TIE = Wording(
    zh="{honour}，{pool}：{names}并列，只余{left}个名额，请另行决定",
    en="{honour}, {pool}: {names} are alike, and there is room for {left}: to be decided by a person",
)
NOT_SEALED = Wording(
    zh="{honour}：还没有锁定、不在名单内的班级：{cohorts}",
    en="{honour}: not sealed yet, and left out: {cohorts}",
)
RESOURCES = Wording(zh="生成性资源", en="Resources")
KIND, WHAT = Wording(zh="资源", en="resource"), Wording(zh="来源", en="from")
TITLE, AT = Wording(zh="题名", en="title"), Wording(zh="日期", en="date")
AMOUNT, REFERENCE = Wording(zh="数量", en="amount"), Wording(zh="记录或件号", en="record or case")
SAYS, ATTACHED = Wording(zh="内容", en="says"), Wording(zh="附件", en="attachments")
BY_UNIT = Wording(zh="各单位汇总", en="By unit")
OWED_BY, HAVE = Wording(zh="应完成人数", en="people"), Wording(zh="已完成人数", en="have")
HAVE_NOT, RATE = Wording(zh="未完成人数", en="have not"), Wording(zh="未完成率", en="share")
TASK, SHOWN = Wording(zh="任务", en="task"), Wording(zh="已有", en="shown")
DUE = Wording(zh="截止", en="due")
REPORTS, FILING = Wording(zh="上报材料", en="Reports received"), Wording(zh="上报", en="filing")
WEEK, WHOSE = Wording(zh="周", en="week"), Wording(zh="谁的", en="whose")
STATE, FILED = Wording(zh="状态", en="state"), Wording(zh="报出时间", en="filed at")
TAKEN = Wording(zh="接收时间", en="accepted at")


@dataclass(frozen=True)
class Listed:
    """How pages are written: for one look at a programme, in one language."""

    survey: Survey
    locale: Locale

    def say(self, wording: Wording, **facts: object) -> str:
        return wording(**facts).text(self.locale)

    def heads(self, *wordings: Wording) -> list[str]:
        return [self.say(wording) for wording in wordings]

    def tiers(self, places: Sequence[int]) -> list[str]:
        return columns_of_tiers(
            self.survey.calendar, [tuple(self.survey.tree.path(place)) for place in set(places)]
        )

    def where(self, place: int, tiers: Sequence[str]) -> list[Cell]:
        names = {node.tier: node.name for node in self.survey.tree.path(place)}
        return [names.get(tier, "") for tier in tiers]

    def tier_heads(self, tiers: Sequence[str]) -> list[str]:
        return [self.say(TIERS[tier]) for tier in tiers]

    # ------------------------------------------------------------ honours

    def honour(self, honour: Honour, pools: Sequence[Pool]) -> Page:
        """Who is proposed and who is tied, with all that the order went by."""
        calendar = self.survey.calendar
        found = [(pool, one) for pool in pools for one in (*pool.proposed, *pool.tied)]
        tiers = self.tiers([one.organisation_id for _, one in found])
        by = [
            self.say(wording, name=ordered_by(calendar, honour, key).text(self.locale))
            for key in honour.order_by
            if key != TOTAL
            for wording in (POINTS, COUNTED)
        ]
        headings = [
            *self.heads(OF_POOL, RANK, NAME, NUMBER), *self.tier_heads(tiers), *self.heads(COHORT, ROLE, TOTAL_POINTS), *by,
            self.say(OUTCOME),
        ]  # fmt: skip
        rows = [
            [
                self.pool_name(pool), one.rank, one.name, one.number, *self.where(one.organisation_id, tiers), one.cohort,
                calendar.roles[one.role], one.total, *_parts(honour, one), self.outcome(pool, one),
            ]
            for pool, one in found
        ]  # fmt: skip
        note = honour_words(calendar, honour, self.locale)
        return Page(honour.name, headings, rows, whole=frozenset({1}), notes=[note])

    def outcome(self, pool: Pool, one: Candidate) -> str:
        return (
            self.say(PROPOSED)
            if one in pool.proposed
            else self.say(TIED, tied=len(pool.tied), left=pool.left)
        )

    def remarks(self, honour: Honour, pools: Sequence[Pool]) -> Iterator[str]:
        """How many places there were, who is alike for the last of them, and who is left out for want of a seal."""
        for pool in pools:
            facts = {"honour": honour.name, "pool": self.pool_name(pool), "passed": pool.passed}
            limited = POOL if pool.places is not None else POOL_WITHOUT_LIMIT
            yield self.say(limited, **facts, places=pool.places, proposed=len(pool.proposed))
            if pool.tied:
                names = [NUMBERED(name=one.name, number=one.number) for one in pool.tied]
                yield self.say(
                    TIE, honour=honour.name, pool=self.pool_name(pool), names=names, left=pool.left
                )
        open_yet = sorted({cohort for pool in pools for cohort in pool.open_yet})
        if open_yet:
            yield self.say(NOT_SEALED, honour=honour.name, cohorts=open_yet)

    def pool_name(self, pool: Pool) -> str:
        if pool.organisation_id is not None:
            return "/".join(self.survey.tree.names(pool.organisation_id))
        return pool.cohort or self.say(EVERYBODY)

    # ------------------------------------------------------------ resources, reports

    def resources(self, found: Sequence[Made]) -> Page:
        tiers = self.tiers([one.organisation_id for one in found])
        headings = [
            self.say(KIND), *self.tier_heads(tiers),
            *self.heads(NAME, NUMBER, WHAT, TITLE, AT, AMOUNT, REFERENCE, SAYS, ATTACHED),
        ]  # fmt: skip
        rows = [
            [
                one.resource.name, *self.where(one.organisation_id, tiers), one.name, one.number, one.what, one.title,
                self.when(one.at), one.amount, one.reference, one.says, joined(one.attachments, self.locale),
            ]
            for one in found
        ]  # fmt: skip
        return Page(self.say(RESOURCES), headings, rows)

    def resource_note(self, resource: Resource) -> str:
        return resource_words(self.survey.calendar, resource).text(self.locale)

    def reports(self, cases: Sequence[CaseSeen]) -> Page:
        """What has been filed by the instant, and where it stood then."""
        known = [(case, [step for step in case.steps if step.at <= self.survey.at]) for case in cases]
        filed = [
            (case, steps) for case, steps in known if steps and self.survey.is_here(case.organisation_id)
        ]
        tiers = self.tiers([case.organisation_id for case, _ in filed])
        headings = [
            self.say(FILING), *self.tier_heads(tiers), *self.heads(WHOSE, WEEK, STATE, FILED, TAKEN, ATTACHED),
        ]  # fmt: skip
        rows = []
        for case, steps in filed:
            at = {step.act: step.at for step in steps}
            files = dict.fromkeys(one.name for step in steps for one in step.attachments)
            rows.append(
                [
                    case.filing.name, *self.where(case.organisation_id, tiers), case.whose, case.period,
                    steps[-1].state.text(self.locale), self.when(at.get("apply")), self.when(at.get("accept")), joined(files, self.locale),
                ]
            )  # fmt: skip
        return Page(self.say(REPORTS), headings, rows)

    def when(self, at: datetime | None) -> str:
        return shown(at, self.survey.calendar.zoneinfo)

    # ------------------------------------------------------------ owing

    def by_unit(self, people: Mapping[int, int], found: Sequence[Owing], tier: str) -> Page:
        """A row a unit of a tier: how many owe it at all, and how many have not shown it."""
        lacking: dict[int, set[tuple[str, str, str]]] = {}
        everybody: dict[int, int] = {}
        for place, count in people.items():
            unit = self.unit(place, tier)
            everybody[unit] = everybody.get(unit, 0) + count
        for one in found:
            lacking.setdefault(self.unit(one.organisation_id, tier), set()).add(
                (one.number, one.role, one.cohort)
            )
        tiers, rows = self.tiers([*everybody]), []
        for unit in sorted(everybody, key=self.survey.tree.names):
            count, short = everybody[unit], len(lacking.get(unit, ()))
            rows.append([*self.where(unit, tiers), count, count - short, short, share(short, count)])
        headings = [*self.tier_heads(tiers), *self.heads(OWED_BY, HAVE, HAVE_NOT, RATE)]
        first = len(tiers)
        return Page(
            self.say(BY_UNIT), headings, rows, whole=frozenset({first, first + 1, first + 2}), percent=frozenset({first + 3}),
            names=first,
        )  # fmt: skip

    def owing_pages(self, found: Sequence[Owing], tier: str) -> Iterator[Page]:
        """A page a unit, called by its name."""
        units = sorted(found, key=lambda one: self.survey.tree.names(self.unit(one.organisation_id, tier)))
        for unit, owed in groupby(units, key=lambda one: self.unit(one.organisation_id, tier)):
            yield self.owing(self.survey.tree.nodes[unit].name, [*owed])

    def owing(self, name: str, found: Sequence[Owing]) -> Page:
        tiers = self.tiers([one.organisation_id for one in found])
        headings = [
            *self.tier_heads(tiers), *self.heads(COHORT, NAME, NUMBER, ROLE, TASK, SHOWN, DUE),
        ]  # fmt: skip
        rows = [
            [
                *self.where(one.organisation_id, tiers), one.cohort, one.name, one.number, self.survey.calendar.roles[one.role],
                one.task.name, one.shown, shown_end(one.due, self.survey.calendar.zoneinfo),
            ]
            for one in found
        ]  # fmt: skip
        return Page(name, headings, rows)

    def unit(self, place: int, tier: str) -> int:
        """The organisation of a tier above a person's own; where that is absent, the person's own."""
        return self.survey.tree.at_tier(place, tier) or place


def _parts(honour: Honour, one: Candidate) -> list[Cell]:
    """The figures of the components that the order goes by."""
    figures = iter(one.by)
    parts: list[Cell] = []
    for key in honour.order_by:
        first = next(figures)
        parts += [] if key == TOTAL else [first, next(figures)]
    return parts
