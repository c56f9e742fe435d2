"""What taking in a file would do, told before anything is written, and the one door through which it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.messages import Locale, Message, Problem, Refused, Wording, refuse
from exchange.columns import Table
from exchange.forms import Kind
from models.terms import Cohort, Edition, Programme
from models.types import Instant
from models.verdicts import Seal
from models.work import ImportBatch

RECEIVED_IN_FUTURE = Wording(
    zh="接收时间 {received} 还没有到", en="the time of receipt, {received}, is still to come"
)
SEALED = Wording(
    zh="班级“{cohort}”的成绩已于 {locked} 锁定，而这个文件的接收时间（{received}）在锁定之前，会改动已锁定的成绩"
    "（共{count}行）。请按真实的接收时间导入，这些记录会作为迟交保留",
    en="the scores of cohort {cohort!r} were sealed at {locked}; received before that ({received}), {count:row|rows} of "
    "this file would change what was sealed. Import it with its true time of receipt: it is kept as late",
)

Write = Callable[[Session, datetime], None]
Progress = Callable[[int, int], None]
SHOWN = 1000  # entries kept for the preview; the counts are always whole


@dataclass(frozen=True)
class Entry:
    """One line of a preview: the row that it is about, and what would happen."""

    where: str
    message: Message

    def text(self, locale: Locale) -> str:
        return f"{self.where}: {self.message.text(locale)}" if self.where else self.message.text(locale)


def _nothing(_session: Session, _recorded_at: datetime) -> None:
    """What a plan writes before it is known."""


def _kept(_folder: Path) -> None:
    """What a file without others beside it keeps."""


@dataclass
class Proposal:
    """What a file would add and change, who is gone from it, and why it is refused. Nothing is written yet.

    It holds for the transaction in which it was read: carry it out there.
    """

    file: str
    sha256: str
    received_at: datetime
    rows: int = 0
    examples: int = 0  # the template's example rows, passed over
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    entries: list[Entry] = field(default_factory=list)
    gone: list[Entry] = field(default_factory=list)
    notes: list[Entry] = field(default_factory=list)  # told whether or not it is a preview
    refused: list[Problem] = field(default_factory=list)
    write: Write = field(default=_nothing, repr=False)

    def show(self, table: Table, line: int, key: str, message: Message) -> None:
        """Put a line into the preview, as long as there is room."""
        if len(self.entries) < SHOWN:
            place = table.problem(line, key, message)
            self.entries.append(Entry(place.where, place.message))

    def note(self, table: Table, line: int, key: str, message: Message) -> None:
        """Tell something that does not keep the file from being taken."""
        place = table.problem(line, key, message)
        self.notes.append(Entry(place.where, place.message))


@dataclass(kw_only=True)
class Plan(Proposal):
    """What a file of a programme would do. It is kept in the log of imports."""

    kind: Kind
    programme_id: int
    said_by: str | None = None  # who says that it was received then
    keep: Callable[[Path], None] = field(default=_kept, repr=False)  # the files beside it, into a folder


Read = Callable[[Session, str, Path, datetime, Progress | None], Plan]


def carry_out(session: Session, proposal: Proposal, recorded_at: datetime) -> bool:
    """Write a proposal whole, or raise Refused with every problem. Returns whether it changes anything."""
    if proposal.refused:
        raise Refused(proposal.refused)
    if not proposal.added and not proposal.changed:
        return False
    proposal.write(session, recorded_at)
    return True


def commit(
    session: Session, plan: Plan, recorded_at: datetime, received_said_by: str | None = None
) -> ImportBatch | None:
    """Write a plan whole, or raise Refused with every problem. A file that changes nothing leaves no batch."""
    if not plan.refused and plan.received_at > recorded_at:
        raise refuse(RECEIVED_IN_FUTURE(received=plan.received_at.isoformat(sep=" ")), plan.file)
    plan.said_by = received_said_by
    if not carry_out(session, plan, recorded_at):
        return None
    batch = ImportBatch(
        programme_id=plan.programme_id,
        kind=plan.kind,
        file=plan.file,
        sha256=plan.sha256,
        received_at=plan.received_at,
        received_said_by=received_said_by,
        recorded_at=recorded_at,
        added=plan.added,
        changed=plan.changed,
    )
    session.add(batch)
    session.flush()
    return batch


def taken_already(session: Session, programme_slug: str, kind: Kind, path: Path) -> datetime | None:
    """When the very file was taken in as this kind, if it was; None also where it cannot be opened, which reading it tells."""
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    found: datetime | None = session.execute(
        select(col(ImportBatch.recorded_at))
        .join(Programme, col(Programme.id) == col(ImportBatch.programme_id))
        .where(
            col(Programme.slug) == programme_slug,
            col(ImportBatch.kind) == kind,
            col(ImportBatch.sha256) == sha256,
        )
        .order_by(col(ImportBatch.id).desc())
        .limit(1)
    ).scalar()
    return found


def begin_plan(kind: Kind, edition: Edition, table: Table, received_at: datetime) -> Plan:
    sheet = table.sheet
    return Plan(sheet.file, sheet.sha256, received_at, kind=kind, programme_id=edition.programme_id)


def to_the_second(instant: datetime, zone: ZoneInfo) -> str:
    """What is told where a second decides."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"


@dataclass
class SealWatch:
    """Finds what would change the past: facts said to be received before a seal that has already been made.

    Every sheet of a cohort can depend on every fact in it (a tutor's rate counts the learners' work), so one
    seal of the cohort is enough.
    """

    zone: ZoneInfo
    received_at: datetime
    sealed: dict[int, tuple[str, datetime]]  # by cohort: its name and the last instant sealed
    touched: dict[int, tuple[int, int]] = field(default_factory=dict)  # by cohort: rows, the first line

    def touch(self, cohort_id: int, line: int, rows: int = 1) -> None:
        """So many rows of a file are about a cohort, the first of them in this line."""
        if cohort_id in self.sealed:
            count, first = self.touched.get(cohort_id, (0, line))
            self.touched[cohort_id] = (count + rows, min(first, line))

    def problems(self, table: Table, key: str) -> list[Problem]:
        found = []
        for cohort_id, (count, line) in sorted(self.touched.items()):
            name, locked = self.sealed[cohort_id]
            told = SEALED(
                cohort=name, count=count, locked=to_the_second(locked, self.zone),
                received=to_the_second(self.received_at, self.zone),
            )  # fmt: skip
            found.append(table.problem(line, key, told))
        return found


def seal_watch(session: Session, programme_id: int, zone: ZoneInfo, received_at: datetime) -> SealWatch:
    rows = session.execute(
        select(col(Cohort.id), col(Cohort.name), func.max(col(Seal.locked_at), type_=Instant))
        .join(Seal, col(Seal.cohort_id) == col(Cohort.id))
        .where(col(Cohort.programme_id) == programme_id, col(Seal.locked_at) > received_at)
        .group_by(col(Cohort.id), col(Cohort.name))
    )
    return SealWatch(zone, received_at, {cohort: (name, locked) for cohort, name, locked in rows})
