"""The night of the cutoff on PostgreSQL, by one process and by two that share it, beside its own bare aggregate."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median

from sqlalchemy import Engine

from benchmarks.databases import Databases, lay_key, opened, served
from benchmarks.figures import Found, ratio_up_to, up_to
from benchmarks.measuring import seconds_of, tried
from benchmarks.night import QUIET, floor
from benchmarks.scored_term import LOCK, bring_to_the_cutoff, make, shape
from benchmarks.sizes import Sizes
from models.database import open_database, transaction
from workflows.night import advance_next, begin, finish, night

HANDS = 2


@dataclass
class Nights:
    """Seconds, each night with the floor before it."""

    alone: list[float] = field(default_factory=list)
    floors_alone: list[float] = field(default_factory=list)
    shared: list[float] = field(default_factory=list)
    floors_shared: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)


def measure(sizes: Sizes, _folder: Path) -> Found:
    times = min(sizes.times, 2)
    with served(sizes.database) as databases:
        before = databases.new()
        make(before, sizes.enrolments, sizes.evidence)
        bring_to_the_cutoff(before)
        nights = Nights()
        for _ in range(times):
            one_alone(databases, before, nights)
            one_shared(databases, before, nights, sizes.enrolments)

    found = Found("A night on PostgreSQL, by its own bare aggregate over the same evidence, fetched")
    floors = [*nights.floors_alone, *nights.floors_shared]
    found.add("the floor itself", floors, median(floors))
    found.add("night of the cutoff, one process", nights.alone, nights.floors_alone, main=True)
    found.add(f"night of the cutoff, shared by {HANDS} processes", nights.shared, nights.floors_shared,
              ratio_up_to(3), main=True)  # fmt: skip
    found.add("quiet night: nothing is due", nights.quiet, (), up_to(QUIET), main=True)
    return found


def one_alone(databases: Databases, before: str, nights: Nights) -> None:
    copy = databases.copy(before)
    with opened(copy) as engine:
        nights.floors_alone.append(warm_floor(engine))
        nights.alone.append(seconds_of(lambda: night(engine, LOCK, LOCK)))
        nights.quiet += tried(lambda: night(engine, LOCK, LOCK), 3)
    databases.drop(copy)


def one_shared(databases: Databases, before: str, nights: Nights, enrolments: int) -> None:
    """Begun and finished here, and done by others, who stand ready as workers do."""
    copy = databases.copy(before)
    cohorts = 0
    with opened(copy) as engine, hands(copy) as pool:
        nights.floors_shared.append(warm_floor(engine))

        def shared() -> None:
            nonlocal cohorts
            with transaction(engine) as session:
                night_id = begin(session, LOCK, LOCK, HANDS).night_id
            cohorts = sum(pool.map(do_a_share, [night_id] * HANDS))
            with transaction(engine) as session:
                assert finish(session, night_id, LOCK).sealed.total() == enrolments

        nights.shared.append(seconds_of(shared))
    assert cohorts == shape(enrolments).cohorts
    databases.drop(copy)


def warm_floor(engine: Engine) -> float:
    """A copy has never been read: the first time is not counted."""
    return tried(lambda: floor(engine), 2)[1]


# ---------------------------------------------------------------------- in the process of a hand


@dataclass
class Hand:
    """What a process that helps keeps from one night to the next."""

    engine: Engine | None = None


HAND = Hand()


@contextmanager
def hands(url: str) -> Iterator[ProcessPoolExecutor]:
    """Processes that are all there, with a connection each, before anybody asks them for anything."""
    context = get_context("spawn")
    together = context.Barrier(HANDS)
    with ProcessPoolExecutor(HANDS, context, stand_ready, (url, together)) as pool:
        assert all(pool.map(stands_ready, range(HANDS)))
        yield pool


def stand_ready(url: str, together: Barrier) -> None:
    lay_key()
    HAND.engine = open_database(url)
    with HAND.engine.connect():
        together.wait(60)


def stands_ready(_: int) -> bool:
    return HAND.engine is not None


def do_a_share(night_id: int) -> int:
    """Batches of a night until none is left; how many cohorts they had."""
    assert HAND.engine is not None
    engine = HAND.engine
    return sum(iter(lambda: advance_next(engine, night_id, lambda: LOCK), 0))
