"""Operators act within their scope: what is beyond it is refused, changes nothing, and stands in the access log."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Problem, Refused
from flows.accounts import account
from models.database import open_database, reading, transaction
from models.nights import Resolution
from models.operators import Operator
from tests.support.decided import DECIDED
from tests.support.desk import Answer, Desk
from tests.support.operators import LONG_AGO, appoint
from tests.support.statements import statements
from tests.support.story import Story
from workflows.access import of_scope
from workflows.known import cohorts_named
from workflows.operators import New, add, make_the_first, retire
from workflows.scopes import EVERYTHING, OUTSIDE, acting_as, listed, require_cohorts

SLUG = ["-p", "longcheng-2024"]
HERE, THERE = ("龙城区", "第一小学"), ("凤山区", "第二小学")
MORE_TIME = [
    "extend",
    *SLUG,
    "--phase",
    "courses",
    "--to",
    "2024-12-10",
    "--reason",
    "停电",
    "--at",
    "2024-12-01",
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An office of two counties with a class each, and an operator in each county."""
    desk = Desk(tmp_path / "home")
    desk.expects("init")
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    story = Story(engine, "longcheng-2024")
    for cohort, school in (("一班", HERE), ("二班", THERE)):
        story.cohort(cohort, *school)
    story.enrol("李老师", "learner", "一班", *HERE)
    story.enrol("赵老师", "learner", "二班", *THERE)
    engine.dispose()
    desk.expects("operator", "add", "王主任", "--organisation", "龙城区", "--tier", "county")
    desk.expects("operator", "add", "周主任", "--organisation", "凤山区")
    return desk


def log_of(desk: Desk) -> list[dict[str, object]]:
    return list(desk.expects("operator", "log", "--json").json)


def decided(desk: Desk) -> list[tuple[str, str]]:
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    with Session(engine) as session:
        found = [(one.action, one.name) for one in session.execute(select(Resolution)).scalars()]
    engine.dispose()
    return found


