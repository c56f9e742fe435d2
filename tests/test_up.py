"""An office up and running: server and schedule by one call, on this machine only, and nothing left of it after."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import Session

from calendars.messages import Refused
from flows.children import Child
from flows.listening import HERE_ALONE
from flows.server import RunningServer, prefect_environment, server_environment
from flows.settings import OfficeSettings
from models.database import open_database, transaction
from models.nights import Night
from tests.support.running import ROOT, UP, Up, alive, comes_to, groups_of_children, scheduled, up, wait_for
from tests.support.story import Story

pytestmark = pytest.mark.server

ZONE = OfficeSettings().zoneinfo


@pytest.fixture
def url(sqlite_url: str) -> str:
    engine = open_database(sqlite_url)
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    engine.dispose()
    return sqlite_url


def signs_of_life(running: Up) -> set[str]:
    """The runs that have told that they are alive. The server writes down what it is told by and by."""
    heartbeat = {"filter": {"event": {"name": ["prefect.flow-run.heartbeat"]}}}
    events = running.api("POST", "events/filter", json=heartbeat)["events"]
    return {one["resource"]["prefect.resource.id"] for one in events}


def test_an_office_goes_up_runs_its_nights_one_at_a_time_and_stops(tmp_path: Path, url: str) -> None:
    """One start, for it takes ten seconds: what is scheduled runs for its instant, a second at once is cancelled."""
    due = datetime(2024, 11, 1, 0, 30, tzinfo=ZONE)
    engine = open_database(url)
    with up(tmp_path, url) as running:
        assert running.address.startswith("http://127.0.0.1:45")
        assert len(running.groups) == 2
        with transaction(engine) as busy:  # the night waits for whoever is writing, and goes on waiting
            busy.connection()
            first = scheduled(running, due)
            assert comes_to(running, first, "RUNNING")
            second = scheduled(running, due + timedelta(days=1))
            assert comes_to(running, second, "CANCELLED")
        ran = comes_to(running, first, "COMPLETED")
        assert ran["name"] == "night-2024-11-01"
        assert ran["parameters"] == {}
        assert wait_for(lambda: f"prefect.flow-run.{first}" in signs_of_life(running), 60)
        with Session(engine) as session:
            assert list(session.execute(select(Night.as_of)).scalars()) == [due]
        engine.dispose()

        after = scheduled(running, due - timedelta(days=1))
        overtaken = comes_to(running, after, "COMPLETED")["state"]
        assert overtaken["name"] == "Overtaken"
        assert "a later night has already done" in overtaken["message"]

        assert running.ended(signal.SIGINT) == (0, "stopped in order", "")
        assert running.nothing_left()
        with pytest.raises(httpx.ConnectError):
            httpx.get(running.address)


def test_what_is_up_reports_to_nobody_and_is_the_only_one_of_its_office(tmp_path: Path, url: str) -> None:
    with up(tmp_path, url) as running:
        server = running.api("GET", "admin/settings")["server"]
        assert server["analytics_enabled"] is False
        assert server["ui"]["show_promotional_content"] is False
        answers_nowhere_else(running)
        no_other_page_may_ask(running)
        deployment = running.api("GET", "deployments/name/nightly/yanxiu")
        schedule = deployment["schedules"][0]["schedule"]
        assert (deployment["paused"], schedule["timezone"]) == (False, "Asia/Shanghai")

        with up(tmp_path, url) as second:
            code, _, words = second.ended()
        assert code == 1
        assert words.startswith(
            f"refused: a Prefect server of this office runs already: {running.address} (pid "
        )

        assert running.ended(signal.SIGTERM) == (0, "stopped in order", "")
        assert running.nothing_left()


def test_a_night_cut_off_with_its_server_does_not_keep_later_nights_from_running(
    tmp_path: Path, url: str
) -> None:
    """Prefect would believe for ever that it runs, and cancel every other."""
    due = datetime(2024, 11, 1, 0, 30, tzinfo=ZONE)
    engine = open_database(url)
    with up(tmp_path, url) as running, transaction(engine) as busy:
        busy.connection()
        automations = triggers(running)
        assert {name.partition(": ")[0] for name in automations} == {"yanxiu"}
        cut_off = scheduled(running, due)
        assert comes_to(running, cut_off, "RUNNING")
        server = (tmp_path / "prefect" / "server.lock").read_text()
        os.kill(int(server.partition("(pid ")[2].partition(")")[0]), signal.SIGKILL)
        code, _, words = running.ended()
        assert code == 1
        assert "refused: the Prefect server ended unexpectedly while running." in words
        assert "Traceback" not in words
        assert running.nothing_left()
    engine.dispose()
    with up(tmp_path, url) as again:
        left = comes_to(again, cut_off, "CRASHED")["state"]["message"]
        assert left == "the process that ran it has stopped; the next night takes up what is left"
        assert triggers(again) == automations
        assert comes_to(again, scheduled(again, due + timedelta(days=1)), "COMPLETED")


def triggers(running: Up) -> dict[str, str]:
    """The trigger of each automation, which gets another id when anything of it is changed."""
    found = running.api("POST", "automations/filter", json={})
    return {one["name"]: one["trigger"]["id"] for one in found}


def answers_nowhere_else(running: Up) -> None:
    """Another address of this machine, where one is at hand, finds nobody."""
    port = int(running.address.rpartition(":")[2])
    with (
        pytest.raises(OSError, match=r"refused|assign"),
        socket.create_connection(("127.0.0.2", port), timeout=5),
    ):
        pass


def no_other_page_may_ask(running: Up) -> None:
    """What a browser asks first on behalf of a page from elsewhere."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin, allowed in ((running.address, True), ("https://elsewhere.invalid", False)):
        answer = httpx.options(f"{running.address}/api/flow_runs/filter", headers={**asks, "Origin": origin})
        assert ("access-control-allow-origin" in answer.headers) == allowed, answer.headers


