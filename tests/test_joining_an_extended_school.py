"""Who joins a school whose people were given a later deadline has it too, told night by night (自定: 雪灾停课)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from exchange.plans import commit
from exchange.roster import read_roster
from models.database import transaction
from models.nights import Extension, OrganisationExtension
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from tests.support.files import workbook
from tests.support.story import PROGRAMMES, Story
from workflows.exceptions import exempt, readmit
from workflows.extending_for_all import extend_for_organisation
from workflows.resolving import Decision
from workflows.transferring import transfer
from workflows.verifying import verify

FIRST, SECOND = ("龙城区", "第一小学"), ("龙城区", "第二小学")
HEADER = ["姓名", "人员编号", "角色", "班级", "区县", "学校", "加入时间", "状态", "原因"]
SAID, UNTIL, LOCK = "2024-12-02 09:00", "2024-12-09 24:00", "2024-12-15 24:00"
BOUNDS = "extensions:\n  - {of: journal, at most: 4 days}\n\ngates:\n"


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two classes of two schools; the journal is due by 5 December."""
    text = (PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8")
    story = Story(engine, text=text.replace("gates:\n", BOUNDS))
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
        story.enrol(f"{cohort}导师", "tutor", cohort, *SECOND)
    for name, cohort, school in (
        ("李老师", "一班", FIRST), ("赵老师", "一班", SECOND), ("孙老师", "二班", SECOND), ("吴老师", "二班", FIRST),
    ):  # fmt: skip
        story.enrol(name, "learner", cohort, *school)
    return story


def by(story: Story, at: str) -> Decision:
    return Decision("雪灾停课", "王主任", story.at(at), story.at(at), document="教字〔2024〕9号")


def extends_school(story: Story, *, said: str = SAID, until: str = UNTIL) -> None:
    place = story.organisation(*FIRST)
    with transaction(story.engine) as session:
        extend_for_organisation(
            session, story.programme_id, place, "journal", story.at(until), by(story, said)
        )


def joins(story: Story, path: Path, name: str, at: str, *school: str, cohort: str = "一班") -> None:
    """By a roster that is received at an instant; the same number again is the same person."""
    row = [name, f"L-{name}", "learner", cohort, *school, "2024-10-24 09:00"]
    file = workbook(path / "花名册.xlsx", [HEADER, row])
    with transaction(story.engine) as session:
        plan = read_roster(session, story.calendar.programme, file, story.at(at))
        commit(session, plan, story.at(at), "陈老师")
    story.adopt()


def given(story: Story, name: str, task: str = "journal") -> list[tuple[str, str, str]]:
    """Each later deadline of a task of a person: until when, since when, and who gave it."""
    wanted = (
        select(Extension)
        .join(Enrolment, Enrolment.id == Extension.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Person.name == name, Extension.task == task)
        .order_by(Extension.id)
    )
    with Session(story.engine) as session:
        return [
            (story.local(one.until), story.local(one.effective_at), one.name)
            for one in session.execute(wanted).scalars()
        ]


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.message.text("en") for problem in verify(session)]


@pytest.mark.parametrize(
    "nights", [[], ["2024-12-03 00:30", "2024-12-04 00:30", "2024-12-09 00:30", "2024-12-10 00:30"]]
)
def test_a_newcomer_has_as_long_as_the_school_and_the_neighbours_newcomer_has_not(
    story: Story, tmp_path: Path, nights: list[str]
) -> None:
    extends_school(story)
    for night in nights[:1]:
        story.night(night)
    joins(story, tmp_path, "新老师", "2024-12-03 10:00", *FIRST)
    joins(story, tmp_path, "另一位", "2024-12-03 11:00", *SECOND)
    assert given(story, "新老师") == [("2024-12-10 00:00:00", "2024-12-03 10:00:00", "王主任")]
    assert given(story, "另一位") == []
    for night in nights[1:3]:
        story.night(night)
    for name in ("李老师", "新老师", "另一位"):
        story.shows(name, "journal", at="2024-12-09 23:59:59")
    for night in nights[3:]:
        story.night(night)
    story.night(LOCK)
    journals = [story.points(name, "training")["journal"] for name in ("李老师", "新老师", "另一位")]
    assert journals == [20, 20, 0]
    assert wrong(story) == []


