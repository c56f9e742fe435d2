"""The log of moves tells in its own order what came first, also of what one night did at one instant."""

from __future__ import annotations

from sqlalchemy import Engine, select

from models.database import reading
from models.nights import TransitionLog
from tests.support.story import Story

CALENDAR = """
programme: in-order
name: 先后
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2024-11-01 .. 2024-11-04, locks: lock}]
cutoffs: {lock: end of study}
tasks: [{id: essay, role: learner, phase: study, shows: file, name: 论文}]
assessments:
  - {id: term, of: learner, locks: lock, pass: 1 of 1, components: [{task: essay, points: 1, rule: flat}]}
"""


def test_people_follow_the_phase_that_moves_them(engine: Engine) -> None:
    story = Story(engine, text=CALENDAR)
    story.cohort("一班", "一县", "一小")
    story.enrol("李", "learner", "一班", "一县", "一小")
    story.night("2024-11-06")
    with reading(engine) as session:
        rows = session.execute(
            select(TransitionLog.machine, TransitionLog.trigger).order_by(TransitionLog.id)
        )
        moves = [tuple(row) for row in rows]
    assert moves == [
        ("phase", "open"), ("enrolment", "begin"),
        ("phase", "close"), ("phase", "lock"), ("phase", "finish"), ("enrolment", "fall_short"),
    ]  # fmt: skip
