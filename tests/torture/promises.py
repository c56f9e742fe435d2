"""Everything that is promised and tried."""

from __future__ import annotations

from tests.torture.hostile_files import HOSTILE_FILES
from tests.torture.killed import KILLED
from tests.torture.promise import Promise

PROMISES: tuple[Promise, ...] = (KILLED, HOSTILE_FILES)
