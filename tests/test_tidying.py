"""What Prefect keeps of nights long past is cleared away: on a real server, whose runs are made old by a later clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Suspended

from calendars.clock import now
from flows.by_hand import run_night_through_prefect
from flows.hold import hold
from flows.server import RunningServer
from flows.settings import OfficeSettings, chosen
from flows.tidying import tidy
from models.database import open_database
from tests.support.story import Story

pytestmark = pytest.mark.server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "office", port=4340) as running:
        yield running
        for worker in (
            APILogWorker,
            EventsWorker,
        ):  # their last words, while the server is there to hear them
            worker.drain_all(timeout=10, at_exit=False)


def asked(server: RunningServer, path: str, **body: object) -> list[dict[str, Any]]:
    answer = httpx.post(f"{server.api_url}/{path}/filter", json=body, timeout=60)
    return list(answer.raise_for_status().json())


def test_ended_runs_and_old_versions_go_and_what_waits_stays(
    server: RunningServer, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(sqlite_url)
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for at in ("2024-11-01 00:00", "2024-11-02 00:00", "2024-12-16 00:30"):
        run_night_through_prefect(story.at(at), server, sqlite_url)
    engine.dispose()
    with temporary_settings({PREFECT_API_URL: server.api_url}), get_client(sync_client=True) as client:
        waits = client.create_flow_run(hold, state=Suspended())
        pages = {page["key"]: page["latest_id"] for page in asked(server, "artifacts/latest")}
        assert len(asked(server, "artifacts")) > len(pages)
        with chosen(OfficeSettings(locale="en")):
            assert tidied(server) == "cleared away: 0 runs and 0 old versions of pages, older than 90 days"
            later = now() + timedelta(days=100)
            monkeypatch.setattr("flows.tidying.now", lambda: later)
            ended = len(asked(server, "flow_runs")) - 1
            assert tidied(server).startswith(f"cleared away: {ended} runs and ")
    left = asked(server, "flow_runs")
    assert {run["id"] for run in left} == {str(waits.id), left_by_itself(left)}
    assert {page["id"] for page in asked(server, "artifacts") if page["key"] == "morning"} == {
        pages["morning"]
    }
    assert len(asked(server, "artifacts")) == len(pages)


def tidied(server: RunningServer) -> str:
    with temporary_settings({PREFECT_API_URL: server.api_url}):
        return str(tidy(return_state=True).message)


def left_by_itself(runs: list[dict[str, Any]]) -> str:
    """The run that tidied has not ended when it looks."""
    return next(str(run["id"]) for run in runs if run["state_type"] == "COMPLETED")
