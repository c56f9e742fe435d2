"""The sheet of contacts: whole or not at all, every problem by its cell, and no robot's secret anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from exchange.contact_columns import CONTACT_COLUMNS, SHEET
from exchange.contact_sheets import contacts_shown, write_contacts
from exchange.contacts import read_contacts
from exchange.plans import Proposal, carry_out
from exchange.robot_addresses import masked, robot_address
from exchange.roster import read_roster
from exchange.templates import write_form
from models.database import transaction
from models.letters import Contact
from tests.support.desk import Desk, example_office
from tests.support.files import imported, local, published, table, told, workbook

HEADER = ["单位", "项目", "班级", "联系人", "邮箱", "群机器人"]
KEY = "693a91f6-7aaa-4bc4-97a0-0ec2sifa5aaa"
WEBHOOK = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
ROBOT = f"wecombot://{KEY}"
AT = local("2024-10-21 09:00")
GROUP = ["", "", "一班"]


@pytest.fixture
def session(engine: Engine, tmp_path: Path) -> Iterator[Session]:
    """Two programmes; both counties of the first have a school of the same name."""
    header = ["姓名", "人员编号", "角色", "班级", "区县", "学校"]
    rosters = {
        "longcheng-2024": [["李", "T1", "learner", "一班", "龙城区", "中心小学"]],
        "lanxi-2019": [
            ["王", "T2", "learner", "一班", "兰西县", "中心小学"], ["赵", "T3", "learner", "二班", "兰西县", "第二小学"],
        ],
    }  # fmt: skip
    for slug in rosters:
        published(engine, slug)
    with transaction(engine) as session:
        for slug, rows in rosters.items():
            roster = table(tmp_path / f"{slug}.csv", [header, *rows])
            imported(session, read_roster(session, slug, roster, local("2019-12-01 09:00")))
        yield session


Reading = Callable[..., Proposal]


@pytest.fixture
def read(session: Session, tmp_path: Path) -> Reading:
    def read(*rows: list[str], header: list[str] = HEADER) -> Proposal:
        return read_contacts(session, workbook(tmp_path / "联系方式.xlsx", [header, *rows]), AT)

    return read


def taken(session: Session, proposal: Proposal) -> Proposal:
    carry_out(session, proposal, AT)
    return proposal


def stands(session: Session) -> list[tuple[str | None, str | None, str | None]]:
    rows = session.execute(select(Contact.name, Contact.email, Contact.robot).order_by(Contact.id))
    return [(name, email, robot) for name, email, robot in rows]


def test_organisations_and_groups_get_their_addresses(session: Session, read: Reading) -> None:
    sheet = (
        ["龙城区", "", "", "张科长", "longcheng@example.org"],
        ["兰西县/中心小学", "", "", "", "zhongxin@example.org"],
        ["", "lanxi-2019", "二班", "", "", WEBHOOK],
    )
    proposal = taken(session, read(*sheet))
    assert (proposal.rows, proposal.added, proposal.changed) == (3, 3, 0)
    assert stands(session) == [
        ("张科长", "longcheng@example.org", None), (None, "zhongxin@example.org", None), (None, None, ROBOT),
    ]  # fmt: skip
    assert [entry.text("zh") for entry in proposal.entries] == [
        "联系方式.xlsx!名单!A2: 龙城区：联系人 张科长，邮箱 longcheng@example.org",
        "联系方式.xlsx!名单!A3: 兰西县/中心小学：邮箱 zhongxin@example.org",
        f"联系方式.xlsx!名单!A4: 二班（lanxi-2019）的群：群机器人 {masked(ROBOT)}",
    ]
    again = read(*sheet)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    assert not carry_out(session, again, AT)


def test_an_empty_cell_leaves_what_is_there_and_none_takes_it_away(session: Session, read: Reading) -> None:
    taken(session, read(["龙城区", "", "", "张科长", "longcheng@example.org", ROBOT]))
    changed = taken(session, read(["龙城区", "", "", "", "", "无"], ["第二小学"]))
    assert (changed.changed, changed.unchanged) == (1, 1)
    assert changed.entries[0].text("zh").endswith("龙城区：群机器人 无")
    assert stands(session) == [("张科长", "longcheng@example.org", None)]
    taken(session, read(["龙城区", "", "", "none", "None"]))
    assert stands(session) == []


def test_a_programme_is_named_by_its_name_or_left_out_where_one_alone_has_the_cohort(
    session: Session, read: Reading
) -> None:
    name = "龙城区2024年中小学骨干教师远程培训"
    assert read(["", name, "一班", "", "", ROBOT], ["", "", "二班", "", "", ROBOT]).added == 2


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["中心小学", "", "", "", "a@example.org"], "A2: 有几个单位叫“中心小学”，请连同上级写明：兰西县/中心小学、龙城区/中心小学"),
        (["中心小雪", "", "", "", "a@example.org"], "A2: 没有单位“中心小雪”。是不是“中心小学”？"),
        (["某某教育集团", "", "", "", "a@example.org"], "A2: 没有单位“某某教育集团”。单位由名册建立"),
        (["", "", "", "李四", "a@example.org"], "A2: 请写单位，或班级（班级的群）"),
        (["龙城区", "longcheng-2024", "一班", "", "a@example.org"], "C2: 单位和班级只填一个：班级的群不填单位"),
        (["", "longcheng-2024", "", "", "", ROBOT], "C2: 请写班级"),
        ([*GROUP, "", "", ROBOT], "B2: 几个项目都有班级“一班”，请写项目：lanxi-2019、longcheng-2024"),
        (["", "longcheng", "一班", "", "", ROBOT], "B2: 没有项目“longcheng”。是不是“longcheng-2024”？"),
        (["", "longcheng-2024", "一斑", "", "", ROBOT], "C2: 没有班级“一斑”。是不是“一班”？"),
        (["", "longcheng-2024", "一班", "", "a@example.org"], "E2: 班级的群只能有群机器人；个人的邮箱在名册里"),
        (["龙城区", "", "", "", "区@example"], "E2: “区@example”不像邮箱地址"),
        (["龙城区", "", "", "", "", f"https://example.org/{KEY}"], "F2: 看不懂的群机器人地址。"),
        (["龙城区", "", "", "", "", f"{ROBOT} {ROBOT}"], "F2: 看不懂的群机器人地址。"),
        (["龙城区", "", "", "", "", KEY], "F2: 看不懂的群机器人地址。"),
        (["龙城区", "", "", "", "", masked(ROBOT)], "F2: 这里的地址是遮住的，不是这里登记的那个；请填完整的地址"),
        (["龙城区", "", "", ROBOT], "D2: 这里像是群机器人的地址，应填在“群机器人”一列"),
        (["龙城区", "", "", "", WEBHOOK], "E2: 这里像是群机器人的地址，应填在“群机器人”一列"),
        ([WEBHOOK], "A2: 这里像是群机器人的地址，应填在“群机器人”一列"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_cell_and_shows_no_secret(
    session: Session, read: Reading, row: list[str], expected: str
) -> None:
    proposal = read(row, ["第二小学", "", "", "", "second@example.org"])
    (problem,) = told(proposal)
    assert problem.startswith(f"联系方式.xlsx!名单!{expected}")
    assert KEY not in problem + proposal.refused[0].text("en")
    assert stands(session) == []


def test_a_sheet_without_its_header_shows_no_secret(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_contacts(session, table(tmp_path / "c.csv", [["龙城区", "", "", "", "", WEBHOOK]]), AT)
    assert KEY not in "".join(told(refused))


def test_the_same_organisation_twice_is_refused(read: Reading) -> None:
    assert told(read(["龙城区", "", "", "张"], ["龙城区", "", "", "王"])) == [
        "联系方式.xlsx!名单!A3: 龙城区 在第2行已经出现过"
    ]


def test_what_is_written_out_is_masked_and_changes_nothing_when_it_comes_back(
    session: Session, read: Reading, tmp_path: Path
) -> None:
    taken(session, read(["龙城区", "", "", "张科长", "a@example.org"], ["", "", "二班", "", "", ROBOT]))
    found = contacts_shown(session, also_missing=True)
    assert [(one.organisation, one.cohort, one.email) for one in found] == [
        ("兰西县", "", None), ("兰西县/中心小学", "", None), ("第二小学", "", None), ("龙城区", "", "a@example.org"),
        ("龙城区/中心小学", "", None), ("", "一班", None), ("", "二班", None), ("", "一班", None),
    ]  # fmt: skip
    for locale in ("zh", "en"):
        path = tmp_path / f"{locale}.xlsx"
        write_contacts(found, path, locale)
        cells = [str(cell.value) for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
        assert masked(ROBOT) in cells
        assert not any(KEY in cell for cell in cells)
        back = read_contacts(session, path, AT)
        assert (told(back), back.unchanged, back.added, back.changed) == ([], 8, 0, 0)


def test_an_address_that_was_refused_is_armed_by_another_or_after_it_was_taken_away(
    session: Session, read: Reading
) -> None:
    taken(session, read(["龙城区", "", "", "", "a@example.org"]))

    def refuse() -> bool:
        (contact,) = session.execute(select(Contact)).scalars()
        contact.refused_email = contact.email
        return contacts_shown(session)[0].refused

    assert refuse()
    assert read(["龙城区", "", "", "", "a@example.org"]).unchanged == 1
    taken(session, read(["龙城区", "", "", "", "b@example.org"]))
    assert not contacts_shown(session)[0].refused
    assert refuse()
    taken(session, read(["龙城区", "", "", "张科长", "无"]))
    taken(session, read(["龙城区", "", "", "", "b@example.org"]))
    assert not contacts_shown(session)[0].refused


@pytest.mark.parametrize(
    ("handed_out", "kept"),
    [
        (WEBHOOK, ROBOT),
        ("https://oapi.dingtalk.com/robot/send?access_token=0f3e", "dingtalk://0f3e"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/ab-12", "feishu://ab-12"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/ab-12", "lark://ab-12"),
        ("dingtalk://SEC123@0f3e", "dingtalk://SEC123@0f3e"),
        ("wecombot://", None),
    ],
)
def test_the_address_that_a_chat_service_hands_out_is_kept_as_it_is_sent_to(
    handed_out: str, kept: str | None
) -> None:
    assert robot_address(handed_out) == kept


def test_a_mask_tells_robots_apart_and_gives_none_away() -> None:
    assert masked(ROBOT) != masked(f"{ROBOT}b")
    assert masked("https://me:secret@chat.example.org/hook/secret").startswith("https://chat.example.org/***")


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_template_is_read_back_with_its_example_passed_over(
    session: Session, tmp_path: Path, locale: str
) -> None:
    write_form(SHEET, CONTACT_COLUMNS, tmp_path / "t.xlsx", locale)
    found = read_contacts(session, tmp_path / "t.xlsx", AT)
    assert (found.rows, found.examples, found.refused) == (0, 1, [])


def test_the_contract_names_every_column_and_alias() -> None:
    contract = (Path(__file__).parent.parent / "docs" / "files.md").read_text(encoding="utf-8")
    section = contract.partition("## Contacts")[2]
    names = [name for column in CONTACT_COLUMNS for name in column.names()]
    assert [name for name in names if name not in section] == []


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    home = tmp_path_factory.mktemp("office")
    return example_office(home, ("roster", "roster.xlsx", "2024-10-20 09:00"))


def test_the_command_takes_in_and_lists_without_showing_a_secret(desk: Desk, tmp_path: Path) -> None:
    assert "there are no contacts yet" in desk.expects("contact", "list").out
    sheet = table(
        tmp_path / "c.csv",
        [HEADER, ["向阳中学", "", "", "", "xy@example.org"], ["", "", "语文班", "", "", ROBOT]],
    )
    preview = desk.expects("contact", "import", "--preview", sheet).out
    assert "c.csv: 2 rows; 2 added, 0 changed, 0 unchanged (a preview; nothing is written)" in preview
    assert json.loads(desk.expects("contact", "list", "--json").out) == []
    assert desk.expects("contact", "import", sheet, "--json").json[0]["added"] == 2
    shown = desk.expects("contact", "list").out
    assert "xy@example.org" in shown
    facts = desk.expects("contact", "list", "--json").json
    assert facts[0] == {
        "organisation": "向阳中学", "programme": "", "cohort": "", "name": None, "email": "xy@example.org", "robot": None,
        "refused": False,
    }  # fmt: skip
    assert facts[1]["robot"] == masked(ROBOT)
    wrong = desk.types(
        "contact", "import", table(tmp_path / "w.csv", [HEADER, ["向阳", "", "", "", "x@example.org"]])
    )
    assert (wrong.code, KEY in preview + shown) == (1, False)
    assert "there is no organisation '向阳'" in wrong.errors
    out = tmp_path / "all.xlsx"
    assert f"written: {out}" in desk.expects("contact", "list", "--all", "--out", out).out
    assert "0 added, 0 changed" in desk.expects("contact", "import", out).out
    assert "written" in desk.expects("contact", "template", tmp_path / "t.xlsx").out
