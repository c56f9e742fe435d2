"""Law 10: the SQL of every rule against the slow and obvious second implementation, on made-up terms.

`YANXIU_TEST_THOROUGH=1` looks at twenty times as many.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.reader import read_calendar
from calendars.term import RuleBase
from models.database import open_database
from tests.support.generated_rules import Term, calendars, terms
from tests.support.slow_scoring import SlowSheet, slow_sheets
from tests.support.stored_terms import seal, seals, sheets, store
from workflows.rules import _COMPILERS
from workflows.scoring import every_component

THOROUGH = bool(os.environ.get("YANXIU_TEST_THOROUGH"))
# Shrinking a whole term takes minutes: only the thorough run does it.
MADE_UP = settings(
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if THOROUGH else [])],
    report_multiple_bugs=False,
)


def examples(count: int) -> int:
    return count * (20 if THOROUGH else 1)


@pytest.fixture(scope="module")
def sqlite(sqlite_template: object) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{sqlite_template}")
    yield engine
    engine.dispose()


def by_hand(term: Term) -> dict[tuple[str, int], SlowSheet]:
    dates = {group.id: group.dates for group in term.groups}
    return {
        (assessment.id, enrolment): sheet
        for assessment in term.calendar.assessments
        for group in term.groups
        for enrolment, sheet in slow_sheets(
            term.calendar, assessment, term.facts, dates, group.lock, [group.id]
        ).items()
    }


def by_statement(engine: Engine, term: Term) -> tuple[dict[tuple[str, int], SlowSheet], list[Any]]:
    """Sheets and seals. All in a transaction that is taken back, so that one database serves every example."""
    with Session(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("SELECT setval('cohort_id_seq', 1, false)"))
        seal(session, term, store(session, term))
        found = sheets(session), seals(session)
        session.rollback()
        return found


@given(term=terms())
@settings(MADE_UP, max_examples=examples(80))
def test_every_rule_gives_what_it_gives_by_hand(sqlite: Engine, term: Term) -> None:
    assert by_statement(sqlite, term)[0] == by_hand(term)


@pytest.mark.postgres
@given(term=terms())
@settings(MADE_UP, max_examples=examples(20), derandomize=True)
def test_both_databases_seal_the_same_bytes(sqlite: Engine, postgres_url: str, term: Term) -> None:
    engine = open_database(postgres_url)
    try:
        found, sealed = by_statement(engine, term)
    finally:
        engine.dispose()
    assert found == by_hand(term)
    assert sealed == by_statement(sqlite, term)[1]


def test_the_made_up_calendars_have_every_rule_in_every_place() -> None:
    seen: set[tuple[type[RuleBase], bool]] = set()

    @given(calendars())
    @settings(MADE_UP, max_examples=150, derandomize=True)
    def look(written: str) -> None:
        for assessment in read_calendar(written, "generated").assessments:
            outer = {id(part) for part in (*assessment.components, *assessment.needs)}
            seen.update((type(part), id(part) in outer) for part in every_component(assessment))

    look()
    assert seen == {(rule, outer) for rule in _COMPILERS for outer in (True, False)}
