"""A term of many small cohorts with work of different kinds, in which a night of its lock has something to do for each."""

from __future__ import annotations

from sqlalchemy import Engine

from tests.support.story import Story

LOCK_NIGHT = "2024-12-16 00:30"
SCHOOL = ("龙城区", "第一小学")


def many_cohorts(engine: Engine, cohorts: int) -> Story:
    """Each with two learners, of whom one has done something; every third has handed in work that nobody has marked."""
    story = Story(engine, "longcheng-2024")
    for number in range(cohorts):
        name = f"{number + 1}班"
        story.cohort(name, "龙城区")
        story.enrol(f"李{number}", "learner", name, *SCHOOL)
        story.enrol(f"王{number}", "learner", name, *SCHOOL)
        story.shows(f"李{number}", "study", 30 * number, at="2024-11-20 20:00")
        story.shows(f"李{number}", "talk", number % 12, kind="topic", at="2024-11-22 12:00")
        if number % 3 == 0:
            story.shows(f"李{number}", "assignment", at="2024-11-20 21:15")
    return story
