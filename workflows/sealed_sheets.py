"""The sealed score sheets of a programme as they stood at an instant: of each person the latest entry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, Subquery, Table, and_, func, select
from sqlmodel import Session

from models.types import seconds
from models.verdicts import Seal
from workflows.facts import raw
from workflows.sealing import SHEET, its_link
from workflows.sql import among

SEAL: Table = Seal.__table__  # type: ignore[attr-defined]


def sealed_sheets(cohort_ids: Collection[int], assessments: Sequence[str], at: datetime) -> Subquery:
    """Rows of score sheets. What is sealed at an instant stands from that instant on; a correction stands in place of
    what it corrects."""
    entries = (
        select(SHEET.c.enrolment_id, SHEET.c.assessment, func.max(SHEET.c.entry).label("entry"))
        .select_from(SHEET.join(SEAL, its_link()))
        .where(
            among(SHEET.c.cohort_id, cohort_ids), SHEET.c.assessment.in_(assessments), raw(SEAL, "locked_at") <= seconds(at)
        )
        .group_by(SHEET.c.enrolment_id, SHEET.c.assessment)
        .subquery("entries")
    )  # fmt: skip
    same = and_(*(SHEET.c[name] == entries.c[name] for name in ("enrolment_id", "assessment", "entry")))
    return select(SHEET).join(entries, same).subquery("latest")


def sealed_by(session: Session, cohort_ids: Collection[int], at: datetime) -> set[tuple[int, str]]:
    """Which assessments were sealed in which cohorts."""
    rows: Select[tuple[int, str]] = (
        select(SEAL.c.cohort_id, SEAL.c.assessment)
        .where(among(SEAL.c.cohort_id, cohort_ids), raw(SEAL, "locked_at") <= seconds(at))
        .distinct()
    )
    return {(cohort, assessment) for cohort, assessment in session.execute(rows)}
