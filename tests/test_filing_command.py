"""`yanxiu filing`, as a clerk and a script meet it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.files import PROGRAMMES, table

SLUG = ["--programme", "jinan-2020"]
THEN = ["--received", "2020-11-01 09:00", "--said-by", "李主任"]
HEADER = ["姓名", "人员编号", "角色", "班级", "省", "市", "区县", "学校"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An office with two teachers of one school."""
    desk = Desk(tmp_path / "home")
    people = [
        [name, number, "坊员", "语文坊", "山东省", "济南市", "历下区", "第一中学"]
        for name, number in (("王芳", "T001"), ("赵强", "T002"))
    ]
    desk.begins("李主任", "本人", "王科长", "李", "王")
    desk.expects("calendar", "publish", PROGRAMMES / "jinan-2020.yaml")
    desk.expects("roster", "import", *SLUG, table(tmp_path / "r.csv", [HEADER, *people]), *THEN)
    return desk


def files(desk: Desk, number: str, *more: object) -> int:
    said = ["--set", "报删原因=休产假", "--name", "本人", "--at", "2020-12-05 09:00", "--json", *more]
    return int(desk.expects("filing", "file", *SLUG, "-f", "报删", "--person", number, *said).json["case"])


def acts(desk: Desk, act: str, case: int, *more: object) -> object:
    said = ["--case", case, "--name", "李主任", "--at", "2020-12-06 09:00", "--json", *more]
    return desk.expects("filing", act, *SLUG, *said).json[0]["state"]


def test_a_case_goes_up_and_its_list_tells_where_it_stands(desk: Desk) -> None:
    case = files(desk, "T001")
    assert acts(desk, "pass", case, "--tier", "school") == "passing"
    found = desk.expects("filing", "list", *SLUG, "-f", "withdrawal", "--json").json["cases"]
    assert [(one["name"], one["tier"], one["waits_on"]) for one in found] == [("王芳", "county", "历下区")]
    told = desk.types("filing", "list", *SLUG, language="zh").out
    assert "区县汇总 历下区" in told
    assert "2020-12-10 24:00" in told
    assert "待报" in told  # 区县还没有报主持人信息
    shown = desk.types("filing", "show", *SLUG, str(case), language="zh").out
    assert "报删原因: 休产假" in shown


def test_several_cases_are_passed_together_or_none_of_them(desk: Desk) -> None:
    first, second = files(desk, "T001"), files(desk, "T002")
    acts(desk, "pass", first, "--tier", "school")
    both = [
        "--case",
        first,
        "--case",
        second,
        "--tier",
        "county",
        "--name",
        "王科长",
        "--at",
        "2020-12-09 09:00",
    ]
    answer = desk.types("filing", "pass", *SLUG, *both, language="zh")
    assert (answer.code, answer.errors) == (1, f"--case {second}: 现在是“逾期失效”，不能通过\n")
    assert desk.expects("filing", "show", *SLUG, str(first), "--json").json["tier"] == "county"


def test_return_refuse_and_take_back_each_have_a_command(desk: Desk) -> None:
    case = files(desk, "T001")
    assert acts(desk, "return", case, "--tier", "school", "--reason", "原因不明") == "returned"
    assert acts(desk, "take-back", case) == "taken_back"
    other = files(desk, "T002")
    assert acts(desk, "refuse", other, "--tier", "school", "--reason", "不符合条件") == "refused"
    assert desk.types("filing", "return", *SLUG, "--case", case, "--tier", "school", "--name", "李").code == 2


