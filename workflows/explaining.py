"""One person's score sheet line by line: what counted, what did not and why, by which rule and which sentence.

A sealed sheet is explained as of its lock, from the seal itself; before the lock the same statement tells where
the person stands at an instant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Wording, refuse
from calendars.rules.amounts import Counting, Weekly
from calendars.rules.base import RuleBase
from calendars.rules.marks import Marked
from calendars.term import Assessment, Task
from models.people import Organisation, Person
from models.terms import Cohort, Programme
from models.verdicts import ScoreSheet, Seal
from models.work import Activity, Enrolment, Source
from workflows.adjusting import adjusted
from workflows.basis import (
    NEVER,
    Basis,
    Correction,
    Due,
    Key,
    MarkKey,
    basis_of,
    every_component,
    with_parts,
)
from workflows.cohorts import CohortTerm, load_terms
from workflows.correcting import scored_as_of
from workflows.exceptions_told import Told, exceptions_of
from workflows.facts import EVIDENCE, MARK, MARKS
from workflows.own_deadlines import Extended
from workflows.penalties import decisions, penalties_of
from workflows.scoring import (
    Sheet,
    compile_scoring,
)
from workflows.sealing import its_link

UNKNOWN_PERSON = Wording(
    zh="没有人员编号为“{number}”的参训人员{programme}",
    en="nobody with number {number!r} takes part{programme}",
)
IN_PROGRAMME = Wording(zh="（项目 {slug}）", en=" in {slug}")
COUNTED = Wording(zh="计入", en="counts")
LATE = Wording(zh="不计：晚于截止时间", en="does not count: later than the deadline")
AFTER_LOCK = Wording(zh="不计：锁定之后才收到", en="does not count: received after the lock")
REPLACED = Wording(zh="不计：已被更正的记录代替", en="does not count: replaced by a corrected record")
TOO_SHORT = Wording(
    zh="不计：{characters}字，不足{least}字",
    en="does not count: {characters:character|characters}, {least} are asked for",
)
LET_IN = Wording(zh="计入：申诉准予", en="counts: let in by an appeal")
OVER_THE_CAP = Wording(zh="计入，但此项已满", en="counts, but the line was full already")
NAME = Wording(zh="{name}", en="{name}")
MARK_NAME = Wording(zh="评分", en="mark")
UNKNOWN_LENGTH = Wording(zh="未知", en="an unknown number of")


@dataclass(frozen=True)
class Fact:
    """One record or mark under a line. Amounts in hundredths; `happened_at` is None for a mark."""

    kind: str
    kind_name: Message
    item: str
    amount: int | None
    grade: str | None
    happened_at: datetime | None
    received_at: datetime
    source: str
    reference: str
    counts: bool
    why: Message


@dataclass(frozen=True)
class OwnDeadline:
    """A task of a line that an office has extended for this person: from the cohort's deadline to another, and why."""

    task: str
    cohorts: datetime | None
    until: datetime
    name: str
    reason: str


@dataclass(frozen=True)
class ShortWeek:
    """A week, by its number among those that a task asks for, with less than is asked; the amount in hundredths."""

    task: str
    number: int
    begins: datetime
    ends: datetime
    amount: int


@dataclass(frozen=True)
class ExplainedLine:
    """One component, or one need of a pass: figures in hundredths of `unit`."""

    key: str
    name: str
    rule: Message
    cites: tuple[str, ...]
    unit: str
    counted: int
    points: int
    most: int
    deadline: datetime | None
    is_need: bool
    band: str | None  # the name of the band in which the marker's score falls
    extended: tuple[OwnDeadline, ...]
    short: tuple[ShortWeek, ...]  # of what is asked each week, the weeks that did not have it
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Entry:
    """One sealed entry of a sheet: the first, or a correction with why and by whom."""

    number: int
    sealed_at: datetime
    total: int
    result: str
    head: str
    reason: str | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Punished:
    """A penalty by which a line counts nothing: of which unit, and who decided so, unless the calendar does."""

    penalty: str
    organisation: str
    component: str
    name: str
    reason: str


