"""One night done by several processes at once: each batch of cohorts is taken by one of them, whoever dies lets go, and what
comes of it is what one process alone makes of it, on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from calendars.messages import Refused
from models.database import open_database, transaction
from models.nights import Night, NightBatch
from tests.support.many_cohorts import LOCK_NIGHT, many_cohorts
from tests.support.outcomes import outcome
from tests.support.story import Story
from workflows.changes import Changes
from workflows.night import advance_next, begin, finish, night
from workflows.night_batches import FOR_EACH, MOST, lay_out, take

COHORTS = 20
HANDS = 3
HOLDING = """
import sys, time
from models.database import open_database, transaction
from workflows.night_batches import take
with transaction(open_database(sys.argv[1])) as session:
    print(take(session, int(sys.argv[2])).number, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def story(engine: Engine) -> Story:
    return many_cohorts(engine, COHORTS)


class Alone(NamedTuple):
    """The same term on a database of its own, whose night one process has done."""

    changes: Changes
    outcome: dict[str, Any]


@pytest.fixture
def alone(sqlite_url: str) -> Alone:
    with opened(sqlite_url) as engine:
        story = many_cohorts(engine, COHORTS)
        return Alone(story.night(LOCK_NIGHT), outcome(story))


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Story]:
    with opened(postgres_url) as engine:
        yield many_cohorts(engine, COHORTS)


def begun(story: Story, hands: int = HANDS) -> int:
    with transaction(story.engine) as session:
        return begin(session, story.at(LOCK_NIGHT), story.at(LOCK_NIGHT), hands).night_id


def finished(story: Story, night_id: int) -> Changes:
    with transaction(story.engine) as session:
        return finish(session, night_id, story.at(LOCK_NIGHT))


def url_of(story: Story) -> str:
    return story.engine.url.render_as_string(hide_password=False)


def clock(story: Story) -> Callable[[], datetime]:
    instant = story.at(LOCK_NIGHT)
    return lambda: instant


def test_what_several_do_together_is_what_one_does_alone(story: Story, alone: Alone) -> None:
    night_id = begun(story)
    together = threading.Barrier(HANDS)

    def hand(_: int) -> int:
        with opened(url_of(story)) as engine:
            together.wait()
            return sum(1 for _ in iter(lambda: advance_next(engine, night_id, clock(story)), 0))

    with ThreadPoolExecutor(HANDS) as pool:
        batches = list(pool.map(hand, range(HANDS)))
    assert sum(batches) == COHORTS / 2  # two cohorts in each
    changes = finished(story, night_id)
    assert changes.sealed.total() == alone.changes.sealed.total() > 0
    assert changes == alone.changes
    assert outcome(story) == alone.outcome
    with Session(story.engine) as session:
        assert session.execute(select(NightBatch)).all() == []


@pytest.mark.postgres
def test_what_somebody_has_in_hand_is_not_taken_and_is_free_again_when_he_dies(
    on_postgres: Story, alone: Alone
) -> None:
    story = on_postgres
    night_id = begun(story)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, url_of(story), str(night_id)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "1"
    while advance_next(story.engine, night_id, clock(story)):
        pass
    with Session(story.engine) as session:
        left = session.execute(select(col(NightBatch.number)).where(col(NightBatch.report).is_(None)))
        assert list(left.scalars()) == [1]
    holder.kill()
    holder.communicate()
    deadline = time.monotonic() + 30
    while not advance_next(story.engine, night_id, clock(story)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert finished(story, night_id) == alone.changes
    assert outcome(story) == alone.outcome


@pytest.mark.postgres
def test_of_two_nights_that_begin_at_once_the_earlier_is_refused(on_postgres: Story) -> None:
    story = on_postgres

    def earlier() -> None:
        with transaction(story.engine) as session:
            begin(session, story.at("2024-12-01 00:30"), story.at(LOCK_NIGHT))

    with ThreadPoolExecutor(1) as pool:
        with transaction(story.engine) as session:
            begin(session, story.at(LOCK_NIGHT), story.at(LOCK_NIGHT))
            other = pool.submit(earlier)
            time.sleep(0.5)
            assert not other.done()  # it waits for this one
        with pytest.raises(Refused, match="nights do not run backwards"):
            other.result(30)


def test_two_nights_of_one_instant_at_once_do_what_one_does(story: Story, alone: Alone) -> None:
    first, second = begun(story), begun(story, hands=1)
    taken = [advance_next(story.engine, night_id, clock(story)) for night_id in (first, second)]
    assert taken == [2, COHORTS]
    while advance_next(story.engine, first, clock(story)):
        pass
    changes = finished(story, second) + finished(story, first)
    assert changes.sealed == alone.changes.sealed
    assert outcome(story) == alone.outcome


def test_whoever_comes_late_finds_nothing_to_do(story: Story) -> None:
    story.night(LOCK_NIGHT)
    with Session(story.engine) as session:
        (done,) = session.execute(select(col(Night.id))).scalars()
    assert advance_next(story.engine, done or 0, clock(story)) == 0
    assert advance_next(story.engine, 999, clock(story)) == 0


def test_a_night_that_was_broken_off_is_taken_up_by_the_next(story: Story, alone: Alone) -> None:
    broken = begun(story)
    advance_next(story.engine, broken, clock(story))
    assert night(story.engine, story.at(LOCK_NIGHT), story.at(LOCK_NIGHT)).sealed
    assert outcome(story) == alone.outcome
    assert advance_next(story.engine, broken, clock(story)) == 0
    with Session(story.engine) as session:  # what it had done stays for its own report, a week long
        assert list(session.execute(select(col(NightBatch.night_id))).scalars()) == [broken]
    night(story.engine, story.at("2024-12-24 00:30"), story.at("2024-12-24 00:30"))
    with Session(story.engine) as session:
        assert session.execute(select(NightBatch)).all() == []


@pytest.mark.parametrize(
    ("cohorts", "hands", "batches", "largest"),
    [
        (0, 1, 0, 0),
        (1, 1, 1, 1),
        (MOST + 1, 1, 2, MOST),
        (1, 4, 1, 1),
        (100, 4, 15, 7),
        (100_000, 2, 250, MOST),
    ],
)
def test_batches_are_large_for_one_and_several_for_each_of_many(
    engine: Engine, cohorts: int, hands: int, batches: int, largest: int
) -> None:
    at = datetime.fromisoformat("2024-12-16T00:30+08:00")
    with transaction(engine) as session:
        session.add(Night(id=1, as_of=at, started_at=at))
        session.flush()
        assert lay_out(session, 1, list(range(cohorts)), hands) == batches
        assert hands == 1 or batches <= max(hands * FOR_EACH, cohorts / MOST)
        found = take(session, 1)
        assert (len(found.cohorts) if found else 0) == largest
        session.rollback()
