"""A word of the language stands in several rooms; where one of them is forgotten, it is told here."""

from __future__ import annotations

from typing import get_args

from calendars import pages
from calendars.rules.component import RULES
from calendars.term import Condition
from tests.support import generated_terms
from workflows.conditions import CONDITIONS
from workflows.holds import BY_CONDITION
from workflows.rules import _COMPILERS

WORDS = set(get_args(Condition))


def test_each_rule_is_compiled() -> None:
    assert set(_COMPILERS) == set(RULES)


def test_each_condition_is_asked_told_and_opens_a_hold() -> None:
    assert set(CONDITIONS) == WORDS
    assert set(pages.CONDITIONS) == WORDS
    assert set(BY_CONDITION) == WORDS


def test_made_up_terms_ask_for_each_condition() -> None:
    assert set(generated_terms.CONDITIONS) == WORDS
