"""The term on which letters are measured: as many learners as one likes, half of whom have handed in what is due in three
days, as it stands before the night that reminds the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from benchmarks.databases import opened
from benchmarks.terms import Shape, lay_out, table_of
from models.database import transaction
from models.migrating import upgrade
from models.pouring import pour
from models.types import seconds
from models.work import Evidence
from workflows.night import night

CALENDAR = """
programme: benchmark
name: 测速
zone: Asia/Shanghai
source: benchmarks/letter_term.py
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
LEARNERS = 35  # of a cohort
AT_ONCE = 35_000  # learners whose work is poured in together
ACTIVITIES = (("study", "minutes"), ("work", "handed_in"), ("talk", "topic"))


def prepare(url: str, enrolments: int) -> None:
    """Everybody has studied, and whoever has an even number has handed in."""
    received = seconds(REMINDING) - 86400
    with opened(url) as engine:
        upgrade(engine)
        lay_out(engine, Shape(CALENDAR, OPENING, enrolments, LEARNERS, ACTIVITIES))
        for first in range(1, enrolments + 1, AT_ONCE):
            people = range(first, min(first + AT_ONCE, enrolments + 1))
            shown = [(n, 1, 100 * (n % 800)) for n in people] + [(n, 2, 100) for n in people if n % 2 == 0]
            with transaction(engine) as session:
                pour(session, table_of(Evidence), table_of(Evidence).c.keys(), [
                    (n, 1, f"{n}-{kind}", 0, kind, "", amount, None, received, received, None, n * kind)
                    for n, kind, amount in shown
                ])  # fmt: skip
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
        night(engine, OPENING, OPENING)
        night(engine, REMINDING - timedelta(days=1), REMINDING)
