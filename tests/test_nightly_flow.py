"""The nightly flow against a real Prefect server: what it does, what it shows, and what it must not do twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from calendars.messages import Refused
from flows.by_hand import run_night_through_prefect
from flows.changes_told import MOST_LINES, changes_lines
from flows.deployments import (
    desk_deployments,
    hold_deployment,
    nightly_deployment,
    sending_deployment,
    share_deployment,
    tidy_deployment,
)
from flows.morning import morning_page
from flows.nightly import MOST_TASKS, begin_night
from flows.server import RunningServer, prefect_environment
from flows.settings import OfficeSettings
from flows.sharing import RETRY_AFTER, advance_share
from flows.windows import Windows
from models.database import open_database
from models.nights import Night, NightBatch
from models.terms import Cohort
from tests.support.story import Story
from tests.test_verifying import break_into
from workflows.changes import Changes
from workflows.heads import fingerprint, heads_of
from workflows.night import advance, night
from workflows.night_batches import MOST_TRIES

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[1]
SCHOOL = ("龙城区", "第一小学")
LEARNER = "李晓燕"
NUMBER = "N00000"  # the learner's own


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("office"), port=4300) as running:
        yield running


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_database(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    story.enrol(LEARNER, "learner", "一班", *SCHOOL)
    return story


@pytest.fixture
def office(server: RunningServer, sqlite_url: str, story: Story) -> Office:
    return Office(server, sqlite_url, story)


class Office:
    """One office's database and the server that looks on."""

    def __init__(self, server: RunningServer, url: str, story: Story) -> None:
        self.server = server
        self.url = url
        self.story = story

    def night(self, at: str, locale: Any = "zh") -> Changes:
        return run_night_through_prefect(self.story.at(at), self.server, self.url, locale=locale)

    def asked(self, path: str, **body: object) -> Any:
        answer = httpx.post(f"{self.server.api_url}/{path}/filter", json=body, timeout=60)
        return answer.raise_for_status().json()

    def last_run(self) -> dict[str, Any]:
        return dict(self.asked("flow_runs", sort="START_TIME_DESC", limit=1)[0])

    def task_runs(self) -> list[dict[str, Any]]:
        return list(self.asked("task_runs", flow_runs={"id": {"any_": [self.last_run()["id"]]}}))

    def page(self, key: str) -> dict[str, Any]:
        """The newest version of a page, of the last run."""
        newest = self.asked("artifacts", artifacts={"key": {"any_": [key]}}, sort="CREATED_DESC", limit=1)[0]
        assert newest["flow_run_id"] == self.last_run()["id"]
        return dict(newest)

    def morning(self) -> str:
        return str(self.page("morning")["data"])


def test_a_run_is_named_by_the_date_that_it_is_for(office: Office) -> None:
    office.night("2024-11-01 00:00")
    newest = office.last_run()
    assert (newest["name"], newest["state_type"]) == ("night-2024-11-01", "COMPLETED")


def test_a_run_for_a_minute_is_named_to_the_minute(office: Office) -> None:
    office.night("2024-11-01 17:05")
    assert office.last_run()["name"] == "night-2024-11-01-1705"


@pytest.mark.demand("ALL-02")
def test_the_flow_does_what_the_night_does(office: Office, engine: Engine) -> None:
    changes = office.night("2024-12-16 00:30")
    assert changes.moves["longcheng-2024|courses|locked"] == 2
    assert changes.reminders["longcheng-2024"] > 0
    assert changes.sealed["longcheng-2024|training|fail"] == 1
    message = office.last_run()["state"]["message"]
    assert message.startswith("已推进到 2024-12-16 00:30：阶段推进")
    assert "封存成绩单1张" in message
    with Session(engine) as session:
        (kept,) = session.execute(select(Night)).scalars()
    assert kept.as_of == office.story.at("2024-12-16 00:30")
    assert kept.finished_at is not None
    assert Changes.from_json(kept.report) == changes
    assert not night(engine, kept.as_of, kept.finished_at)


