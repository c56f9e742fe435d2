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
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tests.support.keys import lay_test_key
from tests.torture.promises import PROMISES
from tests.torture.trying import failures_of

AT_ONCE = 50  # tries that a process makes before it tells
TOLD = 20  # failures of a promise that are told


def main(words: Sequence[str]) -> int:
    asked = _asked(words)
    failures = 0
    print(f"{'promise':<72} {'tries':>7} {'failures':>8}   time")
    with ProcessPoolExecutor(
        asked.processes, mp_context=get_context("spawn"), initializer=lay_test_key
    ) as processes:
        for promise in PROMISES:
            if any(word not in promise.name for word in asked.only):
                continue
            began = time.monotonic()
            attempts = max(1, round(promise.attempts * asked.tries))
            at_once = max(1, AT_ONCE // promise.each)
            shares = [range(first, min(first + at_once, attempts)) for first in range(0, attempts, at_once)]
            found = [
                failure
                for share in as_completed(
                    processes.submit(failures_of, promise.name, share) for share in shares
                )
                for failure in share.result()
            ]
            failures += len(found)
            print(
                f"{promise.name:<72} {attempts * promise.each:>7,} {len(found):>8,}   {time.monotonic() - began:.0f} s",
                flush=True,
            )
            for number, why in sorted(found)[:TOLD]:
                print(f"  try {number}: {why}", flush=True)
    return min(failures, 1)


def _asked(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.torture", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="promises with these words")
    parser.add_argument(
        "--tries", type=float, default=1.0, help="of each as many times its number (default: 1)"
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), help="(default: as many as processors)"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
