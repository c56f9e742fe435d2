"""A person is erased without breaking a seal, by hand or when retention is over (law 17)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from calendars.messages import Refused
from models.database import open_database, reading, transaction
from models.people import Erasure, Person
from models.texts import HandedFile, TextBody
from office import people
from tests.support.desk import Desk, enrolled_office
from tests.support.files import workbook
from tests.support.story import Story
from workflows.erasing import NOBODY, erase, those_over
from workflows.exceptions import withdraw
from workflows.resolving import Decision
from workflows.verifying import verify

SLUG = ["-p", "longcheng-2024"]
FIRST, SECOND = ("兰西县", "第一小学"), ("兰西县", "第二小学")
LI = "11010119900307707X"
ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校", "手机号", "邮箱"],
    ["李老师", LI, "参训学员", "一班", "龙城区", "第一小学", "13800001234", "li@example.org"],
    ["王老师", "T002", "参训学员", "一班", "龙城区", "第二小学", "", "wang@example.org"],
]
HEADER = ["人员编号", "任务", "附件", "发生时间"]
PLAN, OTHER = "培训使我明白：专业发展要有计划。" * 150, "我的规划与众不同，一步一步来。" * 150
RUBRIC = {"听课": 10, "评课": 10, "教案": 10, "总结": 10}
SAID = ("--reason", "本人要求", "--name", "陈主任")


@pytest.fixture
def story(engine: Engine) -> Story:
    """A term of two schools that is over on 31 December 2019, with everybody's scores sealed."""
    story = Story(engine, "lanxi-2019")
    for cohort, school, name in (("一班", FIRST, "王老师"), ("二班", SECOND, "赵老师")):
        story.cohort(cohort, *school)
        story.rubric("school_score", RUBRIC, *school, received="2019-12-12 09:00")
        story.enrol(name, "learner", cohort, *school)
        story.files("plan_and_roster", *school, at="2019-12-13 15:00")
        for item in RUBRIC:
            story.marks(name, "school_score", 9, item=item, received="2019-12-28 16:00")
    return story


def decision(story: Story, at: str = "2020-02-01") -> Decision:
    return Decision("本人要求", "陈主任", story.at(at), story.at(at))


def persons(session: Session) -> list[Person]:
    return [*session.exec(select(Person).order_by(col(Person.id)))]


def test_whose_term_is_over_is_erased_and_every_seal_stays_as_it_is(story: Story) -> None:
    story.night("2020-01-01 00:30")
    seals, points = story.seals(), story.points("王老师")
    assert seals
    with transaction(story.engine) as session:
        wang = persons(session)[0]
        wang.phone, wang.email, wang.way = "13800001234", "wang@example.org", "mail"
    with transaction(story.engine) as session:
        assert erase(session, [1], decision(story)) == (1, 0, 0)
    with reading(story.engine) as session:
        gone, stays = persons(session)
        assert (gone.number, gone.name) == (f"{NOBODY}1", NOBODY)
        assert {gone.phone, gone.phone_hash, gone.email, gone.refused_email, gone.way} == {None}
        assert stays.name == "赵老师"
        assert verify(session) == []
        (kept,) = session.exec(select(Erasure))
        assert (kept.person_id, kept.reason, kept.name) == (1, "本人要求", "陈主任")
    assert (story.seals(), story.points("王老师")) == (seals, points)


def test_who_still_takes_part_is_not_erased_unless_they_withdrew(story: Story) -> None:
    story.night("2019-12-20 00:30")
    with transaction(story.engine) as session, pytest.raises(Refused) as refused:
        erase(session, [1, 2], decision(story))
    assert [one.text("en").split(" still")[0] for one in refused.value.problems] == ["王老师", "赵老师"]
    with transaction(story.engine) as session:
        withdraw(session, story.people["王老师"], decision(story, "2019-12-20 09:00"))
    with transaction(story.engine) as session:
        erase(session, [1], decision(story))
    story.night("2020-01-01 00:30")
    with reading(story.engine) as session:
        assert verify(session) == []


