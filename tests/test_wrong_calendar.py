"""A wrong calendar was published, and people have begun to learn by it: what docs/operations.md says can be done, done."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlmodel import Session

from benchmarks.scored_term import CALENDAR
from calendars.reader import read_calendar
from models.database import transaction
from models.terms import Cohort
from tests.support.story import Story
from workflows.publishing import publish
from workflows.resolving import Decision, cancel
from workflows.transferring import transfer
from workflows.verifying import verify

RIGHT = CALENDAR.replace("{task: journal, points: 20,", "{task: journal, points: 10,").replace(
    "{task: talk, points: 20,", "{task: talk, points: 30,"
)
LOCK_NIGHT = "2024-12-08 00:30"


def test_people_go_over_to_the_right_edition_with_their_work_and_are_scored_by_it(engine: Engine) -> None:
    story = Story(engine, text=CALENDAR)
    story.cohort("一班", "县")
    for name in ("李", "王"):
        story.enrol(name, "learner", "一班", "县", "学校")
        story.shows(name, "study", 600, at="2024-11-10 20:00")
        story.shows(name, "journal", 1, kind="handed_in", at="2024-11-11 20:00")
    story.night("2024-11-15 00:30")
    by = Decision("日历有误", "王主任", story.at("2024-11-16 09:00"), story.at("2024-11-16 09:00"))
    with transaction(engine) as session:
        edition = publish(session, RIGHT, read_calendar(RIGHT, "right"), "项目办", by.recorded_at)
        assert edition.number == 2
        story.edition_id = edition.id
    story.cohort("一班（更正）", "县")
    for name in ("李", "王"):
        with transaction(engine) as session:
            cohort = session.get_one(Cohort, story.cohorts["一班（更正）"])
            story.people[name] = transfer(session, story.people[name], cohort, by).to_enrolment_id or 0
    with transaction(engine) as session:
        cancel(session, session.get_one(Cohort, story.cohorts["一班"]), "courses", by)
    story.night(LOCK_NIGHT)
    assert story.holds("一班（更正）") == []
    points = story.points("李", "term")
    assert (points["study"], points["journal"]) == (32, 10)
    with Session(engine) as session:
        assert verify(session) == []
