"""The terms that are measured: made-up schools, cohorts and people, laid out by the thousand in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Table, text
from sqlmodel import Session

from calendars.reader import read_calendar
from models.database import transaction
from models.encrypted import encrypted, found_by
from models.people import NUMBER, Organisation, Person
from models.pouring import pour
from models.terms import Cohort, CohortPhase
from models.types import seconds
from models.work import Activity, Enrolment, ImportBatch, Source
from workflows.cohorts import create_cohort
from workflows.publishing import publish

COHORTS_OF_A_SCHOOL = 10
AT_ONCE = 1000  # cohorts that are made together
COUNTY = 1
PROGRAMME = 1
COHORT_COLUMNS = ("id", "programme_id", "edition_id", "organisation_id", "name", "began_at")
ENROLMENT_COLUMNS = (
    "id", "cohort_id", "person_id", "organisation_id", "role", "status", "joined_at", "received_at",
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """A term by its calendar, which has the tiers county and school and the role learner."""

    calendar: str
    opening: datetime
    enrolments: int
    learners: int  # of a cohort; the last may have fewer
    activities: tuple[tuple[str, str], ...]  # a task and a kind, numbered from 1

    @property
    def cohorts(self) -> int:
        return -(-self.enrolments // self.learners)


def table_of(model: type[Any]) -> Table:
    found: Table = model.__table__
    return found


def lay_out(engine: Engine, shape: Shape) -> None:
    """Everybody enrolled a day before the term opens. People, enrolments and cohorts are numbered from 1 as they come."""
    calendar = read_calendar(shape.calendar, "benchmark")
    with transaction(engine) as session:
        edition = publish(session, shape.calendar, calendar, "b", shape.opening)
        session.add(Organisation(tier="county", name="县"))
        session.add(Source(programme_id=PROGRAMME, name="p"))
        session.flush()
        schools = range(-(-shape.cohorts // COHORTS_OF_A_SCHOOL))
        places = [(COUNTY + 1 + n, COUNTY, "school", f"第{n}小学") for n in schools]
        pour(session, table_of(Organisation), ("id", "parent_id", "tier", "name"), places)
        for task, kind in shape.activities:
            session.add(Activity(programme_id=PROGRAMME, task=task, kind=kind))
            session.flush()
        create_cohort(session, calendar, edition, "1班", school_of(1), shape.opening - timedelta(days=1))
    for first in range(1, shape.cohorts + 1, AT_ONCE):
        with transaction(engine) as session:
            _lay_out(session, shape, range(first, min(first + AT_ONCE, shape.cohorts + 1)))


def school_of(cohort: int) -> int:
    return COUNTY + 1 + (cohort - 1) // COHORTS_OF_A_SCHOOL


def _lay_out(session: Session, shape: Shape, cohorts: range) -> None:
    """Cohorts like the first one, with their people."""
    before = seconds(shape.opening - timedelta(days=1))
    new = [n for n in cohorts if n > 1]
    pour(session, table_of(Cohort), COHORT_COLUMNS,
         [(n, PROGRAMME, 1, school_of(n), f"{n}班", before) for n in new])  # fmt: skip
    columns = table_of(CohortPhase).c.keys()
    first = session.execute(text(f"SELECT {', '.join(columns)} FROM cohort_phase WHERE cohort_id = 1"))
    phases = [tuple(row)[1:] for row in first]
    pour(session, table_of(CohortPhase), columns, [(n, *phase) for n in new for phase in phases])
    people = range(
        (cohorts.start - 1) * shape.learners + 1,
        min((cohorts.stop - 1) * shape.learners, shape.enrolments) + 1,
    )
    pour(session, table_of(Person), ("id", "number", "number_hash", "name", "email"), [
        (n, encrypted(NUMBER, number_of(n)), found_by(number_of(n)), f"教师{n % 997}", f"t{n}@example.org") for n in people
    ])  # fmt: skip
    cohort_of = {n: (n - 1) // shape.learners + 1 for n in people}
    pour(session, table_of(Enrolment), ENROLMENT_COLUMNS, [
        (n, cohort_of[n], n, school_of(cohort_of[n]), "learner", "enrolled", before, before) for n in people
    ])  # fmt: skip


def number_of(person: int) -> str:
    """The number by which an office knows a person."""
    return f"N{person:07}"


def note_import(engine: Engine, received_at: datetime) -> None:
    """A file of learning records was received: only what was reported is waited for no longer."""
    with transaction(engine) as session:
        session.add(
            ImportBatch(programme_id=PROGRAMME, kind="evidence", file="f", sha256="", received_at=received_at,
                        recorded_at=received_at, added=1, changed=0)
        )  # fmt: skip
