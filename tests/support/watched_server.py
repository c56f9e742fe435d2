"""A Prefect server and where its alerts arrive, asked by the server's own interface."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.flow_engine import run_flow
from prefect.states import Pending

from flows.children import Child
from flows.nightly import nightly
from flows.server import RunningServer, prefect_environment
from flows.settings import OfficeSettings, chosen
from tests.support.listeners import Listener, Postbox

RUN = """
import sys
from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow
from prefect.states import Pending
from flows.nightly import nightly
with get_client(sync_client=True) as client:
    client.set_flow_run_state(sys.argv[1], Pending())
    run = client.read_flow_run(sys.argv[1])
run_flow(nightly, flow_run=run)
"""


class Prefect:
    """The server, asked by its own interface, and where it sends its alerts."""

    def __init__(self, server: RunningServer, listener: Listener, postbox: Postbox) -> None:
        self.server = server
        self.listener = listener
        self.postbox = postbox

    def api(self, method: str, path: str, **body: Any) -> Any:
        """What the server answers; asked again while its database is busy, as Prefect's own client does."""

        def answer() -> list[httpx.Response]:
            given = httpx.request(method, f"{self.server.api_url}/{path}", timeout=60, **body)
            return [] if given.status_code == httpx.codes.SERVICE_UNAVAILABLE else [given]

        (given,) = wait_for(answer)
        given.raise_for_status()
        return given.json() if given.content else None

    def automations(self) -> dict[str, dict[str, Any]]:
        return {found["name"]: found for found in self.api("POST", "automations/filter", json={"limit": 200})}

    def events(self, name: str) -> list[dict[str, Any]]:
        found = self.api("POST", "events/filter", json={"filter": {"event": {"name": [name]}}})
        return list(found["events"])

    def scheduled(self, deployment: UUID, at: datetime, **parameters: Any) -> str:
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at.isoformat()}}
        facts = {"state": state, "parameters": parameters}
        return str(self.api("POST", f"deployments/{deployment}/create_flow_run", json=facts)["id"])

    def sets(self, run: str, **state: str) -> None:
        self.api("POST", f"flow_runs/{run}/set_state", json={"state": state, "force": True})

    def state(self, run: str) -> str:
        return str(self.api("GET", f"flow_runs/{run}")["state_name"])

    def comes_to(self, run: str, *names: str) -> dict[str, Any]:
        wait_for(lambda: self.state(run) in names)
        found = dict(self.api("GET", f"flow_runs/{run}"))
        assert found["state_name"] in names, (
            found["state"],
            self.server._child and self.server._child.last_lines(),
        )
        return found


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    """What comes within the time, or the last of what there was."""
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@contextmanager
def running(prefect: Prefect, office: OfficeSettings, run: str, log: Path) -> Iterator[Child]:
    """A night in a process of its own, as a worker starts one, with no worker beside it."""
    environment = prefect_environment(prefect.server.home, prefect.server.url) | office.environment()
    child = Child([sys.executable, "-c", RUN, run], environment, log)
    try:
        yield child
    finally:
        child.stop(grace=0)


def run_here(office: OfficeSettings, run: str) -> State[Any]:
    """The same in this process, which spares some seconds: how it ended."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(run), Pending())
        taken_up = client.read_flow_run(UUID(run))
    with chosen(office):
        ended = run_flow(nightly, flow_run=taken_up, return_type="state")
    assert isinstance(ended, State)
    return ended