@dataclass(frozen=True)
class Explained:
    """One person's sheet in one assessment: sealed, or as it stands at an instant."""

    programme: str
    programme_name: str
    cohort: str
    enrolment: int
    person: str
    role: str
    assessment: str
    assessment_name: str
    status: str
    status_reason: str | None
    sealed: bool
    as_of: datetime
    total: int
    pass_mark: int
    full_mark: int
    passed: bool
    result: str
    earned: dict[str, int]
    lines: tuple[ExplainedLine, ...]
    entries: tuple[Entry, ...]  # every sealed entry of the sheet, the oldest first; the last one stands
    penalties: tuple[Punished, ...]
    exceptions: tuple[Told, ...]  # what was decided about this person beside the calendar


def explain(session: Session, number: str, at: datetime, programme: str | None = None) -> list[Explained]:
    """Every sheet of one person, by programme, role and assessment. Raises Refused for an unknown number."""
    statement = (
        select(Enrolment, Person, col(Programme.slug))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(col(Person.number) == number)
        .order_by(col(Programme.slug), col(Enrolment.id))
    )
    if programme is not None:
        statement = statement.where(col(Programme.slug) == programme)
    rows = session.execute(statement).all()
    if not rows:
        place = IN_PROGRAMME(slug=programme) if programme else ""
        raise refuse(UNKNOWN_PERSON(number=number, programme=place))
    return [found for row in rows for found in _explain_enrolment(session, row, at)]


def _explain_enrolment(session: Session, row: Any, at: datetime) -> Iterator[Explained]:
    enrolment, person, slug = row
    (term,) = load_terms(session, [enrolment.cohort_id])
    for assessment in term.calendar.assessments:
        if enrolment.role not in assessment.of:
            continue
        sheet, seal = _sealed(session, enrolment, assessment)
        basis = Basis.from_json(seal.basis) if seal else None
        as_of = scored_as_of(basis, seal.locked_at) if seal and basis else at
        term.dates = term.dates_up_to(as_of)
        basis = basis or adjusted(session, [term], assessment, basis_of(term, assessment), as_of)[term.id]
        if sheet is None:
            scoring = compile_scoring(session, [term], assessment, basis, as_of)
            sheet = next(scoring.sheets(session, [term.id], enrolment.id), None)
        lines = _lines(session, term, assessment, sheet, basis, as_of) if sheet else ()
        yield Explained(
            programme=slug, programme_name=term.calendar.name, cohort=term.name, enrolment=enrolment.id or 0, person=person.name,
            role=term.calendar.roles[enrolment.role], assessment=assessment.id,
            assessment_name=assessment.name or assessment.id, status=enrolment.status,
            status_reason=enrolment.status_reason, sealed=seal is not None, as_of=as_of,
            total=sheet.total if sheet else 0, pass_mark=assessment.passing.mark, full_mark=assessment.passing.full,
            passed=bool(sheet and sheet.passed), result=sheet.result if sheet else "",
            earned=json.loads(sheet.earned) if sheet else {}, lines=lines,
            entries=tuple(_entries(session, enrolment.id or 0, assessment)),
            exceptions=tuple(exceptions_of(session, enrolment_id=enrolment.id)),
            penalties=tuple(_penalties(session, term, assessment, basis, enrolment.organisation_id, as_of)),
        )  # fmt: skip


