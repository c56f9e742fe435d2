"""A page of the results for each comparison of the calendar: everybody's two figures, and the averages by cohort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.comparisons import Comparison
from calendars.messages import Locale, Wording
from calendars.term import TermCalendar
from exchange.workbooks import Page
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.cohorts import CohortTerm, load_terms
from workflows.comparing import Compared, averages, compare
from workflows.organisations import Tree
from workflows.parties import TIER_NAMES

NUMBER, NAME = Wording(zh="人员编号", en="Number"), Wording(zh="姓名", en="Name")
COHORT, GAIN = Wording(zh="班级", en="Cohort"), Wording(zh="提高", en="Gain")
AVERAGE = Wording(
    zh="平均（{people}人两次都有，{risen}人提高）", en="average of {people} with both; {risen} rose"
)

Cell = str | int | None


def comparison_pages(
    session: Session, calendar: TermCalendar, programme_id: int, tree: Tree, at: datetime, locale: Locale
) -> list[Page]:
    """Nothing for a programme that compares nothing."""
    if not calendar.comparisons:
        return []
    cohorts = session.execute(
        select(col(Cohort.id)).where(col(Cohort.programme_id) == programme_id).order_by(col(Cohort.name))
    ).scalars()
    terms = load_terms(session, cohorts)
    for term in terms:
        term.dates = term.dates_up_to(at)
    names = _people(session, programme_id)
    return [
        _Comparing(calendar, comparison, tree, names, locale).page(session, terms, at)
        for comparison in calendar.comparisons
    ]


Named = tuple[str, str, int]  # number, name, organisation


def _people(session: Session, programme_id: int) -> dict[int, Named]:
    rows = session.execute(
        select(col(Enrolment.id), col(Person.number), col(Person.name), col(Enrolment.organisation_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id)
    )
    return {enrolment: (number, name, place) for enrolment, number, name, place in rows}


@dataclass(frozen=True)
class _Comparing:
    calendar: TermCalendar
    comparison: Comparison
    tree: Tree
    names: dict[int, Named]
    locale: Locale

    def page(self, session: Session, terms: Sequence[CohortTerm], at: datetime) -> Page:
        tiers = [TIER_NAMES[tier]().text(self.locale) for tier in self.calendar.tiers]
        tasks = [self.calendar.task(task).name for task in (self.comparison.before, self.comparison.after)]
        first = [wording().text(self.locale) for wording in (COHORT, NUMBER, NAME)]
        headings = [*first, *tiers, *tasks, GAIN().text(self.locale)]
        by_edition: dict[int, list[CohortTerm]] = {}
        for term in terms:
            if self.comparison in term.calendar.comparisons:
                by_edition.setdefault(term.edition_id, []).append(term)
        found = [one for alike in by_edition.values() for one in compare(session, alike, self.comparison, at)]
        return Page(self.comparison.name, headings, self.rows(terms, found))

    def rows(self, terms: Sequence[CohortTerm], found: Sequence[Compared]) -> Iterator[list[Cell]]:
        """Each cohort's people, then their averages."""
        for term in terms:
            here = [one for one in found if one.cohort_id == term.id]
            yield from (self.row(term, one) for one in here)
            added = averages(here)
            if added is not None:
                told = AVERAGE(people=added.people, risen=added.risen).text(self.locale)
                places: list[Cell] = [""] * len(self.calendar.tiers)
                yield [term.name, "", told, *places, added.before, added.after, added.after - added.before]

    def row(self, term: CohortTerm, one: Compared) -> list[Cell]:
        number, name, organisation = self.names[one.enrolment_id]
        path = {node.tier: node.name for node in self.tree.path(organisation)}
        places = [path.get(tier, "") for tier in self.calendar.tiers]
        return [term.name, number, name, *places, one.before, one.after, one.gain]
