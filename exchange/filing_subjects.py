"""Whose case a row of a sheet is: a person by number, an organisation by its names, an entry by its title."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.filings import Filing
from calendars.messages import Message, Wording, refuse
from calendars.term import TermCalendar
from exchange.cells import Reader
from exchange.columns import Row
from exchange.participants import NOT_IN_COHORT, OTHER_NAME, SEVERAL_COHORTS, UNKNOWN_PERSON, nearest
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from workflows.filing_cases import Subject
from workflows.organisations import Tree, load_tree
from workflows.parties import TIER_NAMES

WHO = Wording(zh="请写人员编号", en="say the person's number")
NOT_OF_THE_ROLE = Wording(
    zh="“{name}”不是{roles}，或已不在训", en="{name!r} is not {roles}, or takes no part any more"
)
WHICH = Wording(zh="请写明单位（{tier}）", en="say which organisation ({tier})")
UNKNOWN = Wording(
    zh="项目里没有这个{tier}：“{found}”。{hint}", en="the programme has no {tier} {found!r}. {hint}"
)
ALL = Wording(zh="有：{names}", en="There are: {names}")
SEVERAL = Wording(
    zh="有几个“{found}”，请连同上级单位写明", en="several are called {found!r}; fill in the tiers above too"
)
NO_TITLE = Wording(zh="请写题名", en="say the title")
NEEDS_NONE = Wording(
    zh="“{filing}”一个单位只报一份，不写题名", en="{filing} is one for each organisation: it has no title"
)
WHICH_WEEK = Wording(zh="请写是哪一周：这一周的第一天", en="say which week, by its first day")


class _Known(NamedTuple):
    enrolment: int
    role: str
    cohort: str
    organisation: int
    name: str
    left_at: datetime | None
    cohort_id: int


@dataclass(frozen=True)
class Subjects:
    """Everybody and every organisation of a programme, as far as a row may speak of them."""

    calendar: TermCalendar
    tree: Tree
    people: dict[str, list[_Known]]
    places: frozenset[int]

    def of(self, reader: Reader, row: Row, filing: Filing) -> Subject | None:
        """The subject of a row; None where it was refused."""
        period = reader.text(row, "period") if filing.every else ""
        if filing.every and not period:
            reader.refuse(row, "period", WHICH_WEEK())
            return None
        if filing.by_a_person:
            known = self._person(reader, row, filing)
            return _subject(filing, known, period or "") if known else None
        place, title = self._place(reader, row, filing), reader.text(row, "title")
        if filing.about == "entry" and title == "":
            reader.refuse(row, "title", NO_TITLE())
            return None
        if filing.about == "organisation" and title:
            reader.refuse(row, "title", NEEDS_NONE(filing=filing.name))
            return None
        return None if place is None or title is None else Subject(place, None, title, period or "")

    def called(self, subject: Subject) -> str:
        """For a preview: the person, the entry, or the organisation."""
        for places in self.people.values() if subject.enrolment_id else ():
            for known in places:
                if known.enrolment == subject.enrolment_id:
                    return known.cohort if subject.cohort_id else known.name
        return subject.title or self.tree.nodes[subject.organisation_id].name

    def place_called(self, tier: str, said: str, option: str) -> int:
        """The organisation of a tier that a person types: its name, or with names above it, as `COUNTY/SCHOOL`. Raises
        Refused with the nearest one."""
        wanted = [name.strip() for name in said.split("/")]
        of_tier = [place for place in self.places if self.tree.nodes[place].tier == tier]
        found = [place for place in of_tier if self.tree.names(place)[-len(wanted) :] == wanted]
        if not found:
            hint = nearest(wanted[-1], [self.tree.nodes[place].name for place in of_tier], ALL)
            raise refuse(UNKNOWN(tier=TIER_NAMES[tier](), found=said, hint=hint), option)
        if len(found) > 1:
            raise refuse(SEVERAL(found=said), option)
        return found[0]

    def any_place_called(self, said: str, option: str) -> int:
        """An organisation of any tier, in the same way."""
        wanted = said.rpartition("/")[2].strip()
        tiers = [
            self.tree.nodes[place].tier for place in self.places if self.tree.nodes[place].name == wanted
        ]
        return self.place_called(next(iter(tiers), self.calendar.tiers[-1]), said, option)

    def person_called(self, filing: Filing, number: str, option: str) -> Subject:
        """The person of a number who may file this. Raises Refused with why there is none."""
        found = self._meant(filing, number, "", "")
        if isinstance(found, _Known):
            return _subject(filing, found)
        raise refuse(found[1], option)

    def _person(self, reader: Reader, row: Row, filing: Filing) -> _Known | None:
        if "number" not in row.cells:
            reader.refuse(row, "number", WHO())
            return None
        number, name, cohort = reader.number(row), reader.name(row), reader.text(row, "cohort")
        if number is None or name is None or cohort is None:
            return None
        found = self._meant(filing, number, name, cohort)
        if isinstance(found, _Known):
            return found
        reader.refuse(row, *found)
        return None

    def _meant(self, filing: Filing, number: str, name: str, cohort: str) -> _Known | tuple[str, Message]:
        everywhere = self.people.get(number, [])
        if not everywhere:
            return "number", UNKNOWN_PERSON(number=number)
        called = everywhere[0].name
        if name and name != called:
            return "name", OTHER_NAME(number=number, expected=called, found=name)
        here = [one for one in everywhere if cohort in ("", one.cohort)]
        if not here:
            return "cohort", NOT_IN_COHORT(name=called, cohort=cohort)
        right = [one for one in here if not filing.role or one.role in filing.role]
        taking = [one for one in right if one.left_at is None] or right[:1]
        if not taking:
            roles = [self.calendar.roles[role] for role in filing.role]
            return "number", NOT_OF_THE_ROLE(name=called, roles=roles)
        if len(taking) > 1:
            return "cohort", SEVERAL_COHORTS(name=called, cohorts=[one.cohort for one in taking])
        return taking[0]

    def _place(self, reader: Reader, row: Row, filing: Filing) -> int | None:
        """By the name in the column of the filing's tier, and those above it where they are filled in."""
        cells: dict[str, str | None] = {tier: reader.text(row, tier) for tier in self.calendar.tiers}
        if None in cells.values():
            return None
        wanted, tier = cells.get(filing.tier), TIER_NAMES[filing.tier]()
        if not wanted:
            reader.refuse(row, filing.tier, WHICH(tier=tier))
            return None
        of_tier = [place for place in self.places if self.tree.nodes[place].tier == filing.tier]
        found = [
            place
            for place in of_tier
            if self._fits(place, {key: name for key, name in cells.items() if name})
        ]
        if len(found) == 1:
            return found[0]
        if found:
            reader.refuse(row, filing.tier, SEVERAL(found=wanted))
        else:
            hint = nearest(wanted, [self.tree.nodes[place].name for place in of_tier], ALL)
            reader.refuse(row, filing.tier, UNKNOWN(tier=tier, found=wanted, hint=hint))
        return None

    def _fits(self, place: int, named: dict[str, str | None]) -> bool:
        path = {node.tier: node.name for node in self.tree.path(place)}
        return all(path.get(tier) == name for tier, name in named.items())


def _subject(filing: Filing, known: _Known, period: str = "") -> Subject:
    """Of the person, or of the cohort for which the person files."""
    cohort = known.cohort_id if filing.about == "cohort" else None
    return Subject(known.organisation, known.enrolment, period=period, cohort_id=cohort)


def subjects(session: Session, programme_id: int, calendar: TermCalendar) -> Subjects:
    rows = session.execute(
        select(
            col(Person.number), col(Enrolment.id), col(Enrolment.role), col(Cohort.name),
            col(Enrolment.organisation_id), col(Person.name), col(Enrolment.left_at), col(Cohort.id),
        )
        .join(Enrolment, col(Enrolment.person_id) == col(Person.id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id)
        .order_by(col(Enrolment.id))
    )  # fmt: skip
    people: dict[str, list[_Known]] = {}
    for number, *rest in rows:
        people.setdefault(number, []).append(_Known(*rest))
    tree = load_tree(session)
    of_people = {known.organisation for places in people.values() for known in places}
    above = frozenset(node.id for place in of_people for node in tree.path(place))
    return Subjects(calendar, tree, people, above)
