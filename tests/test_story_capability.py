"""能力提升工程2.0校本研修, 案例一, told night by night (C21-02, C21-03, C21-05, C21-06, C21-08, C21-09)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from exchange.results import export_results
from models.people import Person
from tests.support.story import Story
from workflows.explained import ExplainedLine
from workflows.explaining import explain
from workflows.resolving import accept

SCHOOL = ("自治区", "第一中学")
SIDES = {"自评": 90, "互评": 80, "现场评价": 88, "学生问卷": 91, "家长问卷": 90}  # 9 + 16 + 26.4 + 18.2 + 18
DEMANDS = {  # 考核要求: 每周反思 (30个整周), 微能力, 模型, 个性数据分析
    "core": {"reflect": 30, "points": 5, "model": 1, "analyses": 5},
    "subject": {"reflect": 30, "points": 4, "model": 1, "analyses": 2},
    "teacher": {"reflect": 30, "points": 3, "model": 1, "analyses": 1},
}
NAMES = {"core": "陈组长", "subject": "刘老师", "teacher": "王老师"}
LOCK = "2021-08-08 00:00"
A_WEEK = {"core": 2, "subject": 1, "teacher": 1}  # 每周2篇以上, 1篇以上
FIRST_DAY = date(
    2020, 11, 1
)  # of the weeks, a Sunday; the 30th ends on 2021-05-29, and two days are left over


@pytest.fixture
def story(engine: Engine) -> Story:
    """案例一: one school with its head and one person of each group."""
    story = Story(engine, "capability-2021")
    story.cohort("第一中学", *SCHOOL)
    for role, name in NAMES.items():
        story.enrol(name, role, "第一中学", *SCHOOL)
    story.enrol("张校长", "head", "第一中学", *SCHOOL)
    plan = story.files("plan", *SCHOOL, at="2020-08-20 09:00")
    story.acts("pass_on", plan, "province", at="2020-08-25 10:00")
    return story


def task_of(demand: str, role: str) -> str:
    return "model" if demand == "model" else f"{demand}_{role}"


def meets_demands(
    story: Story, role: str, short: str | None = None, but: dict[int, float] | None = None
) -> None:
    """50 hours, 25 of them practice, and the row of the group's table, perhaps one short in one column, or with other
    figures in some weeks."""
    name = NAMES[role]
    story.shows(name, "online", 25, at="2021-01-20 20:00")
    story.shows(name, "practice", 25, at="2021-07-31 23:59:59")
    reflects(story, role, DEMANDS[role]["reflect"] - (short == "reflect"), but)
    for demand, amount in DEMANDS[role].items():
        asked = amount - (demand == short)
        if asked and demand != "reflect":
            story.shows(name, task_of(demand, role), asked, at="2021-05-31 23:59:59")


def reflects(story: Story, role: str, weeks: int = 30, but: dict[int, float] | None = None) -> None:
    """What is asked of a week in each of so many, in its last second; `but` says otherwise by the week's number."""
    for week in range(1, weeks + 1):
        amount = (but or {}).get(week, A_WEEK[role])
        if amount:
            last_day = FIRST_DAY + timedelta(days=7 * week - 1)
            story.shows(NAMES[role], f"reflect_{role}", amount, at=f"{last_day} 23:59:59")


def evaluated(story: Story, name: str, scores: dict[str, float] = SIDES, but: str | None = None) -> None:
    for side, score in scores.items():
        if side != but:
            story.marks(name, "evaluation", score, item=side, giver=f"{side}甲", received="2021-07-20 10:00")


def everybody_evaluated(story: Story, but: str | None = None) -> None:
    for name in NAMES.values():
        if name != but:
            evaluated(story, name)


# ---------------------------------------------------------------- 校本研修安排 案例1: by month (C21-03)


