"""Whose work a row of a file is: the enrolment that owes the task, found by number, task, cohort and role."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Message, Wording
from calendars.term import Task, TermCalendar
from exchange.cells import Reader
from exchange.columns import NEAREST, Row, plain
from exchange.spreadsheets import Value
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.publishing import calendar_of
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


@dataclass(frozen=True)
class _Trouble:
    key: str
    message: Message


@dataclass
class Participants:
    """Everybody enrolled in a programme, by number, with the calendars that their cohorts go by."""

    people: dict[str, list[Participant]]
    calendars: dict[int, TermCalendar]
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

    def enrolled(self, reader: Reader, row: Row) -> Participant | None:
        """The one enrolment that a row means, whatever is owed there; None if that was refused."""
        number, name = reader.number(row), reader.name(row)
        cohort, role = reader.text(row, "cohort"), reader.text(row, "role")
        if number is None or name is None or cohort is None or role is None:
            return None
        found = self._here(number, name, cohort, role)
        if isinstance(found, list) and len(found) > 1:
            cohorts = list(dict.fromkeys(who.cohort_name for who in found))
            facts = {"name": found[0].name, "cohorts": "、".join(cohorts)}
            roles = "、".join(self._label(who) for who in found)
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
        everywhere = self.people.get(number)
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
        roles = "、".join(dict.fromkeys(self._label(one.who) for one in owed) or map(self._label, here))
        if not owed:
            return _Trouble("task", OWES_NOT(name=called, roles=roles, task=text))
        if len({one.who.cohort for one in owed}) > 1:
            cohorts = "、".join(dict.fromkeys(one.who.cohort_name for one in owed))
            return _Trouble("cohort", SEVERAL_COHORTS(name=called, cohorts=cohorts))
        if len({one.who.role for one in owed}) > 1:
            return _Trouble("role", SEVERAL_ROLES(name=called, roles=roles))
        return _Trouble("task", SEVERAL_TASKS(found=text, ids="、".join(one.task.id for one in owed)))

    def _label(self, who: Participant) -> str:
        return self.calendars[who.edition].roles.get(who.role, who.role)


def participants(session: Session, programme_id: int, newest: TermCalendar) -> Participants:
    """Everybody on the rosters of a programme, whatever their status. Whoever was transferred is found under the former
    cohort's name too, and it is the present enrolment that is meant."""
    rows = session.execute(
        select(
            col(Person.number), col(Enrolment.id), col(Cohort.id), col(Cohort.name), col(Cohort.edition_id),
            col(Enrolment.role), col(Enrolment.organisation_id), col(Person.name),
        )
        .join(Enrolment, col(Enrolment.person_id) == col(Person.id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id)
        .order_by(col(Enrolment.id))
    )  # fmt: skip
    moved, origin = transfers(session, programme_id)
    known = {row[1]: row for row in rows.tuples()}
    people: dict[str, list[Participant]] = {}
    for enrolment, row in known.items():
        end = followed(moved, enrolment)
        number, _, cohort, _name, edition, role, place, name = known[end]
        who = Participant(end, cohort, row[3], edition, role, place, name, followed(origin, enrolment))
        people.setdefault(number, []).append(who)
    editions = {who.edition for places in people.values() for who in places}
    return Participants(people, {edition: calendar_of(session, edition) for edition in editions}, newest)


def tasks_called(calendar: TermCalendar, text: str) -> list[Task]:
    """The tasks with this id, else those with this name."""
    wanted = plain(text)
    by_id = [task for task in calendar.tasks if plain(task.id) == wanted]
    return by_id or [task for task in calendar.tasks if plain(task.name) == wanted]


def nearest(text: str, names: Iterable[str], otherwise: Wording) -> Message:
    """A hint for a name that does not exist: the one most like it, or all there are."""
    known = {plain(name): name for name in names}
    near = difflib.get_close_matches(plain(text), known, n=1, cutoff=0.5)
    return NEAREST(near=known[near[0]]) if near else otherwise(names="、".join(known.values()) or "—")


def _hint(text: str, calendar: TermCalendar) -> Message:
    names = [name for task in calendar.tasks for name in (task.name, task.id)]
    return nearest(text, names, ALL_TASKS)
