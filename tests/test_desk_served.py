"""A form of a served office as Prefect's page sends it: right input is done, wrong input ends the run and says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from models.database import open_database
from tests.support.operators import appoint
from tests.support.running import Up, comes_to, up
from tests.support.story import Story

pytestmark = pytest.mark.server

SAID = {
    "programme": "longcheng-2024", "cohort": "二班", "phase": "review", "opens": "2025-06-03", "closes": "2125-01-01",
}  # fmt: skip


def started(running: Up, **said: Any) -> httpx.Response:
    found = running.api("GET", "deployments/name/set-dates/set-phase-dates")["id"]
    return running.answer("POST", f"deployments/{found}/create_flow_run", json={"parameters": said})


def test_in_a_served_office_a_form_with_right_and_with_wrong_input(tmp_path: Path, sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    story = Story(engine, "longcheng-2024")
    story.cohort("二班", "龙城区")
    story.enrol("赵老师", "learner", "二班", "龙城区", "第一小学")
    story.night("2025-06-01 00:30")
    appoint(engine, "王主任")
    (tmp_path / "office").mkdir()
    (tmp_path / "office" / "holidays.yaml").write_text("2125:\n  off: [2125-01-01]\n")  # its end is far away
    with up(tmp_path / "office", sqlite_url, port=4820) as running:
        wrong = started(running, **SAID, reason=" ", name="王主任").json()["id"]
        right = started(running, **SAID, reason="区教育局通知", name="王主任").json()["id"]
        unsaid = started(running, **SAID)
        assert (unsaid.status_code, "'reason' is a required property" in unsaid.text) == (409, True)
        refused = comes_to(running, wrong, "FAILED")["state"]
        assert refused["message"] == "nothing was done and nothing has changed. fill in 'reason'"
        done = comes_to(running, right, "COMPLETED")["state"]
        assert done["message"].startswith(
            "审核认定 is set from 2025-06-03 00:00 to 2125-01-01 24:00 for 二班 (1 cohort); record 1. At once:"
        )
        assert (tmp_path / "office" / "inbox").is_dir()
    assert story.states("二班")["review"] == "open"
    engine.dispose()
