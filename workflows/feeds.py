"""Calendar feeds: one for each role of each cohort, every event with the version that a subscriber's calendar goes by.

An event is written anew only when something of it has changed, so the same term gives the same feed byte for byte. What
is no more stays in the feed as cancelled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid5

from sqlalchemy import Table, insert, select, update
from sqlmodel import Session, col

from calendars.messages import Locale, Wording, refuse
from calendars.nearest import nearest
from calendars.term import TermCalendar
from models.feeds import FeedEvent
from models.peers import PeerRound
from models.terms import Cohort, Programme
from models.types import instant, seconds
from workflows.cohorts import CohortTerm, load_terms
from workflows.feed_events import Dated, dated, parties
from workflows.parties import party
from workflows.publishing import calendar_of
from workflows.sql import among

NO_ROLE = Wording(zh="没有角色“{found}”{nearest}", en="there is no role {found!r}{nearest}")
NAME = Wording(zh="{programme}·{cohort}·{role}", en="{programme} · {cohort} · {role}")
CANCELLED = Wording(zh="已取消：{what}", en="Cancelled: {what}")

EVENT: Table = FeedEvent.__table__  # type: ignore[attr-defined]
UIDS = UUID(
    "53fec473-9075-42b4-abaf-db32f4c224c5"
)  # for ever: by another, every subscriber would have all twice
LOCALES: tuple[Locale, ...] = ("zh", "en")


@dataclass(frozen=True)
class Event:
    """One event as it is written now. `sequence` is how often it has changed, last at `changed_at`."""

    thing: str
    uid: str
    sequence: int
    changed_at: datetime
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    alarms: tuple[datetime, ...]


@dataclass(frozen=True)
class Feed:
    """What a role of a cohort has in its calendar, in the order of its days. Nothing in it is about a person."""

    programme: str
    cohort_id: int
    cohort: str
    role: str
    role_name: str
    name: str
    zone: str
    events: tuple[Event, ...]


Kept = dict[str, dict[str, Event]]  # by role and thing


def feeds(
    session: Session, cohort_ids: Sequence[int], at: datetime, locale: Locale, role: str | None = None
) -> list[Feed]:
    """The feeds of some cohorts of one programme as known at an instant, noting what has changed. A role or tier is told
    by its id or its name; without one, all are meant."""
    if not cohort_ids:
        return []
    number = session.get_one(Cohort, cohort_ids[0]).programme_id
    programme = session.get_one(Programme, number, with_for_update=True)  # no two write at once
    desk = _Desk(session, programme, at.replace(microsecond=0), locale)
    kept = _kept(session, cohort_ids)
    found: list[Feed] = []
    for term in load_terms(session, cohort_ids):
        term.go_by(at)
        term.refresh()
        found += desk.of_cohort(term, kept.get(term.id, {}), role)
    return found


def check_role(session: Session, cohorts: Sequence[Cohort], role: str | None) -> None:
    """Raises Refused, with the nearest one, for a role that no calendar of these cohorts has."""
    if role is None:
        return
    editions = {cohort.edition_id for cohort in cohorts}
    calendars = [calendar_of(session, edition) for edition in sorted(editions)]
    known = {name for found in calendars for one in parties(found) for name in _names(found, one)}
    if role not in known:
        raise refuse(NO_ROLE(found=role, nearest=nearest(role, sorted(known))), "--role")


@dataclass(frozen=True)
class _Desk:
    session: Session
    programme: Programme
    at: datetime
    locale: Locale

    def of_cohort(self, term: CohortTerm, kept: Kept, role: str | None) -> Iterator[Feed]:
        """Also of a role that the calendar has no more: all that it had is cancelled."""
        there = parties(term.calendar)
        for one in dict.fromkeys([*there, *kept]):
            if role is None or role in _names(term.calendar, one):
                now = dated(term, one, self.reviews, self.at, self.locale) if one in there else {}
                yield self.feed(term, one, self.noted(term.id, one, kept.get(one, {}), now))

    @cached_property
    def reviews(self) -> dict[str, datetime]:
        """Until when each peer review of the programme goes on."""
        rounds = select(col(PeerRound.review), col(PeerRound.ends_at))
        return dict(
            self.session.execute(rounds.where(col(PeerRound.programme_id) == self.programme.id))
            .tuples()
            .all()
        )

    def feed(self, term: CohortTerm, role: str, events: Iterable[Event]) -> Feed:
        calendar = term.calendar
        called = party(calendar, role).text(self.locale)
        name = NAME(programme=calendar.name, cohort=term.name, role=called).text(self.locale)
        in_order = tuple(sorted(events, key=lambda event: (event.starts_at, event.ends_at, event.uid)))
        return Feed(self.programme.slug, term.id, term.name, role, called, name, calendar.zone, in_order)

    def noted(
        self, cohort_id: int, role: str, kept: Mapping[str, Event], now: Mapping[str, Dated]
    ) -> list[Event]:
        """Every event as it is from now on; those that are new or others than before are written down."""
        events = {
            thing: self.next(cohort_id, role, thing, kept.get(thing), now.get(thing))
            for thing in {**kept, **now}
        }
        whose = {"cohort_id": cohort_id, "role": role}
        new = [_row(event) | whose for thing, event in events.items() if thing not in kept]
        others = [event for thing, event in events.items() if thing in kept and event != kept[thing]]
        if new:
            self.session.execute(insert(EVENT), new)
        for event in others:
            self.session.execute(update(EVENT).where(EVENT.c.uid == event.uid).values(_row(event)))
        return [*events.values()]

    def next(self, cohort_id: int, role: str, thing: str, kept: Event | None, now: Dated | None) -> Event:
        """The version that follows the one that was kept: the same where nothing has changed."""
        if now is None:
            assert kept is not None
            return kept if kept.cancelled else self.cancelled(kept)
        told = (now.starts_at, now.ends_at, now.summary, now.description, now.alarms)
        if kept is None:
            return Event(thing, uid(self.programme.slug, cohort_id, role, thing), 0, self.at, False, *told)
        if not kept.cancelled and told == (
            kept.starts_at,
            kept.ends_at,
            kept.summary,
            kept.description,
            kept.alarms,
        ):
            return kept
        return Event(thing, kept.uid, kept.sequence + 1, self.at, False, *told)

    def cancelled(self, kept: Event) -> Event:
        summary = CANCELLED(what=kept.summary).text(self.locale)
        return replace(
            kept, sequence=kept.sequence + 1, changed_at=self.at, cancelled=True, summary=summary, alarms=()
        )


def uid(slug: str, cohort_id: int, role: str, thing: str) -> str:
    """By what an event is known for ever: nothing of it is a name or a date."""
    return str(uuid5(UIDS, "|".join((slug, str(cohort_id), role, thing))))


def _names(calendar: TermCalendar, role: str) -> set[str]:
    """What a person may call a role or tier."""
    return {role, *(party(calendar, role).text(locale) for locale in LOCALES)}


def _row(event: Event) -> dict[str, object]:
    return {**vars(event), "alarms": json.dumps([seconds(at) for at in event.alarms])}


def _kept(session: Session, cohort_ids: Sequence[int]) -> dict[int, Kept]:
    """What was told last: by cohort, role and thing."""
    names = [name for name in Event.__dataclass_fields__ if name != "alarms"]
    wanted = (EVENT.c.cohort_id, EVENT.c.role, EVENT.c.alarms, *(EVENT.c[name] for name in names))
    found: dict[int, Kept] = {}
    for cohort, role, alarms, *facts in session.execute(
        select(*wanted).where(among(EVENT.c.cohort_id, cohort_ids))
    ):
        at = tuple(map(instant, json.loads(alarms)))
        event = Event(**dict(zip(names, facts, strict=True)), alarms=at)
        found.setdefault(cohort, {}).setdefault(role, {})[event.thing] = event
    return found