def typed_by(desk: Desk, operator: str, *words: object) -> Answer:
    """Run the command with this operator at the keyboard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YANXIU_OPERATOR", operator)
        return desk.types(*words)


# ---------------------------------------------------------------------- the story


def test_a_county_operator_extends_a_phase_in_the_own_county_and_in_no_other(desk: Desk) -> None:
    kept = desk.types(*MORE_TIME, "--cohort", "一班", "--name", "王主任")
    assert (kept.code, decided(desk)) == (0, [("extend", "王主任")])
    assert log_of(desk) == []

    refused = desk.types(*MORE_TIME, "--cohort", "二班", "--name", "王主任")
    assert (refused.code, refused.out) == (1, "")
    assert refused.errors.strip() == (
        "the scope of operator '王主任' is 龙城区 and below (county), which does not cover 二班. Let an operator do it whose "
        "scope does: see yanxiu operator list"
    )
    assert decided(desk) == [("extend", "王主任")]
    (line,) = log_of(desk)
    assert {key: line[key] for key in ("operator", "account", "act", "refused", "programme", "concerned", "file")} == {
        "operator": "王主任", "account": account(), "act": "extend", "refused": True, "programme": "longcheng-2024",
        "concerned": "二班", "file": None,
    }  # fmt: skip


def test_what_is_about_everybody_is_refused_with_what_to_say_instead(desk: Desk) -> None:
    refused = desk.types(*MORE_TIME, "--name", "王主任")
    assert refused.code == 1
    assert (
        "this is about everybody. Where there is --cohort or --organisation, name what is within it"
        in refused.errors
    )
    assert desk.types(*MORE_TIME, "--organisation", "凤山区", "--name", "王主任").code == 1
    assert desk.types(*MORE_TIME, "--organisation", "龙城区", "--name", "王主任").code == 0
    assert decided(desk) == [("extend", "王主任")]
    assert [line["concerned"] for line in log_of(desk)] == [None, "二班"]


def test_a_name_that_is_no_operators_is_refused_in_either_language(desk: Desk) -> None:
    refused = desk.types(*MORE_TIME, "--cohort", "一班", "--name", "某人", language="zh")
    assert refused.errors.strip() == (
        f"没有叫“某人”的操作员。现有：{account()}、周主任、王主任。用 yanxiu operator add 登记"
    )
    assert decided(desk) == []
    assert [line["operator"] for line in log_of(desk)] == ["某人"]


def test_without_a_name_it_is_the_operator_at_the_keyboard(desk: Desk) -> None:
    assert desk.types(*MORE_TIME, "--cohort", "二班").code == 0
    assert (
        typed_by(
            desk, "周主任", *MORE_TIME[:5], "--to", "2024-12-11", *MORE_TIME[7:], "--cohort", "二班"
        ).code
        == 0
    )
    assert decided(desk) == [("extend", account()), ("extend", "周主任")]
    desk.expects("operator", "add", "新来的")
    desk.expects("operator", "retire", account())
    for words in (["status"], [*MORE_TIME, "--cohort", "一班"]):
        refused = desk.types(*words)
        assert (refused.code, refused.out) == (1, "")
        assert f"this machine's account '{account()}' is no operator's" in refused.errors


def test_a_retired_operator_decides_nothing_more_and_may_be_added_again(desk: Desk) -> None:
    desk.expects("operator", "retire", "王主任")
    assert desk.types(*MORE_TIME, "--cohort", "一班", "--name", "王主任").code == 1
    assert [one["name"] for one in desk.expects("operator", "list", "--json").json] == [account(), "周主任"]
    everybody = {one["name"]: one for one in desk.expects("operator", "list", "--all", "--json").json}
    assert everybody["王主任"]["retired_at"] is not None
    desk.expects("operator", "add", "王主任", "-o", "凤山区/第二小学")
    assert desk.types(*MORE_TIME, "--cohort", "二班", "--name", "王主任").code == 0
    assert desk.types(*MORE_TIME, "--cohort", "一班", "--name", "王主任").code == 1


# ---------------------------------------------------------------------- reading and exporting


def test_a_person_is_explained_to_whoever_has_the_scope_for_it(desk: Desk) -> None:
    assert typed_by(desk, "王主任", "explain", "N00000").code == 0
    refused = typed_by(desk, "王主任", "explain", "N00001")
    assert (refused.code, refused.out) == (1, "")
    assert "does not cover 二班" in refused.errors
    assert "赵老师" not in str(log_of(desk))


def test_every_export_of_peoples_data_stands_in_the_log(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "名单.xlsx"
    owing = ["lists", "owing", *SLUG, "--organisation", "龙城区", "--out", out]
    assert typed_by(desk, "王主任", *owing).code == 0
    desk.expects("results", "export", *SLUG, "--out", tmp_path / "结果.xlsx")
    desk.expects("template", "roster", tmp_path / "空白.xlsx", *SLUG)  # nobody's data
    first, second = log_of(desk)
    assert (first["operator"], first["act"], first["file"], first["refused"]) == (
        "王主任", "lists owing", "名单.xlsx", False,
    )  # fmt: skip
    assert isinstance(first["rows"], int)
    assert (second["operator"], second["act"], second["programme"], second["file"], second["rows"]) == (
        account(), "results export", "longcheng-2024", "结果.xlsx", 0,
    )  # fmt: skip
    desk.expects("operator", "log", "--out", tmp_path / "log.xlsx")
    rows = [*openpyxl.load_workbook(tmp_path / "log.xlsx").active.values]
    assert [row[3:8] for row in rows[1:]] == [
        ("lists owing", "exported", "longcheng-2024", None, "名单.xlsx"),
        ("results export", "exported", "longcheng-2024", None, "结果.xlsx"),
    ]


def test_a_list_of_all_is_not_written_for_an_operator_of_one_county(desk: Desk, tmp_path: Path) -> None:
    for words in (
        ["results", "export", *SLUG, "--out", tmp_path / "a.xlsx"],
        ["lists", "owing", *SLUG, "--out", tmp_path / "a.xlsx"],
        ["lists", "owing", *SLUG, "--organisation", "凤山区", "--out", tmp_path / "a.xlsx"],
        ["appeal", "list", *SLUG, "--out", tmp_path / "a.xlsx"],
        ["work", "export", *SLUG, "--out", tmp_path / "folder"],
        ["contact", "list", "--all", "--out", tmp_path / "a.xlsx"],
        ["operator", "log"],
        ["operator", "add", "x"],
        ["night"],
    ):
        assert typed_by(desk, "王主任", *words).code == 1, words
    assert not (tmp_path / "a.xlsx").exists()
    assert [line["refused"] for line in log_of(desk)] == [True] * 9


# ---------------------------------------------------------------------- files


RECORDS = "人员编号,任务,发生时间,来源,记录编号\n{number},研修日志,2024-11-20 20:00,平台,{number}\n"


def test_a_file_is_taken_in_whole_or_not_at_all_by_whose_people_it_names(desk: Desk, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.csv", tmp_path / "other.csv"
    mine.write_text(RECORDS.format(number="N00000"))
    other.write_text(RECORDS.format(number="N00000") + RECORDS.format(number="N00001").splitlines()[1])
    assert typed_by(desk, "王主任", "evidence", "import", *SLUG, mine).code == 0
    refused = typed_by(desk, "王主任", "evidence", "import", *SLUG, other)
    assert (refused.code, "does not cover 二班" in refused.errors) == (1, True)
    assert desk.expects("evidence", "import", *SLUG, other, "--json").json[0]["added"] == 1
    assert [line["act"] for line in log_of(desk)] == ["evidence import"]


ROSTER = "人员编号,姓名,角色,班级,区县,学校\n"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("T1,孙老师,参训学员,三班,龙城区,第三小学", 0),  # a new class and a new school in the own county
        ("T1,孙老师,参训学员,一班,龙城区,第一小学", 0),
        ("T1,孙老师,参训学员,二班,龙城区,第一小学", 1),
        ("T1,孙老师,参训学员,三班,凤山区,第二小学", 1),
        ("T1,孙老师,参训学员,三班,虎山区,第一小学", 1),
    ],
)
def test_a_roster_brings_people_into_the_own_county_alone(
    desk: Desk, tmp_path: Path, row: str, code: int
) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(ROSTER + row + "\n")
    assert typed_by(desk, "王主任", "roster", "import", *SLUG, file).code == code
    assert len(log_of(desk)) == code


SHEET = "人员编号,种类,至,原因,决定人,时间\nN00000,{kind},{to},调动,{name},2024-12-01\n"


@pytest.mark.parametrize(
    ("kind", "to", "name", "said"),
    [
        ("退出", "", "王主任", ""),
        ("退出", "", "周主任", "周主任"),
        ("退出", "", "某人", "某人"),
        ("转班", "二班", "王主任", "王主任"),  # into a cohort of the other county
    ],
)
def test_who_decides_in_a_sheet_is_an_operator_with_the_scope_for_it(
    desk: Desk, tmp_path: Path, kind: str, to: str, name: str, said: str
) -> None:
    file = tmp_path / "exceptions.csv"
    file.write_text(SHEET.format(kind=kind, to=to, name=name))
    taken = typed_by(desk, "王主任", "exception", "import", *SLUG, file)
    assert (taken.code, [line["operator"] for line in log_of(desk)]) == (bool(said), [said] * bool(said)), (
        taken
    )


# ---------------------------------------------------------------------- filings, link by link


def test_an_operator_of_a_tier_deals_with_filings_at_the_link_of_that_tier_alone(desk: Desk) -> None:
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    story = Story(engine, "generated", DECIDED)
    story.cohort("甲班", *HERE)
    story.enrol("孙老师", "learner", "甲班", *HERE)
    engine.dispose()
    file = [
        "filing",
        "file",
        "-p",
        "generated",
        "--filing",
        "plan",
        "--organisation",
        "第一小学",
        "--at",
        "2024-03-05",
    ]
    refused = desk.types(*file, "--name", "王主任")
    assert refused.code == 1
    assert "(county): not to act for the school link, about 龙城区/第一小学" in refused.errors
    case = desk.expects(*file, "--json").json["case"]
    words = ["filing", "pass", "-p", "generated", "--case", case, "--tier", "county", "--at", "2024-03-06"]
    assert desk.types(*words, "--name", "周主任").code == 1
    assert desk.expects(*words, "--name", "王主任", "--json").json[0]["state"] == "accepted"
    assert [(line["operator"], line["concerned"]) for line in log_of(desk)] == [
        ("王主任", "龙城区/第一小学"), ("周主任", "龙城区/第一小学"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cohorts", "told", "kept"),
    [
        ("甲乙", "does not cover 甲, 乙. Let", "甲、乙"),
        (
            "甲乙丙丁戊己庚",
            "does not cover 甲, 乙, 丙, 丁, 戊, 己 and others, 7 in all. Let",
            "甲、乙、丙、丁、戊、己 and others, 7 in all",
        ),
    ],
)
def test_the_log_keeps_names_as_it_always_did_in_either_language(cohorts: str, told: str, kept: str) -> None:
    refused = Problem("", OUTSIDE(name="王主任", scope=EVERYTHING(), concerned=listed(cohorts)))
    assert told in refused.text("en")
    assert [*of_scope([refused], "en")] == [("王主任", kept)]


# ---------------------------------------------------------------------- who is added and retired


def test_the_first_operator_is_made_once_from_the_machines_account(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    assert desk.expects("init", "--json").json["operator"] == account()
    assert desk.expects("init", "--json").json["operator"] is None
    (one,) = desk.expects("operator", "list", "--json").json
    assert (one["name"], one["account"], one["organisations"], one["tiers"]) == (account(), account(), [], [])


def test_everything_that_is_wrong_with_a_new_operator_is_told_at_once(desk: Desk) -> None:
    words = ["王主任", "--tier", "town", "-o", "龙成区", "--account", account()]
    refused = desk.types("operator", "add", *words)
    assert refused.code == 1
    assert refused.errors.splitlines() == [
        "operator '王主任' stands already, with the scope 龙城区 and below (county). To change it, retire and add again",
        f"--account: the account '{account()}' is used by operator '{account()}'",
        "--tier: there is no tier 'town'; there are province, city, county, school",
        "--organisation: there is no organisation '龙成区'; is it '龙城区'?",
    ]


def test_the_last_operator_of_everything_stays(engine: Engine) -> None:
    with transaction(engine) as session:
        make_the_first(session, "clerk", LONG_AGO)
        add(session, New("王主任", tiers=("county",)), "clerk", LONG_AGO)
        with pytest.raises(Refused, match="the last operator of everything"):
            retire(session, "clerk", "clerk", LONG_AGO)
        add(session, New("周主任"), "clerk", LONG_AGO)
        retire(session, "clerk", "周主任", LONG_AGO)
        assert make_the_first(session, "clerk", LONG_AGO) is None
        standing = select(Operator.name).where(Operator.retired_at.is_(None)).order_by(Operator.name)
        assert [*session.execute(standing).scalars()] == ["周主任", "王主任"]


# ---------------------------------------------------------------------- what it costs


def test_a_scope_costs_the_same_however_many_cohorts_there_are(engine: Engine) -> None:
    story = Story(engine, "longcheng-2024")
    for number in range(40):
        story.cohort(f"{number}班", *HERE)
    appoint(engine, "王主任", organisations=["龙城区"])
    counts = []
    for names in (["0班"], ["0班"], [f"{number}班" for number in range(40)]):  # the first opens the database
        with reading(acting_as(engine, "王主任")) as session, statements(engine) as asked:
            cohorts = cohorts_named(session, "longcheng-2024", names)
            require_cohorts(session, cohorts)
        counts.append(len(asked))
    assert counts[1] == counts[2]
