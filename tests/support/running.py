"""An office up and running in processes of its own, as `yanxiu up` runs it, and what its server answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
UP = """
import json, sys
from calendars.messages import Refused
from flows.listening import listening_at
from flows.serving import run_until_stopped
from flows.settings import OfficeSettings
facts = json.loads(sys.argv[1])
settings = OfficeSettings(home=facts["home"], cron=facts["cron"], locale=facts["locale"])
try:
    listening = listening_at(facts["listen"], settings.home)
    run_until_stopped(settings, lambda found: print(found.page, found.today, flush=True), facts["port"], listening)
except Refused as refused:
    sys.exit(f"refused: {refused}")
print("stopped in order")
"""


class Up:
    """`run_until_stopped` in a process of its own, as the command runs it."""

    def __init__(
        self,
        home: Path,
        url: str,
        cron: str = "30 0 * * *",
        port: int = 4500,
        locale: str = "en",
        listen: str = "127.0.0.1",
    ) -> None:
        facts = {"home": str(home), "cron": cron, "port": port, "locale": locale, "listen": listen}
        self.process = subprocess.Popen(
            [sys.executable, "-c", UP, json.dumps(facts)], env={**os.environ, "YANXIU_DATABASE_URL": url},
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.address, _, self.today = self.process.stdout.readline().strip().partition(" ")
        self.home = home
        self.auth: tuple[str, str] | None = None
        self.groups = groups_of_children(self.process.pid)

    def ended(self, by: signal.Signals | None = None) -> tuple[int, str, str]:
        """Its exit code and its words, after a signal if one is given."""
        if by is not None:
            self.process.send_signal(by)
        words, errors = self.process.communicate(timeout=240)
        return self.process.returncode, words.strip(), errors.strip()

    def api(self, method: str, path: str, **body: Any) -> Any:
        """What the server answers, which must not be a refusal."""
        return self.answer(method, path, **body).raise_for_status().json()

    def answer(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Its answer, whatever it is; asked again while its database is busy, as Prefect's own client does."""

        def given() -> httpx.Response | None:
            found = httpx.request(method, f"{self.address}/api/{path}", timeout=60, auth=self.auth, **body)
            return None if found.status_code == httpx.codes.SERVICE_UNAVAILABLE else found

        return wait_for(given)

    def nothing_left(self) -> bool:
        return not any(alive(group) for group in self.groups)


def groups_of_children(parent: int) -> list[int]:
    """The process groups that a process has started: each child leads one of its own."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    pairs = (line.split() for line in listed.splitlines())
    return [int(pid) for pid, above in pairs if int(above) == parent]


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(what: Callable[[], Any], seconds: float = 240) -> Any:
    """What comes within the time, or the last of what there was."""
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


@contextmanager
def up(home: Path, url: str, **options: Any) -> Iterator[Up]:
    running = Up(home, url, **options)
    try:
        yield running
    finally:
        running.process.kill()
        for group in running.groups:
            if alive(group):
                os.killpg(group, signal.SIGKILL)
        running.process.communicate()


def scheduled(running: Up, at: datetime) -> str:
    """A run of the deployment as the scheduler makes one: due at an instant, with no word of what it is for."""
    deployment = running.api("GET", "deployments/name/nightly/yanxiu")["id"]
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at.isoformat()}}
    return str(running.api("POST", f"deployments/{deployment}/create_flow_run", json={"state": state})["id"])


def comes_to(running: Up, run: str, state: str) -> dict[str, Any]:
    """The run, once it is in a state; nothing if it does not come to it."""

    def there() -> dict[str, Any]:
        found = running.api("GET", f"flow_runs/{run}")
        return dict(found) if found["state_type"] == state else {}

    return dict(wait_for(there))
