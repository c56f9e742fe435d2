"""Letters made of the outbox rows that they carry, in the figures of the moment at which they are sent.

What no longer holds is left out: what has been done meanwhile, deadlines that have moved or passed, people who have left. A
letter of which nothing is left is not sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Wording
from models.letters import Contact
from models.nights import Outbox
from models.people import Organisation, Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.chances import Standings, standings
from workflows.claiming import Claimed
from workflows.cohorts import CohortTerm, load_terms
from workflows.filings_told import FilingsTold
from workflows.group_letters import GroupRow, group_rows
from workflows.letters import Chance, Due, Lagging, Letter, Occasion, Reader, Unreached, Watch
from workflows.organisations import Tree, load_tree
from workflows.still_owed import ENDS_WITH_ITS_DEADLINE, Owes, StillOwed, Subject, moment_of

NO_ADDRESS = Wording(zh="没有登记邮箱", en="no mail address is known")
REFUSED_ADDRESS = Wording(zh="邮件服务器拒收其邮箱", en="the mail server refuses the address")


@dataclass(frozen=True)
class Row:
    """One outbox row in a letter."""

    id: int
    letter_id: int
    cohort_id: int
    recipient: str
    obligation: str
    step: str
    deadline_at: datetime
    reminder: int

    @property
    def task(self) -> str:
        return self.obligation.partition("@")[0]

    @property
    def subject(self) -> Subject:
        return Subject(self.cohort_id, self.reminder, self.task, self.deadline_at)

    @property
    def number(self) -> int:
        return int(self.recipient[1:])


class Participant(NamedTuple):
    """Somebody to whom a row is, with what letters tell of people."""

    id: int
    person_id: int
    cohort_id: int
    organisation_id: int
    role: str
    left_at: datetime | None
    number: str
    name: str
    email: str | None
    refused_email: str | None


@dataclass
class Told:
    """What a batch of claimed letters says, by their ids. `left_out` are the rows that no longer hold; `later` the letters
    that may not be sent at this hour, each with from when on they may; `nowhere` those whose reader has no address now."""

    letters: dict[int, Letter] = field(default_factory=dict)
    left_out: list[int] = field(default_factory=list)
    later: dict[int, datetime] = field(default_factory=dict)
    nowhere: set[int] = field(default_factory=set)

    def take_in(self, other: Told) -> None:
        """What other letters say, too."""
        self.letters |= other.letters
        self.left_out += other.left_out
        self.later |= other.later
        self.nowhere |= other.nowhere


def tell(
    session: Session, claimed: Sequence[Claimed], at: datetime, zone: ZoneInfo, *, at_any_hour: bool = False
) -> Told:
    """Write the letters of a batch. One that is nowhere in what is told has nothing to say any more."""
    return _Telling(session, claimed, at, zone).tell(at_any_hour=at_any_hour)


class _Telling:
    def __init__(self, session: Session, claimed: Sequence[Claimed], at: datetime, zone: ZoneInfo) -> None:
        self.session, self.claimed, self.at, self.zone = session, claimed, at, zone
        self.rows = self._rows()
        groups = [one.id for one in claimed if one.reader[0] == "c"]
        self.of_groups = group_rows(session, groups) if groups else []
        cohorts = {row.cohort_id for row in self.rows} | {row.cohort_id for row in self.of_groups}
        self.filings = FilingsTold(session, [one.id for one in claimed], at)
        self.terms: dict[int, CohortTerm] = {term.id: term for term in load_terms(session, cohorts)}
        for term in self.terms.values():
            term.go_by(at)
        self.people = self._people()
        self.still = StillOwed(session, self.terms, at)
        self.standings: dict[tuple[int, str], list[Standings]] = {}
        self.told = Told()

    def tell(self, *, at_any_hour: bool) -> Told:
        holding = [row for row in self.rows if self._may_hold(row)]
        self.told.left_out += sorted({row.id for row in self.rows} - {row.id for row in holding})
        self.told.left_out += self.filings.left_out
        told = [row for row in self.of_groups if self._dates_hold(row)]
        self.still.ask({row.subject for row in holding} | {row.subject for row in told})
        by_letter: dict[int, list[Row]] = {}
        for row in holding:
            by_letter.setdefault(row.letter_id, []).append(row)
        names = self._readers()
        for claimed in self.claimed:
            rows = by_letter.get(claimed.id, [])
            hours = [self._from_when(row) for row in rows]
            if claimed.reader not in names:
                self.told.nowhere.add(claimed.id)
            elif hours and min(hours) > self.at and not at_any_hour:
                self.told.later[claimed.id] = min(hours)
            else:
                self._write(claimed, rows, *names[claimed.reader])
        return self.told

    def _from_when(self, row: Row) -> datetime:
        """From when on a row may be told: now, within the hours of its programme, or where it would be over by the next."""
        calendar = self.terms[row.cohort_id].calendar
        if calendar.reminding.is_within(self.at, calendar.zoneinfo):
            return self.at
        following = calendar.reminding.next_beginning(self.at, calendar.zoneinfo)
        return self.at if self.at < row.deadline_at <= following else following

    # ------------------------------------------------------------------ what is asked of the database

    @cached_property
    def tree(self) -> Tree:
        return load_tree(self.session)

    def _rows(self) -> list[Row]:
        columns = (col(getattr(Outbox, name)) for name in Row.__dataclass_fields__)
        rows = (
            select(*columns)
            .where(
                col(Outbox.letter_id).in_([one.id for one in self.claimed]),
                col(Outbox.cohort_id).is_not(None),
            )
            .order_by(col(Outbox.deadline_at), col(Outbox.id))
        )
        return [Row(*row) for row in self.session.execute(rows)]

    def _people(self) -> dict[int, Participant]:
        wanted = {row.number for row in self.rows if row.recipient[0] == "e"}
        rows = self.session.execute(
            select(
                col(Enrolment.id), col(Enrolment.person_id), col(Enrolment.cohort_id), col(Enrolment.organisation_id),
                col(Enrolment.role), col(Enrolment.left_at), col(Person.number), col(Person.name), col(Person.email),
                col(Person.refused_email),
            )
            .join(Person, col(Person.id) == col(Enrolment.person_id))
            .where(col(Enrolment.id).in_(wanted))
        )  # fmt: skip
        return {row[0]: Participant(*row) for row in rows}

    def _readers(self) -> dict[str, tuple[str, str]]:
        """The name and the address of each reader who can be reached."""
        found: dict[str, tuple[str, str]] = {}
        ways = {one.reader: one.way for one in self.claimed}
        numbers = {kind: {int(one[1:]) for one in ways if one[0] == kind} for kind in "poc"}
        people = select(col(Person.id), col(Person.name), col(Person.email)).where(
            col(Person.id).in_(numbers["p"])
        )
        for number, name, email in self.session.execute(people):
            found[f"p{number}"] = name, email or ""
        places: tuple[tuple[str, Any, Any], ...] = (
            ("o", Contact.organisation_id, Organisation), ("c", Contact.cohort_id, Cohort),
        )  # fmt: skip
        for kind, key, table in places:
            rows = self.session.execute(
                select(key, col(table.name), col(Contact.email), col(Contact.robot))
                .join(table, col(table.id) == key)
                .where(col(key).in_(numbers[kind]))
            )
            for number, name, email, robot in rows:
                reader = f"{kind}{number}"
                found[reader] = name, (robot if ways[reader] == "chat" else email) or ""
        return {reader: told for reader, told in found.items() if told[1]}

    # ------------------------------------------------------------------ what still holds

    def _may_hold(self, row: Row) -> bool:
        """Whether a row can be true still, by its dates and by who is there."""
        return self._dates_hold(row) and (row.recipient[0] == "o" or self._takes_part(row.number))

    def _dates_hold(self, row: Row | GroupRow) -> bool:
        if moment_of(row.step) in ENDS_WITH_ITS_DEADLINE:
            return self.at < row.deadline_at
        term = self.terms[row.cohort_id]
        phase = term.phases[term.calendar.task(row.subject.task).phase]
        return phase.done_at is None or self.at < phase.done_at

    def _takes_part(self, enrolment: int) -> bool:
        found = self.people.get(enrolment)
        return found is not None and (found.left_at is None or found.left_at > self.at)

    def _owes(self, row: Row) -> Owes | None:
        return self.still.who[row.subject].get(row.number)

    # ------------------------------------------------------------------ one letter

    def _write(self, claimed: Claimed, rows: Sequence[Row], name: str, address: str) -> None:
        dues: dict[int, list[Due]] = {}  # by enrolment
        owed: list[Row] = []
        watches: dict[Subject, Watch] = {}
        for row in rows:
            due = self._due(row)
            if due is not None:
                dues.setdefault(row.number, []).append(due)
                owed.append(row)
                continue
            watch = self._watch(row)
            if watch is None:
                self.told.left_out.append(row.id)
            else:
                watches.setdefault(row.subject, watch)
        own = [due for number, found in dues.items() if self._is_of(claimed, number) for due in found]
        others = {number: found for number, found in dues.items() if not self._is_of(claimed, number)}
        letter = Letter(
            key=claimed.key, reader=_READERS[claimed.reader[0]], way="chat" if claimed.way == "chat" else "mail",
            name=name, address=address, day=self.at.astimezone(self.zone).date(), at=self.at, zone=self.zone,
            dues=tuple(_once(own)),
            chances=tuple(self._chances(row for row in owed if self._is_of(claimed, row.number))),
            watches=(*watches.values(), *(self._in_group(claimed, owed) if claimed.reader[0] == "c" else ())),
            unreached=tuple(self._unreached(others)) if claimed.reader[0] == "o" else (),
            waiting=self.filings.waiting(claimed.id),
            unsubscribe=claimed.key if any(not due.obligatory for due in own) else None,
        )  # fmt: skip
        if not letter.is_empty:
            self.told.letters[claimed.id] = letter

    def _is_of(self, claimed: Claimed, enrolment: int) -> bool:
        return claimed.reader == f"p{self.people[enrolment].person_id}"

    def _occasion(self, row: Row | GroupRow) -> Occasion:
        term = self.terms[row.cohort_id]
        return Occasion(
            term.calendar.name, term.name, term.calendar.task(row.subject.task).name, row.deadline_at, term.calendar.zoneinfo,
            moment_of(row.step),
        )  # fmt: skip

    def _is_own(self, row: Row) -> bool:
        """Whether it is the recipient who owes it, not somebody whom the recipient looks after."""
        if row.recipient[0] != "e":
            return False
        task = self.terms[row.cohort_id].calendar.task(row.task)
        return self.people[row.number].role in task.role

    def _due(self, row: Row) -> Due | None:
        owes = self._owes(row) if self._is_own(row) else None
        if owes is None:
            return None
        term = self.terms[row.cohort_id]
        worth = (one.worth(row.number, row.task) for one in self._standings(term, owes.role))
        return Due(
            self._occasion(row), term.calendar.roles[owes.role], owes.short, next(filter(None, worth), None),
            term.calendar.reminders[row.reminder].is_obligatory,
        )  # fmt: skip

    def _watch(self, row: Row) -> Watch | None:
        if self._is_own(row):
            return None
        term, who = self.terms[row.cohort_id], [*self.still.who[row.subject].values()]
        if row.recipient[0] == "o":
            who = [one for one in who if self._is_under(one, row.number)]
        reminder, task = term.calendar.reminders[row.reminder], term.calendar.task(row.task)
        lagging = tuple(self._lagging(term, one) for one in who)
        return Watch(self._occasion(row), lagging, reminder.asks_for_marks(task)) if lagging else None

    def _is_under(self, owes: Owes, organisation: int) -> bool:
        return any(node.id == organisation for node in self.tree.path(owes.organisation_id))

    def _lagging(self, term: CohortTerm, owes: Owes) -> Lagging:
        place = self.tree.nodes[owes.organisation_id].name
        return Lagging(owes.number, owes.name, place, term.name, owes.short)

    def _in_group(self, claimed: Claimed, rows: Sequence[Row]) -> Iterable[Watch]:
        """What is due in the cohort: by name those who are told in its group, and how many besides."""
        here: dict[Subject, tuple[Row | GroupRow, set[int]]] = {}
        for row in rows:
            here.setdefault(row.subject, (row, set()))[1].add(row.number)
        for other in self.of_groups:
            if other.letter_id == claimed.id and other.subject in self.still.who:
                here.setdefault(other.subject, (other, set()))
        for subject, (first, named) in here.items():
            term, who = self.terms[subject.cohort_id], self.still.who[subject]
            if who and self._concerns_who_owes(term, subject):
                lagging = tuple(self._lagging(term, one) for number, one in who.items() if number in named)
                yield Watch(self._occasion(first), lagging, others=len(who) - len(lagging))

    @staticmethod
    def _concerns_who_owes(term: CohortTerm, subject: Subject) -> bool:
        return term.calendar.reminders[subject.reminder].to in term.calendar.task(subject.task).role

    def _unreached(self, others: dict[int, list[Due]]) -> Iterable[Unreached]:
        for number, dues in others.items():
            person = self.people[number]
            why = REFUSED_ADDRESS() if person.email and person.refused_email == person.email else NO_ADDRESS()
            yield Unreached(person.number, person.name, why, tuple(_once(dues)))

    def _chances(self, rows: Iterable[Row]) -> Iterable[Chance]:
        """Of each assessment that counts something of which the letter speaks."""
        about: dict[int, set[str]] = {}
        for row in rows:
            about.setdefault(row.number, set()).add(row.task)
        for number, tasks in about.items():
            person = self.people[number]
            for one in self._standings(self.terms[person.cohort_id], person.role):
                chance = one.chance(number) if tasks & one.tasks else None
                if chance is not None:
                    yield chance

    def _standings(self, term: CohortTerm, role: str) -> list[Standings]:
        """Asked at once of all cohorts of the batch that go by the same edition."""
        if (term.id, role) not in self.standings:
            alike = [one for one in self.terms.values() if one.edition_id == term.edition_id]
            self.standings |= {(one.id, role): [] for one in alike}
            for one in standings(self.session, alike, [role], self.at):
                self.standings[one.term.id, role].append(one)
        return self.standings[term.id, role]


_READERS: dict[str, Reader] = {"p": "person", "o": "organisation", "c": "group"}


def _once(dues: Iterable[Due]) -> list[Due]:
    """What several steps speak of by one deadline is said once: as what is obligatory, and as the last of them says it."""
    found: dict[Occasion, Due] = {}
    for due in dues:
        key = replace(due.of, moment="before")
        if key not in found or due.obligatory >= found[key].obligatory:
            found[key] = due
    return [*found.values()]
