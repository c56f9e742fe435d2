"""Whose work a row of a file is: the enrolment that owes the task, found by number, task, cohort and role."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.term import Task, TermCalendar
from exchange.cells import Reader
from exchange.columns import NEAREST, Row, Table, plain
from exchange.lookups import look_up
from exchange.spreadsheets import Value
from models.encrypted import found_by
from models.terms import Cohort
from workflows.publishing import calendar_of
from workflows.scopes import is_limited, may_touch, require_each
from workflows.transfers import followed, transfers

UNKNOWN_PERSON = Wording(
    zh="名册中没有编号 {number}。请先导入名册",
    en="nobody on the roster has the number {number}; import the roster first",
)
OTHER_NAME = Wording(
    zh="编号 {number} 在名册中是“{expected}”，这里写的是“{found}”",
    en="number {number} is {expected!r} on the roster, not {found!r}",
)
UNKNOWN_TASK = Wording(
    zh="学期日历中没有任务“{found}”。{hint}", en="the term calendar has no task {found!r}. {hint}"
)
ALL_TASKS = Wording(zh="任务有：{names}", en="The tasks are: {names}")
OWES_NOT = Wording(
    zh="“{name}”的角色（{roles}）没有任务“{task}”", en="{name!r} does not owe the task {task!r} as {roles}"
)
NOT_IN_COHORT = Wording(zh="“{name}”不在班级“{cohort}”", en="{name!r} is not in cohort {cohort!r}")
NOT_IN_ROLE = Wording(zh="“{name}”没有角色“{role}”", en="{name!r} does not have the role {role!r}")
SEVERAL_COHORTS = Wording(
    zh="“{name}”在几个班级都有这个任务（{cohorts}），请填写班级",
    en="{name!r} owes this in several cohorts ({cohorts}); say in which",
)
SEVERAL_ROLES = Wording(
    zh="“{name}”以几个角色都有这个任务（{roles}），请填写角色",
    en="{name!r} owes this in several roles ({roles}); say in which",
)
IN_SEVERAL_COHORTS = Wording(
    zh="“{name}”在几个班级（{cohorts}），请填写班级",
    en="{name!r} is in several cohorts ({cohorts}); say in which",
)
IN_SEVERAL_ROLES = Wording(
    zh="“{name}”有几个角色（{roles}），请填写角色", en="{name!r} has several roles ({roles}); say in which"
)
SEVERAL_TASKS = Wording(
    zh="几个任务都叫“{found}”，请填写代号：{ids}",
    en="several tasks are called {found!r}; write the id: {ids}",
)


class Participant(NamedTuple):
    enrolment: int
    cohort: int
    cohort_name: str
    edition: int
    role: str
    organisation: int
    name: str
    origin: int  # the enrolment with which it began, before any transfer


@dataclass(frozen=True)
class Owed:
    """A task, and the enrolment that owes it."""

    who: Participant
    task: Task


_ASKED = ("number", "name", "task", "cohort", "role")
BLOCK = 5000  # rows whose people are looked up together
MOST_REMEMBERED = 20 * BLOCK  # people


@dataclass(frozen=True)
class _Trouble:
    key: str
    message: Message


@dataclass
class People:
    """Everybody on the rosters of a programme, whatever their status, by number: looked up when asked for, and some of them
    remembered. Whoever was transferred is found under the former cohort's name too, and it is the present enrolment that is
    meant."""

    session: Session
    programme_id: int
    known: dict[str, tuple[Participant, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._moved, self._origin = transfers(self.session, self.programme_id)
        columns = (col(Cohort.id), col(Cohort.name), col(Cohort.edition_id), col(Cohort.organisation_id))
        cohorts = select(*columns).where(col(Cohort.programme_id) == self.programme_id)
        self._cohorts = {number: _Cohort(*rest) for number, *rest in self.session.execute(cohorts)}
        self._limited = is_limited(self.session)

    def called(self, number: str) -> tuple[Participant, ...]:
        """Each enrolment of whoever has this number; nothing where nobody does."""
        if number not in self.known:
            self.bring([number])
        return self.known[number]

    def bring(self, numbers: Iterable[Value | None]) -> None:
        """Look up many at once; what is no text is nobody's number."""
        wanted = {number for number in numbers if isinstance(number, str)}
        unknown = wanted - self.known.keys()
        if not unknown:
            return
        if len(self.known) + len(unknown) > MOST_REMEMBERED:
            self.known.clear()
            unknown = wanted
        meant = {number.strip() for number in unknown}
        self.known |= dict.fromkeys(unknown | meant, ())
        # By one index after the other: a join of all would be planned anew for tables that have just been filled.
        hashed = {found_by(number): number for number in meant}
        people = look_up(
            self.session, ("id", "number_hash", "name"), "person", "number_hash = wanted.value", [*hashed]
        )
        named = {person: (hashed[number], name) for person, number, name in people}
        columns = ("person_id", "id", "cohort_id", "role", "organisation_id")
        enrolments = look_up(self.session, columns, "enrolment", "person_id = wanted.value", [*named])
        ours = sorted(row for row in enrolments if row[2] in self._cohorts)
        for person, rows in groupby(ours, key=itemgetter(0)):
            number, name = named[person]
            self.known[number] = self._as_now([tuple(row) for row in rows], name)
        if self._limited:
            self._within_scope(meant)

    def _within_scope(self, numbers: Iterable[str]) -> None:
        """Leave those enrolments that whoever acts may touch. Raises Refused where a person has none such."""
        beyond: dict[str, tuple[int, ...]] = {}
        for number in numbers:
            those = self.known[number]
            self.known[number] = tuple(who for who in those if may_touch(self.session, self._places(who)))
            if not self.known[number]:
                beyond |= {who.cohort_name: self._places(who) for who in those}
        require_each(self.session, beyond)

    def _places(self, who: Participant) -> tuple[int, ...]:
        return self._cohorts[who.cohort].organisation, who.organisation

    def _as_now(self, rows: Sequence[tuple[Any, ...]], name: str) -> tuple[Participant, ...]:
        """One person's enrolments, in the order in which they were made, each with where it led by transfers."""
        known = {enrolment: (cohort, role, place) for _, enrolment, cohort, role, place in rows}
        found = []
        for enrolment, (cohort, _, _) in known.items():
            now = followed(self._moved, enrolment)
            there, role, place = known[now]
            called, edition = self._cohorts[cohort].name, self._cohorts[there].edition
            origin = followed(self._origin, enrolment)
            found.append(Participant(now, there, called, edition, role, place, name, origin))
        return tuple(found)


