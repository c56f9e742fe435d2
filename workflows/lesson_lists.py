"""Where the groups of a programme stand in their lesson studies, for lists and for the morning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.lesson_studies import LessonStudy
from models.terms import Cohort, Programme
from workflows.cohorts import CohortTerm, load_terms
from workflows.lesson_studies import RETURN, StepAct, StepNow, StudyNow, study_now
from workflows.publishing import readable_calendar


@dataclass(frozen=True)
class GroupNow:
    """One group in one lesson study, as known at an instant."""

    cohort: str
    study: LessonStudy
    now: StudyNow
    acts: tuple[StepAct, ...]

    @property
    def next(self) -> StepNow | None:
        """The step that is to be done; none when all are."""
        return self.now.open[0] if self.now.open else None

    @property
    def settled(self) -> int:
        return len(self.now.steps) - len(self.now.open)

    def returned(self, step: StepNow) -> StepAct | None:
        """The return after which a step is to be done again."""
        of_step = [act for act in self.acts if act.step == step.step.id]
        return of_step[-1] if step.done is None and of_step and of_step[-1].act == RETURN else None


def groups_now(session: Session, cohort_ids: Sequence[int], at: datetime) -> list[GroupNow]:
    """Every lesson study of these cohorts that takes place, by group."""
    found = []
    for term in load_terms(session, cohort_ids):
        term.go_by(at)
        found += [*_of(term, at)]
    return found


def _of(term: CohortTerm, at: datetime) -> Iterator[GroupNow]:
    for study in term.calendar.lesson_studies:
        if term.phases[study.phase].state != "cancelled":
            acts = tuple(act for act in term.acts if act.study == study.id and act.effective_at <= at)
            yield GroupNow(term.name, study, study_now(term, study, at), acts)


@dataclass(frozen=True)
class StandsAt:
    """The groups that have the same step before them."""

    step: str | None  # none: the lesson study is complete
    step_name: str
    overdue: bool
    due_at: datetime | None  # the first of theirs
    groups: list[str]


@dataclass(frozen=True)
class StudyStatus:
    """Where the groups of a programme stand in one lesson study, from its first step on."""

    programme: str
    study: str
    study_name: str
    stands: list[StandsAt]


def studies_now(session: Session, programme: str | None, at: datetime) -> list[StudyStatus]:
    """Every lesson study of every programme, as the last night knew it."""
    statement = (
        select(col(Programme.slug), col(Cohort.id), col(Cohort.edition_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .order_by(col(Programme.slug), col(Cohort.id))
    )
    if programme is not None:
        statement = statement.where(col(Programme.slug) == programme)
    rows = session.execute(statement).tuples().all()
    calendars = {edition: readable_calendar(session, edition) for edition in {row[2] for row in rows}}
    studying = {edition for edition, calendar in calendars.items() if calendar and calendar.lesson_studies}
    wanted: dict[str, list[int]] = {}
    for slug, cohort, edition in rows:
        if edition in studying:
            wanted.setdefault(slug, []).append(cohort)
    return [
        status
        for slug, cohorts in wanted.items()
        for status in _by_study(slug, groups_now(session, cohorts, at))
    ]


def _by_study(slug: str, groups: Sequence[GroupNow]) -> Iterator[StudyStatus]:
    studies = {group.study.id: group.study for group in groups}
    for study in studies.values():
        stands = [*_stands([group for group in groups if group.study.id == study.id])]
        yield StudyStatus(slug, study.id, study.name, stands)


def _stands(groups: Sequence[GroupNow]) -> Iterator[StandsAt]:
    together: dict[tuple[int, bool], list[GroupNow]] = {}
    for group in groups:
        place = group.now.steps.index(group.next) if group.next else len(group.now.steps)
        together.setdefault((place, bool(group.now.overdue)), []).append(group)
    for (_, overdue), those in sorted(together.items(), key=lambda item: item[0]):
        steps = [group.next for group in those if group.next is not None]
        due = min((step.due_at for step in steps if step.due_at is not None), default=None)
        first = steps[0].step if steps else None
        yield StandsAt(
            first.id if first else None,
            first.name if first else "",
            overdue,
            due,
            [one.cohort for one in those],
        )
