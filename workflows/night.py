"""The night: everything due up to an instant, for every cohort, however many nights were missed before it.

`begin` opens the night and lays out the cohorts with something due, found by one index; `advance_next` takes a batch of
them in one transaction, in as many processes as there are; `finish` closes it. `night` does all three. A cohort that fails is
rolled back alone, held with kind *error*, and tried again by the next night.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from calendars.messages import Wording, refuse
from models.database import BEGINNING, for_a_batch, not_to_blame, one_at_a_time, transaction
from models.nights import Hold, Night
from models.sweeping import seldom_swept
from models.terms import Cohort, CohortPhase, Programme
from workflows.advancing import Advance
from workflows.agenda import next_step
from workflows.appeals_due import due_cohorts, fall_due
from workflows.changes import Changes
from workflows.cohorts import CohortTerm, PhaseNow, load_terms, phases_of
from workflows.filing_calls import lapse_due, lapsed_between
from workflows.filing_reminding import remind_of_filings
from workflows.hold_kinds import ERROR
from workflows.journal import Journal
from workflows.night_batches import clear, lay_out, note_failure, report, reported, take
from workflows.organisations import load_tree, topmost_tier
from workflows.peer_rounds import deal_due
from workflows.sql import among

EARLIER = Wording(
    zh="不能推进到 {as_of}：已经推进到 {last}。夜间推进不能倒退",
    en="cannot advance to {as_of}: a night has already gone to {last}, and nights do not run backwards",
)


@dataclass(frozen=True)
class Plan:
    """A night that has begun: how many cohorts it must look at, in how many batches."""

    night_id: int
    as_of: datetime
    cohorts: int
    batches: int


def begin(session: Session, as_of: datetime, recorded_at: datetime, hands: int = 1) -> Plan:
    """Open a night for so many processes, let filings lapse whose deadline has come and deal out peer reviews: cohorts may
    wait for them. What an act has let lapse since the night before is counted with them. Raises Refused when `as_of` is
    earlier than a night that has run."""
    one_at_a_time(session.connection(), BEGINNING)
    last: Night | None = session.execute(select(Night).order_by(col(Night.id).desc()).limit(1)).scalar()
    if last is not None and as_of < last.as_of:
        raise refuse(EARLIER(as_of=as_of.isoformat(), last=last.as_of.isoformat()))
    lapse_due(session, as_of, recorded_at)
    changes = Changes(
        lapsed=lapsed_between(session, last.started_at if last else None, recorded_at),
        paired=deal_due(session, as_of, recorded_at),
        reminders=remind_of_filings(session, as_of, recorded_at),
    )
    night = Night(as_of=as_of, started_at=recorded_at, report=changes.as_json())
    session.add(night)
    session.flush()
    assert night.id is not None
    due = select(col(CohortPhase.cohort_id)).where(col(CohortPhase.next_due_at) <= as_of).distinct()
    found = sorted({*session.execute(due).scalars(), *due_cohorts(session, as_of)})
    return Plan(night.id, as_of, len(found), lay_out(session, night.id, found, hands))


def advance_next(engine: Engine, night_id: int, clock: Callable[[], datetime]) -> int:
    """Take the next batch of a night that nobody has in hand to the night's instant, in a transaction of its own. How many
    cohorts it had; 0 where there is none to take. What goes wrong with the whole of it is noted and raised."""
    number: int | None = None
    try:
        with transaction(engine) as session:
            for_a_batch(session)
            batch = take(session, night_id)
            if batch is None:
                return 0
            number = batch.number
            as_of = session.execute(select(col(Night.as_of)).where(col(Night.id) == night_id)).scalar_one()
            report(session, batch, advance(session, night_id, batch.cohorts, as_of, clock()))
    except Exception:
        if number is not None:
            with suppress(DBAPIError), transaction(engine) as session:
                note_failure(session, night_id, number)
        raise
    return len(batch.cohorts)


def advance(
    session: Session, night_id: int | None, cohort_ids: Sequence[int], as_of: datetime, recorded_at: datetime
) -> Changes:
    """Take a batch of cohorts to `as_of` inside the session's transaction. Doing it twice changes nothing. Without a
    night it is by a person's decision. Raises what is no cohort's fault but the database's."""
    try:
        with session.begin_nested(), seldom_swept():
            return _advance(session, night_id, cohort_ids, as_of, recorded_at)
    except Exception as error:  # noqa: BLE001  # whatever it was: find the cohort that fails, and let the others go on
        _let_go(error)
        session.expire_all()
    changes = Changes()
    for cohort_id in cohort_ids:
        changes += _advance_alone(session, night_id, cohort_id, as_of, recorded_at)
    return changes


def changed_so_far(session: Session, night_id: int) -> Changes:
    """What a night that is not finished has changed, in its beginning and in the batches that are done."""
    begun = session.execute(select(col(Night.report)).where(col(Night.id) == night_id)).scalar_one()
    return Changes.from_json(begun) + reported(session, night_id)


def finish(session: Session, night_id: int, recorded_at: datetime) -> Changes:
    """Close a night whose batches are all done: what it changed."""
    changes = changed_so_far(session, night_id)
    values = {"finished_at": recorded_at, "report": changes.as_json()}
    session.execute(update(Night).where(col(Night.id) == night_id).values(**values))
    clear(session, night_id, recorded_at)
    return changes


