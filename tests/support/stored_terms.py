"""Plain lists of facts written into the tables, and score sheets read back, for the comparison of both scorings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from calendars.term import TermCalendar
from models.exceptions import PersonException
from models.nights import Extension, Resolution
from models.people import Organisation, Person
from models.terms import Edition
from models.types import seconds
from models.verdicts import ScoreSheet, Seal
from models.work import Activity, Enrolment, Evidence, Mark, Rubric, Source
from tests.support.generated_rules import SCHOOLS, Group, Term
from tests.support.slow_scoring import Facts, Given, Granted, Piece, SlowSheet
from workflows.cohorts import create_cohort, load_terms
from workflows.digests import evidence_digest, mark_digest
from workflows.penalties import TO_BE_DECIDED
from workflows.publishing import publish
from workflows.sealing import seal_assessments

BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
PLATFORM = "平台"


def store(session: Session, term: Term) -> dict[int, int]:
    """Write a term into empty tables; returns the table's id of each of its cohorts."""
    places = [Organisation(id=1, tier="county", name="县")]
    places += [
        Organisation(id=school, parent_id=1, tier="school", name=f"学校{school}") for school in SCHOOLS
    ]
    for place in places:
        _write(session, [place])
    edition = publish(session, term.text, term.calendar, "项目办", BEGUN)
    _write(session, [Source(id=1, programme_id=edition.programme_id, name=PLATFORM)])
    known = _activities(session, term.calendar, edition)
    cohorts = {
        group.id: create_cohort(session, term.calendar, edition, f"第{group.id}班", 1, BEGUN).id or 0
        for group in term.groups
    }
    _people(session, term.facts, cohorts)
    _facts(session, term.facts, known)
    _rubrics(session, term, edition)
    _decisions(session, term.facts, cohorts)
    return cohorts


def _decisions(session: Session, facts: Facts, cohorts: dict[int, int]) -> None:
    """What an office said of schools and of single results."""
    said = {"reason": "按文件办理", "name": "王主任", "recorded_at": BEGUN}
    _write(
        session,
        [
            Resolution(
                cohort_id=cohorts[one.cohort], action=one.action, gate=f"{TO_BE_DECIDED}:{one.penalty}",
                organisation_id=one.school, effective_at=one.effective, **said,
            )
            for one in facts.punished
        ],
    )  # fmt: skip
    _write(
        session,
        [
            PersonException(
                enrolment_id=one.person, kind="revoke", assessment=one.assessment, effective_at=one.effective, **said
            )
            for one in facts.revoked
        ],
    )  # fmt: skip


def seal(session: Session, term: Term, cohorts: dict[int, int]) -> None:
    """Seal every assessment of every cohort, those with the same lock together."""
    loaded = {found.id: found for found in load_terms(session, cohorts.values())}
    by_lock = sorted(term.groups, key=lambda group: (group.lock, group.id))
    for lock, groups in groupby(by_lock, key=lambda group: group.lock):
        terms = [loaded[cohorts[group.id]] for group in groups]
        for found, group in zip(terms, _of(term, lock), strict=True):
            found.dates = dict(group.dates)
        seal_assessments(session, terms, "lock", lock, lock)


def sheets(session: Session) -> dict[tuple[str, int], SlowSheet]:
    """The sealed score sheets by assessment and enrolment."""
    rows = session.execute(select(ScoreSheet)).scalars()
    return {
        (row.assessment, row.enrolment_id): SlowSheet(
            row.total, row.passed, row.result, json.loads(row.earned), json.loads(row.breakdown)
        )
        for row in rows
    }


def seals(session: Session) -> list[tuple[Any, ...]]:
    """Every byte that a seal stands for: heads, and each sheet as it was hashed."""
    heads = select(Seal.cohort_id, Seal.number, Seal.assessment, Seal.locked_at, Seal.basis, Seal.head)
    rows = select(
        ScoreSheet.enrolment_id, ScoreSheet.assessment, ScoreSheet.breakdown, ScoreSheet.earned, ScoreSheet.result
    )  # fmt: skip
    found = [tuple(row) for row in session.execute(heads.order_by(Seal.cohort_id, Seal.number))]
    return found + [tuple(row) for row in session.execute(rows.order_by(ScoreSheet.assessment, ScoreSheet.enrolment_id))]  # fmt: skip


