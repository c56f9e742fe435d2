"""`yanxiu doctor` looks at each thing by itself, says what was found and what to do, and sends nothing."""

from __future__ import annotations

import json
import ssl
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from calendars.clock import frozen, now
from exchange import pictures
from flows.checkups import DEPLOYMENT, prefect
from flows.server import RunningServer
from models.database import open_database, transaction
from models.letters import Contact
from office import checkups as machine
from office.recovery import RECORD
from tests.support.desk import Desk
from tests.support.mail_server import PASSWORD, USER, certificate, mail_server
from tests.support.post import OFFICE
from tests.support.story import Story
from tests.test_heads_kept import NIGHT, an_office, write_anew
from workflows import checkups as rows
from workflows.resuming import restored

A_BYTE_MORE = 1


@pytest.fixture
def office(tmp_path: Path) -> tuple[Desk, Story]:
    """One whose last night was just now."""
    desk, story = an_office(tmp_path)
    with at(NIGHT):
        desk.expects("night")
    story.engine.dispose()
    return desk, story


@pytest.fixture
def desk(office: tuple[Desk, Story]) -> Desk:
    return office[0]


def at(moment: str, **later: int) -> Any:
    return frozen(datetime.fromisoformat(f"{moment}+08:00").astimezone(UTC) + timedelta(**later))


def looked(
    desk: Desk, code: int | None = None, *, moment: str = NIGHT, hours: int = 1
) -> dict[str, list[dict[str, str]]]:
    """What is found of each thing."""
    with at(moment, hours=hours):
        answer = desk.types("doctor", "--json")
    found: dict[str, list[dict[str, str]]] = {}
    for one in answer.json:
        found.setdefault(one["check"], []).append(one)
    assert answer.code == (3 if any(one["state"] == "amiss" for one in answer.json) else 0)
    assert code is None or answer.code == code, [one for one in answer.json if one["state"] == "amiss"]
    return found


def amiss(desk: Desk, check: str, **when: Any) -> str:
    """What is amiss with one thing, and with no other."""
    found = looked(desk, 3, **when)
    assert {name for name, told in found.items() if any(one["state"] == "amiss" for one in told)} == {check}
    return " ".join(f"{one['found']} | {one['to_do']}" for one in found[check])


def change(desk: Desk, *rows: Any, statement: str = "") -> None:
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    with transaction(engine) as session:
        session.add_all(rows)
        if statement:
            session.execute(text(statement))
    engine.dispose()


def test_an_office_in_order_is_told_so_row_by_row(desk: Desk) -> None:
    found = looked(desk, 0)
    assert [*found] == [
        "schema", "clock", "zones", "disks", "night", "prefect", "sending", "mail", "robots", "alerts", "ping", "heads",
        "holidays", "modes", "backup", "fonts",
    ]  # fmt: skip
    assert {name for name, told in found.items() if told[0]["state"] == "note"} <= {
        "prefect", "mail", "alerts", "ping", "backup", "fonts",
    }  # fmt: skip
    with at(NIGHT):
        told = desk.expects("doctor").out
        chinese = desk.types("doctor", language="zh").out
    assert "0 amiss" in told
    assert "4 seals, all as they were kept" in told
    assert "0处有问题" in chinese


def test_a_database_that_cannot_be_used_is_one_row_and_keeps_from_no_other(tmp_path: Path) -> None:
    found = looked(Desk(tmp_path / "home"), 3)
    assert "Run yanxiu init first" in found["schema"][0]["found"]
    assert found["night"][0]["found"] == "not looked at: the database cannot be used"
    assert found["disks"][0]["state"] == found["zones"][0]["state"] == "fine"


def test_a_check_that_fails_by_itself_is_a_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise ArithmeticError("李晓燕")

    monkeypatch.setattr(rows, "clock", fails)
    told = amiss(desk, "clock")
    assert "the check itself failed: ArithmeticError" in told
    assert "李晓燕" not in told
    assert "ArithmeticError" in (desk.home / "faults.log").read_text()


