"""What an office decides about one person beside the calendar: exempt, readmitted, withdrawn, transferred; prior work
accepted; what was handed in refused. Each is kept for ever with its reason, name and document.

Nothing is deleted: a status has the instant since which it holds, and a fact is withdrawn and written anew, so that what
counted at any instant can still be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.quantities import shown
from calendars.term import Task
from models.exceptions import PersonException
from models.nights import Extension, TransitionLog
from models.people import Person
from models.terms import Cohort
from models.types import seconds
from models.verdicts import ScoreSheet, Seal
from models.work import Activity, Enrolment, Evidence, ImportBatch, Mark, Source
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline
from workflows.digests import evidence_digest, mark_digest
from workflows.machines import ENROLMENT, ImpossibleMove, move
from workflows.resolving import Decision, look_at, told
from workflows.taking_on import taken_on

ACCEPTED = "认定"  # the source of work that an office accepted

NOT_NOW = Wording(zh="此人的状态是“{state}”，不能{act}", en="this person is {state} and cannot be {act}")
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
SAME_COHORT = Wording(zh="此人本来就在这个班级", en="this person is in that cohort already")
OTHER_PROGRAMME = Wording(zh="只能转到同一项目的班级", en="a transfer is to a cohort of the same programme")
THERE_ALREADY = Wording(
    zh="此人在那个班级已有同样的角色", en="this person has that role in the other cohort already"
)
SEALED_THERE = Wording(
    zh="那个班级“{assessment}”的成绩已经锁定，不能转入",
    en="the scores of {assessment} are sealed in the other cohort",
)
ACTS = {
    "exempt": Wording(zh="免修", en="exempt"),
    "readmit": Wording(zh="取消免修", en="readmitted"),
    "withdraw": Wording(zh="退出", en="withdrawn"),
    "transfer": Wording(zh="转班", en="transferred"),
    "prior": Wording(zh="认定以前的学习", en="prior work accepted"),
    "refuse": Wording(zh="所交不予接受", en="handed-in work refused"),
    "revoke": Wording(zh="取消结果", en="result revoked"),
    "dismiss": Wording(zh="不予取消", en="not revoked"),
}
STATES = {state.name: state.label for state in ENROLMENT.states}
Fact = TypeVar("Fact", Evidence, Mark)


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
    return _status(session, enrolment, "exempt", by)


def readmit(session: Session, enrolment_id: int, by: Decision) -> PersonException:
    """The exemption is taken back."""
    enrolment, _ = taken_on(session, enrolment_id, by)
    return _status(session, enrolment, "readmit", by)


def withdraw(session: Session, enrolment_id: int, by: Decision) -> PersonException:
    """Out from now on; everything that was done and sealed stays recorded."""
    enrolment, _ = taken_on(session, enrolment_id, by)
    return _status(session, enrolment, "withdraw", by)


def transfer(session: Session, enrolment_id: int, cohort: Cohort, by: Decision) -> PersonException:
    """To another cohort of the programme, with all work and marks that stand; what is sealed stays where it is."""
    enrolment, term = taken_on(session, enrolment_id, by)
    _may_transfer(session, enrolment, term, cohort)
    role_since = enrolment.status
    there = Enrolment(
        cohort_id=cohort.id or 0, person_id=enrolment.person_id, organisation_id=enrolment.organisation_id,
        role=enrolment.role, status=role_since, joined_at=by.effective_at, received_at=by.effective_at,
    )  # fmt: skip
    session.add(there)
    session.flush()
    assert there.id is not None
    made = _status(session, enrolment, "transfer", by, to=there.id)
    _carry(session, enrolment, there.id, by)
    _batch(session, cohort.programme_id, "transfer", by)
    look_at(session, there.cohort_id, by.effective_at)
    return made


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
    made = _kept(session, enrolment, "prior", by, task=task.id, item=prior.item or None, amount=prior.amount)
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
    _batch(session, term.programme_id, "prior", by)
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
        col(Evidence.activity_id).in_(of_task), *([col(Evidence.item) == item] if item else []),
        *([col(Evidence.reference) == reference] if reference else []),
    ]  # fmt: skip
    changed = session.execute(update(Evidence).where(*meant).values(withdrawn_at=by.effective_at)).rowcount  # type: ignore[attr-defined]
    if not changed:
        raise refuse(NOTHING_HANDED_IN(task=task.name, what=item or reference or "—"))
    look_at(session, enrolment.cohort_id, by.effective_at)
    return _kept(
        session, enrolment, "refuse", by, task=task.id, item=item or None, reference=reference or None
    )


def _may_transfer(session: Session, enrolment: Enrolment, term: CohortTerm, cohort: Cohort) -> None:
    if cohort.programme_id != term.programme_id:
        raise refuse(OTHER_PROGRAMME())
    if cohort.id == enrolment.cohort_id:
        raise refuse(SAME_COHORT())
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


def _status(
    session: Session, enrolment: Enrolment, trigger: str, by: Decision, to: int | None = None
) -> PersonException:
    try:
        source, target = move(ENROLMENT, enrolment_as_moving := _Moving(enrolment.status), trigger)
    except ImpossibleMove:
        raise refuse(NOT_NOW(state=STATES[enrolment.status](), act=ACTS[trigger]())) from None
    enrolment.status = enrolment_as_moving.state
    apart = trigger != "readmit"
    enrolment.status_reason = by.reason.strip() if apart else None
    enrolment.left_at = by.effective_at if apart else None
    row = {
        "machine": ENROLMENT.name, "cohort_id": enrolment.cohort_id, "enrolment_id": enrolment.id, "trigger": trigger,
        "source": source, "target": target, "effective_at": by.effective_at, "recorded_at": by.recorded_at,
    }  # fmt: skip
    session.execute(insert(TransitionLog), [row])
    look_at(session, enrolment.cohort_id, by.effective_at)
    return _kept(session, enrolment, trigger, by, to_enrolment_id=to)


@dataclass
class _Moving:
    state: str


def _carry(session: Session, enrolment: Enrolment, there: int, by: Decision) -> None:
    """Every standing fact: withdrawn here, written there as received now, with when it happened. Own later deadlines go
    along."""
    for extension in _extensions(session, enrolment):
        kept = extension.model_dump() | {"id": None, "enrolment_id": there, "effective_at": by.effective_at}
        session.add(Extension(**kept | {"recorded_at": by.recorded_at}))
    sources = {row.id: row.name for row in session.execute(select(Source)).scalars()}
    activities = {row.id: f"{row.task}:{row.kind}" for row in session.execute(select(Activity)).scalars()}
    records = _standing(session, Evidence, enrolment)
    marks = _standing(session, Mark, enrolment)
    for table in (Evidence, Mark):
        here = col(table.enrolment_id) == enrolment.id, col(table.withdrawn_at).is_(None)
        session.execute(update(table).where(*here).values(withdrawn_at=by.effective_at))
    at = seconds(by.effective_at)
    for row in records:
        digest = evidence_digest(
            sources[row.source_id], row.reference, activities[row.activity_id], row.item, row.amount, row.characters,
            seconds(row.happened_at), at,
        )  # fmt: skip
        moved = row.model_dump() | {"enrolment_id": there, "revision": 0, "withdrawn_at": None}
        session.add(Evidence(**moved | {"received_at": by.effective_at, "digest": digest}))
    for mark in marks:
        digest = mark_digest(activities[mark.activity_id], mark.item, mark.giver, mark.score, mark.grade, at)
        moved = mark.model_dump() | {"enrolment_id": there, "revision": 0, "withdrawn_at": None}
        session.add(Mark(**moved | {"received_at": by.effective_at, "digest": digest}))
    session.flush()


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
    if task.prior is None:
        raise refuse(NO_PRIOR(task=task.name))
    before = select(col(PersonException.amount)).where(
        col(PersonException.enrolment_id) == enrolment.id, col(PersonException.kind) == "prior",
        col(PersonException.task) == task.id,
    )  # fmt: skip
    given = sum(session.execute(before).scalars())
    if amount <= 0 or given + amount > task.prior:
        left = max(task.prior - given, 0)
        raise refuse(TOO_MUCH(task=task.name, most=shown(task.prior), given=shown(given), left=shown(left)))


def _kept(session: Session, enrolment: Enrolment, kind: str, by: Decision, **about: Any) -> PersonException:
    made = PersonException(
        enrolment_id=enrolment.id or 0, kind=kind, reason=by.reason.strip(), name=by.name.strip(), document=by.document,
        run_id=by.run_id, effective_at=by.effective_at, recorded_at=by.recorded_at, **about,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


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


def _batch(session: Session, programme_id: int, kind: str, by: Decision) -> None:
    """Whatever waited for work is tried again."""
    session.add(
        ImportBatch(
            programme_id=programme_id, kind=kind, file="", sha256="", received_at=by.effective_at,
            received_said_by=by.name, recorded_at=by.recorded_at, added=1, changed=0,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One exception as an office sees it."""

    kind: str
    number: str
    person: str
    enrolment_id: int
    cohort: str
    task: str | None
    item: str | None
    assessment: str | None
    amount: int | None
    to_cohort: str | None
    reason: str
    names: tuple[str, ...]
    document: str | None
    effective_at: datetime


