"""The morning of an administrator, in a real browser: what the night left stuck is found, read, decided wrongly, told
why not, decided rightly, and the cohort goes on. Also where everything was killed in between."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.clock import now
from flows.markdown import cohort_key
from models.database import open_database, transaction
from models.nights import Resolution
from tests.support.browser import Administrator, Filled, Read, administrator, chromium, launched
from tests.support.operators import appoint
from tests.support.running import Up, alive, comes_to, up, wait_for
from tests.support.story import Story
from tests.support.stuck_cohorts import CASES, LONGCHENG, NIGHT, WHO, Stuck, goes_by, stuck_cohorts

pytestmark = [pytest.mark.server, pytest.mark.browser]

PORT = 4600
BY_COHORT = {case.cohort: case for case in CASES}
IN_FLIGHT, UNANSWERED = (f"{LONGCHENG} · {cohort} · 远程课程学习" for cohort in ("四班", "三班"))
IN_A_MONTH = f"{now() + timedelta(days=30):%Y-%m-%d}"


@dataclass
class Morning:
    """What one administrator saw, by cohort."""

    engine: Engine
    stories: dict[str, Story]
    runs: dict[str, str] = field(default_factory=dict)
    stuck: dict[str, str] = field(default_factory=dict)  # in the list, when the day began
    stuck_still: dict[str, str] = field(default_factory=dict)  # in the list, when all was answered
    pages: dict[str, Read] = field(default_factory=dict)
    forms: dict[str, Filled] = field(default_factory=dict)
    come_back: dict[str, Filled] = field(default_factory=dict)
    endings: dict[str, str] = field(default_factory=dict)
    pages_after: dict[str, Read] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)

    def decision(self, run: str) -> Resolution:
        """What was kept of an answer."""
        with Session(self.engine) as session:
            return session.execute(select(Resolution).where(Resolution.run_id == run)).scalar_one()


@dataclass
class AfterTheFall:
    """What was seen where server and worker were killed and started again, this time in English."""

    in_flight: str
    in_flight_ended: str
    unanswered: str
    form: Filled
    page: Read
    ended: str


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        if os.environ.get("YANXIU_TEST_REQUIRE") == "all":
            pytest.fail("YANXIU_TEST_REQUIRE=all, but there is no Chromium")
        pytest.skip("there is no Chromium")
    with launched(executable) as found:
        yield found


@pytest.fixture(scope="module")
def engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    file = tmp_path_factory.mktemp("morning") / "yanxiu.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = open_database(f"sqlite:///{file}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office")


@pytest.fixture(scope="module")
def day(browser: Browser, engine: Engine, home: Path) -> Iterator[tuple[Morning, AfterTheFall]]:
    """The whole day, for a start and a night take half a minute: what was seen is asked about afterwards."""
    morning = Morning(engine, stuck_cohorts(engine))
    appoint(engine, WHO)
    url = engine.url.render_as_string(hide_password=False)
    with up(home, url, port=PORT, locale="zh") as office:
        a_night_runs(office)
        with administrator(browser, office.address, "zh-CN") as somebody:
            begins(somebody, morning, office)
            answers_wrongly(somebody, morning)
            answers_rightly(somebody, morning)
            ends(somebody, morning, office)
            in_flight = is_answering(somebody, engine, office)
    with (
        up(home, url, port=PORT, locale="en") as office,
        administrator(browser, office.address, "en-GB") as somebody,
    ):
        yield morning, goes_on(somebody, in_flight, morning.stories["三班"].cohorts["三班"])


def a_night_runs(office: Up) -> None:
    deployment = office.api("GET", "deployments/name/nightly/yanxiu")["id"]
    body = {"parameters": {"as_of": NIGHT}}
    run = office.api("POST", f"deployments/{deployment}/create_flow_run", json=body)["id"]
    assert comes_to(office, run, "COMPLETED")


def begins(somebody: Administrator, morning: Morning, office: Up) -> None:
    morning.stuck = somebody.stuck()
    somebody.picture("01 list of what is stuck")
    somebody.opens_page(office.today)
    somebody.picture("01 page of the morning")
    for case in CASES:
        page = somebody.reads(cohort_key(morning.stories[case.cohort].cohorts[case.cohort]))
        morning.pages[case.cohort] = page
        somebody.picture(f"02 page of {case.cohort}")


def answers_wrongly(somebody: Administrator, morning: Morning) -> None:
    for case in CASES:
        morning.runs[case.cohort] = morning.stuck[case.run]
        form = somebody.form_of(morning.runs[case.cohort])
        somebody.picture(f"03 form of {case.cohort}")
        morning.forms[case.cohort] = form.stands()
        form.choose(case.wrong.decision)
        form.write(**case.wrong.fields())
        form.submit()


def answers_rightly(somebody: Administrator, morning: Morning) -> None:
    for case in CASES:
        form = somebody.form_of(morning.runs[case.cohort])
        somebody.picture(f"04 form of {case.cohort} came back")
        morning.come_back[case.cohort] = form.stands()
        if case.kind == "error":
            with transaction(morning.engine) as session:  # its calendar is made good
                goes_by(session, case.cohort, morning.stories[case.cohort].edition_id)
        form.choose(case.right.decision)
        form.write(**dict.fromkeys(case.wrong.texts, "") | case.right.fields())
        form.submit()


def ends(somebody: Administrator, morning: Morning, office: Up) -> None:
    for cohort, run in morning.runs.items():
        morning.endings[cohort] = somebody.ends_as(run, "Resolved|Cleared|Completed|Failed")
        somebody.picture(f"05 run of {cohort} ended")
        morning.tags[cohort] = set(office.api("GET", f"flow_runs/{run}")["tags"])
        key = cohort_key(morning.stories[cohort].cohorts[cohort])
        morning.pages_after[cohort] = somebody.reads(key)
        somebody.picture(f"06 page of {cohort} afterwards")
    morning.stuck_still = somebody.stuck()


def is_answering(somebody: Administrator, engine: Engine, office: Up) -> str:
    """An answer that is being carried out when everything is killed."""
    run = somebody.stuck()[IN_FLIGHT]
    somebody.opens(IN_FLIGHT)
    form = somebody.resumes()
    form.choose("按现状接受")
    form.write(理由="按文件办理", 决定人姓名=WHO)
    with transaction(engine) as busy:  # it waits for whoever is writing
        busy.connection()
        form.submit()
        assert comes_to(office, run, "RUNNING")
        killed(office)
    return run


def goes_on(somebody: Administrator, in_flight: str, cohort: int) -> AfterTheFall:
    ended = somebody.ends_as(in_flight, "Resolved|Cleared|Completed|Failed")
    somebody.picture("07 an answer was taken up again")
    english = "phases and dates (planned → real)"  # the pages are drawn anew after the forms
    assert wait_for(lambda: english in somebody.reads(cohort_key(cohort)).text, 60)
    run = somebody.stuck()[UNANSWERED]
    form = somebody.form_of(run)
    somebody.picture("08 form in English")
    stands = form.stands()
    form.choose("extend")
    form.write(until=IN_A_MONTH, reason="as agreed with the county", name=WHO)
    form.submit()
    answered = somebody.ends_as(run, "Resolved|Cleared|Completed|Failed")
    page = somebody.reads(cohort_key(cohort))
    somebody.picture("09 page in English")
    return AfterTheFall(in_flight, ended, run, stands, page, answered)


def killed(office: Up) -> None:
    """As a machine that loses its power: the parent, the server, the worker and what it runs."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    above = dict(map(int, line.split()) for line in listed.splitlines())
    family = {office.process.pid}
    while more := {pid for pid, parent in above.items() if parent in family} - family:
        family |= more
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    office.process.wait()
    assert wait_for(lambda: not any(alive(group) for group in office.groups), 30)