def test_the_heads_of_what_was_sealed_leave_the_database_and_a_chain_written_anew_fails_the_night(
    office: Office, engine: Engine
) -> None:
    office.night("2024-12-16 00:30")
    with Session(engine) as session:
        code = fingerprint(heads_of(session))
    assert f"共锁定4次，这一夜新增4次。总校验码（数据库之外的见证）：`{code}`" in office.morning()
    kept = Path(str(engine.url.database)).with_name("yanxiu.heads.jsonl")
    assert len(kept.read_text().splitlines()) == 5
    break_into(engine, "UPDATE seal SET head = replace(head, substr(head, 1, 1), 'x') WHERE cohort_id = 1")
    with pytest.raises(Refused, match="not as kept outside of the database"):
        office.night("2024-12-17 00:30", "en")
    assert office.last_run()["state_type"] == "FAILED"
    assert "link 1 of cohort '一班' is not the one whose head was kept outside" in office.morning()


def test_a_second_run_of_the_same_night_changes_nothing(office: Office) -> None:
    assert office.night("2024-12-16 00:30")
    assert not office.night("2024-12-16 00:30")
    assert "## 这一夜改变了什么\n\n没有到期的事项\n" in office.morning()


def test_an_earlier_night_is_refused_and_the_run_says_so(office: Office) -> None:
    office.night("2024-12-01 00:30")
    with pytest.raises(Refused, match="nights do not run backwards"):
        office.night("2024-11-30 00:30")
    newest = office.last_run()
    assert newest["state_type"] == "FAILED"
    assert newest["state"]["message"].startswith("没有推进。不能推进到 ")
    logs = office.asked("logs", logs={"flow_run_id": {"any_": [newest["id"]]}})
    assert not any("Traceback" in line["message"] for line in logs)


def test_the_pages_tell_what_changed_and_where_every_programme_stands(office: Office) -> None:
    office.night("2024-11-01 00:00")
    office.story.shows(LEARNER, "assignment", at="2024-11-20 21:15")
    office.night("2024-12-16 00:30")
    programme = "龙城区2024年中小学骨干教师远程培训"
    page = office.morning()
    assert page.startswith("# 2024-12-16 00:30 的夜间推进\n\n实际运行于 20")
    assert f"| 阶段推进（班级数） | 远程课程学习 | 卡住 | 1 | {programme} |" in page
    assert f"| 新卡住 | 批阅未完成 |  | 1 | {programme} |" in page
    assert f"### {programme}\n" in page
    assert "| 阶段 | 未开始 |" in page
    assert "| 前期准备启动预热 |  |" in page
    assert "## 卡住的班级：1\n" in page
    cohort = f"[一班](/artifacts/key/cohort-{office.story.cohorts['一班']})"
    assert f"| 批阅未完成 | {cohort} | 远程课程学习 | 2024-12-16 | 班级辅导教师 | 1 | {programme} |" in page


def test_the_page_tells_what_will_be_due_in_the_next_seven_days(office: Office) -> None:
    office.night("2024-11-29 00:00")
    page = office.morning()
    assert "| 2024-12-05 24:00 | 远程课程学习 | 阶段结束 | 2 | 龙城区2024年中小学骨干教师远程培训 |" in page
    assert "| 2024-12-06 00:00 | 考核评优 | 阶段开始 | 2 | 龙城区2024年中小学骨干教师远程培训 |" in page
    assert "| 2024-12-12 24:00 |" not in page


def test_a_progress_artifact_ends_at_the_whole(office: Office) -> None:
    office.night("2024-12-16 00:30")
    assert office.page("night-progress")["data"] == 100.0


def test_the_pages_speak_english_too(office: Office) -> None:
    office.night("2024-12-16 00:30", locale="en")
    page = office.morning()
    assert page.startswith("# The night of 2024-12-16 00:30\n\nit really ran at 20")
    assert "| change | of | result | count | programme |" in page
    assert "| score sheets sealed |" in page
    assert "No cohort is stuck." in page


def test_nothing_personal_reaches_prefect(office: Office) -> None:
    office.story.shows(LEARNER, "assignment", at="2024-11-20 21:15")
    office.night("2024-12-16 00:30")
    run = office.last_run()
    logs = office.asked("logs", logs={"flow_run_id": {"any_": [run["id"]]}})
    assert any("sealed=" in line["message"] for line in logs)
    everything = json.dumps(
        [run, logs, office.task_runs(), office.page("morning"), office.page("night-progress")],
        ensure_ascii=False,
    )
    for personal in (LEARNER, NUMBER, office.url):
        assert personal not in everything
    assert list(run["parameters"]) == ["as_of"]


