"""The workbooks and pages that the office of a demonstration sends out at its end: whatever each calendar has, each as the
command writes it that is told with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from calendars.clock import now
from calendars.filings import Filing
from calendars.messages import Locale, Wording
from calendars.term import TermCalendar
from exchange.filing_sheets import printed, write_cases
from exchange.likeness_pages import likeness_page
from exchange.likeness_sheets import write_findings
from exchange.lists import Listing, honours, not_chosen, resources, statistics, still_owing, summary
from exchange.results import EARNED, results_pages
from exchange.review_sheets import write_reviews
from exchange.workbooks import write_workbook
from models.database import reading
from office.answers import progress
from office.words import locale, text
from workflows.filing_lists import CaseSeen, seen
from workflows.likeness_told import findings, lookings, side_by_side
from workflows.organisations import Node
from workflows.review_lists import reviews
from workflows.reviewing import reviewed_assessments
from workflows.survey import Survey, survey

LISTS = "lists"  # the folder of all of them, in a demonstration's own
XLSX, PAGE = ".xlsx", ".html"


@dataclass(frozen=True)
class Kind:
    """What is sent out: how its file is called, and what it is."""

    file: Wording
    about: Wording


RESULTS = Kind(
    Wording(zh="结果", en="results"),
    Wording(
        zh="每人各考核项得分、合格与不合格名单、缺什么、汇总",
        en="every score, who has passed, what the others lacked, a summary",
    ),
)
TO_REGISTER = Kind(
    RESULTS.file,
    Wording(
        zh="其中“学时学分登记”一页：应登记的学时、学分、积分",
        en="of these, on the page Hours and credits: what to register",
    ),
)
STATISTICS = Kind(
    Wording(zh="统计", en="statistics"),
    Wording(zh="各区县、学校的人数、比率、平均分", en="people, rates and averages by county and unit"),
)
HONOURS = Kind(
    Wording(zh="评优", en="honours"),
    Wording(zh="建议评为优秀的学员、辅导教师", en="learners and tutors who may be proposed as outstanding"),
)
RESOURCES = Kind(
    Wording(zh="生成性资源", en="resources"),
    Wording(zh="大家做出的、可以汇编的", en="what people made that is gathered"),
)
NOT_CHOSEN = Kind(
    Wording(zh="未选课", en="not-chosen"),
    Wording(zh="没有选课的人，每个单位一页", en="who has not chosen courses, a page for each unit"),
)
OWING = Kind(
    Wording(zh="未完成", en="owing"),
    Wording(zh="谁还有哪些任务没有完成，每个单位一页", en="who still owes which task, a page for each unit"),
)
ALL_IN_ONE = Kind(
    Wording(zh="全部汇总", en="summary"),
    Wording(
        zh="统计、结果、评优、资源和收到的上报材料，一本",
        en="statistics, results, honours, resources and the reports received, in one",
    ),
)
REVIEW = Kind(
    Wording(zh="审核", en="review"),
    Wording(zh="每人的材料逐项，缺什么", en="everybody's material item by item, and what is missing"),
)
LIKENESS = Kind(
    Wording(zh="雷同", en="likeness"),
    Wording(
        zh="雷同的文字：谁与谁、各相同多少、怎样决定",
        en="texts that are alike: whose, how much, what was decided",
    ),
)
SIDE_BY_SIDE = Kind(
    Wording(zh="雷同段落", en="passages"),
    Wording(
        zh="还没有决定的一组：相同的段落并排（网页）",
        en="of a ring that is not decided: the passages side by side, a page",
    ),
)
FILED = Kind(
    Wording(zh="上报-{name}", en="filing-{name}"),
    Wording(zh="各项上报，一行一件，可以再导入", en="each filing, a row a case, which can be imported again"),
)
WITHDRAWN = Kind(
    Wording(zh="{name}", en="{name}-list"),
    Wording(zh="申请退出的名单", en="who applied to withdraw"),
)
TO_PRINT = Kind(
    Wording(zh="{name}", en="{name}-list"),
    Wording(zh="其中一个单位的，供打印盖章（网页）", en="one organisation's, a page to print and stamp"),
)  # fmt: skip

KINDS = (
    RESULTS, TO_REGISTER, STATISTICS, HONOURS, RESOURCES, NOT_CHOSEN, OWING, ALL_IN_ONE, REVIEW, LIKENESS, SIDE_BY_SIDE, FILED,
    WITHDRAWN, TO_PRINT,
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """One file: of which programme and kind, with how many rows, and what a person types for it."""

    programme: str
    kind: Kind
    file: Path  # within the folder of all
    rows: int
    command: tuple[str, ...]


def write_lists(engine: Engine, slugs: Sequence[str], folder: Path) -> list[Written]:
    """Everything that these calendars have, programme by programme."""
    found: list[Written] = []
    with progress(text("写出名单和表格", "Writing lists")) as advance, reading(engine) as session:
        for done, slug in enumerate(slugs, 1):
            (folder / slug).mkdir(parents=True)
            desk = _Desk(survey(session, slug, now()), folder, locale())
            found += desk.all()
            advance(done, len(slugs))
    return found


Read = Callable[[Survey, Locale], Listing]


@dataclass(frozen=True)
class _Desk:
    """One programme's lists on their way out."""

    looked: Survey
    folder: Path
    locale: Locale

    @property
    def calendar(self) -> TermCalendar:
        return self.looked.calendar

    def all(self) -> Iterator[Written]:
        calendar = self.calendar
        yield from self.results()
        declared: list[tuple[object, Kind, str, Read]] = [
            (calendar.statistics, STATISTICS, "statistics", statistics),
            (calendar.honours, HONOURS, "honours", honours),
            (calendar.resources, RESOURCES, "resources", resources),
            (calendar.choosing, NOT_CHOSEN, "not-chosen", _not_chosen),
            (True, OWING, "owing", _still_owing),
            (True, ALL_IN_ONE, "summary", summary),
        ]
        for said, kind, word, read in declared:
            if said:
                yield self.listing(kind, word, read(self.looked, self.locale))
        if reviewed_assessments(calendar):
            yield self.review()
        if calendar.likeness:
            yield from self.likeness()
        for filing in calendar.filings:
            yield from self.filed(filing)

    def results(self) -> Iterator[Written]:
        slug, session = self.calendar.programme, self.looked.session
        pages, sheets = results_pages(session, slug, self.locale, self.looked.at)
        pages = [replace(page, rows=[*page.rows]) for page in pages]
        file = self.named(RESULTS)
        write_workbook(self.folder / file, pages)
        command = ("results", "export", "--programme", slug, "--out", file.name)
        yield Written(slug, RESULTS, file, sheets, command)
        earned = sum(len([*page.rows]) for page in pages if page.name == EARNED().text(self.locale))
        if earned:
            yield Written(slug, TO_REGISTER, file, earned, command)

    def listing(self, kind: Kind, word: str, found: Listing) -> Written:
        """By its rows, not by those that say what it is."""
        slug, file = self.calendar.programme, self.named(kind)
        pages = found.workbook(self.looked, self.locale)
        rows = write_workbook(self.folder / file, pages) - len([*pages[0].rows])
        return Written(slug, kind, file, rows, ("lists", word, "--programme", slug, "--out", file.name))

    def review(self) -> Written:
        slug, file = self.calendar.programme, self.named(REVIEW)
        found = reviews(self.looked.session, [term.id for term in self.looked.terms], self.looked.at)
        rows = write_reviews(self.calendar, found, self.folder / file, self.locale)
        return Written(slug, REVIEW, file, rows, ("review", "export", "--programme", slug, file.name))

    def likeness(self) -> Iterator[Written]:
        """All findings, and of those that nobody has decided the passages of whoever is in most."""
        slug, session = self.calendar.programme, self.looked.session
        found = findings(session, slug, self.looked.at)
        file = self.named(LIKENESS)
        rows = write_findings(self.calendar, found, self.folder / file, self.locale)
        yield Written(
            slug, LIKENESS, file, rows, ("likeness", "list", "--programme", slug, "--out", file.name)
        )
        still = [writer.number for one in found for writer in (one.first, one.second) if not writer.decided]
        if still:
            number = Counter(still).most_common(1)[0][0]
            shown = [
                side_by_side(looking, one)
                for looking in lookings(session, slug, self.looked.at)
                for one in found
                if one.likeness == looking.likeness and one.is_of(number)
            ]
            file = self.named(SIDE_BY_SIDE, PAGE)
            (self.folder / file).write_text(
                likeness_page(self.calendar, shown, self.locale), encoding="utf-8"
            )
            command = ("likeness", "show", "--programme", slug, "--person", number, "--html", file.name)
            yield Written(slug, SIDE_BY_SIDE, file, sum(len(one.passages) for one in shown), command)

    def filed(self, filing: Filing) -> Iterator[Written]:
        looked, slug = self.looked, self.calendar.programme
        cases = seen(looked.session, looked.programme_id, self.calendar, looked.tree, [filing.id])
        if not any(case.steps for case in cases):
            return
        leaves = filing.on_acceptance == "withdraw"
        kind = WITHDRAWN if leaves else FILED
        file = self.named(kind, name=filing.sheet if self.locale == "zh" else filing.id)
        rows = write_cases(self.calendar, filing, cases, self.folder / file, self.locale)
        asked = ("--programme", slug, "--filing", filing.id)
        yield Written(slug, kind, file, rows, ("filing", "export", *asked, file.name))
        if leaves:
            unit, here = self.reporting(filing, cases)
            page = file.with_suffix(PAGE)
            told = printed(self.calendar, filing, unit, here, self.locale)
            (self.folder / page).write_text(told, encoding="utf-8")
            command = ("filing", "print", *asked, "--organisation", unit.name, page.name)
            yield Written(slug, TO_PRINT, page, len(here), command)

    def reporting(self, filing: Filing, cases: Sequence[CaseSeen]) -> tuple[Node, list[CaseSeen]]:
        """The organisation below the last link that has something to report, and its cases."""
        tree = self.looked.tree
        tiers = [link.tier for link in filing.chain[:-1] if link.tier in self.calendar.tiers]
        places = [tree.at_tier(case.organisation_id, tiers[-1]) or case.organisation_id for case in cases]
        unit = tree.nodes[places[0]]
        return unit, [case for case in cases if case.belongs_to(unit.id, tree)]

    def named(self, kind: Kind, ending: str = XLSX, **facts: object) -> Path:
        return Path(self.calendar.programme) / (kind.file(**facts).text(self.locale) + ending)


def _not_chosen(looked: Survey, language: Locale) -> Listing:
    return not_chosen(looked, language, looked.calendar.tiers[-1])


def _still_owing(looked: Survey, language: Locale) -> Listing:
    return still_owing(looked, language, (), (), ())
