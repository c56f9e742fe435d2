"""What is told to be missing agrees with the figures of the rules, on made-up terms: nothing is missing of a full line,
something is of every other, and of all-or-nothing exactly the items that the rule did not count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import Engine
from sqlmodel import Session

from calendars.quantities import HUNDREDTHS
from calendars.rules.amounts import AllOrNothing
from calendars.rules.base import RuleBase
from models.database import open_database
from tests.support.generated_rules import Term, terms
from tests.support.stored_terms import seal, store
from workflows.cohorts import load_terms
from workflows.explained import ExplainedLine
from workflows.explaining import explained_lines
from workflows.judging import facts_of
from workflows.latest_sheets import latest_sheets
from workflows.wanting import lacked

MADE_UP = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)  # fmt: skip


@pytest.fixture(scope="module")
def sqlite(sqlite_template: object) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{sqlite_template}")
    yield engine
    engine.dispose()


def lines_of(engine: Engine, term: Term) -> Iterator[tuple[RuleBase, ExplainedLine]]:
    """Each line of each sealed sheet, explained. Nothing is kept."""
    with Session(engine) as session:
        cohorts = store(session, term)
        seal(session, term, cohorts)
        for one in load_terms(session, cohorts.values()):
            for assessment in one.calendar.assessments:
                parts = (*assessment.components, *assessment.needs)
                for enrolment, latest in latest_sheets(session, one, assessment, one.began_at).items():
                    lines = explained_lines(one, assessment, latest, facts_of(session, enrolment))
                    yield from zip(parts, lines, strict=True)
        session.rollback()


def whole_items(line: ExplainedLine) -> int:
    """How many items have each of their steps."""
    items = {piece.item for piece in line.wanted if not piece.of_points}
    return len(items - {piece.item for piece in line.wanted if piece.lacks and not piece.of_points})


@given(term=terms())
@settings(MADE_UP, max_examples=40, derandomize=True)
def test_what_is_missing_is_told_if_and_only_if_a_line_is_not_full(sqlite: Engine, term: Term) -> None:
    for component, line in lines_of(sqlite, term):
        assert bool(lacked(line)) == (line.points < line.most)
        assert all(told.text("zh") and told.text("en") for told in lacked(line))
        if isinstance(component, AllOrNothing) and len(component.task_ids) == 1:
            assert whole_items(line) * HUNDREDTHS == line.counted


def test_the_made_up_terms_have_lines_that_are_full_and_lines_that_are_not(sqlite: Engine) -> None:
    seen: Counter[tuple[str, bool]] = Counter()

    @given(term=terms())
    @settings(MADE_UP, max_examples=240, derandomize=True)
    def look(term: Term) -> None:
        seen.update((component.rule, bool(line.lacking)) for component, line in lines_of(sqlite, term))

    look()
    assert {("all or nothing", True), ("all or nothing", False), ("flat", True), ("flat", False)} <= set(seen)
