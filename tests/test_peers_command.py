"""`yanxiu peers`, as a clerk and a script meet it, and the office's sheet of peer reviews."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support.desk import Desk
from tests.support.files import PROGRAMMES, table, workbook

SLUG = ["--programme", "guopei-2016"]
ROSTER = ["--received", "2016-09-05 09:00", "--said-by", "李主任"]
THEN = ["--received", "2016-12-10 09:00", "--said-by", "李主任"]
AT = ["--at", "2016-12-10 09:00"]
GROUPS = ["一小语文组", "二小语文组", "三小语文组", "四小语文组"]
HEADER = ["互评", "评价组", "被评组", "得分", "等第", "评语", "评价人"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An office with four groups of one county, each of its own school."""
    desk = Desk(tmp_path / "home")
    people = [
        [f"{name}长", f"T{number:03d}", "研修组长", name, "山东省", "历城区", name[:2]]
        for number, name in enumerate(GROUPS)
    ]
    desk.begins("李主任", "张组长", "张", "李", "组长")
    desk.expects("calendar", "publish", PROGRAMMES / "guopei-2016.yaml")
    header = ["姓名", "人员编号", "角色", "班级", "省", "区县", "学校"]
    desk.expects("roster", "import", *SLUG, table(tmp_path / "r.csv", [header, *people]), *ROSTER)
    desk.expects("night", "--as-of", "2016-12-01 00:00")
    return desk


def pairs(desk: Desk) -> list[dict[str, Any]]:
    (found,) = desk.expects("peers", "list", *SLUG, "--json").json
    return list(found["pairs"])


def reviewed_by(desk: Desk, group: str) -> list[str]:
    return [pair["reviewed"] for pair in pairs(desk) if pair["reviewer"] == group]


def row(reviewer: str, reviewed: str, **cells: str) -> list[str]:
    found = {
        "评价组": reviewer,
        "被评组": reviewed,
        "得分": "90",
        "评语": "目标明确",
        "评价人": "组长",
    } | cells
    return [found.get(heading, "") for heading in HEADER]


def test_the_night_tells_how_many_were_assigned_and_the_list_who_owes_whom(desk: Desk) -> None:
    found = pairs(desk)
    assert [pair["reviewer"] for pair in found] == [name for name in sorted(GROUPS) for _ in range(2)]
    assert {(pair["missed"], *pair["owed_by"]) for pair in found} == {(True, f"{name}长") for name in GROUPS}
    told = desk.types("peers", "list", *SLUG, language="zh").out
    assert "逾期未评（2016-12-30 24:00 截止；一小语文组长）" in told
    assert "missed (2016-12-30 24:00; 一小语文组长)" in desk.types("peers", "list", *SLUG).out
    of_one = desk.expects("peers", "list", *SLUG, "--cohort", GROUPS[0], "--json").json[0]
    assert [one["group"] for one in of_one["groups"]] == [GROUPS[0]]
    assert all(GROUPS[0] in (pair["reviewer"], pair["reviewed"]) for pair in of_one["pairs"])
    assert len(of_one["pairs"]) == 4


