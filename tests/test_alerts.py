"""What Prefect does by itself about a night that goes wrong, and who is told: against a real server, with a real
listener and a real mailbox. The times are shortened; Prefect allows ten seconds and no less."""

from __future__ import annotations

import email
import email.policy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import update

from calendars.clock import frozen, now
from calendars.messages import Refused
from flows import automations, events
from flows.alerting import in_office_time
from flows.automations import PREFIX, InStep, keep_in_step
from flows.channel import require_usable
from flows.deployments import nightly_deployment, share_deployment
from flows.events import HoldFacts
from flows.leftovers import LEFT_BEHIND
from flows.listening import HERE_ALONE
from flows.nightly import nightly
from flows.sending import sending
from flows.server import RunningServer
from flows.settings import OfficeSettings, chosen
from models.database import open_database, transaction
from models.people import Person
from tests.support.listeners import Listener, Postbox, listening
from tests.support.story import Story
from tests.support.watched_server import Prefect, run_here, running, wait_for

ZONE = OfficeSettings().zoneinfo
DUE = datetime(2024, 11, 1, 0, 30, tzinfo=ZONE)
SHORT = timedelta(seconds=10)
SECRET = "geheim"


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    listener, postbox = Listener(HERE_ALONE.free_port(4760)), Postbox(HERE_ALONE.free_port(4780))
    addresses = (
        f"json://me:{SECRET}@127.0.0.1:{listener.server_address[1]}/",
        f"mailto://127.0.0.1:{postbox.server_address[1]}?from=yanxiu@office.example&to=chen@office.example",
    )
    variables = {
        "YANXIU_ALERT_URL": " ".join(addresses),
        "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "2",
    }
    home = tmp_path_factory.mktemp("office")
    with (
        listening(listener),
        listening(postbox),
        RunningServer(home, port=4700, variables=variables) as server,
        temporary_settings({PREFECT_API_URL: server.api_url}),
    ):
        yield Prefect(server, listener, postbox)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LATE", "SILENT", "UNBEGUN", "NO_NIGHT"):
        monkeypatch.setattr(automations, name, SHORT)


@pytest.fixture
def office(sqlite_url: str, prefect: Prefect) -> OfficeSettings:
    engine = open_database(sqlite_url)
    Story(engine, "longcheng-2024").cohort("一班", "龙城区")
    engine.dispose()
    return OfficeSettings(home=prefect.server.home, database_url=sqlite_url, locale="en", alert_url="set")


@pytest.fixture
def deployment(office: OfficeSettings) -> UUID:
    found = nightly_deployment(office).apply()
    assert isinstance(found, UUID)
    return found


@pytest.mark.server
def test_a_second_start_changes_nothing_and_what_was_changed_by_hand_is_put_back(
    prefect: Prefect, deployment: UUID, office: OfficeSettings
) -> None:
    silent = office.model_copy(update={"alert_url": ""})
    first = keep_in_step(deployment, silent)
    assert (first.changed, first.removed) == (0, 0)
    assert set(prefect.automations()) == {
        f"{PREFIX}a night whose process has died",
        f"{PREFIX}a night that was taken up and never began",
    }
    assert keep_in_step(deployment, office) == InStep(made=7)
    made = prefect.automations()
    assert keep_in_step(deployment, office) == InStep()
    triggers = {name: one["trigger"]["id"] for name, one in prefect.automations().items()}
    assert triggers == {name: one["trigger"]["id"] for name, one in made.items()}  # a change gives another id
    own = copied(made[f"{PREFIX}a night failed"], name="my own")
    prefect.api("POST", "automations/", json=own)
    prefect.api("POST", "automations/", json=own | {"name": f"{PREFIX}of an older version"})
    for what in ("a night failed", "a night whose process has died"):
        found = made[PREFIX + what]
        edited = copied(found, description="by hand", enabled=False, actions_on_trigger=found["actions"])
        prefect.api("PUT", f"automations/{found['id']}", json=edited)
    assert keep_in_step(deployment, office) == InStep(changed=2, removed=1)
    after = prefect.automations()
    prefect.api("DELETE", f"automations/{after['my own']['id']}")
    assert copied(after.pop("my own")) == own
    assert {name: copied(one) for name, one in after.items()} == {
        name: copied(one) for name, one in made.items()
    }
    assert keep_in_step(deployment, silent) == InStep(removed=7)


