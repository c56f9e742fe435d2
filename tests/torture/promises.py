"""Everything that is promised and tried."""

from __future__ import annotations

from tests.torture.at_once import FIFTY_WRITERS, TWO_NIGHTS
from tests.torture.clocks import CLOCKS
from tests.torture.hostile_files import HOSTILE_FILES
from tests.torture.killed import KILLED
from tests.torture.migrations import MIGRATED
from tests.torture.one_of_many import ONE_OF_MANY
from tests.torture.personal_data import PERSONAL_DATA
from tests.torture.promise import Promise
from tests.torture.schedules import SCHEDULED
from tests.torture.tampered import TAMPERED
from tests.torture.torn import TORN
from tests.torture.without import WITHOUT

PROMISES: tuple[Promise, ...] = (
    PERSONAL_DATA,  # few tries that take minutes each: begun first, beside others
    KILLED,
    TORN,
    SCHEDULED,
    CLOCKS,
    TAMPERED,
    HOSTILE_FILES,
    TWO_NIGHTS,
    FIFTY_WRITERS,
    WITHOUT,
    ONE_OF_MANY,
    MIGRATED,
)