def _sealed(
    session: Session, enrolment: Enrolment, assessment: Assessment
) -> tuple[Sheet | None, Seal | None]:
    """The latest sealed entry of a person's sheet, and its seal."""
    found = session.execute(
        select(ScoreSheet, Seal)
        .join(Seal, its_link())
        .where(col(ScoreSheet.enrolment_id) == enrolment.id, col(ScoreSheet.assessment) == assessment.id)
        .order_by(col(ScoreSheet.entry).desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None, None
    row, seal = found
    return Sheet(*(getattr(row, name) for name in Sheet._fields)), seal


def _entries(session: Session, enrolment_id: int, assessment: Assessment) -> Iterator[Entry]:
    rows = session.execute(
        select(ScoreSheet, Seal)
        .join(Seal, its_link())
        .where(col(ScoreSheet.enrolment_id) == enrolment_id, col(ScoreSheet.assessment) == assessment.id)
        .order_by(col(ScoreSheet.entry))
    )
    for sheet, seal in rows:
        why = Basis.from_json(seal.basis).correction
        yield Entry(
            sheet.entry, seal.locked_at, sheet.total, sheet.result, seal.head, why.reason if why else None,
            why.names if why else (),
        )  # fmt: skip


def _penalties(
    session: Session,
    term: CohortTerm,
    assessment: Assessment,
    basis: Basis,
    organisation_id: int,
    as_of: datetime,
) -> Iterator[Punished]:
    lost = {key for key, organisations in basis.forfeits if organisation_id in organisations}
    place = session.get_one(Organisation, organisation_id).name if lost else ""
    for penalty in penalties_of(term, assessment):
        decided = decisions(term, penalty, as_of).get(organisation_id)
        for key in penalty.loses:
            if key in lost:
                yield Punished(
                    penalty.name,
                    place,
                    key,
                    decided.name if decided else "",
                    decided.reason if decided else "",
                )


def _lines(
    session: Session,
    term: CohortTerm,
    assessment: Assessment,
    sheet: Sheet,
    basis: Basis,
    as_of: datetime,
) -> tuple[ExplainedLine, ...]:
    figures = json.loads(sheet.breakdown)
    needs = figures.pop("needs", {})
    found = []
    facts = _facts(session, sheet.enrolment_id)
    own = _furthest(term, sheet.enrolment_id, as_of)
    for component in (*assessment.components, *assessment.needs):
        is_need = component in assessment.needs
        counted, points = (needs if is_need else figures)[component.key]
        tasks = [term.calendar.task(task_id) for task_id in _task_ids(component)]
        before = _deadlines(assessment, component, basis.due)
        moved = {task: one for task, one in own.items() if task in before and one.until > before[task]}
        extended = tuple(_own_deadline(term, one, before[task]) for task, one in moved.items())
        before |= {task: one.until for task, one in moved.items()}
        found.append(
            ExplainedLine(
                key=component.key, name=component.name or "、".join(task.name for task in tasks),
                rule=component.in_words(), cites=component.cites, unit=component.unit, counted=counted,
                points=points, most=component.most, deadline=_last(before), is_need=is_need, band=band_of(component, points),
                extended=extended, short=tuple(_short(term, assessment, component, basis, facts, before, as_of)),
                facts=tuple(_judged(term, component, tasks, facts, before, as_of, basis.correction)),
            )
        )  # fmt: skip
    return tuple(found)


def _short(
    term: CohortTerm,
    assessment: Assessment,
    component: RuleBase,
    basis: Basis,
    rows: list[_Row],
    before: Mapping[str, datetime],
    as_of: datetime,
) -> Iterator[ShortWeek]:
    """Task by task, of the component and its parts; nothing where the weeks that were reached are enough."""
    places = {id(part): place for place, part in enumerate(every_component(assessment))}
    for part in with_parts([component]):
        if not isinstance(part, Weekly):
            continue
        short: list[ShortWeek] = []
        asked = [(name, weeks) for (place, name), weeks in basis.weeks if place == places[id(part)]]
        for task, weeks in ((term.calendar.task(name), weeks) for name, weeks in asked):
            judged = _judged(term, part, [task], rows, before, as_of, basis.correction)
            facts = [fact for fact in judged if fact.counts]
            for number, (begins, ends) in enumerate(weeks, 1):
                within = (
                    fact.amount or 0
                    for fact in facts
                    if fact.happened_at and begins <= fact.happened_at < ends
                )
                short.append(ShortWeek(task.name, number, begins, ends, sum(within)))
        reached = [week for week in short if week.amount >= part.at_least]
        if part.weeks is None or len(reached) < part.weeks:
            yield from (week for week in short if week.amount < part.at_least)


def _deadlines(assessment: Assessment, component: RuleBase, due: Due) -> dict[str, datetime]:
    """By task, the last instant before which work counts for a component or its parts in the cohort."""
    parts = {id(part) for part in with_parts([component])}
    places = {place for place, part in enumerate(every_component(assessment)) if id(part) in parts}
    found: dict[str, datetime] = {}
    for (place, task), at in due:
        if place in places:
            found[task] = max(at, found.get(task, at))
    return found


def _last(before: Mapping[str, datetime]) -> datetime | None:
    return max((at for at in before.values() if at != NEVER), default=None)


def _furthest(term: CohortTerm, enrolment_id: int, as_of: datetime) -> dict[str, Extended]:
    """By task, the extension by which a person goes as of an instant: of several the furthest."""
    own = [one for one in term.extended if one.enrolment_id == enrolment_id and one.effective_at < as_of]
    return {one.task: one for one in sorted(own, key=lambda one: one.until)}


def _own_deadline(term: CohortTerm, extended: Extended, before: datetime) -> OwnDeadline:
    return OwnDeadline(
        term.calendar.task(extended.task).name, None if before == NEVER else before, extended.until,
        extended.name, extended.reason,
    )  # fmt: skip


def band_of(component: RuleBase, points: int) -> str | None:
    """The name that the calendar gives to a score, such as 良好; None outside every band."""
    bands = component.bands if isinstance(component, Marked) else {}
    return next((name for name, band in bands.items() if band.low <= points <= (band.high or points)), None)


def _task_ids(component: RuleBase) -> list[str]:
    """The tasks that a component looks at, also through the components that it is made of."""
    within = (task for part in component.parts for task in _task_ids(part))
    return list(dict.fromkeys([*component.task_ids, *within]))


@dataclass(frozen=True)
class _Row:
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


def _facts(session: Session, enrolment_id: int) -> list[_Row]:
    """Everything that is known of one person, by when it happened."""
    activity, source = Activity.__table__, Source.__table__  # type: ignore[attr-defined]
    records = session.execute(
        select(*EVIDENCE.c, activity.c.task, activity.c.kind, source.c.name)
        .join(activity, activity.c.id == EVIDENCE.c.activity_id)
        .join(source, source.c.id == EVIDENCE.c.source_id)
        .where(EVIDENCE.c.enrolment_id == enrolment_id)
    )
    rows = [
        _Row(
            row.task, row.kind, row.item, row.amount, None, row.characters, row.happened_at, row.received_at,
            row.withdrawn_at, row.name, row.reference, (row.source_id, row.reference, row.revision),
        )
        for row in records
    ]  # fmt: skip
    marks = session.execute(
        select(*MARK.c, activity.c.task)
        .join(activity, activity.c.id == MARK.c.activity_id)
        .where(MARK.c.enrolment_id == enrolment_id)
    )
    rows += [
        _Row(row.task, MARKS, row.item, row.score, row.grade, None, None, row.received_at, row.withdrawn_at, row.giver, "", (row.activity_id, row.item, row.giver, row.revision))
        for row in marks
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.happened_at or row.received_at, row.received_at, row.reference))


def _judged(
    term: CohortTerm,
    component: RuleBase,
    tasks: list[Task],
    rows: list[_Row],
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
            kind=row.kind, kind_name=NAME(name=kind.name) if kind else MARK_NAME(), item=row.item, amount=row.amount,
            grade=row.grade, happened_at=row.happened_at, received_at=row.received_at, source=row.source,
            reference=row.reference, counts=reason is None, why=why,
        )  # fmt: skip


def _is_of_all(component: RuleBase) -> bool:
    """Whether a line is full is then not for one person's records to say."""
    return isinstance(component, Counting) and component.over is not None


def _why_not(row: _Row, task: Task, before: datetime, as_of: datetime) -> Message | None:
    if row.withdrawn_at is not None and row.withdrawn_at < as_of:
        return REPLACED()
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
