"""A list of learners with school and subject becomes a roster with groups, which an office edits and imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path as FilePath

from sqlmodel import Session

from calendars.groups import Grouping
from calendars.messages import Locale, Message, Refused, Wording, joined, refuse
from calendars.term import TermCalendar
from exchange.cells import EMPTY, Reader
from exchange.columns import Column, Row, plain, recognise, written_in
from exchange.forms import FORMS, columns_of
from exchange.group_columns import read_subject
from exchange.participants import nearest
from exchange.roster import ALL_ROLES, UNKNOWN_ROLE
from exchange.spreadsheets import open_sheet
from exchange.templates import NOTES
from exchange.workbooks import Page, write_workbook
from workflows.forming import Group, Path, Someone, Unit, district_of, form, guide, lead, name_groups
from workflows.known import calendar_named
from workflows.parties import TIER_NAMES

NO_GROUPS = Wording(
    zh="学期日历没有写怎样组班（groups）",
    en="the term calendar does not say how groups are formed (`groups`)",
)
TWICE = Wording(zh="{name} 在第{first}行已经出现过", en="{name} stands in line {first} already")
OTHER_ROLE = Wording(
    zh="只为{roles}组班；别的角色请写明班级",
    en="groups are formed of {roles} alone; say the cohort of anybody else",
)
NO_PARTNER = Wording(
    zh="“{found}”没有同学科的学员，或不在同一{tier}。{hint}",
    en="{found!r} has no learners of this subject, or is not in the same {tier}. {hint}",
)
SCHOOLS = Wording(zh="可以是：{names}", en="It can be: {names}")
ITSELF = Wording(zh="结对学校不能是本校", en="a school cannot join itself")
TWO_PARTNERS = Wording(
    zh="同校同学科的第{line}行写的结对学校是“{expected}”，这里是“{found}”",
    en="line {line}, of the same school and subject, joins {expected!r}, and this one {found!r}",
)
NO_UNIT = Wording(
    zh="{school}没有{subject}学员，组长无组可带", en="{school} has no learners of {subject} to lead"
)
CALLED = Wording(zh="{place}{subject}组", en="{place} {subject}")
HEADINGS = (
    Wording(zh="研修组", en="group"), Wording(zh="范围", en="in"), Wording(zh="学科", en="subject"),
    Wording(zh="人数", en="learners"), Wording(zh="学校", en="schools"), Wording(zh="组长", en="leader"),
    Wording(zh="指导教师", en="tutor"), Wording(zh="说明", en="note"),
)  # fmt: skip
STAYS_SMALL = Wording(zh="不足{least}人", en="fewer than {least}")
NO_LEADER = Wording(zh="没有组长，请指定", en="no leader: name one")
SEVERAL_LEADERS = Wording(zh="有几位组长，请县区和学校确定", en="several leaders: settle on one")
NO_TUTOR = Wording(zh="没有指导教师", en="no tutor")
SPANS = Wording(zh="跨校", en="of several schools")
LISTED = Wording(zh="{first}；{rest}", en="{first}; {rest}")


@dataclass(frozen=True)
class Formed:
    """What is proposed: the groups, the roster's rows, and what somebody should look at."""

    calendar: TermCalendar
    grouping: Grouping
    groups: list[Group]
    rows: list[dict[str, str]]
    kept: int  # rows whose cohort the office had filled in
    idle: list[Someone]  # tutors without a group

    def too_small(self, group: Group) -> bool:
        return group.size < self.grouping.at_least

    def notes(self, group: Group) -> Message | str:
        found = [
            SPANS() if len(group.units) > 1 else None,
            STAYS_SMALL(least=self.grouping.at_least) if self.too_small(group) else None,
            NO_LEADER() if not group.leaders else None,
            SEVERAL_LEADERS() if len(group.leaders) > 1 else None,
            NO_TUTOR() if self.grouping.tutor and group.tutor is None else None,
        ]
        told: Message | str = ""
        for one in filter(None, found):
            told = LISTED(first=told, rest=one) if told else one
        return told

    def described(self, locale: Locale) -> Iterator[list[str]]:
        """A row for each group: name, district, subject, learners, schools, leaders, tutor, notes."""
        for group in self.groups:
            schools = (f"{unit.place[-1][1]}({len(unit.learners)})" for unit in group.units)
            notes = self.notes(group)
            yield [
                group.name, "".join(name for _, name in group.district[-1:]), group.subject, str(group.size),
                joined(schools, locale), joined((one.name for one in group.leaders), locale),
                group.tutor.name if group.tutor else "",
                notes if isinstance(notes, str) else notes.text(locale),
            ]  # fmt: skip