def test_a_leader_gives_a_score_and_a_comment(desk: Desk) -> None:
    other = reviewed_by(desk, GROUPS[0])[0]
    said = ["--cohort", GROUPS[0], "--on", other, "--comment", "有层次", "--name", "张组长", *AT]
    answer = desk.types("peers", "give", *SLUG, *said, "--score", "88", language="zh")
    assert (answer.code, answer.out) == (0, f"{GROUPS[0]} 评 {other}：88\n")
    (given,) = [pair for pair in pairs(desk) if pair["score"]]
    assert (given["reviewed"], given["score"], given["comment"], given["name"]) == (
        other,
        "88",
        "有层次",
        "张组长",
    )
    (group,) = [
        one
        for one in desk.expects("peers", "list", *SLUG, "--json").json[0]["groups"]
        if one["group"] == other
    ]
    assert (group["got"], group["mean"], group["reviewed_by"]) == (1, "88", 2)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--on", "一小语文组", "--score", "88"], "一个组不评自己"),
        (["--on", "不存在的组", "--score", "88"], "没有班级“不存在的组”"),
        (["--on", "二小语文组", "--score", "八十"], "--score: 应为数字"),
        (["--on", "二小语文组", "--score", "120"], "“120”不在评分范围内：0..100"),
        (["--on", "二小语文组", "--grade", "优秀"], "请给分：0..100"),
        (
            ["--on", "二小语文组", "--score", "88", "--review", "组间评"],
            "--review: 没有互评“组间评”。是不是“组互评”？",
        ),
    ],
)
def test_what_is_said_wrongly_is_refused_with_what_to_do(desk: Desk, words: list[str], why: str) -> None:
    said = ["--cohort", "一小语文组", "--comment", "好", "--name", "张", *AT, *words]
    answer = desk.types("peers", "give", *SLUG, *said, language="zh")
    assert (answer.code, why in answer.errors) == (1, True), answer.errors


def test_a_sheet_is_exported_filled_in_and_taken_in(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "互评.xlsx"
    assert desk.expects("peers", "export", *SLUG, out, "--json").json == {"file": str(out), "reviews": 8}
    book = openpyxl.load_workbook(out)
    page = book.worksheets[0]
    headings = [cell.value for cell in page[1]]
    for line in range(2, page.max_row + 1):
        for heading, value in (("score", 80 + line), ("comment", "clear"), ("given by", "leader")):
            page.cell(line, headings.index(heading) + 1, value)
    results = [[cell.value for cell in line] for line in book["Results"].iter_rows(min_row=2)]
    assert [line[1:8] for line in results] == [
        [name, f"山东省/历城区/{name[:2]}", 2, 0, 2, 0, None] for name in sorted(GROUPS)
    ]
    del book["Results"]  # only the first sheet is read, and another with content is refused
    book.save(out)
    before = desk.expects("peers", "import", *SLUG, out, *THEN, "--preview", "--json").json[0]
    assert (before["rows"], before["added"], before["written"]) == (8, 8, False)
    assert not any(pair["score"] for pair in pairs(desk))
    assert desk.expects("peers", "import", *SLUG, out, *THEN, "--json").json[0]["added"] == 8
    again = desk.expects("peers", "import", *SLUG, out, *THEN, "--json").json[0]
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 8)
    assert sorted(int(pair["score"]) for pair in pairs(desk)) == list(range(82, 90))


def test_every_problem_is_told_by_its_cell_and_nothing_is_kept(desk: Desk, tmp_path: Path) -> None:
    mine = reviewed_by(desk, GROUPS[0])
    strange = next(name for name in GROUPS if name not in {GROUPS[0], *mine})
    rows = [
        row(GROUPS[0], mine[0]),
        row(GROUPS[0], GROUPS[0]),
        row(GROUPS[0], strange),
        row(GROUPS[0], mine[1], 得分="101"),
        row(GROUPS[0], mine[1], 得分="", 等第="优秀"),
        row(GROUPS[0], mine[1], 评语=""),
        row(GROUPS[0], mine[1], 评价人=""),
        row("一小语文", mine[1]),
        row(GROUPS[0], mine[0], 得分="70"),
        row(GROUPS[0], mine[1], 互评="组间评"),
        row(GROUPS[0], mine[1], 得分="", 评语=""),
        row(GROUPS[0], mine[1], 得分="=1+1"),
    ]
    file = workbook(tmp_path / "a.xlsx", [HEADER, *rows])
    answer = desk.types("peers", "import", *SLUG, file, *THEN, language="zh")
    assert answer.code == 1
    told = [line.split(": ", 1)[1] for line in answer.errors.splitlines()]
    assert told == [
        "一个组不评自己",
        f"“{GROUPS[0]}”没有分到“{strange}”；分到的是：{'、'.join(sorted(mine))}",
        "“101”不在评分范围内：0..100",
        "请给分：0..100",
        "请写评语",
        "请写明评价人",
        "没有叫“一小语文”的班级。是不是“一小语文组”？",
        "这一评价在第2行已经出现过",
        "没有叫“组间评”的互评。是不是“组互评”？",
        "应为数字，如40或26.67，而写的是“=1+1”",
    ]
    assert [line.split(": ", 1)[0].rpartition("!")[2] for line in answer.errors.splitlines()] == [
        "C3", "C4", "D5", "D6", "F7", "G8", "B9", "C10", "A11", "D13",
    ]  # fmt: skip
    assert not any(pair["score"] for pair in pairs(desk))


