"""Seconds and memory: how they are taken, and how a measurement gets a process of its own."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from sqlalchemy import Engine

from benchmarks.databases import Databases, opened

Given = ParamSpec("Given")
Found = TypeVar("Found")
STATUS = Path("/proc/self/status")


def timed(work: Callable[[], Found]) -> tuple[Found, float]:
    """What comes of it, and the seconds that it took."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def seconds_of(work: Callable[[], object]) -> float:
    return timed(work)[1]


def tried(work: Callable[[], object], times: int) -> tuple[float, ...]:
    return tuple(seconds_of(work) for _ in range(times))


def peak() -> float:
    """The most memory that this process has had so far, in MB.

    Where there is /proc it is asked: what the system keeps for a finished process begins with the memory of the one that
    started it.
    """
    if STATUS.exists():
        found = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )


def alone(work: Callable[Given, Found], *args: Given.args, **options: Given.kwargs) -> Found:
    """Do it in a process of its own, so that its memory is its own. What goes wrong there is raised here."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *args, **options).result()


def in_copies(
    databases: Databases,
    before: str,
    work: Callable[[Engine], object],
    left: Callable[[Engine], Found],
    times: int,
) -> tuple[Found, list[float]]:
    """What something leaves that can be done to a database once, and the seconds of each try in a copy of its own."""
    made, taken = [], []
    for _ in range(times):
        copy = databases.copy(before)
        with opened(copy) as engine:
            taken.append(seconds_of(lambda: work(engine)))
            made.append(left(engine))
        databases.drop(copy)
    assert all(one == made[0] for one in made), "not the same at each try"
    return made[0], taken