def form_groups(session: Session, programme_slug: str, path: FilePath, locale: Locale) -> Formed:
    """Read a list of learners and propose groups. Raises Refused with every problem by its cell, and where the calendar
    says nothing of groups."""
    calendar = calendar_named(session, programme_slug)
    if calendar.groups is None:
        raise refuse(NO_GROUPS())
    columns = _columns(calendar)
    table = recognise(open_sheet(path), columns)
    # Nothing here is received: no time in the list can be too late for it.
    reader = Reader(table, calendar.zoneinfo, int(datetime(2199, 12, 31, tzinfo=UTC).timestamp()))
    listed = _List(reader, calendar, calendar.groups, columns)
    for row in table.rows():
        listed.take(row)
    listed.join()
    problems = [*reader.problems, *table.strays]
    if problems:
        raise Refused(problems)
    return listed.formed(locale)


def write_formed(formed: Formed, path: FilePath, locale: Locale) -> None:
    """The roster as `roster import` reads it, and beside it notes, which no import reads: a row for each group."""
    columns = _columns(formed.calendar)
    roster = Page(
        written_in(FORMS["roster"].sheet, locale),
        [written_in(column.name, locale) for column in columns],
        ([row.get(column.key, "") for column in columns] for row in formed.rows),
        in_full=True,
    )
    write_workbook(
        path,
        [
            roster,
            Page(
                written_in(NOTES, locale),
                [written_in(one, locale) for one in HEADINGS],
                formed.described(locale),
            ),
        ],
    )


def _columns(calendar: TermCalendar) -> list[Column]:
    """Those of a roster, of which the list need not say the role and the cohort."""
    found = columns_of("roster", calendar)
    return [replace(one, required=False) if one.key in ("cohort", "role") else one for one in found]


