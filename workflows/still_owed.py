"""Who still owes what the rows of some letters speak of, as known at the moment of sending: the same conditions by which the
night decided, asked once more of the cohorts concerned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message
from calendars.term import Reminder, Task
from models.people import Person
from workflows.cohorts import CohortTerm
from workflows.facts import ENROLMENT, Activities, Before, activities, people
from workflows.letters import Moment
from workflows.own_deadlines import latest_deadline, own_deadlines
from workflows.reminder_steps import Step, deadline_of, is_moved
from workflows.reminding import expected_amount, is_behind
from workflows.shortfalls import Measured

_MOMENTS: tuple[tuple[str, Moment], ...] = (
    (r".+ before", "before"), (r"on the day", "on the day"), (r"(day|week) \d+", "repeated"),
    (r"overdue \d+", "overdue"), (r"escalated", "escalated"),
)  # fmt: skip
ENDS_WITH_ITS_DEADLINE: tuple[Moment, ...] = ("before", "on the day", "repeated")


@cache
def moment_of(step: str) -> Moment:
    """On which occasion a step speaks, by its name."""
    return next(moment for pattern, moment in _MOMENTS if re.fullmatch(pattern, step))


class Subject(NamedTuple):
    """What a row speaks of. Rows of one subject are answered by one statement."""

    cohort_id: int
    reminder: int
    task: str
    deadline_at: datetime


@dataclass(frozen=True)
class Owes:
    """One person who owes it, and by how much."""

    enrolment_id: int
    organisation_id: int
    role: str
    number: str
    name: str
    short: tuple[Message, ...]


@dataclass
class StillOwed:
    """The answers for a batch of letters. `who` gives each subject's people by enrolment; nobody where it no longer holds."""

    session: Session
    terms: dict[int, CohortTerm]
    at: datetime
    known: dict[int, Activities] = field(default_factory=dict)
    who: dict[Subject, dict[int, Owes]] = field(default_factory=dict)

    def ask(self, subjects: Iterable[Subject]) -> None:
        together: dict[tuple[object, ...], list[Subject]] = {}
        for subject in subjects:
            term = self.terms[subject.cohort_id]
            self.who[subject] = {}
            if self._is_of_the_term(term, subject):
                together.setdefault(self._alike(term, subject), []).append(subject)
        for alike in together.values():
            self._ask(alike)

    def _is_of_the_term(self, term: CohortTerm, subject: Subject) -> bool:
        """Whether the deadline is one by which the cohort, or one of its people, goes today."""
        if subject.reminder >= len(term.calendar.reminders):
            return False
        reminder = term.calendar.reminders[subject.reminder]
        due = deadline_of(term, reminder)
        own = {one.until for one in term.extended if one.task == subject.task}
        phase = term.phases[term.calendar.task(subject.task).phase]
        return phase.state != "cancelled" and (due is None or subject.deadline_at in {due, *own})

    def _alike(self, term: CohortTerm, subject: Subject) -> tuple[object, ...]:
        """What must be the same for one statement to do."""
        _, number, name, deadline = subject
        reminder, task = term.calendar.reminders[number], term.calendar.task(name)
        paced = reminder.is_paced or task.is_weekly
        opened = term.phases[task.phase].opens_at if paced else None
        own = own_deadlines([term], {name}, self.at) is not None
        return term.edition_id, number, name, deadline, opened, own, deadline_of(term, reminder)

    def _ask(self, subjects: Sequence[Subject]) -> None:
        subject = subjects[0]
        term = self.terms[subject.cohort_id]
        reminder, task = term.calendar.reminders[subject.reminder], term.calendar.task(subject.task)
        due = deadline_of(term, reminder)
        step = Step(
            self.at, 0, subject.reminder, "", subject.deadline_at, self.at,
            own=due is not None and subject.deadline_at != due,
        )  # fmt: skip
        own = own_deadlines([term], {task.id}, self.at) is not None
        known = self._known(term)
        measured = Measured(term.calendar, reminder, task, self._expected(term, reminder, task))
        rows = (
            select(
                ENROLMENT.c.cohort_id, ENROLMENT.c.id, ENROLMENT.c.organisation_id, ENROLMENT.c.role,
                col(Person.number), col(Person.name),
                *measured.columns(known, self._before(term, reminder, task, step, own=own), self.at),
            )
            .join(Person, col(Person.id) == ENROLMENT.c.person_id)
            .where(
                people([one.cohort_id for one in subjects], task.role, self.at),
                is_behind(term, reminder, task, known, step, own),
            )
            .order_by(ENROLMENT.c.cohort_id, ENROLMENT.c.id)
        )  # fmt: skip
        found = {one.cohort_id: self.who[one] for one in subjects}
        for cohort, enrolment, organisation, role, number, name, *amounts in self.session.execute(rows):
            short = measured.short([amount or 0 for amount in amounts])
            found[cohort][enrolment] = Owes(enrolment, organisation, role, number, name, short)

    def _known(self, term: CohortTerm) -> Activities:
        if term.programme_id not in self.known:
            self.known[term.programme_id] = activities(self.session, term.programme_id)
        return self.known[term.programme_id]

    def _expected(self, term: CohortTerm, reminder: Reminder, task: Task) -> int | None:
        return expected_amount(term, task, self.at) if reminder.is_paced else None

    def _before(self, term: CohortTerm, reminder: Reminder, task: Task, step: Step, *, own: bool) -> Before:
        if own and is_moved(term, reminder, task, step.deadline_at):
            return latest_deadline(task.id, step.deadline_at, self.at)
        return step.deadline_at