def night(
    engine: Engine,
    as_of: datetime,
    recorded_at: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> Changes:
    """Do everything due up to `as_of`, a transaction for each batch. `progress` hears cohorts done and in all."""
    with transaction(engine) as session:
        plan = begin(session, as_of, recorded_at)
    done = 0
    while count := advance_next(engine, plan.night_id, lambda: recorded_at):
        done += count
        if progress is not None:
            progress(done, plan.cohorts)
    with transaction(engine) as session:
        return finish(session, plan.night_id, recorded_at)


def _advance(
    session: Session, night_id: int | None, cohort_ids: Sequence[int], as_of: datetime, recorded_at: datetime
) -> Changes:
    terms = load_terms(session, _behind(session, cohort_ids, as_of))
    before = {(term.id, name): copy(phase) for term in terms for name, phase in term.phases.items()}
    journal = Journal(night_id, recorded_at)
    going = {term.id: term for term in terms}
    changes = Advance(session, going, as_of, recorded_at, journal, load_tree(session)).run()
    journal.write(session)
    _write_phases(session, terms, before)
    changes += fall_due(session, [*going], as_of, recorded_at)
    session.execute(update(Cohort).where(among(col(Cohort.id), going)).values(advanced_to=as_of))
    return changes + Changes(holds_cleared=_clear_errors(session, terms, as_of))


def _behind(session: Session, cohort_ids: Sequence[int], as_of: datetime) -> list[int]:
    """Those that have not been taken further already, as by a decision after the instant of a late night. Nobody
    else moves them until this transaction ends."""
    behind = col(Cohort.advanced_to).is_(None) | (col(Cohort.advanced_to) <= as_of)
    return list(
        session.execute(
            select(col(Cohort.id)).where(among(col(Cohort.id), cohort_ids), behind)
            .order_by(col(Cohort.id)).with_for_update()
        ).scalars()
    )  # fmt: skip


def _write_phases(
    session: Session, terms: Sequence[CohortTerm], before: dict[tuple[int, str], PhaseNow]
) -> None:
    table = CohortPhase.__table__  # type: ignore[attr-defined]
    columns = (
        "state",
        "held_from",
        "opens_at",
        "closes_at",
        "locks_at",
        "done_at",
        "next_due_at",
        "reminded_at",
    )
    changed = [
        {"_cohort": term.id, "_phase": name} | {column: getattr(phase, column) for column in columns}
        for term in terms
        for name, phase in term.phases.items()
        if phase != before[term.id, name]
    ]
    if changed:
        statement = (
            update(table)
            .where(table.c.cohort_id == bindparam("_cohort"), table.c.phase == bindparam("_phase"))
            .values({column: bindparam(column) for column in columns})
        )
        session.connection().execute(statement, changed)


def _advance_alone(
    session: Session, night_id: int | None, cohort_id: int, as_of: datetime, recorded_at: datetime
) -> Changes:
    """One cohort in a transaction within the transaction; if it fails, nothing of it stays but the hold."""
    try:
        with session.begin_nested():
            return _advance(session, night_id, [cohort_id], as_of, recorded_at)
    except Exception as error:  # noqa: BLE001  # it becomes a hold that an administrator sees
        _let_go(error)
        session.expire_all()
        return _hold_for_error(session, cohort_id, type(error).__name__, as_of, recorded_at)


def _let_go(error: Exception) -> None:
    """Raise what none of the cohorts is to blame for."""
    if (fault := not_to_blame(error)) is not None:
        raise fault


def _hold_for_error(
    session: Session, cohort_id: int, error: str, as_of: datetime, recorded_at: datetime
) -> Changes:
    """A hold of kind error, from stored rows alone: what failed may be the reading of the calendar. It names the
    kind of error alone: an error's text might hold somebody's data."""
    name, organisation, programme = session.execute(
        select(col(Cohort.name), col(Cohort.organisation_id), col(Programme.slug))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(col(Cohort.id) == cohort_id)
    ).one()
    changes = Changes(failed=Counter({f"{programme}|{name}": 1}))
    if session.execute(select(col(Hold.id)).where(*_open_errors([cohort_id]))).first() is None:
        phases = phases_of(session, [cohort_id])[cohort_id].values()
        phase = min(phases, key=lambda one: (one.next_due_at is None, one.next_due_at or as_of, one.position))
        session.add(
            Hold(
                cohort_id=cohort_id, phase=phase.phase, kind=ERROR.name, step=next_step(phase) or "",
                waits_on=topmost_tier(session, organisation), detail=json.dumps({"error": error}), opened_at=as_of,
                recorded_at=recorded_at,
            )
        )  # fmt: skip
        changes.holds_opened[f"{programme}|{ERROR.name}"] += 1
    return changes


def _clear_errors(session: Session, terms: Sequence[CohortTerm], as_of: datetime) -> Counter[str]:
    """What failed last night has gone through."""
    programmes = {term.id: term.calendar.programme for term in terms}
    cleared = session.execute(
        update(Hold).where(*_open_errors(list(programmes))).values(cleared_at=as_of, cleared_by="itself")
        .returning(col(Hold.cohort_id))
    ).scalars()  # fmt: skip
    return Counter(f"{programmes[cohort]}|{ERROR.name}" for cohort in cleared)


def _open_errors(cohort_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        among(col(Hold.cohort_id), cohort_ids),
        col(Hold.kind) == ERROR.name,
        col(Hold.cleared_at).is_(None),
    )
