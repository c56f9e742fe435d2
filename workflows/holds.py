"""Holds: why a cohort does not move on, since when, on whom it waits, what would clear it.

The night opens and clears holds by the rows of `hold_kinds`; it knows no kind by name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.quantities import shown
from calendars.term import Gate, TermCalendar
from models.nights import Hold
from models.people import Organisation
from models.terms import Cohort, Programme
from workflows import conditions
from workflows.cohorts import CohortTerm
from workflows.filing_gates import told_stands
from workflows.hold_kinds import BY_CONDITION, BY_NAME, TO_BE_LOOKED_AT, Kind, actions_of
from workflows.parties import party
from workflows.peer_gates import review_named, told_peers
from workflows.penalties import TO_BE_DECIDED
from workflows.publishing import readable_calendar

# What an error is in plain words, by its name; its own text might hold somebody's data.
ERRORS = {
    "Refused": Wording("这个版本的程序读不懂它的学期日历", "this version of the program cannot read its term calendar"),
    "OperationalError": Wording("数据库没有应答", "the database did not answer"),
    "MemoryError": Wording("内存不足", "there is not enough memory"),
}  # fmt: skip

START_AND_END = Wording("本阶段的起止日期", "the start and end of this phase have")
LOCK_OF = Wording("锁定时间“{cutoff}”", "the date of the lock {cutoff!r} has")
DEADLINE_OF = Wording("“{work}”的截止时间", "the deadline of {work} has")
AT_ORGANISATIONS = Wording(zh="，涉及：{names}", en=", at: {names}")


@dataclass(frozen=True)
class Guard:
    """One thing that must hold before a step of a phase: the kind of hold if it does not, and on whom it waits."""

    kind: Kind
    waits_on: str
    gate: Gate | None = None


def guards(term: CohortTerm, phase_id: str, step: str) -> list[Guard]:
    """What the calendar asks before a phase opens, closes or locks, the dates first."""
    calendar = term.calendar
    locks = step == "lock" and calendar.phase(phase_id).locks is not None
    found = [Guard(BY_CONDITION["dates set"], calendar.tiers[0])] if step == "open" or locks else []
    places: dict[str, set[str | None]] = {
        "open": {phase_id, f"start of {phase_id}"},
        "close": {f"end of {phase_id}"},
        "lock": {calendar.phase(phase_id).locks},
    }
    names = places.get(step, set())
    for gate in calendar.gates:
        if gate.before in names:
            guard = Guard(BY_CONDITION[gate.require], gate.waits_on, gate)
            found = [*(known for known in found if known.kind is not guard.kind), guard]
    return [*found, *_penalties(calendar, phase_id), *_likeness(calendar, phase_id)] if locks else found


def _penalties(calendar: TermCalendar, phase_id: str) -> list[Guard]:
    """No lock passes over a penalty that a person has to decide."""
    cutoff = calendar.phase(phase_id).locks
    asking = [
        penalty
        for penalty in calendar.penalties
        if penalty.undecided == "hold" and calendar.assessment(penalty.of).locks == cutoff
    ]
    return [Guard(BY_NAME[TO_BE_DECIDED], penalty.waits_on) for penalty in asking[:1]]


def _likeness(calendar: TermCalendar, phase_id: str) -> list[Guard]:
    """No lock passes over texts that a person has to look at."""
    asking = conditions.likeness_before(calendar, calendar.phase(phase_id).locks)
    return [Guard(BY_NAME[TO_BE_LOOKED_AT], likeness.waits_on) for likeness in asking[:1]]


@dataclass(frozen=True)
class OpenHold:
    """An open hold as an office sees it: names and figures, nothing personal."""

    id: int
    programme: str
    programme_name: str
    cohort_id: int
    cohort: str
    phase: str
    phase_name: str
    kind: str
    label: Message
    since: datetime
    waits_on: str
    waits_on_name: Message
    organisations: tuple[str, ...]
    explanation: Message
    clears: Message
    actions: tuple[str, ...]


def open_holds(session: Session, programme: str | None = None, cohort: str | None = None) -> list[OpenHold]:
    """Every open hold, the oldest first."""
    statement = (
        select(Hold, Cohort, col(Programme.slug))
        .join(Cohort, col(Cohort.id) == col(Hold.cohort_id))
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(col(Hold.cleared_at).is_(None))
        .order_by(col(Hold.opened_at), col(Hold.id))
    )
    if programme:
        statement = statement.where(col(Programme.slug) == programme)
    if cohort:
        statement = statement.where(col(Cohort.name) == cohort)
    rows = session.execute(statement).all()
    wanted = {number for hold, _, _ in rows for number in json.loads(hold.detail).get("organisations", [])}
    names = _organisation_names(session, wanted)
    calendars = {
        edition: readable_calendar(session, edition)
        for edition in {cohort.edition_id for _, cohort, _ in rows}
    }
    return [_as_seen(calendars[cohort.edition_id], hold, cohort, slug, names) for hold, cohort, slug in rows]


def _as_seen(
    calendar: TermCalendar | None, hold: Hold, cohort: Cohort, slug: str, names: dict[int, str]
) -> OpenHold:
    """In the calendar's words; where it cannot be read, which is itself a cause of errors, by the ids."""
    detail = json.loads(hold.detail)
    kind = BY_NAME[hold.kind]
    organisations = tuple(names[number] for number in detail.get("organisations", []))
    waits_on = party(calendar, hold.waits_on)
    at = AT_ORGANISATIONS(names=organisations) if organisations else ""
    cutoff = detail.get("cutoff")
    tasks = [_task_name(calendar, task) for task in detail.get("tasks", ())]
    facts: dict[str, object] = {
        "dates": LOCK_OF(cutoff=cutoff) if cutoff else DEADLINE_OF(work=tasks) if tasks else START_AND_END(),
        "how": f"extend {cutoff}" if cutoff else "set-dates",
        "count": detail.get("count", 0),
        "organisations": at,
        "error": ERRORS[detail["error"]]() if detail.get("error") in ERRORS else detail.get("error", ""),
        "waits_on": waits_on,
        "filing": _filing_name(calendar, detail.get("filing", "")),
        "stands": told_stands(calendar, detail),
        "peers": review_named(calendar, detail),
        "owes": told_peers(detail),
        "alike": shown(max((share for *_, share in detail.get("alike", ())), default=0)),
        "steps": [_step_name(calendar, step) for step in detail.get("steps", ())],
    }
    assert hold.id is not None
    assert cohort.id is not None
    return OpenHold(
        id=hold.id, programme=slug, programme_name=calendar.name if calendar else slug, cohort_id=cohort.id,
        cohort=cohort.name, phase=hold.phase,
        phase_name=calendar.phase(hold.phase).name if calendar else hold.phase, kind=kind.name, label=kind.label(),
        since=hold.opened_at, waits_on=hold.waits_on,
        waits_on_name=waits_on,
        organisations=organisations, explanation=kind.explains(**facts), clears=kind.clears(**facts),
        actions=actions_of(kind, detail),
    )  # fmt: skip


def _task_name(calendar: TermCalendar | None, task: str) -> str:
    return calendar.task(task).name if calendar else task


def _filing_name(calendar: TermCalendar | None, filing: str) -> str:
    return calendar.filing(filing).name if calendar and filing else filing


def listed_steps(hold: Hold) -> list[str]:
    """The steps of lesson studies that a hold is about, as `STUDY.STEP`."""
    return list(json.loads(hold.detail).get("steps", ()))


def _step_name(calendar: TermCalendar | None, named: str) -> str:
    study, _, step = named.partition(".")
    return calendar.lesson_study(study).step(step).name if calendar else step


def _organisation_names(session: Session, wanted: set[int]) -> dict[int, str]:
    rows = session.execute(
        select(col(Organisation.id), col(Organisation.name)).where(col(Organisation.id).in_(sorted(wanted)))
    )
    return {row[0]: row[1] for row in rows}


def holds_of(session: Session, cohort_id: int) -> set[int]:
    """Every hold that a cohort has had."""
    return set(session.execute(select(col(Hold.id)).where(col(Hold.cohort_id) == cohort_id)).scalars())
