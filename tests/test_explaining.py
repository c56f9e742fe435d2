"""A teacher who asks why gets every line: the rule, the sentence of the document, and each record with its fate."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from calendars.messages import Refused
from tests.support.story import Story
from workflows.explained import Explained
from workflows.explaining import explain

SCHOOL = ("龙城区", "第一小学")


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.enrol("周老师", "learner", "一班", *SCHOOL, status="exempt")
    return story


def told(story: Story, number: str = "N00000", at: str = "2024-12-20 09:00") -> list[Explained]:
    with Session(story.engine) as session:
        return explain(session, number, story.at(at))


def test_each_record_counts_or_says_why_not(story: Story) -> None:
    story.shows("李老师", "study", 600, at="2024-11-05 20:00")
    story.shows("李老师", "study", 200, at="2024-11-06 20:00")
    story.shows("李老师", "study", 100, at="2024-11-07 20:00")
    story.shows("李老师", "study", 100, at="2024-12-06 00:00")
    story.shows("李老师", "study", 100, at="2024-12-01 20:00", received="2024-12-16 00:00")
    story.night("2024-12-16 00:30")
    training = told(story)[0]
    study = training.lines[0]
    assert (training.sealed, training.total, study.points, study.counted) == (True, 4000, 4000, 90000)
    assert [fact.why.text("en") for fact in study.facts] == [
        "counts",
        "counts",
        "counts, but the line was full already",
        "does not count: received after the lock",
        "does not count: later than the deadline",
    ]
    assert study.cites[0].startswith("L24-03")
    assert "750" in study.rule.text("zh")


def test_before_the_lock_it_tells_where_the_person_stands(story: Story) -> None:
    story.shows("李老师", "study", 600, at="2024-11-05 20:00")
    story.night("2024-11-10 00:30")
    training = told(story, at="2024-11-10 09:00")[0]
    assert (training.sealed, training.total, training.result) == (False, 3200, "不合格")


def test_a_plan_that_is_too_short_says_by_how_much(story: Story) -> None:
    story.shows("李老师", "plan", at="2024-12-18 20:00", characters=1800)
    recognition = told(story)[1]
    plan = next(line for line in recognition.lines if line.key == "plan")
    assert [fact.why.text("zh") for fact in plan.facts] == ["不计：1800字，不足2000字"]


def test_somebody_exempt_has_no_figures_but_a_reason(story: Story) -> None:
    story.night("2024-12-16 00:30")
    training = told(story, "N00001")[0]
    assert (training.status, training.status_reason, training.lines) == ("exempt", "文件所列", ())


def test_an_unknown_number_is_refused_by_name(story: Story) -> None:
    with pytest.raises(Refused, match="nobody with number 'N99999'"):
        told(story, "N99999")