@pytest.fixture
def morning(day: tuple[Morning, AfterTheFall]) -> Morning:
    return day[0]


@pytest.fixture
def after_the_fall(day: tuple[Morning, AfterTheFall]) -> AfterTheFall:
    return day[1]


each = pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])


@pytest.mark.demand("ALL-03")
@each
def test_what_is_stuck_stands_in_the_list_until_it_is_answered(morning: Morning, case: Stuck) -> None:
    assert case.run in morning.stuck
    assert case.run not in morning.stuck_still
    assert {UNANSWERED, IN_FLIGHT} <= morning.stuck.keys() & morning.stuck_still.keys()
    assert "stuck" not in morning.tags[case.cohort]


@each
def test_the_page_of_the_cohort_shows_where_it_stands(morning: Morning, case: Stuck) -> None:
    page = morning.pages[case.cohort]
    assert page.text.startswith(case.cohort)
    assert case.told[1] in page.text
    assert "打开并作决定" in page.text
    assert "仍然卡住" in page.text
    if case.kind != "error":  # of a calendar that cannot be read nothing else is known
        assert set(page.pictures) == {"卡住"}
        phase = case.run.rpartition(" · ")[2]
        assert re.search(rf"{phase}\s+卡住\s+(\S+\s+){{0,2}}20\d\d-\d\d-\d\d", page.text)


