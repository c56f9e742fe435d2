"""A person's answer to one hold, carried out at once: decided, and the cohort taken on as of now.

The night would do the same at its hour. Here nothing is kept unless the answer lets the cohort go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from calendars.messages import Message, Wording, refuse
from calendars.schedule import Moment, Unset
from models.nights import Hold, Resolution
from models.terms import Cohort
from workflows import resolving
from workflows.appeals_due import extend_all
from workflows.changes import Changes
from workflows.cohorts import CohortTerm
from workflows.hold_kinds import APPEAL_OVERDUE, ERROR
from workflows.holds import open_holds
from workflows.lesson_acts import due_of_listed, extend_listed
from workflows.lesson_studies import STEP_NOT_DONE
from workflows.looking import look_now
from workflows.penalties import TO_BE_DECIDED
from workflows.punishing import decide_all
from workflows.resolving import NO_HOLD, Decision
from workflows.review_done import review_done
from workflows.scopes import require_cohorts

STILL_HELD = Wording(
    zh="这样决定以后仍然卡住：{why}。没有保存这个决定",
    en="the cohort would still be stuck: {why}. Nothing was kept of this decision",
)
LISTED = Wording(zh="{first}；{rest}", en="{first}; {rest}")
NO_INSTANT = Wording(zh="请写时间", en="say until when")
NO_START = Wording(zh="请写开始时间", en="say when it begins")


@dataclass(frozen=True)
class Answer:
    """What is decided: `to` for extend, `opens` and perhaps `closes` for set dates, UTC, ends exclusive."""

    action: str
    to: datetime | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    phase: str | None = None  # whose dates are set, if not the held phase's own


@dataclass(frozen=True)
class Outcome:
    """What came of it. `held` says that something else holds the same phase for the same reason still."""

    resolution: int
    changes: Changes
    held: bool


def answer_hold(session: Session, hold_id: int, answer: Answer, by: Decision) -> Outcome:
    """Decide about an open hold and take its cohort on to the instant of the decision. Raises Refused, and then the
    caller's transaction must not be kept, where the answer will not do or leaves the cohort where it is."""
    hold = session.get(Hold, hold_id)
    if hold is None or hold.cleared_at is not None:
        raise refuse(NO_HOLD(id=hold_id))
    cohort = session.get_one(Cohort, hold.cohort_id)
    require_cohorts(session, [cohort])
    act = _OF_KIND.get((hold.kind, answer.action)) or _ACTIONS[answer.action]
    resolution = act(session, cohort, hold, answer, replace(by, hold_id=hold_id))
    number = resolution.id
    assert number is not None
    changes = look_now(session, hold.cohort_id, by.effective_at, by.recorded_at)
    session.expire_all()
    held = session.get_one(Hold, hold_id).cleared_at is None
    if held and answer.action != "set dates":
        raise refuse(STILL_HELD(why=holding_it(session, hold.cohort_id)))
    session.execute(
        update(Hold)
        .where(col(Hold.id) == hold_id, col(Hold.cleared_by) == "itself")
        .values(cleared_by=answer.action)
    )
    return Outcome(number, changes, held)


def extends_from(term: CohortTerm, hold: Hold) -> Moment:
    """Which date an extension of a hold moves to a later one."""
    if hold.kind == STEP_NOT_DONE:
        return due_of_listed(term, hold) or Unset.TO_BE_DETERMINED
    return standing_date(term, extension_key(term, hold))


def extension_key(term: CohortTerm, hold: Hold) -> str:
    """Which date a hold is extended by: that of the step which could not be made."""
    cutoff = term.calendar.phase(hold.phase).locks
    return {
        "open": f"{hold.phase}.start",
        "close": f"{hold.phase}.end",
        "lock": cutoff or f"{hold.phase}.end",
    }[hold.step]


def standing_date(term: CohortTerm, key: str) -> Moment:
    """What the date of this key is now, in the cohort's own schedule."""
    schedule = term.schedule()
    phase, _, edge = key.partition(".")
    if not edge:
        return schedule.cutoffs[key]
    return schedule.phases[phase].opens if edge == "start" else schedule.phases[phase].closes


def holding_it(session: Session, cohort_id: int, phases: Collection[str] | None = None) -> Message | str:
    """Everything that holds a cohort, or these phases of it, in a line."""
    told: Message | str = ""
    for hold in open_holds(session, cohort=session.get_one(Cohort, cohort_id).name):
        concerned = phases is None or hold.phase in phases or hold.kind == ERROR.name
        if hold.cohort_id == cohort_id and concerned:
            told = LISTED(first=told, rest=hold.explanation) if told else hold.explanation
    return told


Act = Callable[[Session, Cohort, Hold, Answer, Decision], Resolution]


def _extend(session: Session, cohort: Cohort, hold: Hold, answer: Answer, by: Decision) -> Resolution:
    if answer.to is None:
        raise refuse(NO_INSTANT())
    key = extension_key(resolving.term_as_decided(session, cohort.id), hold)
    return resolving.extend(session, cohort, key, answer.to, by)


def _set_dates(session: Session, cohort: Cohort, hold: Hold, answer: Answer, by: Decision) -> Resolution:
    if answer.opens is None:
        raise refuse(NO_START())
    phase = answer.phase or hold.phase
    return resolving.set_dates(session, cohort, phase, answer.opens, answer.closes, by)


def _cancel(session: Session, cohort: Cohort, hold: Hold, _answer: Answer, by: Decision) -> Resolution:
    return resolving.cancel(session, cohort, hold.phase, by)


def _by_hold(decide: Callable[[Session, Cohort, int, Decision], Resolution]) -> Act:
    def act(session: Session, cohort: Cohort, hold: Hold, _answer: Answer, by: Decision) -> Resolution:
        assert hold.id is not None
        return decide(session, cohort, hold.id, by)

    return act


def _about_penalties(action: str) -> Act:
    def act(session: Session, cohort: Cohort, hold: Hold, answer: Answer, by: Decision) -> Resolution:
        return decide_all(session, cohort, hold, action, by, answer.to)

    return act


def _about_appeals(session: Session, cohort: Cohort, hold: Hold, answer: Answer, by: Decision) -> Resolution:
    if answer.to is None:
        raise refuse(NO_INSTANT())
    return extend_all(session, cohort, hold, answer.to, by)


def _reviewed(session: Session, cohort: Cohort, hold: Hold, _answer: Answer, by: Decision) -> Resolution:
    return review_done(session, cohort, hold.phase, by)


def _extend_steps(session: Session, _cohort: Cohort, hold: Hold, answer: Answer, by: Decision) -> Resolution:
    return extend_listed(session, hold, answer.to, by)


# What is decided otherwise of one kind of hold.
_OF_KIND: dict[tuple[str, str], Act] = {
    **{(TO_BE_DECIDED, action): _about_penalties(action) for action in ("apply", "waive", "extend")},
    (APPEAL_OVERDUE, "extend"): _about_appeals,
    (STEP_NOT_DONE, "extend"): _extend_steps,
}
_ACTIONS: dict[str, Act] = {
    "set dates": _set_dates,
    "extend": _extend,
    "waive": _by_hold(resolving.waive),
    "accept": _by_hold(resolving.accept),
    "done": _reviewed,
    "retry": _by_hold(resolving.retry),
    "cancel": _cancel,
}


def cohort_of(session: Session, hold_id: int) -> int | None:
    """The cohort that a hold is about."""
    found = session.execute(select(col(Hold.cohort_id)).where(col(Hold.id) == hold_id)).scalar_one_or_none()
    return None if found is None else int(found)
