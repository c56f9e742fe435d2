"""What was sealed stays as it was, or `verify` says where it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.messages import Problem
from models.database import transaction
from tests.support.story import Story
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two classes sealed for training and, in a second link, for recognition of nobody."""
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
        for name in ("李", "王", "赵"):
            story.enrol(f"{cohort}{name}", "learner", cohort, *SCHOOL)
            story.shows(f"{cohort}{name}", "study", 500, at="2024-11-05 20:00")
            story.shows(f"{cohort}{name}", "assignment", at="2024-11-20 21:15")
            story.marks(f"{cohort}{name}", "assignment", "良好", received="2024-12-10 10:00")
        story.enrol(f"{cohort}导", "tutor", cohort, *SCHOOL)
    story.night("2024-12-16 00:30")
    return story


def problems(story: Story) -> list[Problem]:
    with Session(story.engine) as session:
        return verify(session)


def test_nothing_is_wrong_with_what_nobody_touched(story: Story) -> None:
    assert problems(story) == []


def test_facts_that_came_later_change_nothing_sealed(story: Story) -> None:
    story.shows("一班李", "journal", at="2024-11-30 20:00", received="2024-12-17 09:00")
    story.shows("一班李", "study", 250, at="2024-12-18 20:00")
    story.night("2024-12-20 00:30")
    assert problems(story) == []


def break_into(engine: Engine, *statements: str) -> None:
    """As somebody with the database would: triggers off, rows changed."""
    with transaction(engine) as session:
        if engine.dialect.name == "postgresql":
            guarded = text("SELECT DISTINCT event_object_table FROM information_schema.triggers")
            for table in session.execute(guarded).scalars().all():
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            names = (
                session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            )
            for name in names:
                session.execute(text(f'DROP TRIGGER "{name}"'))
        for statement in statements:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE score_sheet SET total = total + 100 WHERE enrolment_id = 2", "do not give the head"),
        ("UPDATE score_sheet SET result = '优秀' WHERE enrolment_id = 1", "sealed is result 优秀"),
        ("UPDATE score_sheet SET entry = 1 WHERE enrolment_id = 1", "do not give the head"),
        ("UPDATE score_sheet SET seal = 9 WHERE enrolment_id = 1", "1 score sheets belong to no link"),
        ("UPDATE score_sheet SET cohort_id = 2 WHERE enrolment_id = 1", "1 score sheets belong to no link"),
        ("DELETE FROM score_sheet WHERE enrolment_id = 3", "2 are there"),
        (
            "UPDATE seal SET locked_at = locked_at + 1 WHERE number = 1 AND cohort_id = 1",
            "do not give the head",
        ),
        ("UPDATE seal SET number = 3 - number WHERE cohort_id = 2", "does not follow"),
        ("UPDATE edition SET text = text || ' '", "edition"),
        ("UPDATE evidence SET amount = 75000 WHERE enrolment_id = 2 AND amount = 50000", "scoring again"),
        ("UPDATE evidence SET happened_at = happened_at - 60 WHERE enrolment_id = 2", "has been edited"),
        ("DELETE FROM evidence WHERE enrolment_id = 2 AND amount = 50000", "scoring again"),
        ("UPDATE mark SET grade = '优秀' WHERE enrolment_id = 1", "scoring again"),
    ],
)
def test_a_change_by_somebody_with_the_database_is_found(story: Story, statement: str, found: str) -> None:
    numbers = iter([statement])
    if "number = 3 - number" in statement:
        numbers = iter(
            [
                "UPDATE seal SET number = number + 10 WHERE cohort_id = 2",
                "UPDATE seal SET number = 13 - number WHERE cohort_id = 2",
            ]
        )
    break_into(story.engine, *numbers)
    told = [problem.text("en") for problem in problems(story)]
    assert any(found in line for line in told), told


def test_every_problem_has_its_chinese_sentence(story: Story) -> None:
    break_into(story.engine, "UPDATE score_sheet SET total = total + 100 WHERE enrolment_id = 2")
    show: Callable[[Problem], str] = lambda problem: problem.text("zh")  # noqa: E731
    assert [show(problem) for problem in problems(story)] == [
        "longcheng-2024 一班 #1: 成绩单与封存时的链头不符",
        "longcheng-2024 一班 #1: 参训编号 2：按封存时的学习记录重新计算为 total 44.67，封存的是 total 45.67",
    ]
