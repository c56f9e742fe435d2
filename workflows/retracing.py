"""Whether what stands in a row follows from what is kept for ever: the steps of a case or an appeal, the moves of a phase or of a
person's status, and the decisions about single people with the records that they made or refused.

A row that says where something stands is there for lists and nights alone; a change in it behind everybody's back is found
by going through the steps again, by the machine's own table.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from models.appeals import Appeal, AppealStep
from models.exceptions import PersonException
from models.filings import Filing, FilingStep
from models.nights import TransitionLog
from models.terms import Cohort
from models.verdicts import Seal
from models.work import Evidence, ImportBatch, Source
from workflows.basis import Basis
from workflows.exceptions import ACCEPTED
from workflows.facts import ENROLMENT
from workflows.machines import APPEAL, FILING, ImpossibleMove, Table, move
from workflows.machines import ENROLMENT as STATUSES
from workflows.person_status import prior_reference
from workflows.retracing_filings import filings_retraced
from workflows.retracing_phases import phases_retraced

OTHER_CASE = Wording(
    zh="上报 {id} 的状态不能由它的各步得出", en="what filing {id} says does not follow from its steps"
)
OTHER_APPEAL = Wording(
    zh="申诉 {id} 的状态不能由它的各步得出", en="what appeal {id} says does not follow from its steps"
)
NOT_CORRECTED = Wording(
    zh="申诉 {id} 已决定成立，却没有封存的更正", en="appeal {id} was granted, and no correction is sealed"
)
OTHER_STATUS = Wording(
    zh="参训编号 {id} 的状态与记下的变动不符", en="the status of enrolment {id} is not what its moves say"
)
NO_MOVE = Wording(
    zh="对参训编号 {id} 的决定（{kind}）没有相应的变动或记录",
    en="a decision about enrolment {id} ({kind}) has no move or record that belongs to it",
)
UNKEPT = Wording(
    zh="参训编号 {id} 的状态变动（{kind}）没有留下决定",
    en="a move of enrolment {id} ({kind}) was decided, and no decision is kept",
)
NO_DECISION = Wording(
    zh="参训编号 {id} 的认定记录 {reference} 没有相应的决定，或与决定不符",
    en="the accepted record {reference} of enrolment {id} has no decision, or not this one",
)

APART = ("exempt", "withdrawn", "transferred")  # states of who takes no part
MOVING = ("exempt", "readmit", "withdraw", "transfer", "return")  # decisions that move a status


def retraced(session: Session, programme_id: int) -> Iterator[Message]:
    """Everything in a programme that does not follow from what was done."""
    yield from _cases(session, programme_id)
    yield from _appeals(session, programme_id)
    yield from _statuses(session, programme_id)
    yield from _decisions(session, programme_id)
    yield from _accepted(session, programme_id)
    yield from phases_retraced(session, programme_id)
    yield from filings_retraced(session, programme_id)


@dataclass
class _Going:
    """Something that goes through its steps again."""

    state: str
    held_from: str | None = None


def _cases(session: Session, programme_id: int) -> Iterator[Message]:
    rows = session.execute(
        select(
            col(Filing.id), col(Filing.state), col(Filing.stands_at), col(FilingStep.number), col(FilingStep.act),
            col(FilingStep.state), col(FilingStep.effective_at), col(FilingStep.stands_at),
        )
        .outerjoin(FilingStep, col(FilingStep.filing_id) == col(Filing.id))
        .where(col(Filing.programme_id) == programme_id)
        .order_by(col(Filing.id), col(FilingStep.number))
    )  # fmt: skip
    for (number, state, stands_at), found in groupby(rows, key=itemgetter(0, 1, 2)):
        steps = [row[3:] for row in found if row[3] is not None]
        acts, times = [(step[1], step[2]) for step in steps], [step[3] for step in steps]
        last = steps[-1][-1] if steps else stands_at
        whole = [step[0] for step in steps] == [*range(1, len(steps) + 1)] and times == sorted(times)
        if not whole or stands_at != last or _comes_to(FILING, acts) != state:
            yield OTHER_CASE(id=number)


def _comes_to(table: Table, acts: Iterable[tuple[str, str | None]]) -> str | None:
    """The state at the end of these acts, each with the state that it says it came to; None where one is impossible."""
    going = _Going(table.initial)
    for act, said in acts:
        before = going.state
        try:
            move(table, going, act)
        except ImpossibleMove:
            return None
        if said not in (None, going.state):
            return None
        going.held_from = before if act == "lapse" else None
    return going.state


def _appeals(session: Session, programme_id: int) -> Iterator[Message]:
    rows = session.execute(
        select(col(Appeal.id), col(Appeal.state), col(AppealStep.number), col(AppealStep.act), col(AppealStep.id))
        .join(ENROLMENT, ENROLMENT.c.id == col(Appeal.enrolment_id))
        .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
        .outerjoin(AppealStep, col(AppealStep.appeal_id) == col(Appeal.id))
        .where(col(Cohort.programme_id) == programme_id)
        .order_by(col(Appeal.id), col(AppealStep.number))
    ).all()  # fmt: skip
    corrected = _corrected(session, programme_id) if rows else set()
    for (number, state), found in groupby(rows, key=itemgetter(0, 1)):
        steps = [row[2:] for row in found]
        acts = [(act, None) for _, act, _ in steps[1:]]
        whole = [step[0] for step in steps] == [*range(1, len(steps) + 1)]
        if not whole or steps[0][1] != "file" or _comes_to(APPEAL, acts) != state:
            yield OTHER_APPEAL(id=number)
        elif any(act == "grant" and step not in corrected for _, act, step in steps):
            yield NOT_CORRECTED(id=number)


def _corrected(session: Session, programme_id: int) -> set[int]:
    """The steps of appeals on which a sealed correction rests."""
    bases = select(col(Seal.basis)).join(Cohort, col(Cohort.id) == col(Seal.cohort_id))
    corrections = (
        Basis.from_json(basis).correction
        for basis in session.execute(bases.where(col(Cohort.programme_id) == programme_id)).scalars()
        if isinstance(json.loads(basis), dict)
    )
    return {one.decided[1] for one in corrections if one is not None and one.decided[0] == "appeal"}


def _statuses(session: Session, programme_id: int) -> Iterator[Message]:
    """Who has moved stands where the last move led; who has not stands at the beginning, or where a transfer began. Who takes
    no part has left, and nobody else."""
    last = (
        select(col(TransitionLog.enrolment_id).label("of"), func.max(col(TransitionLog.id)).label("id"))
        .join(Cohort, col(Cohort.id) == col(TransitionLog.cohort_id))
        .where(col(Cohort.programme_id) == programme_id, col(TransitionLog.machine) == STATUSES.name)
        .group_by(col(TransitionLog.enrolment_id))
        .subquery("last")
    )
    led_to = func.coalesce(col(TransitionLog.target), STATUSES.initial)
    left = ENROLMENT.c.left_at.is_not(None)
    rows = session.execute(
        select(ENROLMENT.c.id, ENROLMENT.c.status, ENROLMENT.c.left_at, col(TransitionLog.target))
        .outerjoin(last, last.c.of == ENROLMENT.c.id)
        .outerjoin(TransitionLog, col(TransitionLog.id) == last.c.id)
        .where(
            _of_programme(programme_id),
            or_(led_to != ENROLMENT.c.status, ENROLMENT.c.status.in_(APART) != left),
        )
        .order_by(ENROLMENT.c.id)
    ).all()
    came = _came_as(session, programme_id) if rows else {}
    for number, status, left_at, led in rows:
        if led is not None or came.get(number) != status or left_at is not None:
            yield OTHER_STATUS(id=number)


def _came_as(session: Session, programme_id: int) -> dict[int, str]:
    """With which status each enrolment began that a transfer made."""
    moves = {
        (enrolment, at): source
        for enrolment, trigger, at, source in _moves(session, programme_id)
        if trigger == "transfer"
    }
    rows = session.execute(
        select(col(PersonException.to_enrolment_id), col(PersonException.enrolment_id), col(PersonException.effective_at))
        .where(col(PersonException.kind) == "transfer").order_by(col(PersonException.id).desc())
    )  # fmt: skip
    return {to: moves[left, at] for to, left, at in rows if (left, at) in moves}


def _moves(session: Session, programme_id: int) -> list[tuple[int, str, datetime, str]]:
    """Every move of a status that a person decided: enrolment, trigger, when, and from where."""
    rows = session.execute(
        select(
            col(TransitionLog.enrolment_id), col(TransitionLog.trigger), col(TransitionLog.effective_at),
            col(TransitionLog.source),
        )
        .join(Cohort, col(Cohort.id) == col(TransitionLog.cohort_id))
        .where(col(Cohort.programme_id) == programme_id, col(TransitionLog.trigger).in_(MOVING))
    )  # fmt: skip
    return [tuple(row) for row in rows]


def _decisions(session: Session, programme_id: int) -> Iterator[Message]:
    """Each decision that moved somebody has its move, and each that refused work has what it refused."""
    rows = session.execute(
        select(
            col(PersonException.enrolment_id), col(PersonException.kind), col(PersonException.effective_at)
        )
        .join(ENROLMENT, ENROLMENT.c.id == col(PersonException.enrolment_id))
        .where(_of_programme(programme_id), col(PersonException.kind).in_([*MOVING, "refuse"]))
        .order_by(col(PersonException.id))
    ).all()
    done = {(enrolment, trigger, at) for enrolment, trigger, at, _ in _moves(session, programme_id)}
    refusing = [enrolment for enrolment, kind, _ in rows if kind == "refuse"]
    withdrawn = select(col(Evidence.enrolment_id), col(Evidence.withdrawn_at)).where(
        col(Evidence.enrolment_id).in_(refusing), col(Evidence.withdrawn_at).is_not(None)
    )
    done |= {(enrolment, "refuse", at) for enrolment, at in session.execute(withdrawn)} if refusing else set()
    for row in rows:
        if tuple(row) not in done:
            yield NO_MOVE(id=row[0], kind=row[1])
    kept = {tuple(row) for row in rows} | _by_roster(session, programme_id, done)
    yield from (UNKEPT(id=row[0], kind=row[1]) for row in sorted(done - kept) if row[1] in MOVING)


def _by_roster(
    session: Session, programme_id: int, moves: Collection[tuple[int, str, datetime]]
) -> set[tuple[int, str, datetime]]:
    """The moves that a roster said, in place of a decision: as of the instant at which one was received."""
    received = select(col(ImportBatch.received_at)).where(
        col(ImportBatch.programme_id) == programme_id, col(ImportBatch.kind) == "roster"
    )
    rosters = set(session.execute(received.distinct()).scalars()) if moves else set()
    return {move for move in moves if move[2] in rosters}


def _accepted(session: Session, programme_id: int) -> Iterator[Message]:
    """Accepted prior work and the decisions that accepted it: each of one has the other, with the same amount."""
    rows = session.execute(
        select(col(Evidence.enrolment_id), col(Evidence.reference), col(Evidence.amount))
        .join(Source, col(Source.id) == col(Evidence.source_id))
        .where(col(Source.programme_id) == programme_id, col(Source.name) == ACCEPTED)
    ).all()
    made = select(col(PersonException.id), col(PersonException.enrolment_id), col(PersonException.amount))
    decided = {
        prior_reference(number): (enrolment, amount)
        for number, enrolment, amount in session.execute(
            made.join(ENROLMENT, ENROLMENT.c.id == col(PersonException.enrolment_id)).where(
                _of_programme(programme_id), col(PersonException.kind) == "prior"
            )
        )
    }
    for enrolment, reference, amount in rows:
        if decided.get(reference, (0, None))[1] != amount:
            yield NO_DECISION(id=enrolment, reference=reference)
    there = {(reference, enrolment) for enrolment, reference, _ in rows}
    for reference, (enrolment, _) in decided.items():
        if (reference, enrolment) not in there:
            yield NO_MOVE(id=enrolment, kind=reference)


def _of_programme(programme_id: int) -> Any:
    cohorts = select(col(Cohort.id)).where(col(Cohort.programme_id) == programme_id)
    return ENROLMENT.c.cohort_id.in_(cohorts)
