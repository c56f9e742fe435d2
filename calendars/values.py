"""Values that a clerk writes as one word or one line, `80 of 100`, `18..20`, `2 a week`, and what they mean."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from calendars.instants import read_expression
from calendars.messages import UnreadableError, Wording
from calendars.quantities import Hundredths, read_hundredths, shown

NOT_A_MINIMUM = Wording(
    zh="应写成数量，如10、2 a week 或 {{at least: 10}}",
    en="an amount is expected, such as 10, 2 a week or {{at least: 10}}",
)
NOT_A_BAND = Wording(zh="应写成分数段，如 18..20 或 18..", en="a band such as 18..20 or 18.. is expected")
NOT_A_PERCENTAGE = Wording(zh="应写成百分数，如5%", en="a percentage such as 5% is expected")
NOT_A_PASS_MARK = Wording(
    zh="应写成合格线，如 80 of 100 或 all of 120",
    en="a pass mark such as 80 of 100, or all of 120, is expected",
)
NOT_AN_EARNING = Wording(
    zh="应写成数量或总分的倍数，如 36 或 2 x total",
    en="an amount or a multiple of the total is expected: 36 or 2 x total",
)

CITES = Wording(
    zh="出处：要求编号和文件原句", en="where the document says so: requirement ids, with its sentence"
)


def as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


SCALAR = WithJsonSchema({"type": ["string", "number"]})
Words = Annotated[tuple[str, ...], BeforeValidator(as_list, json_schema_input_type=str | tuple[str, ...])]


class Definition(BaseModel):
    """Base of everything that a calendar defines."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _time(text: str) -> str:
    read_expression(text)
    return text


Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
TimeText = Annotated[str, AfterValidator(_time)]
Unit = Literal["points", "hours", "credits"]
Tier = Literal["province", "city", "county", "school"]
UPWARD: tuple[str, ...] = get_args(Tier)[::-1]  # the tiers from the school up

_REQUIREMENT = re.compile(r"[A-Z]{1,3}\d{2}-\d{2}|ALL-\d{2}")


class Cited(Definition):
    """Anything that can point at the document: requirement ids, each with the sentence where it helps."""

    cites: Annotated[Words, CITES] = ()

    @property
    def requirement_ids(self) -> list[str]:
        return [found for text in self.cites for found in _REQUIREMENT.findall(text)]


class Minimum(Definition):
    """At least so much, of each item where items are named, of each kind where kinds are named."""

    at_least: Hundredths = Field(alias="at least")
    each_of: Words = Field((), alias="each of")
    a: Literal["week"] | None = None  # `at least: 2 a week`


_MINIMUM = re.compile(r"([0-9.]+)( a week)?")


def _minimum(value: Any) -> Any:
    if isinstance(value, str):
        match = _MINIMUM.fullmatch(value.strip())
        if match is None:
            raise UnreadableError(NOT_A_MINIMUM())
        return {"at least": match[1], "a": "week" if match[2] else None}
    return value


_MinimumText = Annotated[
    str, WithJsonSchema({"type": ["number", "string"], "pattern": f"^({_MINIMUM.pattern})$"})
]
Demand = Annotated[Minimum, BeforeValidator(_minimum, json_schema_input_type=_MinimumText | Minimum)]


class Banded(Definition):
    """A named stretch of values, both ends included."""

    low: int
    high: int | None

    def __str__(self) -> str:
        return shown(self.low) if self.high == self.low else f"{shown(self.low)}..{shown(self.high)}"


def _band(value: Any) -> Any:
    if isinstance(value, Banded):
        return value
    if not isinstance(value, str):
        raise UnreadableError(NOT_A_BAND())
    low, separator, high = (part.strip() for part in value.partition(".."))
    first = read_hundredths(low)
    return Banded(low=first, high=(read_hundredths(high) if high else None) if separator else first)


Band = Annotated[Banded, BeforeValidator(_band), SCALAR]


def _percent(value: Any) -> int:
    if isinstance(value, str) and value.endswith("%"):
        return read_hundredths(value.removesuffix("%"))
    raise UnreadableError(NOT_A_PERCENTAGE())


Percent = Annotated[
    int, BeforeValidator(_percent), WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+%$"})
]  # 5% is 500


class Pass(Definition):
    """`80 of 100`: the pass mark and the full mark; `all of 120` asks for everything."""

    mark: int
    full: int


_PASS = re.compile(r"([0-9.]+|all) of ([0-9.]+)")


def _pass(value: Any) -> Any:
    if isinstance(value, Pass):
        return value
    match = _PASS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise UnreadableError(NOT_A_PASS_MARK())
    full = read_hundredths(match[2])
    return Pass(mark=full if match[1] == "all" else read_hundredths(match[1]), full=full)


PassMark = Annotated[
    Pass, BeforeValidator(_pass), WithJsonSchema({"type": "string", "pattern": f"^({_PASS.pattern})$"})
]


class Earning(Definition):
    """What a result earns: a fixed amount, or so many times the total (in hundredths: 200 is double)."""

    amount: int = 0
    times_total: int = 0


_EARNING = re.compile(r"([0-9.]+)|(?:([0-9.]+) *x *)?total")


def _earning(value: Any) -> Any:
    if isinstance(value, Earning):
        return value
    match = _EARNING.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise UnreadableError(NOT_AN_EARNING())
    if match[1]:
        return Earning(amount=read_hundredths(match[1]))
    return Earning(times_total=read_hundredths(match[2] or "1"))


def _by_result(value: Any) -> Any:
    return value if isinstance(value, dict) else {"pass": value}


_EARNING_SCHEMA = {"type": ["number", "string"], "minimum": 0, "pattern": f"^({_EARNING.pattern})$"}
Earnings = Annotated[
    dict[str, Annotated[Earning, BeforeValidator(_earning)]],
    BeforeValidator(_by_result),
    WithJsonSchema({"anyOf": [_EARNING_SCHEMA, {"type": "object", "additionalProperties": _EARNING_SCHEMA}]}),
]
