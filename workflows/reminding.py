"""Who is reminded of what: one statement for each step writes the outbox, in the night's own transaction.

A row is unique by recipient, obligation, deadline, step and channel: a second night writes nothing, a moved
deadline speaks again. Of several steps by one deadline at one moment nobody is written but the first, which says the most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, literal, not_, select
from sqlmodel import Session

from calendars.full_amounts import full_amount
from calendars.term import Reminder, Task
from models.nights import Outbox
from models.types import seconds
from workflows.basis import weeks_of
from workflows.cohorts import CohortTerm
from workflows.facts import (
    ENROLMENT,
    Activities,
    activities,
    amount_shown,
    fulfilled,
    handed_in,
    marked,
    people,
    raw,
)
from workflows.organisations import Tree
from workflows.own_deadlines import latest_deadline, own_deadline, own_deadlines
from workflows.reminder_steps import Step, is_moved
from workflows.sql import insert_all_new, insert_from

OUTBOX = Outbox.__table__  # type: ignore[attr-defined]
OTHER = OUTBOX.alias("other")
COLUMNS = (
    "cohort_id", "recipient", "obligation", "step", "channel", "deadline_at", "effective_at", "speak_at", "recorded_at",
    "reminder", "state",
)  # fmt: skip
_PACE = re.compile(r"([\d.]+) \w+ a (day|week)")


def write_reminders(
    session: Session, terms: Sequence[CohortTerm], step: Step, tree: Tree, recorded_at: datetime
) -> int:
    """Write one step's reminders for cohorts of one edition. Returns how many rows are new."""
    calendar = terms[0].calendar
    reminder = calendar.reminders[step.number]
    known = activities(session, terms[0].programme_id)
    to = reminder.escalate.to if step.escalated and reminder.escalate else reminder.to
    written = 0
    for task in (calendar.task(task_id) for task_id in reminder.about):
        for alike, own in alike_terms(terms, reminder, task, step):
            behind = is_behind(alike[0], reminder, task, known, step, own)
            ids = [term.id for term in alike]
            if to in calendar.tiers:
                written += _to_organisations(session, ids, task, behind, to, step, tree, recorded_at)
            else:
                written += _to_people(session, ids, task, behind, to, step, recorded_at)
    return written


def alike_terms(
    terms: Sequence[CohortTerm], reminder: Reminder, task: Task, step: Step
) -> list[tuple[list[CohortTerm], bool]]:
    """The cohorts of which the same is expected by an instant, and whether people have deadlines of their own there.
    A pace is counted from the phase's real opening."""
    groups: dict[tuple[datetime | None, bool, bool], list[CohortTerm]] = {}
    for term in terms:
        paced = reminder.is_paced or task.is_weekly
        opened = term.phases[task.phase].opens_at if paced else None
        own = own_deadlines([term], {task.id}, step.at) is not None
        moved = own and is_moved(term, reminder, task, step.deadline_at)
        if moved or not step.own:
            groups.setdefault((opened, own, moved), []).append(term)
    return [(found, own) for (_, own, _), found in groups.items()]


def is_behind(
    term: CohortTerm, reminder: Reminder, task: Task, known: Activities, step: Step, own: bool
) -> ColumnElement[bool]:
    """Who owes the task something by the deadline of a step, as a condition on an enrolment of the task's role.

    Where people have deadlines of their own, those alone for whom it is this one.
    """
    if reminder.asks_for_marks(task):
        return _unmarked(task, known, step, own)
    owing = _owing(term, reminder, task, known, step)
    if not (own and is_moved(term, reminder, task, step.deadline_at)):
        return owing
    until, deadline = own_deadline(task.id, step.at), seconds(step.deadline_at)
    return and_(owing, until == deadline if step.own else until <= deadline)


def _unmarked(task: Task, known: Activities, step: Step, own: bool) -> ColumnElement[bool]:
    """Work that was handed in and has no mark yet; of a task without evidence, whoever has no mark."""
    unmarked = not_(marked(task, known, step.at))
    if not task.shows:
        return unmarked
    before = latest_deadline(task.id, step.deadline_at, step.at) if own else step.deadline_at
    return and_(handed_in(task, known, before, step.at), unmarked)


def _owing(
    term: CohortTerm, reminder: Reminder, task: Task, known: Activities, step: Step
) -> ColumnElement[bool]:
    at = step.at
    match reminder.when:
        case "nothing begun":
            return and_(
                *(not_(handed_in(term.calendar.task(about), known, at, at)) for about in reminder.about)
            )
        case "behind the advised pace":
            return amount_shown(term.calendar, task, known, at, at) < expected_amount(term, task, at)
        case "not in full" if task.needs is None and (full := full_amount(term.calendar, task)) is not None:
            return amount_shown(term.calendar, task, known, step.deadline_at, at) < full
    weeks = weeks_of(term, task, min(at, step.deadline_at)) if task.is_weekly else ()
    return not_(fulfilled(term.calendar, task, known, step.deadline_at, at, weeks))


