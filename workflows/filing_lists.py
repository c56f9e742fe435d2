"""Where every case stands, for people: whose it is, which links it has gone through, on whom it waits or who let it
lapse, who has not filed yet, and how many each organisation may still pass on. It shows names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.filing_pages import WHO, link_name
from calendars.filing_times import link_deadline, periods
from calendars.filings import Filing as Defined
from calendars.messages import Message
from calendars.term import TermCalendar
from models.filings import Filing, FilingAttachment, FilingLink, FilingStep
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.filing_cases import Attached, cohort_of
from workflows.filing_quotas import Quota, quotas
from workflows.filings import cases_of, owing, own_deadlines
from workflows.machines import FILING
from workflows.organisations import Tree
from workflows.peer_lists import Got, got

STATES = {state.name: state.label for state in FILING.states}


@dataclass(frozen=True)
class LinkSeen:
    """One link of a case: who, and when the case came to it and went on."""

    tier: str
    name: Message
    organisation: str
    came_at: datetime | None
    passed_at: datetime | None


@dataclass(frozen=True)
class StepSeen:
    act: str
    link: Message
    state: Message
    name: str
    reason: str
    document: str | None
    at: datetime
    attachments: tuple[Attached, ...]


@dataclass(frozen=True)
class CaseSeen:
    """One case. Without a number it is owed and has not been filed."""

    number: int | None
    filing: Defined
    period: str
    organisation_id: int
    tiers: tuple[str, ...]  # of the organisation at which it begins and of those above, the topmost first
    path: tuple[str, ...]  # their names
    person: tuple[str, str] | None  # number and name
    title: str  # of an entry; of a cohort its name
    state: str
    stands_at: Message  # the link on which it waits, or that let it lapse
    holder: str  # the organisation of that link
    tier: str
    until: datetime | None  # when that link is over
    fields: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[LinkSeen, ...] = ()
    steps: tuple[StepSeen, ...] = ()
    got: Got | None = None  # what its peers gave the cohort, where the calendar shows it beside the case

    @property
    def label(self) -> Message:
        return STATES[self.state]()

    @property
    def whose(self) -> str:
        """The entry or cohort, the person, or the organisation itself."""
        return self.title or (self.person[1] if self.person else self.path[-1])

    def belongs_to(self, organisation_id: int, tree: Tree) -> bool:
        """Whether an organisation stands at or above the one where the case begins."""
        return any(node.id == organisation_id for node in tree.path(self.organisation_id))


@dataclass(frozen=True)
class QuotaSeen:
    filing: Defined
    period: str
    link: Message
    organisation: str
    quota: Quota


def seen(
    session: Session, programme_id: int, calendar: TermCalendar, tree: Tree, kinds: Sequence[str]
) -> list[CaseSeen]:
    """Every case of these filings, by number, then what is owed and not filed."""
    cases = cases_of(session, programme_id, kinds)
    wanted = [case.id or 0 for case in cases]
    view = _View(
        calendar, tree, _links(session, wanted), _steps(session, wanted), _people(session, cases),
        _cohort_names(session, cases), _got_by_kind(session, programme_id, calendar, kinds),
    )  # fmt: skip
    attached = _attachments(session, wanted)
    found = [view.case(case, attached) for case in cases if case.kind in kinds]
    return found + [
        one for kind in kinds for one in _not_filed(session, programme_id, calendar, tree, kind, cases)
    ]


def quotas_seen(
    session: Session, programme_id: int, calendar: TermCalendar, tree: Tree, kinds: Sequence[str]
) -> Iterator[QuotaSeen]:
    """What each organisation may still pass on, where there is a limit."""
    for filing in calendar.filings:
        for link in filing.chain if filing.id in kinds else ():
            for period in periods(calendar, filing) if link.most is not None else ():
                found = quotas(session, filing, link, programme_id, period.name)
                for organisation, quota in sorted(found.items()):
                    name = "/".join(tree.names(organisation))
                    yield QuotaSeen(filing, period.name, link_name(link), name, quota)


@dataclass(frozen=True)
class _View:
    calendar: TermCalendar
    tree: Tree
    links: Mapping[int, list[FilingLink]]
    steps: Mapping[int, list[FilingStep]]
    people: Mapping[int, tuple[str, str]]
    cohorts: Mapping[str, tuple[int, str]]  # by the case's subject: number and name
    got: Mapping[str, Mapping[int, Got]]  # by kind and cohort

    def case(self, case: Filing, attached: Mapping[tuple[int, int], list[Attached]]) -> CaseSeen:
        number = case.id or 0
        filing = self.calendar.filing(case.kind)
        links = tuple(self._link(filing, link) for link in self.links.get(number, ()))
        here = next((link for link in links if link.tier == case.stands_at), None)
        steps = self.steps.get(number, [])
        cohort, name = self.cohorts.get(case.subject, (0, ""))
        applied = next((step for step in reversed(steps) if step.act == "apply"), None)
        return CaseSeen(
            number=number, filing=filing, period=case.period, organisation_id=case.organisation_id,
            tiers=tuple(node.tier for node in self.tree.path(case.organisation_id)),
            path=tuple(self.tree.names(case.organisation_id)), person=self.people.get(case.enrolment_id or 0),
            title=name if case.enrolment_id else case.subject, state=case.state,
            stands_at=self._named(filing, case.stands_at),
            holder=here.organisation if here else self.tree.nodes[case.organisation_id].name, tier=case.stands_at,
            until=case.next_due_at, fields=json.loads(applied.fields) if applied else {}, links=links,
            steps=tuple(self._step(filing, step, attached.get((number, step.number), [])) for step in steps),
            got=self.got[case.kind].get(cohort, Got()) if case.kind in self.got else None,
        )  # fmt: skip

    def _link(self, filing: Defined, link: FilingLink) -> LinkSeen:
        place = link.organisation_id
        organisation = self.tree.nodes[place].name if place is not None else ""
        return LinkSeen(link.tier, self._named(filing, link.tier), organisation, link.came_at, link.passed_at)

    def _step(self, filing: Defined, step: FilingStep, attached: Sequence[Attached]) -> StepSeen:
        return StepSeen(
            step.act, self._named(filing, step.tier), STATES[step.state](), step.name, step.reason, step.document,
            step.effective_at, tuple(attached),
        )  # fmt: skip

    @staticmethod
    def _named(filing: Defined, tier: str) -> Message:
        link = filing.link(tier)
        return link_name(link) if link else WHO[tier]()


def _not_filed(
    session: Session,
    programme_id: int,
    calendar: TermCalendar,
    tree: Tree,
    kind: str,
    cases: Sequence[Filing],
) -> Iterator[CaseSeen]:
    """The organisations that owe a filing whose deadline has not come, and have no case yet."""
    filing = calendar.filing(kind)
    for period in periods(calendar, filing) if filing.owed else ():
        by = link_deadline(calendar, filing.chain[0], period)
        if by is None:
            continue
        begun = {case.organisation_id for case in cases if (case.kind, case.period) == (kind, period.name)}
        own = own_deadlines(session, programme_id, kind, period.name, filing.tier)
        for organisation in sorted(owing(session, programme_id, filing.tier, by) - begun):
            path = tuple(tree.names(organisation))
            yield CaseSeen(
                number=None, filing=filing, period=period.name, organisation_id=organisation,
                tiers=tuple(node.tier for node in tree.path(organisation)), path=path, person=None,
                title="", state="due", stands_at=link_name(filing.chain[0]), holder=path[-1], tier=filing.tier,
                until=max(by, own.get(organisation, by)),
            )  # fmt: skip


def _links(session: Session, wanted: Sequence[int]) -> dict[int, list[FilingLink]]:
    rows = select(FilingLink).where(col(FilingLink.filing_id).in_(wanted)).order_by(col(FilingLink.position))
    found: dict[int, list[FilingLink]] = {}
    for link in session.execute(rows).scalars():
        found.setdefault(link.filing_id, []).append(link)
    return found


def _steps(session: Session, wanted: Sequence[int]) -> dict[int, list[FilingStep]]:
    rows = select(FilingStep).where(col(FilingStep.filing_id).in_(wanted)).order_by(col(FilingStep.number))
    found: dict[int, list[FilingStep]] = {}
    for step in session.execute(rows).scalars():
        found.setdefault(step.filing_id, []).append(step)
    return found


def _attachments(session: Session, wanted: Sequence[int]) -> dict[tuple[int, int], list[Attached]]:
    rows = select(FilingAttachment).where(col(FilingAttachment.filing_id).in_(wanted))
    found: dict[tuple[int, int], list[Attached]] = {}
    for one in session.execute(rows.order_by(col(FilingAttachment.name))).scalars():
        found.setdefault((one.filing_id, one.step), []).append(Attached(one.name, one.size, one.sha256))
    return found


def _cohort_names(session: Session, cases: Sequence[Filing]) -> dict[str, tuple[int, str]]:
    """The cohorts of those cases that are about one, by the case's subject."""
    wanted = {case.subject: cohort for case in cases if (cohort := cohort_of(case)) is not None}
    rows = session.execute(
        select(col(Cohort.id), col(Cohort.name)).where(col(Cohort.id).in_(sorted(wanted.values())))
    )
    names = {row[0]: row[1] for row in rows}
    return {subject: (number, names[number]) for subject, number in wanted.items()}


def _got_by_kind(
    session: Session, programme_id: int, calendar: TermCalendar, kinds: Sequence[str]
) -> dict[str, dict[int, Got]]:
    return {
        filing.id: got(session, programme_id, calendar.peer_review(filing.peers))
        for filing in calendar.filings
        if filing.peers is not None and filing.id in kinds
    }


def _people(session: Session, cases: Sequence[Filing]) -> dict[int, tuple[str, str]]:
    wanted = [case.enrolment_id for case in cases if case.enrolment_id is not None]
    rows = session.execute(
        select(col(Enrolment.id), col(Person.number), col(Person.name))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .where(col(Enrolment.id).in_(wanted))
    )
    return {enrolment: (number, name) for enrolment, number, name in rows}
