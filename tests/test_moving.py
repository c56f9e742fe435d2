"""Everything moves into another database of whichever kind, whole and the same by its seals, or nothing does."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, inspect, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, SQLModel

from calendars.messages import Refused
from exchange.moving import move
from models import copying
from models.database import open_database, reading, transaction
from models.migrating import require_current
from models.people import Organisation
from models.vacant import require_vacant
from tests.support.desk import Desk
from tests.support.outcomes import outcome
from tests.support.places import Vacant
from tests.support.running import wait_for
from tests.support.story import Story
from tests.test_backups import no_progress
from tests.test_heads_kept import NIGHT, an_office, two_classes
from tests.test_schema import rows
from tests.test_verifying import break_into
from tests.torture.forked import begun, ended
from workflows.census import census
from workflows.night import begin, night

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def on(engine: Engine, story: Story) -> Story:
    """The same story on another database."""
    other = Story.__new__(Story)
    other.__dict__ |= story.__dict__ | {"engine": engine}
    return other


def stored(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(table.select())), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }


def empty(url: str) -> None:
    found = open_database(url)
    require_vacant(found)
    found.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_moved_is_the_same_and_goes_on_to_the_same_end(
    engine: Engine, vacant: Vacant, kind: str
) -> None:
    story = two_classes(engine)
    story.night(NIGHT)
    before = stored(engine)
    found = open_database(vacant(kind))
    moved = move(engine, found, no_progress)
    require_current(found)
    assert stored(found) == stored(engine) == before
    assert (moved.links, moved.rows["score_sheet"]) == (4, 6)
    later = story.at("2025-03-01 00:30")
    night(engine, later, later)
    night(found, later, later)
    assert outcome(on(found, story)) == outcome(story)
    with pytest.raises(IntegrityError, match="seal is append-only"), found.begin() as connection:
        connection.execute(text("UPDATE seal SET head = ''"))
    found.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_every_table_moves_with_its_number_and_the_next_has_a_new_one(
    engine: Engine, vacant: Vacant, kind: str
) -> None:
    """Also an organisation that stands before the one above it. What would not verify is taken away before."""
    with transaction(engine) as session:
        for row in rows():
            if type(row).__name__ not in (
                "Seal",
                "ScoreSheet",
                "Evidence",
                "Mark",
                "Cohort",
                "Edition",
                "Programme",
            ):
                break
            session.add(row)
        session.add(Organisation(id=9, tier="county", name="上级"))
        session.flush()
        session.add(Organisation(id=4, tier="school", name="下级", parent_id=9))
    found = open_database(vacant(kind))
    move(engine, found, no_progress)
    assert stored(found) == stored(engine)
    with Session(found) as session:
        new = Organisation(tier="school", name="新来的")
        session.add(new)
        session.flush()
        assert new.id == 10
    found.dispose()


def refused(source: Engine, url: str, match: str) -> None:
    """Nothing is moved, and both are as before."""
    before, found = stored(source), open_database(url)
    with pytest.raises(Refused, match=match):
        move(source, found, no_progress)
    found.dispose()
    empty(url)
    assert stored(source) == before


def test_nothing_moves_while_a_night_is_not_finished(engine: Engine, vacant: Vacant) -> None:
    story = two_classes(engine)
    with transaction(engine) as session:
        begin(session, story.at(NIGHT), story.at(NIGHT))
    refused(engine, vacant("sqlite"), "a night is not finished")
    story.night(NIGHT)
    found = open_database(vacant("sqlite"))
    move(engine, found, no_progress)
    found.dispose()


def test_nothing_moves_while_somebody_writes_and_nobody_writes_while_it_moves(
    engine: Engine, vacant: Vacant, tmp_path: Path
) -> None:
    story = two_classes(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE person SET name = name"))
        found = open_database(vacant("sqlite"))
        with pytest.raises(Refused, match="somebody is writing into this database"):
            move(engine, found, no_progress)
    other = open_database(engine.url.render_as_string(hide_password=False))
    heard: list[str] = []

    def while_it_moves(_done: int, _total: int) -> None:
        if not heard:
            heard.append("tried")
            with pytest.raises(OperationalError, match=r"locked|lock timeout"):
                write_at_once(other)

    move(engine, found, while_it_moves)
    assert heard
    other.dispose()
    found.dispose()
    story.night(NIGHT)  # and now everybody may again


def write_at_once(engine: Engine) -> None:
    """Without waiting for whoever keeps others from it."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA busy_timeout=1")
        else:
            connection.execute(text("SET LOCAL lock_timeout = 1"))
        connection.execute(text("UPDATE person SET name = name"))


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_may_not_lock_it_is_told_to_move_as_the_owner(
    engine: Engine, vacant: Vacant, postgres: Connection
) -> None:
    role = f"yanxiu_mover_{os.getpid()}"
    postgres.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'reads'")
    postgres.exec_driver_sql(f"GRANT {role} TO CURRENT_USER")
    try:
        with engine.begin() as connection:
            connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"))
        reader = open_database(
            engine.url.set(username=role, password="reads").render_as_string(hide_password=False)
        )
        found = open_database(vacant("sqlite"))
        with pytest.raises(Refused, match="move as the database's owner"):
            move(reader, found, no_progress)
        reader.dispose()
        at_work = text("SELECT count(*) FROM pg_stat_activity WHERE usename = :role")
        assert wait_for(lambda: not postgres.execute(at_work, {"role": role}).scalar())
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
        postgres.exec_driver_sql(f"DROP ROLE {role}")


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_changed_since_it_was_sealed_is_not_moved(engine: Engine, vacant: Vacant, kind: str) -> None:
    story = two_classes(engine)
    story.night(NIGHT)
    break_into(engine, "UPDATE score_sheet SET total = total - 100")
    refused(engine, vacant(kind), "what was sealed is not as it was, so nothing was moved")


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_other_kind_cannot_hold_is_told_without_what_it_is(engine: Engine, vacant: Vacant) -> None:
    story = two_classes(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE person SET name = :name"), {"name": "李\0晓燕"})
    refused(
        engine,
        vacant("postgresql"),
        "the new database did not take it: DataError. Neither of them was changed",
    )
    assert story.people


@pytest.mark.parametrize("kind", KINDS)
def test_killed_in_the_middle_it_leaves_an_empty_database(engine: Engine, vacant: Vacant, kind: str) -> None:
    story = two_classes(engine)
    story.night(NIGHT)
    before = stored(engine)
    engine.dispose()
    url, source = vacant(kind), engine.url.render_as_string(hide_password=False)

    def killed_at(step: int) -> Callable[[], None]:
        def killed() -> None:
            steps = 0

            def count(_done: int, _total: int) -> None:
                nonlocal steps
                steps += 1
                if steps == step:
                    os.kill(os.getpid(), signal.SIGKILL)

            move(open_database(source), open_database(url), count)

        return killed

    for step in (1, 12):
        assert ended(begun(killed_at(step))) == -signal.SIGKILL
        empty(url)
    found = open_database(url)
    move(engine, found, no_progress)
    assert stored(found) == before
    found.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_rows_are_held_at_once_than_some_thousand(
    engine: Engine, vacant: Vacant, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "AT_ONCE", 3)
    two_classes(engine)
    found, heard = open_database(vacant(kind)), [0]
    moved = move(engine, found, lambda done, _total: heard.append(done))
    steps = [later - earlier for earlier, later in itertools.pairwise(heard) if later > earlier]
    assert max(steps) == 3
    assert sum(steps) == sum(moved.rows.values())
    found.dispose()


def test_nothing_is_written_over_a_database_that_has_something(engine: Engine, vacant: Vacant) -> None:
    with pytest.raises(Refused, match="nothing is written over it"):
        move(engine, engine, no_progress)


@pytest.mark.postgres
def test_the_command_moves_says_what_to_set_and_takes_no_password_that_is_typed(
    tmp_path: Path, vacant: Vacant
) -> None:
    desk, story = an_office(tmp_path)
    story.engine.dispose()
    desk.expects("night", "--as-of", NIGHT)
    url = make_url(vacant("postgresql"))
    typed = url.set(password="geheim").render_as_string(hide_password=False)
    answer = desk.types("move", "--to", typed)
    assert answer.code == 1
    assert "can be read by anybody on this machine" in answer.errors
    assert "geheim" not in answer.errors
    command = [sys.executable, "-c", "from office.command import main; main()", "move", "--to", "-"]
    told = subprocess.run(
        command, env={**os.environ, **desk.variables("en")}, input=url.render_as_string(hide_password=False), text=True,
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert f"moved to {url.render_as_string()} and verified" in told
    assert "The old database is as it was" in told
    assert f"set YANXIU_DATABASE_URL={url.render_as_string()} wherever it is used" in told
    assert f"YANXIU_HEADS={desk.home / 'yanxiu.heads.jsonl'}" in told
    found = open_database(url.render_as_string(hide_password=False))
    with reading(found) as new, reading(story.engine) as old:
        assert census(new) == census(old)
    assert inspect(found).get_table_names()
    found.dispose()
    story.engine.dispose()


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.expects("init")
    for words in (
        ["move", "--to", "nowhere"],
        ["move", "--to", "mysql://x/y"],
        ["restore", str(tmp_path), "--into", "::"],
    ):
        assert desk.types(*words).code == 1
    assert (
        "there is something in" in desk.types("move", "--to", f"sqlite:///{desk.home}/yanxiu.sqlite").errors
    )
