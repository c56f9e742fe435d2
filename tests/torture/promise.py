"""A promise of the product, and how it is tried: by number, so that a try that fails can be made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Promise:
    """`attempt` makes one try, or `each` of them, in a folder of its own process; an AssertionError says how the promise was
    broken."""

    name: str
    attempts: int  # in full
    small: int  # with the tests
    attempt: Callable[[int, Path], None]
    each: int = 1
    served: bool = False  # by a Prefect server, which wants the machine for itself
