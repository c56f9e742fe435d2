"""What a cohort that waits for a filing asks: whose it is, where it stands, and when something was done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.filing_pages import link_name
from calendars.filings import Filing as Defined
from calendars.messages import Message, Wording
from calendars.term import TermCalendar
from models.filings import Filing, FilingStep
from models.people import Organisation
from models.terms import Cohort
from models.types import seconds
from workflows.facts import ENROLMENT, raw
from workflows.filings import cases_of, stands
from workflows.machines import FILING

STANDS = Wording(zh="{state}，等{link}", en="{state}, it waits on {link}")
AT_THE_END = Wording(zh="{state}（{link}）", en="{state} ({link})")
AND = Wording(zh="{first}；{rest}", en="{first}; {rest}")
STATES = {state.name: state.label for state in FILING.states}


def filers(session: Session, cohort_ids: Sequence[int], tier: str, at: datetime) -> dict[int, set[int]]:
    """The organisations of a tier that file for each cohort: that at or above the cohort's own, else those at or above
    its people's, as known at an instant."""
    own = at_or_above(
        session,
        select(col(Cohort.id), col(Cohort.organisation_id)).where(col(Cohort.id).in_(cohort_ids)),
        tier,
    )
    spanning = [cohort for cohort in cohort_ids if cohort not in own]
    if not spanning:
        return own
    members = select(ENROLMENT.c.cohort_id, ENROLMENT.c.organisation_id).where(
        ENROLMENT.c.cohort_id.in_(spanning),
        raw(ENROLMENT, "received_at") < seconds(at),
        raw(ENROLMENT, "left_at").is_(None) | (raw(ENROLMENT, "left_at") >= seconds(at)),
    )
    return own | at_or_above(session, members.distinct(), tier)


def at_or_above(session: Session, wanted: Any, tier: str) -> dict[int, set[int]]:
    """From pairs of cohort and organisation, the organisations of the tier by cohort: some levels, one look-up each."""
    found: dict[int, set[int]] = {}
    level = {(cohort, place) for cohort, place in session.execute(wanted)}
    while level:
        rows = session.execute(
            select(col(Organisation.id), col(Organisation.tier), col(Organisation.parent_id)).where(
                col(Organisation.id).in_(sorted({place for _, place in level}))
            )
        )
        known = {row[0]: (row[1], row[2]) for row in rows}
        above = set()
        for cohort, place in level:
            its_tier, parent = known[place]
            if its_tier == tier:
                found.setdefault(cohort, set()).add(place)
            elif parent is not None:
                above.add((cohort, parent))
        level = above
    return found


def stands_of(
    session: Session, programme_id: int, filing: Defined, at: datetime
) -> dict[int, tuple[str, str]]:
    """State and link of the case of each organisation, as known at an instant."""
    cases = {case.id or 0: case.organisation_id for case in cases_of(session, programme_id, [filing.id])}
    return {
        cases[number]: (stand.state, stand.stands_at)
        for number, stand in stands(session, list(cases), at).items()
    }


def steps_taken(session: Session, programme_id: int, kinds: Sequence[str]) -> set[datetime]:
    """The instants at which something was done with cases of these filings."""
    if not kinds:
        return set()
    taken = (
        select(col(FilingStep.effective_at)).join(Filing, col(Filing.id) == col(FilingStep.filing_id))
        .where(col(Filing.programme_id) == programme_id, col(Filing.kind).in_(list(kinds))).distinct()
    )  # fmt: skip
    return set(session.execute(taken).scalars())


def told_stands(calendar: TermCalendar | None, detail: Mapping[str, Any]) -> Message | str:
    """Where it stands and on whom it waits, in words; nothing for a hold that is about no filing."""
    told: Message | str = ""
    for one in detail.get("stands", ()):
        state, _, tier = one.partition(" ")
        filing = calendar.filing(detail["filing"]) if calendar else None
        link = filing.link(tier) if filing else None
        wording = STANDS if state in {"due", "passing", "returned", "taken_back"} else AT_THE_END
        rest = wording(state=STATES[state](), link=link_name(link) if link else tier)
        told = AND(first=told, rest=rest) if told else rest
    return told
