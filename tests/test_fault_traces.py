"""A fault of the program is written down with the places that it went through and without a word that it said."""

from __future__ import annotations

import importlib
import pickle
import re
import traceback
from pathlib import Path

import pytest
from prefect import Flow, Task
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from calendars.messages import Refused, Wording, refuse
from exchange.fault_traces import kind_of, trace_of
from flows.deployments import DESK
from flows.faults import Fault, record, told_by_kind
from flows.settings import OfficeSettings, chosen
from models.database import transaction
from models.people import Person

NAME, NUMBER = "龘𪚥然", "11010119900307001X"


def fails() -> None:
    known: dict[str, str] = {}
    try:
        known[NAME]
    except KeyError as error:
        error.add_note(NUMBER)
        raise ValueError(f"no number {NUMBER} of {NAME}") from error


def failed() -> ValueError:
    with pytest.raises(ValueError, match="no number") as caught:
        fails()
    return caught.value


def nobody_in(words: str) -> bool:
    return NAME not in words and NUMBER not in words


def test_a_trace_has_every_kind_and_place_and_no_words() -> None:
    found = trace_of(failed())
    assert nobody_in(found)
    first, second = found.split("\nwhich led to:\n\n")
    assert "in fails\n    known[NAME]\n" in first
    assert first.endswith("\nKeyError\n")
    assert 'test_fault_traces.py", line' in second
    assert second.endswith("\nValueError\n")


def test_several_at_once_are_told_one_by_one() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        raise ExceptionGroup(NAME, [failed(), ExceptionGroup(NUMBER, [KeyError(NAME)])])
    found = trace_of(caught.value)
    assert nobody_in(found)
    assert [found.count(f"\n{kind}\n") for kind in ("ValueError", "ExceptionGroup")] == [1, 2]


def test_what_led_to_itself_is_told_once() -> None:
    error = failed()
    cause = error.__cause__
    assert cause is not None
    cause.__context__ = error
    assert trace_of(error).count("which led to") == 1


def test_of_a_database_the_broken_rule_is_told_and_not_whose_row_broke_it(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(Person(number=NUMBER, name=NAME))
    with pytest.raises(IntegrityError) as caught, transaction(engine) as session:
        session.add(Person(number=NUMBER, name=NAME))
    error = caught.value
    found = trace_of(error)
    assert nobody_in(found)
    assert "in INSERT INTO person (number, number_hash, name, phone" in found
    on_server = "IntegrityError 23505 person person_number_hash_key"
    assert kind_of(error) == (
        on_server if engine.dialect.name == "postgresql" else "IntegrityError SQLITE_CONSTRAINT_UNIQUE"
    )


def test_what_a_database_quotes_of_a_row_is_not_told(engine: Engine) -> None:
    """Two people of one name are none to PostgreSQL that may be in a unique index, and it says of whom."""
    with transaction(engine) as session:
        session.add_all([Person(number="T1", name=NAME), Person(number="T2", name=NAME)])
    unique = text("CREATE UNIQUE INDEX one_of_a_name ON person (name)")
    with pytest.raises(IntegrityError) as caught, transaction(engine) as session:
        session.execute(unique)
    assert (NAME in str(caught.value)) is (engine.dialect.name == "postgresql")
    assert nobody_in(trace_of(caught.value))


def test_what_a_database_is_asked_is_told_without_what_was_filled_in(engine: Engine) -> None:
    with pytest.raises(Exception, match="person") as caught, transaction(engine) as session:
        session.execute(text("SELECT nothing FROM person WHERE name = :name"), {"name": NAME})
    found = trace_of(caught.value)
    assert nobody_in(found)
    assert "in SELECT nothing FROM person WHERE name = " in found


def test_what_prefect_runs_fails_by_its_kind_and_is_written_down_once(office: OfficeSettings) -> None:
    with chosen(office), pytest.raises(Fault) as caught, told_by_kind(), told_by_kind():
        fails()
    fault = caught.value
    assert re.fullmatch(r"ValueError at tests/test_fault_traces\.py:\d+, see faults\.log", str(fault))
    assert nobody_in("".join(traceback.format_exception(fault)))
    assert nobody_in(pickle.dumps(fault).decode("utf-8", "replace"))
    assert str(pickle.loads(pickle.dumps(fault))) == str(fault)  # noqa: S301 - as Prefect keeps one
    with chosen(office):
        assert record(fault) == office.home / "faults.log"
    log = (office.home / "faults.log").read_text(encoding="utf-8")
    assert nobody_in(log)
    assert log.count("\nValueError\n") == 1


def test_what_a_person_did_wrong_is_told_as_it_is(office: OfficeSettings) -> None:
    with chosen(office), pytest.raises(Refused, match="nothing of the kind"), told_by_kind():
        raise refuse(Wording("没有", "nothing of the kind")())
    assert not (office.home / "faults.log").exists()


def test_of_what_was_typed_the_command_alone_is_written_down(
    office: OfficeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["yanxiu", "explain", NUMBER])
    with chosen(office):
        log = record(failed()).read_text(encoding="utf-8")
    assert log.splitlines()[0].endswith(" explain")
    assert nobody_in(log)


def test_whatever_prefect_runs_tells_its_faults_by_kind() -> None:
    """What is started by a form hands `carry_out` what is to be done, which does the same."""
    modules = [importlib.import_module(f"flows.{file.stem}") for file in Path("flows").glob("[a-z]*.py")]
    run = {
        one.name: one for module in modules for one in vars(module).values() if isinstance(one, Flow | Task)
    }
    assert {"nightly", "sending", "hold", "begin_night", "advance_share"} <= run.keys()
    for name, one in run.items():
        assert one in DESK.values() or one.fn.__code__ is told_by_kind()(fails).__code__, name


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> OfficeSettings:
    return OfficeSettings(home=tmp_path_factory.mktemp("office"))