def test_retention_is_over_for_whom_every_cohort_was_over_before_the_day(story: Story) -> None:
    story.night("2019-12-31 23:59:59")
    assert over(story, "2021-01-01") == []  # a phase goes on
    story.night("2020-01-01 00:30")
    assert over(story, "2019-12-31") == []
    assert over(story, "2020-01-01") == []  # it locked at this instant
    assert over(story, "2020-01-01 00:00:01") == [1, 2]
    with transaction(story.engine) as session:
        erase(session, [2], decision(story))
    assert over(story, "2021-01-01") == [1]


def over(story: Story, before: str) -> list[int]:
    with reading(story.engine) as session:
        return those_over(session, story.at(before))


# ---------------------------------------------------------------- the command, with files


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    """Li handed in a text of her own and one that Wang handed in too."""
    office = enrolled_office(tmp_path / "home", workbook(tmp_path / "r.xlsx", ROSTER))
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "李老师.txt").write_text(OTHER, encoding="utf-8")
    (folder / "规划.txt").write_text(PLAN, encoding="utf-8")
    when = "2024-12-18 20:15"
    rows = [
        [LI, "plan", "李老师.txt", when],
        [LI, "plan", "规划.txt", when],
        ["T002", "plan", "规划.txt", when],
    ]
    records = workbook(tmp_path / "records.xlsx", [HEADER, *rows])
    said = ("--received", "2024-12-20 10:00", "--said-by", "陈主任")
    office.expects("evidence", "import", *SLUG, records, "--files", folder, *said)
    return office


def withdrawn(office: Desk) -> None:
    office.expects("exception", "withdraw", *SLUG, "--person", LI, *SAID, "--at", "2024-12-21")


def test_erasing_takes_what_only_this_person_handed_in_and_leaves_no_trace(
    office: Desk, tmp_path: Path
) -> None:
    answer = office.types("person", "erase", "--person", LI, *SAID)
    assert answer.code == 1
    assert "李老师 still takes part in 一班" in answer.errors
    withdrawn(office)
    found = office.expects("person", "erase", "--person", LI, *SAID, "--json").json
    assert found == {"people": 1, "files": 2, "texts": 1, "contents": 1}
    kept = [path.read_text(encoding="utf-8") for path in (office.home / "files").rglob("*") if path.is_file()]
    assert kept == [PLAN]
    engine = open_database(f"sqlite:///{office.home / 'yanxiu.sqlite'}")
    with reading(engine) as session:
        assert sorted(session.exec(select(HandedFile.name))) == ["", "", "规划.txt"]
        assert sorted(session.exec(select(TextBody.body))) == ["", PLAN]
    engine.dispose()
    for trace in ("li@example.org", "李老师", OTHER[:9]):
        assert trace.encode() not in (office.home / "yanxiu.sqlite").read_bytes(), trace
    assert office.types("person", "show", LI).code == 1
    assert office.expects("seal", "verify").code == 0
    out = tmp_path / "out"
    assert office.expects("work", "export", *SLUG, "--out", out, "--json").json["files"] == 1
    assert office.types("person", "erase", "--person", LI, *SAID).code == 1


def test_files_that_an_erasure_left_behind_go_with_the_next(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn(office)

    def power_fails(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(people, "throw_away", power_fails)
    assert office.types("person", "erase", "--person", LI, *SAID).code == 1
    monkeypatch.undo()
    assert office.types("person", "show", LI).code == 1
    expire = ("person", "expire", "--before", "2020-01-01", *SAID)
    assert office.expects(*expire, "--json").json["people"] == 0
    assert office.expects(*expire, "--commit", "--json").json == {
        "people": 0,
        "files": 0,
        "texts": 0,
        "contents": 1,
    }
