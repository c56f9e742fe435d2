"""What people made that is gathered at the end: what was shown of tasks, and the accepted cases of a filing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from calendars.lists import Resource
from calendars.term import Task
from models.people import Person
from models.types import instant
from models.work import Source
from workflows.facts import ENROLMENT, EVIDENCE, kinds_of, people, raw, shown_before, stands
from workflows.filing_fields import as_text
from workflows.filing_lists import CaseSeen, seen
from workflows.survey import Survey


@dataclass(frozen=True)
class Made:
    """One piece of work. `at` is when it was handed in or accepted; `amount` is in hundredths."""

    resource: Resource
    what: str  # the task, or the filing
    title: str  # the item, or the title of the case
    number: str
    name: str
    organisation_id: int
    at: datetime
    reference: str
    amount: int | None = None
    says: str = ""  # what the case says
    attachments: tuple[str, ...] = ()


def made(survey: Survey, resource: Resource) -> list[Made]:
    """By unit, person and date."""
    every = [
        *(
            one
            for task in map(survey.calendar.task, resource.tasks)
            for one in _shown(survey, resource, task)
        ),
        *_accepted(survey, resource),
    ]
    return sorted(
        (one for one in every if survey.is_here(one.organisation_id)),
        key=lambda one: (survey.tree.names(one.organisation_id), one.number, one.at, one.what, one.reference),
    )


def _shown(survey: Survey, resource: Resource, task: Task) -> Iterator[Made]:
    """Of those who take part, whatever is long enough, in time or not."""
    cohorts = [term.id for term in survey.terms]
    rows = (
        select(
            col(Person.number), col(Person.name), ENROLMENT.c.organisation_id, EVIDENCE.c.item,
            EVIDENCE.c.amount, raw(EVIDENCE, "happened_at"), col(Source.name), EVIDENCE.c.reference,
        )
        .select_from(ENROLMENT)
        .join(EVIDENCE, EVIDENCE.c.enrolment_id == ENROLMENT.c.id)
        .join(Person, col(Person.id) == ENROLMENT.c.person_id)
        .join(Source, col(Source.id) == EVIDENCE.c.source_id)
        .where(
            people(cohorts, task.role, survey.at),
            shown_before(task, kinds_of(task, survey.known), survey.at),
            stands(EVIDENCE, survey.at),
        )
    )  # fmt: skip
    for number, name, place, item, amount, happened, source, reference in survey.session.execute(rows):
        yield Made(
            resource, task.name, item, number, name, place, instant(happened), f"{source} {reference}", amount
        )  # fmt: skip


def _accepted(survey: Survey, resource: Resource) -> Iterator[Made]:
    if resource.filing is None:
        return
    cases = seen(survey.session, survey.programme_id, survey.calendar, survey.tree, [resource.filing])
    for case in cases:
        at = accepted_at(case)
        if at is not None and at <= survey.at:
            number, name = case.person or ("", "")
            said = (f"{case.filing.fields[key].name}：{as_text(value)}" for key, value in case.fields.items())
            files = dict.fromkeys(one.name for step in case.steps for one in step.attachments)
            yield Made(
                resource, case.filing.name, case.title, number, name, case.organisation_id, at, str(case.number),
                says="；".join(said), attachments=tuple(files),
            )  # fmt: skip


def accepted_at(case: CaseSeen) -> datetime | None:
    """When the last link took a case."""
    return next((step.at for step in case.steps if step.act == "accept"), None)
