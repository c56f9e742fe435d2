"""Learning records on their way into the database: put into a table of their own beside it, compared there with what
stands, and taken over by one statement. The table lasts no longer than the transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    MetaData,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlmodel import Session, col

from exchange.evidence_rows import Record
from exchange.staging import CHUNK
from exchange.standing import RefusedRecord
from models.pouring import pour
from models.texts import HandedFile
from models.types import seconds
from workflows.facts import ENROLMENT, EVIDENCE, raw
from workflows.handed_files import Key

SLICE = 4_000_000  # rows taken over by one statement: each looks through all that is staged
_TEXTS = ("reference", "item", "files")
# Of what stands: its revision, the last that there is, its enrolment, its receipt, and whether it says the same.
_FOUND = ("stands", "last", "held_by", "since", "same")
_NUMBERS = count(1)
_COUNTED = {"preserve_rowcount": True}  # psycopg forgets it with the cursor
_WRITTEN = (
    "enrolment_id", "source_id", "reference", "revision", "activity_id", "item", "amount", "characters", "happened_at",
    "received_at", "digest",
)  # fmt: skip


@dataclass
class Staged:
    """The records of one file, each with what stands of the same source and reference."""

    session: Session
    table: Table = field(init=False)
    count: int = 0
    by_line: bool = False  # whether there is an index of the lines: made when it is first needed

    def __post_init__(self) -> None:
        names = [*Record._fields, *_FOUND]
        columns = [Column(name, String if name in _TEXTS else BigInteger) for name in names]
        self.table = Table(
            f"staged_{next(_NUMBERS)}", MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP"
        )  # fmt: skip
        self.session.flush()
        self.table.create(self.session.connection())

    def add(self, records: Sequence[tuple[Any, ...]]) -> None:
        pour(self.session, self.table, Record._fields, records)
        self.count += len(records)

    def drop(self) -> None:
        """SQLite would keep it for the connection's next user."""
        self.table.drop(self.session.connection())

    # ------------------------------------------------------------------ among themselves

    def index_lines(self) -> None:
        """So that single rows can be changed. While rows of the table are being read none can be made."""
        if not self.by_line:
            self.by_line = True
            Index(f"{self.table.name}_line", self.row.line).create(self.session.connection())

    def alike(self) -> Iterator[tuple[Record, int]]:
        """Of derived references those that are not the first of their kind, each with its place among those. They may be
        renamed meanwhile."""
        self.index_lines()
        row = self.row
        place = (
            func.row_number().over(partition_by=(row.source, row.reference), order_by=row.line).label("place")
        )
        found = select(*self._record(), place).where(row.reference.startswith("#")).subquery("found")
        for *facts, number in self._rows(select(found).where(found.c.place > 1)):
            yield Record(*facts), number

    def rename(self, renamed: Sequence[Record]) -> None:
        """Give records other references, and the digests that come with them."""
        self._set([{"_line": one.line, "reference": one.reference, "digest": one.digest} for one in renamed])

    def doubled(self) -> Sequence[tuple[int, int, str]]:
        """Lines whose reference stands in an earlier line: which, in which line first, and the reference."""
        row = self.row
        several = select(row.source, row.reference, func.min(row.line).label("first")).group_by(
            row.source, row.reference
        ).having(func.count() > 1).subquery("several")  # fmt: skip
        statement = (
            select(row.line, several.c.first, row.reference)
            .join(several, and_(several.c.source == row.source, several.c.reference == row.reference))
            .where(row.line > several.c.first)
            .order_by(row.line)
        )
        return self.session.execute(statement).tuples().all()

    # ------------------------------------------------------------------ with what stands

    def meet(self, sources: Collection[int], refused: Mapping[tuple[int, str], RefusedRecord]) -> None:
        """Find what stands of each record, or what a review has not accepted of it. Nothing stands where none of these sources
        was there before."""
        if all(source < 0 for source in sources):
            return
        if self.session.connection().dialect.name == "postgresql":
            # It knows nothing of a table that was just filled.
            self.session.execute(text(f"ANALYZE {self.table.name}"))
        there = EVIDENCE.c
        of_it = there.source_id == self.row.source, there.reference == self.row.reference
        what = (
            there.enrolment_id,
            there.activity_id,
            there.item,
            there.amount,
            there.characters,
            raw(EVIDENCE, "happened_at"),
        )
        found = {
            "stands": there.revision, "last": there.revision, "held_by": there.enrolment_id,
            "since": raw(EVIDENCE, "received_at"), "same": self._same(what),
        }  # fmt: skip
        standing = update(self.table).where(*of_it, there.withdrawn_at.is_(None)).values(**found)
        self.session.connection().execute(standing)
        for references in _chunks(sorted({reference for _, reference in refused})):
            self._meet_refused(references, refused)

    def _meet_refused(
        self, references: Sequence[str], refused: Mapping[tuple[int, str], RefusedRecord]
    ) -> None:
        row = self.row
        ours = (row.enrolment, row.activity, row.item, row.amount, row.characters, row.happened)
        rows = self.session.execute(
            select(row.line, row.source, row.reference, *ours).where(
                row.stands.is_(None), row.reference.in_(references)
            )
        )
        found = []
        for line, source, reference, *content in rows:
            one = refused.get((source, reference))
            if one is not None:
                same = int(tuple(content) == one.content)
                found.append({"_line": line, "stands": one.revision, "last": one.last, "held_by": one.enrolment,
                              "since": one.received, "same": same})  # fmt: skip
        self._set(found)

    def _same(self, content: Sequence[Any]) -> ColumnElement[int]:
        row = self.row
        ours = (row.enrolment, row.activity, row.item, row.amount, row.characters, row.happened)
        alike = (column.is_not_distinct_from(fact) for column, fact in zip(ours, content, strict=True))
        return case((and_(*alike), 1), else_=0)

    def _set(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Change single rows, by their lines."""
        if not rows:
            return
        self.index_lines()
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "_line"}
        statement = update(self.table).where(self.row.line == bindparam("_line")).values(**values)
        self.session.connection().execute(statement, rows)

    def with_files(self) -> Iterator[tuple[Record, Key]]:
        """Of those that say the same, the records that bring files or have brought some, with the key of what stands."""
        row, handed = self.row, HandedFile
        brought = exists().where(
            col(handed.enrolment_id) == row.held_by, col(handed.source_id) == row.source,
            col(handed.reference) == row.reference, col(handed.revision) == row.stands,
        )  # fmt: skip
        statement = select(*self._record(), row.held_by, row.stands).where(
            row.same == 1, or_(row.files != "", brought)
        )
        for *facts, enrolment, revision in self._rows(statement):
            record = Record(*facts)
            yield record, (enrolment, record.source, record.reference, revision)

    def differ(self, lines: Sequence[int]) -> None:
        """These records say the same, and yet are not: they came with other files."""
        self._set([{"_line": line, "same": 0} for line in lines])

    def counts(self) -> tuple[int, int, int]:
        """How many are new, changed and the same."""
        new, changed = self.row.stands.is_(None), self._is_changed()
        added, differing = self.session.execute(
            select(func.count().filter(new), func.count().filter(changed)).select_from(self.table)
        ).one()
        return added, differing, self.count - added - differing

    def changed(self, most: int | None = None, since: int | None = None) -> Iterator[tuple[Record, int]]:
        """Records that correct others, each with the receipt of what stands: the first so many, or those of which something
        stands that was received after an instant."""
        statement = select(*self._record(), self.row.since).where(self._is_changed()).order_by(self.row.line)
        if since is not None:
            statement = statement.where(self.row.since > since)
        for *facts, received in self._rows(statement.limit(most)):
            yield Record(*facts), received

    def by_cohort(self) -> Sequence[tuple[int, int, int]]:
        """The cohorts of which something changes: how many rows, and the first of their lines. A record that turns out to be
        somebody else's changes both cohorts."""
        row, before = self.row, ENROLMENT.alias("before")
        ours = select(row.cohort, row.line).where(self._is_news())
        theirs = (
            select(before.c.cohort_id, row.line)
            .join(before, before.c.id == row.held_by)
            .where(self._is_changed(), before.c.cohort_id != row.cohort)
        )
        both = union_all(ours, theirs).subquery("both")
        cohort, line = both.c
        return self.session.execute(
            select(cohort, func.count(), func.min(line)).group_by(cohort)
        ).tuples().all()  # fmt: skip

    # ------------------------------------------------------------------ over into the evidence

    def write(
        self, sources: Mapping[int, int], activities: Mapping[int, int], received: datetime
    ) -> Iterator[int]:
        """Take over what is new, and withdraw what it replaces. The numbers of sources and activities that had to be made are
        given by those of the file. Yields how many rows are written so far."""
        row = self.row
        self._withdraw(received)
        source, activity = _made(row.source, sources), _made(row.activity, activities)
        rows = select(
            row.enrolment, source, row.reference, func.coalesce(row.last + 1, 0), activity, row.item, row.amount,
            row.characters, row.happened, literal(seconds(received)), row.digest,
        ).where(self._is_news()).order_by(row.enrolment, source, row.reference)  # fmt: skip
        written = 0
        for part in self._slices():
            statement = insert(EVIDENCE).from_select(_WRITTEN, rows.where(part))
            written += self.session.connection().execute(statement, execution_options=_COUNTED).rowcount
            yield written

    def _withdraw(self, at: datetime) -> None:
        """What is corrected counts no longer. Found by its key: the table may be a thousand times as large as the file."""
        row, there = self.row, EVIDENCE.c
        corrected = select(row.held_by, row.source, row.reference, row.stands).where(self._is_changed())
        key = tuple_(there.enrolment_id, there.source_id, there.reference, there.revision)
        self.session.connection().execute(
            update(EVIDENCE).where(key.in_(corrected), there.withdrawn_at.is_(None)).values(withdrawn_at=at)
        )

    def _slices(self) -> Iterator[ColumnElement[bool]]:
        """Parts of about as many rows, by enrolment: so each is written where the one before ended."""
        enrolment = self.row.enrolment
        first, last = self.session.execute(select(func.min(enrolment), func.max(enrolment))).one()
        if first is None:
            return
        step = -(-(last + 1 - first) // (1 + self.count // SLICE))
        for begin in range(first, last + 1, step):
            yield enrolment.between(begin, begin + step - 1)

    def handed_in(self) -> Iterator[Sequence[tuple[Record, int]]]:
        """What is written and comes with files, some thousands at a time, each with its revision."""
        revision = func.coalesce(self.row.last + 1, 0)
        rows = self._rows(select(*self._record(), revision).where(self._is_news(), self.row.files != ""))
        while chunk := list(islice(rows, CHUNK)):
            yield [(Record(*facts), number) for *facts, number in chunk]

    # ------------------------------------------------------------------ words of these statements

    @property
    def row(self) -> Any:
        return self.table.c

    def _record(self) -> list[Any]:
        return [self.row[name] for name in Record._fields]

    def _is_changed(self) -> ColumnElement[bool]:
        return and_(self.row.stands.is_not(None), self.row.same == 0)

    def _is_news(self) -> ColumnElement[bool]:
        return or_(self.row.stands.is_(None), self.row.same == 0)

    def _rows(self, statement: Select[Any]) -> Iterator[Any]:
        yield from self.session.execute(statement.execution_options(yield_per=CHUNK)).tuples()


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _made(number: Any, made: Mapping[int, int]) -> Any:
    return case(made, value=number, else_=number) if made else number