@pytest.mark.demand("C21-03")
def test_a_month_ends_with_the_last_second_of_its_last_day(story: Story) -> None:
    everybody_evaluated(story)

    def now() -> list[str]:
        states = story.states("第一中学")
        return [states[phase] for phase in ("prepare", "develop", "results")]

    story.night("2020-08-31 23:59:59")
    assert now() == ["planned", "planned", "planned"]
    story.night("2020-08-31 24:00")
    assert now() == ["open", "planned", "planned"]
    story.night("2020-10-31 23:59:59")
    assert now() == ["open", "planned", "planned"]
    story.night("2020-10-31 24:00")
    assert now() == ["done", "open", "planned"]
    story.night("2020-11-01 00:00:01")
    assert now() == ["done", "open", "planned"]
    story.night("2021-05-31 23:59:59")
    assert now() == ["done", "open", "planned"]
    story.night("2021-05-31 24:00")
    assert now() == ["done", "done", "open"]
    story.night("2021-07-31 23:59:59")
    assert now() == ["done", "done", "open"]
    story.night("2021-07-31 24:00")
    assert now() == ["done", "done", "closing"]
    story.night("2021-08-07 23:59:59")
    assert now() == ["done", "done", "closing"]
    story.night(LOCK)
    assert now() == ["done", "done", "done"]


@pytest.mark.parametrize(
    ("task", "last_day", "need"),
    [
        ("reflect_teacher", "2021-05-29", "reflect_teacher"),  # the last whole week
        ("points_teacher", "2021-07-31", "points_teacher"),
    ],
)
@pytest.mark.parametrize(("clock", "counts"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_work_counts_until_the_last_second_of_the_last_month(
    story: Story, task: str, last_day: str, need: str, clock: str, counts: bool
) -> None:
    everybody_evaluated(story)
    story.shows("王老师", task, 2, at=f"{last_day} {clock}")
    story.night(LOCK)
    reached = 1 if need.startswith("reflect") else 2
    assert story.needs("王老师", "teacher")[need] == (reached if counts else 0)


# ---------------------------------------------------------------- 50学时, 两个简报 (C21-02)


@pytest.mark.demand("C21-02")
@pytest.mark.parametrize(
    ("online", "practice", "result"),
    [(25, 25, "良好"), (0, 50, "良好"), (25.01, 24.99, "不合格"), (30, 20, "不合格"), (24.99, 25, "不合格")],
)
def test_50_hours_at_least_half_of_them_practice(
    story: Story, online: float, practice: float, result: str
) -> None:
    reflects(story, "teacher")
    for demand, amount in DEMANDS["teacher"].items():
        if demand != "reflect":
            story.shows("王老师", task_of(demand, "teacher"), amount, at="2021-05-20 20:00")
    for task, hours in (("online", online), ("practice", practice)):
        if hours:
            story.shows("王老师", task, hours, at="2021-06-20 20:00")
    everybody_evaluated(story)
    story.night(LOCK)
    assert story.points("王老师", "teacher")["result"] == result


@pytest.mark.demand("C21-02")
@pytest.mark.parametrize(("briefs", "result"), [(1, "不合格"), (2, "合格"), (3, "合格")])
def test_the_school_hands_in_two_activity_briefs(story: Story, briefs: int, result: str) -> None:
    everybody_evaluated(story)
    story.shows("张校长", "activity_brief", briefs, at="2021-07-31 23:59:59")
    story.night(LOCK)
    assert story.points("张校长", "school")["result"] == result


# ---------------------------------------------------------------- 考核要求 (C21-05)


@pytest.mark.demand("C21-05")
@pytest.mark.parametrize("role", DEMANDS)
def test_a_group_that_meets_its_row_of_the_table_passes(story: Story, role: str) -> None:
    meets_demands(story, role)
    everybody_evaluated(story)
    story.night(LOCK)
    reached = story.needs(NAMES[role], role)
    assert reached == {
        "all_hours": 50, "practice": 25,
        **{task_of(demand, role): amount for demand, amount in DEMANDS[role].items()},
    }  # fmt: skip
    assert story.points(NAMES[role], role)["result"] == "良好"


@pytest.mark.demand("C21-05")
@pytest.mark.parametrize("role", DEMANDS)
@pytest.mark.parametrize("short", ["reflect", "points", "model", "analyses"])
def test_one_short_in_one_column_is_no_pass_and_the_column_is_seen(
    story: Story, role: str, short: str
) -> None:
    meets_demands(story, role, short)
    everybody_evaluated(story)
    story.night(LOCK)
    task = task_of(short, role)
    assert story.needs(NAMES[role], role)[task] == DEMANDS[role][short] - 1
    assert story.points(NAMES[role], role)["total"] == 87.6
    assert story.points(NAMES[role], role)["result"] == "不合格"
    assert story.earned(NAMES[role], role) == {}


@pytest.mark.parametrize(("role", "but", "short"), [
    ("core", {}, []), ("core", {7: 3}, []), ("core", {7: 1}, [7]), ("core", {7: 0, 8: 4}, [7]),
    ("core", {1: 0, 30: 1}, [1, 30]), ("teacher", {7: 0, 8: 2}, [7]), ("subject", {30: 0}, [30]),
])  # fmt: skip
def test_two_in_one_week_do_not_make_up_for_none_in_the_next(
    story: Story, role: str, but: dict[int, float], short: list[int]
) -> None:
    """每周2篇以上, 每周1篇以上: in each of the 30 weeks, and the weeks that are short are named."""
    meets_demands(story, role, but=but)
    everybody_evaluated(story)
    story.night(LOCK)
    task = f"reflect_{role}"
    assert story.needs(NAMES[role], role)[task] == 30 - len(short)
    assert story.points(NAMES[role], role)["result"] == ("不合格" if short else "良好")
    assert [week.number for week in explained(story, role).short] == short


def explained(story: Story, role: str) -> ExplainedLine:
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == NAMES[role])).scalar_one()
        (sheet,) = explain(session, number, story.at(LOCK))
        return next(line for line in sheet.lines if line.key == f"reflect_{role}")