def _of(term: Term, lock: datetime) -> Iterable[Group]:
    return sorted((group for group in term.groups if group.lock == lock), key=lambda group: group.id)


def _write(session: Session, rows: Iterable[SQLModel]) -> None:
    session.add_all(rows)
    session.flush()


def _activities(session: Session, calendar: TermCalendar, edition: Edition) -> dict[tuple[str, str], int]:
    pairs = [(task.id, kind) for task in calendar.tasks for kind in (*task.shows, "mark")]
    rows = [Activity(programme_id=edition.programme_id, task=task, kind=kind) for task, kind in pairs]
    _write(session, rows)
    return {(row.task, row.kind): row.id or 0 for row in rows}


def _people(session: Session, facts: Facts, cohorts: dict[int, int]) -> None:
    _write(session, [Person(id=one.id, number=f"N{one.id}", name=f"教师{one.id}") for one in facts.people])
    _write(
        session,
        [
            Enrolment(
                id=one.id, cohort_id=cohorts[one.cohort], person_id=one.id, organisation_id=one.school, role=one.role,
                joined_at=one.received, received_at=one.received, left_at=one.left,
            )
            for one in facts.people
        ],
    )  # fmt: skip


def _facts(session: Session, facts: Facts, known: dict[tuple[str, str], int]) -> None:
    if facts.pieces:
        session.execute(insert(Evidence), [_evidence(piece, known) for piece in facts.pieces])
    if facts.marks:
        session.execute(insert(Mark), [_mark(mark, known) for mark in facts.marks])
    _write(session, [_extension(granted) for granted in facts.granted])


def _extension(granted: Granted) -> Extension:
    return Extension(
        enrolment_id=granted.person, task=granted.task, until=granted.until, reason="住院", name="王主任",
        effective_at=granted.effective, recorded_at=granted.effective,
    )  # fmt: skip


def _evidence(piece: Piece, known: dict[tuple[str, str], int]) -> dict[str, Any]:
    return {
        "enrolment_id": piece.person, "source_id": 1, "reference": piece.reference, "revision": piece.revision,
        "activity_id": known[piece.task, piece.kind], "item": piece.item, "amount": piece.amount,
        "characters": piece.characters, "happened_at": piece.happened, "received_at": piece.received,
        "withdrawn_at": piece.withdrawn,
        "digest": evidence_digest(
            PLATFORM, piece.reference, f"{piece.task}:{piece.kind}", piece.item, piece.amount, piece.characters,
            seconds(piece.happened), seconds(piece.received),
        ),
    }  # fmt: skip


def _mark(mark: Given, known: dict[tuple[str, str], int]) -> dict[str, Any]:
    return {
        "enrolment_id": mark.person, "activity_id": known[mark.task, "mark"], "item": mark.item, "giver": mark.giver,
        "revision": mark.revision, "score": mark.score, "grade": mark.grade, "received_at": mark.received,
        "withdrawn_at": mark.withdrawn,
        "digest": mark_digest(
            f"{mark.task}:mark", mark.item, mark.giver, mark.score, mark.grade, seconds(mark.received)
        ),
    }  # fmt: skip


def _rubrics(session: Session, term: Term, edition: Edition) -> None:
    """The schools' rubrics, and beside them another programme's with the same names and other figures."""
    elsewhere = term.calendar.model_copy(update={"programme": "elsewhere"})
    other = publish(session, "elsewhere", elsewhere, "项目办", BEGUN)
    for programme_id, factor in ((edition.programme_id, 1), (other.programme_id, 3)):
        _write(
            session,
            [
                Rubric(
                    programme_id=programme_id, organisation_id=line.school, task=line.task, item=line.item,
                    points=line.points * factor, received_at=line.received,
                )
                for line in term.facts.rubrics
            ],
        )  # fmt: skip
