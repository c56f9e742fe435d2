"""The migrations make exactly the tables that the code describes, and the database guards what is final."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, or_, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel, col, select

from calendars.messages import Refused
from models import migrating
from models.appeals import Appeal, AppealStep
from models.database import open_database, reading, transaction
from models.encrypted import found_by
from models.exceptions import PersonException
from models.filings import Filing, FilingAttachment, FilingExtension, FilingStep
from models.groups import GroupStep
from models.keys import made_up_keys
from models.nights import Extension, OrganisationExtension, Resolution, TransitionLog
from models.operators import Access
from models.peers import PeerAssignment, PeerOpinion
from models.people import Erasure, Organisation, Person, numbered
from models.recovery import Restoration, Resumption
from models.terms import Cohort, Edition, Programme
from models.texts import HandedFile, Likeness, LikenessDecision, TextBody
from models.verdicts import ScoreSheet, Seal
from models.work import Activity, Enrolment, Evidence, Mark, Source

START = datetime(2024, 10, 25, tzinfo=UTC)
ORGANISATION = "INSERT INTO organisation (id, tier, name) VALUES (1, 'school', '实验小学')"


def rows() -> list[SQLModel]:
    """One row of everything that the database guards, after the rows that they refer to."""
    return [
        Organisation(id=1, tier="school", name="实验小学"),
        Person(id=1, number="T1", name="李"),
        Programme(id=1, slug="spring"),
        Edition(id=1, programme_id=1, number=1, text="", sha256="x", published_at=START, published_by="王"),
        Cohort(id=1, programme_id=1, edition_id=1, organisation_id=1, name="一班", began_at=START),
        Enrolment(id=1, cohort_id=1, person_id=1, organisation_id=1, role="learner", joined_at=START, received_at=START),
        Activity(id=1, programme_id=1, task="talk", kind="reply"),
        Source(id=1, programme_id=1, name="平台"),
        Seal(
            cohort_id=1, number=1, assessment="training", edition_sha256="x", basis="{}", sheets=1,
            locked_at=START, recorded_at=START, previous="0", head="1",
        ),
        ScoreSheet(
            enrolment_id=1, assessment="training", cohort_id=1, seal=1, total=0, passed=False, result="", earned="{}",
            breakdown="{}", evidence_count=0, evidence_digest=0,
        ),
        TransitionLog(
            cohort_id=1, machine="phase", trigger="open", source="planned", target="open",
            effective_at=START, recorded_at=START,
        ),
        Resolution(
            cohort_id=1, action="waive", reason="", name="王", effective_at=START, recorded_at=START
        ),
        Extension(
            enrolment_id=1, task="talk", until=START, reason="", name="王", effective_at=START, recorded_at=START
        ),
        OrganisationExtension(
            programme_id=1, organisation_id=1, task="talk", until=START, reason="", name="王", effective_at=START,
            recorded_at=START,
        ),
        Access(at=START, operator="王", account="clerk", act="extend", refused=True),
        Appeal(id=1, enrolment_id=1, assessment="training", entry=0),
        AppealStep(
            appeal_id=1, number=1, act="file", reason="", name="李", effective_at=START, recorded_at=START
        ),
        PersonException(
            id=1, enrolment_id=1, kind="exempt", reason="", name="王", effective_at=START, recorded_at=START
        ),
        TextBody(sha256="x", body="规划", characters=2),
        HandedFile(id=1, enrolment_id=1, source_id=1, reference="r1", revision=0, name="规划.docx", size=1, sha256="x", text="x"),
        Likeness(programme_id=1, assessment="training", corpus="x", texts=2, found="[]"),
        LikenessDecision(exception_id=1, text_id=1, other_id=1),
        Filing(id=1, programme_id=1, kind="plan", organisation_id=1, stands_at="school"),
        FilingStep(
            filing_id=1, number=1, act="apply", tier="school", state="passing", stands_at="county", effective_at=START,
            recorded_at=START,
        ),
        FilingAttachment(filing_id=1, step=1, name="方案.docx", size=1, sha256="x"),
        FilingExtension(
            programme_id=1, kind="plan", tier="school", organisation_id=1, until=START, reason="", name="王",
            effective_at=START, recorded_at=START,
        ),
        Cohort(id=2, programme_id=1, edition_id=1, organisation_id=1, name="二班", began_at=START),
        PeerAssignment(
            id=1, programme_id=1, review="peers", reviewer_id=1, reviewed_id=2, effective_at=START, recorded_at=START
        ),
        PeerOpinion(
            assignment_id=1, number=1, score=9000, comment="", name="李", effective_at=START, recorded_at=START
        ),
        GroupStep(
            cohort_id=1, study="polish", number=1, act="do", step="plan", done_at=START, name="陈", effective_at=START,
            recorded_at=START,
        ),
        Evidence(
            enrolment_id=1, source_id=1, reference="r1", activity_id=1, amount=100, digest=0,
            happened_at=START, received_at=START,
        ),
        Erasure(person_id=1, reason="", name="王", effective_at=START, recorded_at=START),
        Mark(enrolment_id=1, activity_id=1, score=100, digest=0, received_at=START),
        Restoration(id=1, backed_up_at=START, recorded_at=START),
        Resumption(restoration_id=1, letters=0, reason="", name="王", recorded_at=START),
    ]  # fmt: skip


FINAL = {
    "erasure": "reason = 'another'",
    "edition": "text = 'another'",
    "seal": "head = '2'",
    "score_sheet": "total = 10000",
    "transition_log": "target = 'done'",
    "resolution": "reason = 'another'",
    "extension": "until = until + 1",
    "organisation_extension": "until = until + 1",
    "exception": "reason = 'another'",
    "appeal_step": "reason = 'another'",
    "text_body": "body = 'another'",
    "handed_file": "text = 'another'",
    "likeness": "found = '[1]'",
    "likeness_decision": "other_id = 2",
    "filing_step": "reason = 'another'",
    "filing_attachment": "sha256 = 'another'",
    "filing_extension": "until = until + 1",
    "peer_assignment": "reviewed_id = 3",
    "peer_opinion": "score = 100",
    "group_step": "note = 'another'",
    "restoration": "backed_up_at = 1",
    "resumption": "name = 'another'",
    "access": "operator = 'another'",
}
FACTS = {"evidence": "amount = 200", "mark": "score = 200"}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with transaction(engine) as session:
        for row in rows():
            session.add(row)
            session.flush()
    return engine


def execute(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def _index(index: Any) -> str:
    options = {option: str(value) for option, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {index['unique']} {options}"


def _reference(key: Any) -> str:
    return f"{key['constrained_columns']} {key['referred_table']} {key['referred_columns']}"


def differences(connection: Connection) -> list[Any]:
    """What Alembic finds. Foreign keys aside: it does not know that some are of one database alone."""
    apart = {"include_object": lambda _object, _name, kind, *_: kind != "foreign_key_constraint"}
    return compare_metadata(MigrationContext.configure(connection, opts=apart), SQLModel.metadata)


def described(connection: Connection) -> dict[str, Any]:
    """What Alembic's comparison does not look at: keys, unique and partial indexes, clustering."""
    inspector = inspect(connection)
    tables = [name for name in inspector.get_table_names() if name != "alembic_version"]
    clustered: dict[str, int] = {}
    if connection.dialect.name == "sqlite":
        clustered = {row.name: row.wr for row in connection.execute(text("PRAGMA table_list"))}
    return {
        name: (
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted(str(unique["column_names"]) for unique in inspector.get_unique_constraints(name)),
            sorted(_index(index) for index in inspector.get_indexes(name)),
            sorted(_reference(key) for key in inspector.get_foreign_keys(name)),
            clustered.get(name),
        )
        for name in tables
    }


