"""Scoring: one statement gives every score sheet of one assessment for a group of cohorts.

The statement is compiled from the calendar's rules. It is used by the night, which seals what it gives, by
`verify`, which compares, and by `explain`, which asks it about one person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Label, Select, Subquery, and_, case, func, literal, not_, or_, select
from sqlmodel import Session

from calendars.rules.base import RuleBase
from calendars.term import Assessment, Task, TermCalendar
from calendars.weeks import Week
from models.types import seconds
from workflows.basis import Admitted, Basis, every_component, tasks_in
from workflows.cohorts import CohortTerm
from workflows.facts import (
    ENROLMENT,
    EVIDENCE,
    MARK,
    RUBRIC,
    activities,
    handed_in,
    marked,
    of_activities,
    own_rubric,
    people,
    raw,
    stands,
)
from workflows.letting_in import LetIn
from workflows.measures import Measures
from workflows.own_deadlines import own_deadlines
from workflows.rules import Line, Scope, compile_line
from workflows.sql import Number, among, half_up, number, total, whole, written

GROUPING = (ENROLMENT.c.cohort_id, ENROLMENT.c.id)  # as the index goes: no sorting


class Sheet(NamedTuple):
    """One person's score sheet, in hundredths, as it will be sealed."""

    cohort_id: int
    enrolment_id: int
    total: int
    passed: bool
    result: str
    earned: str
    breakdown: str
    evidence_count: int
    evidence_digest: int


