"""What a group says of another that it was given to review: a score or grade and a comment, while its review is open.

A review given anew stands beside the one before, and the last counts. Once a group has given all that it owes, its
reviewers have a learning record of it, if the calendar names a task.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.messages import Message, Wording, refuse
from calendars.peer_pages import scale_told
from calendars.peers import PeerReview
from calendars.quantities import HUNDREDTHS, shown
from calendars.scales import Scale
from calendars.schedule import deadline
from calendars.term import TermCalendar
from models.peers import PeerAssignment, PeerOpinion
from models.terms import Cohort
from models.types import ONE_SECOND
from models.work import Enrolment, Evidence
from workflows.cohorts import CohortTerm, known
from workflows.own_records import OwnRecord, keep_record
from workflows.peer_gates import owed_still
from workflows.person_status import work_has_come
from workflows.resolving import Decision, look_at, told
from workflows.taking_on import cohort_taken_on

GIVEN = "互评"  # the source of the records that giving reviews makes

NOT_ITSELF = Wording(zh="一个组不评自己", en="a group does not review itself")
NOT_ASSIGNED = Wording(
    zh="“{reviewer}”没有分到“{reviewed}”；分到的是：{groups}",
    en="{reviewed!r} was not assigned to {reviewer!r}, which reviews: {groups}",
)
NO_COMMENT = Wording(zh="请写评语", en="a comment is needed")
NO_NAME = Wording(zh="请写明是谁评的", en="say who gives it")
NO_SCORE = Wording(zh="请给分：{scale}", en="a score is needed: {scale}")
NO_GRADE = Wording(zh="请给等第：{scale}", en="a grade is needed: {scale}")
OUT_OF_SCALE = Wording(zh="“{found}”不在评分范围内：{scale}", en="{found!r} is not on the scale {scale}")
OVER = Wording(
    zh="“{review}”已于 {until} 截止，不再收", en="{review} was over at {until}; nothing is taken any more"
)


@dataclass(frozen=True)
class Opinion:
    """What is said: a score in hundredths, or a grade, and why."""

    score: int | None
    grade: str | None
    comment: str


@dataclass(frozen=True)
class Pair:
    """Who reviews whom in which review: cohorts of a programme."""

    programme_id: int
    review: PeerReview
    reviewer_id: int
    reviewed_id: int


def give(session: Session, calendar: TermCalendar, pair: Pair, opinion: Opinion, by: Decision) -> int:
    """One review, as of the instant of the decision; whatever waits for it is tried again. Returns the assignment's
    number. Raises Refused where it cannot be given."""
    number = take_in(session, calendar, pair, opinion, by)
    work_has_come(session, pair.programme_id, "peers", by)
    return number


def take_in(session: Session, calendar: TermCalendar, pair: Pair, opinion: Opinion, by: Decision) -> int:
    """The same where the caller notes what was received. The group's cohort is taken on first."""
    if not by.name.strip():
        raise refuse(NO_NAME())
    if trouble := trouble_with(pair.review.scale, opinion):
        raise refuse(trouble)
    term = cohort_taken_on(session, pair.reviewer_id, replace(by, reason=opinion.comment))
    assignment = _assignment(session, pair, by.effective_at)
    ends = until(term, calendar, pair.review, by.effective_at)
    if ends is not None and by.effective_at >= ends:
        raise refuse(OVER(review=pair.review.name, until=told(term, ends)))
    count = select(func.count()).where(col(PeerOpinion.assignment_id) == assignment)
    session.add(
        PeerOpinion(
            assignment_id=assignment, number=session.execute(count).scalar_one() + 1, score=opinion.score,
            grade=opinion.grade, comment=opinion.comment.strip(), name=by.name.strip(), document=by.document,
            run_id=by.run_id, effective_at=by.effective_at, recorded_at=by.recorded_at,
        )
    )  # fmt: skip
    session.flush()
    _note_task(session, calendar, pair, by.effective_at)
    look_at(session, pair.reviewer_id, by.effective_at)
    return assignment


def trouble_with(scale: Scale, opinion: Opinion) -> Message | None:
    """What is wrong with what is said, by itself."""
    shown_scale = scale_told(scale)
    if scale.grades:
        if not opinion.grade:
            return NO_GRADE(scale=shown_scale)
        if opinion.grade not in scale.grades or opinion.score is not None:
            return OUT_OF_SCALE(
                found=opinion.grade if opinion.score is None else shown(opinion.score), scale=shown_scale
            )
    elif opinion.score is None:
        return NO_SCORE(scale=shown_scale)
    elif opinion.grade or not scale.admits(opinion.score):
        return OUT_OF_SCALE(found=opinion.grade or shown(opinion.score), scale=shown_scale)
    return None if opinion.comment.strip() else NO_COMMENT()


def until(term: CohortTerm, calendar: TermCalendar, review: PeerReview, at: datetime) -> datetime | None:
    """When the review is over for a group: by the programme's newest calendar, in the dates that its cohort has been
    given up to an instant. None while it is not known."""
    term.go_by(at)
    return known(deadline(calendar, term.fixed(), term.done(), review.ends))


def _assignment(session: Session, pair: Pair, at: datetime) -> int:
    """Raises Refused, with those that were assigned, for any other."""
    if pair.reviewer_id == pair.reviewed_id:
        raise refuse(NOT_ITSELF())
    rows = session.execute(
        select(col(PeerAssignment.id), col(Cohort.id), col(Cohort.name))
        .join(Cohort, col(Cohort.id) == col(PeerAssignment.reviewed_id))
        .where(
            col(PeerAssignment.programme_id) == pair.programme_id, col(PeerAssignment.review) == pair.review.id,
            col(PeerAssignment.reviewer_id) == pair.reviewer_id, col(PeerAssignment.effective_at) <= at,
        )
        .order_by(col(Cohort.name))
    ).all()  # fmt: skip
    for number, reviewed, _ in rows:
        if reviewed == pair.reviewed_id:
            return int(number)
    names = {number: session.get_one(Cohort, number).name for number in (pair.reviewer_id, pair.reviewed_id)}
    groups = [name for *_, name in rows]
    raise refuse(
        NOT_ASSIGNED(reviewer=names[pair.reviewer_id], reviewed=names[pair.reviewed_id], groups=groups)
    )


def _note_task(session: Session, calendar: TermCalendar, pair: Pair, at: datetime) -> None:
    """A learning record of each reviewer, once everything that the group owes by now is given."""
    review = pair.review
    if review.task is None or owed_still(
        session, pair.programme_id, review.id, [pair.reviewer_id], at + ONE_SECOND
    ):
        return
    kind = review.shows or calendar.task(review.task).shows[0]
    reviewers = select(col(Enrolment.id)).where(
        col(Enrolment.cohort_id) == pair.reviewer_id, col(Enrolment.role) == review.role,
        col(Enrolment.left_at).is_(None) | (col(Enrolment.left_at) >= at),
    )  # fmt: skip
    for enrolment in session.execute(reviewers.order_by(col(Enrolment.id))).scalars().all():
        reference = f"{review.id}-{enrolment}"
        kept = select(col(Evidence.reference)).where(
            col(Evidence.enrolment_id) == enrolment, col(Evidence.reference) == reference
        )
        if session.execute(kept).first() is None:
            record = OwnRecord(GIVEN, reference, review.task, kind, HUNDREDTHS, at, at)
            keep_record(session, pair.programme_id, enrolment, record)
