"""Rosters: who takes part, taken in from workbooks and CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from calendars.messages import Refused
from exchange.plans import Plan, commit
from exchange.roster import read_roster
from models.database import reading, transaction
from tests.support.files import asked, count, everything, imported, local, published, table, told, workbook

HEADER = ["姓名", "人员编号", "角色", "班级", "区县", "学校", "手机", "邮箱", "加入时间", "状态", "原因"]
LIN = ["林静", "T001", "参训学员", "一班", "兰西县", "第一小学"]
ZHAO = [
    "赵敏",
    "11010119900307707X",
    "learner",
    "一班",
    "兰西县",
    "第二小学",
    "13800000001",
    "zhao@example.com",
]
TUTOR = ["孙老师", "T009", "教师进修学校培训团队", "一班", "兰西县", "教师进修学校"]
RECEIVED = local("2019-12-06 09:00")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    published(engine, "lanxi-2019")
    with transaction(engine) as session:
        yield session


@pytest.fixture
def read(session: Session, tmp_path: Path) -> Callable[..., Plan]:
    def read(*rows: list[object], header: list[str] = HEADER, received: str = "2019-12-06 09:00") -> Plan:
        path = workbook(tmp_path / "花名册.xlsx", [header, *rows])
        return read_roster(session, "lanxi-2019", path, local(received))

    return read


def enrolled(session: Session) -> list[tuple[object, ...]]:
    return asked(
        session,
        "SELECT person.name, person.number, enrolment.role, cohort.name, organisation.name, enrolment.status "
        "FROM enrolment JOIN person ON person.id = person_id JOIN cohort ON cohort.id = cohort_id "
        "JOIN organisation ON organisation.id = enrolment.organisation_id ORDER BY enrolment.id",
    )


def test_a_roster_makes_people_schools_cohort_and_enrolments(
    session: Session, read: Callable[..., Plan]
) -> None:
    plan = imported(session, read(LIN, ZHAO, TUTOR))
    assert (plan.rows, plan.added, plan.changed, plan.unchanged) == (3, 3, 0, 0)
    assert enrolled(session) == [
        ("林静", "T001", "learner", "一班", "第一小学", "enrolled"),
        ("赵敏", "11010119900307707X", "learner", "一班", "第二小学", "enrolled"),
        ("孙老师", "T009", "tutor", "一班", "教师进修学校", "enrolled"),
    ]
    (phones,) = asked(session, "SELECT phone, email FROM person WHERE name = '赵敏'")
    assert phones == ("13800000001", "zhao@example.com")
    owner = (
        "SELECT tier, organisation.name FROM cohort JOIN organisation ON organisation.id = organisation_id"
    )
    assert tuple(session.connection().execute(text(owner)).one()) == ("county", "兰西县")
    assert count(session, "cohort_phase") == 6
    assert count(session, "import_batch") == 1


def test_a_preview_writes_nothing(engine: Engine, tmp_path: Path) -> None:
    published(engine, "lanxi-2019")
    path = workbook(tmp_path / "r.xlsx", [HEADER, LIN, ZHAO])
    with reading(engine) as session:  # the database itself refuses writing here
        plan = read_roster(session, "lanxi-2019", path, RECEIVED)
        assert [entry.text("zh") for entry in plan.entries] == [
            "新单位：兰西县", "新单位：兰西县 / 第一小学", "新单位：兰西县 / 第二小学",
            "新班级：一班（2人，属于 兰西县）",
            "r.xlsx!名单!A2: 加入：林静（参训学员，一班）", "r.xlsx!名单!A3: 加入：赵敏（参训学员，一班）",
        ]  # fmt: skip
        assert count(session, "person") == 0


def test_the_same_roster_again_changes_nothing(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read(LIN, ZHAO, TUTOR))
    before = everything(session)
    again = read(LIN, ZHAO, TUTOR, received="2019-12-07 09:00")
    assert (again.added, again.changed, again.unchanged, again.gone) == (0, 0, 3, [])
    assert commit(session, again, again.received_at) is None
    assert everything(session) == before


def test_one_bad_row_refuses_the_whole_file_with_every_problem(
    session: Session, read: Callable[..., Plan]
) -> None:
    plan = read(LIN, ["", "T002", "班主任", "一班", "兰西县", "第一小学"], ["王芳", "", "学员", "", "", ""])
    with pytest.raises(Refused) as refused:
        commit(session, plan, RECEIVED)
    assert told(refused) == [
        "花名册.xlsx!名单!A3: 这里必须填写",
        "花名册.xlsx!名单!C3: 没有角色“班主任”。角色有：参训学员、教师进修学校培训团队、学校校本研修负责人、learner、tutor、school_lead",
        "花名册.xlsx!名单!B4: 这里必须填写",
        "花名册.xlsx!名单!D4: 这里必须填写",
        "花名册.xlsx!名单!C4: 没有角色“学员”。是不是“参训学员”？",
        "花名册.xlsx!名单!E4: 这里必须填写",
    ]  # fmt: skip
    assert count(session, "person") == 0


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (110101199003077000, "变成了数字（1.10101199003077e+17）"),
        (20190012, "变成了数字（20190012）"),
        ("1.10101E+17", "变成了数字（1.10101E+17）"),
        ("20190012.0", "变成了数字（20190012.0）"),
        ("110101199003077071", "校验码不对"),
        ("110101199013077070", "出生日期不存在"),
        ("'T001", "不像编号"),
        ("T 001", "不像编号"),
        ("Ｔ００１", "不像编号"),
    ],
)
def test_a_number_that_a_spreadsheet_spoilt_is_refused_by_cell(
    read: Callable[..., Plan], number: object, said: str
) -> None:
    (only,) = told(read(["林静", number, *LIN[2:]]))
    assert only.startswith("花名册.xlsx!名单!B2: ")
    assert said in only


def test_a_number_that_became_a_date_is_refused(read: Callable[..., Plan]) -> None:
    day = local("2019-12-01 00:00").replace(tzinfo=None)
    (only,) = told(read(["林静", day, *LIN[2:]]), "en")
    assert only.startswith("花名册.xlsx!名单!B2: the spreadsheet turned this into a date")


def test_a_small_x_at_the_end_of_an_id_number_is_the_large_one(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(["赵敏", "11010119900307707x", *ZHAO[2:]]))
    assert read(ZHAO).unchanged == 1


@pytest.mark.parametrize(
    ("joined", "taken"), [("2019-12-08 23:59:59", True), ("2019-12-08 24:00", False), ("2019-12-09 00:00:01", False),
                          ("2019-12-08", True), ("2019-12-09", False)],
)  # fmt: skip
def test_joining_closes_on_the_stroke_of_its_cutoff(
    read: Callable[..., Plan], joined: str, taken: bool
) -> None:
    plan = read([*LIN, "", "", joined], received="2019-12-10 09:00")
    assert bool(plan.refused) is not taken
    if not taken:
        assert told(plan)[0].startswith("花名册.xlsx!名单!I2: 林静 于 2019-12-09 ")
        assert told(plan)[0].endswith("而加入已于 2019-12-09 00:00:00 截止")


def test_without_a_date_somebody_joins_when_the_roster_is_received(read: Callable[..., Plan]) -> None:
    assert not read(LIN, received="2019-12-08 23:59:59").refused
    assert read(LIN, received="2019-12-09 00:00:00").refused


def test_one_person_may_hold_two_roles_in_one_cohort(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read(LIN, ["林静", "T001", "tutor", "一班", "兰西县", "第一小学"]))
    assert [row[2] for row in enrolled(session)] == ["learner", "tutor"]
    assert count(session, "person") == 1


def test_the_same_person_and_role_twice_is_refused(read: Callable[..., Plan]) -> None:
    assert told(read(LIN, ZHAO, LIN)) == ["花名册.xlsx!名单!B4: 林静 以这个角色在班级“一班”的第2行已经出现过"]


def test_a_number_with_another_name_is_refused(session: Session, read: Callable[..., Plan]) -> None:
    other = ["林静静", "T001", "tutor", "一班", "兰西县", "第一小学"]
    assert told(read(LIN, other)) == ["花名册.xlsx!名单!A3: 编号 T001 在第2行是“林静”，这里写的是“林静静”"]
    imported(session, read(LIN))
    assert told(read(other)) == ["花名册.xlsx!名单!A2: 编号 T001 已登记为“林静”，这里写的是“林静静”"]
    assert told(read(other), "en") == [
        "花名册.xlsx!名单!A2: number T001 is registered as '林静', not '林静静'"
    ]


def test_blanks_that_pad_a_short_name_are_no_other_name(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read(LIN))
    assert read(["林　静", *LIN[1:]]).unchanged == 1


def test_who_is_missing_from_a_later_file_is_reported_and_not_deleted(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(LIN, ZHAO, ["钱明", "T005", "learner", "二班", "兰西县", "第一小学"]))
    plan = read(LIN)
    assert [entry.text("zh") for entry in plan.gone] == [
        "赵敏（参训学员，一班）不在这个文件里；不会删除，要退出请把状态写为“退出”"
    ]
    assert commit(session, plan, plan.received_at) is None
    assert count(session, "enrolment") == 3


def test_a_moved_teacher_and_a_new_phone_are_changes(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read(LIN, ZHAO))
    plan = imported(session, read([*LIN[:5], "第三小学"], [*ZHAO[:6], "13800000002"]))
    assert (plan.added, plan.changed, plan.unchanged) == (0, 2, 0)
    assert enrolled(session)[0][4] == "第三小学"
    (phones,) = asked(session, "SELECT phone, email FROM person WHERE name = '赵敏'")
    assert phones == ("13800000002", "zhao@example.com")


def ways(session: Session) -> dict[str, str | None]:
    return dict(asked(session, "SELECT number, way FROM person"))


WAY = [*HEADER[:6], "提醒方式"]


def test_how_somebody_wants_to_be_reminded(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read([*LIN, "群"], [*ZHAO[:6], "Mail"], TUTOR, header=WAY))
    assert ways(session) == {"T001": "chat", ZHAO[1]: "mail", "T009": None}
    again = read([*LIN, "chat"], ZHAO[:6], TUTOR, header=WAY)
    assert (again.changed, again.unchanged) == (0, 3)  # an empty cell leaves what is there
    plan = imported(session, read([*LIN, "邮件"], header=WAY))
    assert (plan.changed, ways(session)["T001"]) == (1, "mail")


def test_another_way_is_refused_by_its_cell(read: Callable[..., Plan]) -> None:
    assert told(read([*LIN, "短信"], header=WAY)) == [
        "花名册.xlsx!名单!G2: 没有提醒方式“短信”，只有：邮件、群"
    ]
    twice = [[*LIN, "群"], ["林静", "T001", "tutor", *LIN[3:], "邮件"]]
    assert told(read(*twice, header=WAY)) == ["花名册.xlsx!名单!G3: 林静 在第2行写的是“群”，这里写的是“邮件”"]


def test_an_address_that_no_mail_server_takes_is_refused(read: Callable[..., Plan]) -> None:
    for wrong in ("林@example.org", "lin..jing@example.org", "lin@example"):
        assert told(read([*LIN, "", wrong])) == [f"花名册.xlsx!名单!H2: “{wrong}”不像邮箱地址"]
    assert read([*LIN, "", "lin@例子.中国"]).refused == []


def test_exemption_and_withdrawal_need_a_reason_and_are_logged(
    session: Session, read: Callable[..., Plan]
) -> None:
    assert told(read([*LIN, "", "", "", "免修"])) == ["花名册.xlsx!名单!K2: 免修或退出必须写明原因"]
    imported(session, read(LIN, [*ZHAO, "", "免修", "国培送教"]))
    imported(
        session, read([*LIN, "", "", "", "退出", "调离"], [*ZHAO, "", "在训"], received="2019-12-07 09:00")
    )
    assert [row[5] for row in enrolled(session)] == ["withdrawn", "enrolled"]
    log = session.connection().execute(
        text("SELECT trigger, source, target, effective_at FROM transition_log ORDER BY id")
    )
    first, second = int(RECEIVED.timestamp()), int(local("2019-12-07 09:00").timestamp())
    assert [tuple(row) for row in log] == [
        ("exempt", "enrolled", "exempt", first),
        ("withdraw", "enrolled", "withdrawn", second),
        ("readmit", "exempt", "enrolled", second),
    ]


def test_who_withdrew_does_not_come_back_by_a_roster(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read([*LIN, "", "", "", "退出", "调离"]))
    assert told(read([*LIN, "", "", "", "在训"])) == [
        "花名册.xlsx!名单!J2: 林静 的状态是“退出”，不能改为“在训”"
    ]


def test_in_training_says_nothing_against_how_far_somebody_is(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read([*LIN, "", "", "", "在训"]))
    session.connection().execute(text("UPDATE enrolment SET status = 'active'"))
    assert read([*LIN, "", "", "", "在训"]).unchanged == 1


def test_a_new_cohort_of_one_school_belongs_to_that_school(
    session: Session, read: Callable[..., Plan]
) -> None:
    imported(session, read(LIN, ["钱明", "T005", "learner", "一班", "兰西县", "第一小学"]))
    owner = "SELECT organisation.name FROM cohort JOIN organisation ON organisation.id = organisation_id"
    assert session.connection().execute(text(owner)).scalar_one() == "第一小学"


def test_a_new_cohort_without_an_organisation_in_common_is_refused(read: Callable[..., Plan]) -> None:
    assert told(read(LIN, ["钱明", "T005", "learner", "一班", "青冈县", "第一小学"])) == [
        "花名册.xlsx!名单!D3: 新班级“一班”的人员没有共同的上级单位：第2行是“兰西县 / 第一小学”，这里是“青冈县 / 第一小学”"
    ]  # fmt: skip


def test_a_change_after_the_scores_are_sealed_is_refused(session: Session, read: Callable[..., Plan]) -> None:
    imported(session, read(LIN))
    locked = int(local("2020-01-01 00:00").timestamp())
    session.connection().execute(
        text(
            "INSERT INTO seal (cohort_id, number, assessment, edition_sha256, basis, locked_at, recorded_at, "
            f"sheets, previous, head) VALUES (1, 1, 'term', '', '', {locked}, {locked}, 1, '', '')"
        )
    )
    session.connection().execute(
        text(
            "INSERT INTO score_sheet (enrolment_id, assessment, entry, cohort_id, seal, total, passed, result, earned, "
            "breakdown, evidence_count, evidence_digest) SELECT id, 'term', 0, cohort_id, 1, 0, false, '', '', '', 0, 0 "
            "FROM enrolment"
        )
    )
    assert told(read([*LIN, "", "", "", "免修", "国培送教"], received="2020-01-02 00:00")) == [
        "花名册.xlsx!名单!B2: 林静 的成绩已经锁定，名册不能再改动此人的参训"
    ]
    late = read(ZHAO, received="2019-12-07 09:00")
    assert "成绩已于 2020-01-01 00:00:00 锁定" in told(late)[0]


def test_a_file_is_not_received_in_the_future(session: Session, read: Callable[..., Plan]) -> None:
    with pytest.raises(Refused) as refused:
        commit(session, read(LIN), local("2019-12-06 08:59:59"))
    assert "还没有到" in told(refused)[0]


def test_who_said_when_a_file_was_received_is_kept(session: Session, read: Callable[..., Plan]) -> None:
    batch = commit(session, read(LIN), local("2020-03-01 10:00"), "王科长")
    assert batch is not None
    assert (batch.received_said_by, batch.file, batch.added, batch.changed) == ("王科长", "花名册.xlsx", 1, 0)
    assert batch.received_at == RECEIVED
    assert batch.recorded_at == local("2020-03-01 10:00")


def test_an_unknown_programme_is_refused_with_those_that_are_known(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_roster(session, "nowhere", table(tmp_path / "r.csv", [HEADER, LIN]), RECEIVED)
    assert "lanxi-2019" in told(refused)[0]
