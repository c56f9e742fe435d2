"""Sentences without what they quote: safe where anybody who sees Prefect's page may read them.

What a cell holds reaches a sentence as one of its facts, so each fact is left out but those that count or place.
"""

from __future__ import annotations

import re

from calendars.messages import Message, Problem, Wording
from exchange.spreadsheets import IN_LINE

LEFT_OUT = "…"
PLACING = frozenset({"line", "column", "first", "count", "enrolment"})  # figures that are nobody's data
ADDRESS = re.compile(r"![A-Z]+[0-9]+$")

LINE = Wording("第{line}行第{column}列", "line {line}, column {column}")


def redacted(message: Message) -> Message:
    """The same sentence with `…` in the place of everything that it quotes."""
    return Message(message.wording, tuple((name, _fact(name, fact)) for name, fact in message.facts))


def place_and_kind(problem: Problem) -> tuple[Message | str, Message]:
    """Where in a file a problem is, and what is wrong there: neither quotes a cell, a header or a sheet's name."""
    message = problem.message
    if message.wording is IN_LINE:
        facts = dict(message.facts)
        inner = facts["message"]
        assert isinstance(inner, Message)
        return LINE(line=facts["line"], column=facts["column"]), redacted(inner)
    address = ADDRESS.search(problem.where)
    return address[0][1:] if address else "", redacted(message)


def _fact(name: str, fact: object) -> object:
    if isinstance(fact, Message):
        return redacted(fact)
    if isinstance(fact, tuple) and any(isinstance(one, Message) for one in fact):
        return tuple(_fact(name, one) for one in fact)
    return fact if name in PLACING and isinstance(fact, int) else LEFT_OUT
