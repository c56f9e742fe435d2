"""A roster that is taken in again and says something new of people who take part no more: since when they do not is not
moved, and what was sealed without them stays so."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from exchange.plans import commit
from exchange.roster import read_roster
from models.database import transaction
from models.exceptions import PersonException
from models.people import Organisation, Person
from models.terms import Cohort
from models.work import Enrolment
from tests.support.files import workbook
from tests.support.story import Story
from workflows.exceptions import exempt, withdraw
from workflows.resolving import Decision
from workflows.transferring import transfer
from workflows.verifying import verify

SCHOOL, OTHER = ("龙城区", "第一小学"), ("龙城区", "第二小学")
DECIDED = "2024-11-25 09:00"
LOCK = "2024-12-15 24:00"
ACTS = {"exempt": exempt, "withdrawn": withdraw}


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    for name in ("李老师", "王老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
        story.shows(name, "study", 800, at="2024-11-05 20:00")
    story.night("2024-11-25 00:30")
    return story


def by(story: Story, at: str) -> Decision:
    return Decision("组织安排", "王主任", story.at(at), story.at(at))


def leaves(story: Story, status: str) -> None:
    with transaction(story.engine) as session:
        ACTS[status](session, story.people["李老师"], by(story, DECIDED))


def roster(
    story: Story,
    tmp_path: Path,
    received: str,
    *,
    school: str = "第二小学",
    status: str = "",
    reason: str = "",
    cohort: str = "一班",
) -> None:
    """A roster with 李老师 alone."""
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == "李老师")).scalar_one()
    header = ["姓名", "人员编号", "角色", "班级", "区县", "学校", "状态", "原因"]
    row = ["李老师", number, "参训学员", cohort, "龙城区", school, status, reason]
    path = workbook(tmp_path / "花名册.xlsx", [header, row])
    at = story.at(received)
    with transaction(story.engine) as session:
        commit(session, read_roster(session, "longcheng-2024", path, at), at)


def stands(story: Story, enrolment: int) -> tuple[str, str | None, str]:
    """The status, since when apart, and the school."""
    with Session(story.engine) as session:
        row = session.get_one(Enrolment, enrolment)
        left = story.local(row.left_at) if row.left_at else None
        return row.status, left, session.get_one(Organisation, row.organisation_id).name


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.message.text("en") for problem in verify(session)]


@pytest.mark.parametrize("status", ["exempt", "withdrawn"])
@pytest.mark.parametrize("received", ["2024-12-01 09:00", "2024-12-20 09:00"])
def test_another_school_does_not_move_since_when_somebody_takes_no_part(
    story: Story, tmp_path: Path, status: str, received: str
) -> None:
    """Before the lock and after it, at which the scores were sealed without this person."""
    leaves(story, status)
    if received > LOCK:
        story.night(LOCK)
    roster(story, tmp_path, received)
    assert stands(story, story.people["李老师"]) == (status, f"{DECIDED}:00", "第二小学")
    story.night("2024-12-21 00:30")
    assert (story.sheet("李老师"), story.points("王老师", "training")["study"]) == (None, 40)
    assert wrong(story) == []


def test_who_is_exempt_and_then_withdrawn_by_a_roster_is_apart_since_the_exemption(
    story: Story, tmp_path: Path
) -> None:
    leaves(story, "exempt")
    story.night(LOCK)
    roster(story, tmp_path, "2024-12-20 09:00", school="第一小学", status="退出", reason="调离")
    assert stands(story, story.people["李老师"]) == ("withdrawn", f"{DECIDED}:00", "第一小学")
    assert wrong(story) == []


def test_who_was_transferred_stays_so_when_the_former_class_is_listed_with_another_school(
    story: Story, tmp_path: Path
) -> None:
    with transaction(story.engine) as session:
        there = session.get_one(Cohort, story.cohorts["二班"])
        transfer(session, story.people["李老师"], there, by(story, DECIDED))
    roster(story, tmp_path, "2024-12-01 09:00")
    assert stands(story, story.people["李老师"])[:2] == ("transferred", f"{DECIDED}:00")
    story.night(LOCK)
    assert story.sheet("李老师") is None
    assert wrong(story) == []


def test_a_roster_takes_back_an_exemption_before_the_lock_and_not_after_it(
    story: Story, tmp_path: Path
) -> None:
    """After it the scores are sealed without this person, as for the command."""
    leaves(story, "exempt")
    roster(story, tmp_path, "2024-11-26 09:00", school="第一小学", status="在训")
    assert stands(story, story.people["李老师"])[:2] == ("enrolled", None)
    with transaction(story.engine) as session:
        exempt(session, story.people["李老师"], by(story, "2024-11-27 09:00"))
    story.night(LOCK)
    with pytest.raises(Refused, match="sealed during the exemption"):
        roster(story, tmp_path, "2024-12-20 09:00", school="第一小学", status="在训")
    with Session(story.engine) as session:
        kinds = session.execute(select(PersonException.kind).order_by(PersonException.id)).scalars().all()
    assert kinds == ["exempt", "readmit", "exempt"]
    assert wrong(story) == []
