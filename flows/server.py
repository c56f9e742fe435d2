"""One office's own Prefect server: on this machine only unless it is said otherwise, reporting to nobody, in a folder of its own."""

from __future__ import annotations

import fcntl
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from calendars.messages import Wording, refuse
from exchange.private_files import private, private_folder
from flows.children import Child
from flows.listening import HERE_ALONE, Listening

PORT = 4200
HEARTBEAT = 60  # seconds between two signs of life of a run; flows/automations.py waits for some of them
PATIENCE = 180.0  # seconds; the first start of all makes the server's database, on a slow disk in a minute

ALREADY = Wording(
    zh="这个办公室的 Prefect 服务已经在运行：{where}。请先停止它",
    en="a Prefect server of this office runs already: {where}. Stop that one first",
)
ENDED = Wording(
    zh="Prefect 服务{when}意外结束。日志 {log} 的末尾：\n{lines}",
    en="the Prefect server ended unexpectedly {when}. The end of its log, {log}:\n{lines}",
)
AT_START = Wording(zh="在启动时", en="while starting")
RUNNING = Wording(zh="在运行中", en="while running")
TOO_SLOW = Wording(
    zh="Prefect 服务在{seconds}秒内没有就绪。日志 {log} 的末尾：\n{lines}",
    en="the Prefect server was not ready within {seconds} seconds. The end of its log, {log}:\n{lines}",
)


def prefect_environment(home: Path, url: str, listening: Listening = HERE_ALONE) -> dict[str, str]:
    """The variables for a process that talks to the server at `url`, free of this person's own Prefect settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return inherited | {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"{url}/api",
        "PYTHONUNBUFFERED": "1",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT),
        **listening.of_clients(),
    }


def server_environment(home: Path, port: int, listening: Listening = HERE_ALONE) -> dict[str, str]:
    """The variables of the server itself."""
    return (
        prefect_environment(home, listening.url(port), listening)
        | listening.of_server(port)
        | {
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_SERVER_UI_V2_ENABLED": "false",  # the older page has Resume in sight, the newer one in a menu
        }
    )


class RunningServer:
    """A Prefect server for as long as a `with` lasts. Raises Refused if it does not come up."""

    def __init__(
        self,
        home: Path,
        port: int = PORT,
        patience: float = PATIENCE,
        variables: Mapping[str, str] | None = None,
        listening: Listening = HERE_ALONE,
    ) -> None:
        """`variables` are the server's own, beside those that it needs to run."""
        self.home = home.absolute()
        self.listening = listening
        self._variables = variables or {}
        self.url = ""
        self._port = port
        self._wanted_port = port
        self._patience = patience
        self._child: Child | None = None

    @property
    def ui_url(self) -> str:
        """What a person opens in the browser."""
        return self.listening.page(self._port)

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and everything it started. Nothing happens if it runs no more."""
        if self._child is not None:
            self._child.stop()

    def check(self) -> None:
        """Raise Refused, with the end of the log, if the server has ended by itself."""
        if self._child is not None and self._child.ended():
            raise refuse(ENDED(when=RUNNING(), log=self._child.log, lines=self._child.last_lines()))

    def _start(self) -> None:
        folder = private_folder(self.home / "prefect")
        with open(folder / "server.lock", "a+", opener=private) as lock:
            self._port = port = self._take(lock)
            self.url, host = self.listening.url(port), self.listening.host
            self._child = Child(
                [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)],
                server_environment(self.home, port, self.listening) | dict(self._variables),
                folder / "server.log",
                keeps_open=[lock.fileno()],
            )
            lock.truncate(0)
            lock.write(f"{self.url} (pid {self._child.pid})")
        self._wait_until_healthy(self._child)

    def _take(self, lock: IO[str]) -> int:
        """A free port, and this office's lock, which the server holds for as long as it lives, even orphaned."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise refuse(ALREADY(where=lock.read().strip())) from None
        return self.listening.free_port(self._wanted_port)

    def _wait_until_healthy(self, child: Child) -> None:
        deadline = time.monotonic() + self._patience
        while not healthy(self.url):
            if child.ended():
                raise refuse(ENDED(when=AT_START(), log=child.log, lines=child.last_lines()))
            if time.monotonic() > deadline:
                facts = {"seconds": round(self._patience), "log": child.log, "lines": child.last_lines()}
                raise refuse(TOO_SLOW(**facts))
            time.sleep(0.1)


def healthy(url: str) -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(f"{url}/api/health", timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
