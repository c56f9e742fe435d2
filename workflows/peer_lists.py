"""Where a peer review stands, for people: who was given whom, what was said, what is owed still and by whom, and the mean of
what each group got. It shows names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.peers import PeerReview
from calendars.quantities import half_up, shown
from calendars.term import TermCalendar
from models.peers import PeerAssignment, PeerOpinion, PeerRound
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.cohorts import load_terms
from workflows.organisations import Tree
from workflows.peer_giving import Opinion, until
from workflows.peer_rounds import arrivals


@dataclass(frozen=True)
class PairSeen:
    """One review that was assigned, and what it said. `until` is when it is over for the group that owes it."""

    review: PeerReview
    reviewer_id: int
    reviewer: str
    who: tuple[str, ...]  # the people of the reviewing role
    reviewed_id: int
    reviewed: str
    assigned_at: datetime
    until: datetime | None
    opinion: Opinion | None = None
    name: str = ""
    given_at: datetime | None = None

    def is_missed(self, at: datetime) -> bool:
        return self.opinion is None and self.until is not None and self.until <= at


@dataclass(frozen=True)
class Got:
    """What a group got from its peers: how many scores, their mean in hundredths, rounded half up; and grades by number."""

    count: int = 0
    mean: int | None = None
    grades: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        """The mean, or each grade with its number; nothing where there is none yet."""
        return shown(self.mean) or " ".join(f"{grade}{count}" for grade, count in self.grades)


@dataclass(frozen=True)
class GroupSeen:
    """One group: how many it is to review and has, how many review it, and what they gave."""

    review: PeerReview
    id: int
    name: str
    path: tuple[str, ...]
    owes: int
    given: int
    reviewed_by: int
    got: Got

    @property
    def fewer(self) -> bool:
        """Whether there were too few groups to give it as many as the calendar says."""
        return self.owes < self.review.each_reviews


@dataclass(frozen=True)
class Seen:
    pairs: tuple[PairSeen, ...]
    groups: tuple[GroupSeen, ...]


def reviews_seen(
    session: Session, programme_id: int, calendar: TermCalendar, tree: Tree, review: PeerReview, at: datetime
) -> Seen:
    """One review as it stands, with the deadlines that hold at an instant: pairs and groups by name."""
    rows = session.execute(
        select(PeerAssignment).where(
            col(PeerAssignment.programme_id) == programme_id, col(PeerAssignment.review) == review.id
        ).order_by(col(PeerAssignment.id))
    ).scalars().all()  # fmt: skip
    standing = opinions(session, [row.id or 0 for row in rows])
    cohorts = _cohorts(session, {one for row in rows for one in (row.reviewer_id, row.reviewed_id)})
    cohorts |= _cohorts(session, _without_any(session, programme_id, review, at))
    ends = {
        term.id: until(term, calendar, review, at)
        for term in load_terms(session, {row.reviewer_id for row in rows})
    }
    who = _reviewers(session, {row.reviewer_id for row in rows}, review.role)
    pairs = []
    for row in rows:
        said = standing.get(row.id or 0)
        opinion = Opinion(said.score, said.grade, said.comment) if said else None
        pairs.append(
            PairSeen(
                review, row.reviewer_id, cohorts[row.reviewer_id][0], who.get(row.reviewer_id, ()), row.reviewed_id,
                cohorts[row.reviewed_id][0], row.effective_at, ends[row.reviewer_id], opinion,
                said.name if said else "", said.effective_at if said else None,
            )
        )  # fmt: skip
    pairs.sort(key=lambda pair: (pair.reviewer, pair.reviewed))
    return Seen(tuple(pairs), tuple(_groups(review, pairs, cohorts, tree)))


def _groups(
    review: PeerReview, pairs: Sequence[PairSeen], cohorts: Mapping[int, tuple[str, int]], tree: Tree
) -> Iterable[GroupSeen]:
    owes = Counter(pair.reviewer_id for pair in pairs)
    given = Counter(pair.reviewer_id for pair in pairs if pair.opinion)
    by = Counter(pair.reviewed_id for pair in pairs)
    said: dict[int, list[Opinion]] = {}
    for pair in pairs:
        if pair.opinion is not None:
            said.setdefault(pair.reviewed_id, []).append(pair.opinion)
    for cohort, (name, place) in sorted(cohorts.items(), key=lambda one: one[1][0]):
        got = _got(said.get(cohort, []), review.scale.grades)
        path = tuple(tree.names(place))
        yield GroupSeen(review, cohort, name, path, owes[cohort], given[cohort], by[cohort], got)


def got(session: Session, programme_id: int, review: PeerReview) -> dict[int, Got]:
    """What each group got, by cohort: those that got something."""
    rows = session.execute(
        select(col(PeerAssignment.id), col(PeerAssignment.reviewed_id)).where(
            col(PeerAssignment.programme_id) == programme_id, col(PeerAssignment.review) == review.id
        )
    )
    reviewed: dict[int, int] = dict(rows.tuples().all())
    said: dict[int, list[Opinion]] = {}
    for number, one in opinions(session, list(reviewed)).items():
        said.setdefault(reviewed[number], []).append(Opinion(one.score, one.grade, one.comment))
    return {cohort: _got(those, review.scale.grades) for cohort, those in said.items()}


def _got(said: Sequence[Opinion], grades: Sequence[str]) -> Got:
    scores = [one.score for one in said if one.score is not None]
    counted = Counter(one.grade for one in said if one.grade is not None)
    mean = half_up(sum(scores), len(scores)) if scores else None
    return Got(len(said), mean, tuple((grade, counted[grade]) for grade in grades if counted[grade]))


def opinions(session: Session, assignments: Sequence[int]) -> dict[int, PeerOpinion]:
    """The standing opinion of each of these assignments that has one."""
    last = (
        select(col(PeerOpinion.assignment_id).label("of"), func.max(col(PeerOpinion.number)).label("number"))
        .group_by(col(PeerOpinion.assignment_id))
        .subquery()
    )
    rows = session.execute(
        select(PeerOpinion)
        .join(
            last, (last.c.of == col(PeerOpinion.assignment_id)) & (last.c.number == col(PeerOpinion.number))
        )
        .where(col(PeerOpinion.assignment_id).in_(list(assignments)))
    ).scalars()
    return {one.assignment_id: one for one in rows}


def _without_any(session: Session, programme_id: int, review: PeerReview, at: datetime) -> set[int]:
    """Groups that were there at an instant and were given nobody."""
    one = session.get(PeerRound, (programme_id, review.id))
    if one is None or one.opens_at > at:
        return set()
    return {cohort for cohort, since in arrivals(session, one).items() if since <= at}


def _cohorts(session: Session, wanted: Iterable[int]) -> dict[int, tuple[str, int]]:
    rows = session.execute(
        select(col(Cohort.id), col(Cohort.name), col(Cohort.organisation_id)).where(
            col(Cohort.id).in_(sorted(wanted))
        )
    )
    return {cohort: (name, place) for cohort, name, place in rows}


def _reviewers(session: Session, wanted: Iterable[int], role: str) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(col(Enrolment.cohort_id), col(Person.name))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .where(
            col(Enrolment.cohort_id).in_(sorted(wanted)), col(Enrolment.role) == role,
            col(Enrolment.left_at).is_(None),
        )
        .order_by(col(Enrolment.id))
    )  # fmt: skip
    found: dict[int, tuple[str, ...]] = {}
    for cohort, name in rows:
        found[cohort] = (*found.get(cohort, ()), name)
    return found
