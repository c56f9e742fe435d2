"""What a roster changes: people, organisations, cohorts and enrolments, worked out before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update
from sqlmodel import Session, col

from calendars.messages import Wording
from calendars.schedule import deadline
from calendars.term import TermCalendar
from exchange.cells import Reader
from exchange.organisations import Path, Places
from exchange.plans import Entry, Plan, SealWatch, seal_watch
from exchange.registered import Enrolled, Place, Reached, Registered, enrolled, registered, sealed_enrolments
from exchange.roster_statuses import APART, Entrant, Moved, apart_since, changes_status, why_not
from models.encrypted import encrypted, found_by
from models.exceptions import PersonException
from models.keys import keep_key
from models.nights import TransitionLog
from models.people import NUMBER, PHONE, Person
from models.pouring import pour
from models.terms import Cohort, Edition
from models.types import instant, seconds
from workflows.cohorts import CohortTerm, create_cohort, load_terms
from workflows.deadlines import term_instant
from workflows.extending_for_all import extend_newcomers
from workflows.facts import ENROLMENT
from workflows.machines import ENROLMENT as MACHINE
from workflows.scopes import is_limited, require_cohorts, require_each

OTHER_NAME = Wording(
    zh="编号 {number} 已登记为“{expected}”，这里写的是“{found}”",
    en="number {number} is registered as {expected!r}, not {found!r}",
)
JOINED_LATE = Wording(
    zh="{name} 于 {joined} 加入，而加入已于 {cutoff} 截止",
    en="{name} joined at {joined}, but joining closed at {cutoff}",
)
NO_COMMON = Wording(
    zh="新班级“{cohort}”的人员没有共同的上级单位：第{first}行是“{expected}”，这里是“{found}”",
    en="the members of the new cohort {cohort!r} have no organisation in common: {expected!r} in line {first}, "
    "{found!r} here",
)
SEALED = Wording(
    zh="{name} 的成绩已经锁定，名册不能再改动此人的参训",
    en="the scores of {name} have been sealed; the roster cannot change this enrolment",
)
NEW_ORGANISATION = Wording(zh="新单位：{path}", en="new organisation: {path}")
NEW_COHORT = Wording(
    zh="新班级：{cohort}（{count}人，属于 {path}）",
    en="new cohort: {cohort} ({count:person|people}, under {path})",
)
ADDED = Wording(zh="加入：{name}（{role}，{cohort}）", en="added: {name} ({role}, {cohort})")
CHANGED = Wording(zh="改动：{name}（{role}，{cohort}）", en="changed: {name} ({role}, {cohort})")
GONE = Wording(
    zh="{name}（{role}，{cohort}）不在这个文件里；不会删除，要退出请把状态写为“退出”",
    en="{name} ({role}, {cohort}) is not in this file; nothing is deleted, write the status withdrawn to withdraw",
)

ROSTER = "名册"  # who decided, where nobody is named: whoever wrote the roster
_PERSON: Table = Person.__table__  # type: ignore[attr-defined]


@dataclass
class Enrolling:
    """The changes of one roster, compared with what stands."""

    session: Session
    edition: Edition
    calendar: TermCalendar
    plan: Plan
    reader: Reader
    seals: SealWatch
    places: Places
    terms: Mapping[str, CohortTerm]  # the programme's cohorts, by name
    people: dict[str, Registered] = field(default_factory=dict)
    new: list[Entrant] = field(default_factory=list)
    moved: list[tuple[Entrant, Enrolled]] = field(default_factory=list)
    contacts: dict[str, Reached] = field(default_factory=dict)  # by number

    def calendar_for(self, cohort: str) -> TermCalendar:
        return self.terms[cohort].calendar if cohort in self.terms else self.calendar

    def compare(self, entrants: list[Entrant]) -> None:
        self.check_scope(entrants)
        self.people = registered(self.session, {entrant.number for entrant in entrants})
        known = enrolled(self.session, {name: self.terms[name].id for name in self.terms})
        sealed = sealed_enrolments(self.session, [term.id for term in self.terms.values()])
        cutoffs = {name: self.cutoff(name) for name in {entrant.cohort for entrant in entrants}}
        self.check_new_cohorts(entrants)
        for entrant in entrants:
            person = self.people.get(entrant.number)
            if person is not None and person.name != entrant.name:
                told = OTHER_NAME(number=entrant.number, expected=person.name, found=entrant.name)
                self.refuse(entrant, "name", told)
                continue
            contacts = self.note_contacts(entrant, person)
            former = known.get((entrant.cohort, entrant.number, entrant.role))
            if former is None:
                self.add(entrant, cutoffs[entrant.cohort])
            elif self.differs(entrant, former):
                self.change(entrant, former, former.id in sealed)
            elif contacts:
                self.plan.changed += 1
                self.show(CHANGED, entrant)
            else:
                self.plan.unchanged += 1
        self.find_gone(entrants, known)

    def cutoff(self, cohort: str) -> datetime | None:
        """When joining this cohort closes, by its own dates; None if it does not or is not known."""
        text = self.calendar_for(cohort).joining
        if text is None:
            return None
        if cohort in self.terms:
            return term_instant(self.terms[cohort], text)
        moment = deadline(self.calendar, {}, {}, text)
        return moment if isinstance(moment, datetime) else None

    def check_new_cohorts(self, entrants: list[Entrant]) -> None:
        for path in self.places.missing(entrant.where for entrant in entrants):
            self.plan.entries.append(Entry("", NEW_ORGANISATION(path=_told(path))))
        members: dict[str, list[Entrant]] = {}
        for entrant in entrants:
            if entrant.cohort not in self.terms:
                members.setdefault(entrant.cohort, []).append(entrant)
        for cohort, those in members.items():
            first = those[0]
            for entrant in those:
                if entrant.where[:1] != first.where[:1]:
                    told = NO_COMMON(
                        cohort=cohort,
                        first=first.line,
                        expected=_told(first.where),
                        found=_told(entrant.where),
                    )
                    self.refuse(entrant, "cohort", told)
                    break
            told = NEW_COHORT(cohort=cohort, count=len(those), path=_told(common(those)))
            self.plan.entries.append(Entry("", told))

    def check_scope(self, entrants: list[Entrant]) -> None:
        """Raises Refused where cohorts or organisations are beyond the scope of whoever acts. What is not there yet is where
        the nearest organisation above it is."""
        if is_limited(self.session):
            named = {self.terms[entrant.cohort].id for entrant in entrants if entrant.cohort in self.terms}
            wanted = select(Cohort).where(col(Cohort.id).in_(sorted(named)))
            require_cohorts(self.session, self.session.execute(wanted).scalars())
            paths = {entrant.where for entrant in entrants}
            require_each(self.session, {_told(path): self.places.nearest(path) for path in paths})

    def note_contacts(self, entrant: Entrant, person: Registered | None) -> bool:
        """Remember a new way to reach somebody."""
        known = self.contacts.get(entrant.number, person.reached if person else Reached())
        told = known.told(entrant.reached)
        if told == known:
            return False
        self.contacts[entrant.number] = told
        return True

    def add(self, entrant: Entrant, cutoff: datetime | None) -> None:
        joined = self.reader.received if entrant.joined is None else entrant.joined
        if cutoff is not None and joined >= seconds(cutoff):
            told = JOINED_LATE(
                name=entrant.name, joined=self.local(joined), cutoff=self.local(seconds(cutoff))
            )
            self.refuse(entrant, "joined", told)
        if entrant.cohort in self.terms:
            self.seals.touch(self.terms[entrant.cohort].id, entrant.line)
        self.plan.added += 1
        self.new.append(entrant)
        self.show(ADDED, entrant)

    def differs(self, entrant: Entrant, former: Enrolled) -> bool:
        return (
            self.places.known(entrant.where) != former.organisation
            or entrant.joined not in (None, former.joined)
            or changes_status(entrant, former)
            or (entrant.reason is not None and entrant.reason != former.reason)
        )

    def change(self, entrant: Entrant, former: Enrolled, sealed: bool) -> None:
        if sealed:
            self.refuse(entrant, "number", SEALED(name=entrant.name))
        elif changes_status(entrant, former):
            told = why_not(self.session, entrant, former, self.calendar_for(entrant.cohort))
            if told is not None:
                self.refuse(entrant, "status", told)
        self.seals.touch(self.terms[entrant.cohort].id, entrant.line)
        self.plan.changed += 1
        self.moved.append((entrant, former))
        self.show(CHANGED, entrant)

    def find_gone(self, entrants: list[Entrant], known: Mapping[Place, Enrolled]) -> None:
        here = {(entrant.cohort, entrant.number, entrant.role) for entrant in entrants}
        cohorts = {entrant.cohort for entrant in entrants}
        for place, former in known.items():
            cohort, _, role = place
            if cohort in cohorts and place not in here and former.status != "withdrawn":
                told = GONE(
                    name=former.name, role=self.calendar_for(cohort).roles.get(role, role), cohort=cohort
                )
                self.plan.gone.append(Entry("", told))

    def write(self, session: Session, recorded_at: datetime) -> None:
        self.write_people(session)
        cohorts = {name: term.id for name, term in self.terms.items()}
        members: dict[str, list[Entrant]] = {}
        for entrant in self.new:
            members.setdefault(entrant.cohort, []).append(entrant)
        for name, those in members.items():
            if name not in cohorts:
                organisation = self.places.make(session, common(those))
                made = create_cohort(
                    session, self.calendar, self.edition, name, organisation, self.plan.received_at
                )
                cohorts[name] = made.id or 0
        self.write_enrolments(session, cohorts, recorded_at)
        self.write_changes(session, recorded_at)
        named = {entrant.cohort for entrant in (*self.new, *(entrant for entrant, _ in self.moved))}
        extend_newcomers(session, {cohorts[name] for name in named}, self.plan.received_at, recorded_at)

    def write_people(self, session: Session) -> None:
        missing = {entrant.number: entrant.name for entrant in self.new if entrant.number not in self.people}
        rows = [
            (encrypted(NUMBER, number), found_by(number), name, *_reached(self.contacts.get(number, Reached())).values())
            for number, name in missing.items()
        ]  # fmt: skip
        keep_key(session.connection())
        pour(session, _PERSON, ("number", "number_hash", "name", *_reached(Reached())), rows)
        changed = [
            {"of": self.people[number].id, **reached._asdict(), "phone_hash": found_by(reached.phone)}
            for number, reached in self.contacts.items()
            if number in self.people
        ]
        if changed:
            statement = update(_PERSON).where(_PERSON.c.id == bindparam("of"))
            session.connection().execute(statement, changed)
        self.people |= registered(session, missing)

    def write_enrolments(self, session: Session, cohorts: Mapping[str, int], recorded_at: datetime) -> None:
        """The new enrolments, in the file's order. Who comes in exempt or withdrawn has that move logged."""
        rows = [
            (
                cohorts[one.cohort], self.people[one.number].id, self.places.make(session, one.where), one.role,
                one.status or "enrolled", one.reason, self.reader.received if one.joined is None else one.joined,
                self.reader.received, self.reader.received if one.status in APART else None,
            )
            for one in self.new
        ]  # fmt: skip
        columns = (
            "cohort_id",
            "person_id",
            "organisation_id",
            "role",
            "status",
            "status_reason",
            "joined_at",
            "received_at",
            "left_at",
        )
        session.flush()
        pour(session, ENROLMENT, columns, rows)
        apart = [one for one in self.new if one.status in APART]
        known = enrolled(session, {one.cohort: cohorts[one.cohort] for one in apart})
        moves = [
            Moved(cohorts[one.cohort], known[one.cohort, one.number, one.role].id, "enrolled", str(one.status), one)
            for one in apart
        ]  # fmt: skip
        self.log(session, moves, recorded_at)

    def write_changes(self, session: Session, recorded_at: datetime) -> None:
        rows: list[dict[str, Any]] = []
        moves: list[Moved] = []
        for entrant, former in self.moved:
            target = former.status
            if changes_status(entrant, former):
                target = str(entrant.status)
                cohort = self.terms[entrant.cohort].id
                moves.append(Moved(cohort, former.id, former.status, target, entrant))
            rows.append({
                "of": former.id, "organisation_id": self.places.make(session, entrant.where), "status": target,
                "status_reason": entrant.reason if entrant.status else former.reason,
                "joined_at": instant(former.joined if entrant.joined is None else entrant.joined),
                "left_at": apart_since(former, target, self.reader.received),
            })  # fmt: skip
        if rows:
            statement = update(ENROLMENT).where(ENROLMENT.c.id == bindparam("of"))
            session.connection().execute(statement, rows)
        self.log(session, moves, recorded_at)

    def log(self, session: Session, moves: list[Moved], recorded_at: datetime) -> None:
        """Each move is logged, and kept as a decision about the person, as one that is typed is."""
        instants = {"effective_at": self.plan.received_at, "recorded_at": recorded_at}
        rows = [
            {
                "machine": MACHINE.name, "cohort_id": one.cohort, "enrolment_id": one.enrolment, "trigger": one.trigger,
                "source": one.source, "target": one.target, **instants,
            }
            for one in moves
        ]  # fmt: skip
        kept = [
            {
                "enrolment_id": one.enrolment, "kind": one.trigger, "item": self.ground(one), "amount": one.entrant.hours,
                "reason": one.entrant.reason or ROSTER, "name": self.plan.said_by or ROSTER, "document": self.plan.file, **instants,
            }
            for one in moves
        ]  # fmt: skip
        if rows:
            session.execute(insert(TransitionLog), rows)
            session.execute(insert(PersonException), kept)

    def ground(self, one: Moved) -> str | None:
        """Where the calendar lists grounds, the reason of an exemption is one of them."""
        lists = one.target == "exempt" and self.calendar_for(one.entrant.cohort).exempt
        return one.entrant.reason if lists else None

    def refuse(self, entrant: Entrant, key: str, message: Any) -> None:
        self.reader.problems.append(self.reader.table.problem(entrant.line, key, message))

    def show(self, wording: Wording, entrant: Entrant) -> None:
        role = self.calendar_for(entrant.cohort).roles[entrant.role]
        told = wording(name=entrant.name, role=role, cohort=entrant.cohort)
        self.plan.show(self.reader.table, entrant.line, "name", told)

    def local(self, at: int) -> str:
        return f"{instant(at).astimezone(self.reader.zone):%Y-%m-%d %H:%M:%S}"


def enrolling(
    session: Session, edition: Edition, calendar: TermCalendar, plan: Plan, reader: Reader
) -> Enrolling:
    """The ground on which a roster is compared: the programme's cohorts as they stand at its receipt."""
    ids = session.execute(select(col(Cohort.id)).where(col(Cohort.programme_id) == edition.programme_id))
    terms = load_terms(session, [cohort for cohort in ids.scalars() if cohort is not None])
    for term in terms:
        term.dates = term.dates_up_to(plan.received_at)
    seals = seal_watch(session, edition.programme_id, calendar.zoneinfo, plan.received_at)
    by_name = {term.name: term for term in terms}
    return Enrolling(session, edition, calendar, plan, reader, seals, Places(session), by_name)


def _reached(one: Reached) -> dict[str, Any]:
    """By column, as it is kept."""
    return {**one._asdict(), "phone": encrypted(PHONE, one.phone), "phone_hash": found_by(one.phone)}


def common(entrants: Iterable[Entrant]) -> Path:
    """The nearest organisation that is above all of these, or is theirs."""
    paths = [entrant.where for entrant in entrants]
    shared: list[tuple[str, str]] = []
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return tuple(shared)


def _told(path: Path) -> str:
    return " / ".join(name for _, name in path) or "—"