def test_a_reflection_of_the_two_days_left_over_belongs_to_no_week(story: Story) -> None:
    meets_demands(story, "teacher", short="reflect")
    story.shows("王老师", "reflect_teacher", 5, at="2021-05-29 24:00:00")
    everybody_evaluated(story)
    story.night(LOCK)
    assert story.needs("王老师", "teacher")["reflect_teacher"] == 29


# ---------------------------------------------------------------- 前后测 (C21-09)


@pytest.mark.demand("C21-09")
def test_the_tests_before_and_after_are_compared_person_by_person_and_on_average(
    story: Story, tmp_path: Path
) -> None:
    """工程前后问卷测评: the best record of each in its time; who has only one is in no average."""
    for name, scores in {"陈组长": (60, 80), "刘老师": (70.5, 70), "王老师": (50, None)}.items():
        story.shows(name, "before_test", scores[0], at="2020-10-31 23:59:59")
        if scores[1] is not None:
            story.shows(name, "after_test", scores[1], at="2021-07-31 23:59:59")
    story.shows("王老师", "after_test", 99, at="2021-07-31 24:00:00")  # too late
    story.shows("陈组长", "after_test", 75, at="2021-07-01 10:00")  # an earlier try
    everybody_evaluated(story)
    story.night(LOCK)
    with Session(story.engine) as session:
        export_results(session, "capability-2021", tmp_path / "results.xlsx", "zh", story.at(LOCK))
    headings, *rows = openpyxl.load_workbook(tmp_path / "results.xlsx")["前后测对比"].iter_rows(
        values_only=True
    )
    assert headings == ("班级", "人员编号", "姓名", "省", "学校", "前测", "后测", "提高")
    assert [(row[2], *row[5:]) for row in rows] == [
        ("陈组长", 60, 80, 20),
        ("刘老师", 70.5, 70, -0.5),
        ("王老师", 50, None, None),
        ("平均（2人两次都有，1人提高）", 65.25, 75, 9.75),
    ]


