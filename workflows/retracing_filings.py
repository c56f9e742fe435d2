"""Whether the links of each case and the rounds that are owed follow from the steps of the case, from the organisations and
from the calendar's editions.

Where an edition cannot be read by this version of the program, what only it could tell is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session, col

from calendars.filing_times import link_deadline, periods
from calendars.filings import Filing as Defined
from calendars.messages import Message, Wording
from calendars.term import TermCalendar
from models.filings import Filing, FilingCall, FilingExtension, FilingLink, FilingStep
from models.nights import Night
from models.terms import Cohort, Edition
from models.types import Instant
from workflows.organisations import Tree, load_tree
from workflows.publishing import readable_calendar

OTHER_LINKS = Wording(
    zh="上报 {id} 的环节不能由它的各步、单位和日历得出",
    en="the links of filing {id} do not follow from its steps, the organisations and the calendar",
)
OTHER_DEADLINE = Wording(
    zh="上报 {id} 所等的截止时间与日历和延期不符",
    en="the deadline for which filing {id} waits is not that of the calendar and of what was extended",
)
OTHER_ROUND = Wording(
    zh="应报的“{kind}”{period}的截止时间与日历和延期不符",
    en="the round {period} of {kind} that is owed is not that of the calendar and of what was extended",
)

Own = Mapping[tuple[str, str, str], dict[int, datetime]]  # by filing, period and tier: later deadlines


@dataclass
class _Going:
    """The links of a case as it goes up them again."""

    tiers: Sequence[str]
    came: dict[str, datetime] = field(default_factory=dict)
    passed: dict[str, datetime] = field(default_factory=dict)
    held_from: str | None = None

    def follow(self, act: str, tier: str, stands_at: str, at: datetime) -> bool:
        """Whether the step goes from one link to the next, or back."""
        if act in ("apply", "return", "take_back"):
            self.came.clear()
            self.passed.clear()
        if act == "apply":
            self.came[tier] = self.passed[tier] = self.came[stands_at] = at
            return [*self.tiers[:2]] == [tier, stands_at]
        if act == "pass":
            self.passed[tier] = self.came[stands_at] = at
            return (tier, stands_at) in zip(self.tiers, self.tiers[1:], strict=False)
        if act == "accept":
            self.passed[tier] = at
            return self.tiers[-1:] == [tier]
        return True


def filings_retraced(session: Session, programme_id: int) -> Iterator[Message]:
    """Everything about the links and rounds of a programme's filings that does not follow."""
    calendars = _calendars(session, programme_id)
    own = _own_deadlines(session, programme_id)
    yield from _cases(session, programme_id, calendars, own)
    if calendars and all(calendars):
        yield from _rounds(session, programme_id, [one for one in calendars if one], own)


def _calendars(session: Session, programme_id: int) -> list[TermCalendar | None]:
    """That of each edition, the oldest first; None for one that cannot be read."""
    editions = select(col(Edition.id)).where(col(Edition.programme_id) == programme_id)
    return [
        readable_calendar(session, one)
        for one in session.execute(editions.order_by(col(Edition.number))).scalars().all()
    ]


def _own_deadlines(session: Session, programme_id: int) -> Own:
    found: dict[tuple[str, str, str], dict[int, datetime]] = {}
    one = FilingExtension
    for kind, period, tier, organisation, until in session.execute(
        select(col(one.kind), col(one.period), col(one.tier), col(one.organisation_id), col(one.until))
        .where(col(one.programme_id) == programme_id)
    ):  # fmt: skip
        of_link = found.setdefault((kind, period, tier), {})
        of_link[organisation] = max(until, of_link.get(organisation, until))
    return found


# ---------------------------------------------------------------- cases


def _cases(
    session: Session, programme_id: int, calendars: Sequence[TermCalendar | None], own: Own
) -> Iterator[Message]:
    tree = load_tree(session)
    of_programme = select(col(Filing.id)).where(col(Filing.programme_id) == programme_id)
    columns = ("filing_id", "tier", "position", "organisation_id", "came_at", "passed_at")
    links = session.execute(
        select(*(col(getattr(FilingLink, name)) for name in columns))
        .where(col(FilingLink.filing_id).in_(of_programme))
        .order_by(col(FilingLink.filing_id), col(FilingLink.position))
    )  # fmt: skip
    of_case = {number: list(rows) for number, rows in groupby(links, key=itemgetter(0))}
    steps = session.execute(
        select(
            col(FilingStep.filing_id), col(FilingStep.act), col(FilingStep.tier), col(FilingStep.stands_at),
            col(FilingStep.effective_at),
        )
        .where(col(FilingStep.filing_id).in_(of_programme))
        .order_by(col(FilingStep.filing_id), col(FilingStep.number))
    )  # fmt: skip
    done = {number: [row[1:] for row in rows] for number, rows in groupby(steps, key=itemgetter(0))}
    newest = calendars[-1] if calendars else None
    deadlines = _Deadlines(newest, own)
    for case in session.execute(
        select(Filing).where(col(Filing.programme_id) == programme_id).order_by(col(Filing.id))
    ).scalars():
        rows, acts = of_case.get(case.id, []), done.get(case.id, [])
        if not (_went_up(case, rows, acts, tree) and _of_an_edition(case, rows, calendars, tree)):
            yield OTHER_LINKS(id=case.id)
        elif not deadlines.fit(case, rows, [act for act, *_ in acts]):
            yield OTHER_DEADLINE(id=case.id)


