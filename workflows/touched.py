"""What a hold touches: whom, how much, what was done about it so far. Counts and dates, never a person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.pages import UNITS
from calendars.quantities import shown
from calendars.term import Task, TermCalendar
from models.nights import Hold, Night, Outbox
from workflows.basis import with_parts
from workflows.cohorts import CohortTerm, Decided
from workflows.conditions import Asked, Lacking, alike, penalised, unmarked, unreviewed, unscored
from workflows.facts import ENROLMENT, people
from workflows.hold_kinds import APPEAL_OVERDUE, TO_BE_LOOKED_AT
from workflows.holds import guards, listed_steps
from workflows.penalties import TO_BE_DECIDED
from workflows.reviewing import NOT_REVIEWED

WORTH = Wording(zh="，每人至多{amount}", en=", at most {amount} each")

LACKING = {
    "marking incomplete": unmarked,
    "scores not reported": unscored,
    TO_BE_DECIDED: penalised,
    NOT_REVIEWED: unreviewed,
    TO_BE_LOOKED_AT: alike,
}


@dataclass(frozen=True)
class Touched:
    """`people` lack something, of `members`; `worth` is the most that each may lose, by unit, in hundredths."""

    people: int
    members: int
    worth: dict[str, int]
    whole_worth: dict[str, int]  # of everything in the phase
    tasks: tuple[str, ...]  # by name
    nights: int  # that have tried since
    reminders: int
    reminded_at: datetime | None
    decided: tuple[Decided, ...]  # about the same phase, so far


def in_words(worth: dict[str, int]) -> Message | str:
    """`, at most 15 points each`, or nothing."""
    figures = [UNITS[unit](amount=shown(amount)) for unit, amount in worth.items()]
    return WORTH(amount=figures) if figures else ""


def touched(session: Session, hold: Hold, term: CohortTerm, at: datetime) -> Touched:
    """What a hold of a cohort touches as known at an instant."""
    members = _count(session, term, at)
    lacking = _lacking(session, hold, term, at)
    tasks = [one.task for one in lacking] or _tasks(term.calendar, hold)
    reminders, reminded_at = _reminders(session, term.id, tasks)
    return Touched(
        people=_people(session, lacking) if lacking else _counted(hold) or members,
        members=members,
        worth=_worth(term.calendar, {task.id for task in tasks}),
        whole_worth=_worth(
            term.calendar, {task.id for task in term.calendar.tasks if task.phase == hold.phase}
        ),
        tasks=tuple(task.name for task in tasks),
        nights=_nights(session, hold.opened_at),
        reminders=reminders,
        reminded_at=reminded_at,
        decided=tuple(one for one in term.decided if one.phase == hold.phase),
    )


def _lacking(session: Session, hold: Hold, term: CohortTerm, at: datetime) -> list[Lacking]:
    """By the gate that holds it; a task of which nothing is lacking is left out."""
    ask = LACKING.get(hold.kind)
    if ask is None:
        return []
    guard = next(one for one in guards(term, hold.phase, hold.step) if one.kind.name == hold.kind)
    term.in_force = [one for one in term.decided if one.effective_at <= at]
    asked = Asked(session, [term], hold.phase, guard.gate, at)
    return [one for one in ask(asked) if _people(session, [one])]


def _counted(hold: Hold) -> int:
    """Of appeals as many people as there are of them; what else holds a cohort touches all of it."""
    return int(json.loads(hold.detail)["count"]) if hold.kind == APPEAL_OVERDUE else 0


def _tasks(calendar: TermCalendar, hold: Hold) -> list[Task]:
    if listed_steps(hold):
        return []  # a lesson study scores nothing
    named = json.loads(hold.detail).get("tasks", ())
    return [task for task in calendar.tasks if (task.id in named if named else task.phase == hold.phase)]


def _people(session: Session, lacking: list[Lacking]) -> int:
    found: set[int] = set()
    for one in lacking:
        found |= set(session.execute(select(ENROLMENT.c.id).where(one.who)).scalars())
    return len(found)


def _count(session: Session, term: CohortTerm, at: datetime) -> int:
    taking_part = people([term.id], list(term.calendar.roles), at)
    return int(session.execute(select(func.count()).select_from(ENROLMENT).where(taking_part)).scalar_one())


def _worth(calendar: TermCalendar, tasks: set[str]) -> dict[str, int]:
    """The most that the components of these tasks give one person, of the role that they give most, by unit."""
    by_role: dict[str, dict[str, int]] = {}
    for assessment in calendar.assessments:
        for component in assessment.components:
            of = {task for part in with_parts([component]) for task in part.task_ids}
            for role in assessment.of if of & tasks else ():
                worth = by_role.setdefault(role, {})
                worth[component.unit] = worth.get(component.unit, 0) + component.most
    units = {unit for worth in by_role.values() for unit in worth}
    return {unit: max(worth.get(unit, 0) for worth in by_role.values()) for unit in sorted(units)}


def _nights(session: Session, since: datetime) -> int:
    tried = select(func.count()).select_from(Night).where(col(Night.as_of) > since)
    return int(session.execute(tried).scalar_one())


def _reminders(session: Session, cohort_id: int, tasks: list[Task]) -> tuple[int, datetime | None]:
    """How many have been written to this cohort about these tasks, and the instant of the last."""
    about = [task.id for task in tasks]
    about += [f"{task}@{cohort_id}" for task in about]  # to the organisations above
    found = session.execute(
        select(func.count(), func.max(col(Outbox.effective_at))).where(
            col(Outbox.cohort_id) == cohort_id, col(Outbox.obligation).in_(about)
        )
    ).one()
    return found[0], found[1]