@pytest.mark.parametrize(
    ("at", "has"),
    [("2024-12-09 23:59:59", True), ("2024-12-09 24:00:00", False), ("2024-12-09 24:00:01", False)],
)
def test_on_the_stroke_of_its_end_it_is_given_to_nobody_more(
    story: Story, tmp_path: Path, at: str, has: bool
) -> None:
    extends_school(story)
    joins(story, tmp_path, "新老师", at, *FIRST)
    assert bool(given(story, "新老师")) is has


def test_the_same_roster_again_gives_it_once(story: Story, tmp_path: Path) -> None:
    extends_school(story)
    for at in ("2024-12-03 10:00", "2024-12-04 10:00"):
        joins(story, tmp_path, "新老师", at, *FIRST)
    joins(story, tmp_path, "再一位", "2024-12-05 10:00", *FIRST)
    assert len(given(story, "新老师")) == len(given(story, "再一位")) == len(given(story, "李老师")) == 1


def test_who_changes_to_the_school_has_it_from_then_on(story: Story, tmp_path: Path) -> None:
    joins(story, tmp_path, "新老师", "2024-11-01 10:00", *SECOND)
    extends_school(story)
    assert given(story, "新老师") == []
    joins(story, tmp_path, "新老师", "2024-12-04 10:00", *FIRST)
    assert given(story, "新老师") == [("2024-12-10 00:00:00", "2024-12-04 10:00:00", "王主任")]


def test_who_is_transferred_or_takes_part_again_has_it(story: Story) -> None:
    """吴老师 had it in 二班 and takes it along, once. 钱老师 was exempt when it was given."""
    story.enrol("钱老师", "learner", "一班", *FIRST)
    with transaction(story.engine) as session:
        exempt(session, story.people["钱老师"], by(story, "2024-12-01 09:00"))
    extends_school(story)
    assert given(story, "钱老师") == []
    with transaction(story.engine) as session:
        readmit(session, story.people["钱老师"], by(story, "2024-12-03 09:00"))
        there = session.get_one(Cohort, story.cohorts["一班"])
        transfer(session, story.people["吴老师"], there, by(story, "2024-12-03 10:00"))
    assert given(story, "钱老师") == [("2024-12-10 00:00:00", "2024-12-03 09:00:00", "王主任")]
    assert [since for _, since, _ in given(story, "吴老师")] == [
        "2024-12-02 09:00:00", "2024-12-03 10:00:00",
    ]  # fmt: skip
    story.night(LOCK)
    assert wrong(story) == []


@pytest.mark.parametrize(
    ("task", "until", "has"),
    [
        ("journal", "2024-12-09 24:00", True),
        ("journal", "2024-12-10 00:01", False),  # beyond what the calendar allows
        ("talk", LOCK, True),
        ("talk", "2024-12-16 00:01", False),  # after the lock
        ("talk", "2024-12-05 24:00", False),  # no later than everybody's
    ],
)
def test_nobody_is_given_more_than_can_be_given_in_that_class(
    story: Story, tmp_path: Path, task: str, until: str, has: bool
) -> None:
    """Whatever was decided once for the school, as where the dates of this class were moved since."""
    with transaction(story.engine) as session:
        said = story.at(SAID)
        session.add(
            OrganisationExtension(
                programme_id=story.programme_id, organisation_id=story.organisation(*FIRST), task=task,
                until=story.at(until), reason="雪灾停课", name="王主任", effective_at=said, recorded_at=said,
            )
        )  # fmt: skip
    joins(story, tmp_path, "新老师", "2024-12-03 10:00", *FIRST)
    assert bool(given(story, "新老师", task)) is has
