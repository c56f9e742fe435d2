"""What forms in Prefect leave in the access log: files with people's data, and what was refused for its scope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prefect import runtime
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Locale, Problem
from flows.accounts import account
from models.database import transaction
from workflows import access


def keep_export(engine: Engine, operator: str, programme: str, file: Path, rows: int) -> None:
    """Keep that people's data were written into a file."""
    with transaction(engine) as session:
        access.exported(session, _done(operator, programme), file.name, rows, now())


def keep_refusals(engine: Engine, problems: Sequence[Problem], programme: str | None, locale: Locale) -> None:
    """Keep what was refused for its scope, in a transaction of its own."""
    if [*access.of_scope(problems, locale)]:
        with transaction(engine) as session:
            access.refused(session, _done("", programme), problems, locale, now())


def _done(operator: str, programme: str | None) -> access.Done:
    run = runtime.flow_run
    return access.Done(operator, account(), str(run.flow_name), programme, run_id=str(run.id))
