"""`yanxiu appeal`, `revoke` and `penalty` as an office types them, and what they refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.files import workbook

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "docs" / "example"
PROGRAMMES = ROOT / "calendars" / "programmes"
SLUG = ["-p", "longcheng-2024"]
COUNTY = ["-p", "lanxi-2019"]


def received(at: str) -> list[str]:
    return ["--received", at, "--said-by", "陈主任"]


def why(at: str, name: str = "陈主任", reason: str = "平台漏报") -> list[str]:
    return ["--reason", reason, "--name", name, "--at", at]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example of the README with the marks in, sealed; then a journal of LC003 that the platform had left out."""
    desk = Desk(tmp_path_factory.mktemp("example"))
    desk.begins("陈主任", "周老师", "李校长", "赵敏")
    desk.expects("calendar", "publish", PROGRAMMES / "longcheng-2024.yaml")
    for kind, file, at in (
        ("roster", "roster.xlsx", "2024-10-20 09:00"),
        ("evidence", "training.csv", "2024-12-09 10:00"),
        ("marks", "marks.csv", "2024-12-11 17:00"),
        ("marks", "late-marks.csv", "2024-12-11 17:30"),
    ):
        desk.expects(kind, "import", *SLUG, EXAMPLE / file, *received(at))
    desk.expects("night", "--as-of", "2024-12-15")
    rows = [
        ["人员编号", "任务", "发生时间", "来源", "记录编号"],
        ["LC003", "研修日志", "2024-12-04 20:00", "平台", "J1"],
    ]
    late = workbook(desk.home / "late.xlsx", rows)
    desk.expects("evidence", "import", *SLUG, late, *received("2024-12-17 09:00"))
    return desk.home


@pytest.fixture
def office(sealed: Path, tmp_path: Path) -> Desk:
    shutil.copytree(sealed, tmp_path / "home")
    return Desk(tmp_path / "home")


def filed(office: Desk) -> str:
    return office.expects(
        "appeal",
        "file",
        *SLUG,
        "--person",
        "LC003",
        "--assessment",
        "网络研修成绩",
        *why("2024-12-18 09:00", "赵敏"),
    ).out


def test_an_appeal_goes_its_way_and_the_new_entry_stands_beside_the_old_one(office: Desk) -> None:
    assert "appeal 1: LC003 (语文班), 网络研修成绩; filed, the window closes at 2024-12-22 24:00" in filed(
        office
    )
    office.expects("appeal", "take-up", "1", *SLUG, *why("2024-12-18 15:00"))
    shown = office.expects("appeal", "show", "1", *SLUG).out
    assert "平台/J1" in shown
    granted = office.expects(
        "appeal",
        "grant",
        "1",
        *SLUG,
        *why("2024-12-19 10:00"),
        "--second-name",
        "周老师",
        "--admit",
        "平台/J1",
    ).out
    assert granted.strip() == (
        "appeal 1 is granted: 80, 合格, is corrected to 100, 合格; both entries are sealed"
    )
    explained = office.expects("explain", "LC003").out
    assert "entry 1, sealed at 2024-12-15 24:00: 80, 合格" in explained
    assert (
        "entry 2, sealed at 2024-12-19 10:00: 100, 合格; corrected by 陈主任, 周老师, because: 平台漏报"
        in explained
    )
    assert "counts: let in by an appeal" in explained
    assert "nothing that was sealed has been changed" in office.expects("seal", "verify").out
    (one,) = json.loads(office.expects("appeal", "list", *SLUG, "--json").out)
    assert [step["act"] for step in one["steps"]] == ["file", "take_up", "grant"]


