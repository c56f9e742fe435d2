"""The language page tells every key and rule, and each example on it passes the check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from calendars.glossary import KEYS
from calendars.reader import read_calendar
from calendars.schema import calendar_schema

PAGE = (Path(__file__).parent.parent / "docs" / "calendar-language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml ?([\w ]*)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
WHOLE = next(text for section, text in BLOCKS if not section)
PIECES = [(section, text) for section, text in BLOCKS if section]
RULES = [
    definition["properties"]["rule"]["const"]
    for definition in calendar_schema()["$defs"].values()
    if "rule" in definition["properties"]
]


def plain(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only


def with_piece(section: str, piece: Any) -> str:
    """The whole example with a piece of the page added to its section."""
    tree = plain(WHOLE)
    if section == "component":
        figure = next(piece[unit] for unit in ("points", "hours", "credits") if unit in piece)
        section, piece = "assessments", [
            {"id": "piece", "of": "learner", "locks": "lock", "pass": f"all of {figure}", "components": [piece]}
        ]  # fmt: skip
    there = tree.get(section, type(piece)())
    tree[section] = {**there, **piece} if isinstance(piece, dict) else [*there, *piece]
    return str(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))


def test_the_whole_example_passes_the_check() -> None:
    assert read_calendar(WHOLE, "page").programme == "sample-2024"


@pytest.mark.parametrize(
    ("section", "text"), PIECES, ids=[f"{i} {section}" for i, (section, _) in enumerate(PIECES)]
)
def test_a_piece_passes_the_check_as_part_of_the_example(section: str, text: str) -> None:
    read_calendar(with_piece(section, plain(text)), "page")


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_an_example(rule: str) -> None:
    examples = [plain(text) for section, text in PIECES if section == "component"]
    assert any(example["rule"] == rule for example in examples)


@pytest.mark.parametrize("key", sorted({key for keys in KEYS.values() for key in keys if key != "a"}))
def test_each_key_stands_on_the_page(key: str) -> None:
    assert re.search(rf"`{key}[`:]|^ *-? *{key}:|[{{ ]{key}:", PAGE, flags=re.MULTILINE)