class _Cohort(NamedTuple):
    name: str
    edition: int
    organisation: int


class Calendars(dict[int, TermCalendar]):
    """The calendars of editions, each read when it is first asked for."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def __missing__(self, edition: int) -> TermCalendar:
        self[edition] = calendar_of(self.session, edition)
        return self[edition]


@dataclass
class Participants:
    """Everybody enrolled in a programme, with the calendars that their cohorts go by."""

    people: People
    calendars: Calendars
    newest: TermCalendar
    _found: dict[tuple[Value | None, ...], Owed] = field(default_factory=dict)

    def owed(self, reader: Reader, row: Row) -> Owed | None:
        """The enrolment and task of a row; None if that was refused."""
        asked = tuple(map(row.cells.get, _ASKED))
        found = self._found.get(asked)
        if found is None:
            found = self._read(reader, row)
            if found is not None:
                if len(self._found) >= 1 << 16:
                    self._found.clear()
                self._found[asked] = found
        return found

    def _read(self, reader: Reader, row: Row) -> Owed | None:
        number, name = reader.number(row), reader.name(row)
        task = reader.text(row, "task", needed=True)
        cohort, role = reader.text(row, "cohort"), reader.text(row, "role")
        if number is None or name is None or task is None or cohort is None or role is None:
            return None
        found = self._find(number, name, task, cohort, role)
        if isinstance(found, _Trouble):
            reader.refuse(row, found.key, found.message)
            return None
        return found

    def rows(self, table: Table) -> Iterator[Row]:
        """A table's rows, those whom they are about looked up some thousands at a time."""
        rows = table.rows()
        while block := list(islice(rows, BLOCK)):
            self.people.bring(row.cells.get("number") for row in block)
            yield from block

    def enrolled(self, reader: Reader, row: Row) -> Participant | None:
        """The one enrolment that a row means, whatever is owed there; None if that was refused."""
        number, name = reader.number(row), reader.name(row)
        cohort, role = reader.text(row, "cohort"), reader.text(row, "role")
        if number is None or name is None or cohort is None or role is None:
            return None
        found = self._here(number, name, cohort, role)
        if isinstance(found, list) and len(found) > 1:
            cohorts = list(dict.fromkeys(who.cohort_name for who in found))
            facts = {"name": found[0].name, "cohorts": cohorts}
            roles = [self._label(who) for who in found]
            found = (
                _Trouble("cohort", IN_SEVERAL_COHORTS(**facts))
                if len(cohorts) > 1
                else _Trouble("role", IN_SEVERAL_ROLES(name=found[0].name, roles=roles))
            )
        if isinstance(found, _Trouble):
            reader.refuse(row, found.key, found.message)
            return None
        return found[0]

    def _find(self, number: str, name: str, task: str, cohort: str, role: str) -> Owed | _Trouble:
        here = self._here(number, name, cohort, role)
        return here if isinstance(here, _Trouble) else self._single(here, task)

    def _here(self, number: str, name: str, cohort: str, role: str) -> list[Participant] | _Trouble:
        everywhere = self.people.called(number)
        if not everywhere:
            return _Trouble("number", UNKNOWN_PERSON(number=number))
        called = everywhere[0].name
        if name and name != called:
            return _Trouble("name", OTHER_NAME(number=number, expected=called, found=name))
        here = [who for who in everywhere if not cohort or who.cohort_name == cohort]
        here = list({who.enrolment: who for who in here}.values())
        if not here:
            return _Trouble("cohort", NOT_IN_COHORT(name=called, cohort=cohort))
        here = [who for who in here if not role or role in (who.role, self._label(who))]
        if not here:
            return _Trouble("role", NOT_IN_ROLE(name=called, role=role))
        return here

    def _single(self, here: list[Participant], text: str) -> Owed | _Trouble:
        """The one enrolment that owes a task of this name, or why there is not just one."""
        named = {who: tasks_called(self.calendars[who.edition], text) for who in here}
        if not any(named.values()):
            return _Trouble(
                "task", UNKNOWN_TASK(found=text, hint=_hint(text, self.calendars[here[0].edition]))
            )
        owed = [Owed(who, task) for who, tasks in named.items() for task in tasks if who.role in task.role]
        if len(owed) == 1:
            return owed[0]
        called = here[0].name
        roles = [*dict.fromkeys(self._label(one.who) for one in owed)] or [*map(self._label, here)]
        if not owed:
            return _Trouble("task", OWES_NOT(name=called, roles=roles, task=text))
        if len({one.who.cohort for one in owed}) > 1:
            cohorts = [*dict.fromkeys(one.who.cohort_name for one in owed)]
            return _Trouble("cohort", SEVERAL_COHORTS(name=called, cohorts=cohorts))
        if len({one.who.role for one in owed}) > 1:
            return _Trouble("role", SEVERAL_ROLES(name=called, roles=roles))
        return _Trouble("task", SEVERAL_TASKS(found=text, ids=[one.task.id for one in owed]))

    def _label(self, who: Participant) -> str:
        return self.calendars[who.edition].roles.get(who.role, who.role)