def test_an_end_while_the_server_is_still_starting_leaves_nothing(tmp_path: Path, url: str) -> None:
    facts = {"home": str(tmp_path), "cron": "30 0 * * *", "port": 4500, "locale": "en", "listen": "127.0.0.1"}
    process = subprocess.Popen(
        [sys.executable, "-c", UP, json.dumps(facts)],
        env={**os.environ, "YANXIU_DATABASE_URL": url},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    groups = wait_for(lambda: groups_of_children(process.pid))
    process.send_signal(signal.SIGTERM)
    words, errors = process.communicate(timeout=30)
    assert (process.returncode, words.strip(), errors) == (0, b"stopped in order", b"")
    assert not any(alive(group) for group in groups)


def test_a_server_that_does_not_come_up_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "prefect" / "prefect.db").mkdir(parents=True)  # where its database should be
    with (
        pytest.raises(Refused, match="ended unexpectedly while starting") as refused,
        RunningServer(tmp_path),
    ):
        pass
    assert "server.log" in str(refused.value)


def test_a_server_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, port=4600, patience=0.2)
    with pytest.raises(Refused, match=r"not ready within 0 seconds"), server:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_a_taken_port_gives_the_next_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert HERE_ALONE.free_port(port) > port


def test_a_child_that_will_not_end_is_killed_with_its_own_children(tmp_path: Path) -> None:
    stubborn = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal, time; "
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'])\n"
        "print('up', flush=True)\n"
        "time.sleep(600)\n"
    )
    child = Child([sys.executable, "-c", stubborn], os.environ, tmp_path / "log")
    assert wait_for(lambda: "up" in child.last_lines())
    child.stop(grace=0.3)
    assert child.ended()
    assert not alive(child.pid)


def test_a_persons_own_prefect_settings_do_not_reach_the_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_KEY", "somebody's")
    monkeypatch.setenv("PREFECT_API_URL", "https://elsewhere.invalid/api")
    environment = prefect_environment(tmp_path, "http://127.0.0.1:4200")
    assert "PREFECT_API_KEY" not in environment
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert environment["DO_NOT_TRACK"] == "1"
    assert server_environment(tmp_path, 4200)["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


@pytest.mark.parametrize("cron", ["", "0 0 * *", "99 0 * * *", "0 0 * * * *", "never 0 ; * *"])
def test_a_schedule_that_cannot_be_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="expected minute, hour, day, month, weekday"):
        OfficeSettings(cron=cron)
