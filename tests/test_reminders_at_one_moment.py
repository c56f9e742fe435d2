"""Of several reminders by one deadline at one moment the one that says the most is written, and no other."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.support.story import Story

CALENDAR = """
programme: reminded-once
name: 一次提醒
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2024-11-01 .. 2024-11-20, locks: lock}]
cutoffs: {lock: 2024-11-30}
tasks:
  - {id: essay, role: learner, phase: study, shows: file, name: 论文}
  - {id: diary, role: learner, phase: study, shows: file, by: "2024-11-15 17:00", name: 日志}
assessments:
  - {id: term, of: learner, locks: lock, pass: 1 of 1, components: [{task: essay, points: 1, rule: flat}]}
reminding: {days: every day}
reminders:
  - {to: learner, about: essay, by: [1 day, 5 days, 24 hours], every: day, when: behind the advised pace}
  - {to: learner, about: essay, by: [5 days], on the day: yes, overdue: daily, escalate: {to: county, after: 2 days}}
  - {to: county, about: essay, by: [1 day], on the day: yes, overdue: daily}
  - {to: learner, about: diary, by: [1 day], on the day: yes}
"""


@pytest.fixture
def story(engine: Engine) -> Story:
    """Nobody hands in anything. The essay's pace is not advised, so nobody is behind it."""
    story = Story(engine, text=CALENDAR)
    story.cohort("一班", "一县", "一小")
    for name in ("李", "王"):
        story.enrol(name, "learner", "一班", "一县", "一小")
    return story


def of(story: Story, name: str, task: str) -> list[tuple[str, str]]:
    return [(at[5:16], step) for at, about, step, _ in story.reminders(name) if about == task]


def test_the_day_itself_is_told_and_not_that_it_is_a_day_away(engine: Engine) -> None:
    """Due on a Sunday: what is to be said on it and on the day before is said on Friday."""
    words = CALENDAR.replace("days: every day", "days: working days").replace("2024-11-20", "2024-11-17")
    story = Story(engine, text=words)
    story.cohort("一班", "一县", "一小")
    story.enrol("李", "learner", "一班", "一县", "一小")
    story.night("2024-11-19")
    assert of(story, "李", "essay") == [
        ("11-12 00:00", "5 days before"), ("11-15 00:00", "on the day"), ("11-18 00:00", "overdue 1"),
        ("11-19 00:00", "overdue 2"),
    ]  # fmt: skip
    assert of(story, "一县", "essay")[:2] == [("11-15 00:00", "on the day"), ("11-18 00:00", "overdue 1")]


@pytest.mark.parametrize("nights", [["2024-11-26"], ["2024-11-20", "2024-11-20", "2024-11-23", "2024-11-26"]])
def test_a_unit_is_told_once_too_and_that_it_went_up_before_that_it_goes_on(
    story: Story, nights: list[str]
) -> None:
    for night in nights:
        story.night(night)
    assert of(story, "一县", "essay") == [
        ("11-19 00:00", "1 day before"),
        ("11-20 00:00", "on the day"),
        ("11-21 00:00", "overdue 1"),
        ("11-22 00:00", "overdue 2"),
        ("11-23 00:00", "escalated"),
        *[(f"11-{day} 00:00", f"overdue {day - 20}") for day in (24, 25, 26)],
    ]


def test_the_day_of_a_deadline_with_an_hour_is_its_own(story: Story) -> None:
    """Due at 17:00 of the 15th: a day before is the 14th."""
    story.night("2024-11-16")
    assert of(story, "李", "diary") == [("11-14 00:00", "1 day before"), ("11-15 00:00", "on the day")]


def test_who_has_an_own_deadline_is_told_of_that_at_the_same_moment(story: Story) -> None:
    story.extend_for("李", "essay", "2024-11-24 24:00", effective="2024-11-10 09:00")
    story.night("2024-11-25")
    assert of(story, "李", "essay") == [
        ("11-19 00:00", "5 days before"), ("11-24 00:00", "on the day"), ("11-25 00:00", "overdue 1"),
    ]  # fmt: skip
    assert of(story, "王", "essay")[:2] == [("11-15 00:00", "5 days before"), ("11-20 00:00", "on the day")]