@dataclass(frozen=True)
class Scoring:
    """One assessment compiled for cohorts that share a calendar, their deadlines and a lock."""

    programme_id: int
    calendar: TermCalendar
    assessment: Assessment
    lines: tuple[tuple[str, Line], ...]
    needs: tuple[tuple[str, Line, int], ...]
    measures: Measures
    locked_at: datetime
    basis: Basis

    def statement(self, cohort_ids: Sequence[int], enrolment_id: int | None = None) -> Select[Any]:
        """The score sheets, as rows with the columns of `Sheet`, in no order."""
        line = self._lines(cohort_ids, enrolment_id).subquery("line")
        points = [line.c[f"p{place}"] for place in range(len(self.lines) + len(self.needs))]
        added = total(points[: len(self.lines)]) if self.lines else number(0)
        scored = select(line, added.label("total")).subquery("scored")
        needed = [
            scored.c[f"p{place}"] >= number(least)
            for place, (_, _, least) in enumerate(self.needs, len(self.lines))
        ]
        passed = and_(scored.c.total >= number(self.assessment.passing.mark), *needed)
        revoked = scored.c.id.in_(self.basis.revoked) if self.basis.revoked else None
        if revoked is not None:
            passed = and_(passed, not_(revoked))
        columns = [scored.c[f"{part}{place}"] for place in range(len(points)) for part in "cp"]
        return select(
            scored.c.cohort_id, scored.c.id.label("enrolment_id"), scored.c.total, passed.label("passed"),
            *self._verdict(scored.c.total, passed, revoked), written(self._template(), columns).label("breakdown"),
            scored.c.count.label("evidence_count"), scored.c.digest.label("evidence_digest"),
        )  # fmt: skip

    def _lines(self, cohort_ids: Sequence[int], enrolment_id: int | None) -> Select[Any]:
        """Rows (cohort, enrolment, count, digest, then c0, p0, …: counted and points of each line and need)."""
        who = people(cohort_ids, self.assessment.of, self.locked_at)
        if enrolment_id is not None:
            who = and_(who, ENROLMENT.c.id == enrolment_id)
        work = self._work(who, cohort_ids)
        given = self._given(who)
        source: Any = work.outerjoin(given, given.c.id == work.c.id) if given is not None else work
        if self.measures.together:
            together = self._together(cohort_ids)
            source = source.outerjoin(together, together.c.cohort_id == work.c.cohort_id)
        if self.measures.over:
            over = self._over(cohort_ids)
            source = source.outerjoin(over, over.c.cohort_id == work.c.cohort_id)
        lines = [line for _, line in self.lines] + [line for _, line, _ in self.needs]
        count: Number = work.c.count
        digest: Number = work.c.digest
        if given is not None:
            count = count + func.coalesce(given.c.count, number(0))
            digest = digest + func.coalesce(given.c.digest, number(0))
        forfeited = self._forfeited(work.c.id, cohort_ids)
        columns = [
            column
            for place, line in enumerate(lines)
            for column in (
                line.counted.label(f"c{place}"),
                (
                    case((forfeited[place], number(0)), else_=line.points)
                    if place in forfeited
                    else line.points
                ).label(f"p{place}"),
            )
        ]
        return select(
            work.c.cohort_id, work.c.id, count.label("count"), digest.label("digest"), *columns
        ).select_from(source)

    def _forfeited(
        self, enrolment: ColumnElement[int], cohort_ids: Sequence[int]
    ) -> dict[int, ColumnElement[bool]]:
        """By the place of a component: who loses it."""
        places = {key: place for place, (key, _) in enumerate(self.lines)}
        those = ENROLMENT.alias("those")
        return {
            places[key]: enrolment.in_(
                select(those.c.id).where(
                    among(those.c.cohort_id, cohort_ids), those.c.organisation_id.in_(organisations)
                )
            )
            for key, organisations in self.basis.forfeits
            if key in places  # in a basis that somebody changed it may be any
        }

    def _work(self, who: ColumnElement[bool], cohort_ids: Sequence[int]) -> Subquery:
        """Evidence by enrolment, with everybody who takes part, also who did nothing."""
        measures, last = self.measures, self.measures.last_deadline()
        seen = [
            EVIDENCE.c.enrolment_id == ENROLMENT.c.id,
            measures.of_interest(),
            measures.let_in.evidence(stands(EVIDENCE, self.locked_at)),
        ]
        if last is not None:
            seen.append(measures.let_in.late(raw(EVIDENCE, "happened_at") < seconds(last)))
        source: Any = ENROLMENT
        if measures.own is not None:
            own = measures.own.selection(cohort_ids)
            source = source.outerjoin(own, own.c.id == ENROLMENT.c.id)
        counted = measures.counted()
        count, digest = func.count(EVIDENCE.c.digest), func.sum(EVIDENCE.c.digest)
        return (
            select(
                *GROUPING,
                *measures.work_columns(),
                whole(count if counted is None else count.filter(counted)).label("count"),
                whole(func.coalesce(digest if counted is None else digest.filter(counted), 0)).label(
                    "digest"
                ),
            )
            .select_from(source.outerjoin(EVIDENCE, and_(*seen)))
            .where(who)
            .group_by(*GROUPING)
            .subquery("work")
        )

    def _given(self, who: ColumnElement[bool]) -> Subquery | None:
        """Marks by enrolment, with the school's own rubric where a rule asks for it."""
        if not self.measures.given:
            return None
        joined: Any = ENROLMENT.join(MARK, MARK.c.enrolment_id == ENROLMENT.c.id)
        if self.measures.own_rubrics:
            joined = joined.outerjoin(
                RUBRIC,
                and_(
                    own_rubric(self.programme_id, self.locked_at),
                    RUBRIC.c.item == MARK.c.item,
                    self._rubric_of_mark(),
                ),
            )
        return (
            select(
                ENROLMENT.c.id,
                *self.measures.given.values(),
                whole(func.count(MARK.c.digest)).label("count"),
                whole(func.sum(MARK.c.digest)).label("digest"),
            )
            .select_from(joined)
            .where(
                who,
                of_activities(MARK, self.measures.marks_seen),
                self.measures.let_in.marks(stands(MARK, self.locked_at)),
            )
            .group_by(*GROUPING)
            .subquery("given")
        )

    def _rubric_of_mark(self) -> ColumnElement[bool]:
        known = self.measures.known
        return or_(
            *(
                and_(MARK.c.activity_id == known[task, kind], RUBRIC.c.task == task)
                for task, kind in known
                if known[task, kind] in self.measures.marks_seen
            )
        )

    def _together(self, cohort_ids: Sequence[int]) -> Subquery:
        """Handed in and marked by cohort, over all who take part, for the rules that speak of a rate."""
        columns, known = [], self.measures.known
        for label, work in self.measures.together.items():
            pieces, done = [], []
            for task, before in work:
                has_piece = and_(
                    ENROLMENT.c.role.in_(task.role),
                    handed_in(task, known, self.measures.before_of_each(task, before), self.locked_at),
                )
                has_mark = and_(has_piece, marked(task, known, self.locked_at))
                pieces.append(whole(func.sum(case((has_piece, number(1)), else_=number(0)))))
                done.append(whole(func.sum(case((has_mark, number(1)), else_=number(0)))))
            columns += [total(pieces).label(f"{label}_handed"), total(done).label(f"{label}_marked")]
        return (
            select(ENROLMENT.c.cohort_id, *columns)
            .where(people(cohort_ids, list(self.calendar.roles), self.locked_at))
            .group_by(ENROLMENT.c.cohort_id)
            .subquery("together")
        )

    def _over(self, cohort_ids: Sequence[int]) -> Subquery:
        """What everybody in a cohort has shown, each person's amounts added up, for the rules that look at all of it."""
        columns = self.measures.over_columns()
        numbers = {number for look in self.measures.over.values() for number in look.numbers}
        seen = [
            EVIDENCE.c.enrolment_id == ENROLMENT.c.id,
            of_activities(EVIDENCE, numbers),
            stands(EVIDENCE, self.locked_at),
        ]
        each = (
            select(*GROUPING, *columns)
            .select_from(ENROLMENT.join(EVIDENCE, and_(*seen)))
            .where(people(cohort_ids, list(self.calendar.roles), self.locked_at))
            .group_by(*GROUPING)
            .subquery("each")
        )
        added = [whole(func.sum(each.c[column.name])).label(column.name) for column in columns]
        return select(each.c.cohort_id, *added).group_by(each.c.cohort_id).subquery("over")

    def sheets(
        self, session: Session, cohort_ids: Sequence[int], enrolment_id: int | None = None
    ) -> Iterator[Sheet]:
        """Run the statement. Sheets come by cohort and enrolment."""
        rows = session.execute(self.statement(cohort_ids, enrolment_id)).tuples()
        yield from sorted(map(Sheet._make, rows), key=itemgetter(0, 1))

    def _template(self) -> str:
        """The breakdown as JSON: what was counted and the points of each component, then of each need."""
        needs = [key for key, _, _ in self.needs]
        behind = f',"needs":{{{_entries(needs)}}}' if needs else ""
        return f"{{{_entries([key for key, _ in self.lines])}{behind}}}"

    def _verdict(
        self, added: Number, passed: ColumnElement[bool], revoked: ColumnElement[bool] | None
    ) -> tuple[Label[str], Label[str]]:
        """The name of the result, and what it earns as JSON: of the grades, the highest that is reached. What was
        taken away earns nothing."""
        names = self.assessment.results
        grades = sorted(self.assessment.grades.items(), key=lambda grade: -grade[1])
        reached: list[tuple[ColumnElement[bool], str, Sequence[str]]]
        reached = [] if revoked is None else [(revoked, names.revoked, [])]
        reached += [(not_(passed), names.failed, ["fail"])]
        reached += [(added >= number(least), name, [name, "pass"]) for name, least in grades]
        result = case(*[(holds, literal(name)) for holds, name, _ in reached], else_=literal(names.passed))
        earned = case(
            *[(holds, self._earned(keys, added)) for holds, _, keys in reached],
            else_=self._earned([names.passed, "pass"], added),
        )
        return result.label("result"), earned.label("earned")

    def _earned(self, keys: Sequence[str], added: Number) -> ColumnElement[str]:
        """What a result earns as JSON, in each unit by the first of these keys that the calendar has."""
        amounts = {}
        for unit, by_result in self.assessment.earns.items():
            earning = next((by_result[key] for key in keys if key in by_result), None)
            if earning is not None:
                share = half_up(added * number(earning.times_total), number(100))
                amounts[unit] = number(earning.amount) + share
        return written("{" + ",".join(f'"{unit}":%s' for unit in amounts) + "}", list(amounts.values()))


