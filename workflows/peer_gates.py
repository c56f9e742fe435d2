"""What a cohort that waits for a peer review asks: whom it still owes one, or that it was given nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.term import TermCalendar
from models.peers import PeerAssignment, PeerOpinion, PeerRound
from models.terms import Cohort
from workflows.facts import ENROLMENT, people
from workflows.sql import among

OWES = Wording(zh="没有评：{groups}", en="not reviewed: {groups}")
ALONE = Wording(zh="没有别的组可以互评", en="there is no other group to review")


def owed_still(
    session: Session, programme_id: int, review: str, cohort_ids: Sequence[int], at: datetime
) -> dict[int, list[str]]:
    """The groups that each of these owes a review, by name, as known at an instant."""
    given = exists().where(
        col(PeerOpinion.assignment_id) == col(PeerAssignment.id), col(PeerOpinion.effective_at) < at
    )
    rows = session.execute(
        select(col(PeerAssignment.reviewer_id), col(Cohort.name))
        .join(Cohort, col(Cohort.id) == col(PeerAssignment.reviewed_id))
        .where(
            col(PeerAssignment.programme_id) == programme_id, col(PeerAssignment.review) == review,
            among(col(PeerAssignment.reviewer_id), cohort_ids), col(PeerAssignment.effective_at) <= at, ~given,
        )
        .order_by(col(PeerAssignment.reviewer_id), col(Cohort.name))
    )  # fmt: skip
    found: dict[int, list[str]] = {}
    for reviewer, name in rows:
        found.setdefault(reviewer, []).append(name)
    return found


def alone(
    session: Session, programme_id: int, review: str, cohort_ids: Sequence[int], at: datetime
) -> set[int]:
    """Those of these cohorts that should review and were given nobody, as known at an instant."""
    one = session.get(PeerRound, (programme_id, review))
    if one is None or one.opens_at > at:
        return set()
    reviewing = session.execute(
        select(ENROLMENT.c.cohort_id).where(people(list(cohort_ids), [one.role], at)).distinct()
    ).scalars()
    dealt = session.execute(
        select(col(PeerAssignment.reviewer_id)).where(
            col(PeerAssignment.programme_id) == programme_id, col(PeerAssignment.review) == review,
            among(col(PeerAssignment.reviewer_id), cohort_ids), col(PeerAssignment.effective_at) <= at,
        )
    ).scalars()  # fmt: skip
    return set(reviewing) - set(dealt)


def told_peers(detail: Mapping[str, Any]) -> Message | str:
    """Whom it owes a review, in words; nothing for a hold that is about no peer review."""
    if "peers" not in detail:
        return ""
    return OWES(groups=detail["owes"]) if detail["owes"] else ALONE()


def review_named(calendar: TermCalendar | None, detail: Mapping[str, Any]) -> str:
    review = str(detail.get("peers", ""))
    return calendar.peer_review(review).name if calendar and review else review
