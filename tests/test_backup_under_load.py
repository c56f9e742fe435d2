"""A backup made while a night runs and others write: it is of one moment, and what is restored from it comes to the same end."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlmodel import Session

from calendars.clock import now
from exchange.backups import back_up, check, read_manifest, restore
from models.database import open_database, transaction
from models.letters import Contact
from models.nights import Night
from models.verdicts import Seal
from tests.support.many_cohorts import LOCK_NIGHT, many_cohorts
from tests.support.outcomes import outcome
from tests.support.places import Vacant
from tests.support.story import Story
from tests.test_backups import belonging_to, no_progress, note
from tests.torture.forked import begun, ended
from workflows.night import advance_next, begin, finish, night

pytestmark = pytest.mark.usefixtures("pg_dump")

COHORTS, HANDS = 24, 6  # each cohort in a batch of its own
WRITERS = 2


def a_night(url: str, at: datetime, begins: Callable[[], None]) -> None:
    """In many batches; after some it waits until the backup has begun to copy."""
    engine = open_database(url)
    with transaction(engine) as session:
        plan = begin(session, at, at, HANDS)
    for _ in range(3):  # the first cohort is stuck
        advance_next(engine, plan.night_id, lambda: at)
    begins()
    while advance_next(engine, plan.night_id, lambda: at):
        pass
    with transaction(engine) as session:
        finish(session, plan.night_id, at)


def a_writer(url: str, number: int, stop: Path) -> None:
    """One transaction after the other, each of two rows that say the same."""
    engine, count = open_database(url), 0
    while not stop.exists():
        count += 1
        with transaction(engine) as session:
            for row in (2 * number + 1, 2 * number + 2):
                session.execute(
                    text("UPDATE contact SET name = :name WHERE id = :id"), {"name": str(count), "id": row}
                )


def wait_for(found: Callable[[], bool]) -> None:
    until = time.monotonic() + 240
    while not found() and time.monotonic() < until:
        time.sleep(0.002)
    assert found()


def written(engine: Engine) -> list[int]:
    with Session(engine) as session:
        return [
            int(name or 0) for name in session.execute(select(Contact.name).order_by(Contact.id)).scalars()
        ]


def test_a_backup_under_load_is_of_one_moment_and_goes_on_to_the_same_end(
    engine: Engine, tmp_path: Path, vacant: Vacant
) -> None:
    story = many_cohorts(engine, COHORTS)
    with transaction(engine) as session:
        session.add_all(Contact(cohort_id=number) for number in [*story.cohorts.values()][: 2 * WRITERS])
    at, url = story.at(LOCK_NIGHT), engine.url.render_as_string(hide_password=False)
    engine.dispose()
    ready, stop, folder = tmp_path / "ready", tmp_path / "stop", tmp_path / "backups"

    def begins() -> None:
        ready.touch()
        wait_for(lambda: any(folder.glob(".first*/database.*")))

    writers = [begun(lambda number=number: a_writer(url, number, stop)) for number in range(WRITERS)]  # type: ignore[misc]
    at_work = begun(lambda: a_night(url, at, begins))
    try:
        wait_for(ready.exists)
        wait_for(lambda: min(written(engine)) > 0)
        before = written(engine)
        made = back_up(engine, belonging_to(tmp_path / "home"), folder, "first", now(), no_progress)
        assert ended(at_work) == 0
        wait_for(lambda: sum(written(engine)) > sum(before))
    finally:
        stop.touch()
    assert [ended(writer) for writer in writers] == [0] * WRITERS

    found = open_database(vacant(engine.dialect.name))
    check(read_manifest(made.folder), no_progress)
    restore(made, found, belonging_to(tmp_path / "other"), note)
    counts = written(found)
    assert counts[0::2] == counts[1::2]  # no transaction is there by half
    assert all(
        earlier <= then <= last for earlier, then, last in zip(before, counts, written(engine), strict=True)
    )
    with Session(found) as session:
        assert session.execute(select(Night.finished_at)).scalars().all() == [
            None
        ]  # in the middle of the night
        assert 0 < sealed(session) < 2 * COHORTS
    night(found, at, at)
    restored = Story.__new__(Story)
    restored.__dict__ |= story.__dict__ | {"engine": found}
    assert outcome(restored) == outcome(story)
    found.dispose()


def sealed(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Seal)).scalar_one()
