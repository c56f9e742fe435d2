"""Where people stand in the assessments of their cohort, and whether each can still be passed, and by what."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import and_, not_, select
from sqlmodel import Session

from calendars.messages import Message, Wording
from calendars.pages import UNITS
from calendars.quantities import shown
from calendars.rules.base import RuleBase
from calendars.term import Assessment
from workflows.basis import Basis
from workflows.cohorts import CohortTerm
from workflows.deadlines import term_instant
from workflows.facts import ENROLMENT, activities, handed_in, marked, people
from workflows.latest_sheets import Latest, sheets_together
from workflows.letters import Chance
from workflows.own_deadlines import latest_deadline

WORTH = Wording(zh="完成可再得{amount}", en="worth {amount} more")
NEEDED = Wording(zh="{name}还差{amount}", en="{name}: {amount} short")

LATER = datetime.max.replace(tzinfo=UTC)  # than any instant: of a lock whose date is not known


@dataclass(frozen=True)
class Standings:
    """One assessment of one cohort at an instant, before its lock: sheets by enrolment, and what each line can still give."""

    term: CohortTerm
    assessment: Assessment
    sheets: Mapping[int, Latest]
    open_tasks: Mapping[str, datetime]  # tasks whose deadline is known, with it
    open_to: Mapping[str, frozenset[int]]  # tasks whose deadline is over, and who may still gain by them
    at: datetime

    @cached_property
    def tasks(self) -> set[str]:
        """The tasks that it counts or asks for."""
        return {
            task
            for component in (*self.assessment.components, *self.assessment.needs)
            for task in component.tasks_within
        }

    def chance(self, enrolment_id: int) -> Chance | None:
        """None for whom there is no sheet, or whose sheet is sealed."""
        latest = self.sheets.get(enrolment_id)
        if latest is None or latest.sealed:
            return None
        figures = json.loads(latest.sheet.breakdown)
        needs = figures.pop("needs", {})
        gains = [
            (self._name(one), one.most - figures[one.key][1])
            for one in self.assessment.components
            if figures[one.key][1] < one.most and self._can_gain(one, enrolment_id)
        ]
        short = [one for one in self.assessment.needs if needs[one.key][1] < one.most]
        passing = self.assessment.passing
        return Chance(
            self.term.calendar.name, self.assessment.name or self._name_of_all(), self.assessment.unit,
            latest.sheet.total, passing.mark, tuple(gains),
            tuple(self._needed(one, needs) for one in short if self._can_gain(one, enrolment_id)),
            tuple(self._needed(one, needs) for one in short if not self._can_gain(one, enrolment_id)),
        )  # fmt: skip

    def worth(self, enrolment_id: int, task_id: str) -> Message | None:
        """What completing a task still gains; None for what no line of this assessment counts."""
        latest = self.sheets.get(enrolment_id)
        if latest is None or latest.sealed:
            return None
        figures = json.loads(latest.sheet.breakdown)
        for component in self.assessment.components:
            missing = component.most - figures[component.key][1]
            if task_id in component.tasks_within and missing > 0 and self._can_gain(component, enrolment_id):
                return WORTH(amount=UNITS[component.unit](amount=shown(missing)))
        return None

    def _can_gain(self, component: RuleBase, enrolment_id: int) -> bool:
        return any(
            self.open_tasks.get(task, self.at) > self.at or enrolment_id in self.open_to.get(task, ())
            for task in component.tasks_within
        )

    def _needed(self, component: RuleBase, needs: Mapping[str, list[int]]) -> Message:
        lacks = component.most - needs[component.key][1]
        return NEEDED(name=self._name(component), amount=UNITS[component.unit](amount=shown(lacks)))

    def _name(self, component: RuleBase) -> str:
        names = [self.term.calendar.task(task).name for task in component.tasks_within]
        return component.name or "、".join(names) or component.key

    def _name_of_all(self) -> str:
        return "、".join(self.term.calendar.roles[role] for role in self.assessment.of)


def standings(
    session: Session, terms: Sequence[CohortTerm], roles: Collection[str], at: datetime
) -> Iterator[Standings]:
    """Of each cohort of one edition, in each assessment of these roles that has not locked."""
    for assessment in terms[0].calendar.assessments:
        if not set(roles) & set(assessment.of):
            continue
        unlocked = [term for term in terms if (term_instant(term, assessment.locks) or LATER) > at]
        if not unlocked:
            continue
        sheets = sheets_together(session, unlocked, assessment, at)
        alike: dict[Basis, list[CohortTerm]] = {}
        for term in unlocked:
            basis = next((one.basis for one in sheets[term.id].values() if not one.sealed), None)
            if basis is not None:
                alike.setdefault(basis, []).append(term)
        for basis, together in alike.items():
            due = _deadlines(basis)
            open_to = _open_to(session, together, due, at)
            for term in together:
                yield Standings(term, assessment, sheets[term.id], due, open_to, at)


def _deadlines(basis: Basis) -> dict[str, datetime]:
    """By task, the last instant before which work counts in any of its lines."""
    found: dict[str, datetime] = {}
    for (_, task), at in basis.due:
        found[task] = max(at, found.get(task, at))
    return found


def _open_to(
    session: Session, terms: Sequence[CohortTerm], due: Mapping[str, datetime], at: datetime
) -> dict[str, frozenset[int]]:
    """After a task's deadline: who has more time, and whose work waits for its mark."""
    over = [terms[0].calendar.task(task) for task, until in due.items() if until <= at]
    known = activities(session, terms[0].programme_id) if over else {}
    found = {}
    for task in over:
        extended = (one for term in terms for one in term.extended)
        longer = {one.enrolment_id for one in extended if one.task == task.id and one.until > at}
        waiting: set[int] = set()
        if task.marked_by:
            handed = handed_in(task, known, latest_deadline(task.id, due[task.id], at), at)
            unmarked = not_(marked(task, known, at))
            rows = select(ENROLMENT.c.id).where(
                people([term.id for term in terms], task.role, at),
                and_(handed, unmarked) if task.shows else unmarked,
            )
            waiting = set(session.execute(rows).scalars())
        found[task.id] = frozenset(longer | waiting)
    return found
