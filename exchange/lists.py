"""The lists that an office asks for: each as pages, with what has to be said beside them, and as facts for a program."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from calendars.list_words import figures, honour_words, resource_words
from calendars.messages import Locale, Wording, refuse
from calendars.spoken_times import shown_end
from exchange.list_pages import Listed
from exchange.results import results_pages
from exchange.statistics_page import line_facts, statistics_page
from exchange.workbooks import Page
from workflows.filing_lists import seen
from workflows.honours import Candidate, honour_of
from workflows.owing import Owing, owed_by_unit, owing
from workflows.resources import Made, made
from workflows.statistics import statistics_of
from workflows.survey import Survey

NOT_DECLARED = Wording(
    zh="{programme} 的学期日历没有写 {key}:，没有可列的",
    en="the calendar of {programme} has no `{key}:`, so there is nothing to list",
)
ABOUT, ITEM, SAID = (
    Wording(zh="说明", en="About"),
    Wording(zh="项目", en="item"),
    Wording(zh="内容", en="what it is"),
)
PROGRAMME, UP_TO = Wording(zh="项目名称", en="programme"), Wording(zh="截至", en="as of")
UNDER, NOTE = Wording(zh="只看单位", en="of this organisation alone"), Wording(zh="提示", en="note")


@dataclass(frozen=True)
class Listing:
    """One list. A terminal shows `pages`; a workbook has them too, unless it has `book`, which says more."""

    pages: Sequence[Page]
    facts: Any
    remarks: Sequence[str] = ()
    meanings: Sequence[tuple[str, str]] = ()  # of the figures: name and meaning
    book: Sequence[Page] = field(default=())

    def workbook(self, survey: Survey, locale: Locale) -> list[Page]:
        return [about(survey, locale, self), *(self.book or self.pages)]


def about(survey: Survey, locale: Locale, listing: Listing) -> Page:
    """The page in front: of what, as of when, what each figure means, and what has to be said."""
    rows = [
        (PROGRAMME().text(locale), survey.calendar.name),
        (UP_TO().text(locale), shown_end(survey.at, survey.calendar.zoneinfo)),
        *(
            [(UNDER().text(locale), "/".join(survey.tree.names(survey.place)))]
            if survey.place is not None
            else []
        ),
        *listing.meanings,
        *((NOTE().text(locale), remark) for remark in listing.remarks),
    ]
    return Page(ABOUT().text(locale), [ITEM().text(locale), SAID().text(locale)], rows)


def statistics(survey: Survey, locale: Locale) -> Listing:
    calendar = survey.calendar
    if calendar.statistics is None:
        raise refuse(NOT_DECLARED(programme=calendar.programme, key="statistics"))
    lines = statistics_of(survey, calendar.statistics)
    meanings = [(name().text(locale), meaning.text(locale)) for name, meaning in figures(calendar).values()]
    facts = [line_facts(calendar, line) for line in lines]
    return Listing([statistics_page(calendar, lines, locale)], facts, meanings=meanings)


def honours(survey: Survey, locale: Locale) -> Listing:
    calendar, listed = survey.calendar, Listed(survey, locale)
    if not calendar.honours:
        raise refuse(NOT_DECLARED(programme=calendar.programme, key="honours"))
    pools = {honour.id: honour_of(survey, honour) for honour in calendar.honours}
    facts = [
        {
            "honour": honour.id, "name": honour.name, "of": listed.pool_name(pool), "passed": pool.passed,
            "places": pool.places, "proposed": [_candidate(survey, one) for one in pool.proposed],
            "tied": [_candidate(survey, one) for one in pool.tied], "left_for_tied": pool.left,
            "not_sealed": list(pool.open_yet),
        }
        for honour in calendar.honours
        for pool in pools[honour.id]
    ]  # fmt: skip
    return Listing(
        [listed.honour(honour, pools[honour.id]) for honour in calendar.honours],
        facts,
        [remark for honour in calendar.honours for remark in listed.remarks(honour, pools[honour.id])],
        [(honour.name, honour_words(calendar, honour, locale)) for honour in calendar.honours],
    )


def resources(survey: Survey, locale: Locale) -> Listing:
    calendar = survey.calendar
    if not calendar.resources:
        raise refuse(NOT_DECLARED(programme=calendar.programme, key="resources"))
    found = [one for resource in calendar.resources for one in made(survey, resource)]
    meanings = [(one.name, resource_words(calendar, one).text(locale)) for one in calendar.resources]
    page = Listed(survey, locale).resources(found)
    return Listing([page], [_made(survey, one) for one in found], meanings=meanings)


def not_chosen(survey: Survey, locale: Locale, tier: str) -> Listing:
    """By unit of a tier: how many have chosen, then who has not, a page a unit."""
    choosing = survey.calendar.choosing
    if choosing is None:
        raise refuse(NOT_DECLARED(programme=survey.calendar.programme, key="choosing"))
    return _owed(survey, locale, choosing.tasks, tier)


def still_owing(
    survey: Survey, locale: Locale, tasks: Collection[str], cohorts: Collection[str], roles: Collection[str]
) -> Listing:
    """Of these tasks, cohorts and roles, or of all: by unit, then everybody with each task that is lacking."""
    wanted = tasks or [task.id for task in survey.calendar.tasks]
    return _owed(survey, locale, wanted, survey.calendar.tiers[-1], cohorts, roles)


def summary(survey: Survey, locale: Locale) -> Listing:
    """Everything of a programme in one workbook: whatever the calendar declares, the results, and the reports received."""
    calendar = survey.calendar
    results, _ = results_pages(survey.session, calendar.programme, locale, survey.at)
    declared = [
        (calendar.statistics, statistics), (None, None), (calendar.honours, honours), (calendar.resources, resources),
    ]  # fmt: skip
    pages: list[Page] = []
    remarks: list[str] = []
    meanings: list[tuple[str, str]] = []
    for said, listed in declared:
        if listed is None:
            pages += results
        elif said:
            found = listed(survey, locale)
            pages += found.pages
            remarks += found.remarks
            meanings += found.meanings
    cases = seen(
        survey.session, survey.programme_id, calendar, survey.tree, [filing.id for filing in calendar.filings]
    )
    pages += [Listed(survey, locale).reports(cases)] if calendar.filings else []
    return Listing(pages, [page.name for page in pages], remarks, meanings)


def _owed(
    survey: Survey,
    locale: Locale,
    tasks: Collection[str],
    tier: str,
    cohorts: Collection[str] = (),
    roles: Collection[str] = (),
) -> Listing:
    listed, found = Listed(survey, locale), owing(survey, tasks, cohorts, roles)
    by_unit = listed.by_unit(owed_by_unit(survey, tasks, cohorts, roles), found, tier)
    everybody = [listed.owing("", found)] if found else []
    facts = [_owing(survey, one) for one in found]
    return Listing([by_unit, *everybody], facts, book=[by_unit, *listed.owing_pages(found, tier)])


def _where(survey: Survey, place: int) -> list[str]:
    return survey.tree.names(place)


def _candidate(survey: Survey, one: Candidate) -> dict[str, Any]:
    return {
        "rank": one.rank, "number": one.number, "name": one.name, "role": one.role, "cohort": one.cohort,
        "organisation": _where(survey, one.organisation_id), "total": one.total, "by": list(one.by),
    }  # fmt: skip


def _made(survey: Survey, one: Made) -> dict[str, Any]:
    return {
        "resource": one.resource.id, "from": one.what, "title": one.title, "number": one.number, "name": one.name,
        "organisation": _where(survey, one.organisation_id), "at": one.at, "amount": one.amount,
        "reference": one.reference, "says": one.says, "attachments": list(one.attachments),
    }  # fmt: skip


def _owing(survey: Survey, one: Owing) -> dict[str, Any]:
    return {
        "task": one.task.id, "number": one.number, "name": one.name, "role": one.role, "cohort": one.cohort,
        "organisation": _where(survey, one.organisation_id), "shown": one.shown, "due": one.due,
    }  # fmt: skip
