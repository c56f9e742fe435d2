"""Which files came with which learning record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, select
from sqlmodel import Session, col

from models.texts import HandedFile
from workflows.facts import EVIDENCE

RECORD = ("enrolment_id", "source_id", "reference", "revision")  # the key of a record, in both tables

Key = tuple[int, int, str, int]


def its_record() -> ColumnElement[bool]:
    """How a file is joined with the record that it came with."""
    return and_(*(col(getattr(HandedFile, name)) == EVIDENCE.c[name] for name in RECORD))


def names_of_files(session: Session, whose: Sequence[int] | Select[tuple[int]]) -> dict[Key, tuple[str, ...]]:
    """By record: what its files are called, of some enrolments."""
    rows = session.execute(
        select(*(col(getattr(HandedFile, name)) for name in RECORD), col(HandedFile.name))
        .where(col(HandedFile.enrolment_id).in_(whose))
        .order_by(col(HandedFile.id))
    )
    found: dict[Key, tuple[str, ...]] = {}
    for enrolment, source, reference, revision, name in rows:
        key = enrolment, source, reference, revision
        found[key] = (*found.get(key, ()), name)
    return found
