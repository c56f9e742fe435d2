"""One person's score sheet line by line: what counted, what did not and why, by which rule and which sentence.

A sealed sheet is explained as of its lock, from the seal itself; before the lock the same statement tells where
the person stands at an instant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from calendars.rules.amounts import Weekly
from calendars.rules.base import RuleBase
from calendars.rules.marks import Marked
from calendars.term import Assessment
from models.people import Person, numbered
from models.terms import Cohort, Programme
from models.verdicts import ScoreSheet, Seal
from models.work import Enrolment
from workflows.appealing import open_until
from workflows.basis import (
    NEVER,
    Basis,
    Due,
    every_component,
    with_parts,
)
from workflows.cohorts import CohortTerm, load_terms
from workflows.correcting import standing_entry
from workflows.demanded import demanded
from workflows.exceptions_told import exceptions_of
from workflows.explained import Entry, Explained, ExplainedLine, OwnDeadline, Punished, ShortWeek
from workflows.judging import StoredFact, facts_of, judged
from workflows.latest_sheets import Latest, latest_sheets
from workflows.own_deadlines import Extended
from workflows.penalties import Duties, decisions, penalties_of
from workflows.scopes import within
from workflows.sealing import its_link
from workflows.wanting import wanted

UNKNOWN_PERSON = Wording(
    zh="没有人员编号为“{number}”的参训人员{programme}",
    en="nobody with number {number!r} takes part{programme}",
)
IN_PROGRAMME = Wording(zh="（项目 {slug}）", en=" in {slug}")


def explain(session: Session, number: str, at: datetime, programme: str | None = None) -> list[Explained]:
    """Every sheet of one person, by programme, role and assessment. Raises Refused for an unknown number."""
    statement = (
        select(Enrolment, Person, col(Programme.slug))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(numbered(number))
        .order_by(col(Programme.slug), col(Enrolment.id))
    )
    if programme is not None:
        statement = statement.where(col(Programme.slug) == programme)
    rows = session.execute(statement).all()
    if not rows:
        place = IN_PROGRAMME(slug=programme) if programme else ""
        raise refuse(UNKNOWN_PERSON(number=number, programme=place))
    allowed = within(session, [row[0].id for row in rows])
    meant = [row for row in rows if row[0].id in allowed]
    return [found for row in meant for found in _explain_enrolment(session, row, at)]


def _explain_enrolment(session: Session, row: Any, at: datetime) -> Iterator[Explained]:
    enrolment, person, slug = row
    (term,) = load_terms(session, [enrolment.cohort_id])
    for assessment in term.calendar.assessments:
        if enrolment.role not in assessment.of:
            continue
        latest = latest_sheets(session, term, assessment, at, enrolment.id).get(enrolment.id or 0)
        sheet, as_of = (latest.sheet, latest.as_of) if latest else (None, at)
        facts = facts_of(session, enrolment.id or 0) if latest else []
        lines = explained_lines(term, assessment, latest, facts) if latest else ()
        yield Explained(
            programme=slug, programme_name=term.calendar.name, cohort=term.name, enrolment=enrolment.id or 0, person=person.name,
            role=term.calendar.roles[enrolment.role], assessment=assessment.id,
            assessment_name=assessment.name or assessment.id, status=enrolment.status,
            status_reason=enrolment.status_reason, sealed=latest is not None and latest.sealed, as_of=as_of,
            total=sheet.total if sheet else 0, pass_mark=assessment.passing.mark, full_mark=assessment.passing.full,
            passed=bool(sheet and sheet.passed), result=sheet.result if sheet else "",
            earned=json.loads(sheet.earned) if sheet else {}, lines=lines,
            appeal_until=open_until(
                term.calendar, assessment.id, standing_entry(session, enrolment.id or 0, assessment.id)
            ),
            entries=tuple(_entries(session, enrolment.id or 0, assessment)),
            exceptions=tuple(exceptions_of(session, enrolment_id=enrolment.id)),
            penalties=tuple(_penalties(session, term, assessment, latest, enrolment.organisation_id)) if latest else (),
            demands=demanded(session, term, assessment, enrolment, as_of) if latest else (),
        )  # fmt: skip


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
    session: Session, term: CohortTerm, assessment: Assessment, latest: Latest, organisation_id: int
) -> Iterator[Punished]:
    lost = {key for key, organisations in latest.basis.forfeits if organisation_id in organisations}
    duties = Duties(session, latest.as_of)
    for penalty in penalties_of(term, assessment) if lost else ():
        said = decisions(term, penalty, latest.as_of)
        answering = [
            one for one, places in duties.answering(term, penalty).items() if organisation_id in places
        ]
        owner = next((one for one in answering if one in said), next(iter(answering), organisation_id))
        decided, place = said.get(owner), duties.tree.nodes[owner].name
        for key in penalty.loses:
            if key in lost:
                yield Punished(
                    penalty.name,
                    place,
                    key,
                    decided.name if decided else "",
                    decided.reason if decided else "",
                )


def explained_lines(
    term: CohortTerm, assessment: Assessment, latest: Latest, facts: list[StoredFact]
) -> tuple[ExplainedLine, ...]:
    """Each component and need of one sheet, with everything that is known of the person under it: after the lock also
    what came too late, before it what had come by then."""
    if not latest.sealed:
        facts = [fact for fact in facts if fact.received_at < latest.as_of]
    figures = json.loads(latest.sheet.breakdown)
    needs = figures.pop("needs", {})
    scored = [(component, figures[component.key], False) for component in assessment.components]
    scored += [(component, needs[component.key], True) for component in assessment.needs]
    return tuple(
        _line(term, assessment, latest, facts, component, counted, points, is_need)
        for component, (counted, points), is_need in scored
    )


def _line(
    term: CohortTerm,
    assessment: Assessment,
    latest: Latest,
    facts: list[StoredFact],
    component: RuleBase,
    counted: int,
    points: int,
    is_need: bool,
) -> ExplainedLine:
    basis, as_of = latest.basis, latest.as_of
    tasks = [term.calendar.task(task_id) for task_id in component.tasks_within]
    before = _deadlines(assessment, component, basis.due)
    own = _furthest(term, latest.sheet.enrolment_id, as_of)
    moved = {task: one for task, one in own.items() if task in before and one.until > before[task]}
    extended = tuple(_own_deadline(term, one, before[task]) for task, one in moved.items())
    before |= {task: one.until for task, one in moved.items()}
    short = tuple(_short(term, assessment, component, basis, facts, before, as_of))
    looked_at = tuple(judged(term, component, tasks, facts, before, as_of, basis.correction))
    return ExplainedLine(
        key=component.key, name=component.name or "、".join(task.name for task in tasks) or component.key,
        rule=component.in_words(), cites=component.cites, unit=component.unit, counted=counted,
        points=points, most=component.most, deadline=_last(before), is_need=is_need, band=band_of(component, points),
        extended=extended, short=short, facts=looked_at,
        wanted=wanted(term.calendar, component, counted, points, looked_at, short),
    )  # fmt: skip


def _short(
    term: CohortTerm,
    assessment: Assessment,
    component: RuleBase,
    basis: Basis,
    rows: list[StoredFact],
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
            facts = judged(term, part, [task], rows, before, as_of, basis.correction)
            counting = [fact for fact in facts if fact.counts]
            for number, (begins, ends) in enumerate(weeks, 1):
                within = (
                    fact.amount or 0
                    for fact in counting
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
