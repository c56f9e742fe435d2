"""How far a deadline may be extended, for one person, for a school and for a class, told night by night in two programmes
whose offices bound it (自定)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from calendars.messages import Refused
from models.database import transaction
from models.nights import Extension
from models.people import Organisation
from models.terms import Cohort
from tests.support.story import PROGRAMMES, Story
from workflows.extending_for_all import extend_for_organisation
from workflows.punishing import decide_penalty
from workflows.resolving import Decision, extend
from workflows.verifying import verify

FIRST, SECOND = ("龙城区", "第一小学"), ("龙城区", "第二小学")
LOCK = "2024-12-15 24:00"
BOUNDS = """extensions:
  - {of: [journal, marks in], at most: 4 days}
  - {of: [work in, training lock], until: 2024-12-20}

gates:
"""


@pytest.fixture
def story(engine: Engine) -> Story:
    """A class of two schools. Everybody has all but the journal, which was due by 5 December."""
    text = (PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8")
    story = Story(engine, text=text.replace("gates:\n", BOUNDS))
    story.cohort("一班", "龙城区")
    story.enrol("周老师", "tutor", "一班", *FIRST)
    for name, school in (("李老师", FIRST), ("王老师", FIRST), ("赵老师", SECOND)):
        story.enrol(name, "learner", "一班", *school)
        story.shows(name, "study", 800, at="2024-11-05 20:00")
        story.shows(name, "talk", 20, at="2024-11-22 12:00")
    story.night("2024-12-04 00:30")
    return story


def by(story: Story, at: str = "2024-12-04 09:00") -> Decision:
    return Decision("雪灾停课", "王主任", story.at(at), story.at(at), document="教字〔2024〕9号")


def extends_school(story: Story, *place: str, until: str, task: str = "journal") -> list[tuple[int, int]]:
    school = story.organisation(*FIRST)
    with transaction(story.engine) as session:
        county = session.get_one(Organisation, school).parent_id or 0
        here = school if place == FIRST else county
        made = extend_for_organisation(session, story.programme_id, here, task, story.at(until), by(story))
        return [(len(one.extensions), one.left_out) for one in made]


def extends_class(story: Story, key: str, until: str) -> None:
    story.decide(extend, "一班", key, story.at(until), effective="2024-12-04 09:00")


def extensions(story: Story) -> int:
    with Session(story.engine) as session:
        return session.execute(select(func.count()).select_from(Extension)).scalar_one()


def test_a_school_that_was_snowed_in_has_longer_and_its_neighbour_has_not(story: Story) -> None:
    assert extends_school(story, *FIRST, until="2024-12-09 24:00") == [(2, 0)]
    for name in ("李老师", "王老师", "赵老师"):
        at = {"李老师": "2024-12-09 23:59:59", "王老师": "2024-12-09 24:00:00"}.get(name, "2024-12-06 09:00")
        story.shows(name, "journal", at=at)
    story.night(LOCK)
    journals = [story.points(name, "training")["journal"] for name in ("李老师", "王老师", "赵老师")]
    assert journals == [20, 0, 0]
    with transaction(story.engine) as session:
        assert verify(session) == []


def test_said_of_the_county_it_is_said_of_every_school_and_who_has_as_much_is_left_out(story: Story) -> None:
    story.extend_for("李老师", "journal", "2024-12-08 24:00", effective="2024-12-04 08:00")
    assert extends_school(story, "龙城区", until="2024-12-08 24:00") == [(2, 1)]
    with pytest.raises(Refused, match="3 people of this organisation"):
        extends_school(story, "龙城区", until="2024-12-08 24:00")
    assert extensions(story) == 3


@pytest.mark.parametrize(
    ("task", "until", "told"),
    [
        ("marking", "2024-12-09 24:00", "nothing is handed in"),
        ("launch", "2024-12-09 24:00", "nobody of this organisation owes"),
        ("journal", "2024-12-09 24:00:01", "beyond what the calendar allows, which is 2024-12-09 24:00 at the latest"),
        ("talk", "2024-12-20 24:00", "is after the lock at 2024-12-15 24:00"),
    ],
)  # fmt: skip
def test_for_a_school_it_is_refused_whole_with_why(story: Story, task: str, until: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        extends_school(story, *FIRST, until=until, task=task)
    assert extensions(story) == 0


@pytest.mark.parametrize(("until", "allowed"), [("2024-12-09 24:00", True), ("2024-12-09 24:00:01", False)])
def test_for_one_person_no_further_than_the_calendar_allows(story: Story, until: str, allowed: bool) -> None:
    if allowed:
        story.extend_for("李老师", "journal", until, effective="2024-12-04 09:00")
        assert extensions(story) == 1
        return
    with pytest.raises(Refused) as refused:
        story.extend_for("李老师", "journal", until, effective="2024-12-04 09:00")
    assert refused.value.problems[0].text("zh") == (
        "“研修日志”：2024-12-10 00:00 超出了日历允许的范围，最迟可到 2024-12-09 24:00（最多延长 4 days）"
    )


@pytest.mark.parametrize(
    ("key", "until", "told"),
    [
        ("marks in", "2024-12-16 24:00", None),
        ("marks in", "2024-12-17 00:01", "marks in.* 2024-12-16 24:00 at the latest .at most 4 days"),
        ("training lock", "2024-12-20 24:00", None),
        ("training lock", "2024-12-21 24:00", "2024-12-20 24:00 at the latest .until 2024-12-20"),
        # what hangs on a date is bound with it: the journal is due when the work is in, at the end of the courses
        ("courses.end", "2024-12-12 24:00", "研修日志.* 2024-12-09 24:00 at the latest"),
        ("work in", "2024-12-10 24:00", "研修日志.* 2024-12-09 24:00 at the latest"),
        ("work in", "2024-12-09 24:00", None),
    ],
)  # fmt: skip
def test_for_a_class_no_further_than_the_calendar_allows(
    story: Story, key: str, until: str, told: str | None
) -> None:
    if key == "marks in" and told is None:
        extends_class(story, "training lock", "2024-12-18 24:00")
    if told is None:
        extends_class(story, key, until)
        return
    with pytest.raises(Refused, match=told):
        extends_class(story, key, until)


def test_two_extensions_together_go_no_further_than_one(story: Story) -> None:
    extends_class(story, "work in", "2024-12-08 24:00")
    with pytest.raises(Refused, match="2024-12-09 24:00 at the latest"):
        extends_class(story, "work in", "2024-12-10 24:00")
    with pytest.raises(Refused, match="2024-12-09 24:00 at the latest"):
        story.extend_for("李老师", "journal", "2024-12-10 24:00", effective="2024-12-04 10:00")
    story.extend_for("李老师", "journal", "2024-12-09 24:00", effective="2024-12-04 10:00")


def test_a_school_that_missed_its_plan_is_given_no_more_time_than_the_calendar_allows(engine: Engine) -> None:
    """兰西县: the plan was due on 13 December, and may be put off until the 27th at most."""
    text = (PROGRAMMES / "lanxi-2019.yaml").read_text(encoding="utf-8")
    bounds = "extensions:\n  - {of: plan_and_roster, at most: 2 weeks}\n\ngates:\n"
    story = Story(engine, text=text.replace("gates:\n", bounds))
    story.cohort("网本研修", "兰西县")
    story.enrol("钱老师", "learner", "网本研修", "兰西县", "第二小学")
    story.night("2019-12-20 00:30")
    place = story.organisation("兰西县", "第二小学")
    decision = Decision("雪灾停课", "王主任", story.at("2019-12-20 09:00"), story.at("2019-12-20 09:00"))

    def gives(until: str) -> None:
        with transaction(engine) as session:
            cohort = session.get_one(Cohort, story.cohorts["网本研修"])
            decide_penalty(session, cohort, "no_plan", [place], "extend", decision, story.at(until))

    with pytest.raises(Refused, match="2019-12-27 24:00 at the latest"):
        gives("2019-12-28 24:00")
    gives("2019-12-27 24:00")
    assert story.files("plan_and_roster", "兰西县", "第二小学", at="2019-12-27 23:59:59")
