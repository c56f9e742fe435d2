"""What the chat group of a cohort is told: what is due and how many owe it; by name those alone who want to be told there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, literal, select
from sqlmodel import Session

from models.letters import Letter
from workflows.addressing import MAIL, OUTBOX, kind
from workflows.still_owed import Subject

LETTER = Letter.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class GroupRow:
    """Something of which somebody of the cohort was told by mail on the day of the group's letter."""

    letter_id: int
    cohort_id: int
    obligation: str
    step: str
    deadline_at: datetime
    reminder: int

    @property
    def subject(self) -> Subject:
        return Subject(self.cohort_id, self.reminder, self.obligation, self.deadline_at)


def group_rows(session: Session, letters: Sequence[int]) -> list[GroupRow]:
    """Of those of these letters that go to groups, each thing once a step."""
    group, mail = LETTER.alias("of_group"), LETTER.alias("by_mail")
    rows = (
        select(
            group.c.id, OUTBOX.c.cohort_id, OUTBOX.c.obligation, OUTBOX.c.step, OUTBOX.c.deadline_at, OUTBOX.c.reminder
        )
        .join(mail, mail.c.day == group.c.day)
        .join(OUTBOX, OUTBOX.c.letter_id == mail.c.id)
        .where(
            group.c.id.in_(letters), kind(group.c.reader) == "c", mail.c.way == MAIL, kind(OUTBOX.c.recipient) == "e",
            group.c.reader == literal("c") + cast(OUTBOX.c.cohort_id, String),
        )
        .distinct()
        .order_by(OUTBOX.c.deadline_at, OUTBOX.c.obligation)
    )  # fmt: skip
    return [GroupRow(*row) for row in session.execute(rows)]
