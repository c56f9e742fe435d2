"""Where people went from one cohort to another, and from where they came: enrolments that are one person's in one role, one
after the other."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from models.exceptions import PersonException
from models.terms import Cohort
from models.work import Enrolment


def transfers(session: Session, programme_id: int) -> tuple[dict[int, int], dict[int, int]]:
    """To which enrolment each that was left went on, and from which each came at first. One that was taken up again by a
    transfer back goes on to nowhere, and came from nowhere."""
    rows = session.execute(
        select(col(PersonException.enrolment_id), col(PersonException.to_enrolment_id))
        .join(Enrolment, col(Enrolment.id) == col(PersonException.enrolment_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id, col(PersonException.kind) == "transfer")
        .order_by(col(PersonException.id))
    )
    moved: dict[int, int] = {}
    origin: dict[int, int] = {}
    begun: set[int] = set()
    for left, to in rows:
        begun.add(left)
        if to is None:
            continue
        if to not in begun:
            origin.setdefault(to, left)
        moved.pop(to, None)
        moved[left] = to
    return moved, origin


def followed(steps: dict[int, int], enrolment: int) -> int:
    """Along the transfers to where they end."""
    while enrolment in steps:
        enrolment = steps[enrolment]
    return enrolment


def enrolments_before(session: Session, enrolment_id: int) -> list[int]:
    """From where the person was ever transferred here, and before; each once, also after a transfer back."""
    found: list[int] = []
    waiting = [enrolment_id]
    while waiting:
        came_from = select(col(PersonException.enrolment_id)).where(
            col(PersonException.to_enrolment_id) == waiting.pop()
        )
        for one in session.execute(came_from.order_by(col(PersonException.id))).scalars():
            if one != enrolment_id and one not in found:
                found.append(one)
                waiting.append(one)
    return found
