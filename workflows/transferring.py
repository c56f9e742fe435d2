"""A person goes to another cohort of the programme, with all work and marks that stand.

Both cohorts are taken on to the instant first. Nothing is deleted: a fact is withdrawn here and written anew there, so that
what counted at any instant can still be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select, update
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from models.exceptions import PersonException
from models.nights import Extension
from models.terms import Cohort
from models.texts import HandedText
from models.types import seconds
from models.verdicts import Seal
from models.work import Activity, Enrolment, Evidence, Mark, Source
from workflows.cohorts import CohortTerm
from workflows.digests import evidence_digest, mark_digest
from workflows.person_status import change_status, work_has_come
from workflows.resolving import Decision, look_at
from workflows.taking_on import cohort_taken_on, taken_on

SAME_COHORT = Wording(zh="此人本来就在这个班级", en="this person is in that cohort already")
OTHER_PROGRAMME = Wording(zh="只能转到同一项目的班级", en="a transfer is to a cohort of the same programme")
THERE_ALREADY = Wording(
    zh="此人在那个班级已有同样的角色", en="this person has that role in the other cohort already"
)
SEALED_THERE = Wording(
    zh="那个班级“{assessment}”的成绩已经锁定，不能转入",
    en="the scores of {assessment} are sealed in the other cohort",
)
Fact = TypeVar("Fact", Evidence, Mark)
Named = TypeVar("Named", Source, Activity)


def transfer(session: Session, enrolment_id: int, cohort: Cohort, by: Decision) -> PersonException:
    """To another cohort of the programme, with all work and marks that stand; what is sealed stays where it is."""
    _, term = taken_on(session, enrolment_id, by)
    if cohort.programme_id != term.programme_id:
        raise refuse(OTHER_PROGRAMME())
    if cohort.id == term.id:
        raise refuse(SAME_COHORT())
    cohort_taken_on(session, cohort.id or 0, by)
    enrolment, cohort = session.get_one(Enrolment, enrolment_id), session.get_one(Cohort, cohort.id)
    _has_room(session, enrolment, term, cohort)
    there = Enrolment(
        cohort_id=cohort.id or 0, person_id=enrolment.person_id, organisation_id=enrolment.organisation_id,
        role=enrolment.role, status=enrolment.status, joined_at=by.effective_at, received_at=by.effective_at,
    )  # fmt: skip
    session.add(there)
    session.flush()
    assert there.id is not None
    made = change_status(session, enrolment, "transfer", by, to=there.id)
    _carry(session, term, enrolment, there.id, by)
    work_has_come(session, cohort.programme_id, "transfer", by)
    for cohort_id in (enrolment.cohort_id, there.cohort_id):
        look_at(session, cohort_id, by.effective_at)
    return made


def _has_room(session: Session, enrolment: Enrolment, term: CohortTerm, cohort: Cohort) -> None:
    """Raises Refused where the person is in the other cohort already, or a result of the role is sealed there."""
    same = select(col(Enrolment.id)).where(
        col(Enrolment.cohort_id) == cohort.id, col(Enrolment.person_id) == enrolment.person_id,
        col(Enrolment.role) == enrolment.role,
    )  # fmt: skip
    if session.execute(same).first() is not None:
        raise refuse(THERE_ALREADY())
    mine = [one.id for one in term.calendar.assessments if enrolment.role in one.of]
    sealed = select(col(Seal.assessment)).where(
        col(Seal.cohort_id) == cohort.id, col(Seal.assessment).in_(mine)
    )
    found = session.execute(sealed).scalars().first()
    if found is not None:
        raise refuse(SEALED_THERE(assessment=term.calendar.assessment(found).name or found))


def _carry(session: Session, term: CohortTerm, enrolment: Enrolment, there: int, by: Decision) -> None:
    """Every standing fact: withdrawn here, written there as received now, or later where it came later, with when it
    happened. Own later deadlines go along."""
    for extension in _extensions(session, enrolment):
        kept = extension.model_dump() | {"id": None, "enrolment_id": there, "effective_at": by.effective_at}
        session.add(Extension(**kept | {"recorded_at": by.recorded_at}))
    sources = {row.id: row.name for row in _of_programme(session, Source, term)}
    activities = {row.id: f"{row.task}:{row.kind}" for row in _of_programme(session, Activity, term)}
    records = _standing(session, Evidence, enrolment)
    marks = _standing(session, Mark, enrolment)
    for table in (Evidence, Mark):
        here = col(table.enrolment_id) == enrolment.id, col(table.withdrawn_at).is_(None)
        session.execute(update(table).where(*here).values(withdrawn_at=by.effective_at))
    for row in records:
        at = max(row.received_at, by.effective_at)
        digest = evidence_digest(
            sources[row.source_id], row.reference, activities[row.activity_id], row.item, row.amount, row.characters,
            seconds(row.happened_at), seconds(at),
        )  # fmt: skip
        moved = row.model_dump() | {"enrolment_id": there, "revision": 0, "withdrawn_at": None}
        session.add(Evidence(**moved | {"received_at": at, "digest": digest}))
        _carry_text(session, row, there)
    for mark in marks:
        at = max(mark.received_at, by.effective_at)
        digest = mark_digest(
            activities[mark.activity_id], mark.item, mark.giver, mark.score, mark.grade, seconds(at)
        )
        moved = mark.model_dump() | {"enrolment_id": there, "revision": 0, "withdrawn_at": None}
        session.add(Mark(**moved | {"received_at": at, "digest": digest}))
    session.flush()


def _carry_text(session: Session, record: Evidence, there: int) -> None:
    """The text that came with a record, which stands there as its first revision."""
    came = select(HandedText).where(
        col(HandedText.enrolment_id) == record.enrolment_id, col(HandedText.source_id) == record.source_id,
        col(HandedText.reference) == record.reference, col(HandedText.revision) == record.revision,
    )  # fmt: skip
    for text in session.execute(came).scalars():
        session.add(HandedText(**text.model_dump() | {"id": None, "enrolment_id": there, "revision": 0}))


def _extensions(session: Session, enrolment: Enrolment) -> Sequence[Extension]:
    mine = select(Extension).where(col(Extension.enrolment_id) == enrolment.id).order_by(col(Extension.id))
    return session.execute(mine).scalars().all()


def _standing(session: Session, table: type[Fact], enrolment: Enrolment) -> Sequence[Fact]:
    return (
        session.execute(
            select(table).where(col(table.enrolment_id) == enrolment.id, col(table.withdrawn_at).is_(None))
        )
        .scalars()
        .all()
    )


def _of_programme(session: Session, table: type[Named], term: CohortTerm) -> Sequence[Named]:
    rows = select(table).where(col(table.programme_id) == term.programme_id)
    return session.execute(rows).scalars().all()
