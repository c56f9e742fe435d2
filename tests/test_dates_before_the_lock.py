"""What an assessment counts by must be known, and be over, before the assessment is locked: nobody loses points to a
date that an office still owes, or has moved behind the lock."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from tests.support.story import Story
from workflows.resolving import cancel, complete, extend, set_dates

TERM = """\
programme: two-parts-2024
name: 两段研修
zone: Asia/Shanghai
source: 《研修通知》
tiers: [county, school]
roles: {learner: 学员}
evidence: {handed_in: {name: 提交, unit: 份}}
phases:
  - {id: study,    kind: online_study,    name: 集中学习, window: 2024-03-01 .. 2024-05-31, locks: final}
  - {id: practice, kind: school_research, name: 岗位实践, window: %s}
cutoffs:
  final: 2024-06-15 24:00
tasks:
  - {id: reading, role: learner, phase: study,    shows: handed_in, name: 读书笔记}
  - {id: journal, role: learner, phase: practice, shows: handed_in, name: 实践日志}
assessments:
  - id: whole
    of: learner
    name: 总评
    locks: final
    pass: 60 of 100
    components:
      - {task: reading, points: 40, rule: flat}
      - {task: journal, points: 60, rule: flat}
"""
OWED, UNTIL_COMPLETE = "tbd .. tbd", "2024-04-01 .. complete, complete when: all tasks shown"
COUNTY, SCHOOL = "东县", ("东县", "第一小学")


def begun(engine: Engine, window: str) -> Story:
    story = Story(engine, "two-parts-2024", text=TERM % window)
    story.cohort("一班", *SCHOOL)
    for name in ("李老师", "王老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
        story.shows(name, "reading", at="2024-03-20 20:00")
    return story


def decide(story: Story, action: Any, *arguments: Any, at: str) -> None:
    story.decide(action, "一班", *arguments, effective=at)


def test_a_lock_waits_for_the_dates_of_work_that_it_scores(engine: Engine) -> None:
    story = begun(engine, OWED)
    story.night("2024-06-15 23:59")
    assert [hold.phase for hold in story.holds("一班")] == ["practice"]
    story.night("2024-06-17")
    assert story.states("一班")["study"] == "held"
    assert story.sheet("李老师") is None
    hold = next(hold for hold in story.holds("一班") if hold.phase == "study")
    assert (hold.kind, hold.waits_on) == ("dates to be determined", "county")
    assert hold.explanation.text("zh") == "“实践日志”的截止时间还没有确定"
    assert hold.explanation.text("en") == "the deadline of 实践日志 has not been set"


def test_once_they_are_set_the_work_counts(engine: Engine) -> None:
    story = begun(engine, OWED)
    story.night("2024-06-17")
    decide(story, extend, "final", story.at("2024-07-31 24:00"), at="2024-06-17 10:00")
    dates = story.at("2024-07-01"), story.at("2024-07-20 24:00")
    decide(story, set_dates, "practice", *dates, at="2024-06-17 10:30")
    story.shows("李老师", "journal", at="2024-07-10 20:00")
    story.shows("王老师", "journal", at="2024-07-21 00:00")
    story.night("2024-08-01")
    assert story.points("李老师") == {"reading": 40, "journal": 60, "total": 100, "result": "合格"}
    assert story.points("王老师")["journal"] == 0
    assert story.holds("一班") == []


def test_dates_after_the_lock_are_refused_until_the_lock_is_moved(engine: Engine) -> None:
    story = begun(engine, OWED)
    story.night("2024-06-01")
    dates = story.at("2024-06-01"), story.at("2024-06-20 24:00")
    with pytest.raises(Refused, match="extend the cutoff 'final' first"):
        decide(story, set_dates, "practice", *dates, at="2024-06-01 10:00")
    decide(
        story,
        set_dates,
        "practice",
        story.at("2024-06-02"),
        story.at("2024-06-15 24:00"),
        at="2024-06-01 10:00",
    )
    with pytest.raises(Refused, match="extend the cutoff 'final' first"):
        decide(story, extend, "practice.end", story.at("2024-06-20 24:00"), at="2024-06-01 11:00")
    decide(story, extend, "final", story.at("2024-06-20 24:00"), at="2024-06-01 12:00")
    decide(story, extend, "practice.end", story.at("2024-06-20 24:00"), at="2024-06-01 12:30")
    story.shows("李老师", "journal", at="2024-06-20 23:59")
    story.night("2024-06-21")
    assert story.points("李老师")["journal"] == 60


def test_a_lock_waits_for_work_that_ends_when_it_is_complete(engine: Engine) -> None:
    story = begun(engine, UNTIL_COMPLETE)
    story.shows("李老师", "journal", at="2024-06-01 20:00")
    story.night("2024-06-17")
    assert (story.states("一班")["study"], story.states("一班")["practice"]) == ("held", "open")
    story.shows("王老师", "journal", at="2024-06-18 20:00")
    story.night("2024-06-19")
    assert story.states("一班")["study"] == "done"
    assert [story.points(name)["journal"] for name in ("李老师", "王老师")] == [60, 60]


def test_what_the_office_said_to_be_complete_is_scored_as_it_is(engine: Engine) -> None:
    story = begun(engine, UNTIL_COMPLETE)
    story.shows("李老师", "journal", at="2024-06-01 20:00")
    story.night("2024-06-17")
    decide(story, complete, "practice", at="2024-06-18 09:00")
    story.night("2024-06-19")
    assert [story.points(name)["journal"] for name in ("李老师", "王老师")] == [60, 0]


def test_a_phase_that_was_cancelled_keeps_no_lock_waiting(engine: Engine) -> None:
    story = begun(engine, OWED)
    story.night("2024-06-01")
    decide(story, cancel, "practice", at="2024-06-02")
    story.night("2024-06-17")
    assert story.points("李老师") == {"reading": 40, "journal": 0, "total": 40, "result": "不合格"}


def test_a_late_night_comes_to_the_same(engine: Engine) -> None:
    story = begun(engine, UNTIL_COMPLETE)
    for name, day in (("李老师", "2024-06-01"), ("王老师", "2024-06-18")):
        story.shows(name, "journal", at=f"{day} 20:00")
    story.night("2024-08-01")
    assert [story.points(name)["journal"] for name in ("李老师", "王老师")] == [60, 60]
    locked = [row[6] for row in story.log() if row[1:4:2] == ("study", "lock")]
    assert [story.local(at) for at in locked] == ["2024-06-18 20:00:01"]