def _went_up(case: Filing, rows: Sequence[Row[Any]], acts: Sequence[Any], tree: Tree) -> bool:
    """Whether the links are those of the organisations above, and were reached and left when the steps say so."""
    going = _Going([row.tier for row in rows])
    if not all(going.follow(*act) for act in acts) or bool(rows) != any(act[0] == "apply" for act in acts):
        return False
    return all(
        (row.position, row.organisation_id, row.came_at, row.passed_at)
        == (place, tree.at_tier(case.organisation_id, row.tier), going.came.get(row.tier), going.passed.get(row.tier))
        for place, row in enumerate(rows)
    )  # fmt: skip


def _of_an_edition(
    case: Filing, rows: Sequence[Row[Any]], calendars: Sequence[TermCalendar | None], tree: Tree
) -> bool:
    """Whether some edition has just these links for a case that begins there."""
    if not rows or not all(calendars):
        return True
    found = [row.tier for row in rows]
    return any(
        found == _tiers(filing, case.organisation_id, tree)
        for calendar in calendars if calendar
        for filing in calendar.filings if filing.id == case.kind
    )  # fmt: skip


def _tiers(filing: Defined, organisation_id: int, tree: Tree) -> list[str]:
    return [
        link.at for link in filing.chain
        if link.tier is None or link.absent != "skip" or tree.at_tier(organisation_id, link.at) is not None
    ]  # fmt: skip


@dataclass
class _Deadlines:
    """Until when the links of cases are open by the newest edition."""

    calendar: TermCalendar | None
    own: Own
    known: dict[tuple[str, str, str], datetime | None] = field(default_factory=dict)

    def fit(self, case: Filing, rows: Sequence[Row[Any]], acts: Sequence[str]) -> bool:
        """Whether a case that is on its way, never returned, waits until its link is over, and one that is over for nothing."""
        if case.state in ("accepted", "refused", "lapsed"):
            return case.next_due_at is None and (case.held_from is not None) == (case.state == "lapsed")
        if case.state != "passing" or "return" in acts or self.calendar is None:
            return True
        if all(filing.id != case.kind for filing in self.calendar.filings):
            return True
        key = (case.kind, case.period, case.stands_at)
        if key not in self.known:
            self.known[key] = self._by(*key)
        by = self.known[key]
        place = next((row.organisation_id for row in rows if row.tier == case.stands_at), None)
        later = self.own.get(key, {}).get(place or case.organisation_id)
        return case.next_due_at == (by and max(by, later or by))

    def _by(self, kind: str, period: str, tier: str) -> datetime | None:
        assert self.calendar is not None
        filing = self.calendar.filing(kind)
        link = filing.link(tier)
        found = next((one for one in periods(self.calendar, filing) if one.name == period), None)
        return link_deadline(self.calendar, link, found) if link and found else None


# ---------------------------------------------------------------- rounds that are owed


def _rounds(
    session: Session, programme_id: int, calendars: Sequence[TermCalendar], own: Own
) -> Iterator[Message]:
    """A round waits for its deadline until something went past it, then for those alone that were given longer."""
    editions = [_owed(calendar) for calendar in calendars]
    rows = session.execute(select(FilingCall).where(col(FilingCall.programme_id) == programme_id)).scalars()
    calls = {(call.kind, call.period): call for call in rows}
    reached = _reached(session, programme_id) if calls else None
    for key in sorted(set(editions[-1]) - set(calls)):
        yield OTHER_ROUND(kind=key[0], period=key[1])
    for key, call in sorted(calls.items()):
        said = [owed[key] for owed in editions if key in owed]
        waits = call.next_due_at == call.deadline_at
        standing = editions[-1].get(key)
        always = len(said) == len(editions)
        later = {*own.get((*key, call.tier), {}).values(), None}
        if (
            (call.tier, call.deadline_at) not in said
            or (waits and standing != (call.tier, call.deadline_at))
            or (not waits and call.next_due_at not in later)
            or (not waits and always and (reached is None or reached < call.deadline_at))
        ):
            yield OTHER_ROUND(kind=key[0], period=key[1])


def _owed(calendar: TermCalendar) -> dict[tuple[str, str], tuple[str, datetime]]:
    return {
        (filing.id, period.name): (filing.tier, by)
        for filing in calendar.filings
        for period in (periods(calendar, filing) if filing.owed else ())
        if (by := link_deadline(calendar, filing.chain[0], period)) is not None
    }


def _reached(session: Session, programme_id: int) -> datetime | None:
    """The furthest instant up to which anything of the programme was taken: by a night, a decision, a step or an edition."""
    asked = (
        select(func.max(col(Night.as_of), type_=Instant)),
        select(func.max(col(Cohort.advanced_to), type_=Instant)).where(
            col(Cohort.programme_id) == programme_id
        ),
        select(func.max(col(Edition.published_at), type_=Instant)).where(
            col(Edition.programme_id) == programme_id
        ),
        select(func.max(col(FilingExtension.effective_at), type_=Instant)).where(
            col(FilingExtension.programme_id) == programme_id
        ),
        select(func.max(col(FilingStep.effective_at), type_=Instant))
        .join(Filing, col(Filing.id) == col(FilingStep.filing_id))
        .where(col(Filing.programme_id) == programme_id),
    )
    return max(filter(None, (session.execute(one).scalar() for one in asked)), default=None)
