"""How the run of a hold ends: *Cleared* by itself and why, or *Resolved* by whose decision."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Locale, Message, Wording
from calendars.spoken_times import shown, shown_end
from flows.settings import OfficeSettings
from models.nights import Hold, Resolution
from models.types import instant
from workflows.cases import LABELS
from workflows.hold_kinds import BY_NAME

CLEARED = "Cleared"
RESOLVED = "Resolved"

BY_ITSELF = Wording("{at} 起：{why}", "{why}, as of {at}")
BY_DECISION = Wording("{at} 起生效，记录第{number}号", "in force since {at}; record {number}")
SAID = Wording("{action}，{name}", "{action}, by {name}")
SAID_UNTIL = Wording("{action}到 {until}，{name}", "{action} to {until}, by {name}")
FEW = Wording("卡住的班级不再那么多", "fewer cohorts are stuck again")
GONE = Wording("这个卡住已经不在记录里", "this hold is on record no more")


@dataclass(frozen=True)
class Ending:
    """The last state of a run: its name, why, and the tag in the place of `stuck`."""

    name: str
    message: str
    tag: str


def few_again(settings: OfficeSettings) -> Ending:
    """How the run that sums up ends."""
    return Ending(CLEARED, FEW().text(settings.locale), CLEARED.lower())


def ending_of(session: Session, settings: OfficeSettings, hold_id: int) -> Ending | None:
    """How a hold came to its end, or None while it is open."""
    hold = session.get(Hold, hold_id)
    locale = settings.locale
    if hold is None:
        return Ending(CLEARED, GONE().text(locale), CLEARED.lower())
    if hold.cleared_at is None:
        return None
    decision = _decision(session, hold)
    if decision is None:
        facts = {"why": BY_NAME[hold.kind].gone(), "at": shown(hold.cleared_at, settings.zoneinfo)}
        return Ending(CLEARED, BY_ITSELF(**facts).text(locale), CLEARED.lower())
    at = shown(decision.effective_at, settings.zoneinfo)
    message = BY_DECISION(at=at, number=decision.id).text(locale)
    return Ending(f"{RESOLVED}: {decided_in_words(decision, settings, locale)}", message, RESOLVED.lower())


def decided_in_words(decision: Resolution, settings: OfficeSettings, locale: Locale) -> str:
    """`extend to 2024-12-20 24:00, by 王主任`."""
    dates = [instant(value) for value in json.loads(decision.dates).values()]
    action: Message = LABELS[decision.action]()
    if not dates:
        return SAID(action=action, name=decision.name).text(locale)
    until = shown_end(max(dates), settings.zoneinfo)
    return SAID_UNTIL(action=action, until=until, name=decision.name).text(locale)


def _decision(session: Session, hold: Hold) -> Resolution | None:
    """The decision that cleared a hold: said about it in its form, or about its phase for that very instant."""
    if hold.cleared_by == "itself":
        return None
    decisions = session.execute(
        select(Resolution)
        .where(
            col(Resolution.cohort_id) == hold.cohort_id,
            col(Resolution.action) == hold.cleared_by,
            col(Resolution.effective_at) <= hold.cleared_at,
            (col(Resolution.hold_id) == hold.id) | (col(Resolution.phase) == hold.phase),
        )
        .order_by(col(Resolution.effective_at).desc(), col(Resolution.id).desc())
    ).scalars()
    return next(iter(decisions), None)
