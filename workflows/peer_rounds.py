"""When peer reviews are dealt out: at their opening, and to a group that comes later when it comes, whichever nights run.

The night deals what is due, found by one index, in its opening transaction, and stamps it with the instant at which it was
due; the calendar is not needed for it. While a review is open each night asks which groups have none to review yet. When an
edition is published, the reviews that have not opened are set by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, select
from sqlmodel import Session, col

from calendars.peer_times import stretch
from calendars.term import TermCalendar
from models.peers import PeerAssignment, PeerRound
from models.terms import Cohort, Programme
from models.types import ONE_SECOND
from models.work import Enrolment
from workflows.filing_gates import at_or_above
from workflows.peer_dealing import Dealing, Group


def deal_due(
    session: Session, as_of: datetime, recorded_at: datetime, programme_id: int | None = None
) -> Counter[str]:
    """Deal out every review that has opened by an instant, in one programme or in all. Counts pairs by
    `programme|review`. Doing it twice changes nothing; where none is open it costs one look-up."""
    due = select(PeerRound).where(col(PeerRound.next_due_at) <= as_of)
    if programme_id is not None:
        due = due.where(col(PeerRound.programme_id) == programme_id)
    found: Counter[str] = Counter()
    in_order = due.order_by(col(PeerRound.programme_id), col(PeerRound.review)).with_for_update()
    for one in session.execute(in_order).scalars().all():
        slug = session.get_one(Programme, one.programme_id).slug
        count = _deal(session, one, slug, as_of, recorded_at)
        if count:
            found[f"{slug}|{one.review}"] = count
        if as_of >= one.ends_at:
            one.next_due_at = None
    session.flush()
    return found


def _deal(session: Session, one: PeerRound, slug: str, as_of: datetime, recorded_at: datetime) -> int:
    """To each group without a review, in the order of the instants at which they came."""
    coming = {cohort: at for cohort, at in arrivals(session, one).items() if at <= as_of and at < one.ends_at}
    if not coming:
        return 0
    dealing = Dealing(f"{slug}|{one.review}", one.each, one.within.split())
    dealt = _dealt(session, one)
    there = {group: min(at, coming.get(group, at)) for pair, at in dealt.items() for group in pair} | coming
    groups = _groups(session, there, dealing.within)
    count = 0
    for at in sorted(set(coming.values())):
        present = [groups[cohort] for cohort, since in there.items() if since <= at]
        new = [groups[cohort] for cohort, since in coming.items() if since == at]
        pairs = dealing.deal(present, new, dealt)
        _write(session, one, pairs, at, recorded_at)
        dealt |= dict.fromkeys(pairs, at)
        count += len(pairs)
    return count


def arrivals(session: Session, one: PeerRound) -> dict[int, datetime]:
    """The groups that have none to review, and since when each was there to be dealt with: since the opening, or since
    somebody in it has had the role that reviews."""
    dealt = exists().where(
        col(PeerAssignment.reviewer_id) == col(Cohort.id), col(PeerAssignment.review) == one.review
    )
    rows = session.execute(
        select(col(Cohort.id), col(Enrolment.received_at), col(Enrolment.left_at))
        .join(Enrolment, col(Enrolment.cohort_id) == col(Cohort.id))
        .where(col(Cohort.programme_id) == one.programme_id, col(Enrolment.role) == one.role, ~dealt)
    )
    found: dict[int, datetime] = {}
    for cohort, received_at, left_at in rows:
        at = max(one.opens_at, received_at + ONE_SECOND)
        if left_at is None or left_at >= at:
            found[cohort] = min(at, found.get(cohort, at))
    return found


def _dealt(session: Session, one: PeerRound) -> dict[tuple[int, int], datetime]:
    """What was dealt so far, and when."""
    rows = session.execute(
        select(
            col(PeerAssignment.reviewer_id), col(PeerAssignment.reviewed_id), col(PeerAssignment.effective_at)
        ).where(
            col(PeerAssignment.programme_id) == one.programme_id, col(PeerAssignment.review) == one.review
        ).order_by(col(PeerAssignment.id))
    )  # fmt: skip
    return {(reviewer, reviewed): at for reviewer, reviewed, at in rows}


def _groups(session: Session, wanted: Iterable[int], tiers: Iterable[str]) -> dict[int, Group]:
    """With the organisation of each tier at or above the cohort's own."""
    these = col(Cohort.id).in_(sorted(wanted))
    standing = select(col(Cohort.id), col(Cohort.organisation_id)).where(these)
    above = {tier: at_or_above(session, standing, tier) for tier in tiers}
    names = session.execute(select(col(Cohort.id), col(Cohort.name)).where(these))
    return {
        cohort: Group(cohort, name, {tier: place for tier in above for place in above[tier].get(cohort, ())})
        for cohort, name in names
    }


def _write(
    session: Session,
    one: PeerRound,
    pairs: Iterable[tuple[int, int]],
    at: datetime,
    recorded_at: datetime,
) -> None:
    session.add_all(
        PeerAssignment(
            programme_id=one.programme_id, review=one.review, reviewer_id=reviewer, reviewed_id=reviewed,
            effective_at=at, recorded_at=recorded_at,
        )
        for reviewer, reviewed in pairs
    )  # fmt: skip
    session.flush()


def announce(session: Session, programme_id: int, calendar: TermCalendar, at: datetime) -> None:
    """Go by this edition from now on. What has opened keeps its terms, and its end may still be moved."""
    standing = {
        one.review: one
        for one in session.execute(
            select(PeerRound).where(col(PeerRound.programme_id) == programme_id)
        ).scalars()
    }
    for review in calendar.peer_reviews:
        times = stretch(calendar, review)
        one = standing.pop(review.id, None)
        if times is None or (one is not None and one.opens_at <= at):
            if one is not None and times is not None and times[1] != one.ends_at:
                one.ends_at, one.next_due_at = times[1], one.opens_at
            continue
        opens_at, ends_at = times
        one = one or PeerRound(
            programme_id=programme_id, review=review.id, role="", within="", each=0, opens_at=opens_at,
            ends_at=ends_at,
        )  # fmt: skip
        one.role, one.within, one.each = review.role, " ".join(review.within), review.each_reviews
        one.opens_at, one.ends_at, one.next_due_at = opens_at, ends_at, opens_at
        session.add(one)
    for one in standing.values():
        if one.opens_at > at:
            session.delete(one)
    session.flush()