def participants(session: Session, programme_id: int, newest: TermCalendar) -> Participants:
    return Participants(People(session, programme_id), Calendars(session), newest)


class Whose(NamedTuple):
    name: str
    cohort: int


def whose(session: Session, enrolments: Iterable[int]) -> dict[int, Whose]:
    """The person's name and the cohort of some enrolments."""
    of_each = (
        "(SELECT enrolment.id AS enrolment, person.name, enrolment.cohort_id FROM enrolment "
        "JOIN person ON person.id = enrolment.person_id)"
    )
    columns = ("enrolment", "name", "cohort_id")
    rows = look_up(session, columns, of_each, "enrolment = wanted.value", sorted(set(enrolments)))
    return {enrolment: Whose(*rest) for enrolment, *rest in rows}


def tasks_called(calendar: TermCalendar, text: str) -> list[Task]:
    """The tasks with this id, else those with this name."""
    wanted = plain(text)
    by_id = [task for task in calendar.tasks if plain(task.id) == wanted]
    return by_id or [task for task in calendar.tasks if plain(task.name) == wanted]


def nearest(text: str, names: Iterable[str], otherwise: Wording) -> Message:
    """A hint for a name that does not exist: the one most like it, or all there are."""
    known = {plain(name): name for name in names}
    near = difflib.get_close_matches(plain(text), known, n=1, cutoff=0.5)
    return NEAREST(near=known[near[0]]) if near else otherwise(names=[*known.values()])


def _hint(text: str, calendar: TermCalendar) -> Message:
    names = [name for task in calendar.tasks for name in (task.name, task.id)]
    return nearest(text, names, ALL_TASKS)
