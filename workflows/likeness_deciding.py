"""What a person decides about texts that are alike, for one of those whose they are: it is likeness, and the result is
taken away; or it is none. Nothing is taken away but by such a decision."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from calendars.likeness import Likeness
from calendars.messages import Wording, refuse
from calendars.term import TermCalendar
from models.exceptions import PersonException
from models.texts import LikenessDecision
from models.work import Enrolment
from workflows.appealing import revoke
from workflows.likeness import Alike, Looking
from workflows.person_status import keep
from workflows.resolving import Decision, look_at
from workflows.taking_on import taken_on

NO_LIKENESS = Wording(
    zh="日历没有规定比较“{assessment}”的文字", en="the calendar compares no texts for {assessment!r}"
)
NOTHING_ALIKE = Wording(
    zh="此人所交的文字没有发现与别人、或与所说的人雷同",
    en="no text of this person was found to be alike with another's, or with that of whom you name",
)
REVOKED = Wording(
    zh="此人的结果已经取消；本人可以申诉",
    en="this person's result was taken away already; an appeal is open to them",
)
CLEARED = Wording(zh="已经决定不是雷同", en="it was decided already that this is no likeness")


def likeness_of(calendar: TermCalendar, assessment: str) -> Likeness:
    """Raises Refused where the calendar compares no texts for it."""
    found = next((one for one in calendar.likeness if one.of == assessment), None)
    if found is None:
        raise refuse(NO_LIKENESS(assessment=assessment))
    return found


def confirm(
    session: Session,
    enrolment_id: int,
    assessment: str,
    by: Decision,
    second_name: str = "",
    others: Sequence[int] = (),
) -> PersonException:
    """It is likeness: the result is taken away, as `revoke` does it. `others` are the persons with whose
    texts, by default with all."""
    looking, pairs = _meant(session, enrolment_id, assessment, by, others)
    if enrolment_id in looking.taken_away:
        raise refuse(REVOKED())
    return _kept(session, revoke(session, enrolment_id, assessment, by, second_name), pairs, by)


def clear(
    session: Session, enrolment_id: int, assessment: str, by: Decision, others: Sequence[int] = ()
) -> PersonException:
    """It is none: nothing follows for this person from these texts."""
    looking, pairs = _meant(session, enrolment_id, assessment, by, others)
    if enrolment_id in looking.taken_away:
        raise refuse(REVOKED())
    still = [pair for pair in pairs if not looking.is_cleared(enrolment_id, pair)]
    if not still:
        raise refuse(CLEARED())
    enrolment = session.get_one(Enrolment, enrolment_id)
    return _kept(session, keep(session, enrolment, "dismiss", by, assessment=assessment), still, by)


def _meant(
    session: Session, enrolment_id: int, assessment: str, by: Decision, others: Sequence[int]
) -> tuple[Looking, list[Alike]]:
    """The likeness as known when it is decided, and the pairs of this person, with these others or with all."""
    _, term = taken_on(session, enrolment_id, by)
    likeness = likeness_of(term.calendar, assessment)
    looking = Looking(session, term.programme_id, term.calendar, likeness, by.effective_at, keeps=True)
    found = [
        pair for pair in looking.of(enrolment_id) if not others or pair.other(enrolment_id).person_id in others
    ]  # fmt: skip
    if not found:
        raise refuse(NOTHING_ALIKE())
    return looking, found


def _kept(session: Session, row: PersonException, pairs: Sequence[Alike], by: Decision) -> PersonException:
    """With what it was about; the cohort is looked at from then on."""
    assert row.id is not None
    for pair in pairs:
        own, other = pair.own(row.enrolment_id), pair.other(row.enrolment_id)
        session.add(LikenessDecision(exception_id=row.id, text_id=own.id, other_id=other.id))
    look_at(session, session.get_one(Enrolment, row.enrolment_id).cohort_id, by.effective_at)
    session.flush()
    return row