def test_the_migrations_make_the_tables_that_the_code_describes(engine: Engine) -> None:
    with engine.connect() as connection:
        assert differences(connection) == []
        migrated = described(connection)
        connection.rollback()
        with connection.begin():
            SQLModel.metadata.drop_all(connection)
            SQLModel.metadata.create_all(connection)
            created = described(connection)
    assert migrated == created


def upgraded_to(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrating.MIGRATIONS))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, revision)


def test_a_database_of_the_first_version_is_upgraded_and_keeps_what_was_decided(new_file: Engine) -> None:
    """Up to 0002 a decision had neither a paper nor an organisation of its own."""
    upgraded_to(new_file, "0002")
    for statement in (
        ORGANISATION,
        "INSERT INTO programme (id, slug) VALUES (1, 'p')",
        "INSERT INTO edition (id, programme_id, number, text, sha256, published_at, published_by) VALUES (1, 1, 1, '', '', 0, '')",
        "INSERT INTO cohort (id, programme_id, edition_id, organisation_id, name, began_at) VALUES (1, 1, 1, 1, '一班', 0)",
        "INSERT INTO resolution (id, cohort_id, action, dates, reason, name, effective_at, recorded_at) VALUES (1, 1, 'lock', '{}', '按文件', '王主任', 0, 0)",
    ):
        execute(new_file, statement)
    assert "run yanxiu init to upgrade" in refusal(new_file)
    assert migrating.upgrade(new_file)
    with new_file.connect() as connection:
        assert differences(connection) == []
    with reading(new_file) as session:
        kept = session.get_one(Resolution, 1)
        assert (kept.reason, kept.document, kept.organisation_id) == ("按文件", None, None)
    with pytest.raises(IntegrityError, match="append-only"):
        execute(new_file, "UPDATE resolution SET name = '某人'")


