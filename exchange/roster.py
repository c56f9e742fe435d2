"""The roster: who takes part, in which cohort and role, from which school. Read here into checked rows; what
they change is worked out and written in `exchange.enrolling`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from calendars.messages import Wording
from calendars.term import TermCalendar
from exchange.cells import EMPTY, Reader
from exchange.columns import Row, plain, recognise
from exchange.enrolling import Enrolling, enrolling
from exchange.forms import STATUSES, columns_of
from exchange.group_columns import read_subject
from exchange.participants import nearest
from exchange.plans import Plan, Progress, begin_plan
from exchange.reaching_columns import read_way, way_shown
from exchange.registered import Reached
from exchange.roster_statuses import Entrant
from exchange.spreadsheets import open_sheet
from models.sweeping import seldom_swept
from models.types import seconds
from workflows.grounds import WrongGroundError, ground_of
from workflows.publishing import calendar_of, newest_edition

UNKNOWN_ROLE = Wording(zh="没有角色“{found}”。{hint}", en="there is no role {found!r}. {hint}")
ALL_ROLES = Wording(zh="角色有：{names}", en="The roles are: {names}")
UNKNOWN_STATUS = Wording(
    zh="没有状态“{found}”，只有：在训、免修、退出",
    en="there is no status {found!r}, only: enrolled, exempt, withdrawn",
)
WHY = Wording(zh="免修或退出必须写明原因", en="exempt and withdrawn need a reason")
NO_REASON_NEEDED = Wording(
    zh="原因只在免修或退出时填写", en="a reason is given only for exempt and withdrawn"
)
HOURS_OF_THE_EXEMPT = Wording(zh="学时只在免修时填写", en="hours are given only for exempt")
TWO_NAMES = Wording(
    zh="编号 {number} 在第{first}行是“{expected}”，这里写的是“{found}”",
    en="number {number} is {expected!r} in line {first}, not {found!r}",
)
TWO_CONTACTS = Wording(
    zh="{name} 在第{first}行写的是“{expected}”，这里写的是“{found}”",
    en="{name} has {expected!r} in line {first}, not {found!r}",
)
TWICE = Wording(
    zh="{name} 以这个角色在班级“{cohort}”的第{first}行已经出现过",
    en="{name} stands in line {first} already, in cohort {cohort!r} and in this role",
)


def read_roster(
    session: Session,
    programme_slug: str,
    path: Path,
    received_at: datetime,
    progress: Progress | None = None,
) -> Plan:
    """Check a roster whole. Raises Refused for a file, a header or a programme that cannot be used at all;
    problems of rows are in the plan."""
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    table = recognise(open_sheet(path), columns_of("roster", calendar))
    plan = begin_plan("roster", edition, table, received_at)
    reader = Reader(table, calendar.zoneinfo, seconds(received_at))
    changes = enrolling(session, edition, calendar, plan, reader)
    rows = _Rows(reader, calendar, changes)
    with seldom_swept():
        for row in table.rows():
            plan.rows += 1
            rows.take(row)
            if progress and plan.rows % 1000 == 0:
                progress(row.line, table.sheet.lines)
    changes.compare(rows.entrants)
    plan.examples = table.examples
    plan.refused = [*reader.problems, *table.strays, *changes.seals.problems(table, "number")]
    plan.write = changes.write
    if progress:
        progress(table.sheet.lines, table.sheet.lines)
    return plan


@dataclass
class _Rows:
    """The rows of one roster, checked one by one and against each other."""

    reader: Reader
    calendar: TermCalendar
    changes: Enrolling
    entrants: list[Entrant] = field(default_factory=list)
    _people: dict[str, Entrant] = field(default_factory=dict)  # each person's first row
    _places: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        reader, before = self.reader, len(self.reader.problems)
        name, number = reader.name(row, needed=True), reader.number(row)
        cohort = reader.text(row, "cohort", needed=True)
        role, where = self.role(row, cohort), self.organisation(row)
        reached = Reached(reader.phone(row), reader.email(row), read_way(reader, row))
        joined = reader.seconds(row, "joined")
        status, reason = self.status(row)
        hours = self.ground(row, cohort or "", status, reason)
        read_subject(reader, row, self.calendar)
        if not name or not number or not cohort or not role or len(reader.problems) > before:
            return
        entrant = Entrant(
            row.line, number, name, reached, role, cohort, where, joined, status, reason, hours,
        )  # fmt: skip
        if self.agrees(row, entrant):
            self.entrants.append(entrant)

    def role(self, row: Row, cohort: str | None) -> str | None:
        text = self.reader.text(row, "role", needed=True)
        if text is None:
            return None
        roles = self.changes.calendar_for(cohort or "").roles
        for role, label in roles.items():
            if plain(text) in (plain(role), plain(label)):
                return role
        hint = nearest(text, [*roles.values(), *roles], ALL_ROLES)
        self.reader.refuse(row, "role", UNKNOWN_ROLE(found=text, hint=hint))
        return None

    def organisation(self, row: Row) -> tuple[tuple[str, str], ...]:
        """The path from the calendar's topmost tier, which must be there, down to the lowest that is named."""
        path = []
        for at, tier in enumerate(self.calendar.tiers):
            name = self.reader.text(row, tier)
            if name:
                path.append((str(tier), name))
            elif name == "" and at == 0:
                self.reader.refuse(row, tier, EMPTY())
        return tuple(path)

    def status(self, row: Row) -> tuple[str | None, str | None]:
        text, reason = self.reader.text(row, "status"), self.reader.text(row, "reason")
        found = None
        if text:
            words = {plain(word): key for key, name in STATUSES.items() for word in (name.zh, name.en)}
            found = words.get(plain(text))
            if found is None:
                self.reader.refuse(row, "status", UNKNOWN_STATUS(found=text))
                return None, None
        if found in ("exempt", "withdrawn") and reason == "":
            self.reader.refuse(row, "reason", WHY())
        if reason and found not in ("exempt", "withdrawn"):
            self.reader.refuse(row, "reason", NO_REASON_NEEDED())
        return found, reason or None

    def ground(self, row: Row, cohort: str, status: str | None, reason: str | None) -> int | None:
        """The hours of an exemption, whose reason is one of the grounds that the calendar lists, if it lists any."""
        hours = self.reader.hundredths(row, "hours")
        calendar = self.changes.calendar_for(cohort)
        if status != "exempt":
            if hours is not None:
                self.reader.refuse(row, "hours", HOURS_OF_THE_EXEMPT())
        elif reason and (calendar.exempt or hours is not None):
            try:
                ground_of(calendar, reason if calendar.exempt else "", hours)
            except WrongGroundError as error:
                self.reader.refuse(row, {"ground": "reason"}.get(error.key, error.key), error.message)
        return hours

    def agrees(self, row: Row, entrant: Entrant) -> bool:
        """Whether a row says the same of a person as the rows before it, and not the same thing twice."""
        reader, before = self.reader, len(self.reader.problems)
        first = self._people.setdefault(entrant.number, entrant)
        if first.name != entrant.name:
            told = TWO_NAMES(number=entrant.number, first=first.line, expected=first.name, found=entrant.name)
            reader.refuse(row, "name", told)
        for key, expected, found in zip(Reached._fields, first.reached, entrant.reached, strict=True):
            if expected and found and expected != found:
                facts = {"expected": way_shown(expected), "found": way_shown(found)}
                reader.refuse(row, key, TWO_CONTACTS(name=entrant.name, first=first.line, **facts))
        place = entrant.cohort, entrant.number, entrant.role
        line = self._places.setdefault(place, entrant.line)
        if line != entrant.line:
            reader.refuse(row, "number", TWICE(name=entrant.name, cohort=entrant.cohort, first=line))
        return len(reader.problems) == before
