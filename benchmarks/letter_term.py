"""The term on which letters are measured: as many learners as one likes, half of whom have handed in what is due in three
days, as it stands before the night that reminds the others; and databases that hold it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, make_url, text

from calendars.reader import read_calendar
from models.database import open_database, transaction
from models.migrating import upgrade
from models.people import Organisation, Person
from models.pouring import pour
from models.terms import Cohort, CohortPhase
from models.types import seconds
from models.work import Activity, Enrolment, Evidence, Source
from workflows.cohorts import create_cohort
from workflows.night import night
from workflows.publishing import publish

CALENDAR = """
programme: benchmark
name: 测速
zone: Asia/Shanghai
source: benchmarks/letters.py
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence:
  minutes: {name: 学习时间, unit: 分钟}
  handed_in: {name: 提交, unit: 份}
  topic: {name: 主题帖, unit: 帖}
phases:
  - {id: courses, kind: online_study, name: 课程, window: 2024-11-01 .. 2024-11-30, locks: lock}
cutoffs: {lock: 2024-12-07}
tasks:
  - {id: study, role: learner, phase: courses, shows: minutes, name: 学习}
  - {id: work, role: learner, phase: courses, shows: handed_in, marked by: tutor, marks: [优秀, 合格, 不合格], name: 作业}
  - {id: talk, role: learner, phase: courses, shows: topic, name: 研讨}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 60 of 100
    components:
      - {task: study, points: 40, rule: proportional, full at: 750}
      - {task: work, points: 40, rule: on time plus mark, on time: 20, mark: {优秀: 20, 合格: 12, 不合格: 0}}
      - {task: talk, points: 20, rule: count, each: 5}
reminders:
  - {to: learner, about: work, by: [3 days]}
"""
OPENING = datetime(2024, 10, 31, 16, tzinfo=UTC)
REMINDING = datetime(2024, 11, 26, 17, tzinfo=UTC)
COHORT = 35
COHORTS_OF_A_SCHOOL = 10
AT_ONCE = 1000  # cohorts that are made together
SHOWN = ("minutes", "handed_in", "topic")


def prepare(url: str, enrolments: int) -> None:
    """The term as it stands before the night that reminds."""
    engine = open_database(url)
    upgrade(engine)
    calendar = read_calendar(CALENDAR, "benchmark")
    cohorts = -(-enrolments // COHORT)
    schools = -(-cohorts // COHORTS_OF_A_SCHOOL)
    with transaction(engine) as session:
        edition = publish(session, CALENDAR, calendar, "b", OPENING)
        county = Organisation(tier="county", name="县")
        session.add_all([county, Source(programme_id=edition.programme_id, name="p")])
        kinds = zip(("study", "work", "talk"), SHOWN, strict=True)
        session.add_all(Activity(programme_id=edition.programme_id, task=t, kind=k) for t, k in kinds)
        session.flush()
        places = [(n + 2, county.id, "school", f"第{n}小学") for n in range(schools)]
        pour(session, table(Organisation), ("id", "parent_id", "tier", "name"), places)
        create_cohort(session, calendar, edition, "1班", 2, OPENING)
    for first in range(1, cohorts + 1, AT_ONCE):
        fill(engine, first, min(first + AT_ONCE, cohorts + 1), enrolments)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    night(engine, OPENING, OPENING)
    night(engine, REMINDING - timedelta(days=1), REMINDING)
    engine.dispose()


def fill(engine: Engine, first: int, end: int, enrolments: int) -> None:
    """Cohorts like the first one, with their people. Whoever has an even number has handed in."""
    began, received = seconds(OPENING), seconds(REMINDING) - 86400
    people = range((first - 1) * COHORT + 1, min((end - 1) * COHORT, enrolments) + 1)
    with transaction(engine) as session:
        ids = [n for n in range(first, end) if n > 1]
        cohorts = [(n, 1, 1, 2 + (n - 1) // COHORTS_OF_A_SCHOOL, f"{n}班", began) for n in ids]
        names = ("id", "programme_id", "edition_id", "organisation_id", "name", "began_at")
        pour(session, table(Cohort), names, cohorts)
        phase = table(CohortPhase).c.keys()
        like = [
            tuple(row)[1:]
            for row in session.execute(
                text(f"SELECT {', '.join(phase)} FROM cohort_phase WHERE cohort_id = 1")
            )
        ]
        pour(session, table(CohortPhase), phase, [(n, *row) for n in ids for row in like])
        pour(session, table(Person), ("id", "number", "name", "email"),
             [(n, f"N{n:07}", f"教师{n % 997}", f"t{n}@example.org") for n in people])  # fmt: skip
        names = (
            "id",
            "cohort_id",
            "person_id",
            "organisation_id",
            "role",
            "status",
            "joined_at",
            "received_at",
        )
        pour(session, table(Enrolment), names, [
            (n, (n - 1) // COHORT + 1, n, 2 + (n - 1) // COHORT // COHORTS_OF_A_SCHOOL, "learner", "enrolled", began, began)
            for n in people
        ])  # fmt: skip
        shown = [(n, 1, 100 * (n % 800)) for n in people] + [(n, 2, 100) for n in people if n % 2 == 0]
        pour(session, table(Evidence), table(Evidence).c.keys(), [
            (n, 1, f"{n}-{kind}", 0, kind, "", amount, None, received, received, None, n * kind) for n, kind, amount in shown
        ])  # fmt: skip


def table(model: type[Any]) -> Any:
    return model.__table__


@contextmanager
def databases(url: str, folder: str, enrolments: int, copies: int) -> Iterator[list[Engine]]:
    """The term several times over: a night can be measured once in each. It is made in a process of its own, so that its
    memory is not taken for the night's."""
    first = f"sqlite:///{folder}/letters.sqlite"
    if url:
        first = in_database(url, "yanxiu_letters_0")
        administer(url, "DROP DATABASE IF EXISTS yanxiu_letters_0", "CREATE DATABASE yanxiu_letters_0")
    making = get_context("spawn").Process(target=prepare, args=(first, enrolments))
    making.start()
    making.join()
    if making.exitcode:
        sys.exit(making.exitcode)
    names = [f"yanxiu_letters_{n}" for n in range(1, copies + 1)]
    for name in names:
        if url:
            administer(
                url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE yanxiu_letters_0"
            )
        else:
            shutil.copy(Path(folder) / "letters.sqlite", Path(folder) / name)
    engines = [
        open_database(in_database(url, name) if url else f"sqlite:///{folder}/{name}") for name in names
    ]
    try:
        yield engines
    finally:
        for engine in engines:
            engine.dispose()
        if url:
            administer(url, *(f"DROP DATABASE IF EXISTS {name}" for name in ("yanxiu_letters_0", *names)))


def in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def administer(url: str, *statements: str) -> None:
    with open_database(url).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
