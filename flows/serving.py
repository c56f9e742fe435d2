"""An office up and running: its Prefect server, and a process that runs the night when its hour comes.

`run_until_stopped` is the parent of both; `python -m flows.serving` is the second. The parent imports no Prefect.
"""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from calendars.messages import Wording, refuse
from flows.children import Child, ended_like_interrupted
from flows.faults import told_by_kind
from flows.listening import HERE_ALONE, Listening
from flows.server import PATIENCE, PORT, RunningServer, prefect_environment
from flows.settings import OfficeSettings, office_settings

if TYPE_CHECKING:
    from uuid import UUID

READY = "ready"  # and behind it the id of the page that always shows the last night
LOOKS = 3  # seconds between looks for what was answered or is due: a person waits for it
WATCH = 0.5  # seconds between looks at the two processes
STUCK_LIST = "/runs?tag=stuck&type=span&seconds=-31536000"  # of a year: Prefect would show a week

NOT_SERVING = Wording(
    zh="夜间推进没有能够启动。日志 {log} 的末尾：\n{lines}",
    en="the nightly run could not be set up. The end of its log, {log}:\n{lines}",
)
SERVES_NO_MORE = Wording(
    zh="执行夜间推进的进程意外结束。日志 {log} 的末尾：\n{lines}",
    en="the process that runs the night ended unexpectedly. The end of its log, {log}:\n{lines}",
)


@dataclass(frozen=True)
class Bookmarks:
    """What a person opens: the whole page, the list of what is stuck, and the page of the last night."""

    page: str
    stuck: str
    today: str


class Serving:
    """The process that runs the flows of one office, for as long as a `with` lasts. Raises Refused if it does not come
    up."""

    def __init__(self, settings: OfficeSettings, server: RunningServer) -> None:
        self._settings = settings
        self._server = server
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self._child = Child(
            [sys.executable, "-m", "flows.serving"],
            prefect_environment(self._settings.home, self._server.url, self._server.listening)
            | self._settings.environment(),
            self._settings.home / "prefect" / "serving.log",
            stdout=subprocess.PIPE,
        )
        try:
            self.bookmarks = self._wait_until_serving(self._child)
        except BaseException:
            self._child.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.stop()

    def watch(self) -> None:
        """Look at both processes until one ends, which is refused."""
        assert self._child is not None
        while True:
            self._server.check()
            if self._child.ended():
                raise refuse(SERVES_NO_MORE(log=self._child.log, lines=self._child.last_lines()))
            time.sleep(WATCH)

    def _wait_until_serving(self, child: Child) -> Bookmarks:
        assert child.stdout is not None
        readable, _, _ = select.select([child.stdout], [], [], PATIENCE)
        word, _, today = child.stdout.readline().decode().strip().partition(" ") if readable else ("", "", "")
        if word != READY:
            raise refuse(NOT_SERVING(log=child.log, lines=child.last_lines()))
        url = self._server.ui_url
        return Bookmarks(url, url + STUCK_LIST, f"{url}/artifacts/artifact/{today}")


def run_until_stopped(
    settings: OfficeSettings,
    on_ready: Callable[[Bookmarks], None],
    port: int = PORT,
    listening: Listening = HERE_ALONE,
) -> None:
    """Run server and schedule until Ctrl-C or SIGTERM, then stop every process started.

    `on_ready` is handed the addresses once both are there. Raises Refused if one does not come up or ends.
    """
    for_alerts = settings.environment("alert_url", "zone", "locale")
    try:
        with (
            ended_like_interrupted(),
            RunningServer(settings.home, port, variables=for_alerts, listening=listening) as server,
            Serving(settings, server) as serving,
        ):
            on_ready(serving.bookmarks)
            serving.watch()
    except KeyboardInterrupt:
        return


def serve() -> None:
    """Register the deployments and their automations with the server that the variables name, say so, and run what is
    scheduled or answered. The windows on the holds are looked after beside it: there may be many."""
    from prefect.runner import Runner  # noqa: PLC0415 - the parent must not pay for Prefect

    from flows.automations import keep_in_step  # noqa: PLC0415
    from flows.deployments import (  # noqa: PLC0415
        NAME,
        desk_deployments,
        hold_deployment,
        nightly_deployment,
        sending_deployment,
        share_deployment,
        tidy_deployment,
    )
    from flows.folders import inbox, outbox  # noqa: PLC0415
    from flows.leftovers import settle_leftovers, take_up_answers  # noqa: PLC0415
    from flows.showing import show_everything  # noqa: PLC0415
    from flows.today import today_id  # noqa: PLC0415

    settings = office_settings()
    runner = Runner(name=NAME, pause_on_shutdown=False, query_seconds=LOOKS)
    deployment = cast("UUID", runner.add_deployment(nightly_deployment(settings)))
    runner.add_deployment(sending_deployment(settings))
    helping = cast("UUID", runner.add_deployment(share_deployment()))
    runner.add_deployment(tidy_deployment(settings))
    holds = cast("UUID", runner.add_deployment(hold_deployment()))
    for other in desk_deployments():
        runner.add_deployment(other)
    inbox(settings)
    outbox(settings)
    keep_in_step(
        deployment, settings, helping
    )  # before what was left is marked, so that somebody is told of it
    settle_leftovers(deployment, settings.locale)
    take_up_answers(holds)
    os.write(sys.stdout.fileno(), f"{READY} {today_id(settings)}\n".encode())
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # nobody reads the pipe any more; a run's words go to the log
    threading.Thread(target=show_everything, args=(settings,), daemon=True).start()
    asyncio.run(runner.start())


if __name__ == "__main__":
    with told_by_kind():
        serve()
