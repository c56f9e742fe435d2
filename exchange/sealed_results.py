"""Where everybody stands in every assessment: the latest sealed sheet as known at an instant, and why it was corrected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.quantities import shown
from calendars.term import Assessment, TermCalendar
from models.people import Person
from models.terms import Cohort
from models.types import instant
from models.verdicts import ScoreSheet, Seal
from models.work import Enrolment
from workflows.basis import Basis
from workflows.facts import ENROLMENT
from workflows.publishing import calendar_of, newest_edition
from workflows.sealing import its_link

# With when it was sealed, the head of the link, and why it was corrected.
Sealed = tuple[ScoreSheet | None, int | None, str, str]
NOT_YET: Sealed = (None, None, "", "")


@dataclass(frozen=True)
class Standing:
    """One person in one assessment: the latest sealed sheet, or none yet."""

    number: str
    name: str
    role: str
    cohort: str
    organisation_id: int
    status: str
    reason: str
    assessment: Assessment
    sheet: ScoreSheet | None
    locked_at: int | None
    head: str = ""  # of the link that seals the sheet
    why: str = ""  # of a correction


def sealed_results(session: Session, slug: str, at: datetime) -> list[dict[str, Any]]:
    """Every sealed result for a program to read: what it is, and on which sealed entry it stands, counted from 1. Amounts
    as they are written."""
    edition = newest_edition(session, slug)
    calendar = calendar_of(session, edition.id or 0)
    return [
        {
            "number": one.number, "person": one.name, "cohort": one.cohort, "role": one.role, "status": one.status,
            "assessment": one.assessment.id, "total": shown(one.sheet.total), "passed": one.sheet.passed,
            "result": one.sheet.result,
            "earned": {unit: shown(amount) for unit, amount in json.loads(one.sheet.earned).items()},
            "entry": one.sheet.entry + 1, "correction": one.why or None, "sealed_at": instant(one.locked_at or 0),
            "seal": one.head,
        }
        for one in standings(session, calendar, edition.programme_id, at)
        if one.sheet is not None
    ]  # fmt: skip


def standings(
    session: Session, calendar: TermCalendar, programme_id: int, at: datetime
) -> Iterator[Standing]:
    """Everybody in every assessment of their role, by cohort and number."""
    sealed = _sealed(session, programme_id, at)
    rows = session.execute(
        select(Enrolment, col(Person.number), col(Person.name), col(Cohort.name))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Cohort.programme_id) == programme_id)
        .order_by(col(Cohort.name), col(Enrolment.id))
    )
    cohorts = groupby(rows, key=itemgetter(3))
    for enrolment, number, name, cohort in chain.from_iterable(
        sorted(of, key=itemgetter(1)) for _, of in cohorts
    ):
        for assessment in calendar.assessments:
            if enrolment.role in assessment.of:
                gone = enrolment.status == "transferred"
                if gone and (enrolment.id, assessment.id) not in sealed:
                    continue  # told where the person went, with the work
                sheet, locked_at, head, why = sealed.get((enrolment.id, assessment.id), NOT_YET)
                yield Standing(
                    number, name, enrolment.role, cohort, enrolment.organisation_id, enrolment.status,
                    enrolment.status_reason or "", assessment, sheet, locked_at, head, why,
                )  # fmt: skip


def _sealed(session: Session, programme_id: int, at: datetime) -> Mapping[tuple[int, str], Sealed]:
    """The latest entry of each sheet as of an instant: a correction comes after what it corrects."""
    rows = session.execute(
        select(ScoreSheet, col(Seal.locked_at), col(Seal.head), col(Seal.basis))
        .join(Seal, its_link())
        .join(ENROLMENT, ENROLMENT.c.id == col(ScoreSheet.enrolment_id))
        .join(Cohort, col(Cohort.id) == ENROLMENT.c.cohort_id)
        .where(col(Cohort.programme_id) == programme_id, col(Seal.locked_at) <= at)
        .order_by(col(ScoreSheet.entry))
    )
    return {
        (sheet.enrolment_id, sheet.assessment): (sheet, int(locked.timestamp()), head, _why(basis))
        for sheet, locked, head, basis in rows
    }


def _why(basis: str) -> str:
    correction = Basis.from_json(basis).correction if "correction" in basis else None
    return f"{'、'.join(correction.names)}：{correction.reason}" if correction else ""
