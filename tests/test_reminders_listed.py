"""The reminders that nights have written can be read: to whom, about what, for when."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from models.database import reading
from office.reminders import _STEPS, told_step
from tests.support.story import Story
from workflows.written_reminders import last_written_at, written_reminders


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李", "learner", "一班", "龙城区", "第一小学")
    story.enrol("导", "tutor", "一班", "龙城区", "第一小学")
    return story


def test_before_any_night_there_is_none(story: Story) -> None:
    with reading(story.engine) as session:
        assert last_written_at(session) is None
        assert written_reminders(session, story.at("2024-01-01")) == []


def test_a_reminder_says_to_whom_about_what_and_for_when(story: Story) -> None:
    story.night("2024-12-07 00:30")
    with reading(story.engine) as session:
        found = written_reminders(session, story.at("2024-11-01"), "longcheng-2024")
        last = last_written_at(session, "longcheng-2024")
        assert written_reminders(session, story.at("2024-11-01"), "another") == []
        assert last_written_at(session, "another") is None
        assert last is not None
        assert written_reminders(session, last) == [one for one in found if one.at == last]
    assert [one.at for one in found] == sorted(one.at for one in found)
    study = [one for one in found if one.task == "study" and one.behind is None]
    assert {(one.recipient, one.cohort, one.task_name) for one in study} == {
        ("李", "一班", "课程学习"),
        ("导", "一班", "课程学习"),
    }
    assert {story.local(one.deadline_at) for one in study} == {"2024-12-06 00:00:00"}
    assert all(one.number for one in study)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("7 days before", "截止前7天"), ("1 day before", "截止前1天"), ("2 weeks before", "截止前2周"),
        ("3 workdays before", "截止前3个工作日"), ("on the day", "截止当天"), ("overdue 2", "逾期，第2次"),
        ("day 3", "每天，第3次"), ("week 1", "每周，第1次"), ("escalated", "逾期，告知上级"), ("another", "another"),
    ],
)  # fmt: skip
def test_a_step_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch, step: str, told: str) -> None:
    monkeypatch.setenv("YANXIU_LOCALE", "zh")
    assert told_step(step) == told
    monkeypatch.setenv("YANXIU_LOCALE", "en")
    assert told_step(step) == step


def test_every_step_that_a_night_writes_has_its_chinese_words(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.night("2025-07-01 00:30")
    monkeypatch.setenv("YANXIU_LOCALE", "zh")
    with reading(story.engine) as session:
        steps = {one.step for one in written_reminders(session, story.at("2024-01-01"))}
    assert len(steps) > len(_STEPS) // 2
    assert [step for step in steps if told_step(step) == step] == []
