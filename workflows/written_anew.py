"""A learning record that is written anew, after a transfer or a refusal that was taken back: with the files that came with it,
under its own hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.texts import HandedFile
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
        session.add(HandedFile(**file.model_dump() | anew))
