"""Sealing: at the lock, score sheets are written for good, in one hash chain for each cohort.

The head of a link covers its sheets and the head before it, so that a row edited, removed, added or put elsewhere
breaks the chain from there on. `verify` walks the chain and scores again from the evidence that counted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Insert, Row, Table, and_, case, func, insert, literal, select
from sqlmodel import Session, col

from calendars.rules.amounts import Weekly
from calendars.term import Assessment, TermCalendar
from models.terms import Edition
from models.types import seconds
from models.verdicts import ScoreSheet, Seal
from workflows.adjusting import adjusted
from workflows.basis import Basis, basis_of, every_component, tasks_in
from workflows.cohorts import CohortTerm
from workflows.facts import ENROLMENT
from workflows.own_deadlines import extensions_digest, own_deadlines
from workflows.scoring import Scoring, compile_scoring
from workflows.sql import among, number, written

NOTHING_BEFORE = "0" * 64
SHEET: Table = ScoreSheet.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Sealed:
    """How many sheets of one programme's assessment were sealed, and with which verdict."""

    programme: str
    assessment: str
    passed: int
    failed: int


HASHED = (
    "enrolment_id", "assessment", "entry", "total", "passed", "result", "earned", "breakdown", "evidence_count",
    "evidence_digest",
)  # fmt: skip
LINKED = ("previous", "cohort_id", "number", "assessment", "edition_sha256", "basis", "locked_at")


def link(seal: Mapping[str, Any]) -> str:
    """The hash at which a link of the chain begins: everything in the seal but when it was recorded."""
    facts = [str(seconds(seal[name]) if name == "locked_at" else seal[name]) for name in LINKED]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def sheet_line() -> ColumnElement[str]:
    """A score sheet as the text that is hashed: everything in it but to which link it belongs."""
    passed = case((SHEET.c.passed, number(1)), else_=number(0))
    columns = [passed if name == "passed" else SHEET.c[name] for name in HASHED]
    return written("".join(["\n%s", *["|%s"] * (len(HASHED) - 1)]), columns)


def its_link() -> ColumnElement[bool]:
    """How a sheet is joined with the link that seals it."""
    return and_(col(Seal.cohort_id) == SHEET.c.cohort_id, col(Seal.number) == SHEET.c.seal)


def head_of(seal: Mapping[str, Any], lines: Iterable[str]) -> str:
    """The hash of a link: of its start and its sheets, by enrolment."""
    return hashlib.sha256("".join([link(seal), *lines]).encode()).hexdigest()


def seal_assessments(
    session: Session, terms: Sequence[CohortTerm], cutoff: str, locked_at: datetime, recorded_at: datetime
) -> list[Sealed]:
    """Seal every assessment that locks at this cutoff, for cohorts of one edition locking at one instant."""
    calendar = terms[0].calendar
    sealed: list[Sealed] = []
    for assessment in calendar.assessments:
        if assessment.locks != cutoff:
            continue
        for basis, group in by_basis(session, terms, assessment, locked_at):
            scoring = compile_scoring(session, group, assessment, basis, locked_at)
            passed, failed = _seal(session, scoring, group, basis, recorded_at)
            sealed.append(Sealed(calendar.programme, assessment.id, passed, failed))
    return sealed


def by_basis(
    session: Session, terms: Sequence[CohortTerm], assessment: Assessment, locked_at: datetime
) -> Iterator[tuple[Basis, list[CohortTerm]]]:
    """Cohorts that share every deadline and week, those apart in which people have their own. Cohorts with the same dates are
    worked out once."""
    alike: dict[tuple[object, ...], list[CohortTerm]] = {}
    phases = _weekly_phases(terms[0].calendar, assessment)
    for term in terms:
        openings = (term.opening(phase) for phase in phases)
        alike.setdefault((*sorted(term.fixed().items()), *sorted(term.done().items()), *openings), []).append(
            term
        )
    groups: dict[tuple[Basis, bool], list[CohortTerm]] = {}
    for found in alike.values():
        basis = basis_of(found[0], assessment)
        for term in found:
            own = own_deadlines([term], tasks_in(basis.due), locked_at) is not None
            groups.setdefault((basis, own), []).append(term)
    for (basis, _), found in groups.items():
        apart: dict[Basis, list[CohortTerm]] = {}
        own_basis = adjusted(session, found, assessment, basis, locked_at)
        for term in sorted(found, key=lambda term: term.id):
            apart.setdefault(own_basis[term.id], []).append(term)
        yield from apart.items()


def _weekly_phases(calendar: TermCalendar, assessment: Assessment) -> list[str]:
    """The phases whose tasks are asked week by week: weeks are counted from their real beginnings."""
    return [
        calendar.task(task).phase
        for component in every_component(assessment)
        for task in (component.task_ids if isinstance(component, Weekly) else ())
    ]


