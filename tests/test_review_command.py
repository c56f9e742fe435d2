"""`yanxiu review`, as the county's clerk and a script meet it (L24-09 to L24-11)."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from tests.support.desk import Desk
from tests.support.files import PROGRAMMES, table

EXAMPLE = PROGRAMMES.parents[1] / "docs" / "example"
SLUG = ["-p", "longcheng-2024"]
WHO = ["--name", "陈主任", "--document", "师训字3号"]
HEADER = ["姓名", "人员编号", "角色", "班级", "区县", "学校"]


def received(at: str) -> list[str]:
    return ["--received", at, "--said-by", "陈主任"]


def why(at: str, reason: str = "照片不清") -> list[str]:
    return ["--reason", reason, *WHO, "--at", at]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example of the README in the week of the review, and a teacher whose name would be a formula."""
    desk = Desk(tmp_path_factory.mktemp("county"))
    desk.begins("陈主任", "王雪梅")
    desk.expects("calendar", "publish", PROGRAMMES / "longcheng-2024.yaml")
    desk.expects("roster", "import", *SLUG, EXAMPLE / "roster.xlsx", *received("2024-10-20 09:00"))
    hostile = ["=2+5", "LC900", "参训学员", "语文班", "龙城区", "河东小学"]
    more = table(desk.home / "more.csv", [HEADER, hostile])
    desk.expects("roster", "import", *SLUG, more, *received("2024-10-20 10:00"))
    letter = desk.home / "结业证书.pdf"
    letter.write_bytes(b"%PDF-1.4")
    said = ["--set", "certificate=C1", "--set", "plan=2350", "--set", "reflection=1680", "--attach", letter]
    filed = [
        *SLUG,
        "-f",
        "结业材料",
        "--person",
        "LC001",
        *said,
        "--name",
        "王雪梅",
        "--at",
        "2024-12-20 09:00",
    ]
    desk.expects("filing", "file", *filed)
    desk.expects("evidence", "import", *SLUG, EXAMPLE / "practice.csv", *received("2025-05-30 17:00"))
    desk.expects("night", "--as-of", "2025-05-31")
    dates = ["--phase", "review", "--opens", "2025-06-03", "--closes", "2025-06-13"]
    desk.expects("set-dates", *SLUG, *dates, *why("2025-06-02 16:00", "通知"))
    return desk.home


@pytest.fixture
def office(county: Path, tmp_path: Path) -> Desk:
    shutil.copytree(county, tmp_path / "home")
    return Desk(tmp_path / "home")


def verdicts(office: Desk, at: str, *more: str) -> dict[str, str]:
    found = office.expects("review", "list", *SLUG, "--at", at, "--json", *more).json
    return {one["number"]: one["verdict"] for one in found}


def test_the_list_has_a_line_for_each_person_school_by_school(office: Desk) -> None:
    found = office.expects("review", "list", *SLUG, "--at", "2025-06-12", "--json").json
    assert [one["organisation"][-1] for one in found] == ["向阳中学"] * 3 + ["河东小学"] * 4
    assert {one["number"]: one["verdict"] for one in found if one["number"] < "LC003"} == {
        "LC001": "to review", "LC002": "incomplete",
    }  # fmt: skip
    told = office.types("review", "list", *SLUG, "--at", "2025-06-12", language="zh").out
    assert (
        "培训心得体会（不计：1320字，不足1500字）、公开课 第一节、公开课 第二节、公开课 第三节"
        in told.replace("\n", "")
    )
    assert verdicts(office, "2025-06-12", "--organisation", "河东小学").keys() == {
        "LC003", "LC005", "LC006", "LC900",
    }  # fmt: skip
    assert verdicts(office, "2025-06-12", "-c", "数学班").keys() == {"LC005", "LC006", "LC007"}


def test_one_person_is_shown_item_by_item_with_dates_characters_and_attachments(office: Desk) -> None:
    (one,) = office.expects("review", "show", *SLUG, "LC001", "--at", "2025-06-12", "--json").json
    plan = next(item for item in one["items"] if item["component"] == "plan")
    assert [(record["characters"], record["counts"]) for record in plan["records"]] == [(2350, True)]
    assert [(piece["asked"], piece["counted"], piece["short"]) for piece in plan["pieces"]] == [
        ("1", "1", "0")
    ]
    assert one["filings"][0]["attachments"][0]["name"] == "结业证书.pdf"
    told = office.types("review", "show", *SLUG, "LC001", "--at", "2025-06-12", language="zh").out
    for words in ("1（2350字）", "附件：结业证书.pdf（8 B，2024-12-20 09:00）", "公开课 第三节 公开课照片"):
        assert words in told


