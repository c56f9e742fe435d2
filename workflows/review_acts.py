"""What a reviewer decides about one person's material: it is not accepted, or accepted after all.

What was handed in is never deleted. A refusal withdraws the records as of its instant; who takes it back has the same
records written anew, as received then. So what counted at any instant can still be told.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.term import Task
from models.exceptions import PersonException
from models.work import Activity, Evidence
from workflows.cohorts import CohortTerm
from workflows.exceptions import check_not_locked, owed_task
from workflows.person_status import keep, work_has_come
from workflows.resolving import Decision, look_at
from workflows.taking_on import taken_on
from workflows.transfers import enrolments_before
from workflows.written_anew import write_anew

NOTHING_HANDED_IN = Wording(
    zh="此人没有交过“{task}”（{what}）", en="nothing of {task} ({what}) was handed in by this person"
)
NOTHING_REFUSED = Wording(
    zh="此人的“{task}”（{what}）没有不予接受的，或者已经重新上交",
    en="nothing of {task} ({what}) was refused, or it was handed in anew since",
)


def refuse_work(
    session: Session, enrolment_id: int, task_id: str, by: Decision, item: str = "", reference: str = ""
) -> PersonException:
    """What was handed in for a task, or for one item or record of it, is not accepted: it counts no more."""
    enrolment, term = taken_on(session, enrolment_id, by)
    task = owed_task(enrolment, term, task_id)
    check_not_locked(session, enrolment, term, task)
    standing = [
        col(Evidence.enrolment_id) == enrolment.id, col(Evidence.withdrawn_at).is_(None),
        col(Evidence.received_at) <= by.effective_at, *_meant(term, task, item, reference),
    ]  # fmt: skip
    changed = session.execute(update(Evidence).where(*standing).values(withdrawn_at=by.effective_at)).rowcount  # type: ignore[attr-defined]
    if not changed:
        raise refuse(NOTHING_HANDED_IN(task=task.name, what=item or reference or "—"))
    work_has_come(session, term.programme_id, "refuse", by)
    look_at(session, enrolment.cohort_id, by.effective_at)
    return keep(
        session, enrolment, "refuse", by, task=task.id, item=item or None, reference=reference or None
    )


def accept_work(
    session: Session, enrolment_id: int, task_id: str, by: Decision, item: str = "", reference: str = ""
) -> PersonException:
    """A refusal is taken back: what it withdrew of a task, or of one item or record, counts again, as received now."""
    enrolment, term = taken_on(session, enrolment_id, by)
    task = owed_task(enrolment, term, task_id)
    check_not_locked(session, enrolment, term, task)
    records = _refused(session, enrolment_id, term, task, item, reference)
    if not records:
        raise refuse(NOTHING_REFUSED(task=task.name, what=item or reference or "—"))
    for row in records:
        _write_anew(session, row, enrolment_id, by)
    work_has_come(session, term.programme_id, "accept", by)
    look_at(session, enrolment.cohort_id, by.effective_at)
    return keep(
        session, enrolment, "accept", by, task=task.id, item=item or None, reference=reference or None
    )


def _meant(term: CohortTerm, task: Task, item: str, reference: str) -> list[ColumnElement[bool]]:
    """The records of a task, or of one item, or one record alone."""
    of_task = select(col(Activity.id)).where(
        col(Activity.programme_id) == term.programme_id, col(Activity.task) == task.id
    )
    return [
        col(Evidence.activity_id).in_(of_task),
        *([col(Evidence.item) == item] if item else []),
        *([col(Evidence.reference) == reference] if reference else []),
    ]


def _refused(
    session: Session, enrolment_id: int, term: CohortTerm, task: Task, item: str, reference: str
) -> Sequence[Evidence]:
    """The newest revision of each record that a refusal withdrew, here or in a cohort that the person came from, and that
    was not handed in anew."""
    mine = [enrolment_id, *enrolments_before(session, enrolment_id)]
    refusal = select(col(PersonException.id)).where(
        col(PersonException.kind) == "refuse", col(PersonException.task) == task.id,
        col(PersonException.enrolment_id) == col(Evidence.enrolment_id),
        col(PersonException.effective_at) == col(Evidence.withdrawn_at),
    ).exists()  # fmt: skip
    rows = session.execute(
        select(Evidence, refusal.label("refused"))
        .where(col(Evidence.enrolment_id).in_(mine), *_meant(term, task, item, reference))
        .order_by(col(Evidence.received_at), col(Evidence.revision))
    )
    newest = {(row.source_id, row.reference): (row, refused) for row, refused in rows}
    return [row for row, refused in newest.values() if refused]


def _write_anew(session: Session, row: Evidence, enrolment_id: int, by: Decision) -> None:
    revisions = select(col(Evidence.revision)).where(
        col(Evidence.enrolment_id) == enrolment_id, col(Evidence.source_id) == row.source_id,
        col(Evidence.reference) == row.reference,
    )  # fmt: skip
    revision = max(session.execute(revisions).scalars(), default=-1) + 1
    write_anew(session, row, enrolment_id, revision, by.effective_at)
    session.flush()
