"""The check that needs no Prefect: that nights have stopped is told from the database alone, as cron mails it."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from calendars.clock import now
from models.database import open_database
from tests.support.operators import appoint
from tests.support.story import Story
from workflows.night import night

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.fixture
def home(sqlite_url: str, tmp_path: Path) -> Path:
    """An office with a term that goes on and one night, which has just run; no server."""
    story = Story(open_database(sqlite_url), "longcheng-2024")
    story.cohort("一班", "龙城区")
    appoint(story.engine)
    night(story.engine, story.at("2024-11-01 00:30"), now())
    story.engine.dispose()
    return tmp_path


def of_the_page(pattern: str) -> str:
    """A command of the page, for the program of this environment."""
    found = re.search(pattern, PAGE, re.MULTILINE)
    assert found
    return found[1].replace("/opt/yanxiu/.venv/bin", str(BIN))


def says(command: str, home: Path) -> tuple[int, str]:
    environment = os.environ | {"YANXIU_HOME": str(home), "YANXIU_LOCALE": "en", "YANXIU_DATABASE_URL": ""}
    ran = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def a_day_passes(home: Path, hours: int) -> None:
    with sqlite3.connect(home / "yanxiu.sqlite") as database:
        database.execute("UPDATE night SET started_at = started_at - ?", (hours * 3600,))
    database.close()


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"^0 +8 \* \* \* +(.*status >/dev/null)$", id="cron"),
        pytest.param(r"^ExecStart=/bin/sh -c '(.*status 2>&1 >/dev/null.*)\| mail .*'$", id="timer"),
    ],
)
def test_the_line_of_the_page_is_silent_until_no_night_has_run_for_26_hours(pattern: str, home: Path) -> None:
    command = of_the_page(pattern)
    assert says(command, home)[1] == ""
    a_day_passes(home, 27)
    assert says(command, home)[1].startswith("no night has run for 26 hours (the last one: ")
    assert says(f"{BIN}/yanxiu status", home)[0] == 3