@pytest.mark.parametrize(
    ("received", "code"), [("2016-12-30 23:59:59", 0), ("2016-12-31 00:00:00", 1), ("2016-12-31 00:00:01", 1)]
)
def test_a_sheet_is_taken_up_to_the_stroke_of_the_end(
    desk: Desk, tmp_path: Path, received: str, code: int
) -> None:
    file = table(tmp_path / "a.csv", [HEADER, row(GROUPS[0], reviewed_by(desk, GROUPS[0])[0])])
    answer = desk.types("peers", "import", *SLUG, file, "--received", received, "--said-by", "李")
    assert answer.code == code
    assert ("组互评 was over at 2016-12-30 24:00" in answer.errors) == bool(code)


def test_what_the_peers_gave_stands_beside_the_groups_own_nomination(desk: Desk, tmp_path: Path) -> None:
    found = pairs(desk)
    rows = [row(pair["reviewer"], pair["reviewed"], 得分=str(80 + at)) for at, pair in enumerate(found)]
    desk.expects("peers", "import", *SLUG, table(tmp_path / "a.csv", [HEADER, *rows]), *THEN)
    fields = ["--set", "课例=圆的面积", "--set", "学科=数学", "--name", "组长", "--at", "2016-12-20 09:00"]
    desk.expects("filing", "file", *SLUG, "-f", "优秀课例", "--person", "T000", *fields)
    (case,) = desk.expects("filing", "list", *SLUG, "-f", "lessons", "--json").json["cases"]
    scores = [80 + at for at, pair in enumerate(found) if pair["reviewed"] == GROUPS[0]]
    mean = f"{sum(scores) / 2:g}"
    assert (case["title"], case["peers"]) == (GROUPS[0], {"count": 2, "mean": mean, "grades": {}})
    told = desk.types("filing", "list", *SLUG, "-f", "lessons", language="zh").out
    assert "互评均分" in told
    assert f" {mean} " in told
    desk.expects("filing", "export", *SLUG, "-f", "lessons", tmp_path / "l.xlsx")
    line = [cell.value for cell in openpyxl.load_workbook(tmp_path / "l.xlsx").worksheets[0][2]]
    assert {GROUPS[0], float(mean), "圆的面积"} <= set(line)
    desk.expects("filing", "print", *SLUG, "-f", "lessons", "--organisation", "历城区", tmp_path / "p.html")
    assert f"<td>{GROUPS[0]}</td><td>{mean}</td>" in (tmp_path / "p.html").read_text(encoding="utf-8")
    passed = [
        ["上报事项", "件号", "办理", "环节", "经办人"],
        ["优秀课例", str(case["case"]), "退回", "county", "科长"],
    ]
    passed[0].append("办理理由")
    passed[1].append("缺实录")
    then = ["--received", "2016-12-21 09:00", "--said-by", "李"]
    desk.expects("filing", "import", *SLUG, table(tmp_path / "b.csv", passed), *then)
    anew = [
        ["上报事项", "人员编号", "课例", "学科", "经办人"],
        ["优秀课例", "T000", "圆的面积（二）", "数学", "组长"],
    ]
    then = ["--received", "2016-12-22 09:00", "--said-by", "李"]
    desk.expects("filing", "import", *SLUG, table(tmp_path / "c.csv", anew), *then)
    (again,) = desk.expects("filing", "list", *SLUG, "-f", "lessons", "--json").json["cases"]
    assert (again["case"], again["state"], len(again["steps"])) == (case["case"], "passing", 3)