def _seal(
    session: Session, scoring: Scoring, terms: Sequence[CohortTerm], basis: Basis, recorded_at: datetime
) -> tuple[int, int]:
    """One link for each cohort; returns how many passed and how many did not."""
    edition = session.execute(
        select(col(Edition.sha256)).where(col(Edition.id) == terms[0].edition_id)
    ).scalar_one()
    heads = _heads(session, [term.id for term in terms])
    before = {term.id: heads.get(term.id, (0, NOTHING_BEFORE)) for term in terms}
    sheets = _write_sheets(session, scoring, before, 0)
    lines = {cohort: [row[-1] for row in rows] for cohort, rows in groupby(sheets, key=itemgetter(0))}
    as_json = cache(lambda digest: replace(basis, extensions=digest).as_json())  # most cohorts have none
    seals = []
    for term in terms:
        last, previous = before[term.id]
        found = lines.get(term.id, [])
        digest = extensions_digest(term, tasks_in(basis.due), scoring.locked_at)
        seal = {
            "cohort_id": term.id, "number": last + 1, "assessment": scoring.assessment.id, "edition_sha256": edition,
            "basis": as_json(digest), "locked_at": scoring.locked_at, "recorded_at": recorded_at,
            "sheets": len(found), "previous": previous,
        }  # fmt: skip
        seals.append(seal | {"head": head_of(seal, found)})
    session.execute(insert(Seal), seals)
    passed = sum(map(itemgetter(2), sheets))
    return passed, len(sheets) - passed


def seal_entry(
    session: Session, scoring: Scoring, term: CohortTerm, at: datetime, recorded_at: datetime
) -> None:
    """Seal one more entry of one person's sheet, as the next link of the cohort's chain."""
    correction = scoring.basis.correction
    assert correction is not None
    edition = session.execute(
        select(col(Edition.sha256)).where(col(Edition.id) == term.edition_id)
    ).scalar_one()
    last, previous = _heads(session, [term.id])[term.id]
    sheets = _write_sheets(
        session, scoring, {term.id: (last, previous)}, correction.entry + 1, correction.enrolment_id
    )
    lines = [row[-1] for row in sheets]
    seal = {
        "cohort_id": term.id, "number": last + 1, "assessment": scoring.assessment.id, "edition_sha256": edition,
        "basis": scoring.basis.as_json(), "locked_at": at, "recorded_at": recorded_at, "sheets": len(lines),
        "previous": previous,
    }  # fmt: skip
    session.execute(insert(Seal), [seal | {"head": head_of(seal, lines)}])


def _write_sheets(
    session: Session,
    scoring: Scoring,
    before: Mapping[int, tuple[int, str]],
    entry: int,
    enrolment_id: int | None = None,
) -> list[Row[Any]]:
    """Score and write in one statement; gives back by cohort and enrolment who passed, and each sheet's text."""
    by_number: dict[int, list[int]] = {}
    for cohort, (last, _) in before.items():
        by_number.setdefault(last + 1, []).append(cohort)
    found: list[Row[Any]] = []
    for link_number, cohorts in by_number.items():
        scored = scoring.statement(cohorts, enrolment_id).subquery("scored")
        given = {"assessment": scoring.assessment.id, "entry": entry, "seal": link_number}
        columns = [
            literal(given[column.name]) if column.name in given else scored.c[column.name]
            for column in SHEET.c
        ]
        written_now = insert(SHEET).from_select(SHEET.c.keys(), select(*columns))
        found += _written(session, written_now, cohorts, given)
    return sorted(found, key=itemgetter(0, 1))


def _written(
    session: Session, statement: Insert, cohorts: Sequence[int], given: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """Write the sheets of a link, and read them as they are. SQLite takes three times as long to return what it inserts as to
    find it by the enrolments; PostgreSQL does not know how to find what it has just been given."""
    told = (SHEET.c.cohort_id, SHEET.c.enrolment_id, SHEET.c.passed, sheet_line())
    if session.connection().dialect.name != "sqlite":
        return session.execute(statement.returning(*told)).all()
    session.execute(statement)
    of_link = (SHEET.c[name] == value for name, value in given.items())
    return session.execute(
        select(*told)
        .join(ENROLMENT, ENROLMENT.c.id == SHEET.c.enrolment_id)
        .where(among(ENROLMENT.c.cohort_id, cohorts), *of_link)
    ).all()


def _heads(session: Session, cohort_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The last link of each cohort's chain: its number and head."""
    last = (
        select(col(Seal.cohort_id), func.max(col(Seal.number)).label("number"))
        .where(among(col(Seal.cohort_id), cohort_ids))
        .group_by(col(Seal.cohort_id))
        .subquery()
    )
    rows = session.execute(
        select(col(Seal.cohort_id), col(Seal.number), col(Seal.head)).join(
            last, (col(Seal.cohort_id) == last.c.cohort_id) & (col(Seal.number) == last.c.number)
        )
    )
    return {cohort: (last, head) for cohort, last, head in rows}
