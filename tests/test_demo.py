"""`yanxiu demo` as a newcomer runs it: in a process of its own, with its own Prefect server, until Ctrl-C."""

from __future__ import annotations

import mailbox
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from calendars.characters import characters_in
from calendars.clock import now
from calendars.messages import Refused
from calendars.reader import read_calendar
from flows.settings import OfficeSettings
from models.database import open_database, reading
from models.migrating import upgrade
from models.nights import Resolution
from office.demo import MARK, PROGRAMMES, demo
from office.demo_letters import DemoPost
from office.demo_operators import appoint_counties, appoint_office
from office.demo_summary import fingerprint
from office.demo_terms import import_samples, nights_of, publish_all
from office.samples import write_samples
from office.samples_dates import supposed_term
from office.samples_people import people_of
from office.samples_work import asked_each_week, records_of
from tests.support.running import wait_for
from workflows.alike import Printed, compare
from workflows.appealing import appeals
from workflows.changes import Changes
from workflows.contacts import contacts
from workflows.correcting import standing_entry
from workflows.exceptions_told import exceptions_of
from workflows.fingerprints import fingerprints, left_out
from workflows.hold_kinds import TO_BE_LOOKED_AT
from workflows.holds import open_holds
from workflows.likeness_told import DECIDED, lookings
from workflows.night import night
from workflows.organisations import load_tree
from workflows.publishing import newest_edition
from workflows.status import status
from workflows.unreachable import unreachable
from workflows.verifying import verify

SLUG = "lanxi-2019"
UNDATED = "capability-2021-steps"
LIKE = "longcheng-2024"  # compares texts
WEEKLY = "capability-2021"  # asks for something each week
CALENDARS = sorted(PROGRAMMES.glob("*.yaml"))


def without_prefect(slugs: Sequence[str], folder: Path) -> tuple[Engine, list[Changes]]:
    """The database of the same demonstration, its nights run by `workflows` alone, and what each night changed."""
    texts = [(PROGRAMMES / f"{slug}.yaml").read_text() for slug in slugs]
    calendars = [read_calendar(words, slug) for words, slug in zip(texts, slugs, strict=True)]
    engine: Engine = open_database(f"sqlite:///{folder / 'yanxiu.sqlite'}")
    upgrade(engine)
    appoint_office(engine)
    publish_all(engine, [*zip(calendars, texts, strict=True)])
    terms = import_samples(engine, calendars, folder)
    appoint_counties(engine, terms)
    nights: list[Changes] = []

    def run(as_of: datetime) -> Changes:
        nights.append(night(engine, as_of, now()))
        return nights[-1]

    office = OfficeSettings(home=folder, database_url=str(engine.url), locale="en")
    nights_of(engine, terms, run, DemoPost(engine, office).send)
    return engine, nights


def fingerprint_of(engine: Engine) -> str:
    with reading(engine) as session:
        found = fingerprint(session)
    engine.dispose()
    return found