@pytest.mark.demand("ALL-03")
@each
def test_the_form_tells_what_is_stuck_and_offers_what_may_be_decided(morning: Morning, case: Stuck) -> None:
    form = morning.forms[case.cohort]
    for words in case.told:
        assert words in form.told
    assert form.choices == case.choices


@each
def test_what_will_not_do_comes_back_with_why_and_with_what_was_typed(morning: Morning, case: Stuck) -> None:
    form = morning.come_back[case.cohort]
    assert form.told.startswith(case.refused)
    typed = {"决定": case.wrong.decision, **case.wrong.fields()}
    assert {title: form.fields[title] for title in typed} == typed


@pytest.mark.demand("ALL-03")
@each
def test_what_will_do_lets_the_cohort_go_on_and_is_kept(morning: Morning, case: Stuck) -> None:
    assert morning.endings[case.cohort] == case.ends
    phase, state = case.state
    assert morning.stories[case.cohort].states(case.cohort)[phase] == state
    kept = morning.decision(morning.runs[case.cohort])
    assert (kept.action, kept.reason, kept.name) == (case.action, case.right.reason, WHO)


@each
def test_the_page_of_the_cohort_tells_afterwards_how_it_was_cleared(morning: Morning, case: Stuck) -> None:
    assert case.right.decision in morning.pages_after[case.cohort].text


def test_an_answer_that_was_cut_off_is_taken_up_at_the_next_start(
    morning: Morning, after_the_fall: AfterTheFall
) -> None:
    assert after_the_fall.in_flight_ended == f"Resolved: accept as it is, by {WHO}"
    assert morning.stories["四班"].states("四班")["courses"] == "done"
    assert morning.decision(after_the_fall.in_flight).action == "accept"


def test_what_waited_through_a_kill_is_answered_after_it(
    morning: Morning, after_the_fall: AfterTheFall
) -> None:
    assert after_the_fall.ended == f"Resolved: extend to {IN_A_MONTH} 24:00, by {WHO}"
    assert morning.stories["三班"].states("三班")["courses"] == "closing"
    kept = morning.decision(after_the_fall.unanswered)
    assert (kept.action, kept.reason, kept.name) == ("extend", "as agreed with the county", WHO)


def test_an_office_that_is_started_in_english_speaks_it(after_the_fall: AfterTheFall) -> None:
    form = after_the_fall.form
    assert form.told.startswith("三班 is stuck: marking incomplete")
    assert "1 piece handed in is not marked, at: 第一小学" in form.told
    assert form.choices == ("extend", "accept as it is", "cancel the phase")
    assert "phases and dates (planned → real)" in after_the_fall.page.text
