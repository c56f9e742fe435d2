"""Cases on their way up: where one stood at an instant, until when its link is open, and who let a deadline pass.

Nothing here knows the office's clock or the newest edition: the calendar and the instant are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from calendars.filing_times import Period, link_deadline, periods
from calendars.filings import Filing as Defined
from calendars.term import TermCalendar
from models.filings import Filing, FilingExtension, FilingLink, FilingStep
from models.people import Organisation
from models.terms import Cohort
from models.work import Enrolment

IN = frozenset({"passing", "accepted", "refused"})  # states of what has been filed and not given back


@dataclass(frozen=True)
class Stand:
    """The state of a case, on which link it waits, and since when."""

    state: str
    stands_at: str
    since: datetime


def stands(session: Session, filing_ids: Sequence[int], at: datetime) -> dict[int, Stand]:
    """Where these cases stood as known at an instant. One with which nothing had been done by then is left out."""
    return stands_by(session, dict.fromkeys(filing_ids, at))


def stands_by(session: Session, instants: Mapping[int, datetime]) -> dict[int, Stand]:
    """The same, each case at an instant of its own."""
    if not instants:
        return {}
    steps = session.execute(
        select(col(FilingStep.filing_id), col(FilingStep.state), col(FilingStep.stands_at), col(FilingStep.effective_at))
        .where(col(FilingStep.filing_id).in_(sorted(instants)))
        .order_by(col(FilingStep.filing_id), col(FilingStep.number))
    )  # fmt: skip
    found: dict[int, Stand] = {}
    for number, state, stands_at, since in steps:
        if since < instants[number]:
            found[number] = Stand(state, stands_at, since)
    return found


def owing(session: Session, programme_id: int, tier: str, at: datetime) -> set[int]:
    """The organisations of a tier at or above those whose people take part, as known at an instant."""
    taking_part = (
        select(col(Enrolment.organisation_id).label("id"))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(
            col(Cohort.programme_id) == programme_id,
            col(Enrolment.received_at) < at,
            or_(col(Enrolment.left_at).is_(None), col(Enrolment.left_at) >= at),
        )
        .cte("above", recursive=True)
    )
    parents = select(col(Organisation.parent_id)).join(taking_part, col(Organisation.id) == taking_part.c.id)
    above = taking_part.union(parents.where(col(Organisation.parent_id).is_not(None)))
    of_tier = select(col(Organisation.id)).join(above, col(Organisation.id) == above.c.id)
    return set(session.execute(of_tier.where(col(Organisation.tier) == tier)).scalars())


def own_deadlines(
    session: Session,
    programme_id: int,
    kind: str,
    period: str,
    tier: str,
    known_before: datetime | None = None,
) -> dict[int, datetime]:
    """The later deadlines of single organisations for a link; of several the furthest holds."""
    wanted = select(col(FilingExtension.organisation_id), col(FilingExtension.until)).where(
        col(FilingExtension.programme_id) == programme_id,
        col(FilingExtension.kind) == kind,
        col(FilingExtension.period) == period,
        col(FilingExtension.tier) == tier,
    )
    if known_before is not None:
        wanted = wanted.where(col(FilingExtension.effective_at) < known_before)
    found: dict[int, datetime] = {}
    for organisation, until in session.execute(wanted):
        found[organisation] = max(until, found.get(organisation, until))
    return found


def period_of(calendar: TermCalendar, filing: Defined, name: str) -> Period | None:
    return next((period for period in periods(calendar, filing) if period.name == name), None)


def links_of(session: Session, case: Filing) -> list[FilingLink]:
    """The links that a case goes through, from the bottom up. Before it is first filed there are none."""
    wanted = select(FilingLink).where(col(FilingLink.filing_id) == case.id).order_by(col(FilingLink.position))
    return list(session.execute(wanted).scalars())


def open_until(session: Session, calendar: TermCalendar, case: Filing) -> datetime | None:
    """When the link on which a case waits is over. None: never, as far as is known.

    What was returned may go its way again as long as the link that returned it is open.
    """
    filing = calendar.filing(case.kind)
    period = period_of(calendar, filing, case.period)
    if period is None:
        return None
    links = {link.tier: link for link in links_of(session, case)}
    ends = []
    for tier in {case.stands_at, _returned_by(session, case, links)} - {None}:
        defined = filing.link(str(tier))
        by = link_deadline(calendar, defined, period) if defined else None
        if by is None:
            return None
        link = links.get(str(tier))
        organisation = (link.organisation_id if link else None) or case.organisation_id
        own = own_deadlines(session, case.programme_id, case.kind, case.period, str(tier))
        ends.append(max(by, own.get(organisation, by)))
    return max(ends)


def _returned_by(session: Session, case: Filing, links: Mapping[str, FilingLink]) -> str | None:
    """The link that has returned the case last, until the case is beyond it again."""
    returned = session.execute(
        select(col(FilingStep.tier)).where(col(FilingStep.filing_id) == case.id, col(FilingStep.act) == "return")
        .order_by(col(FilingStep.number).desc()).limit(1)
    ).scalar_one_or_none()  # fmt: skip
    if returned is None or case.stands_at not in links or returned not in links:
        return None
    return str(returned) if links[case.stands_at].position <= links[returned].position else None


def cases_of(
    session: Session, programme_id: int, kinds: Iterable[str], period: str | None = None
) -> list[Filing]:
    wanted = select(Filing).where(col(Filing.programme_id) == programme_id, col(Filing.kind).in_(list(kinds)))
    if period is not None:
        wanted = wanted.where(col(Filing.period) == period)
    return list(session.execute(wanted.order_by(col(Filing.id))).scalars())


def lapsed(
    session: Session, programme_id: int, calendar: TermCalendar, filing_id: str, at: datetime
) -> set[int]:
    """The organisations of the tier that owes a filing whose own was not in at the deadline of its first link, as
    known at an instant: not filed, returned or taken back. Nobody before that deadline has passed, or an own later
    one; on its stroke it has. Of one that is due each week, whoever has missed any week."""
    filing = calendar.filing(filing_id)
    found: set[int] = set()
    for period in periods(calendar, filing) if filing.owed else ():
        by = link_deadline(calendar, filing.chain[0], period)
        if by is not None and by <= at:
            found |= _missed(session, programme_id, filing, period, by, at)
    return found


def _missed(
    session: Session, programme_id: int, filing: Defined, period: Period, by: datetime, at: datetime
) -> set[int]:
    own = own_deadlines(session, programme_id, filing.id, period.name, filing.tier, known_before=at)
    ends = {
        organisation: own.get(organisation, by)
        for organisation in owing(session, programme_id, filing.tier, by)
    }
    cases = {
        case.id: case.organisation_id
        for case in cases_of(session, programme_id, [filing.id], period.name)
        if case.organisation_id in ends
    }
    stood = stands_by(session, {number or 0: min(ends[place], at) for number, place in cases.items()})
    filed = {cases[number] for number, stand in stood.items() if stand.state in IN}
    return {organisation for organisation, end in ends.items() if end <= at} - filed
