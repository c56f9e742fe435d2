"""An office whose page others reach: it asks for a password, which its own processes know by their environment and nobody by
their command lines, their logs or their files."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from stat import S_IMODE

import httpx
import pytest
from sqlalchemy import make_url, select
from sqlmodel import Session

from calendars.messages import Refused
from flows.listening import FILE, VARIABLE, listening_at
from flows.server import RunningServer
from flows.settings import OfficeSettings
from models.database import open_database, transaction
from models.nights import Night
from tests.support.browser import OUTPUT, chromium, launched
from tests.support.desk import Desk
from tests.support.running import comes_to, scheduled, up
from tests.support.story import Story

ZONE = OfficeSettings().zoneinfo
ELSEWHERE = "127.0.0.2"  # another address of this machine
PLANTED = {
    "YANXIU_MAIL_URL": "smtp://office:planted-mail-word@127.0.0.1:9",
    "YANXIU_MAIL_FROM": "office@example.org",
    "YANXIU_ALERT_URL": "json://office:planted-alert-word@127.0.0.1:9/",
}
WORDS = ["planted-mail-word", "planted-alert-word"]


@pytest.fixture
def url(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    before = os.umask(0o022)  # as on most machines
    engine = open_database(postgres_url)
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    engine.dispose()
    yield postgres_url
    os.umask(before)


def command_lines(groups: list[int]) -> list[str]:
    """Of every process that belongs to the office."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            if os.getpgid(int(process.name)) in groups:
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.mark.server
@pytest.mark.postgres
def test_what_others_reach_asks_for_a_password_and_the_night_runs(tmp_path: Path, url: str) -> None:
    due = datetime(2024, 11, 1, 0, 30, tzinfo=ZONE)
    engine = open_database(url)
    secret = make_url(url).password
    with up(tmp_path, url, listen="0.0.0.0") as running:  # noqa: S104
        port = int(running.address.rpartition(":")[2])
        running.address = f"http://{ELSEWHERE}:{port}"
        password = (tmp_path / FILE).read_text().strip()
        assert httpx.get(f"{running.address}/api/health").json() is True
        for auth in (None, ("yanxiu", "wrong"), ("", ""), (password, "")):
            answer = httpx.get(f"{running.address}/api/admin/version", auth=auth)
            assert answer.status_code == httpx.codes.UNAUTHORIZED
            assert (
                httpx.post(f"{running.address}/api/flow_runs/filter", auth=auth, json={}).status_code == 401
            )
        name, _, word = password.partition(":")
        running.auth = (name, word)
        assert running.api("GET", "admin/version")
        with transaction(engine) as busy:  # it waits, so that all its processes are there to be seen
            busy.connection().exec_driver_sql("LOCK TABLE cohort")
            run = scheduled(running, due)
            assert comes_to(running, run, "RUNNING")
            lines = command_lines(running.groups)
        assert len(lines) >= 3
        assert comes_to(running, run, "COMPLETED")
        with Session(engine) as session:
            assert list(session.execute(select(Night.as_of)).scalars()) == [due]
        engine.dispose()
        words = [*WORDS, word, *([secret] if secret else [])]
        assert [line for line in lines if any(one in line for one in words)] == []
        logs = [file.read_text(errors="replace") for file in (tmp_path / "prefect").glob("*.log")]
        assert len(logs) == 2
        assert [one for one in words if any(one in log for log in logs)] == []
        assert too_open(tmp_path) == []
        asked_in_a_browser(running.address, password, run)
        assert running.ended(signal.SIGINT) == (0, "stopped in order", "")


def too_open(home: Path) -> list[str]:
    """What other accounts of this machine may look into."""
    kept = {str(place.relative_to(home)): place.stat().st_mode for place in home.rglob("*")}
    assert {
        FILE,
        "prefect/server.log",
        "prefect/serving.log",
        "prefect/prefect.db",
        "inbox",
        "outbox",
    } <= kept.keys()
    return [name for name, mode in kept.items() if mode & 0o077]


def asked_in_a_browser(address: str, password: str, run: str) -> None:
    """From another address than the processes use: nothing is shown before the password is typed, and then everything."""
    executable = chromium()
    if executable is None:
        assert os.environ.get("YANXIU_TEST_REQUIRE") != "all", "no Chromium is here"
        return
    with launched(executable) as browser, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/runs")
        field = page.locator("input[type=password]")
        field.wait_for()
        OUTPUT.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=OUTPUT / "password.png")
        assert page.get_by_text("night-2024-11-01").count() == 0
        field.fill("yanxiu:wrong")
        with page.expect_response(lambda one: one.status == httpx.codes.UNAUTHORIZED):
            field.press("Enter")
        assert field.is_visible()
        field.fill(password)
        field.press("Enter")
        field.wait_for(state="detached")
        page.goto(f"{address}/runs/flow-run/{run}")
        page.get_by_text("night-2024-11-01").first.wait_for()
        page.screenshot(path=OUTPUT / "let-in.png")


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "127.3.0.1", "::1", "0:0::1"])
def test_on_this_machine_alone_nothing_is_asked(tmp_path: Path, address: str) -> None:
    listening = listening_at(address, tmp_path, {VARIABLE: "yanxiu:a-long-enough-word"})
    assert (listening.password, listening.of_clients()) == ("", {})
    assert VARIABLE not in listening.of_server(4200)
    assert not [*tmp_path.iterdir()]


def test_a_password_is_made_once_for_this_account_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = listening_at("0.0.0.0", home, {})  # noqa: S104
    assert made.password == listening_at("::", home, {}).password
    assert made.password.startswith("yanxiu:")
    assert made.password not in repr(made)
    assert (made.url(4200), listening_at("::", home, {}).url(4200)) == (
        "http://127.0.0.1:4200",
        "http://[::1]:4200",
    )
    assert S_IMODE((home / FILE).stat().st_mode) == 0o600
    (home / FILE).chmod(0o644)  # copied carelessly
    assert listening_at("::", home, {}).password == made.password
    assert S_IMODE((home / FILE).stat().st_mode) == 0o600


def test_a_password_of_the_environment_is_used_and_none_is_made(tmp_path: Path) -> None:
    listening = listening_at("192.0.2.7", tmp_path, {VARIABLE: "office:from-a-safe-place"})
    assert (listening.password, listening.kept_in) == ("office:from-a-safe-place", None)
    assert listening.page(4200) == "http://192.0.2.7:4200"
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "password",
    ["x", "no-colon-in-here", "office:short", ":", "office:口令口令口令口令口令口令", "a:tab\tinside-of-it"],
)
def test_a_password_that_is_none_is_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(Refused, match=VARIABLE):
        listening_at("0.0.0.0", tmp_path, {VARIABLE: password})  # noqa: S104
    (tmp_path / FILE).write_text(password)
    with pytest.raises(Refused, match=FILE):
        listening_at("0.0.0.0", tmp_path, {})  # noqa: S104


@pytest.mark.parametrize("address", ["", "everywhere", "10.0.0.0/8", "http://10.0.0.1", "256.1.1.1"])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    answer = Desk(tmp_path).types("up", "--listen", address)
    assert answer.code == 1
    assert "--listen" in answer.errors
    assert "is no address of a machine" in answer.errors


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, listening=listening_at("203.0.113.9", tmp_path, {}))
    with pytest.raises(Refused, match=r"no address 203\.0\.113\.9"), server:
        pass
