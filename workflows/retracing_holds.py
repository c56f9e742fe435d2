"""Whether each hold stood while its phase was held, was resolved as somebody decided, and is of a kind that the calendar asks for;
and whether nothing was held without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from models.appeals import Appeal, AppealStep
from models.nights import Hold, Resolution
from workflows.agenda import STEPS
from workflows.appeals_due import OVERDUE
from workflows.cohorts import CohortTerm
from workflows.facts import ENROLMENT
from workflows.hold_kinds import APPEAL_OVERDUE, BY_NAME, ERROR
from workflows.holds import guards
from workflows.reviewing import phase_of
from workflows.sql import among

OTHER_HOLD = Wording(
    zh="卡住 {id}（班级“{cohort}”，{kind}）与记下的变动、决定或日历不符",
    en="hold {id} ({cohort}, {kind}) is not what the moves of its phase, what was decided and the calendar say",
)
NO_HOLD = Wording(
    zh="班级“{cohort}”的阶段“{phase}”曾经卡住，却没有相应的记录",
    en="{phase} of {cohort} was held, and no hold says so",
)
NO_APPEAL_HOLD = Wording(
    zh="班级“{cohort}”的阶段“{phase}”有逾期未决的申诉，却没有相应的记录",
    en="an appeal about {phase} of {cohort} is overdue, and no hold says so",
)

Key = tuple[int, str]  # a cohort and one of its phases
Held = tuple[datetime, datetime | None, str]  # from when until when, and in which state


def holds_retraced(
    session: Session,
    cohorts: Mapping[int, str],
    held: Mapping[Key, Sequence[Held]],
    terms: Mapping[int, CohortTerm],
) -> Iterator[Message]:
    """What does not follow about the holds of these cohorts. `held` has the phases whose moves are possible."""
    columns = (
        "id",
        "cohort_id",
        "phase",
        "kind",
        "step",
        "waits_on",
        "opened_at",
        "cleared_at",
        "cleared_by",
    )
    rows = session.execute(
        select(*(col(getattr(Hold, name)) for name in columns))
        .where(among(col(Hold.cohort_id), cohorts)).order_by(col(Hold.id))
    ).all()  # fmt: skip
    decided = _decided(session, [*cohorts])
    steps: dict[Key, list[Row[Any]]] = {}
    for row in rows:
        key = (row.cohort_id, row.phase)
        of_a_step = row.kind in BY_NAME and not _stands_apart(row.kind)
        if of_a_step:
            steps.setdefault(key, []).append(row)
        fits = not of_a_step or any(_within(row, one) for one in held.get(key, ()))
        if (
            not (fits and _asked_for(row, terms.get(row.cohort_id)))
            or (row.cleared_at is None) != (row.cleared_by is None)
            or not (row.cleared_by in (None, "itself") or _by_decision(row, decided))
        ):
            yield OTHER_HOLD(id=row.id, cohort=cohorts[row.cohort_id], kind=row.kind)
    for key, stretches in held.items():
        if not all(_told(steps.get(key, ()), one) for one in stretches):
            yield NO_HOLD(cohort=cohorts[key[0]], phase=key[1])
    yield from _appeals(session, cohorts, rows, terms)


def _stands_apart(kind: str) -> bool:
    """It goes by the facts alone, and no move of the phase belongs to it."""
    return BY_NAME[kind].apart or kind in (ERROR.name, APPEAL_OVERDUE)


def _within(row: Row[Any], stretch: Held) -> bool:
    began, ended, state = stretch
    if STEPS.get(state) != row.step or row.opened_at < began:
        return False
    return ended is None or (
        row.opened_at <= ended and row.cleared_at is not None and row.cleared_at <= ended
    )


def _told(rows: Sequence[Row[Any]], stretch: Held) -> bool:
    """Whether a hold began when the phase was held, and one ended when it was released, or stands while it is not."""
    began, ended, _ = stretch
    inside = [row for row in rows if _within(row, stretch)]
    return any(row.opened_at == began for row in inside) and any(row.cleared_at == ended for row in inside)


def _asked_for(row: Row[Any], term: CohortTerm | None) -> bool:
    """Whether it is a kind that there is, which the calendar, where it can be read, asks for there and of whom it says."""
    if row.kind not in BY_NAME:
        return False
    if _stands_apart(row.kind) or term is None:
        return True
    if row.phase not in term.phases:
        return False
    asked = {(guard.kind.name, guard.waits_on) for guard in guards(term, row.phase, row.step)}
    return (row.kind, row.waits_on) in asked


def _decided(session: Session, cohorts: Sequence[int]) -> set[tuple[object, ...]]:
    """What was decided and when, about a phase, about a hold, and about appeals that were given more time."""
    rows: Any = session.execute(
        select(
            col(Resolution.cohort_id), col(Resolution.action), col(Resolution.effective_at), col(Resolution.phase),
            col(Resolution.hold_id),
        ).where(among(col(Resolution.cohort_id), cohorts))
    )  # fmt: skip
    found: set[tuple[object, ...]] = set()
    for cohort, action, at, phase, hold in rows:
        found |= {(cohort, action, at, phase), (cohort, action, hold)}
    longer = select(ENROLMENT.c.cohort_id, col(AppealStep.act), col(AppealStep.effective_at)).where(
        among(ENROLMENT.c.cohort_id, cohorts), col(AppealStep.act) == "extend"
    )
    of_appeals = longer.join(Appeal, col(Appeal.id) == col(AppealStep.appeal_id))
    rows = session.execute(of_appeals.join(ENROLMENT, ENROLMENT.c.id == col(Appeal.enrolment_id)))
    return found | {(*row, APPEAL_OVERDUE) for row in rows}


def _by_decision(row: Row[Any], decided: set[tuple[object, ...]]) -> bool:
    about = APPEAL_OVERDUE if row.kind == APPEAL_OVERDUE else row.phase
    return (row.cohort_id, row.cleared_by, row.cleared_at, about) in decided or (
        row.cohort_id,
        row.cleared_by,
        row.id,
    ) in decided


def _appeals(
    session: Session, cohorts: Mapping[int, str], rows: Sequence[Row[Any]], terms: Mapping[int, CohortTerm]
) -> Iterator[Message]:
    """A hold stands for the appeals that are overdue, and for nothing else."""
    overdue = session.execute(
        select(ENROLMENT.c.cohort_id, col(Appeal.assessment))
        .join(ENROLMENT, ENROLMENT.c.id == col(Appeal.enrolment_id))
        .where(among(ENROLMENT.c.cohort_id, terms), col(Appeal.state).in_(OVERDUE)).distinct()
    )  # fmt: skip
    owed = set()
    for cohort, assessment in overdue:
        calendar = terms[cohort].calendar
        owed.add((cohort, phase_of(calendar, calendar.assessment(assessment)).id))
    standing = {
        (row.cohort_id, row.phase): row
        for row in rows
        if row.kind == APPEAL_OVERDUE and row.cleared_at is None and row.cohort_id in terms
    }
    for cohort, phase in sorted(owed - {*standing}):
        yield NO_APPEAL_HOLD(cohort=cohorts[cohort], phase=phase)
    for key in sorted({*standing} - owed):
        yield OTHER_HOLD(id=standing[key].id, cohort=cohorts[key[0]], kind=APPEAL_OVERDUE)
