"""One style for every line that a flow logs: what happened, then `name=value`, of ids and counts only."""

from __future__ import annotations


def line(event: str, **facts: int | str) -> str:
    """`night done night=3 moves=12`."""
    return " ".join([event, *(f"{name}={value}" for name, value in facts.items())])
