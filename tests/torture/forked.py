"""Lives in processes of their own, which may be killed."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable


def begun(live: Callable[[], None]) -> int:
    """The number of a process that lives so. What goes wrong there it tells, and ends with 1."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # this process has no other thread that holds anything
        child = os.fork()
    if child:
        return child
    try:
        live()
        os._exit(0)
    except BaseException:  # noqa: BLE001
        print(traceback.format_exc(limit=-5), file=sys.stderr, flush=True)
        os._exit(1)


def ended(child: int) -> int:
    """The code with which a process ends, or the signal, negative."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
