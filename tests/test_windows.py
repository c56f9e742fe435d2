"""Prefect's windows on the holds against a real server: one run for each open hold, whatever is done to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import Engine
from sqlmodel import Session

from flows.by_hand import run_night_through_prefect
from flows.deployments import hold_deployment
from flows.server import RunningServer
from flows.settings import OfficeSettings
from flows.windows import PAGE, Windows, reconcile
from models.database import open_database
from tests.support.story import Story
from workflows.cases import cases
from workflows.resolving import accept

pytestmark = pytest.mark.server

PROGRAMME = "龙城区2024年中小学骨干教师远程培训"
SCHOOL = ("龙城区", "第一小学")
LEARNER, NUMBER = "李晓燕", "N00000"
OVER = {"COMPLETED", "CANCELLED", "CANCELLING"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("office"), port=4640) as running:
        yield running


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_database(sqlite_url)
    yield engine
    engine.dispose()


class Office:
    """One office's database, and the windows on its holds. Each has a deployment of its own: the numbers of holds
    begin anew in each database."""

    def __init__(self, server: RunningServer, url: str, engine: Engine) -> None:
        self.server = server
        self.url = url
        self.engine = engine
        self.story = Story(engine, "longcheng-2024")
        self.settings = OfficeSettings(home=server.home, database_url=url, locale="zh")
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            self.deployment = str(hold_deployment().apply())

    def api(self, method: str, path: str, **body: Any) -> Any:
        given = httpx.request(method, f"{self.server.api_url}/{path}", timeout=60, **body).raise_for_status()
        return given.json() if given.content else None

    def night(self, at: str) -> None:
        run_night_through_prefect(self.story.at(at), self.server, self.url)

    def reconcile(self) -> Windows:
        with temporary_settings({PREFECT_API_URL: self.server.api_url}):
            return reconcile(self.engine, self.settings)

    def runs(self) -> list[dict[str, Any]]:
        """Every run of the holds, the oldest first."""
        asked = {"deployments": {"id": {"any_": [self.deployment]}}, "limit": PAGE}
        found = self.api("POST", "flow_runs/filter", json=asked)
        return sorted(found, key=lambda run: str(run["created"]))

    def waiting(self) -> list[dict[str, Any]]:
        return [run for run in self.runs() if run["state_type"] not in OVER]


@pytest.fixture
def office(server: RunningServer, sqlite_url: str, engine: Engine) -> Iterator[Office]:
    office = Office(server, sqlite_url, engine)
    yield office
    for flow in office.api("POST", "flows/filter", json={}):
        office.api("DELETE", f"flows/{flow['id']}")  # and with it its deployment and every run


@pytest.fixture
def stuck(office: Office) -> Office:
    """One class with a piece that nobody has marked, and the night that found it."""
    office.story.cohort("一班", *SCHOOL)
    office.story.enrol(LEARNER, "learner", "一班", *SCHOOL)
    office.story.shows(LEARNER, "assignment", at="2024-11-20 21:15")
    office.night("2024-12-16 00:30")
    return office


def test_a_hold_is_a_run_with_a_name_and_tags_that_waits_for_a_person(stuck: Office) -> None:
    (run,) = stuck.runs()
    assert run["name"] == f"{PROGRAMME} · 一班 · 远程课程学习"
    assert set(run["tags"]) == {"stuck", "批阅未完成", "龙城区"}
    assert (run["state_type"], run["state_name"]) == ("PAUSED", "Suspended")
    assert run["state"]["message"] == "还有1份已交作业没有批阅，涉及：第一小学（等待班级辅导教师）"
    assert run["parameters"] == {"hold_id": stuck.story.hold_id("一班")}


def test_making_them_agree_twice_changes_nothing(stuck: Office) -> None:
    before = standing(stuck)
    windows = stuck.reconcile()
    assert (windows.opened, windows.told_anew, windows.closed) == ([], [], [])
    assert standing(stuck) == before


def test_what_has_changed_is_told_anew_in_the_same_run(stuck: Office) -> None:
    (run,) = stuck.runs()
    stuck.story.enrol("赵老师", "learner", "一班", *SCHOOL)
    windows = stuck.reconcile()
    assert (windows.opened, windows.told_anew) == ([], [stuck.story.hold_id("一班")])
    assert [one["id"] for one in stuck.waiting()] == [run["id"]]
    assert "1人（全班2人）" in inputs(stuck)


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
def test_a_run_that_somebody_does_away_with_is_opened_anew_by_the_next_night(stuck: Office, how: str) -> None:
    (run,) = stuck.runs()
    if how == "cancelled":
        state = {"state": {"type": "CANCELLED", "name": "Cancelled"}, "force": True}
        stuck.api("POST", f"flow_runs/{run['id']}/set_state", json=state)
    else:
        stuck.api("DELETE", f"flow_runs/{run['id']}")
    assert stuck.waiting() == []
    stuck.night("2024-12-17 00:30")
    (again,) = stuck.waiting()
    assert again["id"] != run["id"]
    assert (again["name"], set(again["tags"])) == (run["name"], set(run["tags"]))
    assert "还有1份已交作业没有批阅" in inputs(stuck)


def test_a_cohort_that_goes_on_by_itself_ends_its_run_with_why(stuck: Office) -> None:
    stuck.story.marks(LEARNER, "assignment", "良好", received="2024-12-16 08:00")
    stuck.night("2024-12-17 00:30")
    (run,) = stuck.runs()
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Cleared")
    assert run["state"]["message"] == "2024-12-16 08:00 起：已交的作业都已批阅"
    assert set(run["tags"]) == {"cleared", "批阅未完成", "龙城区"}


def test_a_decision_from_the_command_line_ends_the_run_by_its_name(stuck: Office) -> None:
    stuck.story.decide(accept, "一班", stuck.story.hold_id("一班"), effective="2024-12-16 09:00")
    stuck.night("2024-12-17 00:30")
    (run,) = stuck.runs()
    assert run["state_name"] == "Resolved: 按现状接受，王主任"
    assert set(run["tags"]) == {"resolved", "批阅未完成", "龙城区"}


def test_nobody_is_named_in_what_prefect_got(stuck: Office) -> None:
    stuck.night("2024-12-17 00:30")
    asked = ("flow_runs", "task_runs", "logs", "artifacts", "events")
    everything = json.dumps(
        [stuck.api("POST", f"{what}/filter", json={}) for what in asked], ensure_ascii=False
    )
    everything += inputs(stuck)
    assert "一班" in everything
    for personal in (LEARNER, NUMBER, stuck.url):
        assert personal not in everything


def test_a_hundred_and_twenty_are_all_found_a_page_at_a_time(
    office: Office, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.windows.PAGE", 50)
    for number in range(120):
        office.story.cohort(f"{number}班", *SCHOOL)
    office.night("2025-06-01 00:30")
    with Session(engine) as session:
        holds = {case.hold.id for case in cases(session, office.story.at("2025-06-01"))}
    assert len(holds) == 120
    assert {run["parameters"]["hold_id"] for run in office.waiting()} == holds
    windows = office.reconcile()
    assert set(windows.runs) == holds
    assert (windows.opened, windows.told_anew, windows.closed) == ([], [], [])
    assert len(office.runs()) == 120


def standing(office: Office) -> tuple[list[tuple[str, ...]], str]:
    """The runs, and what they tell."""
    facts = ("id", "name", "state_id", "updated")
    return [tuple(run[fact] for fact in facts) for run in office.runs()], inputs(office)


def inputs(office: Office) -> str:
    """Every form and answer that Prefect keeps, as text."""
    told = []
    for run in office.runs():
        asked = {"prefix": "", "limit": 200, "exclude_keys": []}
        kept = office.api("POST", f"flow_runs/{run['id']}/input/filter", json=asked)
        told += [str(json.loads(one["value"])) for one in kept]
    return "\n".join(told)


def test_where_very_many_are_stuck_one_run_sums_them_up_until_they_are_few_again(
    stuck: Office,
) -> None:
    for number in range(2):
        cohort = f"另{number}班"
        stuck.story.cohort(cohort, *SCHOOL)
        stuck.story.enrol(f"学员{number}", "learner", cohort, *SCHOOL)
        stuck.story.shows(f"学员{number}", "assignment", at="2024-11-20 21:15")
    stuck.night("2024-12-17 00:30")
    stuck.settings = stuck.settings.model_copy(update={"most_in_sight": 2})
    windows = stuck.reconcile()
    (summary,) = (run for run in stuck.waiting() if run["parameters"] == {"hold_id": 0})
    assert (summary["name"], summary["tags"]) == ("卡住3处，涉及人数最多的在前", ["stuck"])
    assert all(
        f"/runs/flow-run/{run}" in inputs(stuck) for run in windows.runs.values() if str(run) != summary["id"]
    )
    assert stuck.reconcile().opened == []
    stuck.settings = stuck.settings.model_copy(update={"most_in_sight": 3})
    stuck.reconcile()
    assert {run["parameters"]["hold_id"] for run in stuck.waiting()} == windows.runs.keys() - {0}
    (ended,) = (run for run in stuck.runs() if run["id"] == summary["id"])
    assert (ended["state_name"], ended["tags"]) == ("Cleared", ["cleared"])
