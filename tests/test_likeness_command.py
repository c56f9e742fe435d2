"""`yanxiu likeness` as an office types it: texts imported, found alike, shown side by side, decided (L24-11)."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from tests.support.desk import Desk
from tests.support.files import workbook

CALENDAR = Path(__file__).parent.parent / "calendars" / "programmes" / "longcheng-2024.yaml"
SLUG = ["-p", "longcheng-2024"]
ROSTER = [
    ["姓名", "人员编号", "角色", "班级", "区县", "学校"],
    ["李老师", "T001", "参训学员", "一班", "龙城区", "一小"],
    ["王<b>老师", "T002", "参训学员", "一班", "龙城区", "二小"],
    ["赵老师", "T003", "参训学员", "二班", "龙城区", "一小"],
]
SHARED = "<script>alert(1)</script>我和同事们把课堂还给学生，把时间还给思考，把机会还给每一个不敢举手的孩子。"


def prose(seed: int, length: int) -> str:
    dice = random.Random(seed)
    return "".join(chr(0x4E00 + dice.randrange(3000)) for _ in range(length))


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """李老师 and 王老师 share a passage; 赵老师 hands in 李老师's text as it is, a day later."""
    desk = Desk(tmp_path_factory.mktemp("office"))
    folder = tmp_path_factory.mktemp("texts")
    li = prose(1, 150) + SHARED + prose(2, 150)
    (folder / "li.txt").write_text(li, encoding="utf-8")
    (folder / "wang.txt").write_text(prose(3, 200) + SHARED + prose(4, 100), encoding="utf-8")
    (folder / "zhao.txt").write_text(li, encoding="utf-8")
    rows = [
        ["人员编号", "任务", "附件", "发生时间"],
        ["T001", "plan", "li.txt", "2024-12-18 09:00"],
        ["T002", "plan", "wang.txt", "2024-12-18 10:00"],
        ["T003", "plan", "zhao.txt", "2024-12-19 09:00"],
    ]
    desk.begins("陈主任")
    lines = CALENDAR.read_text(encoding="utf-8").splitlines(keepends=True)
    without_a_review = "".join(line for line in lines if "require: material reviewed" not in line)
    (folder / "calendar.yaml").write_text(without_a_review, encoding="utf-8")
    desk.expects("calendar", "publish", folder / "calendar.yaml")
    said = ("--said-by", "陈主任")
    roster = workbook(folder / "r.xlsx", ROSTER)
    desk.expects("roster", "import", *SLUG, roster, "--received", "2024-10-20 09:00", *said)
    sheet = workbook(folder / "e.xlsx", rows)
    desk.expects(
        "evidence", "import", *SLUG, sheet, "--files", folder, "--received", "2024-12-20 09:00", *said
    )
    return desk.home


@pytest.fixture
def office(handed_in: Path, tmp_path: Path) -> Desk:
    shutil.copytree(handed_in, tmp_path / "home")
    return Desk(tmp_path / "home")


def why(at: str) -> list[str]:
    return ["--reason", "逐段核对", "--name", "陈主任", "--document", "审核单3号", "--at", at]


def test_the_list_says_who_with_whom_how_alike_and_whose_was_first(office: Desk) -> None:
    found = office.expects("likeness", "list", *SLUG, "--json").json
    both = [(one["first"]["number"], one["second"]["number"]) for one in found]
    assert both[0] == ("T001", "T003")
    assert set(both) == {("T001", "T003"), ("T001", "T002"), ("T002", "T003")}
    assert {one["ring"] for one in found} == {1}
    assert {one["persons"] for one in found} == {3}
    assert (found[0]["first"]["alike"], found[0]["second"]["alike"]) == ("100", "100")
    assert found[0]["first"]["file"] == "li.txt"
    told = office.expects("likeness", "list", *SLUG, "--cohort", "二班").out
    assert "赵老师" in told
    assert "to be decided" in told


def test_the_list_goes_out_as_a_workbook_with_shares_as_figures(office: Desk, tmp_path: Path) -> None:
    office.expects("likeness", "confirm", *SLUG, "--person", "T003", *why("2025-01-06 09:00"))
    out = tmp_path / "findings.xlsx"
    assert office.types("likeness", "list", *SLUG, "--out", out, language="zh").code == 0
    headings, *rows = openpyxl.load_workbook(out)["雷同"].iter_rows(values_only=True)
    first = dict(zip(headings, rows[0], strict=True))
    assert (first["组"], first["组内人数"], first["先交：相同"], first["后交：相同"]) == (1, 3, 1, 1)
    assert (first["先交：人员编号"], first["先交：附件"], first["先交：决定"]) == ("T001", "li.txt", "待定")
    assert (first["后交：人员编号"], first["后交：决定"]) == ("T003", "雷同，取消（陈主任）")
    again = office.types("likeness", "list", *SLUG, "--out", out)
    assert (again.code, "not overwritten" in again.errors) == (1, True)