def test_people_of_an_older_version_are_encrypted_and_nothing_of_them_stays_in_the_file(
    new_file: Engine,
) -> None:
    """Up to 0015 numbers and phones stood in the database as they were."""
    upgraded_to(new_file, "0015")
    for statement in (
        ORGANISATION,
        "INSERT INTO programme (id, slug) VALUES (1, 'p')",
        "INSERT INTO edition (id, programme_id, number, text, sha256, published_at, published_by) VALUES (1, 1, 1, '', '', 0, '')",
        "INSERT INTO cohort (id, programme_id, edition_id, organisation_id, name, began_at) VALUES (1, 1, 1, 1, '一班', 0)",
        "INSERT INTO person (id, number, name, phone, email) VALUES (1, '11010119900307707X', '赵敏', '13800000001', 'z@example.org')",
        "INSERT INTO person (id, number, name) VALUES (2, 'T2', '钱伟')",
        (
            "INSERT INTO enrolment (cohort_id, person_id, organisation_id, role, status, joined_at, received_at) "
            "VALUES (1, 1, 1, 'learner', 'enrolled', 0, 0)"
        ),
        "INSERT INTO unsubscription (person_id, recorded_at) VALUES (2, 0)",
    ):
        execute(new_file, statement)
    assert migrating.upgrade(new_file)
    with new_file.connect() as connection:
        assert differences(connection) == []
    with reading(new_file) as session:
        people = session.exec(select(Person).where(or_(numbered("11010119900307707X"), numbered("T2")))).all()
        assert [(one.number, one.name, one.phone, one.email) for one in people] == [
            ("11010119900307707X", "赵敏", "13800000001", "z@example.org"), ("T2", "钱伟", None, None)
        ]  # fmt: skip
        assert (
            session.exec(select(Person).where(col(Person.phone_hash) == found_by("13800000001"))).one().id
            == 1
        )
        assert (
            session.connection()
            .execute(text("SELECT count(*) FROM enrolment JOIN person ON person.id = person_id"))
            .scalar_one()
            == 1
        )
    if new_file.dialect.name == "sqlite":
        new_file.dispose()
        assert b"11010119900307707X" not in Path(str(new_file.url.database)).read_bytes()
    with pytest.raises(IntegrityError):
        execute(new_file, "DELETE FROM person WHERE id = 1")


def test_a_database_is_not_opened_without_the_key_that_it_is_under(engine: Engine) -> None:
    migrating.require_current(engine)
    with made_up_keys():
        assert "the database is under the data key" in refusal(engine)
    migrating.require_current(engine)


