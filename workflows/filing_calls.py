"""What lapses: cases whose link is over, and organisations that owe a filing and have not filed.

The night lets lapse what is due, found by two indexes and stamped with the deadline; the calendar is not needed
for it. When an edition is published, the rounds that are owed and the deadlines of open cases are set by it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.filing_times import link_deadline, periods
from calendars.term import TermCalendar
from models.filings import Filing, FilingCall, FilingStep
from models.terms import Programme
from models.types import Instant
from workflows.filings import cases_of, open_until, owing, own_deadlines
from workflows.machines import FILING, allows, move


def lapse_due(
    session: Session, as_of: datetime, recorded_at: datetime, programme_id: int | None = None
) -> None:
    """Let lapse whatever is over by an instant, in one programme or in all. Doing it twice changes nothing; a quiet night
    costs two look-ups."""
    calls = select(FilingCall).where(col(FilingCall.next_due_at) <= as_of)
    cases = select(Filing).where(col(Filing.next_due_at) <= as_of)
    if programme_id is not None:
        calls = calls.where(col(FilingCall.programme_id) == programme_id)
        cases = cases.where(col(Filing.programme_id) == programme_id)
    for call in session.execute(calls.order_by(*_IN_ORDER)).scalars().all():
        while call.next_due_at is not None and call.next_due_at <= as_of:
            _let_pass(session, call, recorded_at)
    for case in session.execute(cases.order_by(col(Filing.next_due_at), col(Filing.id))).scalars().all():
        _lapse(session, case, recorded_at)


def lapsed_between(session: Session, after: datetime | None, until: datetime) -> Counter[str]:
    """How many lapses were recorded after an instant and up to another, by an act or by a night: by `programme|filing`."""
    recorded = col(FilingStep.recorded_at)
    statement = (
        select(col(Programme.slug), col(Filing.kind), func.count())
        .select_from(FilingStep)
        .join(Filing, col(Filing.id) == col(FilingStep.filing_id))
        .join(Programme, col(Programme.id) == col(Filing.programme_id))
        .where(col(FilingStep.act) == "lapse", recorded <= until, *([recorded > after] if after else []))
        .group_by(col(Programme.slug), col(Filing.kind))
    )
    return Counter({f"{slug}|{kind}": count for slug, kind, count in session.execute(statement)})


_IN_ORDER = (
    col(FilingCall.next_due_at),
    col(FilingCall.programme_id),
    col(FilingCall.kind),
    col(FilingCall.period),
)


def _let_pass(session: Session, call: FilingCall, recorded_at: datetime) -> None:
    """The deadline of a round, or an organisation's own later one, is here: whoever has no case has let it lapse."""
    assert call.next_due_at is not None
    here = call.next_due_at
    own = own_deadlines(session, call.programme_id, call.kind, call.period, call.tier, known_before=here)
    begun = {case.organisation_id for case in cases_of(session, call.programme_id, [call.kind], call.period)}
    missing = sorted(owing(session, call.programme_id, call.tier, call.deadline_at) - begun)
    over = [organisation for organisation in missing if own.get(organisation, here) <= here]
    for organisation in over:
        case = Filing(
            programme_id=call.programme_id, kind=call.kind, period=call.period, organisation_id=organisation,
            stands_at=call.tier, next_due_at=here,
        )  # fmt: skip
        session.add(case)
        session.flush()
        _lapse(session, case, recorded_at)
    later = [own[organisation] for organisation in missing if organisation not in over]
    call.next_due_at = min(later, default=None)
    session.flush()


def _lapse(session: Session, case: Filing, recorded_at: datetime) -> None:
    """As of the deadline; not before the last thing that was done with the case."""
    assert case.next_due_at is not None
    number, last = session.execute(
        select(func.count(), func.max(col(FilingStep.effective_at), type_=Instant)).where(
            col(FilingStep.filing_id) == case.id
        )
    ).one()
    effective_at = max(filter(None, (case.next_due_at, last)))
    case.next_due_at = None
    if not allows(FILING, case.state, "lapse"):
        return
    case.held_from = case.state
    move(FILING, case, "lapse")
    session.add(
        FilingStep(
            filing_id=case.id or 0, number=number + 1, act="lapse", tier=case.stands_at, state=case.state,
            stands_at=case.stands_at, effective_at=effective_at, recorded_at=recorded_at,
        )
    )  # fmt: skip
    session.flush()


def call_out(session: Session, programme_id: int, calendar: TermCalendar) -> None:
    """Go by this edition from now on: what is owed by when, and until when open cases wait. What has lapsed stays so,
    until the office extends it."""
    owed = {
        (filing.id, period.name): (filing.tier, by)
        for filing in calendar.filings
        for period in (periods(calendar, filing) if filing.owed else ())
        if (by := link_deadline(calendar, filing.chain[0], period)) is not None
    }
    standing = select(FilingCall).where(col(FilingCall.programme_id) == programme_id)
    for call in session.execute(standing).scalars().all():
        tier, by = owed.pop((call.kind, call.period), (call.tier, None))
        if call.next_due_at == call.deadline_at:  # nobody has let it lapse yet
            call.tier, call.next_due_at, call.deadline_at = tier, by, by or call.deadline_at
    for (kind, period), (tier, by) in owed.items():
        call = FilingCall(
            programme_id=programme_id, kind=kind, period=period, tier=tier, deadline_at=by, next_due_at=by
        )
        session.add(call)
    known = [filing.id for filing in calendar.filings]
    for case in cases_of(session, programme_id, known):
        if case.state in {"passing", "returned"}:
            case.next_due_at = open_until(session, calendar, case)
    session.flush()
