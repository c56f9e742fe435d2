"""The night of the cutoff on SQLite: everything scored, sealed, moved and logged, beside a bare aggregate of the same evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, text

from benchmarks.databases import Databases, Files, opened
from benchmarks.figures import Found, ratio_up_to, up_to
from benchmarks.measuring import alone, peak, seconds_of, tried
from benchmarks.scored_term import LOCK, bring_to_the_cutoff, make, move_to_a_later_lock, shape
from benchmarks.sizes import Sizes
from workflows.night import night

AGGREGATE = (
    "SELECT enrolment_id, SUM(amount) AS amount, COUNT(*) AS count FROM evidence GROUP BY enrolment_id"
)
QUIET = 0.05  # seconds
MOST_MEMORY = 500  # MB


@dataclass
class Nights:
    """Seconds of cutoff nights, each with what the floor took before and after it."""

    cutoff: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    quiet: list[float] = field(default_factory=list)
    unfetched: list[float] = field(default_factory=list)
    sealed: int = 0


def measure(sizes: Sizes, folder: Path) -> Found:
    databases = Files(folder)
    fresh = databases.new()
    make(fresh, sizes.enrolments, sizes.evidence)
    before = databases.copy(fresh)
    closing = bring_to_the_cutoff(before)
    memory = alone(memory_of_a_night, databases.copy(before))
    nights = nights_of(databases, before, sizes.times)
    assert nights.sealed == sizes.enrolments
    databases.drop(before)
    due, tonight = one_per_cent(databases, fresh, sizes)
    tenth = databases.new()
    make(tenth, -(-sizes.enrolments // 10), sizes.evidence)
    bring_to_the_cutoff(tenth)
    memory_of_a_tenth = alone(memory_of_a_night, tenth)

    found = Found("A night on SQLite, by the bare aggregate over the same evidence, fetched")
    found.add("the floor itself", nights.floors, nights.floors)
    found.add("the same, not fetched", nights.unfetched, median(nights.floors))
    found.add("night of the end: phases close", closing, median(nights.floors))
    found.add(
        "night of the cutoff: all scored, sealed, moved",
        nights.cutoff,
        nights.floors,
        ratio_up_to(4),
        main=True,
    )
    found.add("quiet night: nothing is due", nights.quiet, (), up_to(QUIET), main=True)
    share = due / shape(sizes.enrolments).cohorts
    found.add("a hundredth due, by as much of the cutoff night", tonight, median(nights.cutoff) * share,
              ratio_up_to(3), main=True)  # fmt: skip
    found.add("peak memory of the cutoff night, by a tenth's", memory, memory_of_a_tenth, ratio_up_to(1.2),
              up_to(MOST_MEMORY), unit="MB", main=True)  # fmt: skip
    return found


def memory_of_a_night(url: str) -> float:
    with opened(url) as engine:
        night(engine, LOCK, LOCK)
        return peak()


def nights_of(databases: Databases, before: str, times: int) -> Nights:
    """A night can be measured once in each copy; each stands between two floors."""
    found = Nights()
    for _ in range(times):
        copy = databases.copy(before)
        with opened(copy) as engine:
            floors = [seconds_of(lambda: floor(engine))]
            found.unfetched.append(seconds_of(lambda: unfetched(engine)))
            found.cutoff.append(seconds_of(lambda: seal(engine, found)))
            found.quiet += tried(lambda: night(engine, LOCK, LOCK), 3)
            floors.append(seconds_of(lambda: floor(engine)))
            found.floors.append(sum(floors) / 2)
        databases.drop(copy)
    return found


def seal(engine: Engine, found: Nights) -> None:
    found.sealed = night(engine, LOCK, LOCK).sealed.total()


def floor(engine: Engine) -> None:
    """What any scoring must at least do: read all the evidence once, group it by person, and fetch that."""
    with engine.connect() as connection:
        connection.execute(text(AGGREGATE)).all()


def unfetched(engine: Engine) -> None:
    """The same, and nothing leaves the database."""
    with engine.connect() as connection:
        connection.execute(text(f"SELECT MAX(amount), MAX(count) FROM ({AGGREGATE}) AS person")).all()


def one_per_cent(databases: Databases, fresh: str, sizes: Sizes) -> tuple[int, list[float]]:
    """How many cohorts it was, and the seconds of the nights in which only they reach their cutoff."""
    due = -(-shape(sizes.enrolments).cohorts // 100)
    move_to_a_later_lock(fresh, due)
    bring_to_the_cutoff(fresh)
    taken = []
    for _ in range(sizes.times):
        copy = databases.copy(fresh)
        with opened(copy) as engine:
            taken.append(seconds_of(lambda: night(engine, LOCK, LOCK)))
        databases.drop(copy)
    return due, taken
