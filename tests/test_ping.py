"""A good night is told to an address that alarms somebody when it is told nothing; that it cannot be told harms no night."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calendars.messages import Refused
from exchange import pinging
from exchange.pinging import ping
from flows.server import RunningServer
from flows.settings import OfficeSettings, chosen
from models.database import open_database
from office.place import settings
from tests.support.desk import Desk
from tests.support.listeners import TOKEN, Pinged, listening
from tests.support.story import Story
from tests.test_heads_kept import NIGHT, an_office, write_anew
from workflows import advancing


@pytest.fixture
def pinged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pinged]:
    server = Pinged()
    monkeypatch.setenv("YANXIU_PING_URL", server.url)
    with listening(server):
        yield server
        server.going_on.set()


def night(desk: Desk, at: str = NIGHT, code: int = 0) -> str:
    answer = desk.types("night", "--as-of", at)
    assert answer.code == code
    assert TOKEN not in answer.out + answer.errors
    return answer.errors


def test_a_good_night_is_told(tmp_path: Path, pinged: Pinged) -> None:
    desk, story = an_office(tmp_path)
    story.engine.dispose()
    assert night(desk) == ""
    assert pinged.taken == [f"/ping/{TOKEN}"]


def test_a_night_with_a_cohort_that_failed_is_not(
    tmp_path: Path, pinged: Pinged, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, story = an_office(tmp_path)
    story.engine.dispose()

    def fails(*_: Any) -> Any:
        raise ArithmeticError

    monkeypatch.setattr(advancing.Advance, "run", fails)
    assert "cohorts failed" in night(desk, code=3)
    assert pinged.taken == []


def test_a_night_that_finds_seals_other_than_they_were_kept_is_not(tmp_path: Path, pinged: Pinged) -> None:
    desk, story = an_office(tmp_path)
    night(desk)
    write_anew(story)
    story.engine.dispose()
    night(desk, "2024-12-17", code=3)
    assert len(pinged.taken) == 1


def test_where_it_cannot_be_told_the_night_is_good_and_says_so(
    tmp_path: Path, pinged: Pinged, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, story = an_office(tmp_path)
    story.engine.dispose()
    pinged.status = 503
    assert "did not take the sign of life: it answered HTTP 503" in night(desk)
    monkeypatch.setattr(pinging, "SECONDS", 0.2)
    pinged.going_on.clear()
    assert "no answer in time" in night(desk)
    pinged.going_on.set()
    monkeypatch.setenv("YANXIU_PING_URL", f"http://127.0.0.1:1/{TOKEN}")
    assert "nobody can be reached there" in night(desk)


@pytest.mark.parametrize(
    "url", ["ftp://x/geheim", "geheim", "http:///geheim", "http://x:99999/geheim", "http://x/ge heim"]
)
def test_an_address_of_another_kind_is_refused_and_not_shown(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YANXIU_PING_URL", url)
    with pytest.raises(Refused, match=r"YANXIU_PING_URL.*begins with http") as refused:
        settings()
    assert "heim" not in str(refused.value)


def test_the_address_is_shown_nowhere(pinged: Pinged) -> None:
    assert TOKEN not in repr(OfficeSettings())
    assert ping("", good=True) is None
    assert ping(pinged.url, good=False) is None
    assert pinged.taken == []


@pytest.mark.server
def test_a_good_night_of_prefect_is_told_too_and_prefect_does_not_know_where(
    tmp_path: Path, sqlite_url: str, pinged: Pinged
) -> None:
    import httpx

    from flows.by_hand import _seen_by
    from flows.nightly import nightly

    engine = open_database(sqlite_url)
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    home = tmp_path / "office"
    with RunningServer(home, port=4320) as server:
        with _seen_by(server), chosen(OfficeSettings(home=home, database_url=sqlite_url)):
            nightly(story.at("2024-11-20 00:30"))
            assert pinged.taken == [f"/ping/{TOKEN}"]
            pinged.status = 500
            nightly(story.at("2024-11-21 00:30"))
        runs = httpx.post(f"{server.api_url}/flow_runs/filter", json={}, timeout=60).json()
        logs = httpx.post(f"{server.api_url}/logs/filter", json={}, timeout=60).json()
    engine.dispose()
    assert {run["state"]["type"] for run in runs} == {"COMPLETED"}
    assert any("HTTP 500" in run["state"]["message"] for run in runs)
    assert TOKEN not in json.dumps([runs, logs])
