"""A later deadline of a task for everybody of an organisation and of those below it: for who is there now, and for who
joins it while it is in force.

Each of them has an extension of his own, with the reason and the name of the one decision. Who comes later has it since
then, where it can be: not beyond what the calendar allows, nor after the lock, nor where the scores are sealed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.term import Task
from models.nights import Extension, OrganisationExtension
from models.terms import Cohort
from models.work import Enrolment
from workflows.cohorts import CohortTerm
from workflows.extending import (
    NOT_HANDED_IN,
    extend_people,
    extension,
    locks_of,
    present_deadline,
    scoring_still,
    sealed_in,
)
from workflows.extension_bounds import bound_of_task
from workflows.organisations import load_tree
from workflows.resolving import Decision, look_at, term_as_decided
from workflows.sql import among

NOBODY_OWES = Wording(
    zh="这个单位没有在训的人有任务“{task}”", en="nobody of this organisation owes the task {task!r} now"
)
ALL_HAVE_IT = Wording(
    zh="这个单位的{people}人现在的截止时间都不早于这个时间",
    en="{people:person|people} of this organisation, in {cohorts:cohort|cohorts}, have a deadline as late as that already",
)


@dataclass(frozen=True)
class Extended:
    """How many people of a cohort were given a later deadline, and how many had one as late already."""

    cohort: str
    extensions: list[Extension]
    left_out: int


def extend_for_organisation(
    session: Session, programme_id: int, organisation_id: int, task_id: str, until: datetime, by: Decision
) -> list[Extended]:
    """To everybody of an organisation and of those below it who owes the task now, person by person; nobody's deadline is
    brought forward. The decision is kept for who joins later. Raises Refused for all of them or for nobody."""
    members = _members(session, programme_id, organisation_id, by.effective_at)
    found = [
        one
        for cohort_id, people in members.items()
        if (one := _extend_members(session, cohort_id, people, task_id, until, by)) is not None
    ]
    if not found:
        raise refuse(NOBODY_OWES(task=task_id))
    if not any(one.extensions for one in found):
        raise refuse(ALL_HAVE_IT(people=sum(one.left_out for one in found), cohorts=len(found)))
    session.add(
        OrganisationExtension(
            programme_id=programme_id, organisation_id=organisation_id, task=task_id, until=until,
            reason=by.reason.strip(), name=by.name.strip(), document=by.document, run_id=by.run_id,
            effective_at=by.effective_at, recorded_at=by.recorded_at,
        )
    )  # fmt: skip
    session.flush()
    return found


def extend_newcomers(
    session: Session, cohort_ids: Collection[int], at: datetime, recorded_at: datetime
) -> None:
    """Give everybody of these cohorts, who are known since an instant, what was given to the people of their organisations
    and is in force. Who has it or as much is left alone, so doing it twice changes nothing."""
    programmes = select(col(Cohort.programme_id)).where(among(col(Cohort.id), cohort_ids))
    given = (
        session.execute(
            select(OrganisationExtension)
            .where(
                col(OrganisationExtension.programme_id).in_(programmes), col(OrganisationExtension.until) > at
            )
            .order_by(col(OrganisationExtension.id))
        )
        .scalars()
        .all()
    )
    if not given:
        return
    tree = load_tree(session)
    for one in given:
        theirs = select(Enrolment).where(
            among(col(Enrolment.cohort_id), cohort_ids), col(Enrolment.left_at).is_(None),
            col(Enrolment.organisation_id).in_(tree.at_or_below(one.organisation_id)),
        ).order_by(col(Enrolment.cohort_id), col(Enrolment.id))  # fmt: skip
        people = session.execute(theirs).scalars().all()
        for cohort_id, those in groupby(people, key=lambda person: person.cohort_id):
            _extend_those_without(session, cohort_id, [*those], one, at, recorded_at)


def _extend_those_without(
    session: Session, cohort_id: int, people: Sequence[Enrolment], given: OrganisationExtension, at: datetime,
    recorded_at: datetime,
) -> None:  # fmt: skip
    term = term_as_decided(session, cohort_id)
    task = next((one for one in term.calendar.tasks if one.id == given.task), None)
    since, sealed = max(at, given.effective_at), sealed_in(session, cohort_id)
    by = Decision(given.reason, given.name, since, recorded_at, run_id=given.run_id, document=given.document)
    made = [
        extension(person, task, given.until, by)
        for person in people
        if task is not None
        and person.role in task.role
        and _can_have(person, term, task, given.until, sealed)
    ]
    if made:
        session.add_all(made)
        look_at(session, cohort_id, since)
        session.flush()


def _can_have(person: Enrolment, term: CohortTerm, task: Task, until: datetime, sealed: set[str]) -> bool:
    """Whether a deadline is later than the person's and can still be given: by what is dated and sealed alone, whichever
    nights have run."""
    scoring = scoring_still(person, term, task, set())
    going = [assessment for assessment in scoring if assessment.id not in sealed]
    present = present_deadline(person, term, task, going)
    if (scoring and not going) or present is None or until <= present:
        return False
    bound = bound_of_task(term, task, going)
    locks = [at for _, at in locks_of(term, task, going) if isinstance(at, datetime)]
    return (bound is None or until <= bound.until) and all(until <= at for at in locks)


def _members(
    session: Session, programme_id: int, organisation_id: int, at: datetime
) -> dict[int, list[Enrolment]]:
    """Who takes part of an organisation and those below it, by cohort."""
    rows = session.execute(
        select(Enrolment)
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(
            col(Cohort.programme_id) == programme_id,
            col(Enrolment.organisation_id).in_(load_tree(session).at_or_below(organisation_id)),
            col(Enrolment.left_at).is_(None) | (col(Enrolment.left_at) > at),
        )
        .order_by(col(Cohort.name), col(Enrolment.id))
    ).scalars()
    found: dict[int, list[Enrolment]] = {}
    for enrolment in rows:
        found.setdefault(enrolment.cohort_id, []).append(enrolment)
    return found


def _extend_members(
    session: Session, cohort_id: int, people: Sequence[Enrolment], task_id: str, until: datetime, by: Decision
) -> Extended | None:
    term = term_as_decided(session, cohort_id)
    task = next((one for one in term.calendar.tasks if one.id == task_id), None)
    owing = [person for person in people if task is not None and person.role in task.role]
    if task is None or not owing:
        return None
    if not task.shows:
        raise refuse(NOT_HANDED_IN(task=task.name))
    sealed = sealed_in(session, cohort_id)
    short = [
        person
        for person in owing
        if (present := present_deadline(person, term, task, scoring_still(person, term, task, sealed)))
        is None
        or present < until
    ]
    made = extend_people(session, term, [(person, task) for person in short], until, by) if short else []
    return Extended(term.name, made, len(owing) - len(short))