def test_a_result_that_was_taken_away_is_given_back_by_an_appeal(office: Desk) -> None:
    person = ("--person", "LC003", "--assessment", "training")
    nobody = office.types("revoke", *SLUG, *person, *why("2024-12-16 09:00"), "--second-name", "某人")
    assert (nobody.code, "no operator is called '某人'" in nobody.errors) == (1, True)
    office.expects("revoke", *SLUG, *person, *why("2024-12-16 09:00"), "--second-name", "周老师")
    filed(office)
    office.expects("appeal", "take-up", "1", *SLUG, *why("2024-12-18 15:00"))
    words = (
        "appeal",
        "grant",
        "1",
        *SLUG,
        *why("2024-12-19 10:00"),
        "--second-name",
        "周老师",
        "--give-back",
    )
    told = "appeal 1 is granted: 80, 取消, is corrected to 80, 合格; both entries are sealed"
    assert office.expects(*words).out.strip() == told
    assert "granted, the result given back" in office.expects("appeal", "show", "1", *SLUG).out
    assert "决定成立，恢复结果" in office.types("appeal", "show", "1", *SLUG, language="zh").out
    assert "nothing that was sealed has been changed" in office.expects("seal", "verify").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["appeal", "file", *SLUG, "--person", "LC003", "--assessment", "网络成绩", *why("2024-12-18 09:00")], "网络研修成绩"),
        (["appeal", "file", *SLUG, "--person", "LC999", "--assessment", "training", *why("2024-12-18 09:00")], "LC999"),
        (["appeal", "file", *SLUG, "--person", "LC003", "--assessment", "training", *why("2024-12-22 24:00")], "7 days"),
        (["appeal", "take-up", "7", *SLUG, *why("2024-12-18 09:00")], "no appeal 7"),
        (["revoke", *SLUG, "--person", "LC003", "--assessment", "training", *why("2024-12-18 09:00")], "two different names"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_kept(office: Desk, words: list[str], told: str) -> None:
    answer = office.types(*words)
    assert answer.code == 1
    assert told in answer.errors
    assert office.expects("appeal", "list", *SLUG).out.strip() == "no appeals"


def test_a_result_is_revoked_after_its_lock_by_two_names(office: Desk) -> None:
    told = office.expects(
        "revoke", *SLUG, "--person", "LC003", "--assessment", "training", *why("2024-12-18 09:00", reason="雷同"),
        "--second-name", "周老师",
    ).out  # fmt: skip
    assert told.splitlines() == [
        "LC003 (语文班), 网络研修成绩: 取消",
        "an appeal against it may be filed before 2024-12-25 24:00",
    ]
    explained = office.expects("explain", "LC003").out
    assert (
        "entry 2, sealed at 2024-12-18 09:00: 80, 取消; corrected by 陈主任, 周老师, because: 雷同"
        in explained
    )
    assert "an appeal against it has to be filed before 2024-12-25 24:00" in explained
    assert "has to be filed before 2024-12-22 24:00" in office.expects("explain", "LC002").out


def test_until_when_one_may_appeal_is_listed(office: Desk) -> None:
    office.expects(
        "revoke", *SLUG, "--person", "LC003", "--assessment", "training", *why("2025-01-10 09:00", reason="雷同"),
        "--second-name", "周老师",
    )  # fmt: skip
    filing = ["appeal", "file", *SLUG, "--person", "LC003", "--assessment", "training"]
    assert "the window closes at 2025-01-17 24:00" in office.expects(*filing, *why("2025-01-17", "赵敏")).out
    assert "2025-01-17 24:00" in office.expects("appeal", "list", *SLUG).out
    (one,) = json.loads(office.expects("appeal", "list", *SLUG, "--json").out)
    assert (one["entry"], one["open_until"]) == (2, "2025-01-17T16:00:00+00:00")
    assert "may be filed before 2025-01-17 24:00" in office.expects("appeal", "show", "1", *SLUG).out


def test_before_a_lock_it_is_revoked_in_the_class_in_which_the_person_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.begins("陈主任", "周老师", "李校长", "赵敏")
    desk.expects("calendar", "publish", PROGRAMMES / "longcheng-2024.yaml")
    desk.expects("roster", "import", *SLUG, EXAMPLE / "roster.xlsx", *received("2024-10-20 09:00"))
    words = ["exception", "transfer", "--to", "数学班", *SLUG, "--person", "LC003"]
    desk.expects(*words, *why("2024-11-20 09:00", reason="调整班级"))
    told = desk.expects(
        "revoke", *SLUG, "--person", "LC003", "--assessment", "training", *why("2024-11-21 09:00", reason="雷同")
    ).out  # fmt: skip
    assert told.startswith("LC003 (数学班), 网络研修成绩: ")


# ---------------------------------------------------------------- penalties


@pytest.fixture
def county(tmp_path: Path) -> Desk:
    """A school whose plan never came, and one whose did."""
    desk = Desk(tmp_path / "county")
    desk.home.mkdir()
    desk.begins("陈主任", "周老师", "李校长", "赵敏")
    desk.expects("calendar", "publish", PROGRAMMES / "lanxi-2019.yaml")
    header = ["姓名", "人员编号", "角色", "班级", "区县", "学校", "加入时间"]
    people = [
        [name, number, role, "网本研修", "兰西县", school, "2019-12-06 10:00"]
        for name, number, role, school in (
            ("王老师", "T001", "参训学员", "一小"), ("赵老师", "T002", "参训学员", "二小"),
        )
    ]  # fmt: skip
    desk.expects(
        "roster",
        "import",
        *COUNTY,
        workbook(tmp_path / "r.xlsx", [header, *people]),
        *received("2019-12-08 10:00"),
    )
    fields = [
        word for name in ("校本研修计划=见附件", "考评细则=见附件", "学员人数=1") for word in ("--set", name)
    ]
    desk.expects(
        "filing", "file", *COUNTY, "-f", "plan_and_roster", "--organisation", "一小", *fields, "--name", "李校长",
        "--at", "2019-12-12 10:00",
    )  # fmt: skip
    desk.expects("night", "--as-of", "2019-12-20")
    return desk


def test_the_office_lists_the_units_and_decides_about_one(county: Desk) -> None:
    listed = county.expects("penalty", "list", *COUNTY, "--at", "2019-12-20").out
    assert "二小" in listed
    assert "to be decided" in listed
    assert "一小" not in listed
    told = county.expects(
        "penalty", "waive", *COUNTY, "-o", "二小", *why("2019-12-21 09:00", reason="停电")
    ).out
    assert told.startswith("二小 (网本研修), 取消校本研修处理: waived; kept")
    (one,) = json.loads(county.expects("penalty", "list", *COUNTY, "--at", "2019-12-22", "--json").out)
    assert (one["organisation"], one["decided"], one["by"]) == ("二小", "waive", "陈主任")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["apply", "-o", "一小"], "about '一小'"),
        (["apply", "--penalty", "no_plans", "-o", "二小"], "no_plan"),
        (["extend", "--to", "2019-12-01", "-o", "二小"], "not later than now"),
    ],
)
def test_a_decision_about_a_unit_that_has_nothing_open_is_refused(
    county: Desk, words: list[str], told: str
) -> None:
    answer = county.types("penalty", words[0], *COUNTY, *words[1:], *why("2019-12-21 09:00"))
    assert answer.code == 1
    assert told in answer.errors
