"""What must hold before a phase opens, ends or locks: a function for each condition, which a kind of hold asks.

A condition looks at facts as of an instant and says, cohort by cohort, what is missing; nothing missing means
that it holds. Some look at the cohort's dates alone, others ask the database for a whole group at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, distinct, false, func, not_, or_, select, true
from sqlmodel import Session

from calendars.instants import shifted
from calendars.likeness import Likeness
from calendars.rules.marks import Rubric, Sides
from calendars.term import Gate, Task, TermCalendar
from calendars.weeks import Week
from workflows.basis import every_component, weeks_of
from workflows.cohorts import CohortTerm
from workflows.deadlines import task_deadline
from workflows.dropping import costs
from workflows.facts import (
    ENROLMENT,
    MARK,
    RUBRIC,
    Activities,
    Before,
    activities,
    fulfilled,
    handed_in,
    marked,
    marked_tasks,
    marks_of,
    of_activities,
    own_rubric,
    people,
    stands,
)
from workflows.own_deadlines import latest_deadline, own_deadlines
from workflows.penalties import Duties, to_decide, whose
from workflows.reviewing import material, not_looked_at, said_done

if TYPE_CHECKING:
    from workflows.likeness import Looking


@dataclass(frozen=True)
class Missing:
    """What does not hold for one cohort: how many, at which organisations (by id) and of which tasks when that is
    known; for a filing which one, and where it stands as `state link`; for a peer review which one, and the groups that
    are owed one, by name: none where there is nobody to review; of likeness each enrolment with another, and how alike,
    in hundredths of a percent; of lesson studies the steps, as `STUDY.STEP`; of a lock without a date the cutoff."""

    count: int
    organisations: tuple[int, ...] = ()
    tasks: tuple[str, ...] = ()
    filing: str | None = None
    stands: tuple[str, ...] = ()
    peers: str | None = None
    owes: tuple[str, ...] = ()
    alike: tuple[tuple[int, int, int], ...] = ()
    steps: tuple[str, ...] = ()
    cutoff: str | None = None

    @property
    def organisation(self) -> int | None:
        """The organisation at which it is, if that is one alone."""
        return self.organisations[0] if len(self.organisations) == 1 else None

    def as_json(self) -> str:
        facts: dict[str, object] = {"count": self.count, "organisations": list(self.organisations)}
        if self.tasks:
            facts["tasks"] = list(self.tasks)
        if self.filing:
            facts |= {"filing": self.filing, "stands": list(self.stands)}
        if self.peers:
            facts |= {"peers": self.peers, "owes": list(self.owes)}
        if self.alike:
            facts["alike"] = self.alike
        if self.steps:
            facts["steps"] = list(self.steps)
        if self.cutoff:
            facts["cutoff"] = self.cutoff
        return json.dumps(facts)


@dataclass(frozen=True)
class Asked:
    """One condition asked of cohorts of one edition at one instant, for one phase of each."""

    session: Session
    terms: Sequence[CohortTerm]
    phase: str
    gate: Gate | None
    at: datetime

    def tasks(self, term: CohortTerm) -> list[Task]:
        return marked_tasks(term.calendar, self.gate.tasks if self.gate else ())


Condition = Callable[[Asked], dict[int, Missing]]


@dataclass(frozen=True)
class Lacking:
    """Whose one task lacks something: cohorts that share its deadline, and the people as an SQL condition."""

    terms: list[CohortTerm]
    task: Task
    who: ColumnElement[bool]


def all_marked(asked: Asked) -> dict[int, Missing]:
    """Every piece handed in on time has a mark. What was not handed in needs none."""
    return _count(asked, unmarked(asked))


def unmarked(asked: Asked) -> Iterator[Lacking]:
    """Whose pieces wait for a mark."""

    def without_a_mark(task: Task, known: Activities, before: Before) -> ColumnElement[bool]:
        # Nearly all are marked, and a mark is looked up faster than work.
        return and_(not_(marked(task, known, asked.at)), handed_in(task, known, before, asked.at))

    return _lacking(asked, without_a_mark)


def all_scored(asked: Asked) -> dict[int, Missing]:
    """Every learner has the school's score: a mark, or one for each side, or for each item of the rubric."""
    return _count(asked, unscored(asked))


