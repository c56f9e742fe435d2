"""Two nights at once, and fifty writers at once: nothing is lost, nothing done twice, nobody gets an error."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import Session

from models.database import transaction
from models.nights import Extension
from tests.torture.forked import begun, ended
from tests.torture.killed import Day, first_difference, left, undisturbed
from tests.torture.offices import SERVER, one_class, opened
from tests.torture.promise import Promise
from workflows.extending import extend_for_person
from workflows.night import night
from workflows.resolving import Decision

WRITERS = 50
EACH = 20  # transactions of a writer: on both databases two thousand
FEW = 4  # in a small run


def _dialect(number: int) -> str:
    return ("sqlite", "postgresql")[number % 2] if SERVER else "sqlite"


def two_nights(number: int, folder: Path) -> None:
    dialect = _dialect(number)
    days = undisturbed(folder, dialect)
    day = days[number // 2 % len(days)]
    with day.before.copy(folder) as url:
        children = [begun(partial(_night, url, day)) for _ in range(2)]
        assert [ended(child) for child in children] == [0, 0]
        found, _ = left(url, day.before.story)
    assert found == day.found, f"{dialect}, {day.at:%Y-%m-%d}: {first_difference(found, day.found)}"


def _night(url: str, day: Day) -> None:
    night(opened(url), day.at, day.at)


def writers(number: int, folder: Path) -> None:
    """Each moves the deadline of one person again and again, which looks at the whole cohort, as an office does."""
    office, each = one_class(folder, _dialect(number), WRITERS), EACH if number < 2 else FEW
    at = office.story.at("2024-11-25 09:00")
    with office.copy(folder) as url:
        people = [office.story.people[f"学员{writer}"] for writer in range(WRITERS)]
        children = [begun(partial(_write, url, person, each, at)) for person in people]
        assert [ended(child) for child in children] == [0] * WRITERS
        engine = opened(url)
        with Session(engine) as session:
            kept = session.execute(select(func.count()).select_from(Extension)).scalar_one()
        engine.dispose()
    assert kept == WRITERS * each


def _write(url: str, person: int, times: int, at: datetime) -> None:
    engine = opened(url)
    for time in range(times):
        until = at + timedelta(days=18, minutes=time)
        with transaction(engine) as session:
            extend_for_person(session, person, "journal", until, Decision("住院", "王主任", at, at))


TWO_NIGHTS = Promise("two nights at once: the same as one", 40, 6, two_nights)
FIFTY_WRITERS = Promise(
    "fifty writers at once: no transaction lost, no error", 2, 2, writers, each=WRITERS * EACH
)
