"""Operators, in whose names something is decided or taken in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from flows.accounts import account
from models.database import transaction
from workflows.operators import New, add, make_the_first

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def appoint(
    engine: Engine, *names: str, organisations: Sequence[str] = (), tiers: Sequence[str] = ()
) -> None:
    """Add operators, of everything if no organisation is named; before them the machine's account, as `yanxiu init` does."""
    with transaction(engine) as session:
        make_the_first(session, account(), LONG_AGO)
        for name in names:
            add(session, New(name, organisations, tiers), account(), LONG_AGO)
