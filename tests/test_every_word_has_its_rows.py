"""A word of the language stands in two rooms; where one of them is forgotten, it is told here."""

from __future__ import annotations

from calendars.rules.component import RULES
from calendars.term import CONDITIONS
from workflows.holds import BY_CONDITION
from workflows.rules import _COMPILERS


def test_each_rule_is_compiled() -> None:
    assert set(_COMPILERS) == set(RULES)


def test_each_condition_is_asked_and_opens_a_hold() -> None:
    assert set(BY_CONDITION) == set(CONDITIONS)
    assert all(kind.condition for kind in BY_CONDITION.values())
