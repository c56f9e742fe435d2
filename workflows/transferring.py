"""A person goes to another cohort of the programme, with all work and marks that stand, and what was decided about them.

Both cohorts are taken on to the instant first. Nothing is deleted: a fact is withdrawn here and written anew there, so that
what counted at any instant can still be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from models.exceptions import PersonException
from models.nights import Extension
from models.terms import Cohort
from models.types import seconds
from models.verdicts import Seal
from models.work import Activity, Enrolment, Evidence, Mark
from workflows.cohorts import CohortTerm, load_terms
from workflows.correcting import standing_entry
from workflows.deadlines import task_deadline
from workflows.digests import mark_digest
from workflows.extending_for_all import extend_newcomers
from workflows.machines import ENROLMENT, allows
from workflows.person_status import change_status, work_has_come
from workflows.resolving import Decision, look_at
from workflows.scopes import require_cohorts
from workflows.taking_on import cohort_taken_on, taken_on
from workflows.written_anew import write_anew

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


def transfer(session: Session, enrolment_id: int, cohort: Cohort, by: Decision) -> PersonException:
    """To another cohort of the programme, with all work and marks that stand; what is sealed stays where it is, and a result
    that was taken away is so there too. Back to where the person came from in the same way."""
    _, term = taken_on(session, enrolment_id, by)
    if cohort.programme_id != term.programme_id:
        raise refuse(OTHER_PROGRAMME())
    if cohort.id == term.id:
        raise refuse(SAME_COHORT())
    cohort_taken_on(session, cohort.id or 0, by)
    enrolment, cohort = session.get_one(Enrolment, enrolment_id), session.get_one(Cohort, cohort.id)
    former = _former(session, enrolment, cohort)
    require_cohorts(session, [cohort])
    _nothing_is_sealed(session, enrolment, term, cohort)
    there = former or _new(session, enrolment, cohort, by)
    assert there.id is not None
    made = change_status(session, enrolment, "transfer", by, to_enrolment_id=there.id)
    if former is not None:
        former.organisation_id = enrolment.organisation_id
        change_status(session, former, "return", by)
    _carry(session, term, enrolment, there.id, by)
    _carry_revocations(session, enrolment, there.id, by)
    extend_newcomers(session, [there.cohort_id], by.effective_at, by.recorded_at)
    work_has_come(session, cohort.programme_id, "transfer", by)
    for cohort_id in (enrolment.cohort_id, there.cohort_id):
        look_at(session, cohort_id, by.effective_at)
    return made


@dataclass(frozen=True)
class OtherDeadline:
    """A task that is due at another instant in the cohort to which a person went; None where that is not known."""

    task: str  # by name
    here: datetime | None
    there: datetime | None


def other_deadlines(session: Session, left: int, there: int, at: datetime) -> list[OtherDeadline]:
    """Where the deadlines of two enrolments of one role differ, by what was decided for their cohorts up to an instant; a
    later one of the person's own goes along and is left out."""
    enrolments = [session.get_one(Enrolment, number) for number in (left, there)]
    terms = {term.id: term for term in load_terms(session, {one.cohort_id for one in enrolments})}
    before, after = (terms[one.cohort_id] for one in enrolments)
    for term in (before, after):
        term.go_by(at)
    owed = {task.id: task for task in before.calendar.tasks if task.shows and enrolments[0].role in task.role}
    found = []
    for task in (task for task in after.calendar.tasks if task.id in owed):
        here, due = task_deadline(before, owed[task.id]), task_deadline(after, task)
        if here != due:
            found.append(OtherDeadline(task.name, here, due))
    return found


def _new(session: Session, enrolment: Enrolment, cohort: Cohort, by: Decision) -> Enrolment:
    there = Enrolment(
        cohort_id=cohort.id or 0, person_id=enrolment.person_id, organisation_id=enrolment.organisation_id,
        role=enrolment.role, status=enrolment.status, joined_at=by.effective_at, received_at=by.effective_at,
    )  # fmt: skip
    session.add(there)
    session.flush()
    return there


def _former(session: Session, enrolment: Enrolment, cohort: Cohort) -> Enrolment | None:
    """The enrolment there that was transferred away before, and is taken up again. Raises Refused where the person is in the
    other cohort in any other way."""
    same = select(Enrolment).where(
        col(Enrolment.cohort_id) == cohort.id, col(Enrolment.person_id) == enrolment.person_id,
        col(Enrolment.role) == enrolment.role,
    )  # fmt: skip
    found = session.execute(same).scalar_one_or_none()
    if found is not None and not allows(ENROLMENT, found.status, "return"):
        raise refuse(THERE_ALREADY())
    return found


