"""A learning record that no file brought: one that follows from a decision, or from what was done here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.types import seconds
from models.work import Activity, Evidence, Source
from workflows.digests import evidence_digest


@dataclass(frozen=True)
class OwnRecord:
    """What it is of. `source` tells where it comes from, as a platform's name does; the amount is in hundredths."""

    source: str
    reference: str
    task: str
    kind: str
    amount: int
    happened_at: datetime
    received_at: datetime
    item: str = ""


def keep_record(session: Session, programme_id: int, enrolment_id: int, record: OwnRecord) -> None:
    """Write it down for one enrolment of a programme."""
    source = _numbered(session, Source(programme_id=programme_id, name=record.source), "name")
    activity = _numbered(
        session, Activity(programme_id=programme_id, task=record.task, kind=record.kind), "task", "kind"
    )
    digest = evidence_digest(
        record.source, record.reference, f"{record.task}:{record.kind}", record.item, record.amount, None,
        seconds(record.happened_at), seconds(record.received_at),
    )  # fmt: skip
    session.add(
        Evidence(
            enrolment_id=enrolment_id, source_id=source, reference=record.reference, activity_id=activity,
            item=record.item, amount=record.amount, happened_at=record.happened_at, received_at=record.received_at,
            digest=digest,
        )
    )  # fmt: skip
    session.flush()


def _numbered(session: Session, row: Source | Activity, *names: str) -> int:
    """The number of what is there already, or of a new row."""
    table = type(row)
    same = [getattr(table, name) == getattr(row, name) for name in ("programme_id", *names)]
    found = session.execute(select(col(table.id)).where(*same)).scalar_one_or_none()
    if found is None:
        session.add(row)
        session.flush()
        found = row.id
    assert found is not None
    return found
