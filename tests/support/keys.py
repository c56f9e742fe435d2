"""The data key of the tests, for this process and for those that it starts."""

from __future__ import annotations

import os
from pathlib import Path

from flows.data_keys import VARIABLE, lay_data_keys

KEY = "7e" * 32


def lay_test_key() -> None:
    os.environ[VARIABLE] = KEY
    lay_data_keys(KEY, Path())
