"""Erasing a person: the number, the name, how to reach them, the files and texts that they handed in. What was scored and decided
stays, under a number that means nobody, so every seal stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, case, exists, func, insert, or_, select, update
from sqlmodel import Session, col

from calendars.messages import Problem, Refused, Wording
from models.database import leave_no_trace
from models.encrypted import found_by
from models.filings import FilingAttachment
from models.people import Erasure, Person
from models.terms import Cohort, CohortPhase
from models.texts import HandedFile, TextBody
from models.work import Enrolment
from workflows.resolving import Decision

ERASED = ""  # the name of a file that is gone
NOBODY = "—"  # the name of a person who is
AT_ONCE = 500  # people in one statement
OVER = ("done", "cancelled")
_NOT_OVER = case((col(CohortPhase.state).in_(OVER), 0), else_=1)
APART = ("withdrawn", "transferred")  # who is no longer of a cohort need not wait for it

STILL_THERE = Wording(
    zh="{name}还在“{cohort}”参训，各阶段都结束以后才能删除；要提前删除，先用 yanxiu exception withdraw 登记退出",
    en="{name} still takes part in {cohort}, and can be erased when all of its phases are over; to erase earlier, first note that "
    "they withdrew, by yanxiu exception withdraw",
)


class Erased(NamedTuple):
    """How much was erased: people, names of files, texts that nobody else handed in."""

    people: int
    files: int
    texts: int


def erase(session: Session, people: Sequence[int], by: Decision) -> Erased:
    """Erase these for ever. Raises Refused, naming the cohort, for whoever still takes part in one."""
    problems = [
        Problem("", STILL_THERE(name=name, cohort=cohort))
        for part in _parts(people)
        for name, cohort in session.execute(_still_there(part))
    ]
    if problems:
        raise Refused(problems)
    leave_no_trace(session.connection())
    found = [_erase(session, part, by) for part in _parts(people)]
    return Erased(len(people), sum(files for files, _ in found), sum(texts for _, texts in found))


def those_over(session: Session, before: datetime) -> list[int]:
    """Everybody whose every cohort was over before an instant: each of its phases is done or cancelled, and none ended or locked
    at it or later. Who was erased, or takes part in nothing, is left out."""
    last = func.max(
        func.coalesce(col(CohortPhase.locks_at), col(CohortPhase.closes_at), col(CohortPhase.done_at))
    )
    going_on = (
        select(col(CohortPhase.cohort_id))
        .group_by(col(CohortPhase.cohort_id))
        .having(or_(func.max(_NOT_OVER) == 1, last >= before, last.is_(None)))
    )
    stays = exists().where(col(Enrolment.person_id) == col(Person.id), col(Enrolment.cohort_id).in_(going_on))
    was_there = exists().where(col(Enrolment.person_id) == col(Person.id))
    gone = exists().where(col(Erasure.person_id) == col(Person.id))
    return [
        *session.execute(
            select(col(Person.id)).where(was_there, ~stays, ~gone).order_by(col(Person.id))
        ).scalars()
    ]


def _still_there(people: Sequence[int]) -> Any:
    return (
        select(col(Person.name), func.min(col(Cohort.name)))
        .join(Enrolment, col(Enrolment.person_id) == col(Person.id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(
            col(Person.id).in_(people),
            col(Enrolment.status).not_in(APART),
            exists().where(col(CohortPhase.cohort_id) == col(Cohort.id), col(CohortPhase.state).not_in(OVER)),
        )
        .group_by(col(Person.id), col(Person.name))
        .order_by(col(Person.id))
    )


def leftovers(session: Session) -> frozenset[str]:
    """Contents of files that only people handed in who are erased: what of them is still kept is to be thrown away."""
    erased = select(col(HandedFile.sha256)).where(col(HandedFile.name) == ERASED)
    living = select(col(HandedFile.sha256)).where(col(HandedFile.name) != ERASED)
    filed = select(col(FilingAttachment.sha256))
    return frozenset(session.execute(erased.except_(living, filed)).scalars())


def _erase(session: Session, people: Sequence[int], by: Decision) -> tuple[int, int]:
    """How many files lost their names, and how many texts are gone that nobody else handed in."""
    mine = select(col(Enrolment.id)).where(col(Enrolment.person_id).in_(people))
    theirs = col(HandedFile.enrolment_id).in_(mine)
    named = session.connection().execute(
        update(HandedFile).where(theirs, col(HandedFile.name) != ERASED).values(name=ERASED)
    )
    living = select(col(HandedFile.text)).where(
        col(HandedFile.name) != ERASED, col(HandedFile.text).is_not(None)
    )
    texts = session.connection().execute(
        update(TextBody)
        .where(
            col(TextBody.sha256).in_(select(col(HandedFile.text)).where(theirs)),
            col(TextBody.sha256).not_in(living),
            col(TextBody.body) != ERASED,
        )
        .values(body=ERASED)
    )
    session.connection().execute(_AS_NOBODY, [_nobody(one) for one in people])
    session.execute(insert(Erasure), [{"person_id": one, **_told(by)} for one in people])
    return named.rowcount, texts.rowcount


def _nobody(person: int) -> dict[str, Any]:
    number = f"{NOBODY}{person}"
    return {"of": person, "new_number": number, "new_hash": found_by(number)}


def _told(by: Decision) -> dict[str, Any]:
    facts = ("reason", "name", "document", "effective_at", "recorded_at")
    return {name: getattr(by, name) for name in facts}


def _parts(all_: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (all_[at : at + AT_ONCE] for at in range(0, len(all_), AT_ONCE))


_PERSON: Table = Person.__table__  # type: ignore[attr-defined]
_AS_NOBODY = (
    update(_PERSON)
    .where(_PERSON.c.id == bindparam("of"))
    .values(
        number=bindparam("new_number"), number_hash=bindparam("new_hash"), name=NOBODY, phone=None, phone_hash=None, email=None,
        refused_email=None, way=None,
    )
)  # fmt: skip
