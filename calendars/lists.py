"""Lists: what an office counts by unit, whom it proposes for an honour, what it gathers, and who has not chosen courses."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from calendars.messages import UnreadableError, Wording
from calendars.quantities import Hundredths, read_hundredths
from calendars.values import SCALAR, Cited, Definition, Identifier, Percent, Words

TOTAL = "total"  # in `order by`: the total of the score sheet

NOT_A_LEAST = Wording(
    zh="应写成任务所需的百分数或数量，如50% 或375",
    en="a share of what the task needs, or an amount, is expected: 50% or 375",
)
NOT_EXCELLENT = Wording(
    zh="应写成最低的总分或一个等级，如90或“优秀”",
    en="the least total or the name of a grade is expected: 90 or 优秀",
)


class Least(Definition):
    """At least so much: a share of what a task needs (in hundredths of a per cent), or an amount in hundredths."""

    share: int | None = None
    amount: int = 0


_LEAST = re.compile(r"[0-9.]+%?")


def _least(value: Any) -> Any:
    if isinstance(value, Least):
        return value
    if not isinstance(value, str) or not _LEAST.fullmatch(value.strip()):
        raise UnreadableError(NOT_A_LEAST())
    figure = read_hundredths(value.strip().removesuffix("%"))
    return Least(share=figure) if value.strip().endswith("%") else Least(amount=figure)


LeastText = Annotated[
    Least,
    BeforeValidator(_least),
    WithJsonSchema({"type": ["number", "string"], "pattern": f"^({_LEAST.pattern})$"}),
]


class Effective(Definition):
    """From how much of a task on a person's learning is taken for effective; by default from anything on."""

    task: str
    at_least: LeastText | None = Field(None, alias="at least")


class Excellence(Definition):
    """What is excellent: a pass with at least this total, or a result of this name."""

    total: int | None = None
    result: str | None = None


_FIGURE = re.compile(r"[0-9.]+")


def _excellence(value: Any) -> Any:
    if isinstance(value, Excellence):
        return value
    if not isinstance(value, str):
        raise UnreadableError(NOT_EXCELLENT())
    if _FIGURE.fullmatch(value.strip()):
        return Excellence(total=read_hundredths(value))
    return Excellence(result=value)


Excellent = Annotated[Excellence, BeforeValidator(_excellence), SCALAR]


class Statistics(Cited):
    """The figures of every unit. A figure that is not declared has no column."""

    of: Words  # the assessments, each person by the one of his role
    logged_in: Words = Field((), alias="logged in")  # kinds of evidence: any record shows it
    effective: Effective | None = None
    excellent: Excellent | None = None
    assignments: Words = ()  # tasks, of whatever role
    activities: Words = ()
    briefs: Words = ()


class Honour(Cited):
    """Who may be proposed: the best of those who passed an assessment, as it is sealed."""

    id: Identifier
    name: str
    of: str  # the assessment
    role: Words = ()  # by default whomever it assesses
    at_least: Hundredths | None = Field(None, alias="at least")  # of the total
    most: Percent | None = None  # of those who passed, rounded down
    within: Literal["cohort", "school", "county", "city", "province", "all"] = "all"
    order_by: Words = Field((TOTAL,), alias="order by")  # `total` and components, the highest first


class Resource(Cited):
    """What people made that is worth keeping: what was shown of tasks, or the accepted cases of a filing."""

    id: Identifier
    name: str
    tasks: Words = ()
    filing: str | None = None


class Choosing(Cited):
    """Which tasks show that a person has chosen courses."""

    tasks: Words
