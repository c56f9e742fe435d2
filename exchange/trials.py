"""A file whose rows depend on one another: they are carried out while it is read, in a savepoint that is taken back, and
again when the file is committed."""

from __future__ import annotations

from collections.abc import Callable

from sqlmodel import Session

from exchange.cells import Reader
from exchange.plans import Plan, Write


def tried(session: Session, plan: Plan, reader: Reader, read: Callable[[], None], write: Write) -> Plan:
    """The plan, with every problem that carrying the rows out has shown."""
    with session.begin_nested() as trial:
        read()
        trial.rollback()
    session.expire_all()
    plan.examples = reader.table.examples
    plan.refused = [*reader.problems, *reader.table.strays]
    plan.write = write
    return plan