@dataclass
class _List:
    """The rows of one list, checked one by one and against each other."""

    reader: Reader
    calendar: TermCalendar
    grouping: Grouping
    columns: list[Column]
    units: dict[tuple[Path, str], Unit] = field(default_factory=dict)
    leaders: list[tuple[Row, Someone]] = field(default_factory=list)
    tutors: list[Someone] = field(default_factory=list)
    cells: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)  # by number and role
    kept: list[dict[str, str]] = field(default_factory=list)
    partners: dict[tuple[Path, str], tuple[Row, str]] = field(default_factory=dict)
    first: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def tiers(self) -> list[str]:
        """Down to the one inside which schools join."""
        tiers = [str(tier) for tier in self.calendar.tiers]
        return tiers[: tiers.index(self.grouping.tier) + 1]

    def take(self, row: Row) -> None:
        reader, before = self.reader, len(self.reader.problems)
        name, number, role = reader.name(row, needed=True), reader.number(row), self._role(row)
        cells = {column.key: self._text(row, column.key) for column in self.columns}
        where = self._where(row, cells)
        subject = read_subject(reader, row, self.calendar)
        if not name or not number or role is None or len(reader.problems) > before:
            return
        cells |= {"name": name, "number": number, "role": self.calendar.roles[role]}
        if cells["cohort"]:
            self.kept.append(cells)
            return
        line = self.first.setdefault((number, role), row.line)
        if line != row.line:
            reader.refuse(row, "number", TWICE(name=name, first=line))
            return
        one = Someone(row.line, number, name, where, subject, cells["post"])
        self.cells[number, role] = cells
        self._place(row, one, role)

    def _place(self, row: Row, one: Someone, role: str) -> None:
        if role == self.grouping.tutor:
            self.tutors.append(one)
        elif role == self.grouping.leader:
            self.leaders.append((row, one))
        elif role == self.grouping.of:
            self._learns(row, one)
        else:
            roles = (self.grouping.of, self.grouping.leader, self.grouping.tutor)
            named = [self.calendar.roles[known] for known in roles if known]
            self.reader.refuse(row, "cohort", OTHER_ROLE(roles=named))

    def _learns(self, row: Row, one: Someone) -> None:
        key = self._key(row, one)
        if key is None:
            return
        self.units.setdefault(key, Unit(*key)).learners.append(one)
        partner = self.cells[one.number, self.grouping.of]["pair"]
        if not partner:
            return
        known, expected = self.partners.setdefault(key, (row, partner))
        if plain(expected) != plain(partner):
            told = TWO_PARTNERS(line=known.line, expected=expected, found=partner)
            self.reader.refuse(row, "pair", told)

    def _key(self, row: Row, one: Someone) -> tuple[Path, str] | None:
        """The unit that somebody belongs to; None where the row does not say."""
        lowest = str(self.calendar.tiers[-1])
        by_school, by_subject = "school" in self.grouping.by, "subject" in self.grouping.by
        missing = [lowest] if by_school and one.where[-1:][0][0] != lowest else []
        missing += ["subject"] if by_subject and not one.subject else []
        for key in missing:
            self.reader.refuse(row, key, EMPTY())
        if missing:
            return None
        place = one.where if by_school else district_of(one.where, self.tiers)
        return place, one.subject if by_subject else ""

    def join(self) -> None:
        """Partners and leaders, once every unit is known."""
        for key, (row, partner) in self.partners.items():
            self._pair(row, self.units[key], partner)
        for row, one in self.leaders:
            led = self._key(row, one)
            if led is not None and led in self.units:
                self.units[led].leaders.append(one)
            elif led is not None:
                told = NO_UNIT(school=led[0][-1][1], subject=led[1])
                self.reader.refuse(row, "role", told)

    def _pair(self, row: Row, unit: Unit, partner: str) -> None:
        near = {
            other.place[-1][1]: other
            for other in self.units.values()
            if other.subject == unit.subject
            and district_of(other.place, self.tiers) == district_of(unit.place, self.tiers)
        }
        known = {plain(name): other for name, other in near.items()}
        found = known.get(plain(partner))
        if found is unit:
            self.reader.refuse(row, "pair", ITSELF())
        elif found is None:
            others = [name for name in near if name != unit.place[-1][1]]
            facts = {"tier": TIER_NAMES[self.grouping.tier](), "hint": nearest(partner, others, SCHOOLS)}
            self.reader.refuse(row, "pair", NO_PARTNER(found=partner, **facts))
        unit.partner = found

    def formed(self, locale: Locale) -> Formed:
        groups = form(self.units.values(), self.tiers, self.grouping.at_least)
        lead(groups, self.grouping.posts)
        idle = guide(groups, self.tutors, self.tiers) if self.grouping.tutor else []
        taken = dict.fromkeys(cells["cohort"] for cells in self.kept)
        name_groups(groups, written_in(CALLED, locale), taken)
        rows = [row for group in groups for row in self._rows(group)]
        return Formed(self.calendar, self.grouping, groups, [*self.kept, *rows], len(self.kept), idle)

    def _rows(self, group: Group) -> Iterator[dict[str, str]]:
        """Who leads, who learns, who guides: a row for each role."""
        for one in group.leaders:
            yield self._row(one, self.grouping.leader, group)
        for one in group.learners:
            yield self._row(one, self.grouping.of, group)
        if group.tutor is not None and self.grouping.tutor is not None:
            yield self._row(group.tutor, self.grouping.tutor, group)

    def _row(self, one: Someone, role: str, group: Group) -> dict[str, str]:
        known: Mapping[str, str] = (
            self.cells.get((one.number, role)) or self.cells[one.number, self.grouping.of]
        )
        return {**known, "role": self.calendar.roles[role], "cohort": group.name}

    # ------------------------------------------------------------------ what a row says

    def _text(self, row: Row, key: str) -> str:
        """A cell as text; times as they are read, everything else unchanged."""
        if key == "joined":
            at = self.reader.seconds(row, key)
            return "" if at is None else f"{datetime.fromtimestamp(at, self.reader.zone):%Y-%m-%d %H:%M:%S}"
        if key == "number":
            return ""
        return self.reader.text(row, key) or ""

    def _role(self, row: Row) -> str | None:
        text = self.reader.text(row, "role")
        if not text:
            return self.grouping.of if text == "" else None
        for role, label in self.calendar.roles.items():
            if plain(text) in (plain(role), plain(label)):
                return role
        roles = self.calendar.roles
        hint = nearest(text, [*roles.values(), *roles], ALL_ROLES)
        self.reader.refuse(row, "role", UNKNOWN_ROLE(found=text, hint=hint))
        return None

    def _where(self, row: Row, cells: Mapping[str, str]) -> Path:
        tiers = [str(tier) for tier in self.calendar.tiers]
        if not cells[tiers[0]]:
            self.reader.refuse(row, tiers[0], EMPTY())
        return tuple((tier, cells[tier]) for tier in tiers if cells[tier])
