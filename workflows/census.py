"""How much stands in a database, and the heads of its chains: by which a copy is compared with what it is a copy of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from sqlalchemy import inspect, select, text
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from models.filings import FilingAttachment
from models.texts import HandedFile
from workflows.heads import fingerprint, heads_of

OF_ALEMBIC = "alembic_version"
OTHER_COUNT = Wording(
    zh="表 {table}：应有{expected}行，这里有{found}行",
    en="table {table}: {expected:row|rows} expected, {found} found",
)
OTHER_HEADS = Wording(
    zh="锁定的成绩：应有{expected}次（{code}），这里有{found}次（{here}）",
    en="sealed scores: {expected} expected ({code}), {found} found ({here})",
)
OTHER_SCHEMA = Wording(
    zh="数据库版本：应为{expected}，这里是{found}", en="schema: {expected} expected, {found} found"
)
SHOWN = 16  # characters of a code


@dataclass(frozen=True)
class Census:
    """The schema's revision, the rows of each table, how many links all chains have and what stands for their heads, and the
    instant of the last night, in seconds."""

    revision: str
    rows: Mapping[str, int]
    links: int
    fingerprint: str
    last_night: int | None

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Raises TypeError or ValueError for what is none."""
        found = cls(**said)
        if not isinstance(found.revision, str) or not all(
            isinstance(rows, int) for rows in found.rows.values()
        ):
            raise TypeError
        return found

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def census(session: Session) -> Census:
    """Of whatever tables there are, for a database may be of an older version."""
    connection = session.connection()
    tables = sorted({*inspect(connection).get_table_names()} - {OF_ALEMBIC})
    rows = {table: int(connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0) for table in tables}  # noqa: S608 - our own names
    revision = connection.scalar(text(f"SELECT version_num FROM {OF_ALEMBIC}"))  # noqa: S608
    last = connection.scalar(text("SELECT as_of FROM night ORDER BY id DESC LIMIT 1"))
    heads = heads_of(session)
    return Census(str(revision), rows, len(heads), fingerprint(heads), last)


def attached(session: Session) -> set[str]:
    """The contents of all files that rows name, by their SHA-256."""
    return {
        sha256
        for table in (FilingAttachment, HandedFile)
        for sha256 in session.execute(select(col(table.sha256)).distinct()).scalars()
    }


def differences(expected: Census, found: Census) -> Iterator[Message]:
    """What is not the same in a copy."""
    if expected.revision != found.revision:
        yield OTHER_SCHEMA(expected=expected.revision, found=found.revision)
    for table in sorted({*expected.rows, *found.rows}):
        there, here = expected.rows.get(table, 0), found.rows.get(table, 0)
        if there != here:
            yield OTHER_COUNT(table=table, expected=there, found=here)
    if (expected.links, expected.fingerprint) != (found.links, found.fingerprint):
        yield OTHER_HEADS(
            expected=expected.links, code=expected.fingerprint[:SHOWN], found=found.links, here=found.fingerprint[:SHOWN]
        )  # fmt: skip