def test_what_is_refused_is_accepted_after_all_and_both_stay_on_record(office: Desk) -> None:
    lesson = [*SLUG, "LC001", "公开课", "--item", "第三节"]
    refused = office.expects("review", "refuse", *lesson, *why("2025-06-04 09:00")).out
    assert "handed-in work refused: 公开课 第三节, by 陈主任, because: 照片不清 (师训字3号)" in refused
    assert verdicts(office, "2025-06-04 10:00")["LC001"] == "incomplete"
    accepted = office.expects("review", "accept", *lesson, *why("2025-06-05 09:00", "补交"), "--json").json
    assert (accepted["kind"], accepted["names"]) == ("accept", ["陈主任"])
    assert verdicts(office, "2025-06-05 10:00")["LC001"] == "to review"
    told = office.types("review", "show", *SLUG, "LC001", "--at", "2025-06-12", language="zh").out
    assert "2025-06-04 09:00 所交不予接受" in told
    assert "2025-06-05 09:00 所交恢复接受" in told
    again = office.types("review", "accept", *lesson, *why("2025-06-06 09:00"), language="zh")
    assert (again.code, again.errors) == (
        1, "此人的“公开课”（第三节）没有不予接受的，或者已经重新上交\n",
    )  # fmt: skip


def test_the_sheet_has_a_row_a_person_a_column_an_item_and_text_alone(office: Desk, tmp_path: Path) -> None:
    out = tmp_path / "审核.xlsx"
    answer = office.types("review", "export", *SLUG, out, "--at", "2025-06-12", "--json", language="zh")
    assert answer.json == {"file": str(out), "people": 7}
    page = openpyxl.load_workbook(out)["区级骨干教师认定"]
    heading, *rows = page.iter_rows(values_only=True)
    assert heading == (
        "区县", "学校", "人员编号", "姓名", "班级", "结业证书（加盖公章）", "骨干教师专业发展个人规划", "培训心得体会", "听评课",
        "公开课 第一节", "公开课 第二节", "公开课 第三节", "结论", "缺项",
    )  # fmt: skip
    first, second = rows[:2]
    assert first[5:] == ("1份", "1份", "1份", "16节", "齐", "齐", "齐", "待审", None)
    assert second[7:10] == ("缺", "15节", "缺")
    assert second[12:] == (
        "材料不全", "培训心得体会（不计：1320字，不足1500字）、公开课 第一节、公开课 第二节、公开课 第三节",
    )  # fmt: skip
    cells = [cell for row in page.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "=2+5" in [cell.value for cell in cells]


def test_the_lock_waits_for_the_county_and_goes_on_when_it_says_done(office: Desk) -> None:
    office.expects("night", "--as-of", "2025-06-14")
    (hold, _) = office.types("holds", "--json").json
    assert (hold["kind"], hold["actions"]) == ("material not reviewed", ["done", "extend", "waive", "cancel"])
    kept = office.types(
        "review", "done", *SLUG, "-c", "语文班", *why("2025-06-15 09:00", "核对"), language="zh"
    )
    assert kept.out == "语文班：已记下，2025-06-15 09:00 起生效，下一次夜间推进时执行\n"
    office.types("night", "--as-of", "2025-06-15")
    assert [one["cohort"] for one in office.types("holds", "--json").json] == ["数学班"]
    assert verdicts(office, "2025-06-16")["LC001"] == "recognised"


def test_what_cannot_be_reviewed_is_told_why(office: Desk) -> None:
    nobody = office.types("review", "show", *SLUG, "LC999", language="zh")
    assert (nobody.code, nobody.errors) == (
        1, "--person: 没有人员编号为“LC999”的参训人员（项目 longcheng-2024）\n",
    )  # fmt: skip
    tutor = office.types("review", "show", *SLUG, "LC008", language="zh")
    assert (tutor.code, tutor.out) == (0, "LC008 没有要审核的材料\n")
    office.expects("calendar", "publish", PROGRAMMES / "lanxi-2019.yaml")
    other = office.types("review", "list", "-p", "lanxi-2019", language="zh")
    assert (other.code, other.errors) == (1, "日历没有要求审核材料 (require: material reviewed)\n")
    phase = office.types(
        "review", "done", *SLUG, "--phase", "courses", *why("2025-06-12 09:00"), language="zh"
    )
    assert (phase.code, phase.errors) == (1, "“courses”没有要审核的材料。有：审核认定\n")
