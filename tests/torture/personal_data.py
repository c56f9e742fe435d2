"""No person where none belongs: a whole office of people who can be told from everything else, with good files and bad, faults
of the program and of the database, crashes and kills, while a real Prefect server looks on; then a search through whatever is
left of it.

Not searched, for they are meant to hold people, are those that docs/operations.md lists: the database, `inbox`, `outbox`,
`mail`, `files`, a demonstration's `received` and `lists`, and what a person's own command shows on its screen.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import Engine

from models.database import open_database, transaction
from models.encrypted import opened
from models.migrating import upgrade
from models.people import NUMBER, PHONE
from tests.support.desk import Desk
from tests.support.mail_server import mail_server
from tests.support.operators import appoint
from tests.support.planted import ALERTS, PASSWORD, TEXT, bad_files, people, plant
from tests.support.running import ROOT, Up, comes_to, groups_of_children, up, wait_for
from tests.support.stuck_cohorts import goes_by, stuck_cohorts
from tests.support.traces import Words, traces
from tests.torture.offices import SERVER, served
from tests.torture.planted_faults import FAULTS, fault
from tests.torture.promise import Promise
from workflows.publishing import publish

NEVER = "0 0 1 1 *"
ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2025, 6, 25, 0, 30, tzinfo=ZONE)
DEMO, ON_POSTGRESQL = 0, 1  # the tries of these numbers
LEFT = ("prefect", "faults.log", "said", "*.heads.jsonl")  # in an office's home
SCREENS = {
    "typed night": ("night",),
    "holds": ("holds",),
    "roster": ("roster", "import", "-p", "longcheng-2024"),
}


def attempt(number: int, folder: Path) -> None:
    home = folder / f"people-{number}-{os.getpid()}"
    shutil.rmtree(home, ignore_errors=True)
    (home / "said").mkdir(parents=True)
    if number == DEMO:
        _demo(home)
        return
    with _database(home, number) as url:
        _office(home, url, full=number == ON_POSTGRESQL)


@contextmanager
def _database(home: Path, number: int) -> Iterator[str]:
    if number == ON_POSTGRESQL and SERVER:
        with served("people") as url:
            yield url
    else:
        yield f"sqlite:///{home / 'yanxiu.sqlite'}"


def _office(home: Path, url: str, *, full: bool) -> None:
    engine = open_database(url)
    upgrade(engine)
    appoint(engine, "王主任")
    story = stuck_cohorts(engine)["一班"]
    with transaction(engine) as session:  # a calendar that cannot be read would be all that anything says
        goes_by(session, "坏班", story.edition_id or 0)
        publish(session, f"{story.text}\n", story.calendar, "项目办", story.at("2024-01-02 00:00"))
    story.hands_in("一班学员", "plan", TEXT * 100, at="2024-12-18 09:00", file="龘灏的规划.txt")
    story.hands_in("二班学员", "plan", TEXT * 100, at="2024-12-18 09:00", file="龘灏的规划.txt")
    words = plant(story) | {"龘灏的规划"}
    (home / "inbox").mkdir()
    files, more = bad_files(story.text, home / "inbox")
    files = files if full else dict([*files.items()][::3])
    one = next(people(1200))
    again = _roster(home / "inbox" / "again.csv", one)
    words |= more | {*one.values()}
    assert {one.word for one in traces(Words(words), [home / "inbox"])} >= more, "nobody is there to be found"
    with (
        mock.patch.dict(os.environ, {"YANXIU_SEND_CRON": NEVER, "YANXIU_ALERT_URL": f"json://me:{ALERTS}@127.0.0.1:1/{ALERTS}",
                                     "PYTHONPATH": str(ROOT)}),
        mail_server() as (_, port),
        up(home, url, cron=NEVER, port=5200, locale="zh") as running,
    ):  # fmt: skip
        _days(home, url, running, {"port": port, "password": PASSWORD, "files": files, "again": again})
        _served(home, engine, running)
        _typed(home, engine)
        code, said, errors = running.ended(signal.SIGTERM)
        (home / "said" / "up").write_text(f"{said}\n{errors}\n", encoding="utf-8")
        assert code == 0, errors
    engine.dispose()
    _nobody_in(home, words)


def _roster(file: Path, one: dict[str, str]) -> dict[str, str]:
    """A good one, of somebody whom the office does not know yet."""
    file.write_text(
        f"人员编号,姓名,角色,班级,区县,学校,手机,邮箱\n{one['number']},{one['name']},参训学员,一班,龙城区,第一小学,"
        f"{one['phone']},{one['email']}\n",
        encoding="utf-8",
    )
    return {"programme": "longcheng-2024", "kind": "roster", "file": file.name}


def _days(home: Path, url: str, running: Up, facts: dict[str, Any]) -> None:
    """What happens on the days of the term, and what each flow came to."""
    came_to = home / "came-to.json"
    settings = {
        "home": str(home), "database_url": url, "locale": "zh", "alert_url": "",
        "mail_from": "项目办 <office@example.org>",
    }  # fmt: skip
    told = home / "facts.json"
    told.write_text(
        json.dumps(facts | {"api": f"{running.address}/api", "settings": settings, "came_to": str(came_to)}),
        encoding="utf-8",
    )
    with (home / "said" / "days").open("wb") as said:
        subprocess.run(
            [sys.executable, "-m", "tests.torture.planted_days", str(told)],
            cwd=ROOT, stdout=said, stderr=said, check=False, timeout=900,
        )  # fmt: skip
    assert came_to.exists(), (home / "said" / "days").read_text(encoding="utf-8")[-2000:]
    ends = json.loads(came_to.read_text(encoding="utf-8"))
    for flow, state in (("import", "FAILED"), ("nightly", "FAILED"), ("nightly", "COMPLETED"), ("sending", "FAILED"),
                        ("sending", "COMPLETED"), ("resolve", "COMPLETED"), ("verify", "COMPLETED"), ("import", "COMPLETED")):  # fmt: skip
        assert [flow, state] in [end[:2] for end in ends], (flow, state, ends)
    for kind in ("KeyError", "IntegrityError"):
        assert any(kind in message for _, _, message in ends), (kind, ends)


def _served(home: Path, engine: Engine, running: Up) -> None:
    """What the office's own processes run: a night that fails, one that is killed, a hold's form that is answered."""
    form = _form(running)
    for one in FAULTS:
        if "night served" in one.met_by:
            with fault(engine, one):
                failing = _night(running)
                if "form" in one.met_by:
                    _answers(running, form)
                    assert comes_to(running, form, "FAILED")
                assert comes_to(running, failing, "FAILED")
    with transaction(engine) as busy:
        busy.connection().exec_driver_sql("UPDATE cohort SET name = name")
        killed = _night(running)
        assert comes_to(running, killed, "RUNNING")
        _kill_runs_of(running)
        assert comes_to(running, killed, "CRASHED")
    assert "nightly" in (home / "prefect" / "serving.log").read_text(encoding="utf-8")


def _night(running: Up) -> str:
    deployment = running.api("GET", "deployments/name/nightly/yanxiu")["id"]
    made = running.api(
        "POST", f"deployments/{deployment}/create_flow_run", json={"parameters": {"as_of": AS_OF.isoformat()}}
    )
    return str(made["id"])


def _form(running: Up) -> str:
    """A run that waits for an answer."""
    waiting = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
    found = wait_for(lambda: running.api("POST", "flow_runs/filter", json=waiting))
    return str(found[0]["id"])


def _answers(running: Up, run: str) -> None:
    said = {"decision": "取消本阶段", "reason": "按文件办理", "name": "王主任"}
    given = running.api("POST", f"flow_runs/{run}/resume", json={"run_input": said})
    assert given["status"] == "ACCEPT", given


def _kill_runs_of(running: Up) -> None:
    """The processes in which runs are, which are the children of the one that serves."""
    for group in running.groups:
        for child in groups_of_children(group):
            os.kill(child, signal.SIGKILL)


class _Desk(Desk):
    """One whose database may be on a server."""

    def __init__(self, home: Path, url: str) -> None:
        super().__init__(home)
        self.url = url

    def variables(self, language: str) -> dict[str, str]:
        return super().variables(language) | {"YANXIU_DATABASE_URL": self.url}


def _typed(home: Path, engine: Engine) -> None:
    """Commands that a fault of the program ends: what a log keeps of their errors, though not their screens, is searched."""
    desk = _Desk(home, engine.url.render_as_string(hide_password=False))
    behind = {"roster": [home / "inbox" / "again.csv"]}
    for one in FAULTS:
        for screen in one.met_by:
            if screen in SCREENS:
                with fault(engine, one):
                    answer = desk.runs(*SCREENS[screen], *behind.get(screen, []))
                assert answer.code == 70, (one.name, screen, answer)
                (home / "said" / f"{screen}.errors").write_text(answer.errors, encoding="utf-8")


def _demo(home: Path) -> None:
    """The whole demonstration, up until somebody has looked around, of whose people nobody is found."""
    command = [
        str(Path(sys.executable).parent / "yanxiu"),
        "demo",
        "--home",
        str(home / "demo"),
        "--port",
        "5250",
    ]
    variables = os.environ | {"PYTHONPATH": str(ROOT), "YANXIU_LOCALE": "zh"}
    with (home / "said" / "demo.errors").open("wb") as errors:
        process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        page = next(line for line in process.stdout if "http://" in line).split()[-1].partition("：")[2]
        page = page or "http://127.0.0.1:5250"
        api = f"{page.partition('/artifacts')[0].partition('/runs')[0]}/api"
        shown = wait_for(lambda: _settled(api), 300)
        assert shown, "no cohort of the demonstration is stuck"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    _nobody_in(home, _everybody(home / "demo"), home / "demo")


def _settled(api: str) -> int:
    """How many runs wait for somebody, once no more of them are opened."""
    counts = []
    for _ in range(2):
        waiting = {"flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}}}
        counts.append(httpx.post(f"{api}/flow_runs/count", json=waiting, timeout=60).json())
        time.sleep(3)
    return counts[0] if counts[0] == counts[1] else 0


def _everybody(home: Path) -> set[str]:
    """Whoever the demonstration has made up: names, numbers, phones, addresses."""
    with closing(sqlite3.connect(home / "yanxiu.sqlite")) as database:
        people = [*database.execute("SELECT number, phone, name, email FROM person")]
        rows = [(opened(NUMBER, number), opened(PHONE, phone), *rest) for number, phone, *rest in people]
        rows += database.execute("SELECT name, email, robot, NULL FROM contact")
    return {word for row in rows for word in row if word}


def _nobody_in(home: Path, words: set[str], office: Path | None = None) -> None:
    places = [place for name in LEFT for of in {home, office or home} for place in of.glob(name)]
    assert (found := traces(Words(words), places)) == [], found


PERSONAL_DATA = Promise(
    "nobody's data in logs, in Prefect, in what errors or crashes leave", 3, 1, attempt, served=True
)