def _nothing_is_sealed(session: Session, enrolment: Enrolment, term: CohortTerm, cohort: Cohort) -> None:
    """Raises Refused where a result of the role is sealed in the other cohort: it would be without this person."""
    mine = [one.id for one in term.calendar.assessments if enrolment.role in one.of]
    sealed = select(col(Seal.assessment)).where(
        col(Seal.cohort_id) == cohort.id, col(Seal.assessment).in_(mine)
    )
    found = session.execute(sealed).scalars().first()
    if found is not None:
        raise refuse(SEALED_THERE(assessment=term.calendar.assessment(found).name or found))


def _carry(session: Session, term: CohortTerm, enrolment: Enrolment, there: int, by: Decision) -> None:
    """Every standing fact: withdrawn here, written there as received now, or later where it came later, with when it
    happened; beside what was there before a transfer back, as its next revision. Own later deadlines go along."""
    had = {(one.task, one.until) for one in _extensions(session, there)}
    for extension in _extensions(session, enrolment.id or 0):
        if (extension.task, extension.until) in had:
            continue
        kept = extension.model_dump() | {"id": None, "enrolment_id": there, "effective_at": by.effective_at}
        session.add(Extension(**kept | {"recorded_at": by.recorded_at}))
    known = select(Activity).where(col(Activity.programme_id) == term.programme_id)
    activities = {row.id: f"{row.task}:{row.kind}" for row in session.execute(known).scalars()}
    next_record = _next_revisions(session, Evidence, there, "source_id", "reference")
    next_mark = _next_revisions(session, Mark, there, "activity_id", "item", "giver")
    records = _standing(session, Evidence, enrolment)
    marks = _standing(session, Mark, enrolment)
    for table in (Evidence, Mark):
        here = col(table.enrolment_id) == enrolment.id, col(table.withdrawn_at).is_(None)
        session.execute(update(table).where(*here).values(withdrawn_at=by.effective_at))
    for row in records:
        revision = next_record.get((row.source_id, row.reference), 0)
        write_anew(session, row, there, revision, max(row.received_at, by.effective_at))
    for mark in marks:
        at = max(mark.received_at, by.effective_at)
        digest = mark_digest(
            activities[mark.activity_id], mark.item, mark.giver, mark.score, mark.grade, seconds(at)
        )
        revision = next_mark.get((mark.activity_id, mark.item, mark.giver), 0)
        moved = mark.model_dump() | {"enrolment_id": there, "revision": revision, "withdrawn_at": None}
        session.add(Mark(**moved | {"received_at": at, "digest": digest}))
    session.flush()


def _carry_revocations(session: Session, enrolment: Enrolment, there: int, by: Decision) -> None:
    """A result that was taken away and not given back stays so: kept there with the same reason and names, once for each assessment."""
    had = {row.assessment for row in _revocations(session, there)}
    for row in _revocations(session, enrolment.id or 0):
        standing = standing_entry(session, row.enrolment_id, row.assessment or "")
        if row.assessment not in had and (standing is None or standing.is_taken_away):
            kept = row.model_dump() | {"id": None, "enrolment_id": there, "effective_at": by.effective_at}
            session.add(PersonException(**kept | {"recorded_at": by.recorded_at}))
            had.add(row.assessment)
    session.flush()


def _revocations(session: Session, enrolment_id: int) -> Sequence[PersonException]:
    mine = select(PersonException).where(
        col(PersonException.enrolment_id) == enrolment_id, col(PersonException.kind) == "revoke"
    )
    return session.execute(mine.order_by(col(PersonException.id))).scalars().all()


def _next_revisions(
    session: Session, table: type[Evidence | Mark], enrolment_id: int, *names: str
) -> dict[tuple[Any, ...], int]:
    """By what names a fact, the revision that comes next in an enrolment that has it already."""
    columns = [getattr(table, name) for name in names]
    last = select(*columns, func.max(col(table.revision)) + 1).where(col(table.enrolment_id) == enrolment_id)
    return {tuple(key): revision for *key, revision in session.execute(last.group_by(*columns))}


def _extensions(session: Session, enrolment_id: int) -> Sequence[Extension]:
    mine = select(Extension).where(col(Extension.enrolment_id) == enrolment_id).order_by(col(Extension.id))
    return session.execute(mine).scalars().all()


def _standing(session: Session, table: type[Fact], enrolment: Enrolment) -> Sequence[Fact]:
    return (
        session.execute(
            select(table).where(col(table.enrolment_id) == enrolment.id, col(table.withdrawn_at).is_(None))
        )
        .scalars()
        .all()
    )