def unscored(asked: Asked) -> Iterator[Lacking]:
    """Whose school still owes a score."""
    parts = {
        task: len(rule.sides) if isinstance(rule, Sides) else len(rule.items)
        for term in asked.terms[:1]
        for assessment in term.calendar.assessments
        for rule in every_component(assessment)
        if isinstance(rule, Sides) or (isinstance(rule, Rubric) and isinstance(rule.items, dict))
        for task in rule.task_ids
    }

    def without_a_score(task: Task, known: Activities, _before: Before) -> ColumnElement[bool]:
        scored = (
            select(func.count(distinct(MARK.c.item)))
            .select_from(MARK)
            .where(
                MARK.c.enrolment_id == ENROLMENT.c.id,
                of_activities(MARK, marks_of(task, known)),
                stands(MARK, asked.at),
            )
            .scalar_subquery()
        )
        items = (
            select(func.count())
            .select_from(RUBRIC)
            .where(own_rubric(asked.terms[0].programme_id, asked.at), RUBRIC.c.task == task.id)
            .scalar_subquery()
        )
        return scored < func.coalesce(func.nullif(items, 0), parts.get(task.id, 1))

    return _lacking(asked, without_a_score, by_tier=True)


def _lacking(
    asked: Asked,
    clause: Callable[[Task, Activities, Before], ColumnElement[bool]],
    by_tier: bool = False,
) -> Iterator[Lacking]:
    for terms, task, before in _groups(asked, by_tier):
        known = activities(asked.session, terms[0].programme_id)
        taking_part = people([term.id for term in terms], task.role, asked.at)
        yield Lacking(terms, task, and_(taking_part, clause(task, known, before)))


def _count(asked: Asked, lacking: Iterable[Lacking]) -> dict[int, Missing]:
    """Count what is lacking by cohort and organisation, in one statement for each task and deadline; in another where
    people have their own."""
    found: dict[int, dict[int, int]] = {}
    for one in lacking:
        statement = (
            select(ENROLMENT.c.cohort_id, ENROLMENT.c.organisation_id, func.count())
            .where(one.who)
            .group_by(ENROLMENT.c.cohort_id, ENROLMENT.c.organisation_id)
        )
        for cohort, organisation, count in asked.session.execute(statement):
            counts = found.setdefault(cohort, {})
            counts[organisation] = counts.get(organisation, 0) + count
    return {
        cohort: Missing(sum(counts.values()), tuple(sorted(counts)))
        for cohort, counts in sorted(found.items())
    }


def _groups(asked: Asked, by_tier: bool) -> Iterable[tuple[list[CohortTerm], Task, Before]]:
    """The cohorts by task and deadline: those that share both are counted by one statement."""
    groups: dict[tuple[str, datetime, bool], tuple[list[CohortTerm], Task]] = {}
    for term in asked.terms:
        for task in asked.tasks(term):
            before = task_deadline(term, task) or asked.at  # not known yet: whatever has happened so far
            is_office = task.marked_by in term.calendar.tiers
            if not by_tier or is_office:
                own = own_deadlines([term], {task.id}, asked.at) is not None
                groups.setdefault((task.id, before, own), ([], task))[0].append(term)
    for (_, before, own), (terms, task) in groups.items():
        yield terms, task, latest_deadline(task.id, before, asked.at) if own else before


def tasks_shown(asked: Asked) -> dict[int, Missing]:
    """Everybody has shown every task of the phase: what a phase without dates asks to be complete. Counts people."""
    groups: dict[tuple[Week, ...], list[CohortTerm]] = {}
    for term in asked.terms:
        groups.setdefault(_weeks_so_far(term, asked), []).append(term)
    found: dict[int, Missing] = {}
    for weeks, terms in groups.items():
        found |= _not_shown(asked, terms, weeks)
    return dict(sorted(found.items()))


def _weeks_so_far(term: CohortTerm, asked: Asked) -> tuple[Week, ...]:
    """The whole weeks of the phase up to now, where something is asked each week."""
    weekly = [task for task in _shown_in(term.calendar, asked.phase) if task.is_weekly]
    return weeks_of(term, weekly[0], asked.at) if weekly else ()


def first_week_over(term: CohortTerm, phase: str) -> datetime | None:
    """When everybody can first have shown what a phase asks each week; None where it asks nothing so. Besides what is
    received, this alone can make its tasks shown: every later week only asks for more."""
    opens = term.opening(phase)
    if opens is None or not any(task.is_weekly for task in _shown_in(term.calendar, phase)):
        return None
    return shifted(opens, 1, "week", term.calendar.zoneinfo)


def _shown_in(calendar: TermCalendar, phase: str) -> list[Task]:
    return [task for task in calendar.tasks if task.phase == phase and task.shows]


def _not_shown(asked: Asked, terms: Sequence[CohortTerm], weeks: Sequence[Week]) -> dict[int, Missing]:
    calendar, at = asked.terms[0].calendar, asked.at
    known = activities(asked.session, asked.terms[0].programme_id)
    tasks = _shown_in(calendar, asked.phase)
    owing = people([term.id for term in terms], sorted({role for task in tasks for role in task.role}), at)
    lacking = (
        and_(
            ENROLMENT.c.role.in_(task.role),
            true()  # before a week is over nobody has shown what is asked each week
            if task.is_weekly and not weeks
            else not_(fulfilled(calendar, task, known, at, at, weeks)),
        )
        for task in tasks
    )
    counted = (
        select(ENROLMENT.c.cohort_id, func.count())
        .where(owing, or_(false(), *lacking))
        .group_by(ENROLMENT.c.cohort_id)
    )
    return {cohort: Missing(count) for cohort, count in asked.session.execute(counted)}