def test_an_attachment_is_kept_by_its_content_and_never_executable(desk: Desk, tmp_path: Path) -> None:
    scan = tmp_path / "盖章.pdf"
    scan.write_bytes(b"%PDF-1.4 scanned")
    scan.chmod(0o755)
    case = files(desk, "T001", "--attach", scan)
    (step,) = desk.expects("filing", "show", *SLUG, str(case), "--json").json["steps"]
    (attached,) = step["attachments"]
    assert (attached["name"], attached["size"]) == ("盖章.pdf", 16)
    place = desk.home / "files" / attached["sha256"][:2] / attached["sha256"]
    assert place.read_bytes() == scan.read_bytes()
    assert not os.access(place, os.X_OK)
    assert str(place) in desk.types("filing", "show", *SLUG, str(case), language="zh").out
    place.write_bytes(b"another scan")
    assert "盖章.pdf 的内容已被改动" in desk.types("filing", "show", *SLUG, str(case), language="zh").out


def test_a_county_is_given_more_time_for_its_link(desk: Desk) -> None:
    case = files(desk, "T001")
    acts(desk, "pass", case, "--tier", "school")
    desk.expects("night", "--as-of", "2020-12-10")
    more = [
        "--organisation",
        "历下区",
        "--tier",
        "county",
        "--to",
        "2020-12-11 18:00",
        "--name",
        "王",
        "--reason",
        "雪灾",
    ]
    extended = desk.expects(
        "filing", "extend", *SLUG, "-f", "报删", *more, "--at", "2020-12-11 08:00", "--json"
    )
    assert extended.json["cases"] == 1
    assert desk.expects("filing", "show", *SLUG, str(case), "--json").json["state"] == "passing"


def test_a_night_tells_what_has_lapsed(desk: Desk) -> None:
    files(desk, "T001")
    told = desk.types("night", "--as-of", "2020-12-11", language="zh").out
    assert "上报“报删”逾期失效" in told
    assert "上报“学科工作坊主持人信息”逾期失效" in told


def test_a_sheet_is_made_taken_in_exported_and_printed(desk: Desk, tmp_path: Path) -> None:
    desk.expects("template", "filing", tmp_path / "t.xlsx", *SLUG, "--filing", "报删")
    header = ["上报事项", "人员编号", "报删原因", "经办人"]
    sheet = table(tmp_path / "a.csv", [header, ["报删", "T001", "休产假", "王芳"]])
    then = ["--received", "2020-12-05 09:00", "--said-by", "李主任"]
    desk.expects("filing", "import", *SLUG, sheet, *then)
    out = tmp_path / "out.xlsx"
    told = desk.expects("filing", "export", *SLUG, "-f", "报删", out, "--json").json
    assert told == {"file": str(out), "cases": 1}
    desk.expects("filing", "print", *SLUG, "-f", "报删", "--organisation", "第一中学", tmp_path / "p.html")
    assert "王芳" in (tmp_path / "p.html").read_text(encoding="utf-8")
    again = desk.types(
        "filing", "print", *SLUG, "-f", "报删", "--organisation", "第一中学", tmp_path / "p.html"
    )
    assert (again.code, "is not overwritten" in again.errors) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["file", "-f", "报山", "--person", "T001"], "there is no filing '报山'. Did you mean '报删'?"),
        (["file", "-f", "报删", "--organisation", "第一中学"], "报删 is filed by a person: say --person"),
        (["file", "-f", "hosts", "--person", "T001"], "say --organisation"),
        (["file", "-f", "报删", "--person", "T009"], "nobody on the roster has the number T009"),
        (["file", "-f", "hosts", "--organisation", "历夏区"], "Did you mean '历下区'?"),
        (["file", "-f", "报删", "--person", "T001", "--set", "原因"], "FIELD=TEXT is expected, not '原因'"),
        (["file", "-f", "报删", "--person", "T001", "--set", "病因=x"], "报删 has no field '病因'"),
        (["pass", "--case", "77", "--tier", "school"], "the programme has no case 77"),
    ],
)
def test_what_is_said_wrongly_is_refused_with_what_to_do(desk: Desk, words: list[str], why: str) -> None:
    answer = desk.types("filing", words[0], *SLUG, *words[1:], "--name", "李", "--at", "2020-12-05 09:00")
    assert answer.code == 1
    assert why in answer.errors