def exceptions_of(
    session: Session, programme_id: int | None = None, enrolment_id: int | None = None
) -> list[Told]:
    """Every exception of a programme or of one enrolment, by when it took effect."""
    there = Enrolment.__table__.alias("there")  # type: ignore[attr-defined]
    other = Cohort.__table__.alias("other")  # type: ignore[attr-defined]
    statement = (
        select(PersonException, col(Person.number), col(Person.name), col(Cohort.name), other.c.name)
        .join(Enrolment, col(Enrolment.id) == col(PersonException.enrolment_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .outerjoin(there, there.c.id == col(PersonException.to_enrolment_id))
        .outerjoin(other, other.c.id == there.c.cohort_id)
        .order_by(col(PersonException.effective_at), col(PersonException.id))
    )
    if programme_id is not None:
        statement = statement.where(col(Cohort.programme_id) == programme_id)
    if enrolment_id is not None:
        statement = statement.where(col(PersonException.enrolment_id) == enrolment_id)
    return [
        Told(
            row.kind, number, name, row.enrolment_id, cohort, row.task, row.item, row.assessment, row.amount, to,
            row.reason, tuple(filter(None, (row.name, row.second_name))), row.document, row.effective_at,
        )
        for row, number, name, cohort, to in session.execute(statement)
    ]  # fmt: skip