def test_a_setting_that_is_wrong_is_a_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANXIU_ZONE", "Nowhere")
    assert "YANXIU_ZONE" in amiss(desk, "settings")
    monkeypatch.delenv("YANXIU_ZONE")
    (desk.home / "holidays.yaml").write_text("2027: never")
    assert "holidays.yaml:1:7" in amiss(desk, "settings")


def test_a_clock_set_back_is_found_by_what_was_recorded(desk: Desk) -> None:
    assert "something was recorded at 2024-12-15 16:30:00" in amiss(desk, "clock", hours=-1)


@pytest.mark.postgres
def test_a_clock_other_than_the_servers_is_found(postgres_url: str) -> None:
    from models.database import reading

    engine = open_database(postgres_url)
    with reading(engine) as session:
        assert rows.clock(session, now()).state == "fine"
        found = rows.clock(session, now() + timedelta(hours=1))
        assert "the database server's" in found.found.text("en")
    engine.dispose()


def test_a_zone_that_the_machine_does_not_know_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        for name in [one for one in sys.modules if one.startswith("tzdata.")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "tzdata", None)
        zoneinfo.reset_tzpath(to=[])
        assert "the zone Asia/Shanghai is not known | install tzdata" in amiss(desk, "zones")
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize(
    ("total", "free", "state"),
    [
        (100 << 30, (1 << 30) - A_BYTE_MORE, "amiss"),
        (100 << 30, 4 << 30, "amiss"),
        (100 << 30, 5 << 30, "fine"),
        (1000 << 30, 20 << 30, "fine"),
        (10 << 30, 1 << 30, "fine"),
    ],
)
def test_a_disk_is_scarce_by_what_is_free_and_by_its_share(total: int, free: int, state: str) -> None:
    found = machine.room(Path("/data"), (total, total - free, free), 1 << 30)
    assert found.state == state
    assert (
        machine.room(Path("/data"), (total, 0, free), free + A_BYTE_MORE).state == "amiss"
    )  # less than the database has


def test_an_office_in_which_no_night_has_run_is_told_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "new")
    desk.expects("init")
    assert looked(desk)["night"][0]["found"] == "no night has run yet"
    assert "还没有夜间推进过" in desk.types("doctor", language="zh").out


def test_no_night_for_26_hours_is_amiss_while_a_term_goes_on(desk: Desk) -> None:
    looked(desk, 0, hours=26)
    assert "no night has run for 26 hours" in amiss(desk, "night", hours=27)
    change(desk, statement="UPDATE night SET finished_at = NULL")
    assert "is not finished" in looked(desk, 0)["night"][0]["found"]
    assert "no night has run for 26 hours" in amiss(desk, "night", hours=27)


