"""The term whose scores are sealed: learners with as many learning records each as one likes, and a mark each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine, text

from benchmarks.databases import opened
from benchmarks.measuring import seconds_of
from benchmarks.terms import COUNTY, Shape, lay_out, note_import, table_of
from calendars.reader import read_calendar
from models.database import transaction
from models.migrating import upgrade
from models.pouring import pour
from models.terms import CohortPhase
from models.types import seconds
from models.work import Evidence, Mark
from workflows.cohorts import create_cohort
from workflows.night import night
from workflows.publishing import publish

CALENDAR = """
programme: benchmark
name: 测速
zone: Asia/Shanghai
source: benchmarks/scored_term.py
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence:
  minutes: {name: 学习时间, unit: 分钟}
  handed_in: {name: 提交, unit: 份}
  topic: {name: 主题帖, unit: 个}
  reply: {name: 回复帖, unit: 个}
phases:
  - {id: courses, kind: online_study, name: 课程, window: 2024-11-01 .. 2024-11-30, locks: lock}
cutoffs: {lock: 2024-12-07}
tasks:
  - {id: study, role: learner, phase: courses, shows: minutes, name: 学习}
  - {id: work, role: learner, phase: courses, shows: handed_in, marked by: tutor, marks: [优秀, 良好, 合格, 不合格], name: 作业}
  - {id: journal, role: learner, phase: courses, shows: handed_in, name: 日志}
  - {id: talk, role: learner, phase: courses, shows: [topic, reply], name: 研讨}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 90 of 100
    components:
      - {task: study, points: 40, rule: proportional, full at: 750}
      - {task: work, points: 20, rule: on time plus mark, on time: 10, mark: {优秀: 10, 良好: 8, 合格: 6, 不合格: 0}}
      - {task: journal, points: 20, rule: flat}
      - {task: talk, points: 20, rule: count, each: 5}
gates:
  - {before: lock, require: all handed in work marked, waits on: tutor}
"""
LATER = CALENDAR.replace("lock: 2024-12-07", "lock: 2024-12-14")
ACTIVITIES = (
    ("study", "minutes"), ("work", "handed_in"), ("journal", "handed_in"), ("talk", "topic"), ("talk", "reply"),
    ("work", "mark"),
)  # fmt: skip
MARKED = len(ACTIVITIES)
GRADES = ("优秀", "良好", "合格", "不合格")
OPENING, CLOSING = datetime(2024, 10, 31, 16, tzinfo=UTC), datetime(2024, 11, 30, 16, tzinfo=UTC)
LOCK = datetime(2024, 12, 7, 16, tzinfo=UTC)
LEARNERS = 50  # of a cohort
AT_ONCE = 5000  # enrolments that are filled together


class Done(NamedTuple):
    """One learning record, by the number of its activity; hundredths, and seconds."""

    enrolment: int
    reference: str
    activity: int
    amount: int
    happened: int


def shape(enrolments: int) -> Shape:
    return Shape(CALENDAR, OPENING, enrolments, LEARNERS, ACTIVITIES)


def records(enrolments: range, each: int, seed: int = 0) -> Iterator[Done]:
    """Three in five are minutes of study, the others pieces and posts; the same for the same enrolments."""
    dice = random.Random(f"{enrolments.start} {seed}")
    first, last = seconds(OPENING), seconds(CLOSING)
    for enrolment in enrolments:
        for n in range(each):
            activity = 1 if n % 5 < 3 else n % 4 + 2
            amount = dice.randrange(2000, 9000) if activity == 1 else 100
            yield Done(enrolment, f"{enrolment}-{seed}-{n}", activity, amount, dice.randrange(first, last))


def make(url: str, enrolments: int, evidence: int) -> None:
    """The term before any night; without evidence where there is to be none, and then without marks."""
    with opened(url) as engine:
        upgrade(engine)
        lay_out(engine, shape(enrolments))
        if evidence:
            note_import(engine, CLOSING)
            for start in range(1, enrolments + 1, AT_ONCE):
                fill(engine, range(start, min(start + AT_ONCE, enrolments + 1)), evidence)
        settle(engine)


def fill(engine: Engine, enrolments: range, evidence: int) -> None:
    dice, received = random.Random(enrolments.start), seconds(CLOSING)
    with transaction(engine) as session:
        pour(session, table_of(Evidence), table_of(Evidence).c.keys(), [
            (done.enrolment, 1, done.reference, 0, done.activity, "", done.amount, None, done.happened, received, None,
             dice.randrange(1 << 48)) for done in records(enrolments, evidence)
        ])  # fmt: skip
        pour(session, table_of(Mark), table_of(Mark).c.keys(), [
            (n, MARKED, "", "", 0, None, dice.choice(GRADES), received, None, dice.randrange(1 << 48))
            for n in enrolments
        ])  # fmt: skip


def settle(engine: Engine) -> None:
    """What PostgreSQL does by itself some minutes after so many rows have come."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def move_to_a_later_lock(url: str, on_time: int) -> None:
    """All but the first cohorts go by an edition that locks a week later: before any night, as if they had been made so."""
    with opened(url) as engine, transaction(engine) as session:
        calendar = read_calendar(LATER, "benchmark")
        edition = publish(session, LATER, calendar, "b", OPENING)
        pattern = create_cohort(session, calendar, edition, "pattern", COUNTY, OPENING)
        columns = [one.name for one in table_of(CohortPhase).c if one.name.endswith("_at")]
        those = {"those": on_time, "pattern": pattern.id, "edition": edition.id}
        session.execute(text(
            f"UPDATE cohort_phase SET ({', '.join(columns)}) = (SELECT {', '.join(f'one.{name}' for name in columns)} "
            "FROM cohort_phase AS one WHERE one.cohort_id = :pattern AND one.phase = cohort_phase.phase) WHERE cohort_id > :those"
        ), those)  # fmt: skip
        session.execute(text("UPDATE cohort SET edition_id = :edition WHERE id > :those"), those)
        session.execute(text("DELETE FROM cohort_phase WHERE cohort_id = :pattern"), those)
        session.execute(text("DELETE FROM cohort WHERE id = :pattern"), those)


def bring_to_the_cutoff(url: str) -> float:
    """The nights of the opening and of the end; the seconds that the second took."""
    with opened(url) as engine:
        night(engine, OPENING, OPENING)
        took = seconds_of(lambda: night(engine, CLOSING, CLOSING))
        settle(engine)
    return took
