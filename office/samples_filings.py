"""Made-up filings: what the organisations and some people of a made-up term send up, and how each link passes it on.

Of an owed one the last organisation but one sends nothing, where it costs something the one before neither, and of one
that a phase waits for the last is never accepted, so that each way to be stuck is there to be seen. Where everybody does
everything in time, everything is sent, a link with a quota refuses what does not fit into it, and nobody applies to
withdraw. All of it follows from the calendar's chains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from calendars.filing_pages import link_name
from calendars.filing_times import Period, link_deadline, periods
from calendars.filings import PERSON, Filing, FilingField, Link
from calendars.messages import Wording
from calendars.quantities import HUNDREDTHS, shown
from exchange.filing_columns import ACTS, column_of
from exchange.forms import columns_of
from office.samples_dates import Term
from office.samples_people import People, School, Teacher

A_STEP = timedelta(
    hours=2
)  # from one link to the next; so long before it is over, the last one has done its work
ENTRIES = 2  # of each organisation, where it sends several
WITHDRAWN = 3  # people who apply for themselves

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Sent:
    """One row of the office's sheet, and when it is received."""

    received_at: datetime
    cells: Cells


def filings_of(term: Term, people: People, begins: datetime) -> Iterator[Sent]:
    """Every filing of the term, from its first link to its last."""
    waited_for = {gate.filing for gate in term.calendar.gates if gate.filing}
    in_time = people.manner.in_time
    for filing in term.calendar.filings:
        if in_time and filing.on_acceptance == "withdraw":
            continue
        for period in periods(term.calendar, filing):
            subjects = [*_subjects(term, people, filing)]
            for place, whose in enumerate(subjects):
                if in_time:
                    yield from _sent(term, filing, period, whose, begins, ACTS["refuse"])
                elif place not in _silent(term, filing, len(subjects)):
                    stops = filing.id in waited_for and place == len(subjects) - 1
                    yield from _sent(term, filing, period, whose, begins, stops=stops)


def _silent(term: Term, filing: Filing, count: int) -> tuple[int, ...]:
    """Who sends nothing of what is owed: the last but one, and the one before where it costs something, so that one of the
    penalties can be decided and one waits."""
    if not filing.owed or count < 2:
        return ()
    costs = any(penalty.filing == filing.id for penalty in term.calendar.penalties)
    return (count - 2, count - 3) if costs and count > 3 else (count - 2,)


def _sent(
    term: Term,
    filing: Filing,
    period: Period,
    whose: Cells,
    begins: datetime,
    at_a_quota: Wording | None = None,
    stops: bool = False,
) -> Iterator[Sent]:
    """One case through its links, up to one with a quota, which says what is given; one that stops is returned by the
    second and not sent anew."""
    first, *links = filing.chain
    at = _when(term, first, period, begins, len(filing.chain))
    columns = columns_of("filing", term.calendar)
    fields = {column_of(field, columns): _some(field) for field in filing.fields.values()}
    yield Sent(at, {**fields, **_head(filing, whose, period), "act": ACTS["apply"].zh, "by": "经办人甲"})
    for left, link in zip(range(len(links), 0, -1), links, strict=True):
        if link.tier not in (*term.calendar.tiers, PERSON):
            continue
        at = max(at + A_STEP, _when(term, link, period, at + A_STEP, left))
        said = {"link": link_name(link).text("zh"), "by": "经办人乙"}
        act = (
            {"act": ACTS["return"].zh, "why": "材料不全，请补充后重报"} if stops else {"act": ACTS["pass"].zh}
        )
        if link.most is not None:  # a quota is for the office to divide
            act = {"act": at_a_quota.zh, "why": "名额已满"} if at_a_quota else {}
        if act:
            yield Sent(at, {**_head(filing, whose, period), **said, **act})
        if stops or link.most is not None:
            return


def _head(filing: Filing, whose: Cells, period: Period) -> Cells:
    return {"filing": filing.name, "period": period.name, **whose}


def _when(term: Term, link: Link, period: Period, otherwise: datetime, left: int) -> datetime:
    """In time, with as much left for each link behind it, whose deadline may be the same."""
    due = link_deadline(term.calendar, link, period)
    return otherwise if due is None else due - left * A_STEP


def _subjects(term: Term, people: People, filing: Filing) -> Iterator[Cells]:
    """Whose cases there are: some people's, or each organisation's of the first tier, with titles where it has several."""
    if filing.by_a_person:
        those = [one for one in people.teachers if not filing.role or one.role in filing.role]
        everybody = people.manner.in_time or filing.about != PERSON
        for teacher in those if everybody else those[-WITHDRAWN:]:
            yield _person(term, teacher)
        return
    places: dict[tuple[str, ...], School] = {}
    for school in people.schools:
        path = [school.path[tier] for tier in term.calendar.tiers[: _depth(term, filing)]]
        places.setdefault(tuple(path), school)
    for number, school in enumerate(places.values(), 1):
        tiers = term.calendar.tiers[: _depth(term, filing)]
        place = {str(tier): school.path[tier] for tier in tiers}
        for entry in range(1, ENTRIES + 1) if filing.about == "entry" else (0,):
            yield {**place, **({"title": f"{filing.name}{number}-{entry}"} if entry else {})}


def _depth(term: Term, filing: Filing) -> int:
    return term.calendar.tiers.index(filing.tier) + 1


def _person(term: Term, teacher: Teacher) -> Cells:
    return {
        "number": teacher.number, "name": teacher.name, "cohort": teacher.cohort,
        "role": term.calendar.roles[teacher.role],
    }  # fmt: skip


def _some(field: FilingField) -> str:
    """Something that a field admits."""
    match field.type:
        case "number":
            return shown(field.at_least or 2 * HUNDREDTHS)
        case "date":
            return "2020-12-01"
        case "choice":
            return field.choices[0]
        case "table":
            return " | ".join(f"{column}甲" for column in field.columns)
    return f"{field.name}见附件"
