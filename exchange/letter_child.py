"""The process in which letters are written while others are sent: it answers each batch until nobody asks any more.

It reads an `Errand` and then batches, and answers each with what was written, as pickles; the errand with None. It sends
nothing and changes nothing.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys

from calendars.workdays import use_overlay
from exchange.letter_batches import BatchWriter, Errand
from models.database import open_database
from models.keys import lay_keys


def main() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who sends decides when to stop
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else gets between the answers
    errand: Errand = pickle.load(asked)  # noqa: S301 - from the process that began this one
    use_overlay(errand.days)
    lay_keys(lambda: errand.keys)
    writer = BatchWriter(open_database(errand.url), errand.writer, errand.zone)
    answer = None  # it is ready
    while True:
        pickle.dump(answer, answers)
        answers.flush()
        try:
            claimed, at = pickle.load(asked)  # noqa: S301 - likewise
        except EOFError:
            return
        answer = writer.write(claimed, at)


if __name__ == "__main__":
    main()
