"""`yanxiu groups form` and `yanxiu steps`, as a clerk and a script meet them (G16-04, G16-06)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.files import PROGRAMMES, table

SLUG = ["--programme", "guopei-2016"]
HEADER = ["姓名", "人员编号", "角色", "省", "区县", "学校", "学科", "职务"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "home")
    desk.begins("陈主任", "陈组长", "王干事")
    desk.expects("calendar", "publish", PROGRAMMES / "guopei-2016.yaml")
    return desk


def learners(tmp_path: Path, many: int = 4) -> Path:
    rows = [
        [
            f"教师{'甲乙丙丁'[n]}",
            f"T{n}",
            "学员",
            "山东省",
            "历下区",
            "一中",
            "语文",
            "教研组长" if n == 0 else "",
        ]
        for n in range(many)
    ]
    rows.append(["张教研员", "T9", "指导教师", "山东省", "历下区", "", "", ""])
    return table(tmp_path / "学员.csv", [HEADER, *rows])


def test_a_list_becomes_a_roster_and_its_group_goes_step_by_step(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "名册.xlsx"
    formed = desk.expects(
        "groups", "form", *SLUG, "--roster", learners(tmp_path), "--out", out, "--json"
    ).json
    assert [(one["group"], one["leaders"], one["tutor"]) for one in formed["groups"]] == [
        ("一中 语文", ["T0"], "T9")
    ]
    desk.expects("roster", "import", *SLUG, out, "--received", "2016-09-01 09:00", "--said-by", "陈主任")
    who = [*SLUG, "--cohort", "一中 语文", "--name", "陈组长"]
    done = desk.expects("steps", "done", *who, "--step", "磨课计划研讨", "--at", "2016-10-22 09:00")
    assert done.out.strip() == "一中 语文: 磨课计划研讨 recorded, done at 2016-10-22 09:00, which is late"
    skipped = desk.types("steps", "done", *who, "--step", "polish_1", "--at", "2016-10-22 10:00")
    assert skipped.code == 1
    assert "no step can be skipped" in skipped.errors
    back = desk.expects(
        "steps", "return", *who, "--reason", "没有分工", "--at", "2016-10-22 11:00", "--json"
    ).json
    assert (back["step"], back["state"]) == ("plan", "overdue")
    more = ["--step", "plan", "--to", "2016-10-24", "--reason", "停电", "--at", "2016-10-22 12:00", "--json"]
    assert desk.expects("steps", "extend", *who, *more).json["state"] == "going"
    waived = ["--step", "plan", "--reason", "外出", "--at", "2016-10-23 12:00", "--json"]
    assert desk.expects("steps", "waive", *who, *waived).json["state"] == "going"
    (listed,) = desk.expects("steps", "list", *SLUG, "--at", "2016-10-28", "--json").json
    assert (listed["state"], listed["next"], [act["act"] for act in listed["acts"]]) == (
        "overdue", "publish", ["do", "return"],
    )  # fmt: skip
    told = desk.types(
        "steps", "list", *SLUG, "--cohort", "一中 语文", "--at", "2016-10-28", language="zh"
    ).out
    assert "已免去" in told
    assert "逾期未完成" in told


def test_a_group_that_stays_too_small_asks_for_attention(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "名册.xlsx"
    asked = ["groups", "form", *SLUG, "--roster", learners(tmp_path, 3), "--out", out]
    told = desk.types(*asked, language="zh")
    assert told.code == 3
    assert "不足4人的组：一中语文组" in told.out
    assert out.exists()
    again = desk.types(*asked)
    assert again.code == 1
    assert "not overwritten" in again.errors


def test_steps_come_in_by_a_sheet_with_a_preview(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "名册.xlsx"
    desk.types("groups", "form", *SLUG, "--roster", learners(tmp_path), "--out", out, language="zh")
    desk.expects("roster", "import", *SLUG, out, "--received", "2016-09-01 09:00", "--said-by", "陈主任")
    sheet = table(
        tmp_path / "s.csv", [["研修组", "步骤", "完成时间", "说明"], ["一中语文组", "plan", "2016-10-20", ""]]
    )
    said = ["--received", "2016-10-21 09:00", "--said-by", "王干事", "--name", "王干事", "--json"]
    assert desk.expects("steps", "import", *SLUG, sheet, "--preview", *said).json[0]["written"] is False
    assert desk.expects("steps", "import", *SLUG, sheet, *said).json[0]["added"] == 1
    assert desk.expects("steps", "import", *SLUG, sheet, *said).json[0]["unchanged"] == 1
