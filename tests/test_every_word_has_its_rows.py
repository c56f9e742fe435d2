"""A word of the language stands in two rooms; where one of them is forgotten, it is told here."""

from __future__ import annotations

from typing import get_args

from calendars.rules.component import RULES
from calendars.term import CONDITIONS, Phase
from office import nights
from workflows.conditions import COMPLETION
from workflows.hold_kinds import BY_CONDITION
from workflows.rules import _COMPILERS
from workflows.status import TERM_OVER


def test_each_rule_is_compiled() -> None:
    assert set(_COMPILERS) == set(RULES)


def test_each_condition_is_asked_and_opens_a_hold() -> None:
    assert set(BY_CONDITION) == set(CONDITIONS)
    assert all(kind.condition for kind in BY_CONDITION.values())


def test_each_way_to_be_complete_is_asked_and_told() -> None:
    words = get_args(get_args(Phase.model_fields["complete_when"].annotation)[0])
    assert set(COMPLETION) == set(words)
    assert set(nights.ENDS_WHEN) == {*words, TERM_OVER}
