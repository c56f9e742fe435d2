"""How a command ends: the exit codes that scripts and schedulers may rely on."""

from __future__ import annotations

from contextlib import ExitStack
from enum import IntEnum

at_end = ExitStack()
"""What a command has opened, to be closed however it ends."""


class Ends(IntEnum):
    DONE = 0
    PROBLEMS = 1  # in what was given: a file, a date, a name
    USAGE = 2  # the command was typed wrongly
    ATTENTION = 3  # done, and somebody should look: cohorts are stuck or failed, or no night for 26 hours
    UNEXPECTED = 70  # a fault of the program; the traceback is in a file
