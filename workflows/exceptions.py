"""What an office decides about one person beside the calendar: exempt, readmitted, withdrawn; prior work accepted. Each is
kept for ever with its reason, name and document.

Nothing is deleted: a status has the instant since which it holds, and a fact is withdrawn and written anew, so that what
counted at any instant can still be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.quantities import shown
from calendars.term import Task
from models.exceptions import PersonException
from models.terms import Cohort
from models.verdicts import ScoreSheet, Seal
from models.work import Enrolment, Evidence
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline
from workflows.extending_for_all import extend_newcomers
from workflows.grounds import WrongGroundError, ground_of
from workflows.own_records import OwnRecord, keep_record
from workflows.person_status import change_status, keep, prior_reference, sealed_since, work_has_come
from workflows.resolving import Decision, look_at, told
from workflows.taking_on import taken_on

ACCEPTED = "认定"  # the source of work that an office accepted

SEALED = Wording(
    zh="“{assessment}”的成绩已经锁定，不能再免修",
    en="the scores of {assessment} are sealed; nobody can be exempt from them",
)
SEALED_MEANWHILE = Wording(
    zh="免修期间“{assessment}”的成绩已经锁定，不能再取消免修",
    en="the scores of {assessment} were sealed during the exemption; it cannot be taken back any more",
)
NO_TASK = Wording(zh="{role}没有任务“{task}”", en="{task} is no task of a {role}")
NO_PRIOR = Wording(
    zh="日历没有允许“{task}”认定以前的学习 (prior)", en="the calendar admits no prior work for {task} (prior)"
)
TOO_MUCH = Wording(
    zh="“{task}”最多认定{most}，已认定{given}，还可认定{left}",
    en="of {task} {most} may be accepted, {given} is already, {left} is left",
)
NO_KIND = Wording(zh="“{task}”的学习记录种类有：{kinds}", en="{task} shows: {kinds}; say which")
NOT_BEFORE = Wording(zh="“{task}”已于 {due} 截止", en="the deadline of {task} was {due}")
LOCKED = Wording(
    zh="“{task}”的成绩已经锁定，只能通过申诉更正",
    en="the scores of {task} are sealed; only an appeal can change them",
)


@dataclass(frozen=True)
class Prior:
    """What was done elsewhere: an amount in hundredths of one kind of record, when, and of which item."""

    amount: int
    happened_at: datetime
    kind: str | None = None
    item: str = ""


def exempt(
    session: Session, enrolment_id: int, by: Decision, ground: str = "", hours: int | None = None
) -> PersonException:
    """Neither pass nor fail from now on, on a ground that the calendar lists, if it lists any. Refused once a result is
    sealed."""
    enrolment, term = taken_on(session, enrolment_id, by)
    sheet = session.execute(
        select(col(ScoreSheet.assessment)).where(col(ScoreSheet.enrolment_id) == enrolment.id)
    ).scalars().first()  # fmt: skip
    if sheet is not None:
        raise refuse(SEALED(assessment=term.calendar.assessment(sheet).name or sheet))
    try:
        found = ground_of(term.calendar, ground, hours)
    except WrongGroundError as error:
        raise refuse(error.message, f"--{error.key}") from None
    return _moved(session, enrolment, "exempt", by, item=found.name if found else None, amount=hours)


def readmit(session: Session, enrolment_id: int, by: Decision) -> PersonException:
    """The exemption is taken back. Refused once scores of the cohort were sealed meanwhile: they were without this person."""
    enrolment, term = taken_on(session, enrolment_id, by)
    missed = sealed_since(session, enrolment)
    if enrolment.status == "exempt" and missed is not None:
        raise refuse(SEALED_MEANWHILE(assessment=term.calendar.assessment(missed).name or missed))
    made = _moved(session, enrolment, "readmit", by)
    extend_newcomers(session, [enrolment.cohort_id], by.effective_at, by.recorded_at)
    return made


def withdraw(session: Session, enrolment_id: int, by: Decision) -> PersonException:
    """Out from now on; everything that was done and sealed stays recorded."""
    enrolment, _ = taken_on(session, enrolment_id, by)
    return _moved(session, enrolment, "withdraw", by)


def accept_prior(
    session: Session, enrolment_id: int, task_id: str, prior: Prior, by: Decision
) -> PersonException:
    """What was done elsewhere before counts as shown here, as far as the calendar admits."""
    enrolment, term = taken_on(session, enrolment_id, by)
    task = owed_task(enrolment, term, task_id)
    kind = _kind(task, prior.kind)
    due = task_deadline(term, task)
    if due is not None and prior.happened_at >= due:
        raise refuse(NOT_BEFORE(task=task.name, due=told(term, due)))
    check_not_locked(session, enrolment, term, task)
    _not_too_much(session, enrolment, task, prior.amount)
    made = keep(session, enrolment, "prior", by, task=task.id, item=prior.item or None, amount=prior.amount)
    record = OwnRecord(
        ACCEPTED, prior_reference(made.id or 0), task.id, kind, prior.amount, prior.happened_at, by.effective_at, prior.item
    )  # fmt: skip
    keep_record(session, term.programme_id, enrolment.id or 0, record)
    work_has_come(session, term.programme_id, "prior", by)
    look_at(session, enrolment.cohort_id, by.effective_at)
    session.flush()
    return made


def _moved(
    session: Session, enrolment: Enrolment, trigger: str, by: Decision, **about: Any
) -> PersonException:
    look_at(session, enrolment.cohort_id, by.effective_at)
    return change_status(session, enrolment, trigger, by, **about)


def owed_task(enrolment: Enrolment, term: CohortTerm, task_id: str) -> Task:
    """The task that a decision is about. Raises Refused where it is none of the person's."""
    task = next((one for one in term.calendar.tasks if one.id == task_id), None)
    if task is None or enrolment.role not in task.role:
        raise refuse(NO_TASK(role=term.calendar.roles[enrolment.role], task=task.name if task else task_id))
    return task


