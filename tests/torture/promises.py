"""Everything that is promised and tried."""

from __future__ import annotations

from tests.torture.at_once import FIFTY_WRITERS, TWO_NIGHTS
from tests.torture.hostile_files import HOSTILE_FILES
from tests.torture.killed import KILLED
from tests.torture.migrations import MIGRATED
from tests.torture.promise import Promise
from tests.torture.schedules import SCHEDULED
from tests.torture.tampered import TAMPERED

PROMISES: tuple[Promise, ...] = (
    KILLED,
    SCHEDULED,
    TAMPERED,
    HOSTILE_FILES,
    TWO_NIGHTS,
    FIFTY_WRITERS,
    MIGRATED,
)
