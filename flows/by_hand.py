"""A night run from the calling process while a server looks on: its run and its pages show at once, at little cost.

A run of the deployment would start a process of its own and import everything again: ten seconds a night, where
this takes a third of one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker, PrefectConsoleHandler
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    temporary_settings,
)

from calendars.messages import Locale
from flows.nightly import nightly
from flows.server import RunningServer
from flows.settings import OfficeSettings, chosen
from workflows.changes import Changes

PATIENCE = 10.0  # seconds for the last words to reach the server
SILENT = logging.CRITICAL + 1


def run_night_through_prefect(
    as_of: datetime,
    server: RunningServer,
    database_url: str,
    *,
    zone: str = "Asia/Shanghai",
    locale: Locale = "zh",
) -> Changes:
    """Run the nightly flow here for one instant. Raises Refused as the night does, and when the server has ended."""
    server.check()
    settings = OfficeSettings(
        home=server.home, database_url=database_url, zone=zone, locale=locale, ping_url=""
    )  # what is watched is the office's own night
    try:
        with _quiet_terminal(), _seen_by(server), chosen(settings):
            return cast("Changes", nightly(as_of))
    except Exception:
        server.check()  # that it has ended is what a person wants to know, not which request failed
        raise


@contextmanager
def _seen_by(server: RunningServer) -> Iterator[None]:
    """Report what runs here to the server, and let the last line of it arrive, so that it may be stopped after."""
    with temporary_settings(
        {
            PREFECT_API_URL: server.api_url,
            PREFECT_HOME: server.home / "prefect",
            PREFECT_CLIENT_MAX_RETRIES: 3,  # 14 seconds
            # Tells Prefect that a process still lives, and costs a second at each end. Here a person looks on.
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        }
    ):
        try:
            yield
        finally:
            for worker in (APILogWorker, EventsWorker):
                worker.drain_all(timeout=PATIENCE, at_exit=False)


@contextmanager
def _quiet_terminal() -> Iterator[None]:
    """Keep Prefect's log off the terminal, where a progress bar is; the page has every line."""
    consoles = [found for found in logging.getLogger().handlers if isinstance(found, PrefectConsoleHandler)]
    before = [console.level for console in consoles]
    for console in consoles:
        console.setLevel(SILENT)
    try:
        yield
    finally:
        for console, level in zip(consoles, before, strict=True):
            console.setLevel(level)