def test_who_falls_behind_the_reflections_of_a_week_is_reminded_of_them(story: Story) -> None:
    """核心组每周2篇以上, the others 1: after two weeks, on the Monday, one reflection is behind for all, two only for the core."""
    for role, amount in (("core", 3), ("subject", 1), ("teacher", 2)):
        story.shows(NAMES[role], f"reflect_{role}", amount, at="2020-11-05 20:00")
    story.night("2020-11-16 00:00")
    told = {name: [row[0] for row in story.reminders(name)] for name in NAMES.values()}
    assert told == {"陈组长": ["2020-11-16 00:00:00"], "刘老师": ["2020-11-16 00:00:00"], "王老师": []}


# ---------------------------------------------------------------- 机制设计: 等级 (C21-06)


@pytest.mark.demand("C21-06")
@pytest.mark.parametrize(
    ("score", "result", "earned"),
    [
        (100, "优秀", {"points": 3, "credits": 10}),
        (90, "优秀", {"points": 3, "credits": 10}),
        (89.99, "良好", {"points": 2, "credits": 10}),
        (75, "良好", {"points": 2, "credits": 10}),
        (74.99, "合格", {"points": 1, "credits": 10}),
        (60, "合格", {"points": 1, "credits": 10}),
        (59.99, "不合格", {}),
    ],
)
def test_the_grades_are_worth_1_2_and_3_points_and_10_credits(
    story: Story, score: float, result: str, earned: dict[str, float]
) -> None:
    meets_demands(story, "teacher")
    everybody_evaluated(story, but="王老师")
    evaluated(story, "王老师", dict.fromkeys(SIDES, score))
    story.night(LOCK)
    points = story.points("王老师", "teacher")
    assert (points["total"], points["result"]) == (score, result)
    assert story.earned("王老师", "teacher") == earned


# ---------------------------------------------------------------- 多元评价 (C21-08)


@pytest.mark.demand("C21-08")
def test_each_side_has_its_weight(story: Story) -> None:
    """10% of 90, 20% of 80, 30% of 88, 20% of 91 and 20% of 90 are 87.6."""
    everybody_evaluated(story)
    story.night(LOCK)
    assert story.points("王老师", "teacher")["evaluation"] == 87.6


def test_a_side_of_several_is_its_average(story: Story) -> None:
    """Three peers: 80, 85 and 85 average 83.33, a fifth of which is 16.67."""
    everybody_evaluated(story)
    for peer in ("乙", "丙"):
        story.marks("王老师", "evaluation", 85, item="互评", giver=peer, received="2021-07-21 10:00")
    story.night(LOCK)
    assert story.points("王老师", "teacher")["evaluation"] == 88.27  # 71.6 and 16.666


def test_a_side_that_has_not_reported_holds_the_lock_and_waits_on_the_school(story: Story) -> None:
    everybody_evaluated(story, but="王老师")
    evaluated(story, "王老师", but="家长问卷")
    story.night("2021-08-07 23:59:59")
    assert story.holds("第一中学") == []
    story.night(LOCK)
    (hold,) = story.holds("第一中学")
    assert (hold.phase, hold.kind, hold.organisations) == ("results", "scores not reported", ("第一中学",))
    assert story.sheet("王老师") is None
    story.marks("王老师", "evaluation", 90, item="家长问卷", giver="家长甲", received="2021-08-10 10:00")
    story.night("2021-08-11 00:30")
    assert story.holds("第一中学") == []
    assert story.points("王老师", "teacher")["evaluation"] == 87.6


def test_accepted_as_it_is_a_missing_side_is_zero(story: Story) -> None:
    everybody_evaluated(story, but="王老师")
    evaluated(story, "王老师", but="家长问卷")
    story.night(LOCK)
    story.decide(accept, "第一中学", story.holds("第一中学")[0].id, effective="2021-08-09 09:00")
    story.night("2021-08-10 00:30")
    assert story.points("王老师", "teacher")["evaluation"] == 69.6
