"""Whoever was given a later deadline is reminded by that one, and is not overdue before it has passed."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.support.story import Story

CALENDAR = """
programme: reminded
name: 提醒
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2024-11-01 .. 2024-11-20, locks: lock}]
cutoffs: {check: 2024-11-10, marks in: 2024-11-25, lock: 2024-11-30}
tasks:
  - {id: essay, role: learner, phase: study, shows: file, marked by: tutor, marks: [好, 差], name: 论文}
  - {id: diary, role: learner, phase: study, shows: file, name: 日志}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 1 of 2
    components:
      - {task: essay, points: 1, rule: flat}
      - {task: diary, points: 1, rule: flat}
reminding: {days: every day}
reminders:
  - {to: learner, about: [essay, diary], by: [3 days], on the day: yes, overdue: daily, escalate: {to: county, after: 2 days}}
  - {to: learner, about: diary, before: check, by: [1 day]}
  - {to: tutor, about: diary, by: [1 day]}
  - {to: tutor, about: essay, before: marks in, by: [2 days]}
  - {to: tutor, about: essay, overdue: daily}
"""
DUE = "2024-11-20 24:00"
OWN = "2024-11-24 24:00"  # four days more
SAID = "2024-11-18 10:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    """李 has four days more for the diary, and everybody has handed in the essay; nobody ever keeps a diary."""
    story = Story(engine, text=CALENDAR)
    story.cohort("一班", "一县", "一小")
    for name, role in (("李", "learner"), ("王", "learner"), ("导", "tutor")):
        story.enrol(name, role, "一班", "一县", "一小")
    return story


def essays(story: Story) -> None:
    for name in ("李", "王"):
        story.shows(name, "essay", at="2024-11-05 20:00")
        story.marks(name, "essay", "好", received="2024-11-06 20:00")


def of(story: Story, name: str) -> list[tuple[str, str]]:
    """When somebody is reminded of the diary, and at which step."""
    return [(at[:10], step) for at, task, step, _ in story.reminders(name) if task == "diary"]


EVERYBODY = [("2024-11-09", "1 day before"), ("2024-11-17", "3 days before")]


@pytest.mark.parametrize(
    "nights", [["2024-11-30"], ["2024-11-15", "2024-11-18 09:00", "2024-11-20", "2024-11-30"]]
)
def test_the_own_deadline_reminds_anew_and_the_cohorts_no_more(story: Story, nights: list[str]) -> None:
    essays(story)
    said = False
    for night in nights:
        if night > SAID and not said:
            story.extend_for("李", "diary", OWN, effective=SAID)
            said = True
        story.night(night)
    assert of(story, "王")[:4] == [*EVERYBODY, ("2024-11-20", "on the day"), ("2024-11-21", "overdue 1")]
    assert of(story, "李") == [
        *EVERYBODY,  # before anybody knew of an extension
        ("2024-11-21", "3 days before"),
        ("2024-11-24", "on the day"),
        *[(f"2024-11-{24 + day}", f"overdue {day}") for day in range(1, 7)],
    ]
    assert {
        row[3] for row in story.outbox() if row[0] == f"e{story.people['李']}" and row[2] == "overdue 1"
    } == {story.at(OWN)}


def test_what_goes_up_counts_nobody_whose_own_deadline_is_still_to_come(story: Story) -> None:
    essays(story)
    story.extend_for("李", "diary", OWN, effective=SAID)
    story.night("2024-11-30")
    county = [(at[:10], behind) for at, task, _, behind in story.reminders("一县") if task == "diary"]
    assert county == [("2024-11-23", 1), ("2024-11-27", 1)]
    tutor = [(at[:10], task, step) for at, task, step, _ in story.reminders("导")]
    assert tutor == [("2024-11-19", "diary", "1 day before"), ("2024-11-23", "diary", "1 day before")]


def test_a_day_before_the_work_is_due_speaks_to_everybody(story: Story) -> None:
    essays(story)
    story.extend_for("李", "diary", OWN, effective="2024-11-02 10:00")
    story.night("2024-11-19")
    assert of(story, "李") == [("2024-11-09", "1 day before")]
    assert of(story, "王") == EVERYBODY


def test_the_marker_is_reminded_of_what_came_by_an_own_deadline(story: Story) -> None:
    story.extend_for("李", "essay", "2024-11-27 24:00", effective=SAID)
    story.shows("李", "essay", at="2024-11-22 20:00")
    story.shows("王", "essay", at="2024-11-19 20:00")
    story.marks("王", "essay", "好", received="2024-11-20 20:00")
    story.night("2024-11-30")
    steps = [(at[:10], step) for at, task, step, _ in story.reminders("导") if task == "essay"]
    assert steps[:3] == [
        ("2024-11-23", "2 days before"),
        ("2024-11-23", "overdue 3"),
        ("2024-11-24", "overdue 4"),
    ]


def test_a_second_extension_moves_the_reminders_again(story: Story) -> None:
    essays(story)
    story.extend_for("李", "diary", "2024-11-22 24:00", effective=SAID)
    story.night("2024-11-21")
    story.extend_for("李", "diary", OWN, effective="2024-11-22 09:00")
    story.night("2024-11-30")
    assert of(story, "李") == [
        *EVERYBODY,
        ("2024-11-19", "3 days before"),
        ("2024-11-22", "on the day"),
        ("2024-11-24", "on the day"),
        *[(f"2024-11-{24 + day}", f"overdue {day}") for day in range(1, 7)],
    ]
