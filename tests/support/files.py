"""Files as offices send them: written here row by row, read by the product."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.messages import Locale, Refused
from calendars.reader import read_calendar
from exchange.plans import Plan, Proposal, commit
from models.database import transaction
from models.encrypted import opened
from workflows.publishing import publish

PROGRAMMES = Path(__file__).parents[2] / "calendars" / "programmes"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(words: str) -> datetime:
    """`2024-11-03 20:15` or with seconds, in the office's zone."""
    return datetime.fromisoformat(words).replace(tzinfo=SHANGHAI)


def published(engine: Engine, slug: str, at: str = "2019-01-01 00:00") -> None:
    written = (PROGRAMMES / f"{slug}.yaml").read_text(encoding="utf-8")
    with transaction(engine) as session:
        publish(session, written, read_calendar(written, slug), "张主任", local(at))


def workbook(path: Path, rows: Sequence[Sequence[object]], sheet: str = "名单") -> Path:
    """A workbook with text, numbers and dates as they are given."""
    with xlsxwriter.Workbook(
        str(path), {"strings_to_urls": False, "default_date_format": "yyyy-mm-dd hh:mm"}
    ) as book:
        page = book.add_worksheet(sheet)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(line, column, cell)
                elif isinstance(cell, int | float):
                    page.write_number(line, column, cell)
                elif cell:
                    page.write_string(line, column, str(cell))
    return path


def table(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def imported(session: Session, plan: Plan, at: datetime | None = None) -> Plan:
    """Committed, as received or recorded at the given instant."""
    commit(session, plan, at or plan.received_at)
    return plan


def told(problems: Refused | Proposal | pytest.ExceptionInfo[Refused], locale: Locale = "zh") -> list[str]:
    """Every problem as a person reads it."""
    found = problems.value if isinstance(problems, pytest.ExceptionInfo) else problems
    return [
        problem.text(locale) for problem in (found.refused if isinstance(found, Proposal) else found.problems)
    ]


def count(session: Session, name: str) -> int:
    return int(session.connection().execute(text(f"SELECT count(*) FROM {name}")).scalar_one())


def asked(session: Session, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query, numbers and phones opened."""
    rows = session.connection().execute(text(query))
    hidden = {at: f"person.{name}" for at, name in enumerate(rows.keys()) if name in ("number", "phone")}
    return [
        tuple(opened(hidden[at], cell) if at in hidden else cell for at, cell in enumerate(row))
        for row in rows
    ]


def everything(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """The whole content of the tables that files fill."""
    tables = (
        "person",
        "organisation",
        "cohort",
        "enrolment",
        "evidence",
        "mark",
        "rubric",
        "import_batch",
        "source",
    )
    return {
        name: sorted(
            (tuple(row) for row in session.connection().execute(text(f"SELECT * FROM {name}"))), key=repr
        )
        for name in tables
    }
