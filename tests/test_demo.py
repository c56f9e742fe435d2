"""`yanxiu demo` as a newcomer runs it: in a process of its own, with its own Prefect server, until Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from calendars.clock import now
from calendars.messages import Refused
from calendars.reader import read_calendar
from models.database import open_database, reading
from models.migrating import upgrade
from models.nights import Resolution
from office.demo import MARK, PROGRAMMES, demo
from office.demo_summary import fingerprint
from office.demo_terms import import_samples, nights_of, publish_all
from office.samples import write_samples
from tests.support.running import wait_for
from workflows.appealing import appeals
from workflows.changes import Changes
from workflows.exceptions_told import exceptions_of
from workflows.holds import open_holds
from workflows.night import night
from workflows.publishing import newest_edition
from workflows.status import status
from workflows.verifying import verify

SLUG = "lanxi-2019"
UNDATED = "capability-2021-steps"
CALENDARS = sorted(PROGRAMMES.glob("*.yaml"))


def without_prefect(slug: str, folder: Path) -> tuple[Engine, list[Changes]]:
    """The database of the same demonstration, its nights run by `workflows` alone, and what each night changed."""
    words = (PROGRAMMES / f"{slug}.yaml").read_text()
    calendar = read_calendar(words, slug)
    engine: Engine = open_database(f"sqlite:///{folder / 'yanxiu.sqlite'}")
    upgrade(engine)
    publish_all(engine, [(calendar, words)])
    terms = import_samples(engine, [calendar], folder)
    nights: list[Changes] = []

    def run(as_of: datetime) -> Changes:
        nights.append(night(engine, as_of, now()))
        return nights[-1]

    nights_of(engine, terms, run)
    return engine, nights


def fingerprint_of(engine: Engine) -> str:
    with reading(engine) as session:
        found = fingerprint(session)
    engine.dispose()
    return found


@pytest.mark.server
def test_a_demo_shows_a_term_stays_up_and_ends_on_ctrl_c_with_the_same_seals_as_ever(tmp_path: Path) -> None:
    command = [
        Path(sys.executable).parent / "yanxiu",
        "demo",
        "--programme",
        SLUG,
        "--home",
        tmp_path / "demo",
    ]
    process = subprocess.Popen(
        [str(word) for word in command], env={**os.environ, "YANXIU_LOCALE": "en"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    told, address = "", None
    while address is None:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        told += line
        address = re.search(r"the Prefect page: (\S+)", line)
    bookmarks = [process.stdout.readline() for _ in range(2)]
    assert [line.partition("http")[0] for line in bookmarks] == ["what is stuck: ", "the last night: "]
    assert "Ctrl-C ends" in process.stdout.readline()
    told_of = {"scores not reported", "previous phase not complete", "error"}
    stuck = wait_for(lambda: stuck_runs(address[1], told_of))
    runs = httpx.post(f"{address[1]}/api/flow_runs/filter", json={}, timeout=60).json()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    nights = [run for run in runs if run["name"].startswith("night-") and run["state_type"] != "SCHEDULED"]
    assert {run["state_type"] for run in nights} == {"COMPLETED"}
    assert len(nights) >= 6
    assert {run["state_name"] for run in stuck} == {"Suspended"}
    assert "云岭柳林第二中学" in told  # the school that reports nothing
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address[1]}/api/health")
    assert fingerprint_of(without_prefect(SLUG, tmp_path)[0]) in told


def stuck_runs(address: str, kinds: set[str]) -> list[dict[str, Any]]:
    """The runs that wait for a person, once each of these kinds of hold is shown: the page is filled one by one."""
    wanted = {"flow_runs": {"tags": {"all_": ["stuck"]}}}
    found = httpx.post(f"{address}/api/flow_runs/filter", json=wanted, timeout=60).json()
    return list(found) if {tag for run in found for tag in run["tags"]} >= kinds else []


def test_cohorts_go_through_stages_without_dates_night_by_night_and_some_do_not(tmp_path: Path) -> None:
    engine, nights = without_prefect(UNDATED, tmp_path)
    first, last = (
        [one.moves[f"{UNDATED}|{phase}|done"] for one in nights] for phase in ("prepare", "feedback")
    )
    with reading(engine) as session:
        phases = {phase.phase: phase for phase in status(session, UNDATED).phases}
        cohorts = sum(phases["prepare"].states.values())
    engine.dispose()
    assert sum(count > 0 for count in first) > 1  # not all in one night
    assert cohorts / 2 < sum(first) < cohorts
    assert 1 < sum(last) < sum(first)
    waiting = {one.ends_when for phase in phases.values() for one in phase.waiting if one.lacking}
    assert waiting == {"all tasks shown"}


def test_a_demo_decides_one_of_each_kind_and_leaves_a_penalty_to_be_decided(tmp_path: Path) -> None:
    engine, _ = without_prefect(SLUG, tmp_path)
    with reading(engine) as session:
        programme = newest_edition(session, SLUG).programme_id
        assert {one.kind for one in exceptions_of(session, programme)} == {"exempt", "transfer", "extend"}
        assert [one.state for one in appeals(session, programme, SLUG)] == ["granted"]
        assert [one.action for one in session.exec(select(Resolution)) if one.organisation_id] == ["apply"]
        assert [one.kind for one in open_holds(session, SLUG)].count("penalty to be decided") == 1
        assert verify(session) == []
    engine.dispose()


def test_only_a_demos_own_folder_is_ever_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match="left alone"):
        demo(home=tmp_path, leave=True)
    assert (tmp_path / "thesis.txt").exists()
    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize("file", CALENDARS[:2], ids=lambda file: file.stem)
def test_samples_are_the_same_each_time(file: Path, tmp_path: Path) -> None:
    calendar = read_calendar(file.read_text(), file.name)
    twice = [write_samples(calendar, tmp_path / name) for name in ("once", "again")]
    facts = [[(one.kind, one.path.name, one.received_at, one.rows) for one in files] for files in twice]
    assert facts[0] == facts[1]
    for first, second in zip(*twice, strict=True):
        if first.path.suffix == ".csv":  # a workbook carries the moment at which it was made
            assert first.path.read_bytes() == second.path.read_bytes()
    assert {one.kind for one in twice[0]} >= {"roster", "evidence"}
    assert {one.path.suffix for one in twice[0]} == {".xlsx", ".csv"}


@pytest.mark.parametrize("file", CALENDARS, ids=lambda file: file.stem)
def test_samples_of_every_programme_are_taken_in_whole(file: Path, tmp_path: Path) -> None:
    words = file.read_text()
    calendar = read_calendar(words, file.name)
    engine = open_database(f"sqlite:///{tmp_path / 'yanxiu.sqlite'}")
    upgrade(engine)
    publish_all(engine, [(calendar, words)])
    import_samples(engine, [calendar], tmp_path)
    engine.dispose()
