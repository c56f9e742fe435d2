"""What `make torture` tries thousands of times, some times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.promise import Promise
from tests.torture.promises import PROMISES

FIRST = 2  # where a promise has large tries, they are the first
SHARES = 4  # so that the tries of a promise are shared among the tests' processes


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: what promises are tried on is made once in a process."""
    return tmp_path_factory.mktemp("promises")


TRIED = [
    pytest.param(
        promise, share, id=f"{promise.name}-{share}", marks=[pytest.mark.server] if promise.served else []
    )
    for promise in PROMISES
    for share in range(min(SHARES, promise.small))
]


@pytest.mark.parametrize(("promise", "share"), TRIED)
def test_what_is_promised_holds(promise: Promise, share: int, folder: Path) -> None:
    for number in range(FIRST + share, FIRST + promise.small, SHARES):
        promise.attempt(number, folder)
