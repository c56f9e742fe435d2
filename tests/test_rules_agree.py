"""Law 10: the SQL of every rule against the slow and obvious second implementation, on made-up terms.

`YANXIU_TEST_THOROUGH=1` looks at twenty times as many.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.reader import read_calendar
from calendars.rules.base import RuleBase
from models.database import open_database
from tests.support.generated_rules import Group, Term, calendars, terms
from tests.support.slow_scoring import Facts, Person, Piece, SlowSheet, slow_sheets
from tests.support.stored_terms import seal, seals, sheets, store
from tests.support.story import Story
from workflows.basis import every_component
from workflows.rules import _COMPILERS

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
@settings(MADE_UP, max_examples=examples(60))
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
    @settings(MADE_UP, max_examples=400, derandomize=True)
    def look(written: str) -> None:
        for assessment in read_calendar(written, "generated").assessments:
            outer = {id(part) for part in (*assessment.components, *assessment.needs)}
            seen.update((type(part), id(part) in outer) for part in every_component(assessment))

    look()
    assert seen == {(rule, outer) for rule in _COMPILERS for outer in (True, False)}


def banded(amount: int) -> Term:
    """One learner with one record of so much, scored by bands that leave out both ends."""
    document = {
        "programme": "banded", "name": "分段", "zone": "Asia/Shanghai", "source": "分段", "tiers": ["county", "school"],
        "roles": {"learner": "学员"}, "evidence": {"posts": {"name": "发帖"}}, "cutoffs": {"lock": "end of study"},
        "phases": [{"id": "study", "kind": "online_study", "name": "学习", "window": "2024-03-04 .. 2024-03-31", "locks": "lock"}],
        "tasks": [{"id": "t0", "role": "learner", "phase": "study", "name": "任务", "shows": "posts"}],
        "assessments": [{"id": "only", "of": "learner", "locks": "lock", "pass": "5 of 10", "components": [
            {"task": "t0", "points": 10, "rule": "bands", "bands": {"2..4": 5, "5..8": 10}}]}],
    }  # fmt: skip
    written = json.dumps(document, ensure_ascii=False)
    lock = datetime(2024, 3, 31, 16, tzinfo=UTC)
    before = lock - timedelta(days=3)
    facts = Facts(
        people=[Person(1, 1, "learner", 2, before)],
        pieces=[Piece(1, "R1", 0, "t0", "posts", "", amount, None, before, before)],
    )
    return Term(written, read_calendar(written, "banded"), [Group(1, {}, lock)], facts)


@pytest.mark.parametrize(
    ("amount", "points"),
    [(199, 0), (200, 500), (400, 500), (499, 500), (500, 1000), (800, 1000), (801, 0)],
)
def test_both_ends_of_a_band_are_in_it_and_beyond_the_last_there_is_nothing(
    sqlite: Engine, amount: int, points: int
) -> None:
    term = banded(amount)
    found = by_statement(sqlite, term)[0]
    assert found == by_hand(term)
    assert found["only", 1].breakdown == {"t0": [amount, points]}


LARGEST = """
programme: largest
name: 最大的数
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员}
evidence: {minutes: {name: 学习时间, unit: 分钟}, posts: {name: 发帖, unit: 个}}
phases: [{id: courses, kind: online_study, name: 课程, window: 2024-11-01 .. 2024-11-30, locks: lock}]
cutoffs: {lock: 2024-12-07}
tasks:
  - {id: study, role: learner, phase: courses, shows: minutes, name: 学习}
  - {id: talk, role: learner, phase: courses, shows: posts, name: 研讨}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 1 of 9999999.99
    earns: {points: {pass: 2 x total}}
    components:
      - {task: study, points: 4999999.99, rule: proportional, full at: 9999999.98}
      - {task: talk, points: 5000000, rule: count, each: 9999999.97}
"""


@pytest.mark.parametrize(
    ("minutes", "posts", "points"),
    [
        (["9999999.99"] * 40, ["9999999.99"] * 40, [499999999, 500000000]),
        (["9999999.97"], ["0.5"], [499999999, 499999999]),
        (["5000000.01"], ["0.49"], [250000001, 489999999]),
        (["0.01"], ["0.01"], [1, 10000000]),
    ],
)
def test_the_largest_figures_are_exact(
    engine: Engine, minutes: list[str], posts: list[str], points: list[int]
) -> None:
    story = Story(engine, text=LARGEST)
    story.cohort("一班", "一县")
    story.enrol("李", "learner", "一班", "一县", "一小")
    for amount in minutes:
        story.shows("李", "study", float(amount), at="2024-11-05 20:00")
    for amount in posts:
        story.shows("李", "talk", float(amount), at="2024-11-05 20:00")
    story.night("2024-12-16 00:30")
    sheet = story.sheet("李")
    assert sheet is not None
    figures = json.loads(sheet.breakdown)
    assert [figures["study"][1], figures["talk"][1]] == points
    assert (sheet.total, json.loads(sheet.earned)) == (sum(points), {"points": 2 * sum(points)})
