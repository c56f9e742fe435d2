"""Learning records taken in from workbooks and CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.messages import Refused
from exchange.evidence import read_evidence
from exchange.plans import Plan, commit
from exchange.roster import read_roster
from exchange.staging import CHUNK
from models.database import transaction
from tests.support.files import asked, count, everything, imported, local, published, table, told, workbook
from workflows.digests import evidence_digest

ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校"],
    ["李老师", "T001", "参训学员", "一班", "龙城区", "第一小学"],
    ["王老师", "T002", "参训学员", "一班", "龙城区", "第二小学"],
    ["张辅导", "T003", "tutor", "一班", "龙城区", "第一小学"],
    ["双重", "T004", "learner", "一班", "龙城区", "第一小学"],
    ["双重", "T004", "tutor", "一班", "龙城区", "第一小学"],
    ["两班", "T005", "learner", "一班", "龙城区", "第一小学"],
    ["两班", "T005", "learner", "二班", "龙城区", "第一小学"],
]
HEADER = [
    "人员编号",
    "姓名",
    "任务",
    "类型",
    "项目",
    "数量",
    "字数",
    "发生时间",
    "来源",
    "记录编号",
    "班级",
    "角色",
]


@pytest.fixture
def session(engine: Engine, tmp_path: Path) -> Iterator[Session]:
    published(engine, "longcheng-2024")
    with transaction(engine) as session:
        roster = table(tmp_path / "roster.csv", ROSTER)
        imported(session, read_roster(session, "longcheng-2024", roster, local("2024-10-20 09:00")))
        yield session


@pytest.fixture
def read(session: Session, tmp_path: Path) -> Callable[..., Plan]:
    def read(*rows: list[object], received: str = "2024-12-01 09:00", header: list[str] = HEADER) -> Plan:
        path = workbook(tmp_path / "records.xlsx", [header, *rows])
        return read_evidence(session, "longcheng-2024", path, local(received))

    return read


def record(number: object = "T001", task: str = "journal", **cells: object) -> list[object]:
    """One row; `happened` is 3 November unless told otherwise."""
    named = {"人员编号": number, "任务": task, "发生时间": "2024-11-03 20:15"} | cells
    return [named.get(name, "") for name in HEADER]


def stored(session: Session) -> list[tuple[object, ...]]:
    rows = asked(
        session,
        "SELECT person.number, task, kind, item, amount, characters, happened_at, revision, withdrawn_at "
        "FROM evidence JOIN enrolment ON enrolment.id = enrolment_id JOIN person ON person.id = person_id "
        "JOIN activity ON activity.id = activity_id",
    )
    return sorted(rows, key=lambda row: (row[0], row[1], row[2], row[6], row[7]))


def at(words: str) -> int:
    return int(local(words).timestamp())


def test_records_become_dated_facts_about_enrolments(session: Session, read: Callable[..., Plan]) -> None:
    plan = imported(
        session,
        read(
            record(任务="课程学习", 数量=32.5),
            record(任务="modules", 项目="师德", 数量="10"),
            record("T002", 任务="plan", 字数=2100, 发生时间=datetime.fromisoformat("2024-11-03 20:15")),
            record(任务="talk", 类型="reply", 数量=3, 发生时间="2024年11月4日 8:05"),
        ),
    )
    assert (plan.added, plan.changed, plan.unchanged) == (4, 0, 0)
    when = at("2024-11-03 20:15")
    assert stored(session) == [
        ("T001", "modules", "module_hours", "师德", 1000, None, when, 0, None),
        ("T001", "study", "study_minutes", "", 3250, None, when, 0, None),
        ("T001", "talk", "reply", "", 300, None, at("2024-11-04 08:05"), 0, None),
        ("T002", "plan", "handed_in", "", 100, 2100, when, 0, None),
    ]
    digest = (
        session.connection().execute(text("SELECT digest FROM evidence WHERE amount = 3250")).scalar_one()
    )
    (reference,) = (
        session.connection().execute(text("SELECT reference FROM evidence WHERE amount = 3250")).one()
    )
    received = at("2024-12-01 09:00")
    expected = evidence_digest("file", reference, "study:study_minutes", "", 3250, None, when, received)
    assert digest == expected


def test_the_same_records_again_change_nothing(session: Session, read: Callable[..., Plan]) -> None:
    rows = [record(), record(), record(任务="study", 数量=30, 来源="平台", 记录编号="a1")]
    imported(session, read(*rows))
    before = everything(session)
    again = read(*rows, received="2024-12-02 09:00")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    assert commit(session, again, again.received_at) is None
    assert everything(session) == before


def test_rows_alike_without_a_reference_are_as_many_records(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(record(), record()))
    assert count(session, "evidence") == 2
    assert imported(session, read(record(), record(), record(), received="2024-12-02 09:00")).added == 1


def test_rows_alike_may_be_more_than_are_worked_on_at_once(session: Session, tmp_path: Path) -> None:
    many = 2 * CHUNK + 3
    path = table(tmp_path / "r.csv", [HEADER, *[record()] * many])
    plan = imported(session, read_evidence(session, "longcheng-2024", path, local("2024-12-01 09:00")))
    assert (plan.added, count(session, "evidence")) == (many, many)
    again = read_evidence(session, "longcheng-2024", path, local("2024-12-02 09:00"))
    assert (again.added, again.unchanged) == (0, many)
    places = text(
        "SELECT count(DISTINCT reference), min(length(reference)), max(length(reference)) FROM evidence"
    )
    assert session.connection().execute(places).one() == (many, 25, 25 + len(f"-{many}"))


def test_a_changed_record_stands_beside_the_one_that_it_replaces(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(record(任务="study", 数量=30, 记录编号="a1")))
    plan = imported(session, read(record(任务="study", 数量=45, 记录编号="a1"), received="2024-12-02 09:00"))
    assert (plan.added, plan.changed) == (0, 1)
    assert plan.entries[0].text("zh") == "records.xlsx!名单!A2: 李老师 的“study”记录 a1 有改动"
    assert [(row[4], row[7], row[8]) for row in stored(session)] == [
        (3000, 0, at("2024-12-02 09:00")),
        (4500, 1, None),
    ]
    imported(session, read(record(任务="study", 数量=30, 记录编号="a1"), received="2024-12-03 09:00"))
    assert [(row[4], row[7]) for row in stored(session)] == [(3000, 0), (4500, 1), (3000, 2)]


def test_a_record_may_turn_out_to_be_somebody_elses(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read(record(记录编号="a1")))
    imported(session, read(record("T002", 记录编号="a1"), received="2024-12-02 09:00"))
    assert [(row[0], row[8] is None) for row in stored(session)] == [("T001", False), ("T002", True)]


def test_a_correction_received_before_what_stands_is_refused(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(record(任务="study", 数量=30, 记录编号="a1"), received="2024-12-02 09:00"))
    plan = read(record(任务="study", 数量=45, 记录编号="a1"), received="2024-12-01 09:00")
    assert told(plan) == [
        (
            "records.xlsx!名单!J2: 这条记录已被 2024-12-02 09:00:00 接收的一份更正，"
            "不能再改成更早（2024-12-01 09:00:00）接收的内容"
        )
    ]


def test_a_day_alone_is_its_last_second(session: Session, read: Callable[..., Plan]) -> None:
    imported(
        session,
        read(record(发生时间="2024-11-03"), record("T002", 发生时间=datetime.fromisoformat("2024-11-03"))),
    )
    assert {row[6] for row in stored(session)} == {at("2024-11-03 23:59:59")}


def test_a_day_alone_may_be_the_day_of_receipt_and_no_later(read: Callable[..., Plan]) -> None:
    assert not read(record(发生时间="2024-12-01")).refused
    assert told(read(record(发生时间="2024-12-02"))) == [
        "records.xlsx!名单!H2: 2024-12-02 晚于这个文件的接收时间（2024-12-01 09:00:00）"
    ]


@pytest.mark.parametrize(("happened", "taken"), [("09:00:00", True), ("09:00:01", False), ("08:59:59", True)])
def test_nothing_happens_after_the_file_is_received(
    read: Callable[..., Plan], happened: str, taken: bool
) -> None:
    assert bool(read(record(发生时间=f"2024-12-01 {happened}")).refused) is not taken


@pytest.mark.parametrize(
    ("row", "cell", "zh", "en"),
    [
        (record("T999"), "A", "名册中没有编号 T999", "nobody on the roster has the number T999"),
        (record(20190012), "A", "变成了数字", "turned this into a figure"),
        (record(姓名="李老帅"), "B", "在名册中是“李老师”，这里写的是“李老帅”", "is '李老师' on the roster"),
        (record(任务="journel"), "C", "没有任务“journel”。是不是“journal”", "Did you mean 'journal'"),
        (record(任务="marking"), "C", "没有任务“marking”", "does not owe the task"),
        (record(任务="talk"), "D", "有几种学习记录", "shown in several ways"),
        (record(任务="talk", 类型="repli"), "D", "是不是“reply”", "Did you mean 'reply'"),
        (record(任务="modules"), "E", "要写明项目：班主任", "asks for an item"),
        (record(任务="modules", 项目="师风"), "E", "没有项目“师风”", "no item '师风'"),
        (record(数量="1.234"), "F", "最多两位", "two are the most"),
        (record(数量=-1), "F", "不能是负数", "must not be negative"),
        (record(数量="很多"), "F", "应为数字", "a number such as"),
        (record(字数=-5), "G", "应为0或正整数", "a whole number"),
        (record(字数="2000.5"), "G", "应为0或正整数", "a whole number"),
        (record(发生时间=""), "H", "必须填写", "must be filled in"),
        (record(发生时间="11/03/2024"), "H", "看不懂的时间", "cannot read the time"),
        (record(发生时间="2024-02-30"), "H", "没有“2024-02-30”这个时间", "no such time"),
        (record(发生时间="2024-11-03 25:00"), "H", "没有“2024-11-03 25:00”", "no such time"),
        (record(发生时间=45600.5), "H", "看不懂的时间", "cannot read the time"),
        (record(发生时间="1905-01-01"), "H", "不在2000年到2199年之间", "between the years"),
        (record(记录编号="#1"), "J", "不能以 # 开头", "must not begin with #"),
        (record("T005"), "K", "在几个班级都有这个任务（一班、二班）", "owes this in several cohorts"),
        (record("T005", 班级="三班"), "K", "不在班级“三班”", "is not in cohort"),
        (
            record("T004", 任务="certificate", 角色="expert"),
            "L",
            "没有角色“expert”",
            "does not have the role",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_cell_in_both_languages(
    read: Callable[..., Plan], row: list[object], cell: str, zh: str, en: str
) -> None:
    plan = read(row)
    (chinese,), (english,) = told(plan), told(plan, "en")
    assert chinese.startswith(f"records.xlsx!名单!{cell}2: ")
    assert zh in chinese
    assert en in english


def test_a_wrong_kind_does_not_hide_a_wrong_item(read: Callable[..., Plan]) -> None:
    plan = read(record(task="modules", 类型="none", 项目="none"))
    assert [problem.where for problem in plan.refused] == ["records.xlsx!名单!D2", "records.xlsx!名单!E2"]


def test_somebody_in_two_cohorts_names_the_cohort(session: Session, read: Callable[..., Plan]) -> None:
    assert imported(session, read(record("T005", 班级="二班"))).added == 1


def test_whose_role_owes_the_task_is_whose_record_it_is(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read(record("T004", 任务="study", 数量=30), record("T004", 任务="brief")))
    roles = session.connection().execute(
        text("SELECT role FROM evidence JOIN enrolment ON enrolment.id = enrolment_id ORDER BY role")
    )
    assert [row[0] for row in roles] == ["learner", "tutor"]


def test_a_reference_twice_in_a_file_is_refused(read: Callable[..., Plan]) -> None:
    assert told(
        read(record(记录编号="a1"), record("T002", 记录编号="a1"), record(记录编号="a1", 来源="别的"))
    ) == ["records.xlsx!名单!J3: 同一来源的记录编号 a1 在第2行已经出现过"]


def test_a_bad_row_keeps_every_row_out(session: Session, read: Callable[..., Plan]) -> None:
    with pytest.raises(Refused):
        commit(session, read(record(), record("T999")), local("2024-12-01 09:00"))
    assert count(session, "evidence") == count(session, "activity") == count(session, "source") == 0


def seal(session: Session, at: str) -> None:
    locked = int(local(at).timestamp())
    session.connection().execute(
        text(
            "INSERT INTO seal (cohort_id, number, assessment, edition_sha256, basis, locked_at, recorded_at, sheets, "
            f"previous, head) VALUES (1, 1, 'training', '', '', {locked}, {locked}, 0, '', '')"
        )
    )


def test_what_would_change_a_sealed_score_is_refused_and_kept_as_late_otherwise(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(record(记录编号="a1")))
    seal(session, "2024-12-16 00:00")
    early = read(record(记录编号="a2"), record("T002"), received="2024-12-15 23:59:59")
    assert told(early) == [
        (
            "records.xlsx!名单!A2: 班级“一班”的成绩已于 2024-12-16 00:00:00 锁定，而这个文件的接收时间（2024-12-15 23:59:59）"
            "在锁定之前，会改动已锁定的成绩（共2行）。请按真实的接收时间导入，这些记录会作为迟交保留"
        )
    ]
    assert not read(record(记录编号="a1"), received="2024-12-15 23:59:59").refused  # changes nothing
    assert not read(record("T005", 班级="二班"), received="2024-12-15 23:59:59").refused  # another cohort
    late = imported(session, read(record(记录编号="a2"), received="2024-12-16 00:00:00"))
    assert late.added == 1


def test_progress_is_told_while_reading_and_writing(session: Session, tmp_path: Path) -> None:
    path = table(tmp_path / "r.csv", [HEADER, *(record(数量=n) for n in range(1, 20))])
    seen: list[tuple[int, int]] = []
    received = local("2024-12-01 09:00")
    plan = read_evidence(session, "longcheng-2024", path, received, progress=lambda *at: seen.append(at))
    imported(session, plan)
    assert seen[-1] == (19, 19)
    assert all(done <= total for done, total in seen)


def test_people_who_were_forgotten_meanwhile_are_looked_up_again(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many people only some are remembered; a file asks for them in any order, and writes some numbers oddly."""
    monkeypatch.setattr("exchange.participants.MOST_REMEMBERED", 3)
    monkeypatch.setattr("exchange.evidence_rows.BLOCK", 4)
    numbers = ["T001", " T002", "T001", "T003 ", "T002", "T001", " T001", "T002", "T002 ", "T001"] * 3
    rows = [record(人员编号=number, 记录编号=f"r{n}") for n, number in enumerate(numbers)]
    path = table(tmp_path / "r.csv", [HEADER, *(row for row in rows if row[0] != "T003 ")])
    plan = imported(session, read_evidence(session, "longcheng-2024", path, local("2024-12-01 09:00")))
    assert (plan.added, plan.refused) == (27, [])
    whose = text("SELECT enrolment_id, count(*) FROM evidence GROUP BY enrolment_id ORDER BY enrolment_id")
    assert [count for _, count in session.connection().execute(whose)] == [15, 12]


def test_a_source_is_named_by_the_command_or_by_the_row(session: Session, tmp_path: Path) -> None:
    path = table(tmp_path / "r.csv", [HEADER, record(), record(来源="平台乙")])
    imported(
        session, read_evidence(session, "longcheng-2024", path, local("2024-12-01 09:00"), source="平台甲")
    )
    names = session.connection().execute(text("SELECT name FROM source ORDER BY id")).scalars()
    assert list(names) == ["平台甲", "平台乙"]
