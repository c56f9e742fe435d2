"""Where a group stands in its lesson study, as known at an instant: from its calendar, its dates and what it has done.

A step is due by its own deadline or the later one that the group was given; never before the step ahead of it, and never
after the phase. What was done counts by when it took place, and is known since it was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.lesson_studies import LessonStep, LessonStudy
from models.groups import GroupStep
from models.terms import Cohort
from workflows.deadlines import term_instant
from workflows.sql import among

if TYPE_CHECKING:
    from workflows.cohorts import CohortTerm, PhaseNow

STEP_NOT_DONE = "lesson study step not done"  # the kind of hold
DO, RETURN = "do", "return"


@dataclass(frozen=True)
class StepAct:
    """A step done, or the step done last returned."""

    study: str
    number: int
    act: str
    step: str
    done_at: datetime
    effective_at: datetime
    name: str
    note: str


@dataclass(frozen=True)
class StepNow:
    """One step as it stands: until when, by which act it was done, whether it was waived, whether it is late."""

    step: LessonStep
    due_at: datetime | None  # none: not known yet
    done: StepAct | None
    waived: bool
    late: bool  # done late, or not done although its deadline has come

    @property
    def settled(self) -> bool:
        return self.done is not None or self.waived


@dataclass
class StudyNow:
    """Where a group stands in one lesson study: what a machine moves."""

    study: LessonStudy
    state: str
    steps: tuple[StepNow, ...]

    @property
    def open(self) -> list[StepNow]:
        """What is still to be done, in its order."""
        return [step for step in self.steps if not step.settled]

    @property
    def overdue(self) -> list[StepNow]:
        return [step for step in self.open if step.late]

    @property
    def last_done(self) -> StepAct | None:
        return next((step.done for step in reversed(self.steps) if step.done), None)

    def find(self, step_id: str) -> StepNow:
        return next(step for step in self.steps if step.step.id == step_id)


def extended_key(study: LessonStudy, step: LessonStep) -> str:
    """Under which key a decision keeps the later deadline of one step."""
    return f"{study.id}@{step.id}"


def waived_gate(steps: Sequence[str]) -> str:
    """How a decision names the steps, each as `STUDY.STEP`, that it waives."""
    return f"{STEP_NOT_DONE}:{' '.join(steps)}"


def acts_in(session: Session, cohort_ids: Sequence[int]) -> dict[int, list[StepAct]]:
    """What these groups have done, in the order in which it was said."""
    columns = (col(getattr(GroupStep, name)) for name in StepAct.__dataclass_fields__)
    found: dict[int, list[StepAct]] = {}
    for cohort, *facts in session.execute(
        select(col(GroupStep.cohort_id), *columns)
        .where(among(col(GroupStep.cohort_id), cohort_ids))
        .order_by(col(GroupStep.cohort_id), col(GroupStep.study), col(GroupStep.number))
    ):
        found.setdefault(cohort, []).append(StepAct(*facts))
    return found


def acts_taken(session: Session, programme_id: int) -> set[datetime]:
    """Since when each act of a programme's groups is known."""
    wanted = select(col(GroupStep.effective_at)).join(Cohort, col(Cohort.id) == col(GroupStep.cohort_id))
    return set(session.execute(wanted.where(col(Cohort.programme_id) == programme_id).distinct()).scalars())


def study_now(term: CohortTerm, study: LessonStudy, at: datetime) -> StudyNow:
    """Where the group stands, by the dates that the term goes by."""
    done: dict[str, StepAct] = {}
    begun = False
    for act in term.acts:
        if act.study == study.id and act.effective_at <= at:
            begun = True
            if act.act == DO:
                done[act.step] = act
            else:
                done.pop(act.step, None)
    waived = _waived(term, study, at)
    steps = tuple(
        StepNow(
            step,
            due,
            done.get(step.id),
            step.id in waived,
            _late(due, done.get(step.id), step.id in waived, at),
        )
        for step, due in zip(study.steps, due_dates(term, study), strict=True)
    )
    now = StudyNow(study, "going" if begun or waived else "not_begun", steps)
    if not now.open:
        now.state = "complete"
    elif now.overdue:
        now.state = "overdue"
    return now


def _late(due: datetime | None, done: StepAct | None, waived: bool, at: datetime) -> bool:
    if due is None or (waived and done is None):
        return False
    return (done.done_at if done else at) >= due


def due_dates(term: CohortTerm, study: LessonStudy) -> list[datetime | None]:
    """The deadline of each step; none while it is not known."""
    closes = term.schedule().phases[study.phase].closes
    found: list[datetime | None] = []
    for step in study.steps:
        due = term.dates.get(extended_key(study, step)) or term_instant(term, step.by)
        if due is not None and found and found[-1] is not None:
            due = max(due, found[-1])
        found.append(min(due, closes) if due is not None and isinstance(closes, datetime) else due)
    return found


def _waived(term: CohortTerm, study: LessonStudy, at: datetime) -> set[str]:
    found: set[str] = set()
    for decided in term.decided:
        if decided.action == "waive" and decided.effective_at <= at:
            kind, _, steps = (decided.gate or "").partition(":")
            if kind == STEP_NOT_DONE:
                found |= {one.partition(".")[2] for one in steps.split() if one.startswith(f"{study.id}.")}
    return found


def takes_place(phase: PhaseNow) -> bool:
    """Whether the steps of a phase can be owed: it has begun, and was not cancelled."""
    return phase.stands_at != "planned" and phase.state != "cancelled"


def looks(term: CohortTerm, since: datetime | None) -> Iterator[tuple[str, datetime]]:
    """The phases of lesson studies, and when a night looks at their steps: now, at each deadline, at each act."""
    for study in term.calendar.lesson_studies:
        due = {at for at in due_dates(term, study) if at is not None}
        known = {act.effective_at for act in term.acts if act.study == study.id}
        for at in sorted({*due, *known, *filter(None, [since])}):
            if since is None or at >= since:
                yield study.phase, at


def next_deadline(term: CohortTerm, phase: PhaseNow) -> datetime | None:
    """The first deadline of a step of this phase that no night has come to."""
    if phase.state == "cancelled":
        return None
    found = (
        at
        for study in term.calendar.lesson_studies if study.phase == phase.phase
        for at in due_dates(term, study)
        if at is not None and (phase.reminded_at is None or at > phase.reminded_at)
    )  # fmt: skip
    return min(found, default=None)
