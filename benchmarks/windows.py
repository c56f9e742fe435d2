"""How much Prefect adds to a night, as a ratio to the night itself in the same run.

A term of small cohorts of which some will be held: the night of the lock through a Prefect server, with windows on the
holds, and how many of the events that were emitted the server has kept. Then the same night again, in which nothing is to be
opened.
"""

from __future__ import annotations

import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import Engine

from benchmarks.databases import opened
from benchmarks.figures import Found
from benchmarks.measuring import seconds_of
from benchmarks.scored_term import ACTIVITIES, CALENDAR, LOCK, OPENING
from benchmarks.sizes import Sizes
from benchmarks.terms import Shape, lay_out, note_import, table_of
from calendars.clock import now
from flows.by_hand import run_night_through_prefect
from flows.deployments import hold_deployment
from flows.server import RunningServer
from models.database import transaction
from models.migrating import upgrade
from models.pouring import pour
from models.types import seconds
from models.work import Evidence
from workflows.night import night

LEARNERS = 2  # of a cohort: what is measured here does not look at them
HANDED_IN = 2  # the number of the activity that waits for its mark


def make_term(engine: Engine, cohorts: int, held: int) -> None:
    """Cohorts of two learners; in the first `held` of them one piece waits for its mark."""
    upgrade(engine)
    lay_out(engine, Shape(CALENDAR, OPENING, cohorts * LEARNERS, LEARNERS, ACTIVITIES))
    note_import(engine, OPENING)
    at = seconds(OPENING)
    with transaction(engine) as session:
        pour(session, table_of(Evidence), table_of(Evidence).c.keys(), [
            (n * LEARNERS + 1, 1, f"r{n}", 0, HANDED_IN, "", 100, None, at, at, None, n) for n in range(held)
        ])  # fmt: skip


def measure(sizes: Sizes, folder: Path) -> Found:
    file = folder / "yanxiu.sqlite"
    url = f"sqlite:///{file}"
    with opened(url) as engine:
        make_term(engine, sizes.cohorts, sizes.holds)
    bare = timed_bare(Path(shutil.copy(file, folder / "bare.sqlite")))
    with RunningServer(folder, port=4900) as server:
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            hold_deployment().apply()
        run_night_through_prefect(OPENING - timedelta(days=1), server, url)  # whatever is slow only once
        time.sleep(1)  # nights of one second would be counted together
        began = now()
        first = seconds_of(lambda: run_night_through_prefect(LOCK, server, url))
        again = seconds_of(lambda: run_night_through_prefect(LOCK + timedelta(days=1), server, url))
        time.sleep(5)  # the server keeps events a little later
        stuck = count(server, "flow_runs", {"flow_runs": {"tags": {"all_": ["stuck"]}}})
        opened_events = events(server, "yanxiu.hold.opened", began)
        done = events(server, "yanxiu.night.done", began)
    found = Found(
        "A night through Prefect, by the night itself",
        f"{sizes.cohorts:,} cohorts, {sizes.holds} of them held",
    )
    found.add("the night itself", bare, bare)
    found.add("the same as a flow, with windows", first, bare, main=True)
    found.add("the next night, nothing new", again, bare)
    found.notes.append(
        f"Prefect: {stuck} windows on {sizes.holds} holds; events kept: {opened_events} of holds, {done} of 2 nights"
    )
    return found


def timed_bare(file: Path) -> float:
    with opened(f"sqlite:///{file}") as engine:
        night(engine, OPENING - timedelta(days=1), now())
        return seconds_of(lambda: night(engine, LOCK, now()))


def count(server: RunningServer, what: str, wanted: dict[str, object]) -> int:
    return int(
        httpx.post(f"{server.api_url}/{what}/count", json=wanted, timeout=60).raise_for_status().json()
    )


def events(server: RunningServer, name: str, since: datetime) -> int:
    """How many events of a name the server has kept."""
    wanted = {"filter": {"event": {"name": [name]}, "occurred": {"since": since.isoformat()}}, "limit": 50}
    return int(
        httpx.post(f"{server.api_url}/events/filter", json=wanted, timeout=60)
        .raise_for_status()
        .json()["total"]
    )
