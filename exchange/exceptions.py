"""Exceptions from an office's sheet: exempt, withdrawn, transferred, prior work, a later deadline, many people at once.

What a row may do depends on the rows before it and on what is due in between. So the rows are carried out in the order of
their instants while the file is read, in a savepoint that is taken back, and again when the file is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Refused, UnreadableError, Wording
from calendars.quantities import shown
from calendars.term import Task, TermCalendar
from exchange.cells import Reader, read_when
from exchange.columns import Row, recognise
from exchange.exception_columns import KINDS, NOTHING, OF_A_RECORD, OWN, kind_called, kind_shown
from exchange.forms import columns_of
from exchange.participants import Participants, nearest, participants
from exchange.plans import Plan, Progress, begin_plan
from exchange.spreadsheets import open_sheet
from exchange.trials import tried
from models.terms import Cohort
from models.types import seconds
from workflows import exceptions
from workflows.exceptions import Prior
from workflows.exceptions_told import EXTEND, Told, exceptions_of
from workflows.extending import extend_for_person
from workflows.publishing import calendar_of, newest_edition
from workflows.resolving import Decision
from workflows.review_acts import accept_work, refuse_work
from workflows.scopes import require_enrolment
from workflows.taking_on import taken_on
from workflows.transferring import transfer
from workflows.transfers import followed, transfers

UNKNOWN_KIND = Wording(zh="没有种类“{found}”。{hint}", en="there is no kind {found!r}. {hint}")
ALL_KINDS = Wording(zh="种类有：{names}", en="The kinds are: {names}")
BY_COMMAND = Wording(
    zh="“{kind}”不能用表格办理，请用 yanxiu revoke", en="{kind!r} cannot come by a file; use yanxiu revoke"
)
NEEDED = Wording(zh="“{kind}”须填写这一列", en="{kind!r} needs this")
NOT_USED = Wording(zh="“{kind}”不填这一列", en="{kind!r} has no use for this")
UNKNOWN_RECORD = Wording(zh="没有类型“{found}”。{hint}", en="there is no kind of record {found!r}. {hint}")
ALL_RECORDS = Wording(zh="类型有：{names}", en="They are: {names}")
UNKNOWN_COHORT = Wording(zh="没有班级“{found}”。{hint}", en="there is no cohort {found!r}. {hint}")
ALL_COHORTS = Wording(zh="班级有：{names}", en="The cohorts are: {names}")
DONE = Wording(
    zh="{person}（{cohort}）：{kind}{what}，理由：{why}",
    en="{person} ({cohort}): {kind}{what}, because: {why}",
)

Key = tuple[object, ...]  # what a decision says, without its instant


@dataclass(frozen=True)
class Asked:
    """What one row asks for; the cohort of a transfer by its number, amounts in hundredths, `until` exclusive."""

    row: Row
    origin: int  # the enrolment with which the person began, before any transfer
    person: str
    cohort: str
    kind: str
    why: str
    name: str
    document: str | None
    effective_at: datetime
    is_dated: bool
    task: Task | None = None
    record: str | None = None
    item: str = ""
    amount: int | None = None
    done: datetime | None = None
    reference: str = ""
    to_cohort: str | None = None
    to: int | None = None
    until: datetime | None = None

    @property
    def key(self) -> Key:
        return (
            self.origin, self.kind, self.task.id if self.task else None, self.item or None, self.amount,
            self.reference or None if self.kind in OF_A_RECORD else None, self.to_cohort, self.until, self.why, self.name,
            self.document,
        )  # fmt: skip

    def carry_out(self, session: Session, programme_id: int, recorded_at: datetime) -> None:
        """Raises Refused where it cannot be done."""
        by = Decision(self.why, self.name, self.effective_at, recorded_at, document=self.document)
        enrolment = followed(transfers(session, programme_id)[0], self.origin)
        task = self.task.id if self.task else ""
        match self.kind:
            case "exempt":
                exceptions.exempt(session, enrolment, by, self.item, self.amount)
            case "readmit":
                exceptions.readmit(session, enrolment, by)
            case "withdraw":
                exceptions.withdraw(session, enrolment, by)
            case "transfer":
                transfer(session, enrolment, session.get_one(Cohort, self.to), by)
            case "prior":
                prior = Prior(self.amount or 0, self.done or self.effective_at, self.record, self.item)
                exceptions.accept_prior(session, enrolment, task, prior, by)
            case "refuse":
                refuse_work(session, enrolment, task, by, self.item, self.reference)
            case "accept":
                accept_work(session, enrolment, task, by, self.item, self.reference)
            case "extend":
                taken_on(session, enrolment, by)
                extend_for_person(session, enrolment, task, self.until or self.effective_at, by)

    def told(self) -> Message:
        amount = None if self.amount is None else shown(self.amount)
        parts = (self.task.name if self.task else None, self.item, self.reference, amount, self.to_cohort)
        until = f"{self.row.cells['to']}" if self.until is not None else None
        what = " ".join(filter(None, (*parts, until)))
        return DONE(
            person=self.person, cohort=self.cohort, kind=kind_shown(self.kind)(), what=f" {what}" if what else "",
            why=self.why,
        )  # fmt: skip


def read_exceptions(
    session: Session,
    programme_slug: str,
    path: Path,
    received_at: datetime,
    _progress: Progress | None = None,
) -> Plan:
    """Check a sheet of exceptions whole. A row takes effect at its own instant, or when the file was received. Raises
    Refused for a file or a header that cannot be used at all; problems of rows are in the plan."""
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    table = recognise(open_sheet(path), columns_of("exceptions", calendar))
    plan = begin_plan("exceptions", edition, table, received_at)
    reader = Reader(table, calendar.zoneinfo, seconds(received_at))
    people = participants(session, edition.programme_id, calendar)
    intake = _Intake(session, plan, reader, calendar, people, _cohorts(session, edition.programme_id))
    return tried(session, plan, reader, lambda: intake.read(plan.received_at), intake.write)


def _cohorts(session: Session, programme_id: int) -> dict[str, int]:
    rows = session.execute(
        select(col(Cohort.name), col(Cohort.id)).where(col(Cohort.programme_id) == programme_id)
    )
    return {name: number or 0 for name, number in rows}


@dataclass
class _Intake:
    """One file: what each row asks for, tried in the order of the instants."""

    session: Session
    plan: Plan
    reader: Reader
    calendar: TermCalendar
    people: Participants
    cohorts: dict[str, int]
    asked: list[Asked] = field(default_factory=list)

    def read(self, recorded_at: datetime) -> None:
        known = self._known()
        found: list[Asked] = []
        for row in self.people.rows(self.reader.table):
            self.plan.rows += 1
            asked = self._row(row, known)
            if asked is not None:
                found.append(asked)
        for asked in sorted(found, key=lambda one: (one.effective_at, one.row.line)):
            self._try(asked, known, recorded_at)

    def write(self, session: Session, recorded_at: datetime) -> None:
        for asked in self.asked:
            asked.carry_out(session, self.plan.programme_id, recorded_at)

    def _try(self, asked: Asked, known: dict[Key, set[datetime]], recorded_at: datetime) -> None:
        at = known.setdefault(asked.key, set())
        if asked.effective_at in at or (at and not asked.is_dated):
            self.plan.unchanged += 1
            return
        try:
            require_enrolment(self.session, asked.origin, asked.name)
            with self.session.begin_nested():
                asked.carry_out(self.session, self.plan.programme_id, recorded_at)
        except Refused as refused:
            for problem in refused.problems:
                self.reader.refuse(asked.row, "kind", problem.message)
            return
        at.add(asked.effective_at)
        self.asked.append(asked)
        self.plan.added += 1
        self.plan.show(self.reader.table, asked.row.line, "kind", asked.told())

    def _known(self) -> dict[Key, set[datetime]]:
        """Every decision that there is, by what it says, with the instants at which it took effect."""
        _, origin = transfers(self.session, self.plan.programme_id)
        found: dict[Key, set[datetime]] = {}
        for one in exceptions_of(self.session, self.plan.programme_id):
            found.setdefault(_key_of(one, followed(origin, one.enrolment_id)), set()).add(one.effective_at)
        return found

    # ------------------------------------------------------------------ what a row says

    def _row(self, row: Row, known: dict[Key, set[datetime]]) -> Asked | None:
        """What a row asks for; None where it was refused."""
        before = len(self.reader.problems)
        kind = self._kind(row)
        if kind is None:
            return None
        says = KINDS.get(kind, NOTHING)
        said = self._said(row, kind) if kind in KINDS else {}
        name, why = self.reader.text(row, "by", needed=True), self.reader.text(row, "why", needed=True)
        document, at = self.reader.text(row, "document"), self.reader.seconds(row, "at")
        needs_task = "task" in says.needs and "task" in row.cells
        owed = self.people.owed(self.reader, row) if needs_task else None
        who = owed.who if owed else None if needs_task else self.people.enrolled(self.reader, row)
        if len(self.reader.problems) > before or who is None or name is None or why is None:
            return None
        effective = self.plan.received_at if at is None else datetime.fromtimestamp(at, UTC)
        asked = Asked(
            row, who.origin, who.name, who.cohort_name, kind, why, name, document or None, effective, at is not None,
            task=owed.task if owed else None, **said,
        )  # fmt: skip
        if kind not in KINDS and asked.key not in known:
            self.reader.refuse(row, "kind", BY_COMMAND(kind=kind_shown(kind)()))
            return None
        return asked

    def _kind(self, row: Row) -> str | None:
        text = self.reader.text(row, "kind", needed=True)
        kind = kind_called(text) if text else None
        if text and kind is None:
            names = [says.name.zh for says in KINDS.values()]
            self.reader.refuse(row, "kind", UNKNOWN_KIND(found=text, hint=nearest(text, names, ALL_KINDS)))
        return kind

    def _said(self, row: Row, kind: str) -> dict[str, Any]:
        """What this kind alone says; every column that it lacks or has no use for is told."""
        says, called = KINDS[kind], kind_shown(kind)()
        for key in OWN:
            if key in says.needs and key not in row.cells:
                self.reader.refuse(row, key, NEEDED(kind=called))
            elif key in row.cells and key not in (*says.needs, *says.may):
                self.reader.refuse(row, key, NOT_USED(kind=called))
        said: dict[str, Any] = {}
        if "amount" in says.may and "amount" in row.cells:
            said["amount"] = self.reader.hundredths(row, "amount")
        if "item" in says.may:
            said["item"] = self.reader.text(row, "item") or ""
        if "reference" in says.may:
            said["reference"] = self.reader.text(row, "reference") or ""
        if kind == "prior":
            done = self.reader.seconds(row, "done")
            said["amount"] = self.reader.hundredths(row, "amount")
            said["done"] = None if done is None else datetime.fromtimestamp(done, UTC)
            said["record"] = self._record(row)
        elif kind == "transfer" and "to" in row.cells:
            said |= self._to_cohort(row)
        elif kind == EXTEND and "to" in row.cells:
            said["until"] = self._until(row)
        return said

    def _record(self, row: Row) -> str | None:
        text = self.reader.text(row, "record")
        known = {name: key for key, kind in self.calendar.evidence.items() for name in (key, kind.name)}
        if text and text not in known:
            hint = nearest(text, [kind.name for kind in self.calendar.evidence.values()], ALL_RECORDS)
            self.reader.refuse(row, "record", UNKNOWN_RECORD(found=text, hint=hint))
        return known.get(text or "")

    def _to_cohort(self, row: Row) -> dict[str, Any]:
        text = self.reader.text(row, "to")
        if text and text not in self.cohorts:
            hint = nearest(text, self.cohorts, ALL_COHORTS)
            self.reader.refuse(row, "to", UNKNOWN_COHORT(found=text, hint=hint))
        return {"to_cohort": text, "to": self.cohorts.get(text or "")}

    def _until(self, row: Row) -> datetime | None:
        """A day alone is its 24:00."""
        try:
            begin, end = read_when(row.cells["to"], self.reader.zone)
        except UnreadableError as error:
            self.reader.refuse(row, "to", error.message)
            return None
        return datetime.fromtimestamp(end + (end > begin), UTC)


def _key_of(one: Told, origin: int) -> Key:
    names = "、".join(one.names)
    if one.kind not in KINDS:  # what no row can bring about is known by who decided it and why
        return (origin, one.kind, *[None] * 6, one.reason, names, one.document)
    return (
        origin, one.kind, one.task, one.item, one.amount, one.reference if one.kind in OF_A_RECORD else None,
        one.to_cohort, one.until, one.reason, names, one.document,
    )  # fmt: skip
