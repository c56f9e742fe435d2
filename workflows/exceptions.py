"""What an office decides about one person beside the calendar: exempt, readmitted, withdrawn; prior work accepted; what
was handed in refused. Each is kept for ever with its reason, name and document.

Nothing is deleted: a status has the instant since which it holds, and a fact is withdrawn and written anew, so that what
counted at any instant can still be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.quantities import shown
from calendars.term import Task
from models.exceptions import PersonException
from models.terms import Cohort
from models.types import seconds
from models.verdicts import ScoreSheet, Seal
from models.work import Activity, Enrolment, Evidence, Source
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline
from workflows.digests import evidence_digest
from workflows.person_status import change_status, keep, work_has_come
from workflows.resolving import Decision, look_at, told
from workflows.taking_on import taken_on

ACCEPTED = "认定"  # the source of work that an office accepted

SEALED = Wording(
    zh="“{assessment}”的成绩已经锁定，不能再免修",
    en="the scores of {assessment} are sealed; nobody can be exempt from them",
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
NOTHING_HANDED_IN = Wording(
    zh="此人没有交过“{task}”（{what}）", en="nothing of {task} ({what}) was handed in by this person"
)


@dataclass(frozen=True)
class Prior:
    """What was done elsewhere: an amount in hundredths of one kind of record, when, and of which item."""

    amount: int
    happened_at: datetime
    kind: str | None = None
    item: str = ""


def exempt(session: Session, enrolment_id: int, by: Decision) -> PersonException:
    """Neither pass nor fail from now on. Refused once a result is sealed."""
    enrolment, term = taken_on(session, enrolment_id, by)
    sheet = session.execute(
        select(col(ScoreSheet.assessment)).where(col(ScoreSheet.enrolment_id) == enrolment.id)
    ).scalars().first()  # fmt: skip
    if sheet is not None:
        raise refuse(SEALED(assessment=term.calendar.assessment(sheet).name or sheet))
    return _moved(session, enrolment, "exempt", by)


def readmit(session: Session, enrolment_id: int, by: Decision) -> PersonException:
    """The exemption is taken back."""
    enrolment, _ = taken_on(session, enrolment_id, by)
    return _moved(session, enrolment, "readmit", by)


def withdraw(session: Session, enrolment_id: int, by: Decision) -> PersonException:
    """Out from now on; everything that was done and sealed stays recorded."""
    enrolment, _ = taken_on(session, enrolment_id, by)
    return _moved(session, enrolment, "withdraw", by)


def accept_prior(
    session: Session, enrolment_id: int, task_id: str, prior: Prior, by: Decision
) -> PersonException:
    """What was done elsewhere before counts as shown here, as far as the calendar admits."""
    enrolment, term = taken_on(session, enrolment_id, by)
    task = _task(enrolment, term, task_id)
    kind = _kind(task, prior.kind)
    due = task_deadline(term, task)
    if due is not None and prior.happened_at >= due:
        raise refuse(NOT_BEFORE(task=task.name, due=told(term, due)))
    _not_locked(session, enrolment, term, task)
    _not_too_much(session, enrolment, task, prior.amount)
    made = keep(session, enrolment, "prior", by, task=task.id, item=prior.item or None, amount=prior.amount)
    reference = f"prior-{made.id}"
    source = _numbered(session, Source(programme_id=term.programme_id, name=ACCEPTED), "name")
    activity = _numbered(
        session, Activity(programme_id=term.programme_id, task=task.id, kind=kind), "task", "kind"
    )
    digest = evidence_digest(
        ACCEPTED, reference, f"{task.id}:{kind}", prior.item, prior.amount, None, seconds(prior.happened_at),
        seconds(by.effective_at),
    )  # fmt: skip
    session.add(
        Evidence(
            enrolment_id=enrolment.id or 0, source_id=source, reference=reference, activity_id=activity, item=prior.item,
            amount=prior.amount, happened_at=prior.happened_at, received_at=by.effective_at, digest=digest,
        )
    )  # fmt: skip
    work_has_come(session, term.programme_id, "prior", by)
    look_at(session, enrolment.cohort_id, by.effective_at)
    session.flush()
    return made


def refuse_work(
    session: Session, enrolment_id: int, task_id: str, by: Decision, item: str = "", reference: str = ""
) -> PersonException:
    """What was handed in for a task, or for one item or record of it, is not accepted: it counts no more."""
    enrolment, term = taken_on(session, enrolment_id, by)
    task = _task(enrolment, term, task_id)
    _not_locked(session, enrolment, term, task)
    of_task = select(col(Activity.id)).where(
        col(Activity.programme_id) == term.programme_id, col(Activity.task) == task.id
    )
    meant = [
        col(Evidence.enrolment_id) == enrolment.id, col(Evidence.withdrawn_at).is_(None),
        col(Evidence.received_at) <= by.effective_at,
        col(Evidence.activity_id).in_(of_task), *([col(Evidence.item) == item] if item else []),
        *([col(Evidence.reference) == reference] if reference else []),
    ]  # fmt: skip
    changed = session.execute(update(Evidence).where(*meant).values(withdrawn_at=by.effective_at)).rowcount  # type: ignore[attr-defined]
    if not changed:
        raise refuse(NOTHING_HANDED_IN(task=task.name, what=item or reference or "—"))
    work_has_come(session, term.programme_id, "refuse", by)
    look_at(session, enrolment.cohort_id, by.effective_at)
    return keep(
        session, enrolment, "refuse", by, task=task.id, item=item or None, reference=reference or None
    )


def _moved(session: Session, enrolment: Enrolment, trigger: str, by: Decision) -> PersonException:
    look_at(session, enrolment.cohort_id, by.effective_at)
    return change_status(session, enrolment, trigger, by)


def _task(enrolment: Enrolment, term: CohortTerm, task_id: str) -> Task:
    task = next((one for one in term.calendar.tasks if one.id == task_id), None)
    if task is None or enrolment.role not in task.role:
        raise refuse(NO_TASK(role=term.calendar.roles[enrolment.role], task=task.name if task else task_id))
    return task


def _kind(task: Task, kind: str | None) -> str:
    if kind is None and len(task.shows) == 1:
        return task.shows[0]
    if kind is None or kind not in task.shows:
        raise refuse(NO_KIND(task=task.name, kinds="、".join(task.shows) or "—"))
    return kind


def _not_locked(session: Session, enrolment: Enrolment, term: CohortTerm, task: Task) -> None:
    sealed = set(
        session.execute(select(col(Seal.assessment)).where(col(Seal.cohort_id) == term.id)).scalars()
    )
    for assessment in term.calendar.assessments:
        parts = [task_id for part in (*assessment.components, *assessment.needs) for task_id in part.task_ids]
        if assessment.id in sealed and enrolment.role in assessment.of and task.id in parts:
            raise refuse(LOCKED(task=task.name))


def _not_too_much(session: Session, enrolment: Enrolment, task: Task, amount: int) -> None:
    """The limit is the person's in the programme: a transfer does not open it anew."""
    if task.prior is None:
        raise refuse(NO_PRIOR(task=task.name))
    here = select(col(Cohort.programme_id)).where(col(Cohort.id) == enrolment.cohort_id).scalar_subquery()
    before = (
        select(col(PersonException.amount))
        .join(Enrolment, col(Enrolment.id) == col(PersonException.enrolment_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(
            col(Enrolment.person_id) == enrolment.person_id, col(Enrolment.role) == enrolment.role,
            col(Cohort.programme_id) == here, col(PersonException.kind) == "prior", col(PersonException.task) == task.id,
        )
    )  # fmt: skip
    given = sum(session.execute(before).scalars())
    if amount <= 0 or given + amount > task.prior:
        left = max(task.prior - given, 0)
        raise refuse(TOO_MUCH(task=task.name, most=shown(task.prior), given=shown(given), left=shown(left)))


def _numbered(session: Session, row: Source | Activity, *names: str) -> int:
    """The number of what is there already, or of a new row."""
    table = type(row)
    same = [getattr(table, name) == getattr(row, name) for name in ("programme_id", *names)]
    found = session.execute(select(col(table.id)).where(*same)).scalar_one_or_none()
    if found is None:
        session.add(row)
        session.flush()
        found = row.id
    assert found is not None
    return found
