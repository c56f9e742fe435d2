"""Who cannot be reached: people of cohorts that go on, and the organisations that would have to be told; each with who is
told instead, which is the nearest organisation above that has a contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, exists, select, true
from sqlmodel import Session, col

from calendars.messages import Wording
from calendars.term import TermCalendar
from models.terms import CohortPhase, Programme
from workflows.addressing import COHORT, CONTACT, PERSON, reached_organisations, way_to_person
from workflows.facts import ENROLMENT, TAKING_PART
from workflows.machines import PHASE
from workflows.organisations import Tree, load_tree
from workflows.publishing import readable_calendar
from workflows.telling import NO_ADDRESS, REFUSED_ADDRESS

WHY: Mapping[str, Wording] = {"none": NO_ADDRESS, "refused": REFUSED_ADDRESS}


@dataclass(frozen=True, order=True)
class UnreachedPerson:
    """`told` is who is told instead; None where that is nobody."""

    organisation: str
    programme: str
    cohort: str
    number: str
    name: str
    why: str  # of WHY
    told: str | None


@dataclass(frozen=True, order=True)
class UnreachedOrganisation:
    organisation: str
    why: str
    told: str | None


@dataclass(frozen=True)
class Unreachable:
    """Both, by organisation."""

    people: list[UnreachedPerson]
    organisations: list[UnreachedOrganisation]

    @property
    def asks_for_somebody(self) -> bool:
        """Whether somebody should look: a person is not reached, or what is for an organisation reaches nobody. One whose
        contact is above it is how many offices want it."""
        return bool(self.people) or any(one.told is None for one in self.organisations)


def unreachable(session: Session, programme: str | None = None) -> Unreachable:
    """As things stand, in one programme or in all."""
    tree = load_tree(session)
    people = _people(session, programme)
    wanted = {place for place, _ in people} | _to_be_told(session, programme, tree)
    nearest = {place: found for place, (found, _) in reached_organisations(session, wanted).items()}
    instead = {place: _path(tree, found) for place, found in nearest.items()}
    refused = _refused_organisations(session)
    return Unreachable(
        sorted(
            UnreachedPerson(organisation=_path(tree, place), told=instead.get(place), **facts)
            for place, facts in people
        ),
        sorted(
            UnreachedOrganisation(_path(tree, place), _why(place in refused), instead.get(place))
            for place in wanted
            if nearest.get(place) != place
        ),
    )


def _path(tree: Tree, place: int) -> str:
    return "/".join(tree.names(place))


def _why(refused: bool) -> str:
    return "refused" if refused else "none"


def _taking_part(programme: str | None, *columns: Any) -> Select[Any]:
    """Of everybody who takes part in a cohort that is not over."""
    goes_on = exists().where(
        col(CohortPhase.cohort_id) == COHORT.c.id, col(CohortPhase.state).not_in(PHASE.final)
    )
    return (
        select(*columns)
        .join(COHORT, COHORT.c.id == ENROLMENT.c.cohort_id)
        .join(Programme, col(Programme.id) == COHORT.c.programme_id)
        .where(
            ENROLMENT.c.status.in_(TAKING_PART), goes_on,
            true() if programme is None else col(Programme.slug) == programme,
        )
        .distinct()
    )  # fmt: skip


def _people(session: Session, programme: str | None) -> list[tuple[int, dict[str, str]]]:
    """The organisation of each, and what is told of them."""
    refused = and_(PERSON.c.email.is_not(None), PERSON.c.email == PERSON.c.refused_email)
    unreached = _taking_part(
        programme, ENROLMENT.c.organisation_id, col(Programme.slug).label("programme"), COHORT.c.name.label("cohort"),
        PERSON.c.number, PERSON.c.name, case((refused, "refused"), else_="none").label("why"),
    )  # fmt: skip
    rows = (
        unreached.join(PERSON, PERSON.c.id == ENROLMENT.c.person_id)
        .outerjoin(CONTACT, CONTACT.c.cohort_id == COHORT.c.id)
        .where(way_to_person().is_(None))
    )
    found = [dict(row) for row in session.execute(rows).mappings()]
    return [(facts.pop("organisation_id"), facts) for facts in found]


def _to_be_told(session: Session, programme: str | None, tree: Tree) -> set[int]:
    """The organisations that reminders go to, of the tiers that the calendars name, above those who take part."""
    rows = session.execute(_taking_part(programme, COHORT.c.edition_id, ENROLMENT.c.organisation_id)).all()
    found = set()
    for edition in {row[0] for row in rows}:
        calendar = readable_calendar(session, edition)
        tiers = _tiers(calendar) if calendar else set()
        found |= {tree.at_tier(place, tier) for of, place in rows if of == edition for tier in tiers}
    return {place for place in found if place is not None}


def _tiers(calendar: TermCalendar) -> set[str]:
    """Those that a reminder goes to, at first or at last."""
    readers = {one.to for one in calendar.reminders}
    readers |= {one.escalate.to for one in calendar.reminders if one.escalate}
    return readers & {str(tier) for tier in calendar.tiers}


def _refused_organisations(session: Session) -> set[int]:
    refused = select(CONTACT.c.organisation_id).where(
        CONTACT.c.organisation_id.is_not(None), CONTACT.c.email == CONTACT.c.refused_email
    )
    return set(session.execute(refused).scalars())
