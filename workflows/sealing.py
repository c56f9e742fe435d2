"""Sealing: at the lock, score sheets are written for good, in one hash chain for each cohort.

A sheet's hash covers the one before it, so that a row edited, removed, added or put elsewhere breaks the chain
from there on. `verify` walks the chain and scores again from the evidence that counted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlmodel import Session, col

from calendars.term import Assessment
from models.pouring import pour
from models.terms import Edition
from models.types import seconds
from models.verdicts import ScoreSheet, Seal
from workflows.cohorts import CohortTerm
from workflows.scoring import Due, Sheet, compile_scoring, deadlines, due_as_json

NOTHING_BEFORE = "0" * 64
SHEET: Table = ScoreSheet.__table__  # type: ignore[attr-defined]
SHEET_COLUMNS = (
    "enrolment_id", "assessment", "entry", "seal_id", "total", "passed", "result", "earned", "breakdown",
    "evidence_count", "evidence_digest", "hash",
)  # fmt: skip


@dataclass(frozen=True)
class Sealed:
    """How many sheets of one programme's assessment were sealed, and with which verdict."""

    programme: str
    assessment: str
    passed: int
    failed: int


LINKED = ("previous", "cohort_id", "number", "assessment", "edition_sha256", "basis", "locked_at")


def link(seal: Mapping[str, Any]) -> str:
    """The hash at which a link of the chain begins: everything in the seal but when it was recorded."""
    facts = [str(seconds(seal[name]) if name == "locked_at" else seal[name]) for name in LINKED]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def chain(start: str, assessment: str, sheets: Iterable[Sheet], entry: int = 0) -> list[str]:
    """The hash of a link's start, then of all of the link up to and with each sheet. The last one is the head."""
    hashes, running = [start], hashlib.sha256(start.encode())
    written = f"\n{assessment.replace('%', '%%')}|{entry}|%d|%d|%d|%s|%s|%s|%d|%d"
    for sheet in sheets:
        running.update((written % sheet[1:]).encode())
        hashes.append(running.hexdigest())
    return hashes


def seal_assessments(
    session: Session, terms: Sequence[CohortTerm], cutoff: str, locked_at: datetime, recorded_at: datetime
) -> list[Sealed]:
    """Seal every assessment that locks at this cutoff, for cohorts of one edition locking at one instant."""
    calendar = terms[0].calendar
    sealed: list[Sealed] = []
    for assessment in calendar.assessments:
        if assessment.locks != cutoff:
            continue
        for due, group in _by_deadlines(terms, assessment).items():
            scoring = compile_scoring(session, group[0], assessment, due, locked_at)
            sheets = scoring.sheets(session, [term.id for term in group])
            basis = due_as_json(due)
            passed, failed = _write(session, group, assessment.id, basis, locked_at, recorded_at, sheets)
            sealed.append(Sealed(calendar.programme, assessment.id, passed, failed))
    return sealed


def _by_deadlines(terms: Sequence[CohortTerm], assessment: Assessment) -> dict[Due, list[CohortTerm]]:
    """Cohorts that share every deadline. Those with the same dates of their own are worked out once."""
    alike: dict[tuple[object, ...], list[CohortTerm]] = {}
    for term in terms:
        alike.setdefault((*sorted(term.fixed().items()), *sorted(term.done().items())), []).append(term)
    groups: dict[Due, list[CohortTerm]] = {}
    for found in alike.values():
        groups.setdefault(deadlines(found[0], assessment), []).extend(found)
    return {due: sorted(found, key=lambda term: term.id) for due, found in groups.items()}


def _write(
    session: Session,
    terms: Sequence[CohortTerm],
    assessment: str,
    basis: str,
    locked_at: datetime,
    recorded_at: datetime,
    sheets: Iterable[Sheet],
) -> tuple[int, int]:
    """One link for each cohort, in one pass over the sheets as the database gives them."""
    edition = session.execute(
        select(col(Edition.sha256)).where(col(Edition.id) == terms[0].edition_id)
    ).scalar_one()
    heads = _heads(session, [term.id for term in terms])
    by_cohort = {cohort: list(found) for cohort, found in groupby(sheets, key=itemgetter(0))}
    seals: list[dict[str, Any]] = []
    hashes: list[list[str]] = []
    for term in terms:
        number, previous = heads.get(term.id, (0, NOTHING_BEFORE))
        found = by_cohort.get(term.id, [])
        seal = {
            "cohort_id": term.id, "number": number + 1, "assessment": assessment, "edition_sha256": edition,
            "basis": basis, "locked_at": locked_at, "recorded_at": recorded_at, "sheets": len(found),
            "previous": previous,
        }  # fmt: skip
        hashes.append(chain(link(seal), assessment, found))
        seals.append(seal | {"head": hashes[-1][-1]})
    numbers = session.execute(
        insert(Seal).returning(col(Seal.id), sort_by_parameter_order=True), seals
    ).scalars()
    rows = [
        (sheet.enrolment_id, assessment, 0, seal_id, *sheet[2:], sealed)
        for term, seal_id, chained in zip(terms, numbers, hashes, strict=True)
        for sheet, sealed in zip(by_cohort.get(term.id, []), chained[1:], strict=True)
    ]
    pour(session, SHEET, SHEET_COLUMNS, rows)
    passed = sum(sheet.passed for found in by_cohort.values() for sheet in found)
    return passed, len(rows) - passed


def _heads(session: Session, cohort_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The last link of each cohort's chain: its number and head."""
    last = (
        select(col(Seal.cohort_id), func.max(col(Seal.number)).label("number"))
        .where(col(Seal.cohort_id).in_(cohort_ids))
        .group_by(col(Seal.cohort_id))
        .subquery()
    )
    rows = session.execute(
        select(col(Seal.cohort_id), col(Seal.number), col(Seal.head)).join(
            last, (col(Seal.cohort_id) == last.c.cohort_id) & (col(Seal.number) == last.c.number)
        )
    )
    return {cohort: (number, head) for cohort, number, head in rows}


def chain_heads(session: Session) -> Iterator[tuple[int, int, str]]:
    """Cohort, number of links and head of every chain, by cohort: what leaves the database each night."""
    for cohort, (number, head) in sorted(_heads(session, _sealed_cohorts(session)).items()):
        yield cohort, number, head


def _sealed_cohorts(session: Session) -> list[int]:
    return list(
        session.execute(select(col(Seal.cohort_id)).distinct().order_by(col(Seal.cohort_id))).scalars()
    )
