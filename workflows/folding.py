"""What may be told by now is folded into letters: one a reader, a day and a way, whatever programmes it is about.

What could not be sent on earlier days goes along, so that after an outage everybody gets one letter. What comes after the
day's letter has gone waits for the next day, unless its deadline would be over by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Table, and_, exists, false, func, literal, or_, select, update
from sqlmodel import Session

from calendars.term import TermCalendar
from models.letters import Letter, Unsubscription
from models.terms import Edition
from models.types import seconds
from workflows.addressing import (
    CHAT,
    COHORT,
    CONTACT,
    OUTBOX,
    reached_organisations,
    to_organisations,
    to_people,
)
from workflows.facts import raw
from workflows.publishing import readable_calendar
from workflows.resuming import dropped_before
from workflows.sql import insert_from

LETTER: Table = Letter.__table__  # type: ignore[attr-defined]
UNSUBSCRIPTION: Table = Unsubscription.__table__  # type: ignore[attr-defined]
EDITION: Table = Edition.__table__  # type: ignore[attr-defined]

LONGEST_WAIT = timedelta(days=30)
_COLUMNS = (
    "key", "reader", "way", "day", "part", "state", "not_before", "attempts", "uncertain", "recorded_at",
)  # fmt: skip


@dataclass(frozen=True)
class Fold:
    """One folding: as of which instant, of which day of the office."""

    session: Session
    now: datetime
    day: date


def fold(session: Session, now: datetime, zone: ZoneInfo, *, at_any_hour: bool = False) -> int:
    """Put what may be told at an instant into letters of its day. Returns how many letters are new; a look at one index
    where nothing waits."""
    waiting = and_(OUTBOX.c.state == "written", raw(OUTBOX, "speak_at") <= seconds(now))
    if session.execute(select(OUTBOX.c.id).where(waiting).limit(1)).first() is None:
        return 0
    folding = Fold(session, now, now.astimezone(zone).date())
    _drop(folding, waiting)
    _give_up(folding, waiting)
    hours = _Hours.at(session, now)
    _leave_out_unwanted(folding, and_(waiting, hours.optional))
    may = waiting if at_any_hour else and_(waiting, hours.may_be_told)
    made = _into_letters(folding, may, part=1)
    made += _into_letters(folding, and_(waiting, hours.cannot_wait), part=2)
    _take_along(folding)
    return made


@dataclass(frozen=True)
class _Hours:
    """Conditions on outbox rows by the hours of their programmes."""

    may_be_told: ColumnElement[bool]
    cannot_wait: ColumnElement[bool]  # the deadline is over before the hours of another day begin
    optional: ColumnElement[bool]  # people may unsubscribe them

    @classmethod
    def at(cls, session: Session, now: datetime) -> _Hours:
        told, hurried, optional = [], [], []
        for of, calendar in _calendars(session):
            zone, reminding = calendar.zoneinfo, calendar.reminding
            due = raw(OUTBOX, "deadline_at")
            late = seconds(reminding.next_beginning(now, zone))
            hurry = and_(of, due > seconds(now), due <= late)
            hurried.append(hurry)
            told.append(of if reminding.is_within(now, zone) else hurry)
            numbers = [place for place, one in enumerate(calendar.reminders) if not one.is_obligatory]
            optional += [and_(of, OUTBOX.c.reminder.in_(numbers))] if numbers else []
        return cls(or_(false(), *told), or_(false(), *hurried), or_(false(), *optional))


def _calendars(session: Session) -> list[tuple[ColumnElement[bool], TermCalendar]]:
    """Which outbox rows go by which calendar: those of cohorts by their edition, others by the programme's newest."""
    used = select(COHORT.c.edition_id).distinct()
    newest = dict(
        session.execute(
            select(func.max(EDITION.c.id), EDITION.c.programme_id).group_by(EDITION.c.programme_id)
        ).tuples().all()
    )  # fmt: skip
    found = []
    for edition in sorted({*session.execute(used).scalars(), *newest}):
        calendar = readable_calendar(session, edition)
        if calendar is not None:
            cohorts = select(COHORT.c.id).where(COHORT.c.edition_id == edition)
            of: ColumnElement[bool] = OUTBOX.c.cohort_id.in_(cohorts)
            if edition in newest:
                of = or_(of, OUTBOX.c.programme_id == newest[edition])
            found.append((of, calendar))
    return found


def _give_up(folding: Fold, waiting: ColumnElement[bool]) -> None:
    """What nobody could be told before it was over, and what has waited for an address for too long."""
    due = raw(OUTBOX, "deadline_at") <= seconds(folding.now)
    goes_on = or_(OUTBOX.c.step.like("overdue %"), OUTBOX.c.step == "escalated")
    too_long = raw(OUTBOX, "speak_at") <= seconds(folding.now - LONGEST_WAIT)
    over = and_(waiting, or_(and_(due, ~goes_on), too_long))
    folding.session.execute(update(OUTBOX).where(over).values(state="stale"))


