"""What a person did or was given that came too late for a sealed result: what an appeal may ask to let in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session

from models.types import seconds
from models.work import Activity, Source
from workflows.basis import NEVER, Admitted, Key, MarkKey, tasks_in
from workflows.correcting import Standing
from workflows.facts import EVIDENCE, MARK, MARKS, raw


@dataclass(frozen=True)
class LateFact:
    """One record or mark that stands now and did not count: received after the lock, or happened after the deadline."""

    reference: str  # by which an appeal names it
    task: str
    kind: str
    item: str
    amount: int | None
    grade: str | None
    happened_at: datetime | None
    received_at: datetime
    evidence: Key | None = None
    mark: MarkKey | None = None


def late_facts(session: Session, enrolment_id: int, standing: Standing, at: datetime) -> list[LateFact]:
    """Everything late of one person for one sealed sheet, as known at an instant, by when it was received."""
    tasks = tasks_in(standing.basis.due)
    before: dict[str, datetime] = {}
    for (_, task), due in standing.basis.due:
        before[task] = max(due, before.get(task, NEVER))
    let_in = standing.admitted
    found = [*_records(session, enrolment_id, at), *_marks(session, enrolment_id, at)]
    return [
        fact
        for fact in sorted(found, key=lambda one: (one.received_at, one.reference))
        if fact.task in tasks and fact.evidence not in let_in.evidence and fact.mark not in let_in.marks
        and (
            fact.received_at >= standing.locked_at
            or (fact.happened_at is not None and fact.happened_at >= before[fact.task])
        )
    ]  # fmt: skip


def _records(session: Session, enrolment_id: int, at: datetime) -> Iterable[LateFact]:
    activity, source = Activity.__table__, Source.__table__  # type: ignore[attr-defined]
    rows = session.execute(
        select(*EVIDENCE.c, activity.c.task, activity.c.kind, source.c.name)
        .join(activity, activity.c.id == EVIDENCE.c.activity_id)
        .join(source, source.c.id == EVIDENCE.c.source_id)
        .where(EVIDENCE.c.enrolment_id == enrolment_id, _stands_now(EVIDENCE, at))
    )
    for row in rows:
        key = (row.source_id, row.reference, row.revision)
        yield LateFact(
            f"{row.name}/{row.reference}", row.task, row.kind, row.item, row.amount, None, row.happened_at,
            row.received_at, evidence=key,
        )  # fmt: skip


def _marks(session: Session, enrolment_id: int, at: datetime) -> Iterable[LateFact]:
    activity = Activity.__table__  # type: ignore[attr-defined]
    rows = session.execute(
        select(*MARK.c, activity.c.task)
        .join(activity, activity.c.id == MARK.c.activity_id)
        .where(MARK.c.enrolment_id == enrolment_id, _stands_now(MARK, at))
    )
    for row in rows:
        key = (row.activity_id, row.item, row.giver, row.revision)
        name = "/".join(part for part in (MARKS, row.task, row.item, row.giver) if part)
        yield LateFact(name, row.task, MARKS, row.item, row.score, row.grade, None, row.received_at, mark=key)


def _stands_now(facts: Any, at: datetime) -> Any:
    return and_(raw(facts, "received_at") <= seconds(at), facts.c.withdrawn_at.is_(None))


def admitted_with(session: Session, enrolment_id: int, facts: Sequence[LateFact]) -> Admitted:
    """These facts let in, with what each replaces of what stood at the lock."""
    evidence = tuple(sorted(fact.evidence for fact in facts if fact.evidence is not None))
    marks = tuple(sorted(fact.mark for fact in facts if fact.mark is not None))
    return Admitted(
        evidence, marks,
        tuple(_replaced(session, EVIDENCE, ("source_id", "reference", "revision"), enrolment_id, evidence)),
        tuple(_replaced(session, MARK, ("activity_id", "item", "giver", "revision"), enrolment_id, marks)),
    )  # fmt: skip


def _replaced(
    session: Session, table: Any, names: Sequence[str], enrolment_id: int, keys: Sequence[tuple[Any, ...]]
) -> list[Any]:
    """The earlier revisions of the same facts."""
    found = []
    for *same, revision in keys:
        columns = [table.c[name] for name in names]
        earlier = select(*columns).where(
            table.c.enrolment_id == enrolment_id,
            *(column == value for column, value in zip(columns, same, strict=False)),
            columns[-1] < revision,
        )
        found += [tuple(row) for row in session.execute(earlier.order_by(columns[-1]))]
    return found
