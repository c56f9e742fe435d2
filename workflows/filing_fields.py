"""What a case says, field by field: from the text that somebody wrote to what is kept, and back to text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from calendars.filings import Filing, FilingField
from calendars.messages import Message, Problem, Refused, UnreadableError, Wording
from calendars.nearest import nearest
from calendars.quantities import read_hundredths, shown

MISSING = Wording(zh="“{field}”必填", en="{field} must be filled in")
UNKNOWN = Wording(zh="“{filing}”没有“{found}”这一项{nearest}", en="{filing} has no field {found!r}{nearest}")
NOT_A_DATE = Wording(
    zh="“{field}”应写成日期，如 2020-12-11，而写的是“{found}”",
    en="{field}: a date such as 2020-12-11 is expected, not {found!r}",
)
NOT_A_CHOICE = Wording(
    zh="“{field}”应是{choices}之一，而写的是“{found}”",
    en="{field}: one of {choices} is expected, not {found!r}",
)
NOT_A_ROW = Wording(
    zh="“{field}”每行一条，各栏用“|”隔开：{columns}；而写的是“{found}”",
    en="{field}: a row a line, its columns set apart by '|': {columns}; not {found!r}",
)
TOO_LITTLE = Wording(
    zh="“{field}”至少要{least}，写的是{found}", en="{field}: {least} at least are asked for, not {found}"
)
TOO_LONG = Wording(zh="“{field}”超过{most}字", en="{field} is longer than {most:character|characters}")
BETWEEN = " | "
LONGEST = 20_000


def read_fields(filing: Filing, said: Mapping[str, str], option: str = "") -> dict[str, Any]:
    """What is kept of the fields, said by id or by name. Raises Refused with everything that is wrong with them."""
    keys = {key: key for key in filing.fields} | {field.name: key for key, field in filing.fields.items()}
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for name, text in said.items():
        if name in keys:
            texts[keys[name]] = text
        else:
            hint = nearest(name, sorted(keys))
            problems.append(Problem(option, UNKNOWN(filing=filing.name, found=name, nearest=hint)))
    kept: dict[str, Any] = {}
    for key, field in filing.fields.items():
        try:
            value = read_field(field, texts.get(key, ""))
        except UnreadableError as error:
            problems.append(Problem(option, error.message))
        else:
            if value:
                kept[key] = value
    if problems:
        raise Refused(problems)
    return kept


def read_field(field: FilingField, text: str) -> Any:
    """One field: text, a number as it is shown, a day as 2020-12-11, or the rows of a table; nothing where nothing is
    said. Raises UnreadableError."""
    text = text.strip()
    if len(text) > LONGEST:
        raise UnreadableError(TOO_LONG(field=field.name, most=LONGEST))
    if not text:
        if field.required:
            raise UnreadableError(MISSING(field=field.name))
        return ""
    match field.type:
        case "number":
            return _number(field, text)
        case "date":
            return _day(field, text)
        case "choice" if text not in field.choices:
            raise UnreadableError(NOT_A_CHOICE(field=field.name, choices=[*field.choices], found=text[:60]))
        case "table":
            return [_row(field, line) for line in text.splitlines() if line.strip()]
    return text


def _number(field: FilingField, text: str) -> str:
    amount = read_hundredths(text)
    if field.at_least is not None and amount < field.at_least:
        raise UnreadableError(TOO_LITTLE(field=field.name, least=shown(field.at_least), found=shown(amount)))
    return shown(amount)


def _day(field: FilingField, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UnreadableError(NOT_A_DATE(field=field.name, found=text[:60])) from None


def _row(field: FilingField, line: str) -> list[str]:
    cells = [cell.strip() for cell in line.replace("｜", "|").split("|")]
    if len(cells) != len(field.columns) or not all(cells):
        raise UnreadableError(
            NOT_A_ROW(field=field.name, columns=BETWEEN.join(field.columns), found=line[:60])
        )
    return cells


def as_text(value: Any) -> str:
    """A field as it is written: a table with a row a line."""
    return "\n".join(BETWEEN.join(row) for row in value) if isinstance(value, list) else str(value)


def as_written(filing: Filing, fields: str) -> dict[str, str]:
    """The kept fields by their names, in the calendar's order. What this edition does not know is left out."""
    kept = json.loads(fields)
    return {field.name: as_text(kept[key]) for key, field in filing.fields.items() if key in kept}


def in_a_line(filing: Filing, fields: str) -> Message | str:
    """All that a case says, for a reason or a list."""
    return "；".join(as_written(filing, fields).values()).replace("\n", "；")
