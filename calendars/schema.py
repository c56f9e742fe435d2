"""The JSON Schema of a calendar file, from the same classes that read it: editors complete and check by it.

It describes what a clerk writes, not what is kept: `80 of 100`, one word where a list may stand.
"""

from __future__ import annotations

import json
from typing import Any

from calendars.glossary import meaning
from calendars.term import TermCalendar

DIALECT = "https://json-schema.org/draft/2020-12/schema"
YES_OR_NO = [True, False, "yes", "no"]


def calendar_schema() -> dict[str, Any]:
    schema = TermCalendar.model_json_schema(by_alias=True, mode="validation")
    definitions: dict[str, Any] = schema.pop("$defs")
    return {
        "$schema": DIALECT,
        "title": "学期日历 · term calendar",
        **_definition("TermCalendar", schema),
        "$defs": {name: _definition(name, found) for name, found in sorted(definitions.items())},
    }


def schema_text() -> str:
    """The schema as it is kept in `programmes/term-calendar.schema.json`."""
    return json.dumps(calendar_schema(), ensure_ascii=False, indent=2) + "\n"


def _definition(name: str, found: dict[str, Any]) -> dict[str, Any]:
    properties = {
        key: {**_plain(value), "title": meaning(name, key).zh, "description": meaning(name, key).en}
        for key, value in found["properties"].items()
    }
    kept: dict[str, Any] = {
        key: found[key] for key in ("type", "required", "additionalProperties") if key in found
    }
    return {**kept, "properties": properties}


def _plain(found: Any) -> Any:
    """One value's schema as the file has it: nothing is null, a name may look like a number, yes is a word."""
    if isinstance(found, list):
        return [_plain(one) for one in found]
    if not isinstance(found, dict):
        return found
    if found.get("type") == "boolean":
        return {"enum": YES_OR_NO}
    if found.get("type") == "string" and not {"pattern", "enum", "const"} & found.keys():
        return {"type": ["string", "number"]}
    plain = {
        key: _plain(value) for key, value in found.items() if key not in ("title", "default", "discriminator")
    }
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    choices = [choice for choice in plain.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**plain, **choices[0]}
    return {**plain, "anyOf": choices} if choices else plain
