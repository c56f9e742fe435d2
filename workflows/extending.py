"""What an office decides for one person: a later deadline of a task, or of what is due at the end of a phase. For everybody
of an organisation see `extending_for_all`.

It has a reason and a name, takes effect at an instant and is kept for ever, as a decision for a cohort. The
person's work counts up to the own deadline as long as it is received before the lock; nobody else's does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Problem, Refused, Wording, refuse
from calendars.schedule import Moment
from calendars.term import Assessment, Task
from models.nights import Extension
from models.verdicts import Seal
from models.work import Enrolment
from workflows.basis import deadlines, tasks_in
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline
from workflows.extension_bounds import bound_of_task
from workflows.resolving import (
    NO_PHASE,
    OVER,
    TOO_LATE,
    Decision,
    check_decision,
    look_at,
    night_has_come,
    term_as_decided,
    told,
)

NO_ENROLMENT = Wording(zh="没有编号为{id}的参训", en="there is no enrolment {id}")
NO_TASK = Wording(
    zh="没有任务“{task}”。任务有：{known}", en="there is no task {task!r}. The tasks are: {known}"
)
NOT_OWED = Wording(zh="{role}没有任务“{task}”", en="{task} is no task of a {role}")
NOT_HANDED_IN = Wording(
    zh="“{task}”只凭评分，没有要交的，不能延长",
    en="nothing is handed in for {task}, it is marked alone: there is no deadline to extend",
)
NOTHING_DUE = Wording(
    zh="“{phase}”结束时，{role}没有要交的任务", en="nothing that a {role} owes is due at the end of {phase}"
)
NOT_DATED = Wording(
    zh="“{task}”的截止时间还没有确定，请先确定日期 (set-dates)",
    en="the deadline of {task} is not known yet; set the dates first (set-dates)",
)
NOT_LATER = Wording(
    zh="“{task}”：{to} 不晚于此人现在的截止时间 {now}",
    en="{task}: {to} is not later than this person's present deadline {now}",
)
AFTER_LOCK = Wording(
    zh="“{task}”：{to} 晚于锁定时间 {locks}；请先延长锁定时间“{cutoff}”",
    en="{task}: {to} is after the lock at {locks}; extend the cutoff {cutoff!r} first",
)
AFTER_PHASE = Wording(
    zh="“{task}”：{to} 晚于阶段“{phase}”结束的 {locks}；请先延长阶段",
    en="{task}: {to} is after {locks}, when {phase} is over; extend the phase first",
)
SEALED = Wording(
    zh="“{task}”：“{assessments}”的成绩在本班级已经锁定，不能再延长",
    en="{task}: the scores of {assessments} are sealed for this cohort, and no deadline can be extended any more",
)


def extend_for_person(
    session: Session,
    enrolment_id: int,
    task_id: str,
    until: datetime,
    by: Decision,
) -> Extension:
    """Move the deadline of one task to a later instant for one person. Raises Refused where it cannot be."""
    enrolment, term = _enrolled(session, enrolment_id)
    known = {task.id: task for task in term.calendar.tasks}
    if task_id not in known:
        raise refuse(NO_TASK(task=task_id, known=[*known]))
    task = known[task_id]
    if enrolment.role not in task.role:
        raise refuse(NOT_OWED(task=task.name, role=term.calendar.roles[enrolment.role]))
    if not task.shows:
        raise refuse(NOT_HANDED_IN(task=task.name))
    (made,) = extend_people(session, term, [(enrolment, task)], until, by)
    return made


def extend_phase_for_person(
    session: Session,
    enrolment_id: int,
    phase_id: str,
    until: datetime,
    by: Decision,
) -> list[Extension]:
    """The same for everything that the person's role hands in and that is due at the end of a phase: all, or none."""
    enrolment, term = _enrolled(session, enrolment_id)
    phases = {phase.id: phase for phase in term.calendar.phases}
    if phase_id not in phases:
        raise refuse(NO_PHASE(phase=phase_id, known=[*phases]))
    tasks = due_at_the_end(term, phase_id, enrolment.role)
    if not tasks:
        role = term.calendar.roles[enrolment.role]
        raise refuse(NOTHING_DUE(phase=phases[phase_id].name, role=role))
    return extend_people(session, term, [(enrolment, task) for task in tasks], until, by)


def owes(session: Session, enrolment_id: int, task_id: str | None, phase_id: str | None) -> bool:
    """Whether a task, or anything that is due at the end of a phase, is owed in this enrolment, of several of a person."""
    enrolment, term = _enrolled(session, enrolment_id)
    if phase_id is not None and any(phase.id == phase_id for phase in term.calendar.phases):
        return bool(due_at_the_end(term, phase_id, enrolment.role))
    return any(task.id == task_id and enrolment.role in task.role for task in term.calendar.tasks)