def test_a_mail_server_is_asked_and_sent_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = certificate(tmp_path, "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    monkeypatch.setenv("YANXIU_MAIL_FROM", OFFICE.address)

    def url(password: str) -> None:
        address = f"smtp://{USER}:{quote(password)}@127.0.0.1:{port}?starttls=yes&ca={file}"
        monkeypatch.setenv("YANXIU_MAIL_URL", address)

    with mail_server(tls=tls, login=True) as (server, port):
        url(PASSWORD)
        assert looked(desk, 0)["mail"][0]["found"] == "the mail server answers and lets us in"
        assert (server.taken, server.mails) == ([], 0)
        url("wrong-one")
        assert "user or password refused" in amiss(desk, "mail")
    told = amiss(desk, "mail")
    assert "connection refused" in told
    assert "wrong-one" not in told


def test_a_robot_or_a_channel_that_cannot_be_read_is_found_and_not_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(desk, Contact(cohort_id=1, robot="wecombot://geheim"), Contact(cohort_id=2, robot="geheim"))
    told = amiss(desk, "robots")
    assert "of 2 addresses of robots 1 cannot be read" in told
    monkeypatch.setenv("YANXIU_ALERT_URL", "nonsense:geheim")
    found = looked(desk, 3)
    assert "not an address to which alerts can be sent" in found["alerts"][0]["found"]
    assert "geheim" not in json.dumps(found)


def test_seals_that_are_not_as_they_were_kept_are_found(office: tuple[Desk, Story]) -> None:
    desk, story = office
    heads = desk.home / "yanxiu.heads.jsonl"
    kept = heads.read_bytes()
    heads.unlink()
    assert "no heads were kept" in amiss(desk, "heads")
    heads.write_bytes(kept)
    write_anew(story)
    story.engine.dispose()
    assert "is not the one whose head was kept outside" in amiss(desk, "heads")


def test_a_year_whose_working_days_are_unknown_is_asked_for_while_a_term_goes_on(desk: Desk) -> None:
    found = looked(desk, 3, moment="2027-03-01 00:30")
    assert "Add the days off and the make-up days of 2027" in found["holidays"][0]["found"]
    (desk.home / "holidays.yaml").write_text("2027:\n  off: [2027-01-01]\n")
    assert looked(desk, 3, moment="2027-03-01 00:30")["holidays"][0]["state"] == "fine"


def test_what_others_can_read_is_found(desk: Desk) -> None:
    for name in ("yanxiu.sqlite", "seal.key"):
        (desk.home / name).chmod(0o644)
    looked(desk, 0)  # nobody else gets into the folder
    desk.home.chmod(0o755)
    told = amiss(desk, "modes")
    assert f"chmod 600 {desk.home / 'seal.key'}" in told
    assert f"chmod 600 {desk.home / 'yanxiu.sqlite'}" in told


def test_a_backup_that_is_old_or_gone_is_found(desk: Desk, tmp_path: Path) -> None:
    assert looked(desk, 0)["backup"][0]["state"] == "note"
    with at(NIGHT):
        desk.expects("backup", "--to", tmp_path / "backups")
    assert looked(desk, 0)["backup"][0]["state"] == "fine"
    assert "the last backup" in looked(desk, hours=24 * 8)["backup"][0]["found"]
    assert looked(desk, hours=24 * 8)["backup"][0]["state"] == "amiss"
    (tmp_path / "backups").rename(tmp_path / "elsewhere")
    assert "is no longer in" in amiss(desk, "backup")
    (desk.home / RECORD).write_text("{")
    assert looked(desk, 0)["backup"][0]["state"] == "note"


def test_that_nothing_is_sent_after_a_restore_is_found(desk: Desk) -> None:
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    with transaction(engine) as session:
        restored(session, datetime(2024, 12, 15, tzinfo=UTC), datetime(2024, 12, 15, tzinfo=UTC))
    engine.dispose()
    assert "yanxiu reminders resume" in amiss(desk, "sending")


def test_no_font_with_chinese_is_worth_knowing_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "FONTS", ())
    assert looked(desk, 0)["fonts"][0]["state"] == "note"


@pytest.mark.server
def test_prefect_is_asked_whether_it_will_run_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows.deployments import nightly_deployment
    from flows.settings import OfficeSettings

    def told() -> tuple[str, str]:
        found = prefect(tmp_path)
        return found.state, found.found.text("en")

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert told() == ("note", "Prefect is not used here")
    with RunningServer(tmp_path, port=4340) as server:
        assert told() == ("amiss", f"Prefect is running and has no deployment {DEPLOYMENT}")
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            number = nightly_deployment(OfficeSettings(home=tmp_path)).apply()
        assert told() == ("fine", f"Prefect runs at {server.url}, {DEPLOYMENT} is scheduled")
        httpx.patch(
            f"{server.api_url}/deployments/{number}", json={"paused": True}, timeout=60
        ).raise_for_status()
        assert told() == ("amiss", f"{DEPLOYMENT} is paused: no night runs by itself")
    assert told() == ("note", "Prefect is not running")
    monkeypatch.setenv("PREFECT_API_URL", server.api_url)
    assert told() == ("amiss", f"Prefect does not answer at {server.url}")
