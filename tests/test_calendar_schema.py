"""The schema that editors use is the one that the reader's own classes give, and the programmes fit it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from calendars.glossary import KEYS, meaning
from calendars.schema import calendar_schema, schema_text

PROGRAMMES = Path(__file__).parent.parent / "calendars" / "programmes"
SCHEMA = PROGRAMMES / "term-calendar.schema.json"
FILES = sorted(PROGRAMMES.glob("*.yaml"))


class EditorsLoader(yaml.BaseLoader):
    """YAML as editors read it: numbers, true and false have their types, all else is text."""


for tag, pattern, first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
):
    EditorsLoader.add_implicit_resolver(tag, re.compile(pattern), list(first))
for kind in ("bool", "int", "float"):
    EditorsLoader.add_constructor(
        f"tag:yaml.org,2002:{kind}", getattr(yaml.SafeLoader, f"construct_yaml_{kind}")
    )


def as_an_editor_reads(text: str) -> Any:
    # Keys are text in JSON, whatever they look like.
    return json.loads(json.dumps(yaml.load(text, Loader=EditorsLoader)))  # noqa: S506 - builds plain values only


def errors(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(calendar_schema())
    return [error.message for error in validator.iter_errors(as_an_editor_reads(text))]


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, definition in {"TermCalendar": schema, **schema["$defs"]}.items():
        for key, found in definition["properties"].items():
            yield name, key, found


def test_the_schema_in_the_repository_is_current() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), (
        "make it anew: yanxiu calendar schema > calendars/programmes/term-calendar.schema.json"
    )


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(calendar_schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_programme_fits_the_schema(file: Path) -> None:
    assert errors(file.read_text(encoding="utf-8")) == []


def test_every_key_says_in_both_languages_what_it_means() -> None:
    for name, key, found in keys(calendar_schema()):
        assert found["title"] == meaning(name, key).zh
        assert found["description"] == meaning(name, key).en


def test_no_sentence_stands_for_a_key_that_is_gone() -> None:
    there = {(name, key) for name, key, _ in keys(calendar_schema())}
    written = {(name, key) for name, sentences in KEYS.items() for key in sentences}
    assert written <= there


LANXI = (PROGRAMMES / "lanxi-2019.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("zone:", "zon:"),
        ("kind: preparation", "kind: preparing"),
        ("pass: 60 of 100", "pass: sixty"),
        ("rule: mark", "rule: marks"),
        ("marks: 0..20 by 0.1", "marks: {low: 0, high: 20}"),
    ],
)
def test_an_editor_underlines_a_mistake(before: str, after: str) -> None:
    assert before in LANXI
    assert errors(LANXI.replace(before, after)) != []
