"""What the product promises, tried as often as there is time for: a table of promises, tries and failures.

    make torture
    make torture ARGS="--only hostile --tries 0.1"

Where `YANXIU_TEST_POSTGRES_URL` names a database on a server, what is promised of PostgreSQL is tried on it too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tests.support.keys import lay_test_key
from tests.torture.promise import Promise
from tests.torture.promises import PROMISES
from tests.torture.trying import Tried, tried

AT_ONCE = 50  # tries that a process makes before it tells
TOLD = 20  # failures of a promise that are told


def main(words: Sequence[str]) -> int:
    asked = _asked(words)
    promises = [one for one in PROMISES if not asked.only or any(word in one.name for word in asked.only)]
    failures, began = 0, time.monotonic()
    print(f"{'promise':<72} {'tries':>7} {'failures':>8}   work")
    with ProcessPoolExecutor(
        asked.processes, mp_context=get_context("spawn"), initializer=lay_test_key
    ) as processes:
        # All are asked for at once, so that no process waits while another ends a promise.
        shares = {promise.name: _begun(promise, asked.tries, processes) for promise in promises}
        for promise in promises:
            found, seconds = [], 0.0
            for share in as_completed(shares[promise.name]):
                more, taken = share.result()
                found += more
                seconds += taken
            failures += len(found)
            tries = _attempts(promise, asked.tries) * promise.each
            print(f"{promise.name:<72} {tries:>7,} {len(found):>8,}   {seconds:.0f} s", flush=True)
            for number, why in sorted(found)[:TOLD]:
                print(f"  try {number}: {why}", flush=True)
    print(f"in all {time.monotonic() - began:.0f} s, by {asked.processes} processes")
    return min(failures, 1)


def _attempts(promise: Promise, share: float) -> int:
    return max(1, round(promise.attempts * share))


def _begun(promise: Promise, share: float, processes: ProcessPoolExecutor) -> list[Future[Tried]]:
    attempts, at_once = _attempts(promise, share), max(1, AT_ONCE // promise.each)
    shares = [range(first, min(first + at_once, attempts)) for first in range(0, attempts, at_once)]
    return [processes.submit(tried, promise.name, numbers) for numbers in shares]


def _asked(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="WORD", help="promises with one of these words"
    )
    parser.add_argument(
        "--tries", type=float, default=1.0, help="of each as many times its number (default: 1)"
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), help="(default: as many as processors)"
    )
    asked = parser.parse_args(words)
    if unknown := [word for word in asked.only if not any(word in promise.name for promise in PROMISES)]:
        parser.error(
            f"no promise has the word {unknown[0]!r}; they are: {'; '.join(one.name for one in PROMISES)}"
        )
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