def _kind(task: Task, kind: str | None) -> str:
    if kind is None and len(task.shows) == 1:
        return task.shows[0]
    if kind is None or kind not in task.shows:
        raise refuse(NO_KIND(task=task.name, kinds=[*task.shows]))
    return kind


def check_not_locked(session: Session, enrolment: Enrolment, term: CohortTerm, task: Task) -> None:
    """Raises Refused where a result that the task is part of is sealed."""
    sealed = set(
        session.execute(select(col(Seal.assessment)).where(col(Seal.cohort_id) == term.id)).scalars()
    )
    for assessment in term.calendar.assessments:
        parts = [task_id for part in (*assessment.components, *assessment.needs) for task_id in part.task_ids]
        if assessment.id in sealed and enrolment.role in assessment.of and task.id in parts:
            raise refuse(LOCKED(task=task.name))


def _not_too_much(session: Session, enrolment: Enrolment, task: Task, amount: int) -> None:
    """The limit is the person's in the programme: a transfer does not open it anew, and what was refused since is free."""
    if task.prior is None:
        raise refuse(NO_PRIOR(task=task.name))
    here = select(col(Cohort.programme_id)).where(col(Cohort.id) == enrolment.cohort_id).scalar_subquery()
    mine = (
        select(col(Enrolment.id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(
            col(Enrolment.person_id) == enrolment.person_id, col(Enrolment.role) == enrolment.role,
            col(Cohort.programme_id) == here,
        )
    )  # fmt: skip
    accepted = session.execute(
        select(col(PersonException.id), col(PersonException.amount)).where(
            col(PersonException.enrolment_id).in_(mine), col(PersonException.kind) == "prior",
            col(PersonException.task) == task.id,
        )
    )  # fmt: skip
    standing = set(
        session.execute(
            select(col(Evidence.reference)).where(
                col(Evidence.enrolment_id).in_(mine), col(Evidence.withdrawn_at).is_(None)
            )
        ).scalars()
    )
    given = sum(had for number, had in accepted if prior_reference(number) in standing)
    if amount <= 0 or given + amount > task.prior:
        left = max(task.prior - given, 0)
        raise refuse(TOO_MUCH(task=task.name, most=shown(task.prior), given=shown(given), left=shown(left)))
