"""An office up and running: its Prefect server, and a process that runs the night when its hour comes.

`run_until_stopped` is the parent of both; `python -m flows.serving` is the second. The parent imports no Prefect.
"""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from calendars.messages import Locale, Wording, refuse
from flows.children import Child, ended_like_interrupted
from flows.locales import locale_of
from flows.server import PATIENCE, PORT, RunningServer, prefect_environment
from flows.settings import OfficeSettings, office_settings

if TYPE_CHECKING:
    from uuid import UUID

READY = b"ready\n"
WATCH = 0.5  # seconds between looks at the two processes

NOT_SERVING = Wording(
    zh="夜间推进没有能够启动。日志 {log} 的末尾：\n{lines}",
    en="the nightly run could not be set up. The end of its log, {log}:\n{lines}",
)
SERVES_NO_MORE = Wording(
    zh="执行夜间推进的进程意外结束。日志 {log} 的末尾：\n{lines}",
    en="the process that runs the night ended unexpectedly. The end of its log, {log}:\n{lines}",
)


def run_until_stopped(
    home: Path,
    database_url: str,
    zone: str,
    cron: str,
    on_ready: Callable[[str], None],
    *,
    locale: Locale | None = None,
    port: int = PORT,
    alert_url: str = "",
) -> None:
    """Run server and schedule until Ctrl-C or SIGTERM, then stop every process started.

    `on_ready` is handed the page's address once both are there. Raises Refused if one does not come up or ends.
    """
    settings = OfficeSettings(
        home=home,
        database_url=database_url,
        zone=zone,
        cron=cron,
        locale=locale or locale_of(os.environ),
        alert_url=alert_url,
    )
    for_alerts = settings.environment("alert_url", "zone", "locale")
    try:
        with ended_like_interrupted(), RunningServer(settings.home, port, variables=for_alerts) as server:
            serving = Child(
                [sys.executable, "-m", "flows.serving"],
                prefect_environment(settings.home, server.url) | settings.environment(),
                settings.home / "prefect" / "serving.log",
                stdout=subprocess.PIPE,
            )
            try:
                _wait_until_serving(serving)
                on_ready(server.ui_url)
                _watch(server, serving)
            finally:
                serving.stop()
    except KeyboardInterrupt:
        return


def _wait_until_serving(serving: Child) -> None:
    assert serving.stdout is not None
    readable, _, _ = select.select([serving.stdout], [], [], PATIENCE)
    if not readable or serving.stdout.readline() != READY:
        raise refuse(NOT_SERVING(log=serving.log, lines=serving.last_lines()))


def _watch(server: RunningServer, serving: Child) -> None:
    while True:
        server.check()
        if serving.ended():
            raise refuse(SERVES_NO_MORE(log=serving.log, lines=serving.last_lines()))
        time.sleep(WATCH)


def serve() -> None:
    """Register the deployments and their automations with the server that the variables name, say so, and run what is
    scheduled."""
    from prefect.runner import Runner  # noqa: PLC0415 - the parent must not pay for Prefect

    from flows.automations import keep_in_step  # noqa: PLC0415
    from flows.deployments import NAME, desk_deployments, hold_deployment, nightly_deployment  # noqa: PLC0415
    from flows.folders import inbox, outbox  # noqa: PLC0415
    from flows.leftovers import settle_leftovers  # noqa: PLC0415

    settings = office_settings()
    runner = Runner(name=NAME, pause_on_shutdown=False)
    deployment = cast("UUID", runner.add_deployment(nightly_deployment(settings)))
    for other in (hold_deployment(), *desk_deployments()):
        runner.add_deployment(other)
    inbox(settings)
    outbox(settings)
    keep_in_step(deployment, settings)  # before what was left is marked, so that somebody is told of it
    settle_leftovers(deployment, settings.locale)
    os.write(sys.stdout.fileno(), READY)
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # nobody reads the pipe any more; a run's words go to the log
    asyncio.run(runner.start())


if __name__ == "__main__":
    serve()
