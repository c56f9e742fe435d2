"""Puts pydantic's findings into the words of a clerk: what was found, what was expected, the nearest word."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from calendars.messages import Message, UnreadableError, Wording
from calendars.nearest import nearest
from calendars.rules.base import RuleBase
from calendars.source import shortened
from calendars.term import SLUG, TermCalendar

UNKNOWN_KEY = Wording(zh="没有“{found}”这个键{nearest}", en="there is no key {found!r} here{nearest}")
MISSING = Wording(zh="缺少“{key}”", en="{key!r} is missing")
NOT_ONE_OF = Wording(
    zh="“{found}”不是可用的词（{words}）{nearest}", en="{found!r} is not one of {words}{nearest}"
)
EXPECTED = Wording(zh="这里应为{kinds}", en="{kinds} is expected here")
TEXT = Wording(zh="一段文字", en="text")
MAPPING = Wording(zh="一组“键: 值”", en="a group of `key: value`")
LIST = Wording(
    zh="一个列表，每项以 - 开头或写成 [甲, 乙]", en="a list, each entry with a dash or as [one, two]"
)
EITHER = Wording(zh="{first}或{second}", en="{first} or {second}")
YES_OR_NO = Wording(zh="应为 yes 或 no，而写的是“{found}”", en="yes or no is expected, not {found!r}")
WHOLE_NUMBER = Wording(zh="应为整数，而写的是“{found}”", en="a whole number is expected, not {found!r}")
TOO_SMALL = Wording(zh="“{found}”太小，至少为{least}", en="{found!r} is too small; the least is {least}")
BAD_IDENTIFIER = Wording(
    zh="代号“{found}”应以小写英文字母开头，只含小写字母、数字和下划线",
    en="the id {found!r} should begin with a small letter and have small letters, digits and _ only",
)
BAD_SLUG = Wording(
    zh="项目代号“{found}”应由小写字母和数字组成，以连字符相连，如 county-2026",
    en="the programme {found!r} should be small letters and digits joined by hyphens, like county-2026",
)
NOT_UNDERSTOOD = Wording(zh="看不懂：{reason}", en="this cannot be read: {reason}")

_KINDS = {
    "string_type": TEXT,
    "dict_type": MAPPING,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "tuple_type": LIST,
    "list_type": LIST,
}
Details = Mapping[str, Any]


def is_of_kind(error: Details) -> bool:
    """Whether the error only says that text, a list or a mapping was expected, as unions say once for each."""
    return error["type"] in _KINDS or (
        error["type"] == "literal_error" and not isinstance(error["input"], str)
    )


def expected_kinds(errors: Sequence[Details]) -> Message:
    """One sentence for all the kinds that could have stood there."""
    kinds = list(dict.fromkeys(_KINDS.get(error["type"], TEXT) for error in errors))
    together: Message = kinds[0]()
    for kind in kinds[1:]:
        together = EITHER(first=together, second=kind())
    return EXPECTED(kinds=together)


def in_words(error: Details) -> Message:
    """One pydantic error as a message."""
    reading = _READINGS.get(error["type"])
    return NOT_UNDERSTOOD(reason=error["msg"]) if reading is None else reading(error)


def _missing(error: Details) -> Message:
    return MISSING(key=error["loc"][-1])


def _unknown_key(error: Details) -> Message:
    *path, key = error["loc"]
    return UNKNOWN_KEY(found=shortened(str(key)), nearest=nearest(str(key), known_words(path)))


def _literal(error: Details) -> Message:
    return not_one_of(str(error["input"]), _quoted(error["ctx"]["expected"]))


def _unknown_rule(error: Details) -> Message:
    if not isinstance(error["input"]["rule"], str):
        return EXPECTED(kinds=TEXT())
    return not_one_of(str(error["ctx"]["tag"]), _quoted(error["ctx"]["expected_tags"]))


def _no_rule(error: Details) -> Message:
    if not isinstance(error["input"], dict):
        return EXPECTED(kinds=MAPPING())
    return MISSING(key="rule")


def _pattern(error: Details) -> Message:
    wording = BAD_SLUG if error["ctx"]["pattern"] == SLUG else BAD_IDENTIFIER
    return wording(found=shortened(str(error["input"])))


def _value(error: Details) -> Message:
    cause = error["ctx"]["error"]
    return cause.message if isinstance(cause, UnreadableError) else NOT_UNDERSTOOD(reason=cause)


def _yes_or_no(error: Details) -> Message:
    return YES_OR_NO(found=shortened(str(error["input"])))


def _whole_number(error: Details) -> Message:
    return WHOLE_NUMBER(found=shortened(str(error["input"])))


def _too_small(error: Details) -> Message:
    return TOO_SMALL(found=shortened(str(error["input"])), least=error["ctx"]["ge"])


_READINGS: dict[str, Callable[[Details], Message]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "literal_error": _literal,
    "union_tag_invalid": _unknown_rule,
    "union_tag_not_found": _no_rule,
    "string_pattern_mismatch": _pattern,
    "value_error": _value,
    "bool_parsing": _yes_or_no,
    "bool_type": _yes_or_no,
    "int_parsing": _whole_number,
    "int_parsing_size": _whole_number,
    "int_type": _whole_number,
    "greater_than_equal": _too_small,
}


def not_one_of(found: str, words: Sequence[str]) -> Message:
    return NOT_ONE_OF(found=shortened(found), nearest=nearest(found, words), words=", ".join(words))


def _quoted(expected: str) -> list[str]:
    """Pydantic lists the allowed words as `'one', 'two' or 'three'`."""
    return re.findall(r"'([^']*)'", expected)


def known_words(path: Sequence[object]) -> list[str]:
    """The keys that the class met at the end of a pydantic path knows."""
    here: list[Any] = [TermCalendar]
    for step in path:
        here = [inner for kind in here for inner in _stepped(kind, step)] or here
    return [
        field.alias or name
        for kind in here
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
    ]


def _stepped(kind: Any, step: object) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = kind.model_fields.items()
        return [
            inner
            for name, field in fields
            if step in (field.alias, name)
            for inner in _plain_kinds(field.annotation)
        ]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(step, int):
        return _plain_kinds(arguments[0])
    if origin is dict and len(arguments) == 2:
        return _plain_kinds(arguments[1])
    if isinstance(kind, Tagged) and step == kind.tag:
        return [kind.model]
    return []


class Tagged:
    """A class of a union that is chosen by a word."""

    def __init__(self, tag: str, model: Any) -> None:
        self.tag, self.model = tag, model


def _plain_kinds(annotation: Any) -> list[Any]:
    """The classes and containers within annotations and unions."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain_kinds(arguments[0])
    if origin in (Union, types.UnionType):
        return [kind for argument in arguments for kind in _plain_kinds(argument)]
    if isinstance(annotation, type) and issubclass(annotation, RuleBase):
        return [Tagged(get_args(annotation.model_fields["rule"].annotation)[0], annotation)]
    return [annotation]
