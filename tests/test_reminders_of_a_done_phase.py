"""A phase that is done is spoken of no longer after the deadline, however its nights ran."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.support.story import Story

CALENDAR = """
programme: done-early
name: 提前完成
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员}
evidence: {file: {name: 提交}}
phases:
  - {id: study, kind: online_study, name: 学习, window: 2024-11-01 .. 2024-11-04}
  - {id: research, kind: school_research, name: 研修, window: 2024-11-05 .. 2024-11-07, locks: lock}
cutoffs: {lock: 2024-11-08}
tasks: [{id: essay, role: learner, phase: study, shows: file, name: 论文}]
assessments:
  - {id: term, of: learner, locks: lock, pass: 1 of 1, components: [{task: essay, points: 1, rule: flat}]}
reminding: {days: every day}
reminders: [{to: learner, about: essay, before: lock, by: [1 day], overdue: daily}]
"""


@pytest.mark.parametrize(
    "nights",
    [["2024-11-12 00:30"], [f"2024-11-{day:02} 00:30" for day in range(1, 13)], ["2024-11-09 00:00"]],
    ids=["at once", "every night", "on the stroke"],
)
def test_nothing_is_overdue_on_the_day_after_the_deadline_of_a_phase_that_was_done_before(
    engine: Engine, nights: list[str]
) -> None:
    """The day after begins at the very instant of the deadline."""
    story = Story(engine, text=CALENDAR)
    story.cohort("一班", "一县", "一小")
    story.enrol("李", "learner", "一班", "一县", "一小")
    for night in nights:
        story.night(night)
    assert [(at[5:16], step) for at, _, step, _ in story.reminders("李")] == [("11-07 00:00", "1 day before")]
