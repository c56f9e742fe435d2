"""A night on a work pool: a real Prefect server, PostgreSQL and three worker processes, of which one is killed in the very
act. What comes of it is what one process makes of it alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import Connection, Engine, text

from flows.deployments import nightly_deployment, share_deployment
from flows.server import RunningServer, prefect_environment
from flows.settings import OfficeSettings
from models.database import open_database
from tests.support.many_cohorts import LOCK_NIGHT, many_cohorts
from tests.support.operators import appoint
from tests.support.outcomes import outcome
from tests.support.running import wait_for
from tests.support.story import Story

pytestmark = [pytest.mark.server, pytest.mark.postgres]

COHORTS = 48
WORKERS = 3
WAITING = """
SELECT application_name FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name LIKE 'worker-%'
"""


class Pool:
    """A Prefect server with a work pool, and its workers by name."""

    def __init__(self, server: RunningServer, url: str) -> None:
        self.server = server
        self.environment = prefect_environment(server.home, server.url) | {
            "YANXIU_HOME": str(server.home),
            "YANXIU_DATABASE_URL": url,
            "YANXIU_HELPERS": str(WORKERS - 1),
            "YANXIU_LOCALE": "en",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        }
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def deploy(self) -> None:
        self.run("work-pool", "create", "yanxiu", "--type", "process")
        once_a_year = OfficeSettings(cron="0 0 1 1 *", zone="Asia/Shanghai")
        with temporary_settings({PREFECT_API_URL: self.server.api_url}):
            for deployment in (nightly_deployment(once_a_year), share_deployment()):
                deployment.apply(work_pool_name="yanxiu")

    def run(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "prefect", *words], env=self.environment, check=True, capture_output=True,
        )  # fmt: skip

    def start_worker(self, name: str) -> None:
        """One run at a time; the database knows by which worker it is asked."""
        words = ["worker", "start", "--pool", "yanxiu", "--type", "process", "--name", name, "--limit", "1"]
        self.workers[name] = subprocess.Popen(
            [sys.executable, "-m", "prefect", *words], env=self.environment | {"PGAPPNAME": name},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def kill(self, name: str) -> None:
        """The worker and whatever it runs, at once, as when a machine goes."""
        worker = self.workers.pop(name)
        for pid in _family(worker.pid):
            os.kill(pid, signal.SIGKILL)
        worker.wait()

    def api(self, method: str, path: str, **body: Any) -> Any:
        return (
            httpx.request(method, f"{self.server.api_url}/{path}", timeout=60, **body)
            .raise_for_status()
            .json()
        )

    def begin(self, deployment: str, **parameters: object) -> str:
        found = self.api("GET", f"deployments/name/{deployment}")["id"]
        made = self.api("POST", f"deployments/{found}/create_flow_run", json={"parameters": parameters})
        return str(made["id"])

    def ended(self, run: str) -> dict[str, Any]:
        def there() -> dict[str, Any]:
            found = self.api("GET", f"flow_runs/{run}")
            return (
                dict(found) if found["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else {}
            )

        return dict(wait_for(there))

    def shares(self) -> list[dict[str, Any]]:
        asked = {"flows": {"name": {"any_": ["share"]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return list(self.api("POST", "flow_runs/filter", json=asked))


def _family(pid: int) -> list[int]:
    """A process and everything that it has started, the youngest first."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    pairs = [(int(child), int(parent)) for child, parent in map(str.split, listed.splitlines())]
    found = [pid]
    for parent in found:
        found += [child for child, above in pairs if above == parent]
    return found[::-1]


@pytest.fixture
def pool(tmp_path: Path, postgres_url: str) -> Iterator[Pool]:
    with RunningServer(tmp_path / "office", port=4320) as server:
        pool = Pool(server, postgres_url)
        pool.deploy()
        try:
            yield pool
        finally:
            for name in list(pool.workers):
                pool.kill(name)


@pytest.fixture
def terms(sqlite_url: str, postgres_url: str) -> Iterator[tuple[Story, Story]]:
    """The same term for one process on SQLite, and for the pool on PostgreSQL."""
    opened = [open_database(url) for url in (sqlite_url, postgres_url)]
    alone, story = (many_cohorts(engine, COHORTS) for engine in opened)
    appoint(story.engine)  # a night is begun by hand
    yield alone, story
    for engine in opened:
        engine.dispose()


@contextmanager
def held(engine: Engine, cohort: int) -> Iterator[Connection]:
    """A cohort in somebody's hand: whoever takes its batch waits, in the middle of it."""
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT id FROM cohort WHERE id = :id FOR UPDATE"), {"id": cohort})
        yield connection


def waiting(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text(WAITING)).scalars())


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(
    pool: Pool, terms: tuple[Story, Story]
) -> None:
    alone, story = terms
    alone.night(LOCK_NIGHT)
    cohorts = sorted(story.cohorts.values())
    with ExitStack() as first, ExitStack() as second:
        # The night's own run waits in its first batch until the others have come, and one of these in its own.
        first.enter_context(held(story.engine, cohorts[0]))
        second.enter_context(held(story.engine, cohorts[COHORTS // 2]))
        for number in range(WORKERS):
            pool.start_worker(f"worker-{number}")
        run = pool.begin("nightly/yanxiu", as_of=story.at(LOCK_NIGHT).isoformat())
        (nights_own,) = wait_for(lambda: waiting(story.engine))
        (other,) = wait_for(lambda: waiting(story.engine) - {nights_own})
        pool.kill(other)
        assert wait_for(lambda: other not in waiting(story.engine))
        # Somebody who cannot wait for the page begins the same night by hand.
        by_hand = subprocess.Popen(
            [Path(sys.executable).with_name("yanxiu"), "night", "--as-of", "2024-12-16 00:30"], env=pool.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(3)
        second.close()
        first.close()
        ended = pool.ended(run)
        words, errors = by_hand.communicate(timeout=120)
    assert by_hand.returncode == 0, (words, errors)
    assert ended["state_type"] == "COMPLETED", ended["state"]
    assert outcome(story) == outcome(alone)
    told = [share["state"]["message"] or "" for share in pool.shares()]
    assert any("advanced" in message for message in told), (
        told
    )  # others than the night's own run have done some of it

    # A share that is delivered again, or to a worker that comes when all is done.
    again = pool.ended(pool.begin("share/yanxiu", night=1, number=1))
    assert (again["state_type"], again["state"]["message"]) == ("COMPLETED", "nothing was left to do")
    assert outcome(story) == outcome(alone)


def test_without_any_worker_but_one_the_night_does_it_itself(pool: Pool, terms: tuple[Story, Story]) -> None:
    alone, story = terms
    alone.night(LOCK_NIGHT)
    pool.start_worker("worker-0")
    ended = pool.ended(pool.begin("nightly/yanxiu", as_of=story.at(LOCK_NIGHT).isoformat()))
    assert ended["state_type"] == "COMPLETED", ended["state"]
    assert outcome(story) == outcome(alone)
    assert [share["state_type"] for share in pool.shares()] == ["CANCELLED"] * (WORKERS - 1)