def test_names_are_shown_as_text_whatever_is_in_them(office: Office, engine: Engine) -> None:
    office.story.cohort("三|班 <img src=http://elsewhere/x> [x](y)", "龙城区")
    office.story.enrol("王老师", "learner", "三|班 <img src=http://elsewhere/x> [x](y)", *SCHOOL)
    office.story.shows("王老师", "assignment", at="2024-11-20 21:15")
    office.night("2024-12-16 00:30")
    page = office.morning()
    assert r"| [三\|班 \<img src=http\://elsewhere/x\> \[x\](y)](/artifacts/key/cohort-" in page
    failed = Changes.from_json('{"failed": {"longcheng-2024|三|班 <b>": 1}}')
    with Session(engine) as session:
        assert r"| 三\|班 \<b\> |" in "\n".join(changes_lines(session, failed, "zh"))


def test_a_page_about_a_bad_night_stays_one_that_can_be_read(story: Story, engine: Engine) -> None:
    failed = {f"longcheng-2024|{number} 班": 1 for number in range(MOST_LINES + 7)}
    with Session(engine) as session:
        lines = [*changes_lines(session, Changes.from_json(json.dumps({"failed": failed})), "en")]
    assert len(lines) == 2 + MOST_LINES + 1
    assert lines[-1].endswith("| … and 7 more |  | 7 |  |")


def test_an_office_without_cohorts_is_told_so(engine: Engine) -> None:
    settings = OfficeSettings()
    with Session(engine) as session:
        at = Story(engine, "lanxi-2019").at("2019-12-01")
        page = morning_page(session, settings, at, Changes(), Windows())
    assert page.endswith("There are no cohorts yet.")


@contextmanager
def losing_the_database(at_commits: set[int]) -> Iterator[list[str]]:
    """The connection goes at these commits of what is written, by their number, and is there again."""
    commits: list[str] = []

    def break_off(connection: Connection) -> None:
        if not connection.get_execution_options().get("reading"):
            commits.append("done")
            if len(commits) in at_commits:
                raise OperationalError("COMMIT", {}, Exception("the connection was lost"))

    event.listen(Engine, "commit", break_off)
    try:
        yield commits
    finally:
        event.remove(Engine, "commit", break_off)


def test_a_night_waits_for_a_database_that_is_busy_when_it_begins(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begin_night, "retry_delay_seconds", [0] * len(RETRY_AFTER))
    with losing_the_database(at_commits={1}):
        assert office.night("2024-12-16 00:30")
    assert {task["name"]: task["run_count"] for task in office.task_runs()} == {"begin": 2, "cohorts 1": 1}