def _entries(keys: Sequence[str]) -> str:
    return ",".join(json.dumps(key, ensure_ascii=False).replace("%", "%%") + ":[%s,%s]" for key in keys)


def compile_scoring(
    session: Session, terms: Sequence[CohortTerm], assessment: Assessment, basis: Basis, locked_at: datetime
) -> Scoring:
    """Compile one assessment for cohorts of one edition whose basis and lock are these.

    Where nobody was given a deadline of their own, the statement does not ask for one.
    """
    term, own = terms[0], own_deadlines(terms, tasks_in(basis.due), locked_at)
    admitted = basis.correction.admitted if basis.correction else Admitted()
    measures = Measures(term.calendar, activities(session, term.programme_id), own, LetIn(admitted))
    due, weeks = dict(basis.due), dict(basis.weeks)
    places = {id(component): place for place, component in enumerate(every_component(assessment))}

    def deadline(component: RuleBase, task: Task) -> datetime:
        return due[places[id(component)], task.id]

    def weeks_of(component: RuleBase, task: Task) -> tuple[Week, ...]:
        return weeks[places[id(component)], task.id]

    scope = Scope(measures, deadline, weeks_of)
    lines = tuple((component.key, compile_line(component, scope)) for component in assessment.components)
    needs = tuple(
        (component.key, compile_line(component, scope), component.most) for component in assessment.needs
    )
    return Scoring(term.programme_id, term.calendar, assessment, lines, needs, measures, locked_at, basis)
