"""The account of this machine in which the program runs, as the system calls it."""

from __future__ import annotations

import getpass
import os


def account() -> str:
    """Its name, or its number where it has none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
