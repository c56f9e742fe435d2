"""Each record and mark of one person under the lines that look at it: whether it counts, and if not why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.rules.amounts import Counting
from calendars.rules.base import RuleBase
from calendars.term import Task
from models.exceptions import PersonException
from models.work import Activity, Source
from workflows.basis import NEVER, Correction, Key, MarkKey
from workflows.cohorts import CohortTerm
from workflows.explained import Fact
from workflows.facts import EVIDENCE, MARK, MARKS
from workflows.handed_files import names_of_files

COUNTED = Wording(zh="计入", en="counts")
LATE = Wording(zh="不计：晚于截止时间", en="does not count: later than the deadline")
AFTER_LOCK = Wording(zh="不计：锁定之后才收到", en="does not count: received after the lock")
REPLACED = Wording(zh="不计：已被更正的记录代替", en="does not count: replaced by a corrected record")
REFUSED = Wording(
    zh="不计：{name}不予接受，理由：{reason}", en="does not count: refused by {name}, because: {reason}"
)
TOO_SHORT = Wording(
    zh="不计：{characters}字，不足{least}字",
    en="does not count: {characters:character|characters}, {least} are asked for",
)
LET_IN = Wording(zh="计入：申诉准予", en="counts: let in by an appeal")
OVER_THE_CAP = Wording(zh="计入，但此项已满", en="counts, but the line was full already")
NAME = Wording(zh="{name}", en="{name}")
MARK_NAME = Wording(zh="评分", en="mark")
UNKNOWN_LENGTH = Wording(zh="未知", en="an unknown number of")

Whose = Sequence[int] | Select[tuple[int]]


@dataclass(frozen=True)
class StoredFact:
    """A record or a mark as it is stored, with its task and kind by name."""

    task: str
    kind: str
    item: str
    amount: int | None
    grade: str | None
    characters: int | None
    happened_at: datetime | None
    received_at: datetime
    withdrawn_at: datetime | None
    source: str
    reference: str
    key: Key | MarkKey
    files: tuple[str, ...] = ()  # what came with it, by name
    refused: tuple[str, str] | None = None  # by whom and why, for what a review did not accept


def facts_of(session: Session, enrolment_id: int) -> list[StoredFact]:
    """Everything that is known of one person, by when it happened."""
    return facts_by_person(session, [enrolment_id]).get(enrolment_id, [])


def facts_by_person(session: Session, whose: Whose) -> dict[int, list[StoredFact]]:
    """The same of several people, by enrolment: given by their numbers, or selected."""
    refusals, files = _refusals(session, whose), names_of_files(session, whose)
    activity, source = Activity.__table__, Source.__table__  # type: ignore[attr-defined]
    records = session.execute(
        select(*EVIDENCE.c, activity.c.task, activity.c.kind, source.c.name)
        .join(activity, activity.c.id == EVIDENCE.c.activity_id)
        .join(source, source.c.id == EVIDENCE.c.source_id)
        .where(EVIDENCE.c.enrolment_id.in_(whose))
    )
    rows = [
        (
            row.enrolment_id,
            StoredFact(
                row.task, row.kind, row.item, row.amount, None, row.characters, row.happened_at, row.received_at,
                row.withdrawn_at, row.name, row.reference, (row.source_id, row.reference, row.revision),
                files.get((row.enrolment_id, row.source_id, row.reference, row.revision), ()), _refused(row, refusals),
            ),
        )
        for row in records
    ]  # fmt: skip
    marks = session.execute(
        select(*MARK.c, activity.c.task)
        .join(activity, activity.c.id == MARK.c.activity_id)
        .where(MARK.c.enrolment_id.in_(whose))
    )
    rows += [
        (row.enrolment_id, StoredFact(row.task, MARKS, row.item, row.score, row.grade, None, None, row.received_at, row.withdrawn_at, row.giver, "", (row.activity_id, row.item, row.giver, row.revision)))
        for row in marks
    ]  # fmt: skip
    found: dict[int, list[StoredFact]] = {}
    for enrolment, fact in sorted(rows, key=lambda row: _order(row[1])):
        found.setdefault(enrolment, []).append(fact)
    return found


def _order(fact: StoredFact) -> tuple[datetime, datetime, str]:
    return fact.happened_at or fact.received_at, fact.received_at, fact.reference


def _refusals(session: Session, whose: Whose) -> dict[tuple[int, str, datetime], list[PersonException]]:
    """What reviews did not accept, by person, task and instant."""
    rows = session.execute(
        select(PersonException).where(
            col(PersonException.kind) == "refuse", col(PersonException.enrolment_id).in_(whose)
        )
    ).scalars()  # fmt: skip
    found: dict[tuple[int, str, datetime], list[PersonException]] = {}
    for row in rows:
        found.setdefault((row.enrolment_id, row.task or "", row.effective_at), []).append(row)
    return found


def _refused(
    row: Any, refusals: Mapping[tuple[int, str, datetime], list[PersonException]]
) -> tuple[str, str] | None:
    """Which refusal withdrew a record: that of its task, its item or itself, at that very instant."""
    for one in refusals.get((row.enrolment_id, row.task, row.withdrawn_at), ()):
        if one.item in (None, row.item) and one.reference in (None, row.reference):
            return one.name, one.reason
    return None


def judged(
    term: CohortTerm,
    component: RuleBase,
    tasks: list[Task],
    rows: list[StoredFact],
    before: Mapping[str, datetime],
    as_of: datetime,
    correction: Correction | None,
) -> Iterator[Fact]:
    """The rows that a component looks at, each with whether it counts and why not."""
    by_id = {task.id: task for task in tasks}
    added, full = 0, None if _is_of_all(component) else component.enough
    for row in rows:
        task = by_id.get(row.task)
        if task is None or (row.kind != MARKS and component.shows and row.kind not in component.shows):
            continue
        let_in = correction is not None and row.key in (
            *correction.admitted.evidence,
            *correction.admitted.marks,
        )
        reason = None if let_in else _why_not(row, task, before.get(task.id, NEVER), as_of)
        if correction is not None and row.key in (
            *correction.admitted.replaced_evidence,
            *correction.admitted.replaced_marks,
        ):
            reason = REPLACED()
        if reason is None and row.kind != MARKS:
            over = full is not None and added >= full
            added += row.amount or 0
            why = OVER_THE_CAP() if over else LET_IN() if let_in else COUNTED()
        else:
            why = reason or (LET_IN() if let_in else COUNTED())
        kind = term.calendar.evidence.get(row.kind)
        yield Fact(
            task=row.task, kind=row.kind, kind_name=NAME(name=kind.name) if kind else MARK_NAME(), item=row.item, amount=row.amount,
            grade=row.grade, characters=row.characters, happened_at=row.happened_at, received_at=row.received_at, source=row.source,
            reference=row.reference, files=row.files, counts=reason is None, why=why,
        )  # fmt: skip


def _is_of_all(component: RuleBase) -> bool:
    """Whether a line is full is then not for one person's records to say."""
    return isinstance(component, Counting) and component.over is not None


def _why_not(row: StoredFact, task: Task, before: datetime, as_of: datetime) -> Message | None:
    if row.withdrawn_at is not None and row.withdrawn_at < as_of:
        return REFUSED(name=row.refused[0], reason=row.refused[1]) if row.refused else REPLACED()
    if row.received_at >= as_of:
        return AFTER_LOCK()
    if row.happened_at is None:
        return None
    if row.happened_at >= before:
        return LATE()
    if task.characters is not None and (row.characters is None or row.characters < task.characters):
        return TOO_SHORT(
            characters=UNKNOWN_LENGTH() if row.characters is None else row.characters, least=task.characters
        )
    return None
