"""二、培训对象: 可以不参加此项培训的教师, by name and by figure, decided one by one or written into the roster (X19-08)."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from calendars.pages import term_table
from exchange.plans import commit
from exchange.results import export_results
from exchange.roster import read_roster
from models.database import transaction
from models.exceptions import PersonException
from models.people import Person
from tests.support.desk import Desk
from tests.support.files import PROGRAMMES, table, workbook
from tests.support.story import Story
from workflows.exceptions import exempt
from workflows.exceptions_told import exceptions_of
from workflows.explaining import explain
from workflows.resolving import Decision, accept

SCHOOL = ("兰西县", "第一小学")
OTHERS = ("国培送教", "校园长培训", "三学活动", "新教材培训", "新教师培训")
HOURS = "十三五学时"
HEADER = ["姓名", "人员编号", "角色", "班级", "区县", "学校", "加入时间", "状态", "原因", "已修学时"]
LOCK = "2019-12-31 24:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "lanxi-2019")
    story.cohort("网本研修", "兰西县")
    for name in (*OTHERS, "周老师", "王老师"):
        story.enrol(name, "learner", "网本研修", *SCHOOL)
    story.files("plan_and_roster", *SCHOOL, at="2019-12-12 09:00")
    story.night("2019-12-10 00:30")
    return story


def exempts(story: Story, name: str, ground: str, hours: int | None = None) -> None:
    at = story.at("2019-12-10 09:00")
    with transaction(story.engine) as session:
        exempt(session, story.people[name], Decision("本人申请，学校证明", "王主任", at, at), ground, hours)


def decided(story: Story) -> list[tuple[str, str, str | None, int | None, str, str | None]]:
    with Session(story.engine) as session:
        return [
            (one.person, one.kind, one.item, one.amount, "、".join(one.names), one.document)
            for one in exceptions_of(session, story.programme_id)
        ]


@pytest.mark.demand("X19-08")
def test_who_is_in_one_of_the_five_trainings_or_has_360_hours_is_neither_passed_nor_failed(
    story: Story, tmp_path: Path
) -> None:
    """本学期正在参加“国培送教”……的教师，“十三五”期间已经完成360学时培训任务的教师，可以不参加此项培训."""
    for name in OTHERS:
        exempts(story, name, name)
    exempts(story, "周老师", HOURS, 36000)
    story.night("2019-12-30 00:30")
    story.decide(accept, "网本研修", story.holds("网本研修")[0].id, effective="2019-12-30 09:00")
    story.night(LOCK)
    assert [story.sheet(name) for name in (*OTHERS, "周老师")] == [None] * 6
    assert story.points("王老师")["result"] == "不合格"
    grounds = [(name, "exempt", name, None, "王主任", None) for name in OTHERS]
    assert decided(story) == [*grounds, ("周老师", "exempt", HOURS, 36000, "王主任", None)]
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == "周老师")).scalar_one()
        (told,) = explain(session, number, story.at(LOCK))
        assert [(one.kind, one.item, one.amount) for one in told.exceptions] == [("exempt", HOURS, 36000)]
        export_results(session, "lanxi-2019", tmp_path / "results.xlsx", "zh", story.at(LOCK))
    page = openpyxl.load_workbook(tmp_path / "results.xlsx")["例外情况"]
    rows = [row[1:6] for row in page.iter_rows(min_row=2, values_only=True)]
    assert rows[-1] == ("周老师", "网本研修", "免修", HOURS, 360)


@pytest.mark.parametrize(
    ("ground", "hours", "told"),
    [
        (HOURS, 35999, "360 hours at least, not 359.99"),
        (HOURS, None, "asks for the hours that were done, 360 at least"),
        ("国培送教", 36000, "asks for no hours"),
        ("国培", None, "no ground '国培'.*国培送教"),
        ("", None, "say on which ground"),
    ],
)
def test_what_is_no_ground_of_the_document_exempts_nobody(
    story: Story, ground: str, hours: int | None, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        exempts(story, "周老师", ground, hours)
    assert decided(story) == []


def test_where_a_calendar_lists_no_grounds_any_reason_will_do_and_no_ground(engine: Engine) -> None:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for name in ("李老师", "王老师"):
        story.enrol(name, "learner", "一班", "龙城区", "第一小学")
    at = story.at("2024-11-25 09:00")
    by = Decision("产假", "王主任", at, at)
    with transaction(engine) as session:
        exempt(session, story.people["李老师"], by)
    with pytest.raises(Refused, match="lists no grounds"), transaction(engine) as session:
        exempt(session, story.people["王老师"], by, "国培送教")
    assert [row[:3] for row in decided(story)] == [("李老师", "exempt", None)]


# ---------------------------------------------------------------- 花名册


def takes_in(
    engine: Engine, story: Story, tmp_path: Path, *rows: list[str], received: str
) -> tuple[int, ...]:
    path = workbook(tmp_path / "学员信息表.xlsx", [HEADER, *rows])
    at = story.at(received)
    with transaction(engine) as session:
        plan = read_roster(session, "lanxi-2019", path, at)
        commit(session, plan, at, "陈主任")
        return plan.added, plan.changed, plan.unchanged


def member(name: str, number: str, *more: str) -> list[str]:
    return [name, number, "参训学员", "一班", *SCHOOL, "2019-12-06 10:00", *more]


def test_the_roster_keeps_an_exemption_as_the_command_does(engine: Engine, tmp_path: Path) -> None:
    story = Story(engine, "lanxi-2019")
    rows = [
        member("周老师", "T1", "免修", "三学活动", ""), member("吴老师", "T2", "免修", HOURS, "372.5"),
        member("王老师", "T3", "", "", ""),
    ]  # fmt: skip
    assert takes_in(engine, story, tmp_path, *rows, received="2019-12-08 10:00") == (3, 0, 0)
    kept = [
        ("周老师", "exempt", "三学活动", None, "陈主任", "学员信息表.xlsx"),
        ("吴老师", "exempt", HOURS, 37250, "陈主任", "学员信息表.xlsx"),
    ]
    assert decided(story) == kept
    assert takes_in(engine, story, tmp_path, *rows, received="2019-12-09 10:00") == (0, 0, 3)
    back = member("周老师", "T1", "在训", "", "")
    assert takes_in(engine, story, tmp_path, back, received="2019-12-10 10:00") == (0, 1, 0)
    assert [row[:2] for row in decided(story)[2:]] == [("周老师", "readmit")]
    with Session(engine) as session:
        assert session.execute(select(PersonException.effective_at)).scalars().all()[0] == story.at(
            "2019-12-08 10:00"
        )


@pytest.mark.parametrize(
    ("cells", "place", "told"),
    [
        (["免修", HOURS, "359"], "J2", "“十三五学时”至少要360学时，写的是359"),
        (["免修", HOURS, "360"], "", ""),
        (["免修", HOURS, ""], "J2", "“十三五学时”要写明已完成多少学时，至少360"),
        (["免修", "国培送教", "360"], "J2", "“国培送教”不要求学时"),
        (["免修", "请假", ""], "I2", "没有免修条件“请假”"),
        (["退出", "调离", "360"], "J2", "学时只在免修时填写"),
        (["退出", "调离", ""], "", ""),
    ],
)
def test_the_roster_refuses_by_cell_what_is_no_ground(
    engine: Engine, tmp_path: Path, cells: list[str], place: str, told: str
) -> None:
    story = Story(engine, "lanxi-2019")
    path = workbook(tmp_path / "学员信息表.xlsx", [HEADER, member("周老师", "T1", *cells)])
    with transaction(engine) as session:
        at = story.at("2019-12-08 10:00")
        plan = read_roster(session, "lanxi-2019", path, at)
    found = [(problem.where.rsplit("!", 1)[-1], problem.message.text("zh")) for problem in plan.refused]
    assert [(where.split(" ")[0], message[: len(told)]) for where, message in found] == (
        [(place, told)] if place else []
    )


# ---------------------------------------------------------------- calendar show, yanxiu exception exempt


@pytest.mark.parametrize(("locale", "least"), [("zh", "至少360学时"), ("en", "at least 360 hours")])
def test_the_calendars_page_lists_the_grounds(engine: Engine, locale: str, least: str) -> None:
    story = Story(engine, "lanxi-2019")
    tables = {one.title: one.rows for one in term_table(story.calendar, locale)}  # type: ignore[arg-type]
    grounds = tables["免修条件" if locale == "zh" else "Exempt"]
    assert [row[:2] for row in grounds] == [*([name, ""] for name in OTHERS), [HOURS, least]]


def test_a_clerk_types_the_ground_and_reads_it_in_explain(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    slug = ["-p", "lanxi-2019"]
    people = table(tmp_path / "r.csv", [HEADER[:6], member("周老师", "T1")[:6]])
    desk.begins("陈主任")
    desk.expects("calendar", "publish", PROGRAMMES / "lanxi-2019.yaml")
    desk.expects("roster", "import", *slug, people, "--received", "2019-12-06 09:00", "--said-by", "陈主任")
    said = [*slug, "--person", "T1", "--reason", "证书", "--name", "陈主任", "--at", "2019-12-10 09:00"]
    few = desk.types("exception", "exempt", *said, "--ground", HOURS, "--hours", "359", language="zh")
    assert (few.code, few.errors) == (1, "--hours: “十三五学时”至少要360学时，写的是359\n")
    none = desk.types("exception", "exempt", *said, "--ground", HOURS, "--hours", "很多", language="zh")
    assert (none.code, "--hours: 应为数字" in none.errors) == (1, True)
    desk.expects("exception", "exempt", *said, "--ground", HOURS, "--hours", "360")
    told = desk.types("explain", "T1", language="zh").out
    assert "状态：免修（证书）" in told
    assert "2019-12-10 09:00 免修：十三五学时 360，陈主任，理由：证书" in told