@pytest.mark.server
def test_a_demo_shows_a_term_stays_up_and_ends_on_ctrl_c_with_the_same_seals_as_ever(tmp_path: Path) -> None:
    command = [
        Path(sys.executable).parent / "yanxiu",
        "demo",
        "--programme",
        SLUG,
        "--programme",
        LIKE,
        "--home",
        tmp_path / "demo",
    ]
    process = subprocess.Popen(
        [str(word) for word in command], env={**os.environ, "YANXIU_LOCALE": "en"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    told, address = "", None
    while address is None:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        told += line
        address = re.search(r"the Prefect page: (\S+)", line)
    bookmarks = [process.stdout.readline() for _ in range(2)]
    assert [line.partition("http")[0] for line in bookmarks] == ["what is stuck: ", "the last night: "]
    assert "Ctrl-C ends" in process.stdout.readline()
    told_of = {"scores not reported", "previous phase not complete", "likeness to be decided", "error"}
    stuck = wait_for(lambda: stuck_runs(address[1], told_of))
    runs = httpx.post(f"{address[1]}/api/flow_runs/filter", json={}, timeout=60).json()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    nights = [run for run in runs if run["name"].startswith("night-") and run["state_type"] != "SCHEDULED"]
    assert {run["state_type"] for run in nights} == {"COMPLETED"}
    assert len(nights) >= 6
    assert {run["state_name"] for run in stuck} == {"Suspended"}
    assert "云岭柳林第二中学" in told  # the school that reports nothing
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address[1]}/api/health")
    assert fingerprint_of(without_prefect([SLUG, LIKE], tmp_path)[0]) in told
    lists_are_told(told, tmp_path / "demo" / "lists")
    letters_are_there(told, tmp_path / "demo" / "mail")


def lists_are_told(told: str, lists: Path) -> None:
    """They are there, and what was printed names them with a command."""
    assert f"Lists, in {lists}/PROGRAMME/" in told
    for file in (f"{SLUG}/results.xlsx", f"{LIKE}/statistics.xlsx", f"{LIKE}/likeness.xlsx"):
        assert (lists / file).exists()
        assert file.partition("/")[2] in told
    assert f"yanxiu likeness list --programme {LIKE} --out likeness.xlsx" in told


def letters_are_there(told: str, folder: Path) -> None:
    """As many as were told, in a folder that a mail program opens; nobody has two of one day."""
    letters = [(str(mail["To"]), str(mail["Date"])) for mail in mailbox.Maildir(folder, create=False)]
    assert f"Reminders: {len(letters)} letters" in told
    assert len(letters) > 20
    assert len({*letters}) == len(letters)


def stuck_runs(address: str, kinds: set[str]) -> list[dict[str, Any]]:
    """The runs that wait for a person, once each of these kinds of hold is shown: the page is filled one by one."""
    wanted = {"flow_runs": {"tags": {"all_": ["stuck"]}}}
    found = httpx.post(f"{address}/api/flow_runs/filter", json=wanted, timeout=60).json()
    return list(found) if {tag for run in found for tag in run["tags"]} >= kinds else []


def test_cohorts_go_through_stages_without_dates_night_by_night_and_some_do_not(tmp_path: Path) -> None:
    engine, nights = without_prefect([UNDATED], tmp_path)
    first, last = (
        [one.moves[f"{UNDATED}|{phase}|done"] for one in nights] for phase in ("prepare", "feedback")
    )
    with reading(engine) as session:
        phases = {phase.phase: phase for phase in status(session, UNDATED).phases}
        cohorts = sum(phases["prepare"].states.values())
    engine.dispose()
    assert sum(count > 0 for count in first) > 1  # not all in one night
    assert cohorts / 2 < sum(first) < cohorts
    assert 1 < sum(last) < sum(first)
    waiting = {one.ends_when for phase in phases.values() for one in phase.waiting if one.lacking}
    assert waiting == {"all tasks shown"}


def test_a_demo_decides_one_of_each_kind_and_leaves_a_penalty_to_be_decided(tmp_path: Path) -> None:
    engine, _ = without_prefect([SLUG], tmp_path)
    with reading(engine) as session:
        programme = newest_edition(session, SLUG).programme_id
        assert {one.kind for one in exceptions_of(session, programme)} == {"exempt", "transfer", "extend"}
        assert [one.state for one in appeals(session, programme, SLUG)] == ["granted"]
        assert [one.action for one in session.exec(select(Resolution)) if one.organisation_id] == ["apply"]
        assert [one.kind for one in open_holds(session, SLUG)].count("penalty to be decided") == 1
        assert verify(session) == []
    engine.dispose()


def test_a_copied_text_is_decided_and_a_ring_of_three_waits_for_a_person(tmp_path: Path) -> None:
    engine, _ = without_prefect([LIKE], tmp_path)
    with reading(engine) as session:
        (looking,) = lookings(session, LIKE, now())
        two, three = sorted(looking.rings(), key=len)
        texts = {text.person_id: text for pair in looking.pairs for text in (pair.first, pair.second)}
        assert (len(two), len(three)) == (2, 3)
        assert len({texts[person].cohort_id for person in two}) == 2
        waiting = {one.cohort_id for one in open_holds(session, LIKE) if one.kind == TO_BE_LOOKED_AT}
        assert waiting == {texts[person].cohort_id for person in three}

        first, second = sorted((texts[person] for person in two), key=lambda text: text.turn)
        told = {one.enrolment_id: one.kind for one in exceptions_of(session) if one.kind in DECIDED}
        assert told == {first.enrolment_id: "dismiss", second.enrolment_id: "revoke"}
        result = standing_entry(session, second.enrolment_id, looking.likeness.of)
        assert result is not None
        assert result.result == looking.calendar.assessment(looking.likeness.of).results.revoked
        assert verify(session) == []
    engine.dispose()


def test_made_up_texts_are_as_long_as_the_calendar_asks_and_alike_only_where_they_were_copied(
    tmp_path: Path,
) -> None:
    calendar = read_calendar((PROGRAMMES / f"{LIKE}.yaml").read_text(), LIKE)
    asked = {calendar.task(task).characters for one in calendar.likeness for task in one.tasks}
    sheets = [file for file in write_samples(calendar, tmp_path) if file.texts]
    bodies = [read_text(path) for path in sorted((tmp_path / "附件").iterdir())]
    assert sheets
    assert sum(characters_in(body) >= min(filter(None, asked)) for body in bodies) > len(bodies) / 2
    prints = [Printed(at, at, True, fingerprints(body, left_out([]))) for at, body in enumerate(bodies)]
    alike = compare(prints, 100)
    assert [pair.most >= 2500 for pair in alike].count(True) == 4  # one of two, and each two of three
    assert [pair.most >= 600 for pair in alike].count(True) == 4


def test_who_does_everything_does_each_weeks_work_in_its_week() -> None:
    term = supposed_term(read_calendar((PROGRAMMES / f"{WEEKLY}.yaml").read_text(), WEEKLY))
    people = people_of(term.calendar, Random(1))
    weeks: dict[tuple[str, str], set[int]] = {}
    for one in records_of(term, people, Random(1)):
        if one.teacher.diligence == 1 and asked_each_week(term, one.task):
            week = (one.happened - term.opens(one.task)) // timedelta(weeks=1)
            weeks.setdefault((one.teacher.number, one.task.id), set()).add(week)
    assert {len(found) for found in weeks.values()} == {max(map(len, weeks.values()))}
    assert max(map(len, weeks.values())) > 20


def read_text(path: Path) -> str:
    """In either of the encodings in which people send texts."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return path.read_text(encoding="gb18030")


def test_only_a_demos_own_folder_is_ever_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match="left alone"):
        demo(home=tmp_path, leave=True)
    assert (tmp_path / "thesis.txt").exists()
    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize("file", CALENDARS[:2], ids=lambda file: file.stem)
def test_samples_are_the_same_each_time(file: Path, tmp_path: Path) -> None:
    calendar = read_calendar(file.read_text(), file.name)
    twice = [write_samples(calendar, tmp_path / name) for name in ("once", "again")]
    facts = [[(one.kind, one.path.name, one.received_at, one.rows) for one in files] for files in twice]
    assert facts[0] == facts[1]
    for first, second in zip(*twice, strict=True):
        if first.path.suffix == ".csv":  # a workbook carries the moment at which it was made
            assert first.path.read_bytes() == second.path.read_bytes()
    assert {one.kind for one in twice[0]} >= {"roster", "evidence"}
    assert {one.path.suffix for one in twice[0]} == {".xlsx", ".csv"}


@pytest.mark.parametrize("file", CALENDARS, ids=lambda file: file.stem)
def test_samples_of_every_programme_are_taken_in_whole(file: Path, tmp_path: Path) -> None:
    words = file.read_text()
    calendar = read_calendar(words, file.name)
    engine = open_database(f"sqlite:///{tmp_path / 'yanxiu.sqlite'}")
    upgrade(engine)
    publish_all(engine, [(calendar, words)])
    import_samples(engine, [calendar], tmp_path)
    with reading(engine) as session:
        missing = unreachable(session)
        tree = load_tree(session)
        tiers = {tree.nodes[whose.number].tier for whose in contacts(session)}
    engine.dispose()
    assert tiers == set(calendar.tiers)
    assert {one.why for one in missing.people} == {"none"}
    assert all(one.told for one in (*missing.people, *missing.organisations))
