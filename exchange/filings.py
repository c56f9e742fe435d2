"""Cases from an office's sheet, one row each: filed, passed on, returned, refused or taken back, many at once.

What a row may do depends on the rows before it, a quota for one. So each is carried out while the file is read, in a
savepoint that is taken back, and again when the file is committed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.filing_pages import WHO, link_name
from calendars.filings import Filing as Defined
from calendars.messages import Message, Refused, UnreadableError, Wording, refuse
from calendars.term import TermCalendar
from exchange.cells import Reader
from exchange.columns import Column, Row, plain, recognise
from exchange.filing_columns import ACTS, column_of
from exchange.filing_subjects import Subjects, subjects
from exchange.forms import columns_of
from exchange.participants import nearest
from exchange.plans import Plan, Progress, begin_plan
from exchange.spreadsheets import Value, open_sheet
from exchange.trials import tried
from models.filings import Filing, FilingStep
from models.types import seconds
from workflows.filing_acts import Desk
from workflows.filing_cases import Subject
from workflows.filing_fields import read_field
from workflows.filings import links_of
from workflows.organisations import load_tree
from workflows.publishing import calendar_of, newest_edition
from workflows.resolving import Decision

WHICH_FILING = Wording(zh="请写明是哪一项上报：{names}", en="say which filing: {names}")
UNKNOWN_FILING = Wording(zh="没有叫“{found}”的上报。{hint}", en="there is no filing {found!r}. {hint}")
ALL_FILINGS = Wording(zh="上报有：{names}", en="The filings are: {names}")
UNKNOWN_CASE = Wording(
    zh="“{filing}”没有件号为{found}的件", en="{filing} has no case of the number {found!r}"
)
UNKNOWN_ACT = Wording(zh="办理应是{acts}，而写的是“{found}”", en="the act is one of {acts}, not {found!r}")
UNKNOWN_LINK = Wording(zh="“{filing}”没有环节“{found}”。{hint}", en="{filing} has no link {found!r}. {hint}")
ALL_LINKS = Wording(zh="环节有：{names}", en="The links are: {names}")
WHICH_LINK = Wording(zh="请写明由哪个环节办理：{names}", en="say which link acts: {names}")
NOT_FILED = Wording(zh="还没有报出，不能办理", en="it has not been filed, so nothing can be done with it")
NO_REASON = Wording(zh="退回和不予接收要写明办理理由", en="to return or refuse a case needs a reason")
NO_NAME = Wording(zh="请写明经办人", en="say who did it")
DONE = Wording(zh="{filing} {whose}：{act}", en="{filing}, {whose}: {act}")
APPLY, TAKE_BACK = "apply", "take_back"


def read_filings(
    session: Session,
    programme_slug: str,
    path: Path,
    received_at: datetime,
    _progress: Progress | None = None,
) -> Plan:
    """Check a sheet of filings whole. What it does takes effect when the file was received. Raises Refused for a file
    or a header that cannot be used at all; problems of rows are in the plan."""
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    columns = columns_of("filing", calendar)
    table = recognise(open_sheet(path), columns)
    plan = begin_plan("filing", edition, table, received_at)
    reader = Reader(table, calendar.zoneinfo, seconds(received_at))
    intake = _Intake(
        session, plan, reader, calendar, columns, subjects(session, edition.programme_id, calendar)
    )
    return tried(session, plan, reader, lambda: intake.read(plan.received_at), intake.write)


@dataclass
class _Intake:
    """One file: what each row asks for, tried in the order of the rows."""

    session: Session
    plan: Plan
    reader: Reader
    calendar: TermCalendar
    columns: Sequence[Column]
    subjects: Subjects
    asked: list[_Asked] = field(default_factory=list)

    def read(self, recorded_at: datetime) -> None:
        desk = self._desk()
        for row in self.reader.table.rows():
            self.plan.rows += 1
            asked = self.row(desk, row)
            if asked is not None:
                self._try(desk, row, asked, recorded_at)

    def write(self, session: Session, recorded_at: datetime) -> None:
        desk = self._desk()
        for asked in self.asked:
            asked.carry_out(desk, self.plan.received_at, recorded_at)

    def _desk(self) -> Desk:
        return Desk(self.session, self.plan.programme_id, self.calendar, load_tree(self.session))

    def _try(self, desk: Desk, row: Row, asked: _Asked, recorded_at: datetime) -> None:
        case = asked.case(desk)
        if asked.is_done(desk, case):
            self.plan.unchanged += 1
            return
        try:
            with self.session.begin_nested():
                asked.carry_out(desk, self.plan.received_at, recorded_at)
        except Refused as refused:
            for problem in refused.problems:
                self.reader.refuse(row, "filing", problem.message)
            return
        self.asked.append(asked)
        self.plan.added += case is None
        self.plan.changed += case is not None
        told = DONE(filing=asked.filing.name, whose=asked.whose, act=ACTS[asked.act]())
        self.plan.show(self.reader.table, row.line, "filing", told)

    # ------------------------------------------------------------------ what a row says

    def row(self, desk: Desk, row: Row) -> _Asked | None:
        """What a row asks for; None where it was refused or asks for nothing."""
        before = len(self.reader.problems)
        filing = self._filing(row)
        if filing is None:
            return None
        number, act = self.reader.whole(row, "case"), self._act(row)
        if number is not None and not self.reader.text(row, "act"):
            self.plan.unchanged += 1
            return None
        if act is None:
            return None
        tier = self._tier(row, filing, act)
        subject = None if number is not None else self.subjects.of(self.reader, row, filing)
        kept = self._fields(row, filing) if act == APPLY else {}
        name, why = self.reader.text(row, "by"), self.reader.text(row, "why")
        if not name:
            self.reader.refuse(row, "by", NO_NAME())
        if act in {"return", "refuse"} and not why:
            self.reader.refuse(row, "why", NO_REASON())
        document = self.reader.text(row, "document")
        if len(self.reader.problems) > before or tier is None:
            return None
        whose = self.subjects.called(subject) if subject else str(number)
        asked = _Asked(
            filing, act, tier, subject, number, kept, name or "", why or "", document or None, whose
        )
        if number is not None and asked.case(desk) is None:
            self.reader.refuse(row, "case", UNKNOWN_CASE(filing=filing.name, found=str(number)))
            return None
        return asked

    def _filing(self, row: Row) -> Defined | None:
        text = self.reader.text(row, "filing")
        if text is None:
            return None
        known = {plain(name): one for one in self.calendar.filings for name in (one.id, one.name)}
        names = [one.name for one in self.calendar.filings]
        if not text:
            if len(names) == 1:
                return self.calendar.filings[0]
            self.reader.refuse(row, "filing", WHICH_FILING(names=names))
        elif plain(text) in known:
            return known[plain(text)]
        else:
            hint = nearest(text, names, ALL_FILINGS)
            self.reader.refuse(row, "filing", UNKNOWN_FILING(found=text, hint=hint))
        return None

    def _act(self, row: Row) -> str | None:
        text = self.reader.text(row, "act")
        if text is None:
            return None
        for act, wording in ACTS.items():
            if not text or plain(text) in {plain(act), plain(wording.zh), plain(wording.en)}:
                return act
        self.reader.refuse(row, "act", UNKNOWN_ACT(acts=[one.zh for one in ACTS.values()], found=text))
        return None

    def _tier(self, row: Row, filing: Defined, act: str) -> str | None:
        """The link that acts, by its name or its tier; whoever applied needs not say so."""
        text = self.reader.text(row, "link")
        if text is None:
            return None
        names = [link_name(link).text("zh") for link in filing.chain]
        if not text:
            if act in {APPLY, TAKE_BACK}:
                return filing.tier
            self.reader.refuse(row, "link", WHICH_LINK(names=names))
            return None
        for link in filing.chain:
            words = (link.at, WHO[link.at].zh, link_name(link).text("zh"), link_name(link).text("en"))
            if plain(text) in map(plain, words):
                return link.at
        hint = nearest(text, names, ALL_LINKS)
        self.reader.refuse(row, "link", UNKNOWN_LINK(filing=filing.name, found=text, hint=hint))
        return None

    def _fields(self, row: Row, filing: Defined) -> dict[str, Any]:
        kept = {}
        for key, one in filing.fields.items():
            column = column_of(one, self.columns)
            try:
                value = read_field(one, _text(row.cells.get(column)))
            except UnreadableError as error:
                self.reader.refuse(row, column, error.message)
            else:
                if value:
                    kept[key] = value
        return kept


def _text(value: Value | None) -> str:
    """A cell as a field reads it: a day without its midnight, a figure as a spreadsheet shows it, lines kept apart."""
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case float():
            return format(value, ".15g")
    return str(value)


@dataclass(frozen=True)
class _Asked:
    """What one row asks for."""

    filing: Defined
    act: str
    tier: str
    subject: Subject | None
    number: int | None
    fields: Mapping[str, Any]
    name: str
    why: str
    document: str | None
    whose: Message | str

    def case(self, desk: Desk) -> Filing | None:
        if self.subject is not None:
            return desk.find(self.filing, self.subject)
        wanted = select(Filing).where(
            col(Filing.id) == self.number,
            col(Filing.programme_id) == desk.programme_id,
            col(Filing.kind) == self.filing.id,
        )
        found: Filing | None = desk.session.execute(wanted).scalars().first()
        return found

    def is_done(self, desk: Desk, case: Filing | None) -> bool:
        """Whether the case shows already what the row asks for, so that the same file again changes nothing."""
        if case is None:
            return False
        match self.act:
            case "apply":
                return case.state not in {"due", "lapsed"} and self._said(desk, case) == dict(self.fields)
            case "pass":
                links = {link.tier: link for link in links_of(desk.session, case)}
                return self.tier in links and links[self.tier].passed_at is not None
        return case.state == {"return": "returned", "refuse": "refused", "take_back": "taken_back"}[self.act]

    @staticmethod
    def _said(desk: Desk, case: Filing) -> Any:
        said = desk.session.execute(
            select(col(FilingStep.fields)).where(col(FilingStep.filing_id) == case.id, col(FilingStep.act) == APPLY)
            .order_by(col(FilingStep.number).desc()).limit(1)
        ).scalar_one_or_none()  # fmt: skip
        return None if said is None else json.loads(said)

    def carry_out(self, desk: Desk, effective_at: datetime, recorded_at: datetime) -> None:
        """Raises Refused where it cannot be done."""
        by = Decision(self.why, self.name, effective_at, recorded_at, document=self.document)
        case = self.case(desk)
        if self.act == APPLY:
            desk.file(self.filing, self._subject(case), self.fields, by)
        elif case is None:
            raise refuse(NOT_FILED())
        else:
            _ACTS[self.act](desk, case, self.tier, by)

    def _subject(self, case: Filing | None) -> Subject:
        if self.subject is not None:
            return self.subject
        assert case is not None
        return Subject.of(case)


_ACTS: dict[str, Callable[[Desk, Filing, str, Decision], None]] = {
    "pass": Desk.pass_on,
    "return": Desk.give_back,
    "refuse": Desk.refuse,
    "take_back": Desk.take_back,
}