def expected_amount(term: CohortTerm, task: Task, at: datetime) -> int:
    """What the advised pace asks by an instant, in hundredths: whole days or weeks since the phase opened, and never more than
    gains anything."""
    opened = term.phases[task.phase].opens_at
    match = _PACE.match(task.advised) if isinstance(task.advised, str) else None
    if opened is None or match is None:
        return 0
    days = (at - opened).days
    paced = round(float(match[1]) * 100) * (days if match[2] == "day" else days // 7)
    full = full_amount(term.calendar, task)
    return paced if full is None else min(paced, full)


def _to_people(
    session: Session,
    cohort_ids: Sequence[int],
    task: Task,
    behind: ColumnElement[bool],
    to: str,
    step: Step,
    recorded_at: datetime,
) -> int:
    """To each person who is behind; or, to another role, to each of that role in a cohort where somebody is."""
    if to in task.role:
        who = and_(people(cohort_ids, [to], step.at), behind)
    else:
        owing = ENROLMENT.alias("owing")
        lagging = select(ENROLMENT.c.cohort_id).where(people(cohort_ids, task.role, step.at), behind)
        who = and_(
            people(cohort_ids, [to], step.at, owing),
            owing.c.cohort_id.in_(lagging.scalar_subquery()),
        )
        return insert_from(session, OUTBOX, COLUMNS, _row(owing, task, step, recorded_at).where(who))
    return insert_from(session, OUTBOX, COLUMNS, _row(ENROLMENT, task, step, recorded_at).where(who))


def _row(enrolment: Any, task: Task, step: Step, recorded_at: datetime) -> Any:
    recipient = literal("e") + cast(enrolment.c.id, String)
    row = select(
        enrolment.c.cohort_id,
        recipient,
        literal(task.id),
        literal(step.name),
        literal("digest"),
        literal(seconds(step.deadline_at)),
        literal(seconds(step.at)),
        literal(seconds(step.speak_at)),
        literal(seconds(recorded_at)),
        literal(step.number),
        literal("written"),
    )
    if not step.again:
        return row
    told = exists().where(
        OTHER.c.cohort_id == enrolment.c.cohort_id, OTHER.c.recipient == recipient, OTHER.c.obligation == task.id,
        _at_once(step),
    )  # fmt: skip
    return row.where(~told)


def _at_once(step: Step) -> ColumnElement[bool]:
    """What another step by the same deadline says at the same moment."""
    return and_(
        raw(OTHER, "deadline_at") == seconds(step.deadline_at), raw(OTHER, "effective_at") == seconds(step.at),
        OTHER.c.step != step.name,
    )  # fmt: skip


def _to_organisations(
    session: Session,
    cohort_ids: Sequence[int],
    task: Task,
    behind: ColumnElement[bool],
    tier: str,
    step: Step,
    tree: Tree,
    recorded_at: datetime,
) -> int:
    """To each organisation of a tier with somebody behind in it: how many of each cohort."""
    counts = session.execute(
        select(ENROLMENT.c.cohort_id, ENROLMENT.c.organisation_id, func.count())
        .where(people(cohort_ids, task.role, step.at), behind)
        .group_by(ENROLMENT.c.cohort_id, ENROLMENT.c.organisation_id)
        .order_by(ENROLMENT.c.cohort_id, ENROLMENT.c.organisation_id)
    )
    found: dict[tuple[int, int], int] = {}
    for cohort, organisation, count in counts:
        above = tree.at_tier(organisation, tier)
        if above is not None:
            found[cohort, above] = found.get((cohort, above), 0) + count
    already = _told_at_once(session, task, step, found) if step.again else set()
    rows = [
        {
            "cohort_id": cohort, "recipient": f"o{organisation}", "obligation": f"{task.id}@{cohort}", "step": step.name,
            "channel": "digest", "deadline_at": step.deadline_at, "effective_at": step.at, "speak_at": step.speak_at,
            "recorded_at": recorded_at, "reminder": step.number, "behind": count, "state": "written",
        }
        for (cohort, organisation), count in found.items()
        if (f"o{organisation}", f"{task.id}@{cohort}") not in already
    ]  # fmt: skip
    return insert_all_new(session, OUTBOX, rows)


def _told_at_once(
    session: Session, task: Task, step: Step, found: Iterable[tuple[int, int]]
) -> set[tuple[str, str]]:
    """Which organisation has been told by another step of the same moment, of which cohort."""
    told = select(OTHER.c.recipient, OTHER.c.obligation).where(
        OTHER.c.cohort_id.in_({cohort for cohort, _ in found}), OTHER.c.recipient.in_({f"o{above}" for _, above in found}),
        OTHER.c.obligation.in_({f"{task.id}@{cohort}" for cohort, _ in found}), _at_once(step),
    )  # fmt: skip
    return {(row[0], row[1]) for row in session.execute(told)}