def test_what_somebody_handed_in_is_emptied_and_nothing_else_of_it_changes(filled: Engine) -> None:
    execute(filled, "UPDATE handed_file SET name = ''")
    execute(filled, "UPDATE text_body SET body = ''")
    for statement in (
        "UPDATE handed_file SET name = '', size = 2",
        "UPDATE text_body SET body = '', characters = 3",
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            execute(filled, statement)


def test_a_second_upgrade_does_nothing(engine: Engine) -> None:
    assert migrating.is_current(engine)
    assert not migrating.upgrade(engine)


@pytest.mark.parametrize("table", FINAL)
def test_what_was_decided_is_never_changed_or_deleted(filled: Engine, table: str) -> None:
    for statement in (f"UPDATE {table} SET {FINAL[table]}", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match=f"{table} is append-only"):
            execute(filled, statement)


@pytest.mark.parametrize("table", FACTS)
def test_a_fact_is_withdrawn_once_and_never_overwritten(filled: Engine, table: str) -> None:
    refused = (
        f"UPDATE {table} SET {FACTS[table]}",
        f"UPDATE {table} SET withdrawn_at = 5, {FACTS[table]}",
        f"UPDATE {table} SET withdrawn_at = NULL",
        f"DELETE FROM {table}",
    )
    for statement in refused:
        with pytest.raises(IntegrityError, match=f"{table} is never overwritten"):
            execute(filled, statement)
    execute(filled, f"UPDATE {table} SET withdrawn_at = 5")
    for later in ("6", "NULL"):
        with pytest.raises(IntegrityError, match=f"{table} is never overwritten"):
            execute(filled, f"UPDATE {table} SET withdrawn_at = {later}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_replacing_a_row_is_deleting_it(filled: Engine) -> None:
    with pytest.raises(IntegrityError, match="score_sheet is append-only"):
        execute(filled, "INSERT OR REPLACE INTO score_sheet SELECT * FROM score_sheet")


def test_a_fact_of_nobody_is_refused_by_sqlite_and_costs_postgresql_no_question(engine: Engine) -> None:
    guarded = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        for table in ("evidence", "mark", "score_sheet", "transition_log"):
            assert bool(inspect(connection).get_foreign_keys(table)) == guarded
        assert inspect(connection).get_foreign_keys("seal")


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_emptying_a_table_is_deleting_its_rows(filled: Engine) -> None:
    with pytest.raises(IntegrityError, match="score_sheet is append-only"):
        execute(filled, "TRUNCATE score_sheet")


def test_a_reader_sees_one_moment_and_keeps_no_writer_waiting(engine: Engine) -> None:
    def count(session: Any) -> int:
        return int(session.connection().scalar(text("SELECT count(*) FROM organisation")))

    with reading(engine) as session:
        assert count(session) == 0
        writer = threading.Thread(target=execute, args=(engine, ORGANISATION))
        writer.start()
        writer.join(timeout=10)
        assert not writer.is_alive()
        assert count(session) == 0
    with reading(engine) as session:
        assert count(session) == 1


def test_a_reader_cannot_write_and_the_next_writer_can(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), reading(engine) as session:
        session.connection().execute(text(ORGANISATION))
    execute(engine, ORGANISATION)


@pytest.fixture
def new_file(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    yield engine
    engine.dispose()


def refusal(engine: Engine) -> str:
    with pytest.raises(Refused) as refused:
        migrating.require_current(engine)
    return str(refused.value)


def test_a_database_that_was_never_made_is_refused_and_not_made_by_looking(new_file: Engine) -> None:
    assert "Run yanxiu init" in refusal(new_file)
    assert not Path(str(new_file.url.database)).exists()


def test_a_database_of_another_version_is_refused_with_what_to_do(engine: Engine) -> None:
    execute(engine, "UPDATE alembic_version SET version_num = '9999'")
    assert "Update the program" in refusal(engine)
    with pytest.raises(Refused, match="Update the program"):
        migrating.upgrade(engine)
    execute(engine, "UPDATE alembic_version SET version_num = '0001'")
    assert "run yanxiu init to upgrade" in refusal(engine)


def test_a_file_that_is_no_database_is_refused(new_file: Engine) -> None:
    Path(str(new_file.url.database)).write_text("something else entirely, and long enough to be read" * 99)
    assert "cannot open the database" in refusal(new_file)


def test_two_upgrades_at_once_make_one_schema(new_file: Engine) -> None:
    with ThreadPoolExecutor(max_workers=2) as together:
        attempts = [together.submit(migrating.upgrade, new_file) for _ in range(2)]
    errors = [attempt.exception() for attempt in attempts if attempt.exception() is not None]
    assert errors == []
    assert migrating.is_current(new_file)