def test_show_prints_the_passages_side_by_side(office: Desk) -> None:
    (one,) = office.expects("likeness", "show", *SLUG, "--person", "T002", "--with", "T001", "--json").json
    (passage,) = one["passages"]
    assert passage["first"] == passage["second"]
    assert SHARED.rstrip("。").lstrip("<") in passage["first"]
    assert passage["first_at"] != passage["second_at"]
    told = office.expects("likeness", "show", *SLUG, "--person", "T002", "--with", "T001").out
    assert "1 passage" in told
    assert "把课堂还给学生" in told


class Seen(HTMLParser):
    """What a browser would make of a page: its tags, and the text of what is marked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.marked: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._inside = tag == "mark"
        if self._inside:
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.marked[-1] += data


def test_the_page_marks_the_passages_and_runs_nothing_that_a_text_holds(office: Desk, tmp_path: Path) -> None:
    page = tmp_path / "雷同.html"
    office.expects("likeness", "show", *SLUG, "--person", "T002", "--with", "T001", "--html", page)
    seen = Seen(page.read_text(encoding="utf-8"))
    assert seen.tags <= {
        "html", "head", "meta", "title", "style", "body", "p", "h1", "table", "thead", "tbody", "tr", "th", "td", "br", "mark",
    }  # fmt: skip
    assert len(seen.marked) == 4  # the passage on either side, and again in the whole texts
    assert all("alert(1)" in passage for passage in seen.marked)
    again = office.types("likeness", "show", *SLUG, "--person", "T002", "--html", page)
    assert again.code == 1
    assert "not overwritten" in again.errors


def decided(office: Desk) -> Iterator[tuple[str, str | None]]:
    for one in office.expects("likeness", "list", *SLUG, "--json").json:
        for writer in (one["first"], one["second"]):
            yield writer["number"], writer["decided"]


def test_it_is_decided_person_by_person_and_the_cohort_goes_on(office: Desk) -> None:
    office.expects("night", "--as-of", "2025-05-31")
    dates = ["--phase", "review", "--opens", "2025-06-03", "--closes", "2025-06-13"]
    office.expects("set-dates", *SLUG, *dates, *why("2025-06-02 16:00"))
    office.types("night", "--as-of", "2025-06-13")
    held = office.types("holds").out
    assert "have handed in text that is" in " ".join(re.sub(r"[│\s]+", " ", held).split())
    cleared = office.expects("likeness", "clear", *SLUG, "--person", "T001", *why("2025-06-16 09:00")).out
    assert cleared.strip() == "T001 (一班): no likeness"
    told = office.expects(
        "likeness", "confirm", *SLUG, "--person", "T002", "--person", "T003", *why("2025-06-16 09:10")
    ).out
    assert told.splitlines() == [
        "T002 (一班): likeness; 区级骨干教师认定: it will be sealed as 取消骨干教师资格",
        "T003 (二班): likeness; 区级骨干教师认定: it will be sealed as 取消骨干教师资格",
    ]
    assert set(decided(office)) == {("T001", "dismiss"), ("T002", "revoke"), ("T003", "revoke")}
    office.expects("night", "--as-of", "2025-06-16")
    office.expects("holds")  # which would end with 3 while one is open
    explained = office.expects("explain", "T003").out
    assert "取消骨干教师资格" in explained
    assert "result revoked: 区级骨干教师认定, by 陈主任, because: 逐段核对 (审核单3号)" in explained
    assert "not revoked: 区级骨干教师认定, by 陈主任" in office.expects("explain", "T001").out
    assert "nothing that was sealed has been changed" in office.expects("seal", "verify").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", *SLUG, "--person", "T009"], "T009"),
        (["clear", *SLUG, "--person", "T001", "--with", "T404", *why("2025-06-16 09:00")], "T404"),
        (
            ["clear", *SLUG, "--person", "T001", "--of", "training", *why("2025-06-16 09:00")],
            "compares no texts",
        ),
        (["list", *SLUG, "--of", "trainin"], "training"),
        (["confirm", "-p", "longcheng-2023", "--person", "T001", *why("2025-06-16 09:00")], "longcheng-2023"),
    ],
)
def test_what_cannot_be_is_refused(office: Desk, words: list[str], told: str) -> None:
    answer = office.types("likeness", *words)
    assert answer.code == 1
    assert told in answer.errors


def test_a_decision_about_several_is_kept_for_all_or_none(office: Desk) -> None:
    answer = office.types(
        "likeness", "clear", *SLUG, "--person", "T001", "--person", "T999", *why("2025-06-16 09:00")
    )
    assert answer.code == 1
    assert {kind for _, kind in decided(office)} == {None}


def test_a_programme_that_compares_nothing_says_so(office: Desk) -> None:
    office.expects("calendar", "publish", CALENDAR.parent / "lanxi-2019.yaml")
    assert "compares no texts" in office.expects("likeness", "list", "-p", "lanxi-2019").out