def _drop(folding: Fold, waiting: ColumnElement[bool]) -> None:
    """What a database that was lost has told, as whoever restored its backup has said."""
    before = dropped_before(folding.session)
    if before is not None:
        told = and_(waiting, raw(OUTBOX, "speak_at") < seconds(before))
        folding.session.execute(update(OUTBOX).where(told).values(state="dropped"))


def _leave_out_unwanted(folding: Fold, told: ColumnElement[bool]) -> None:
    """What its reader has unsubscribed is not told."""
    people = to_people(told)
    unwanted = select(people.c.row).where(people.c.person_id.in_(select(UNSUBSCRIPTION.c.person_id)))
    folding.session.execute(update(OUTBOX).where(OUTBOX.c.id.in_(unwanted)).values(state="unwanted"))


def _into_letters(folding: Fold, told: ColumnElement[bool], part: int) -> int:
    people = to_people(told)
    mail = people.c.reader, people.c.way
    # In the order of their rows, which is that of cohorts: letters that are told together are of few.
    readers = (
        select(*mail).where(people.c.reader.is_not(None)).group_by(*mail).order_by(func.min(people.c.row))
    )
    made = _make(folding, readers, part)
    made += _make(folding, _groups(people), part)
    _carry(folding, people, part)
    return made + _to_organisations(folding, told, part)


def _groups(people: Any) -> Select[Any]:
    """The chat group of each cohort of which somebody is told something by mail."""
    reader = literal("c") + func.cast(people.c.cohort_id, type_=LETTER.c.reader.type)
    robot = exists().where(CONTACT.c.cohort_id == people.c.cohort_id, CONTACT.c.robot.is_not(None))
    return select(reader, literal(CHAT)).where(people.c.reader.is_not(None), robot).distinct()


def _to_organisations(folding: Fold, told: ColumnElement[bool], part: int) -> int:
    rows = to_organisations(told)
    wanted = folding.session.execute(select(rows.c[1]).distinct()).scalars().all()
    together: dict[tuple[int, str], list[int]] = {}
    for organisation, reached in reached_organisations(folding.session, wanted).items():
        together.setdefault(reached, []).append(organisation)
    made = 0
    for (reader, way), organisations in together.items():
        made += _make(folding, select(literal(f"o{reader}"), literal(way)), part)
        letter = folding.session.execute(
            select(LETTER.c.id).where(
                *_open_letters(folding, part), LETTER.c.reader == f"o{reader}", LETTER.c.way == way
            )
        ).scalar()
        if letter is not None:
            theirs = select(rows.c[0]).where(rows.c[1].in_(organisations))
            folding.session.execute(
                update(OUTBOX).where(OUTBOX.c.id.in_(theirs)).values(state="told", letter_id=letter)
            )
    return made


def _make(folding: Fold, readers: Select[Any], part: int) -> int:
    """A letter for each of these readers who has none of this day and part."""
    each = readers.subquery()
    key: Any = func.lower(func.hex(func.randomblob(16)))
    if folding.session.get_bind().dialect.name != "sqlite":
        key = func.replace(func.cast(func.gen_random_uuid(), type_=LETTER.c.key.type), "-", "")
    now = seconds(folding.now)
    rows = select(
        key, *each.c, literal(folding.day, LETTER.c.day.type), literal(part), literal("waiting"), literal(now),
        literal(0), literal(False), literal(now),
    ).where(each.c[0].is_not(None))  # fmt: skip
    return insert_from(folding.session, LETTER, _COLUMNS, rows)


def _carry(folding: Fold, people: Any, part: int) -> None:
    """The day's letters carry these rows, as long as nobody has claimed them."""
    folding.session.execute(
        update(OUTBOX)
        .where(
            OUTBOX.c.id == people.c.row, LETTER.c.reader == people.c.reader, LETTER.c.way == people.c.way,
            *_open_letters(folding, part),
        )
        .values(state="told", letter_id=LETTER.c.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _open_letters(folding: Fold, part: int) -> tuple[ColumnElement[bool], ...]:
    return (LETTER.c.day == folding.day, LETTER.c.part == part, LETTER.c.state == "waiting")


def _take_along(folding: Fold) -> None:
    """What waits in letters of earlier days goes with the reader's letter of today. What may have gone out stays by itself:
    it is sent again as it was."""
    old, new = LETTER.alias("old"), LETTER.alias("new")
    pairs = (
        select(old.c.id.label("old"), new.c.id.label("new"))
        .join(new, and_(new.c.reader == old.c.reader, new.c.way == old.c.way, new.c.part == 1))
        .where(
            old.c.state == "waiting", old.c.uncertain.is_(False), old.c.day < folding.day,
            new.c.day == folding.day, new.c.state == "waiting",
        )
        .subquery()
    )  # fmt: skip
    execute = folding.session.execute
    execute(update(OUTBOX).where(OUTBOX.c.letter_id == pairs.c.old).values(letter_id=pairs.c.new))
    merged = select(pairs.c.old).where(~exists().where(OUTBOX.c.letter_id == pairs.c.old))
    execute(update(LETTER).where(LETTER.c.id.in_(merged)).values(state="merged", finished_at=folding.now))