def office_says(asked: Asked) -> dict[int, Missing]:
    """Only a person can say that the phase is complete; nobody who takes part owes anything."""
    return {term.id: Missing(0) for term in asked.terms}


def penalties_decided(asked: Asked) -> dict[int, Missing]:
    """Of each organisation that missed a duty a person has said whether its people shall lose by it. Counts those whom
    it would fail."""
    missing, duties = {}, Duties(asked.session, asked.at)
    for term in asked.terms:
        opens = [*to_decide(duties, term, term.calendar.phase(asked.phase).locks)]
        if opens:
            fallen = {
                cost.enrolment_id
                for one in opens
                for cost in costs(duties, term, one.penalty, one.organisations)
                if cost.falls
            }
            places = sorted({place for one in opens for place in one.organisations})
            missing[term.id] = Missing(len(fallen), tuple(places))
    return missing


def penalised(asked: Asked) -> Iterator[Lacking]:
    """Whom an undecided penalty would touch, by what it would cost."""
    duties = Duties(asked.session, asked.at)
    for term in asked.terms:
        for one in to_decide(duties, term, term.calendar.phase(asked.phase).locks):
            who = whose(duties, term, one.penalty, one.organisations)
            assessment = term.calendar.assessment(one.penalty.of)
            lost = next(part for part in assessment.components if part.key in one.penalty.loses)
            yield Lacking([term], term.calendar.task(lost.task_ids[0]), who)


def likeness_decided(asked: Asked) -> dict[int, Missing]:
    """Of everybody whose text is alike with another's a person has said whether that is likeness. Counts those of whom
    nobody has."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for looking in _lookings(asked, keeps=True):
        for term in asked.terms:
            for enrolment, pairs in looking.open_in(term.id).items():
                most = (pairs[0].other(enrolment).enrolment_id, pairs[0].most)
                found.setdefault(term.id, {})[enrolment] = most
    missing = {}
    for cohort, alike in found.items():
        places = select(distinct(ENROLMENT.c.organisation_id)).where(ENROLMENT.c.id.in_(alike))
        where = tuple(sorted(asked.session.execute(places).scalars()))
        told = tuple((one, *alike[one]) for one in sorted(alike))
        missing[cohort] = Missing(len(alike), where, alike=told)
    return missing


def alike(asked: Asked) -> Iterator[Lacking]:
    """Whose likeness is undecided, by the first of the tasks in whose texts it is looked for."""
    for looking in _lookings(asked):
        task = looking.calendar.task(looking.likeness.tasks[0])
        for term in asked.terms:
            yield Lacking([term], task, ENROLMENT.c.id.in_(looking.open_in(term.id)))


def likeness_before(calendar: TermCalendar, cutoff: str | None) -> list[Likeness]:
    """What has to be decided before the assessments that lock at a cutoff are sealed."""
    return [one for one in calendar.likeness if calendar.assessment(one.of).locks == cutoff]


def _lookings(asked: Asked, keeps: bool = False) -> Iterator[Looking]:
    first = asked.terms[0]
    asking = likeness_before(first.calendar, first.calendar.phase(asked.phase).locks)
    if not asking:
        return
    from workflows.likeness import Looking  # noqa: PLC0415 (numpy takes a while; most terms compare no texts)

    for likeness in asking:
        yield Looking(asked.session, first.programme_id, first.calendar, likeness, asked.at, keeps)


def material_reviewed(asked: Asked) -> dict[int, Missing]:
    """Somebody has looked through the material of everybody, and nothing came since. Counts people."""
    by_task = unreviewed(asked)
    return _count(asked, {id(one.terms): one for one in by_task}.values())


def unreviewed(asked: Asked) -> Iterator[Lacking]:
    """Whose material nobody has looked through, or not all of it; the same people with each task that shows it."""
    phase = asked.terms[0].calendar.phase(asked.phase)
    groups: dict[datetime | None, list[CohortTerm]] = {}
    for term in asked.terms:
        said = said_done(term.in_force, phase.id)
        groups.setdefault(said.effective_at if said else None, []).append(term)
    for since, terms in groups.items():
        who = not_looked_at(asked.session, terms, phase, since, asked.at)
        for task in material(terms[0].calendar, phase.locks)[1]:
            yield Lacking(terms, task, who)


COMPLETION: dict[str, Condition] = {"all tasks shown": tasks_shown, "the office says so": office_says}
