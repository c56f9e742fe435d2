"""Letters claimed for sending, and how it went with each: so that two senders send nothing twice, and what a sender that
died had in its hands is seen.

A claim is a lease. A letter is `handing` from just before its channel gets it until the answer is written down, both in
transactions of their own; one that is found so after its lease may have gone out, and is sent again as *uncertain*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Table, and_, or_, select, text, update

from models.letters import Letter
from models.types import seconds
from workflows.addressing import CONTACT, OUTBOX, PERSON
from workflows.facts import raw

LETTER: Table = Letter.__table__  # type: ignore[attr-defined]

LEASE = timedelta(minutes=10)
BACK_OFF = tuple(
    timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720)
)  # the last one again and again
UNSENT = text("letter.state IN ('waiting', 'claimed', 'handing')")  # in full, as its index has it

End = Literal["sent", "refused", "rejected", "deferred", "stale"]


@dataclass(frozen=True)
class Claimed:
    """A letter in a sender's hands."""

    id: int
    key: str
    reader: str
    way: str
    part: int
    attempts: int
    uncertain: bool


def claim(
    connection: Connection, now: datetime, sender: str, most: int, ways: Sequence[str]
) -> list[Claimed]:
    """The next letters in their order, for this sender alone until the lease is over. Commit before sending any."""
    over = and_(LETTER.c.state.in_(("claimed", "handing")), raw(LETTER, "lease_until") <= seconds(now))
    due = raw(LETTER, "not_before") <= seconds(now)  # of what was claimed before, it was so then
    wanted = (
        select(LETTER.c.id)
        .where(UNSENT, due, LETTER.c.way.in_(ways), or_(over, LETTER.c.state == "waiting"))
        .order_by(LETTER.c.not_before, LETTER.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(wanted).scalars())
    if not ids:
        return []
    taken = (
        update(LETTER)
        .where(LETTER.c.id.in_(ids))
        .values(
            uncertain=or_(LETTER.c.uncertain, LETTER.c.state == "handing"), state="claimed", claimed_by=sender,
            lease_until=now + LEASE,
        )
    )  # fmt: skip
    connection.execute(taken)
    columns = (getattr(LETTER.c, name) for name in Claimed.__dataclass_fields__)
    rows = connection.execute(
        select(*columns).where(LETTER.c.id.in_(ids)).order_by(LETTER.c.not_before, LETTER.c.id)
    )
    return [Claimed(*row) for row in rows]


def put_off(
    connection: Connection, letter: Claimed, sender: str, now: datetime, said: str | None, *, uncertain: bool
) -> None:
    """Try a letter again later, for as long as it is true; `uncertain` where it may have been taken all the same."""
    until = now + BACK_OFF[min(letter.attempts, len(BACK_OFF) - 1)]
    doubtful = letter.uncertain or uncertain
    _put(connection, letter, sender, state="waiting", not_before=until, said=said, uncertain=doubtful)


def tell_otherwise(
    connection: Connection, letter: Claimed, sender: str, now: datetime, said: str | None
) -> None:
    """What its reader's address refused for good is told by another way, at the latest to the unit."""
    if _put(connection, letter, sender, state="refused", finished_at=now, said=said):
        _note_refusal(connection, letter)
        connection.execute(
            update(OUTBOX).where(OUTBOX.c.letter_id == letter.id).values(state="written", letter_id=None)
        )


def give_back(
    connection: Connection, letters: Sequence[Claimed], sender: str, uncertain: Claimed | None = None
) -> None:
    """What a sender could not send because its channel is down waits as before; of one nobody knows whether it went."""
    for letter in letters:
        doubtful = letter.uncertain or letter == uncertain
        _put(connection, letter, sender, state="waiting", uncertain=doubtful)


def postpone(connection: Connection, letter: Claimed, sender: str, until: datetime) -> None:
    """A letter that may not be sent at this hour waits for another."""
    _put(connection, letter, sender, state="waiting", not_before=until)


def leave_out(connection: Connection, rows: Sequence[int]) -> None:
    """What a letter does not say because it no longer holds."""
    connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(rows)).values(state="stale"))


def _held(letter: Claimed, sender: str) -> Any:
    return and_(
        LETTER.c.id == letter.id, LETTER.c.claimed_by == sender, LETTER.c.state.in_(("claimed", "handing"))
    )


def _put(connection: Connection, letter: Claimed, sender: str, **values: Any) -> bool:
    """Whether it still was this sender's."""
    held = update(LETTER).where(_held(letter, sender))
    return bool(connection.execute(held.values(claimed_by=None, lease_until=None, **values)).rowcount)


def _note_refusal(connection: Connection, letter: Claimed) -> None:
    kind, number = letter.reader[0], int(letter.reader[1:])
    if kind == "p":
        table, who = PERSON, PERSON.c.id == number
    else:
        table, who = CONTACT, (CONTACT.c.organisation_id if kind == "o" else CONTACT.c.cohort_id) == number
    robot = {"robot": None} if letter.way == "chat" else {"refused_email": table.c.email}
    connection.execute(update(table).where(who).values(**robot))
