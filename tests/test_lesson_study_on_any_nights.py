"""Law 2 for lesson studies: whichever nights run, a group comes to the same steps, holds and seals (ALL-04, G16-06)."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from calendars.messages import Refused
from models.database import open_database
from models.groups import GroupStep
from models.nights import Hold
from models.terms import CohortPhase
from tests.support.story import Story

CALENDAR = """
programme: polish
name: 磨课
zone: Asia/Shanghai
source: 样例
tiers: [county, school]
roles: {learner: 学员, leader: 组长, tutor: 指导教师}
evidence: {hours: {name: 学时}, outline: {name: 计划}}
phases:
  - {id: research, kind: school_research, name: 研修, window: 2024-03-04 .. 2024-03-13}
  - {id: summary, kind: wrap_up, name: 总结, window: 2024-03-14 .. 2024-03-16, locks: lock}
cutoffs: {lock: end of summary}
tasks:
  - {id: study, role: learner, phase: research, shows: hours, name: 学习}
  - {id: outline, role: leader, phase: research, shows: outline, by: 2024-03-10, name: 发布计划}
assessments:
  - {id: result, of: learner, locks: lock, pass: 1 of 2, components: [{task: study, points: 2, rule: count}]}
  - {id: leading, of: leader, locks: lock, pass: 1 of 1, components: [{task: outline, points: 1, rule: flat}]}
lesson studies:
  - id: polish
    name: 磨课
    phase: research
    role: leader
    waits on: tutor
    steps:
      - {id: plan, name: 计划, by: 2024-03-06, task: outline}
      - {id: lesson, name: 上课, by: 2 days before end of research}
      - {id: summary, name: 小结, by: end of research}
reminders:
  - {to: leader, about: outline, by: [2 days], on the day: yes, overdue: daily}
gates:
  - {before: lock, require: lesson study complete, waits on: tutor}
"""
FIRST, DAYS = datetime(2024, 3, 3), 18  # in the calendar's zone  # noqa: DTZ001
STEPS = ("plan", "lesson", "summary")
GROUPS = ("一组", "二组")

instants = st.integers(0, DAYS * 24).map(lambda hours: FIRST + timedelta(hours=hours))
happenings = st.lists(
    st.tuples(
        instants,
        st.sampled_from(["do", "do", "do", "do", "return", "extend", "waive"]),
        st.sampled_from(GROUPS),
        st.sampled_from(STEPS),
        st.integers(0, 60),  # hours: how long ago it took place, how far a deadline is moved
    ),
    max_size=14,
    unique_by=lambda event: event[0],
)
nights = st.lists(instants, max_size=8)


def written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture(scope="module")
def files(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return sqlite_template, tmp_path_factory.mktemp("polish") / "played.sqlite"


def play(files: tuple[Path, Path], happening: Any, when: list[datetime]) -> dict[str, Any]:
    """A term from its first day: acts at their instants, nights at theirs, and a last one when all is over."""
    template, file = files
    shutil.copy(template, file)
    engine = open_database(f"sqlite:///{file}")
    story = Story(engine, text=CALENDAR)
    for group in GROUPS:
        story.cohort(group, "一县", "一小")
        story.enrol(f"{group}学员", "learner", group, "一县", "一小")
        story.enrol(f"{group}组长", "leader", group, "一县", "一小")
    timeline = [(at, 1, event) for at, *event in happening] + [(at, 0, None) for at in when]
    taken = [_act(story, written(at), event) for at, _, event in sorted(timeline, key=lambda one: one[:2])]
    story.night(written(FIRST + timedelta(days=DAYS + 1)))
    found = {
        "taken": [one for one in taken if one is not None],
        "seals": story.seals(),
        "log": story.log(),
        "outbox": story.outbox(),
    }
    with Session(engine) as session:
        for table, columns in (
            (Hold, ("cohort_id", "phase", "kind", "step", "detail", "opened_at", "cleared_at", "cleared_by")),
            (GroupStep, ("cohort_id", "number", "act", "step", "done_at", "effective_at")),
            (CohortPhase, ("cohort_id", "phase", "state", "opens_at", "closes_at", "locks_at", "done_at")),
        ):
            rows = session.execute(select(*(getattr(table, name) for name in columns)))
            found[table.__name__] = sorted((tuple(row) for row in rows), key=repr)
    engine.dispose()
    return found


def _act(story: Story, at: str, event: Any) -> bool | None:
    """A night, or an act if it can be done: whether it was."""
    if event is None:
        story.night(at)
        return None
    doing, group, step, hours = event
    other = written(datetime.fromisoformat(at) - timedelta(hours=hours))
    until = written(datetime.fromisoformat(at) + timedelta(hours=hours))
    try:
        if doing == "do":
            story.does_step(group, step, at=other, said=at)
        elif doing == "return":
            story.returns_step(group, at=at)
        elif doing == "extend":
            story.extends_step(group, step, until=until, at=at)
        else:
            story.waives_step(group, step, at=at)
    except Refused:
        return False
    return True


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(happening=happenings, when=nights)
def test_a_lesson_study_comes_to_the_same_whichever_nights_run(
    files: tuple[Path, Path], happening: Any, when: list[datetime]
) -> None:
    each_day = [FIRST + timedelta(days=day, minutes=30) for day in range(DAYS + 1)]
    daily = play(files, happening, each_day)
    assert play(files, happening, []) == daily
    assert play(files, happening, [*when, *when]) == daily
