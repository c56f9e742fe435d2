"""A learning record that is written anew, after a transfer or a refusal that was taken back: with the files that came with it,
under its own hash, and what was decided about their texts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from models.texts import HandedFile, LikenessDecision
from models.types import seconds
from models.work import Activity, Evidence, Source
from workflows.digests import evidence_digest
from workflows.handed_files import RECORD


def write_anew(
    session: Session, record: Evidence, enrolment_id: int, revision: int, received_at: datetime
) -> None:
    """The same record for an enrolment, as a revision of what is there, received at an instant. It stands."""
    source = session.get_one(Source, record.source_id)
    activity = session.get_one(Activity, record.activity_id)
    digest = evidence_digest(
        source.name, record.reference, f"{activity.task}:{activity.kind}", record.item, record.amount, record.characters,
        seconds(record.happened_at), seconds(received_at),
    )  # fmt: skip
    anew = {"enrolment_id": enrolment_id, "revision": revision, "received_at": received_at}
    session.add(Evidence(**record.model_dump() | anew | {"withdrawn_at": None, "digest": digest}))
    _carry_files(session, record, enrolment_id, revision)


def _carry_files(session: Session, record: Evidence, enrolment_id: int, revision: int) -> None:
    """The files of a record, if it has any, to the revision under which it stands now."""
    came = select(HandedFile).where(
        *(col(getattr(HandedFile, name)) == getattr(record, name) for name in RECORD)
    )
    for file in session.execute(came).scalars().all():
        anew = {"id": None, "enrolment_id": enrolment_id, "revision": revision}
        made = HandedFile(**file.model_dump() | anew)
        session.add(made)
        session.flush()
        _carry_decisions(session, file.id or 0, made.id or 0)


def _carry_decisions(session: Session, text: int, anew: int) -> None:
    """What was decided about its likeness, for its person and for whoever has the other text, is about the same words."""
    about = or_(col(LikenessDecision.text_id) == text, col(LikenessDecision.other_id) == text)
    for row in session.execute(select(LikenessDecision).where(about)).scalars().all():
        own, other = (anew if one == text else one for one in (row.text_id, row.other_id))
        session.add(LikenessDecision(exception_id=row.exception_id, text_id=own, other_id=other))
