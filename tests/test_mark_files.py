"""Marks and school rubrics taken in from workbooks and CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.messages import Refused
from exchange.marks import read_marks
from exchange.plans import Plan, commit
from exchange.roster import read_roster
from exchange.rubrics import read_rubrics
from models.database import transaction
from tests.support.files import asked, count, everything, imported, local, published, table, told, workbook
from workflows.digests import mark_digest

ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校"],
    ["林静", "T001", "learner", "一班", "兰西县", "第一小学"],
    ["赵敏", "T002", "learner", "一班", "兰西县", "第二小学"],
    ["孙老师", "T009", "tutor", "一班", "兰西县", "教师进修学校"],
]
MARKS = ["人员编号", "姓名", "任务", "项目", "得分", "等第", "评分人"]
RUBRIC = ["学校", "任务", "项目", "类别", "满分"]
FIRST_SCHOOL: list[list[object]] = [
    ["第一小学", "校本研修成绩", "听课", "课程", 10],
    ["第一小学", "school_score", "评课", "活动", "10.5"],
    ["第一小学", "school_score", "教案", "作业", 9.5],
    ["第一小学", "school_score", "总结", "work", 10],
]


@pytest.fixture
def session(engine: Engine, tmp_path: Path) -> Iterator[Session]:
    published(engine, "lanxi-2019")
    with transaction(engine) as session:
        roster = table(tmp_path / "roster.csv", ROSTER)
        imported(session, read_roster(session, "lanxi-2019", roster, local("2019-12-06 09:00")))
        yield session


@pytest.fixture
def read(session: Session, tmp_path: Path) -> Callable[..., Plan]:
    def read(*rows: list[object], received: str = "2019-12-30 09:00") -> Plan:
        return read_marks(
            session, "lanxi-2019", workbook(tmp_path / "marks.xlsx", [MARKS, *rows]), local(received)
        )

    return read


@pytest.fixture
def rubric(session: Session, tmp_path: Path) -> Callable[..., Plan]:
    def rubric(*rows: list[object], received: str = "2019-12-12 09:00") -> Plan:
        path = workbook(tmp_path / "rubric.xlsx", [RUBRIC, *rows])
        return read_rubrics(session, "lanxi-2019", path, local(received))

    return rubric


def stored(session: Session) -> list[tuple[object, ...]]:
    rows = asked(
        session,
        "SELECT person.number, task, item, giver, score, grade, revision, withdrawn_at FROM mark "
        "JOIN enrolment ON enrolment.id = enrolment_id JOIN person ON person.id = person_id "
        "JOIN activity ON activity.id = activity_id",
    )
    return sorted(rows, key=lambda row: (*row[:4], row[6]))


def test_a_score_becomes_a_mark_and_the_same_again_changes_nothing(
    session: Session, read: Callable[..., Plan]
) -> None:
    rows = [
        ["T001", "林静", "own_plan", "", 18.5, "", "孙老师"],
        ["T002", "", "作业：师德师风演讲稿", "", "15"],
    ]
    imported(session, read(*rows))
    assert stored(session) == [
        ("T001", "own_plan", "", "", 1850, None, 0, None),
        ("T002", "own_speech", "", "", 1500, None, 0, None),
    ]
    received = int(local("2019-12-30 09:00").timestamp())
    digest = session.connection().execute(text("SELECT digest FROM mark WHERE score = 1850")).scalar_one()
    assert digest == mark_digest("own_plan:mark", "", "", 1850, None, received)
    before = everything(session)
    again = read(*rows, received="2019-12-31 09:00")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert commit(session, again, again.received_at) is None
    assert everything(session) == before


def test_a_changed_score_stands_beside_the_one_that_it_replaces(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(["T001", "", "own_plan", "", 18.5]))
    plan = imported(session, read(["T001", "", "own_plan", "", 19], received="2019-12-31 09:00"))
    assert plan.entries[0].text("zh") == "marks.xlsx!名单!A2: 林静 的“own_plan”：18.5 改为 19"
    withdrawn = int(local("2019-12-31 09:00").timestamp())
    assert [row[4:] for row in stored(session)] == [(1850, None, 0, withdrawn), (1900, None, 1, None)]
    assert "不能再改成更早" in told(read(["T001", "", "own_plan", "", 1], received="2019-12-30 10:00"))[0]


@pytest.mark.parametrize(
    ("score", "taken"), [(0, True), (20, True), (17.9, True), (20.1, False), (18.55, False)]
)
def test_scores_are_given_in_tenths_from_0_to_20(
    read: Callable[..., Plan], score: float, taken: bool
) -> None:
    plan = read(["T001", "", "own_plan", "", score])
    assert bool(plan.refused) is not taken


@pytest.mark.parametrize(
    ("row", "cell", "zh", "en"),
    [
        (
            ["T001", "", "own_plan", "", 20.1],
            "E",
            "得分20.1不在0到20之间",
            "20.1 is not between 0 and 20",
        ),
        (
            ["T001", "", "own_plan", "", 18.55],
            "E",
            "得分18.55不合间隔0.1",
            "18.55 is not on a step of 0.1",
        ),
        (["T001", "", "own_plan", "", -1], "E", "不能是负数", "must not be negative"),
        (["T001", "", "own_plan", "", ""], "E", "请填写得分", "fill in the score"),
        (
            ["T001", "", "own_plan", "", 18, "优秀"],
            "F",
            "按分数评，不填等第",
            "marked by score, not by grade",
        ),
        (["T001", "", "own_plan", "听课", 18], "D", "评一个总分，不分项目", "marked as a whole"),
        (["T001", "", "opinions", "", 18], "C", "不评分", "nobody marks"),
        (["T001", "", "own_plam", "", 18], "C", "是不是“own_plan”", "Did you mean 'own_plan'"),
        (["T009", "", "own_plan", "", 18], "C", "没有任务“own_plan”", "does not owe the task"),
        (["T001", "", "school_score", "听课", 5], "C", "还没有任务“校本研修成绩”的考核细则", "has no rubric"),
    ],
)
def test_what_is_wrong_with_a_mark_is_refused_by_cell_in_both_languages(
    read: Callable[..., Plan], row: list[object], cell: str, zh: str, en: str
) -> None:
    plan = read(row)
    (chinese,), (english,) = told(plan), told(plan, "en")
    assert chinese.startswith(f"marks.xlsx!名单!{cell}2: ")
    assert zh in chinese
    assert en in english


def test_a_mark_twice_in_a_file_is_refused(read: Callable[..., Plan]) -> None:
    rows = [["T001", "", "own_plan", "", 18, "", "甲"], ["T001", "", "own_plan", "", 19, "", "乙"]]
    assert told(read(*rows)) == ["marks.xlsx!名单!A3: 这个评分在第2行已经出现过"]


def test_a_schools_rubric_is_taken_and_marks_are_checked_against_it(
    session: Session, read: Callable[..., Plan], rubric: Callable[..., Plan]
) -> None:
    plan = imported(session, rubric(*FIRST_SCHOOL))
    assert (plan.added, plan.changed) == (4, 0)
    assert plan.entries[0].text("zh") == "rubric.xlsx!名单!A2: “第一小学”的“校本研修成绩”：4项"
    imported(
        session, read(["T001", "", "school_score", "听课", 9.5], ["T001", "", "school_score", "教案", 9])
    )
    assert [row[2:5] for row in stored(session)] == [("听课", "", 950), ("教案", "", 900)]
    assert told(
        read(["T001", "", "school_score", "听课", 10.1], ["T001", "", "school_score", "听棵", 1],
             ["T001", "", "school_score", "", 1], ["T002", "", "school_score", "听课", 1])
    ) == [
        "marks.xlsx!名单!E2: 得分10.1不在0到10之间",
        "marks.xlsx!名单!D3: 任务“校本研修成绩”的评分没有项目“听棵”。是不是“听课”？",
        "marks.xlsx!名单!D4: 任务“校本研修成绩”要写明项目：听课、总结、教案、评课",
        "marks.xlsx!名单!C5: 赵敏 的学校还没有任务“校本研修成绩”的考核细则，请先导入",
    ]  # fmt: skip


def test_the_same_rubric_again_changes_nothing(session: Session, rubric: Callable[..., Plan]) -> None:
    imported(session, rubric(*FIRST_SCHOOL))
    before = everything(session)
    again = rubric(*FIRST_SCHOOL, received="2019-12-13 09:00")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 4)
    assert commit(session, again, again.received_at) is None
    assert everything(session) == before


def test_a_rubric_adds_to_exactly_40(rubric: Callable[..., Plan]) -> None:
    assert told(rubric(*FIRST_SCHOOL[:3], ["第一小学", "school_score", "总结", "作业", 9.99])) == [
        "rubric.xlsx!名单!E2: “第一小学”的“校本研修成绩”各项共39.99分，应正好40分"
    ]


def test_a_rubric_has_two_courses_or_activities_and_two_pieces_of_work(rubric: Callable[..., Plan]) -> None:
    rows = [
        *FIRST_SCHOOL[:2],
        ["第一小学", "school_score", "教案", "作业", 9.5],
        ["第一小学", "school_score", "出勤", "其他", 10],
    ]
    plan = rubric(*rows)
    assert told(plan) == ["rubric.xlsx!名单!D2: “第一小学”的“校本研修成绩”应至少有2项“作业”，只有1项"]
    assert told(plan, "en")[0].endswith(
        "'第一小学' needs at least 2 items of the kind 'work' for '校本研修成绩', and has 1"
    )


def test_what_is_wrong_with_a_rubric_is_refused_by_cell(rubric: Callable[..., Plan]) -> None:
    rows = [
        ["第一小孛", "school_score", "听课", "课程", 10],
        ["第一小学", "own_plan", "听课", "课程", 10],
        ["第一小学", "school_scores", "听课", "课程", 10],
        ["第一小学", "school_score", "听课", "讲座", 10],
        ["第一小学", "school_score", "", "课程", 0],
    ]
    assert told(rubric(*rows)) == [
        "rubric.xlsx!名单!A2: 名册中没有学校“第一小孛”。是不是“第一小学”？",
        "rubric.xlsx!名单!B3: 任务“作业：教师自我发展规划”不由学校自定考核细则",
        "rubric.xlsx!名单!B4: 学期日历中没有任务“school_scores”。任务有："
        + told(rubric(*rows))[2].partition("任务有：")[2],
        "rubric.xlsx!名单!D5: 没有类别“讲座”，只有：课程、活动、作业、其他",
        "rubric.xlsx!名单!C6: 这里必须填写",
        "rubric.xlsx!名单!E6: 满分必须大于0",
    ]


def test_a_changed_rubric_has_room_for_the_marks_already_given(
    session: Session, read: Callable[..., Plan], rubric: Callable[..., Plan]
) -> None:
    imported(session, rubric(*FIRST_SCHOOL))
    imported(
        session, read(["T001", "", "school_score", "听课", 9.5], ["T001", "", "school_score", "教案", 9])
    )
    changed = [["第一小学", "school_score", "听课", "课程", 9], ["第一小学", "school_score", "评课", "活动", 11.5],
               ["第一小学", "school_score", "论文", "作业", 9.5], ["第一小学", "school_score", "总结", "作业", 10]]  # fmt: skip
    assert told(rubric(*changed)) == [
        "rubric.xlsx!名单!C2: “第一小学”的项目“听课”已按原细则评过9.5分，新细则（满分9）容不下这个得分",
        "rubric.xlsx!名单!C2: “第一小学”的项目“教案”已按原细则评过9分，新细则（没有这一项）容不下这个得分",
    ]
    roomy = [[*FIRST_SCHOOL[0][:4], 11], [*FIRST_SCHOOL[1][:4], 9.5], *FIRST_SCHOOL[2:]]
    plan = imported(session, rubric(*roomy, received="2019-12-13 09:00"))
    assert (plan.added, plan.changed) == (0, 4)
    assert count(session, "rubric") == 4


def test_a_rubric_does_not_change_after_scores_are_sealed(
    session: Session, rubric: Callable[..., Plan]
) -> None:
    imported(session, rubric(*FIRST_SCHOOL))
    session.connection().execute(
        text(
            "INSERT INTO seal (cohort_id, number, assessment, edition_sha256, basis, locked_at, recorded_at, sheets, "
            "previous, head) VALUES (1, 1, 'term', '', '', 1577808000, 1577808000, 0, '', '')"
        )
    )
    roomy = [[*FIRST_SCHOOL[0][:4], 11], [*FIRST_SCHOOL[1][:4], 9.5], *FIRST_SCHOOL[2:]]
    assert told(rubric(*roomy, received="2020-01-05 09:00")) == [
        "rubric.xlsx!名单!A2: “第一小学”的成绩已经锁定，考核细则不能再改"
    ]


def other_programme(engine: Engine, tmp_path: Path, slug: str, role: str, tiers: dict[str, str]) -> None:
    published(engine, slug)
    with transaction(engine) as session:
        rows = [["姓名", "人员编号", "角色", "班级", *tiers], ["林静", "T001", role, "一班", *tiers.values()]]
        roster = table(tmp_path / "roster.csv", rows)
        imported(session, read_roster(session, slug, roster, local("2020-01-01 09:00")))


def test_grades_are_those_of_the_task(engine: Engine, tmp_path: Path) -> None:
    other_programme(engine, tmp_path, "longcheng-2024", "learner", {"区县": "龙城区", "学校": "一小"})
    with transaction(engine) as session:

        def read(*row: object) -> Plan:
            path = table(tmp_path / "m.csv", [MARKS, row])
            return read_marks(session, "longcheng-2024", path, local("2024-12-10 09:00"))

        imported(session, read("T001", "", "assignment", "", "", "良好"))
        assert [row[4:6] for row in stored(session)] == [(None, "良好")]
        assert told(read("T001", "", "assignment", "", "", "很好")) == [
            "m.csv: 第2行“等第”列：没有等第“很好”，只有：优秀、良好、合格、不合格"
        ]
        assert told(read("T001", "", "assignment", "", "9", ""), "en") == [
            (
                "m.csv: line 2, column 5 (得分): the task '课程作业（课题研究报告）' is marked by grade "
                "(优秀, 良好, 合格, 不合格), not by score"
            )
        ]


def test_sides_keep_each_giver_apart(engine: Engine, tmp_path: Path) -> None:
    other_programme(engine, tmp_path, "capability-2021", "teacher", {"省": "某省", "学校": "一小"})
    with transaction(engine) as session:

        def read(*rows: list[object]) -> Plan:
            path = table(tmp_path / "m.csv", [MARKS, *rows])
            return read_marks(session, "capability-2021", path, local("2021-06-10 09:00"))

        imported(session, read(["T001", "", "evaluation", "互评", "90", "", "甲"],
                               ["T001", "", "evaluation", "互评", "80", "", "乙"]))  # fmt: skip
        assert {row[2:5] for row in stored(session)} == {("互评", "甲", 9000), ("互评", "乙", 8000)}
        assert "没有项目“家访”" in told(read(["T001", "", "evaluation", "家访", "90"]))[0]


def test_a_bad_mark_keeps_every_mark_out(session: Session, read: Callable[..., Plan]) -> None:
    with pytest.raises(Refused):
        commit(
            session,
            read(["T001", "", "own_plan", "", 18], ["T002", "", "own_plan", "", 21]),
            local("2020-01-01 09:00"),
        )
    assert count(session, "mark") == 0
