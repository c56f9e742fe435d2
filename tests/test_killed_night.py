"""A night that was killed with everything that could have told of it: the server alone marks it as crashed, and the next night, of
which there may be one at a time, starts all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from flows.children import Child
from flows.server import RunningServer, prefect_environment
from flows.settings import OfficeSettings
from models.database import open_database, transaction
from models.nights import Night
from tests.support.listeners import Listener, Postbox, listening
from tests.support.story import Story
from tests.support.watched_server import Prefect, wait_for

DUE = datetime(2024, 11, 1, 0, 30, tzinfo=OfficeSettings().zoneinfo)
SOON = {
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
    "YANXIU_ALERT_URL": "json://127.0.0.1:9/",
}
# What runs the nights, as `yanxiu up` and a worker have it, but that it is missed after half a minute instead of five.
SERVE = """
from datetime import timedelta
from flows import automations, serving
automations.SILENT = timedelta(seconds=30)
serving.serve()
"""


@pytest.fixture
def office(tmp_path: Path, sqlite_url: str) -> OfficeSettings:
    engine = open_database(sqlite_url)
    Story(engine, "longcheng-2024").cohort("一班", "龙城区")
    engine.dispose()
    return OfficeSettings(home=tmp_path, database_url=sqlite_url, locale="en")


@contextmanager
def serving(server: RunningServer, office: OfficeSettings) -> Iterator[Child]:
    environment = prefect_environment(server.home, server.url) | office.environment()
    log = server.home / "prefect" / "serving.log"
    child = Child([sys.executable, "-c", SERVE], environment, log, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline().startswith(b"ready"), child.last_lines()
        yield child
    finally:
        child.stop(grace=0)


def with_all_below(parent: int) -> list[int]:
    """A process and those that it has started, and those that they have."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found = [parent]
    for one in found:
        found += [pid for pid, above in pairs if above == one]
    return found


@pytest.mark.server
def test_a_night_killed_with_its_runner_is_marked_crashed_and_the_next_one_starts(
    office: OfficeSettings,
) -> None:
    engine = open_database(office.database_url)
    listener, postbox = Listener(0), Postbox(0)
    with (
        listening(listener),
        listening(postbox),
        RunningServer(office.home, port=4880, variables=SOON) as server,
    ):
        prefect = Prefect(server, listener, postbox)
        with serving(server, office) as runner, transaction(engine) as busy:
            busy.connection()  # the night waits for whoever is writing
            deployment = prefect.api("GET", "deployments/name/nightly/yanxiu")
            assert deployment["global_concurrency_limit"]["limit"] == 1
            killed = prefect.scheduled(deployment["id"], DUE)
            prefect.comes_to(killed, "Running")
            alive = f"prefect.flow-run.{killed}"
            assert wait_for(
                lambda: alive in {one["resource"]["prefect.resource.id"] for one in prefect.events("prefect.flow-run.heartbeat")}
            )  # fmt: skip
            processes = with_all_below(runner.pid)
            assert len(processes) >= 2
            for process in processes:
                os.kill(process, signal.SIGKILL)
        assert prefect.state(killed) == "Running"  # nobody is left who could say otherwise
        left = prefect.comes_to(killed, "Crashed")["state"]["message"]
        assert left == "the process that ran it has stopped; the next night takes up what is left"
        with Session(engine) as session:
            assert session.execute(select(Night.id)).first() is None
        with serving(server, office):
            following = prefect.scheduled(deployment["id"], DUE + timedelta(days=1))
            assert prefect.comes_to(following, "Completed")["name"] == "night-2024-11-02"
        assert prefect.state(killed) == "Crashed"
    with Session(engine) as session:
        assert list(session.execute(select(Night.as_of)).scalars()) == [DUE + timedelta(days=1)]
    engine.dispose()
