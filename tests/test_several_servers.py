"""Several processes of Prefect's server for one office, with the settings that docs/servers gives: what one is told the others
know, and what is scheduled happens once. PostgreSQL and a Redis of its own are real."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import Connection, make_url

from flows.server import prefect_environment
from tests.conftest import POSTGRES_URL, REQUIRED
from tests.support.running import wait_for

SERVERS = Path(__file__).parents[1] / "docs" / "servers"
REDIS_PORT = 6479
PORTS = (4360, 4361)
PREFECT = [sys.executable, "-m", "prefect"]


def settings_given() -> dict[str, str]:
    lines = (SERVERS / "prefect.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class Servers:
    """Two that answer, and one that looks after schedules and events, all on one database."""

    def __init__(self, home: Path, database: str) -> None:
        self.home = home
        self.home.mkdir()
        given = settings_given()
        here = {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            "PREFECT_REDIS_MESSAGING_HOST": "127.0.0.1",
            "PREFECT_REDIS_MESSAGING_PORT": str(REDIS_PORT),
            "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{REDIS_PORT}/1",
        }
        assert set(here) <= set(given)
        self.environment = prefect_environment(home, f"http://127.0.0.1:{PORTS[0]}") | given | here
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> None:
        log = self.home / f"{len(self.running)}.log"
        with log.open("wb") as file:
            self.running.append(
                subprocess.Popen([*PREFECT, "server", *words], env=self.environment, stdout=file, stderr=file)
            )

    def said(self) -> str:
        """What they wrote, for whoever must find out why one does not answer."""
        return "\n".join(log.read_text(encoding="utf-8")[-2000:] for log in sorted(self.home.glob("*.log")))

    def api(self, server: int, method: str, path: str, **body: Any) -> Any:
        answer = httpx.request(method, f"http://127.0.0.1:{PORTS[server]}/api/{path}", timeout=60, **body)
        return answer.raise_for_status().json() if answer.content else None

    def answers(self, server: int) -> bool:
        try:
            return bool(self.api(server, "GET", "health"))
        except (httpx.HTTPError, OSError):
            return False


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[None]:
    found = shutil.which("redis-server")
    if found is None:
        (pytest.fail if REQUIRED else pytest.skip)("there is no redis-server here")
    process = subprocess.Popen(
        [found, "--port", str(REDIS_PORT), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    yield
    process.terminate()
    process.wait()


@pytest.fixture
def servers(redis: None, postgres: Connection, tmp_path: Path) -> Iterator[Servers]:
    name = "yanxiu_test_prefect"
    postgres.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    postgres.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = make_url(POSTGRES_URL).set(database=name, drivername="postgresql+asyncpg")
    servers = Servers(tmp_path / "prefect", url.render_as_string(hide_password=False))
    with ExitStack() as ends:
        ends.callback(postgres.exec_driver_sql, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        upgrade = [*PREFECT, "server", "database", "upgrade", "-y"]
        subprocess.run(upgrade, env=servers.environment, check=True, capture_output=True)
        ends.callback(lambda: [process.wait() for process in servers.running])
        ends.callback(lambda: [process.kill() for process in servers.running])
        for port in PORTS:
            servers.start("start", "--host", "127.0.0.1", "--port", str(port), "--no-services")
        servers.start("services", "start")
        assert wait_for(lambda: all(servers.answers(one) for one in range(len(PORTS)))), servers.said()
        yield servers


@pytest.mark.server
@pytest.mark.postgres
def test_what_one_server_is_told_the_others_know_and_act_upon(servers: Servers) -> None:
    flow = servers.api(0, "POST", "flows/", json={"name": "nightly"})["id"]
    automation = {
        "name": "yanxiu: a night is done",
        "trigger": {
            "type": "event", "posture": "Reactive", "threshold": 1, "within": 0, "expect": ["yanxiu.night.done"],
            "match": {"prefect.resource.id": "yanxiu.night.*"},
        },
        "actions": [{"type": "pause-work-pool", "source": "selected", "work_pool_id": pool(servers)}],
    }  # fmt: skip
    servers.api(0, "POST", "automations/", json=automation)
    deployment = servers.api(1, "POST", "deployments/", json={
        "name": "yanxiu", "flow_id": flow, "work_pool_name": "yanxiu",
        "schedules": [{"schedule": {"cron": "30 0 * * *", "timezone": "Asia/Shanghai"}, "active": True}],
    })["id"]  # fmt: skip
    planned = wait_for(lambda: scheduled(servers, 0, deployment))
    assert len(planned) == len(set(planned))  # by one scheduler, each night once
    time.sleep(5)  # the trigger is taken up by the services within a few seconds
    told = [{
        "event": "yanxiu.night.done", "resource": {"prefect.resource.id": "yanxiu.night.1"}, "id": ID,
        "occurred": "2026-11-26T00:30:00Z", "payload": {},
    }]  # fmt: skip
    servers.api(1, "POST", "events", json=told)
    assert wait_for(lambda: servers.api(0, "GET", "work_pools/yanxiu")["is_paused"], 60)


ID = "0190e6a0-0000-7000-8000-000000000001"


def pool(servers: Servers) -> str:
    made = servers.api(1, "POST", "work_pools/", json={"name": "yanxiu", "type": "process"})
    return str(made["id"])


def scheduled(servers: Servers, server: int, deployment: str) -> list[str]:
    asked = {"flow_runs": {"deployment_id": {"any_": [deployment]}}}
    found = servers.api(server, "POST", "flow_runs/filter", json=asked)
    return [run["expected_start_time"] for run in found]


def test_every_service_of_the_compose_file_runs_what_is_there() -> None:
    """No engine for containers is here; what can be held without one is."""
    composed = yaml.safe_load((SERVERS / "compose.yaml").read_text(encoding="utf-8"))
    services: dict[str, Any] = composed["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        assert service["image"] in ("yanxiu", "postgres:15", "redis:7"), name
        words = service.get("command", "")
        for line in words.splitlines() if isinstance(words, str) else words[-1].splitlines():
            asked = line.split()
            if asked and asked[0] in ("prefect", "yanxiu"):
                found = re.findall(r"--[a-z-]+", line)
                path = [
                    word for word in asked[1:] if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")
                ]
                assert_takes(asked[0], path, found)
    named = {
        volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", ())
    }
    assert named == set(composed["volumes"])


def assert_takes(program: str, path: list[str], options: list[str]) -> None:
    """A command knows its options: its own help names them."""
    known = {
        "server start",
        "server services start",
        "server database upgrade",
        "work-pool create",
        "deploy",
        "worker start",
        "init",
    }
    command = next(
        found for found in sorted(known, key=len, reverse=True) if " ".join(path).startswith(found)
    )
    start = PREFECT if program == "prefect" else [str(Path(sys.executable).with_name("yanxiu"))]
    told = subprocess.run(
        [*start, *command.split(), "--help"], check=True, capture_output=True, text=True
    ).stdout
    assert [option for option in options if option not in told and option != "--no-prompt"] == []
