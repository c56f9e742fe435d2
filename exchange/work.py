"""The files that a cohort handed in, out into a folder, with the sheet that an import of them would read: the same files again change
nothing."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Locale, Wording, refuse
from calendars.quantities import shown
from calendars.term import TermCalendar
from exchange.file_names import plain
from exchange.forms import FORMS, columns_of
from exchange.keeping import check_kept, path_of
from exchange.workbooks import Page, write_workbook
from models.people import Person
from models.terms import Cohort
from models.texts import HandedFile
from models.work import Activity, Enrolment, Source
from workflows.cohorts import load_terms
from workflows.erasing import ERASED
from workflows.facts import EVIDENCE
from workflows.filing_cases import Attached
from workflows.handed_files import RECORD, its_record

NOT_EMPTY = Wording(
    zh="文件夹已经存在，而且不是空的，不会覆盖。请换一个",
    en="this folder exists and is not empty; choose another",
)
SHEET = Wording(zh="清单.xlsx", en="list.xlsx")
_WRITTEN = (
    "number",
    "name",
    "task",
    "kind",
    "item",
    "amount",
    "file",
    "happened",
    "source",
    "reference",
    "cohort",
    "role",
)


@dataclass(frozen=True)
class Piece:
    """One record that stands, as the sheet tells it, and the files that are kept of it, each with its place in the folder."""

    cells: dict[str, str]
    files: dict[Path, Attached]


def export_work(session: Session, cohorts: Sequence[Cohort], kept: Path, out: Path, locale: Locale) -> int:
    """Write the files that stand of some cohorts of a programme, and how many they are. Raises Refused for a folder with
    something in it, and for a kept file that is gone or was changed, before anything is written."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise refuse(NOT_EMPTY(), str(out))
    terms = load_terms(session, [cohort.id or 0 for cohort in cohorts])
    pieces = [piece for term in terms for piece in _pieces(session, term.id, term.calendar)]
    files = {place: file for piece in pieces for place, file in piece.files.items()}
    for file in files.values():
        check_kept(kept, file)
    out.mkdir(parents=True, exist_ok=True)
    for place, file in files.items():
        target = out / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path_of(kept, file.sha256), target)
    if terms:
        names = {column.key: column.name for column in columns_of("evidence", terms[0].calendar)}
        headings = [names[key]().text(locale) for key in _WRITTEN]
        rows = [[piece.cells[key] for key in _WRITTEN] for piece in pieces]
        page = Page(FORMS["evidence"].sheet().text(locale), headings, rows, in_full=True)
        write_workbook(out / SHEET().text(locale), [page])
    return len(files)


def _pieces(session: Session, cohort_id: int, calendar: TermCalendar) -> list[Piece]:
    rows = session.execute(
        select(
            HandedFile, col(Person.number), col(Person.name), col(Activity.task), col(Activity.kind), EVIDENCE.c.item,
            EVIDENCE.c.amount, EVIDENCE.c.happened_at, col(Source.name), col(Cohort.name), col(Enrolment.role),
        )
        .join(EVIDENCE, its_record())
        .join(Activity, col(Activity.id) == EVIDENCE.c.activity_id)
        .join(Source, col(Source.id) == EVIDENCE.c.source_id)
        .join(Enrolment, col(Enrolment.id) == col(HandedFile.enrolment_id))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Enrolment.cohort_id) == cohort_id, EVIDENCE.c.withdrawn_at.is_(None), col(HandedFile.name) != ERASED)
        .order_by(EVIDENCE.c.happened_at, *(EVIDENCE.c[name] for name in RECORD), col(HandedFile.id))
    )  # fmt: skip
    taken: set[Path] = set()
    by_person = sorted(rows.tuples(), key=lambda row: (row[3], row[1]))  # the task, the number
    by_record = itertools.groupby(by_person, lambda row: [getattr(row[0], name) for name in RECORD])
    return [_piece(same, calendar, taken) for _, same in by_record]


def _piece(rows: Iterable[Any], calendar: TermCalendar, taken: set[Path]) -> Piece:
    """Of the rows of one record, one for each of its files."""
    files = {}
    for row in rows:
        handed, number, name, task, kind, item, amount, happened, source, cohort, role = row
        called = next((one.name for one in calendar.tasks if one.id == task), task)
        folder = Path(plain(cohort)) / plain(called)
        place = _free(folder, f"{plain(number)} {plain(name)}", handed.name, taken)
        files[place] = Attached(handed.name, handed.size, handed.sha256)
    at: datetime = happened.astimezone(calendar.zoneinfo)
    cells = {
        "number": number, "name": name, "task": task, "kind": kind, "item": item, "amount": shown(amount),
        "file": "；".join(place.as_posix() for place in files), "happened": f"{at:%Y-%m-%d %H:%M:%S}", "source": source,
        "cohort": cohort, "role": role, "reference": "" if handed.reference.startswith("#") else handed.reference,
    }  # fmt: skip
    return Piece(cells, files)


def _free(folder: Path, stem: str, name: str, taken: set[Path]) -> Path:
    """A place of its own, named by whose text it is, with the ending that the file came with."""
    ending = plain(Path(name).suffix)
    found, number = folder / f"{stem}{ending}", 1
    while found in taken:
        number += 1
        found = folder / f"{stem} {number}{ending}"
    taken.add(found)
    return found
