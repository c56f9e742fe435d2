"""Exceptions as the office's own sheet: the columns that an import reads, so that it can be filled in further and taken
in again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from calendars.messages import Locale
from calendars.spoken_times import shown_end
from calendars.term import TermCalendar
from exchange.exception_columns import OF_A_RECORD, kind_shown
from exchange.forms import FORMS, columns_of
from exchange.workbooks import Page, write_workbook
from workflows.exceptions_told import Told

Cell = str | int | None


def write_exceptions(calendar: TermCalendar, found: Iterable[Told], path: Path, locale: Locale) -> None:
    """One row a decision, the earliest first. Times are the programme's, to the second."""
    columns = columns_of("exceptions", calendar)
    headings = [column.name().text(locale) for column in columns]
    rows = ([cells.get(column.key, "") for column in columns] for cells in _rows(calendar, found, locale))
    write_workbook(path, [Page(FORMS["exceptions"].sheet().text(locale), headings, rows, in_full=True)])


def _rows(calendar: TermCalendar, found: Iterable[Told], locale: Locale) -> Iterator[dict[str, Cell]]:
    zone = calendar.zoneinfo
    for one in found:
        at = one.effective_at.astimezone(zone)
        yield {
            "number": one.number, "name": one.person, "cohort": one.cohort,
            "role": calendar.roles.get(one.role, one.role), "kind": kind_shown(one.kind)().text(locale),
            "task": _task(calendar, one), "item": one.item, "amount": one.amount,
            "reference": one.reference if one.kind in OF_A_RECORD else None,
            "to": one.to_cohort or shown_end(one.until, zone), "why": one.reason, "by": "、".join(one.names),
            "done": f"{one.done.astimezone(zone):%Y-%m-%d %H:%M:%S}" if one.done else None, "document": one.document, "at": f"{at:%Y-%m-%d %H:%M:%S}", "assessment": one.assessment_name,
        }  # fmt: skip


def _task(calendar: TermCalendar, one: Told) -> str | None:
    """By name, or by id where two share a name."""
    names = [task.name for task in calendar.tasks]
    return one.task_name if one.task_name and names.count(one.task_name) == 1 else one.task