def test_a_part_that_fails_for_good_does_not_keep_the_others_and_the_next_night_takes_it_up(
    office: Office, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.night_batches.MOST", 1)
    monkeypatch.setattr(advance_share, "retry_delay_seconds", [0] * len(RETRY_AFTER))
    first = office.story.cohorts["一班"]
    tries: list[int] = []

    def failing(session: Session, night_id: int, cohorts: Sequence[int], *when: datetime) -> Changes:
        if first in cohorts:
            tries.append(night_id)
            raise OperationalError("SELECT", {}, Exception("the disk is full"))
        return advance(session, night_id, cohorts, *when)

    monkeypatch.setattr("workflows.night.advance", failing)
    with pytest.raises(Refused, match="1 batch of cohorts could not be advanced"):
        office.night("2024-12-16 00:30")
    assert len(tries) == MOST_TRIES
    assert office.last_run()["state_type"] == "FAILED"
    assert "Changes(" not in office.last_run()["state"]["message"]
    with Session(engine) as session:
        assert list(session.execute(select(Night.finished_at)).scalars()) == [None]
        gone_on = select(col(Cohort.name)).where(
            col(Cohort.advanced_to) == office.story.at("2024-12-16 00:30")
        )
        assert list(session.execute(gone_on).scalars()) == ["二班"]
    monkeypatch.undo()
    assert office.night("2024-12-16 00:30").sealed["longcheng-2024|training|fail"] == 1
    with Session(engine) as session:
        assert session.execute(select(NightBatch).where(col(NightBatch.report).is_(None))).all() == []


def test_a_task_that_fails_is_tried_again_and_reports_everything_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.night_batches.MOST", 1)
    monkeypatch.setattr("flows.nightly.MOST_TASKS", 1)
    monkeypatch.setattr(advance_share, "retry_delay_seconds", [0] * len(RETRY_AFTER))
    office.story.enrol("王老师", "learner", "二班", *SCHOOL)
    with losing_the_database(at_commits={3}) as commits:  # the second batch's: before it the night, the first
        changes = office.night("2024-12-16 00:30")
    # And that it failed, the second batch again, that none is left, and the night's end.
    assert len(commits) == 7
    assert changes.sealed["longcheng-2024|training|fail"] == 2
    ran = {task["name"]: (task["state_type"], task["run_count"]) for task in office.task_runs()}
    assert ran == {"begin": ("COMPLETED", 1), "cohorts 1": ("COMPLETED", 2)}


@pytest.mark.parametrize("cohorts", [23, 24, 25, 49])
def test_a_run_never_has_more_than_a_few_dozen_tasks(
    office: Office, monkeypatch: pytest.MonkeyPatch, cohorts: int
) -> None:
    monkeypatch.setattr("workflows.night_batches.MOST", 1)
    for number in range(cohorts - 2):
        office.story.cohort(f"{number}号班", "龙城区")
    assert office.night("2024-12-16 00:30").moves["longcheng-2024|courses|locked"] == cohorts
    assert 12 < len(office.task_runs()) <= 1 + MOST_TASKS


def test_a_night_is_refused_plainly_when_the_server_was_killed(
    sqlite_url: str, story: Story, tmp_path: Path
) -> None:
    with RunningServer(tmp_path, port=4350) as server:
        assert server._child is not None
        server._child.stop(grace=0)
        with pytest.raises(Refused, match="the Prefect server ended unexpectedly while running"):
            run_night_through_prefect(story.at("2024-11-01"), server, sqlite_url)


def test_prefect_yaml_gives_the_same_deployments_as_the_program(office: Office) -> None:
    """`prefect deploy` first, then ours in their place: a work pool and its name are all that differ."""
    environment = prefect_environment(office.server.home, office.server.url)
    for words in ("work-pool create yanxiu --type process", "--no-prompt deploy --all"):
        subprocess.run(
            [sys.executable, "-m", "prefect", *words.split()],
            env=environment, cwd=ROOT, check=True, capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    by_yaml = deployed(office)
    program = [
        nightly_deployment(OfficeSettings(zone="Asia/Shanghai")),
        sending_deployment(OfficeSettings(zone="Asia/Shanghai")),
        share_deployment(),
        tidy_deployment(OfficeSettings(zone="Asia/Shanghai")),
        hold_deployment(),
        *desk_deployments(),
    ]
    with temporary_settings({PREFECT_API_URL: office.server.api_url}):
        for deployment in program:
            deployment.apply()
    by_program = deployed(office)
    assert len(by_program) == len(program)
    assert {one.pop("work_pool_name") for one in by_yaml.values()} == {"yanxiu"}
    for one in by_program.values():
        one.pop("work_pool_name")
    assert by_program == by_yaml
    night = by_program["yanxiu", "flows.nightly.nightly"]
    assert night["schedules"] == [("30 0 * * *", "Asia/Shanghai", True)]
    assert night["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert night["limit"] == 1
    assert night["parameter_openapi_schema"]["properties"]["as_of"]["title"] == "推进到 / as of"
    sending = by_program["yanxiu", "flows.sending.sending"]
    assert sending["schedules"] == [("*/15 * * * *", "Asia/Shanghai", True)]
    assert sending["limit"] == 1
    tidying = by_program["yanxiu", "flows.tidying.tidy"]
    assert tidying["schedules"] == [("0 4 * * 0", "Asia/Shanghai", True)]
    scheduled = (night, sending, tidying)
    others = [one for one in by_program.values() if one not in scheduled]
    assert not any(one["schedules"] or one["limit"] for one in others)


def deployed(office: Office) -> dict[tuple[str, str], dict[str, Any]]:
    """Every deployment of the server, by its name and its flow."""
    return {(one["name"], one["entrypoint"]): _facts(one) for one in office.asked("deployments")}


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    same = (
        "concurrency_options", "description", "enforce_parameter_schema", "entrypoint", "parameter_openapi_schema",
        "parameters", "path", "paused", "tags", "work_pool_name",
    )  # fmt: skip
    schedules = [
        (one["schedule"]["cron"], one["schedule"]["timezone"], one["active"]) for one in found["schedules"]
    ]
    limit = found["global_concurrency_limit"]
    facts = {"schedules": schedules, "limit": limit and limit["limit"]}
    return {name: found[name] for name in same} | facts | {"pull_steps": found["pull_steps"] or []}