def due_at_the_end(term: CohortTerm, phase_id: str, role: str) -> list[Task]:
    """What a role hands in by the very end of a phase, and not by an instant of its own."""
    closes = term.schedule().phases[phase_id].closes
    end = closes if isinstance(closes, datetime) else None
    owed = [task for task in term.calendar.tasks if task.phase == phase_id and role in task.role]
    return [task for task in owed if task.shows and task_deadline(term, task) == end]


def _enrolled(session: Session, enrolment_id: int) -> tuple[Enrolment, CohortTerm]:
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise refuse(NO_ENROLMENT(id=enrolment_id))
    return enrolment, term_as_decided(session, enrolment.cohort_id)


def extend_people(
    session: Session,
    term: CohortTerm,
    meant: Sequence[tuple[Enrolment, Task]],
    until: datetime,
    by: Decision,
) -> list[Extension]:
    """Keep what was decided for each of these people and tasks, or refuse with every reason at once."""
    check_decision(term, by)
    sealed = sealed_in(session, term.id)
    why_not = [_why_not(session, person, term, task, until, by, sealed) for person, task in meant]
    problems = {message.text("en"): Problem("", message) for message in why_not if message is not None}
    if problems:
        raise Refused([*problems.values()])
    extensions = [extension(person, task, until, by) for person, task in meant]
    session.add_all(extensions)
    look_at(session, term.id, by.effective_at)
    session.flush()
    return extensions


def extension(person: Enrolment, task: Task, until: datetime, by: Decision) -> Extension:
    """The row by which one person has a later deadline."""
    return Extension(
        enrolment_id=person.id or 0, task=task.id, until=until, reason=by.reason.strip(), name=by.name.strip(),
        document=by.document, run_id=by.run_id, effective_at=by.effective_at, recorded_at=by.recorded_at,
    )  # fmt: skip


def sealed_in(session: Session, cohort_id: int) -> set[str]:
    rows = session.execute(select(col(Seal.assessment)).where(col(Seal.cohort_id) == cohort_id))
    return set(rows.scalars())


def _why_not(
    session: Session,
    enrolment: Enrolment,
    term: CohortTerm,
    task: Task,
    until: datetime,
    by: Decision,
    sealed: set[str],
) -> Message | None:
    """What speaks against this deadline. Raises Refused where only a night that is late can tell."""
    scoring = scoring_still(enrolment, term, task, set())
    going = [assessment for assessment in scoring if assessment.id not in sealed]
    if scoring and not going:
        return SEALED(task=task.name, assessments=[one.name or one.id for one in scoring])
    if not scoring and term.phases[task.phase].stands_at in OVER:
        return TOO_LATE(key=task.name)
    present = present_deadline(enrolment, term, task, going)
    if present is None:
        return NOT_DATED(task=task.name)
    if until <= present:
        return NOT_LATER(task=task.name, to=told(term, until), now=told(term, present))
    bound = bound_of_task(term, task, going)
    beyond = bound.refuses(task.name, until, term.calendar.zoneinfo) if bound else None
    if beyond is not None:
        return beyond
    for cutoff, locks in locks_of(term, task, going):
        night_has_come(session, term, cutoff or term.calendar.phase(task.phase).name, locks, by)
        if isinstance(locks, datetime) and until > locks:
            facts = {"task": task.name, "to": told(term, until), "locks": told(term, locks)}
            phase = term.calendar.phase(task.phase).name
            return AFTER_LOCK(**facts, cutoff=cutoff) if cutoff else AFTER_PHASE(**facts, phase=phase)
    return None


def scoring_still(enrolment: Enrolment, term: CohortTerm, task: Task, sealed: set[str]) -> list[Assessment]:
    """The assessments of a person's role that score a task and are not sealed yet."""
    return [
        assessment
        for assessment in term.calendar.assessments
        if enrolment.role in assessment.of
        and assessment.id not in sealed
        and task.id in tasks_in(deadlines(term, assessment))
    ]


def present_deadline(
    enrolment: Enrolment, term: CohortTerm, task: Task, going: Sequence[Assessment]
) -> datetime | None:
    """The cohort's deadline of a task in what is not sealed yet, or the person's own if that is later."""
    ordinary = [task_deadline(term, task, assessment) for assessment in going] or [task_deadline(term, task)]
    known = [at for at in ordinary if at is not None]
    own = [one.until for one in term.extended if (one.enrolment_id, one.task) == (enrolment.id, task.id)]
    return max([*known, *own]) if known else None


def locks_of(term: CohortTerm, task: Task, going: Sequence[Assessment]) -> list[tuple[str | None, Moment]]:
    """Before which instants the work must be here, each with its cutoff: of a task that is not scored, the end of all
    in its phase."""
    schedule = term.schedule()
    if going:
        return [(assessment.locks, schedule.cutoffs[assessment.locks]) for assessment in going]
    return [(term.calendar.phase(task.phase).locks, schedule.phases[task.phase].locks)]
