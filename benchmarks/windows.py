"""How much Prefect adds to a night, as a ratio to the night itself in the same run.

    python benchmarks/windows.py --cohorts 10000 --holds 100

makes a term of small cohorts of which some will be held, starts a Prefect server, runs the night of the lock through
it, and tells the time of the bare night, of the whole flow, of what the windows on the holds took, and how many of
the events that were emitted the server has kept. Then the same night again, in which nothing is to be opened.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from night import CALENDAR, LOCK, OPENING  # the benchmark beside this one
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import Engine, insert

from calendars.clock import now
from calendars.reader import read_calendar
from flows.by_hand import run_night_through_prefect
from flows.deployments import hold_deployment
from flows.server import RunningServer
from models.database import open_database, transaction
from models.migrating import upgrade
from models.people import Organisation, Person
from models.work import Activity, Enrolment, Evidence, ImportBatch, Source
from workflows.cohorts import create_cohort
from workflows.night import night
from workflows.publishing import publish

LEARNERS = 2  # of a cohort: what is measured here does not look at them


def make_term(engine: Engine, cohorts: int, held: int) -> None:
    """Cohorts of two learners; in the first `held` of them one piece waits for its mark."""
    calendar = read_calendar(CALENDAR, "benchmark")
    with transaction(engine) as session:
        edition = publish(session, CALENDAR, calendar, "b", OPENING)
        county = Organisation(tier="county", name="县")
        session.add(county)
        session.flush()
        school = Organisation(tier="school", name="第一小学", parent_id=county.id)
        session.add(school)
        session.add(Source(programme_id=edition.programme_id, name="p"))
        session.add(Activity(programme_id=edition.programme_id, task="work", kind="handed_in"))
        session.flush()
        ids = [
            create_cohort(session, calendar, edition, f"{n}班", school.id or 0, OPENING).id or 0
            for n in range(cohorts)
        ]
        people = range(1, cohorts * LEARNERS + 1)
        session.execute(insert(Person), [{"id": n, "number": f"N{n}", "name": "某"} for n in people])
        session.execute(insert(Enrolment), [
            {"id": n, "cohort_id": ids[(n - 1) // LEARNERS], "person_id": n, "organisation_id": school.id,
             "role": "learner", "status": "enrolled", "joined_at": OPENING, "received_at": OPENING} for n in people
        ])  # fmt: skip
        session.execute(insert(Evidence), [
            {"enrolment_id": n * LEARNERS + 1, "source_id": 1, "reference": f"r{n}", "revision": 0, "activity_id": 1,
             "item": "", "amount": 100, "characters": None, "happened_at": OPENING, "received_at": OPENING,
             "withdrawn_at": None, "digest": n} for n in range(held)
        ])  # fmt: skip
        session.add(ImportBatch(programme_id=edition.programme_id, kind="evidence", file="f", sha256="",
                                received_at=OPENING, recorded_at=OPENING, added=held, changed=0))  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--cohorts", type=int, default=10_000)
    asked.add_argument("--holds", type=int, default=100)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.cohorts, options.holds)


def measure(home: Path, cohorts: int, held: int) -> None:
    """Make the term, run its nights bare and through Prefect, and print what they took."""
    file = home / "yanxiu.sqlite"
    engine = open_database(f"sqlite:///{file}")
    upgrade(engine)
    make_term(engine, cohorts, held)
    engine.dispose()
    bare = timed_bare(Path(shutil.copy(file, home / "bare.sqlite")))
    url = f"sqlite:///{file}"
    with RunningServer(home, port=4900) as server:
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            hold_deployment().apply()
        run_night_through_prefect(OPENING - timedelta(days=1), server, url)  # whatever is slow only once
        time.sleep(1)  # nights of one second would be counted together
        began = now()
        first = timed(lambda: run_night_through_prefect(LOCK, server, url))
        again = timed(lambda: run_night_through_prefect(LOCK + timedelta(days=1), server, url))
        time.sleep(5)  # the server keeps events a little later
        stuck = count(server, "flow_runs", {"flow_runs": {"tags": {"all_": ["stuck"]}}})
        opened = events(server, "yanxiu.hold.opened", began)
        done = events(server, "yanxiu.night.done", began)
    print(f"{cohorts} cohorts, {held} of them held that night")
    print(f"  the night itself                  {bare:8.2f} s   1")
    print(
        f"  the same as a flow, with windows  {first:8.2f} s   {first / bare:.1f}   (added {first - bare:.1f} s)"
    )
    print(f"  the next night, nothing new       {again:8.2f} s   {again / bare:.1f}")
    print(f"  windows {stuck} of {held}, events of holds {opened}, of nights {done} of 2")


def timed_bare(file: Path) -> float:
    engine = open_database(f"sqlite:///{file}")
    night(engine, OPENING - timedelta(days=1), now())
    return timed(lambda: night(engine, LOCK, now()))


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


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


if __name__ == "__main__":
    main()
