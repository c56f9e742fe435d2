"""The office's sheet of exceptions: one row a decision about one person, previewed, taken in whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from exchange.exception_sheets import write_exceptions
from exchange.exceptions import read_exceptions
from exchange.plans import Plan, commit
from models.database import transaction
from models.verdicts import ScoreSheet
from models.work import Enrolment
from tests.support.files import everything, table, told, workbook
from tests.support.story import PROGRAMMES, Story
from workflows.appealing import revoke
from workflows.exceptions_told import Told, exceptions_of
from workflows.resolving import Decision
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
LOCK, RECEIVED = "2024-12-15 24:00", "2024-12-05 17:00"
HEADER = [
    "人员编号",
    "姓名",
    "班级",
    "种类",
    "任务",
    "数量",
    "完成时间",
    "至",
    "原因",
    "决定人",
    "文号",
    "时间",
]
NAMES = ("李老师", "王老师", "赵老师", "钱老师", "孙老师")


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two classes; all five are in the first, with 600 minutes of 750, all talk and no journal."""
    text = (PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8")
    story = Story(engine, text=text.replace("needs: 750,", "needs: 750, prior: 150,"))
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    for name in NAMES:
        story.enrol(name, "learner", "一班", *SCHOOL)
        story.shows(name, "study", 600, at="2024-11-05 20:00")
        story.shows(name, "talk", 20, at="2024-11-22 12:00")
    story.night("2024-12-02 00:30")
    return story


def row(name: str, kind: str, **cells: str) -> list[str]:
    found = {
        "人员编号": f"N{NAMES.index(name):05d}",
        "种类": kind,
        "原因": "组织安排",
        "决定人": "王主任",
    } | cells
    return [found.get(heading, "") for heading in HEADER]


def many() -> list[list[str]]:
    """Not in the order of their instants: 王老师 is given more time in the class to which the next row takes him."""
    return [
        row("王老师", "延期", 任务="研修日志", 至="2024-12-08", 时间="2024-12-04 09:00"),
        row("李老师", "免修", 文号="教字7号", 时间="2024-12-03"),
        row("王老师", "转班", 至="二班", 时间="2024-12-03 09:00"),
        row("赵老师", "以往学时", 任务="课程学习", 数量="150", 完成时间="2024-03-01"),
        row("钱老师", "退出", 姓名="钱老师", 原因="调离"),
        row("孙老师", "exempt"),
        row("孙老师", "恢复", 时间="2024-12-05 17:00"),
    ]


def reads(story: Story, path: Path, received: str = RECEIVED, *, keeps: bool = True) -> Plan:
    with transaction(story.engine) as session:
        plan = read_exceptions(session, "longcheng-2024", path, story.at(received))
        if keeps:
            commit(session, plan, story.at(received))
        return plan


def decided(story: Story) -> list[Told]:
    with Session(story.engine) as session:
        return exceptions_of(session, story.programme_id)


def kept(story: Story) -> dict[str, list[tuple[object, ...]]]:
    with Session(story.engine) as session:
        return everything(session)


def test_a_sheet_decides_about_many_people_at_once(story: Story, tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "a.xlsx", [HEADER, *many()])
    before = kept(story)
    plan = reads(story, sheet, keeps=False)
    assert (plan.rows, plan.added, plan.unchanged, plan.refused) == (7, 7, 0, [])
    assert [entry.text("zh") for entry in plan.entries[:3]] == [  # in the order of their instants
        "a.xlsx!名单!D4: 王老师（一班）：转班 二班，理由：组织安排",
        "a.xlsx!名单!D3: 李老师（一班）：免修，理由：组织安排",
        "a.xlsx!名单!D2: 王老师（一班）：延期 研修日志 2024-12-08，理由：组织安排",
    ]
    assert kept(story) == before  # a preview
    reads(story, sheet)
    assert [(one.kind, one.person, one.document) for one in decided(story)] == [
        ("transfer", "王老师", None), ("exempt", "李老师", "教字7号"), ("extend", "王老师", None), ("prior", "赵老师", None),
        ("withdraw", "钱老师", None), ("exempt", "孙老师", None), ("readmit", "孙老师", None),
    ]  # fmt: skip
    story.shows("王老师", "talk", 1, at="2024-11-23 12:00", received="2024-12-06 12:00")
    story.night(LOCK)
    with Session(story.engine) as session:
        states = dict(session.execute(select(Enrolment.id, Enrolment.status)).tuples().all())
        sheets = {row.enrolment_id: row.total for row in session.execute(select(ScoreSheet)).scalars()}
    assert [states[story.people[name]] for name in NAMES] == [
        "exempt", "transferred", "active", "withdrawn", "active",
    ]  # fmt: skip
    assert sheets[story.people["赵老师"]] == 6000  # 40 for 750 minutes, 20 for talk
    assert sheets[story.people["孙老师"]] == 5200
    assert story.people["李老师"] not in sheets
    with transaction(story.engine) as session:
        assert verify(session) == []


@pytest.mark.parametrize("received", [RECEIVED, "2024-12-20 09:00"])
def test_the_same_file_again_changes_nothing(story: Story, tmp_path: Path, received: str) -> None:
    sheet = table(tmp_path / "a.csv", [HEADER, *many()], "gb18030")
    reads(story, sheet)
    before = kept(story)
    plan = reads(story, sheet, received)
    assert (plan.rows, plan.added, plan.unchanged) == (7, 0, 7)
    assert kept(story) == before


def test_what_is_exported_can_be_imported_and_changes_nothing(story: Story, tmp_path: Path) -> None:
    reads(story, workbook(tmp_path / "a.xlsx", [HEADER, *many()]))
    story.night(LOCK)
    at = story.at("2024-12-20 09:00")
    with transaction(story.engine) as session:
        revoke(
            session,
            story.people["赵老师"],
            "training",
            Decision("雷同", "陈主任", at, at),
            second_name="周老师",
        )
    write_exceptions(story.calendar, decided(story), tmp_path / "out.xlsx", "zh")
    before = kept(story)
    plan = reads(story, tmp_path / "out.xlsx", "2024-12-21 09:00")
    assert (plan.rows, plan.added, plan.unchanged, plan.refused) == (8, 0, 8, [])
    assert kept(story) == before


@pytest.mark.parametrize(
    ("bad", "where", "why"),
    [
        (row("李老师", "免考"), "D3", "没有种类“免考”。是不是“免修”？"),
        (row("李老师", "取消结果"), "D3", "“取消结果”不能用表格办理，请用 yanxiu revoke"),
        (row("李老师", "转班"), "H3", "“转班”须填写这一列"),
        (row("李老师", "转班", 至="三班"), "H3", "没有班级“三班”。"),
        (row("李老师", "延期", 任务="研修日志", 至="后天"), "H3", "看不懂的时间“后天”。"),
        (row("李老师", "延期", 任务="研修日志", 至="2024-12-01"), "D3", "不晚于此人现在的截止时间"),
        (row("李老师", "免修", 数量="3"), "D3", "日历没有列出免修条件"),
        (row("李老师", "以往学时", 任务="课程学习", 数量="151", 完成时间="2024-03-01"), "D3", "最多认定150"),
        (row("李老师", "免修", 时间="2024-12-06 09:00"), "L3", "晚于这个文件的接收时间"),
        (row("李老师", "免修", 时间="2024-12-01 09:00"), "D3", "早于已经推进到的2024-12-02 00:30"),
        (row("李老师", "免修", 姓名="王老师"), "B3", "在名册中是“李老师”"),
        (row("李老师", "免修", 原因=""), "I3", "这里必须填写"),
        (row("李老师", "恢复"), "D3", "此人的状态是“在训”，不能取消免修"),
    ],
)  # fmt: skip
def test_one_row_that_will_not_do_refuses_the_whole_file_by_its_cell(
    story: Story, tmp_path: Path, bad: list[str], where: str, why: str
) -> None:
    plan = reads(
        story, workbook(tmp_path / "a.xlsx", [HEADER, row("钱老师", "退出", 原因="调离"), bad]), keeps=False
    )
    (problem,) = told(plan)
    assert f"!{where}" in problem
    assert why in problem
    assert decided(story) == []


def test_a_person_of_two_classes_is_told_by_the_class(story: Story, tmp_path: Path) -> None:
    story.enrol("李老师二", "learner", "二班", *SCHOOL, same_as="李老师")
    unclear = workbook(tmp_path / "a.xlsx", [HEADER, row("李老师", "免修")])
    (problem,) = told(reads(story, unclear, keeps=False))
    assert "“李老师”在几个班级（一班、二班），请填写班级" in problem
    reads(story, workbook(tmp_path / "b.xlsx", [HEADER, row("李老师", "免修", 班级="二班")]))
    assert [(one.kind, one.cohort) for one in decided(story)] == [("exempt", "二班")]
