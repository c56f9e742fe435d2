"""A record that is written anew, after a transfer or a refusal that was taken back, keeps the text that came with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from models.texts import HandedText
from models.work import Evidence


def carry_text(session: Session, record: Evidence, enrolment_id: int, revision: int) -> None:
    """The text of a record, if it has one, to the revision under which it stands now."""
    came = select(HandedText).where(
        col(HandedText.enrolment_id) == record.enrolment_id, col(HandedText.source_id) == record.source_id,
        col(HandedText.reference) == record.reference, col(HandedText.revision) == record.revision,
    )  # fmt: skip
    for text in session.execute(came).scalars().all():
        anew = {"id": None, "enrolment_id": enrolment_id, "revision": revision}
        session.add(HandedText(**text.model_dump() | anew))
