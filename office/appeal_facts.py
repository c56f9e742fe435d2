"""What is told of an appeal, and of what came late: for a program to read, or as the row of a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from calendars.quantities import shown as quantity
from calendars.spoken_times import shown
from workflows.appealing import OneAppeal
from workflows.late_facts import LateFact


def facts_of(one: OneAppeal) -> dict[str, Any]:
    return {
        "appeal": one.id, "programme": one.programme, "cohort": one.cohort, "number": one.number, "person": one.person,
        "assessment": one.assessment, "entry": one.entry + 1, "state": one.state, "decide_by": one.decide_by,
        "open_until": one.open_until, "steps": [
            {
                "act": step.act, "given_back": step.given_back, "at": step.effective_at, "reason": step.reason, "name": step.name,
                "second_name": step.second_name, "document": step.document,
            }
            for step in one.steps
        ],
    }  # fmt: skip


def late_facts_of(fact: LateFact) -> dict[str, Any]:
    amount = None if fact.amount is None else quantity(fact.amount)
    return {
        "record": fact.reference, "task": fact.task, "item": fact.item or None, "amount": amount, "grade": fact.grade,
        "happened_at": fact.happened_at, "received_at": fact.received_at,
    }  # fmt: skip


def late_row(fact: LateFact, zone: ZoneInfo) -> tuple[object, ...]:
    happened_at: datetime | None = fact.happened_at
    amount = fact.grade or ("" if fact.amount is None else quantity(fact.amount))
    return (
        fact.reference,
        f"{fact.task} {fact.item}".strip(),
        amount,
        shown(happened_at, zone),
        shown(fact.received_at, zone),
    )
