"""The reminders that nights have written: who is to be reminded of what, from which instant on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true
from sqlmodel import Session, col

from calendars.term import TermCalendar
from models.nights import Outbox
from models.people import Person
from models.terms import Cohort, Programme
from models.work import Enrolment
from workflows.filing_reminding import PREFIX
from workflows.organisations import load_tree
from workflows.publishing import newest_calendar, readable_calendar
from workflows.sql import among


@dataclass(frozen=True)
class WrittenReminder:
    """One row of the outbox in an office's words. `number` is a person's; an organisation has none."""

    at: datetime
    programme: str
    cohort: str
    recipient: str
    number: str | None
    task: str
    task_name: str
    step: str  # `7 days before`, `on the day`, `overdue 2`, `week 3`, `escalated`
    deadline_at: datetime
    behind: int | None  # to an organisation: how many of the cohort are


def last_written_at(session: Session, programme: str | None = None) -> datetime | None:
    """The latest instant that a reminder is for."""
    latest = (
        select(func.max(col(Outbox.effective_at)))
        .outerjoin(Cohort, col(Cohort.id) == col(Outbox.cohort_id))
        .join(
            Programme, col(Programme.id) == func.coalesce(col(Cohort.programme_id), col(Outbox.programme_id))
        )
        .where(_of(programme))
    )
    return session.execute(latest).scalar()


def written_reminders(
    session: Session, since: datetime, programme: str | None = None
) -> list[WrittenReminder]:
    """Every reminder for an instant from `since` on, in the order of the instants."""
    statement = (
        select(Outbox, col(Cohort.name), col(Cohort.edition_id), col(Programme.slug))
        .outerjoin(Cohort, col(Cohort.id) == col(Outbox.cohort_id))
        .join(
            Programme, col(Programme.id) == func.coalesce(col(Cohort.programme_id), col(Outbox.programme_id))
        )
        .where(col(Outbox.effective_at) >= since, _of(programme))
        .order_by(col(Outbox.effective_at), col(Outbox.cohort_id), col(Outbox.id))
    )
    rows = session.execute(statement).all()
    calendars = {
        edition: readable_calendar(session, edition) for edition in {row[2] for row in rows if row[2]}
    }
    newest = {slug: newest_calendar(session, slug) for slug in {row[3] for row in rows if not row[2]}}
    people = _people(session, {row[0].cohort_id for row in rows if row[2]})
    places = {node.id: node.name for node in load_tree(session).nodes.values()}
    found = []
    for reminder, cohort, edition, slug in rows:
        kind, key = reminder.recipient[0], int(reminder.recipient[1:])
        number, name = people[key] if kind == "e" else (None, places[key])
        calendar = calendars[edition] if edition else newest[slug]
        about, called = _about(reminder, calendar)
        found.append(
            WrittenReminder(
                reminder.effective_at, slug, cohort or "", name, number, about, called, reminder.step,
                reminder.deadline_at, reminder.behind,
            )
        )  # fmt: skip
    return found


def _about(reminder: Outbox, calendar: TermCalendar | None) -> tuple[str, str]:
    """The task or the filing that a row is about, and what it is called."""
    if reminder.cohort_id is None:
        filing = reminder.obligation.removeprefix(PREFIX).partition(" ")[0]
        return filing, calendar.filing(filing).name if calendar else filing
    task = reminder.obligation.partition("@")[0]
    return task, calendar.task(task).name if calendar else task


def last_number(session: Session) -> int:
    """The number of the newest row of the outbox."""
    return session.execute(select(func.max(col(Outbox.id)))).scalar() or 0


def written_to(session: Session, cohort_ids: Collection[int], after: int) -> Counter[str]:
    """How many reminders of these cohorts stand behind a row of the outbox, by the role of the person or the tier of
    the organisation to which they go."""
    newer = select(col(Outbox.recipient)).where(
        col(Outbox.id) > after, among(col(Outbox.cohort_id), cohort_ids)
    )
    recipients = Counter(session.execute(newer).scalars())
    if not recipients:
        return Counter()
    roles = select(col(Enrolment.id), col(Enrolment.role)).where(among(col(Enrolment.cohort_id), cohort_ids))
    called = {f"e{enrolment}": role for enrolment, role in session.execute(roles)}
    called |= {f"o{node.id}": node.tier for node in load_tree(session).nodes.values()}
    found: Counter[str] = Counter()
    for recipient, count in recipients.items():
        found[called[recipient]] += count
    return found


def _of(programme: str | None) -> ColumnElement[bool]:
    return true() if programme is None else col(Programme.slug) == programme


def _people(session: Session, cohorts: Collection[int]) -> dict[int, tuple[str, str]]:
    """Number and name by enrolment."""
    rows = session.execute(
        select(col(Enrolment.id), col(Person.number), col(Person.name))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .where(among(col(Enrolment.cohort_id), cohorts))
    )
    return {enrolment: (number, name) for enrolment, number, name in rows}
