"""When Python looks for objects that hold each other and nobody else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects more than before; sweeps of these until older ones are swept; likewise.
SELDOM = (100_000, 20, 1_000)


@contextmanager
def seldom_swept() -> Iterator[None]:
    """While very many rows pass through: what is made of them is freed when it is done with, and looking for cycles among
    all that is loaded, at each thousand of them, would cost a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
