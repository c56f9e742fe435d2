"""What a row of a roster says of somebody's status: which moves it can make, and since when the person is apart."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from calendars.messages import Message, Wording
from calendars.term import TermCalendar
from exchange.forms import STATUSES
from exchange.organisations import Path
from exchange.registered import Enrolled, Reached
from models.types import instant
from models.work import Enrolment
from workflows.exceptions import SEALED_MEANWHILE
from workflows.facts import TAKING_PART
from workflows.machines import ENROLMENT, bulk_moves
from workflows.person_status import sealed_since

NO_WAY_BACK = Wording(
    zh="{name} 的状态是“{before}”，不能改为“{after}”", en="{name} is {before} and cannot become {after}"
)

APART = ("exempt", "withdrawn")  # the states of who takes no part any more
_TRIGGERS = {
    pair: trigger for trigger in ("exempt", "readmit", "withdraw") for pair in bulk_moves(ENROLMENT, trigger)
}
_LABELS = {state.name: state.label for state in ENROLMENT.states}


class Entrant(NamedTuple):
    """One checked row of a roster. `joined` in seconds; None is not said, as with `status`."""

    line: int
    number: str
    name: str
    reached: Reached
    role: str
    cohort: str
    where: Path
    joined: int | None
    status: str | None
    reason: str | None
    hours: int | None = None  # of an exemption, in hundredths


class Moved(NamedTuple):
    """One enrolment whose status a row changes."""

    cohort: int
    enrolment: int
    source: str
    target: str
    entrant: Entrant

    @property
    def trigger(self) -> str:
        return _TRIGGERS[self.source, self.target]


def changes_status(entrant: Entrant, former: Enrolled) -> bool:
    """Whether a row says another status. `enrolled` in a roster means taking part, however far on."""
    if entrant.status is None or entrant.status == former.status:
        return False
    return not (entrant.status == "enrolled" and former.status in TAKING_PART)


def why_not(session: Session, entrant: Entrant, former: Enrolled, calendar: TermCalendar) -> Message | None:
    """What speaks against another status: no such move, or an exemption during which scores were sealed."""
    trigger = _TRIGGERS.get((former.status, str(entrant.status)))
    if trigger is None:
        after = STATUSES[entrant.status or "enrolled"]()
        return NO_WAY_BACK(name=entrant.name, before=_LABELS[former.status](), after=after)
    if trigger != "readmit":
        return None
    missed = sealed_since(session, session.get_one(Enrolment, former.id))
    if missed is None:
        return None
    return SEALED_MEANWHILE(assessment=calendar.assessment(missed).name or missed)


def apart_since(former: Enrolled, target: str, received: int) -> datetime | None:
    """When somebody has left by a row that was received in that second; None for who takes part. Who was apart already
    stays so since then."""
    if target in TAKING_PART:
        return None
    if former.left is not None and target == former.status:
        return instant(former.left)
    return instant(min(filter(None, (former.left, received))))