def copied(automation: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """An automation as one would make it anew."""
    facts = {name: value for name, value in automation.items() if name not in {"id", "created", "updated"}}
    trigger = {name: value for name, value in facts["trigger"].items() if name != "id"}
    trigger |= {name: sorted(trigger[name]) for name in ("after", "expect", "for_each")}
    return facts | {"trigger": trigger} | changed


@pytest.mark.server
@pytest.mark.usefixtures("short")
def test_a_night_that_goes_wrong_is_told_and_does_not_keep_the_next_one(
    prefect: Prefect, deployment: UUID, office: OfficeSettings, tmp_path: Path
) -> None:
    """One story, for each of its waits takes ten seconds. In the end each run is told of, or not at all."""
    keep_in_step(deployment, office)
    suspended = suspended_elsewhere(prefect)
    died, collided = died_while_another_came(prefect, deployment, office, tmp_path / "died.log")
    assert prefect.state(suspended) == "Suspended"
    late, unbegun = waited_too_long(prefect, deployment)
    assert run_here(office, late).is_completed()
    assert_told_as_done(prefect, late)
    failed = prefect.scheduled(deployment, DUE, as_of=(DUE - timedelta(days=1)).isoformat())
    assert run_here(office, failed).is_failed()
    by_hand = prefect.scheduled(deployment, now() + timedelta(hours=1))
    prefect.sets(by_hand, type="CANCELLED")

    assert wait_for(lambda: told(prefect, failed) and told(prefect, by_hand))
    ends = {died: "broke off", unbegun: "broke off", late: "has not started in time", failed: "failed"}
    for run, end in (ends | {by_hand: "was cancelled"}).items():
        # Prefect sends at least once: the same alert has been seen to come up to four times.
        assert {alert["title"] for alert in told(prefect, run)} == {f"yanxiu: a night {end}"}
    assert told(prefect, collided) == told(prefect, suspended) == []
    assert "yanxiu: no night has been done" in {alert["title"] for alert in prefect.listener.taken}
    assert_told_in_words(prefect, died)
    assert_secret_is_nowhere(prefect)
    assert prefect.state(suspended) == "Suspended"


def died_while_another_came(
    prefect: Prefect, deployment: UUID, office: OfficeSettings, log: Path
) -> tuple[str, str]:
    """A night killed with nobody beside it to see, and one that was cancelled because it was still going."""
    engine = open_database(office.database_url)
    with transaction(engine) as busy:  # the night waits for whoever is writing
        busy.connection()
        died = prefect.scheduled(deployment, DUE)
        with running(prefect, office, died, log):
            prefect.comes_to(died, "Running")
            assert wait_for(lambda: alive(prefect, died))
            collided = prefect.scheduled(deployment, DUE)
            prefect.comes_to(collided, "Cancelled")
    engine.dispose()
    assert prefect.comes_to(died, "Crashed")["state"]["message"] == LEFT_BEHIND().text("en")
    return died, collided


def waited_too_long(prefect: Prefect, deployment: UUID) -> tuple[str, str]:
    """A night that nobody takes up, and one that was taken up and never began."""
    late = prefect.scheduled(deployment, DUE)
    prefect.comes_to(late, "Late")
    unbegun = prefect.scheduled(deployment, now() + timedelta(hours=1))
    prefect.sets(unbegun, type="PENDING")
    prefect.comes_to(unbegun, "Crashed")
    assert wait_for(lambda: told(prefect, late))
    return late, unbegun


def assert_told_as_done(prefect: Prefect, run: str) -> None:
    done, *again = wait_for(lambda: prefect.events("yanxiu.night.done"))
    assert all(one["payload"] == done["payload"] for one in again)
    assert done["resource"]["prefect.resource.id"] == f"yanxiu.night.{done['payload']['night']}"
    assert datetime.fromisoformat(done["payload"]["as_of"]) == DUE
    assert done["payload"]["moves"] > 0
    assert f"prefect.flow-run.{run}" in {related["prefect.resource.id"] for related in done["related"]}


def assert_told_in_words(prefect: Prefect, run: str) -> None:
    """To the listener and by mail."""
    alert = told(prefect, run)[0]
    assert alert["message"] == (
        "night-2024-11-01, due at 2024-11-01 00:30, was not finished. Each cohort is done or not begun; the next "
        "night takes up what is left.\nSee yanxiu status and the page of the run; to have it done now, run yanxiu "
        f"night.\n{prefect.server.ui_url}/runs/flow-run/{run}"
    )
    mailed = [email.message_from_bytes(one, policy=email.policy.default) for one in prefect.postbox.taken]
    mail = next(one for one in mailed if run in str(one.get_body(("plain",))))
    assert (mail["Subject"], mail["To"]) == ("yanxiu: a night broke off", "chen@office.example")


def alive(prefect: Prefect, run: str) -> bool:
    found = prefect.events("prefect.flow-run.heartbeat")
    return f"prefect.flow-run.{run}" in {one["resource"]["prefect.resource.id"] for one in found}


def told(prefect: Prefect, run: str) -> list[dict[str, Any]]:
    """The alerts about one run."""
    return [alert for alert in prefect.listener.taken if run in alert["message"]]


def suspended_elsewhere(prefect: Prefect) -> str:
    """A run of another deployment that showed a sign of life and was then suspended until somebody answers."""
    flow = prefect.api("POST", "flows/", json={"name": "another"})["id"]
    deployment = prefect.api("POST", "deployments/", json={"name": "another", "flow_id": flow})["id"]
    run = prefect.scheduled(deployment, DUE)
    sign_of_life = {
        "event": "prefect.flow-run.heartbeat",
        "id": str(uuid4()),
        "occurred": now().isoformat(),
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
        "related": [
            {
                "prefect.resource.id": f"prefect.deployment.{deployment}",
                "prefect.resource.role": "deployment",
            }
        ],
    }
    prefect.api("POST", "events", json=[sign_of_life])
    prefect.sets(run, type="PAUSED", name="Suspended")
    assert prefect.state(run) == "Suspended"
    return run


def assert_secret_is_nowhere(prefect: Prefect) -> None:
    """Not in what anybody who sees the page can ask for, nor in a log."""
    blocks = prefect.api("POST", "block_documents/filter", json={"include_secrets": True})
    events = prefect.api("POST", "events/filter", json={"filter": {}, "limit": 50})
    assert "yanxiu" in {block["name"] for block in blocks}
    for asked in (blocks, events, prefect.automations(), prefect.api("GET", "admin/settings")):
        assert SECRET not in json.dumps(asked)
    assert SECRET not in (prefect.server.home / "prefect" / "server.log").read_text()


@pytest.mark.server
@pytest.mark.usefixtures("deployment")
def test_a_dead_mail_server_is_told_once_and_fails_no_night(
    prefect: Prefect, deployment: UUID, office: OfficeSettings
) -> None:
    """Letters wait while nobody answers, in their order; the page of letters counts them and names nobody."""
    keep_in_step(deployment, office)
    story = with_somebody_behind(office)
    free = HERE_ALONE.free_port(4790)
    dead = {"mail_url": f"smtp://127.0.0.1:{free}", "mail_from": "龙城区项目办 <office@example.org>"}
    mailing = office.model_copy(update=dead)
    with chosen(mailing), frozen(story.at("2024-12-02 08:00")):
        nights = [nightly(story.at(f"2024-12-0{day} 00:30"), return_state=True) for day in (1, 2)]
        assert all(state.is_completed() for state in nights)
        failed = [sending(return_state=True) for _ in range(2)]
        assert [state.name for state in failed] == ["Failed", "Failed"]
        assert "the channel mail is down" in str(failed[0].message)
    (event,) = wait_for(lambda: prefect.events("yanxiu.channel.down"))
    assert event["payload"] == {"way": "mail"}
    subject = "yanxiu: a channel is down"
    assert wait_for(lambda: [one for one in prefect.listener.taken if one["title"] == subject])
    alerts = {one["message"] for one in prefect.listener.taken if one["title"] == subject}
    assert ["the channel mail is down" in message for message in alerts] == [True]
    silent = office.model_copy(update={"mail_url": ""})  # mended: into a folder
    with chosen(silent), frozen(story.at("2024-12-02 12:00")):
        ended = sending(return_state=True)
    assert (ended.name, ended.message) == ("Completed", "1 letter sent")
    assert wait_for(lambda: prefect.events("yanxiu.channel.up"))
    (page,) = prefect.api(
        "POST", "artifacts/latest/filter", json={"artifacts": {"key": {"any_": ["letters"]}}}
    )
    assert "| mail | letters-2024 | sent | 1 |" in page["data"]
    pages = json.dumps(prefect.api("POST", "artifacts/filter", json={}), ensure_ascii=False)
    assert "李老师" not in pages
    assert "example.org" not in pages


def with_somebody_behind(office: OfficeSettings) -> Story:
    engine = open_database(office.database_url)
    words = Story.text_of("longcheng-2024").replace("programme: longcheng-2024", "programme: letters-2024")
    story = Story(engine, text=words)
    story.cohort("二班", "龙城区")
    story.enrol("李老师", "learner", "二班", "龙城区", "第一小学")
    with transaction(engine) as session:
        session.execute(update(Person).values(email="li@example.org"))
    return story


@pytest.mark.server
def test_holds_of_a_night_are_told_one_by_one_up_to_a_bound(
    prefect: Prefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_EVENTS", 2)
    holds = [HoldFacts(number, "longcheng-2024", "marking incomplete", "龙城区") for number in range(1, 6)]
    events.holds_opened(holds)
    events.holds_resolved(holds[:1])
    facts = {"programme": "longcheng-2024", "kind": "marking incomplete", "county": "龙城区"}
    first, second = ({"hold": number, **facts} for number in (1, 2))
    opened = {"yanxiu.hold.1": first, "yanxiu.hold.2": second, "yanxiu.holds": {"count": 3}}
    assert wait_for(lambda: kept(prefect, events.HOLD_OPENED) == opened)
    assert wait_for(lambda: kept(prefect, events.HOLD_RESOLVED) == {"yanxiu.hold.1": first})


def kept(prefect: Prefect, name: str) -> dict[str, dict[str, Any]]:
    """What the server has kept of the events of a name, by what they are about."""
    return {one["resource"]["prefect.resource.id"]: one["payload"] for one in prefect.events(name)}


@pytest.mark.server
def test_a_work_pool_is_brought_in_step_by_a_command(
    prefect: Prefect, deployment: UUID, office: OfficeSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_in_step(deployment, office.model_copy(update={"alert_url": ""}))
    with chosen(office):
        with pytest.raises(SystemExit, match="no deployment share/yanxiu"):
            automations.main()
        share_deployment().apply()
        automations.main()  # what marks dead nights is about their helpers now, too
        assert capsys.readouterr().out == "automations: 7 made, 2 changed, 0 removed; alerts: on\n"
        prefect.api("DELETE", f"deployments/{deployment}")
        with pytest.raises(
            SystemExit, match=r"no deployment nightly/yanxiu\. Run prefect deploy --all first"
        ):
            automations.main()
        with (
            temporary_settings({PREFECT_API_URL: None}),
            pytest.raises(SystemExit, match="PREFECT_API_URL is not set"),
        ):
            automations.main()


# One of Apprise's plug-ins looks for a module that Python has given up.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_an_address_that_nothing_can_be_sent_to_is_refused_without_being_shown(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    require_usable("")
    require_usable("mailto://127.0.0.1?from=yanxiu@office.example&to=chen@office.example")
    for address in (f"nowhere://{SECRET}", f"json://{SECRET}@:0", SECRET):
        with pytest.raises(Refused, match="YANXIU_ALERT_URL: not an address") as refused:
            require_usable(address)
        assert SECRET not in str(refused.value)
    assert SECRET not in caplog.text + "".join(capfd.readouterr())
    assert SECRET not in repr(OfficeSettings(alert_url=f"json://{SECRET}@127.0.0.1/"))


def test_an_instant_in_an_alert_is_told_by_the_offices_clock() -> None:
    told = in_office_time("2024-10-31 16:30:00+00:00 and 2024-10-31T16:30:00.5Z", ZONE)
    assert told == "2024-11-01 00:30 and 2024-11-01 00:30"
    assert in_office_time("2024-11-01 00:30", ZONE) == "2024-11-01 00:30"


def test_what_an_alert_says_is_told_in_both_languages() -> None:
    number = uuid4()
    for locale, subject in (("zh", "yanxiu: 夜间推进失败"), ("en", "yanxiu: a night failed")):
        made = list(automations.alert_automations(number, number, locale))
        assert subject in {one.name for one in made}
        assert all(one.actions[0].subject == one.name for one in made)


@pytest.mark.server
def test_up_says_that_no_channel_is_set_or_that_it_cannot_be_one(sqlite_url: str, tmp_path: Path) -> None:
    variables = {"YANXIU_HOME": str(tmp_path), "YANXIU_DATABASE_URL": sqlite_url, "YANXIU_LOCALE": "en"}
    up = [str(Path(sys.executable).parent / "yanxiu"), "up", "--port", "4740"]
    environment = os.environ | variables | {"YANXIU_ALERT_URL": SECRET, "PYTHONUNBUFFERED": "1"}
    refused = subprocess.run(up, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("YANXIU_ALERT_URL: not an address")
    with subprocess.Popen(
        up, env=environment | {"YANXIU_ALERT_URL": ""}, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("starting")
        assert running.stdout.readline() == (
            "YANXIU_ALERT_URL is not set: nobody is alerted when a night goes wrong\n"
        )
        wait_for((tmp_path / "prefect" / "server.lock").exists)
        running.terminate()
