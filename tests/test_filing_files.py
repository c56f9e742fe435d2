"""The office's sheet of filings: one row a case, filed, passed and returned many at once, exported and printed."""

from __future__ import annotations

from pathlib import Path

import pytest
import python_calamine
from sqlalchemy import Engine

from calendars.filings import Filing
from calendars.messages import Refused
from exchange.filing_sheets import narrowed, printed, write_cases
from exchange.filings import read_filings
from exchange.forms import columns_of
from exchange.plans import Plan, commit
from models.database import transaction
from tests.support.files import local, table, workbook
from tests.support.story import Story
from workflows.filing_lists import CaseSeen, seen

FIRST = ("山东省", "济南市", "历下区", "第一中学")
CITY = ("山东省", "济南市", "", "")
HEADER = ["上报事项", "人员编号", "姓名", "学段", "报删原因", "办理", "环节", "办理理由", "经办人"]


@pytest.fixture
def story(engine: Engine) -> Story:
    """Three teachers of one school."""
    story = Story(engine, "jinan-2020")
    story.cohort("语文坊", *CITY)
    for name in ("王老师", "赵老师", "孙老师"):
        story.enrol(name, "member", "语文坊", *FIRST)
    return story


def row(number: int, **cells: str) -> list[str]:
    """A teacher's row, whose empty cells are those of a new application."""
    found = {
        "上报事项": "报删",
        "人员编号": f"N{number:05d}",
        "报删原因": "休产假",
        "经办人": "李主任",
    } | cells
    return [found.get(heading, "") for heading in HEADER]


def reads(story: Story, path: Path, received: str, *, keeps: bool = True) -> Plan:
    with transaction(story.engine) as session:
        plan = read_filings(session, "jinan-2020", path, local(received))
        if keeps:
            commit(session, plan, local(received))
        return plan


def cases(story: Story, filing: str = "withdrawal") -> list[CaseSeen]:
    with transaction(story.engine) as session:
        desk = story._desk(session)
        return seen(session, story.programme_id, story.calendar, desk.tree, [filing])


def of(story: Story, filing: str) -> Filing:
    return story.calendar.filing(filing)


def test_a_sheet_files_many_cases_and_passes_others_on(story: Story, tmp_path: Path) -> None:
    new = table(tmp_path / "a.csv", [HEADER, row(0), row(1)])
    plan = reads(story, new, "2020-12-05 09:00")
    assert (plan.rows, plan.added, plan.changed) == (2, 2, 0)
    more = [
        row(0, 办理="通过", 环节="单位审核"),
        row(1, 办理="退回", 环节="school", 办理理由="原因不明"),
        row(2),
    ]
    plan = reads(story, workbook(tmp_path / "b.xlsx", [HEADER, *more]), "2020-12-06 09:00")
    assert (plan.rows, plan.added, plan.changed) == (3, 1, 2)
    assert [(case.whose, case.state, case.tier) for case in cases(story)] == [
        ("王老师", "passing", "county"),
        ("赵老师", "returned", "person"),
        ("孙老师", "passing", "school"),
    ]


def test_the_same_sheet_again_changes_nothing(story: Story, tmp_path: Path) -> None:
    new = table(tmp_path / "a.csv", [HEADER, row(0), row(1)])
    passed = table(tmp_path / "b.csv", [HEADER, row(0, 办理="通过", 环节="单位审核")])
    for file in (new, passed):
        reads(story, file, "2020-12-06 09:00")
    for file, rows in ((new, 2), (passed, 1)):
        plan = reads(story, file, "2020-12-07 09:00")
        assert (plan.added, plan.changed, plan.unchanged) == (0, 0, rows)
    assert [len(case.steps) for case in cases(story)] == [2, 1]


def test_a_preview_writes_nothing(story: Story, tmp_path: Path) -> None:
    plan = reads(story, table(tmp_path / "a.csv", [HEADER, row(0)]), "2020-12-05 09:00", keeps=False)
    assert [entry.message.text("zh") for entry in plan.entries] == ["第2行“上报事项”列：报删 王老师：报出"]
    assert cases(story) == []


def test_every_problem_is_told_by_its_cell_and_nothing_is_kept(story: Story, tmp_path: Path) -> None:
    wrong = [
        row(0),
        row(1, 上报事项="报山"),
        row(1, 学段="大学", 报删原因=""),
        row(1, 办理="批准"),
        row(0, 办理="通过"),
        row(0, 办理="通过", 环节="市项目办"),
        row(0, 办理="通过", 环节="city"),
        row(0, 办理="不予接收", 环节="单位审核"),
        row(1, 经办人=""),
        row(9),
        row(1, 姓名="王老师"),
        row(1, 办理="退回", 环节="单位审核", 办理理由="x"),
    ]
    plan = reads(story, table(tmp_path / "a.csv", [HEADER, *wrong]), "2020-12-05 09:00", keeps=False)
    assert [problem.message.text("zh") for problem in plan.refused] == [
        "第3行“上报事项”列：没有叫“报山”的上报。是不是“报删”？",
        "第4行“学段”列：“学段”应是幼儿园、小学、初中、高中之一，而写的是“大学”",
        "第4行“报删原因”列：“报删原因”必填",
        "第5行“办理”列：办理应是报出、通过、退回、不予接收、撤回，而写的是“批准”",
        "第6行“环节”列：请写明由哪个环节办理：本人申请、单位审核、区县汇总、市项目办接收",
        "第7行“环节”列：“报删”没有环节“市项目办”。是不是“市项目办接收”？",
        "第8行“上报事项”列：现在在“单位审核”（第一中学），市不能办理：环节不能跳过",
        "第9行“办理理由”列：退回和不予接收要写明办理理由",
        "第10行“经办人”列：请写明经办人",
        "第11行“人员编号”列：名册中没有编号 N00009。请先导入名册",
        "第12行“姓名”列：编号 N00001 在名册中是“赵老师”，这里写的是“王老师”",
        "第13行“上报事项”列：还没有报出，不能办理",
    ]
    with pytest.raises(Refused):
        reads(story, tmp_path / "a.csv", "2020-12-05 09:00")
    assert cases(story) == []


@pytest.mark.parametrize(
    ("received", "taken"), [("2020-12-07 23:59:59", True), ("2020-12-08 00:00:00", False)]
)
def test_a_sheet_that_comes_after_the_day_is_refused(
    story: Story, tmp_path: Path, received: str, taken: bool
) -> None:
    plan = reads(story, table(tmp_path / "a.csv", [HEADER, row(0)]), received, keeps=False)
    assert [problem.message.text("zh") for problem in plan.refused] == (
        [] if taken else ["第2行“上报事项”列：“本人申请”已于 2020-12-07 24:00 截止，不再受理"]
    )


def test_a_quota_is_counted_over_the_rows_of_one_sheet(story: Story, tmp_path: Path) -> None:
    header = ["上报事项", "区县", "学校", "题名", "作者", "学科", "办理", "环节", "经办人"]
    titles = [f"案例{number}" for number in range(40)]
    new = [["优秀案例", "历下区", "第一中学", title, "王老师", "语文", "", "", "坊主"] for title in titles]
    reads(story, table(tmp_path / "a.csv", [header, *new]), "2020-12-20 09:00")
    passing = [[*one[:4], "", "", "通过", "县级工作坊推荐", "坊主"] for one in new[:3]]
    plan = reads(story, table(tmp_path / "b.csv", [header, *passing]), "2021-01-05 09:00", keeps=False)
    assert [problem.text("zh") for problem in plan.refused] == [
        "b.csv: 第4行“上报事项”列：历下区最多上报2件（本级40件的5%，舍去小数），已上报2件，还可上报0件"
    ]
    reads(story, table(tmp_path / "c.csv", [header, *passing[:2]]), "2021-01-05 09:00")
    assert [case.tier for case in cases(story, "cases")][:3] == ["city", "city", "county"]


def test_a_county_takes_its_export_fills_in_what_it_does_and_brings_it_back(
    story: Story, tmp_path: Path
) -> None:
    for number in (0, 1):
        reads(story, table(tmp_path / f"{number}.csv", [HEADER, row(number)]), "2020-12-05 09:00")
    write_cases(story.calendar, of(story, "withdrawal"), cases(story), tmp_path / "out.xlsx", "zh")
    sheet = (
        python_calamine.load_workbook(tmp_path / "out.xlsx").get_sheet_by_name("报删人员信息表").to_python()
    )
    headings = [str(cell) for cell in sheet[0]]
    assert headings == [
        column.name.zh for column in columns_of("filing", narrowed(story.calendar, of(story, "withdrawal")))
    ]
    assert [line[headings.index("状态")] for line in sheet[1:]] == ["办理中（单位审核，第一中学）"] * 2
    unchanged = reads(story, tmp_path / "out.xlsx", "2020-12-06 08:00")
    assert (unchanged.added, unchanged.changed, unchanged.unchanged) == (0, 0, 2)
    for line in sheet[1:]:
        for heading, cell in (("办理", "通过"), ("环节", "单位审核"), ("经办人", "李主任")):
            line[headings.index(heading)] = cell
    plan = reads(story, workbook(tmp_path / "back.xlsx", sheet), "2020-12-06 09:00")
    assert plan.changed == 2
    assert {case.tier for case in cases(story)} == {"county"}


def test_what_a_person_wrote_stays_text_in_the_workbook_and_on_the_page(story: Story, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x")<script>alert(1)</script>'
    reads(story, table(tmp_path / "a.csv", [HEADER, row(0, 报删原因=evil)]), "2020-12-05 09:00")
    write_cases(story.calendar, of(story, "withdrawal"), cases(story), tmp_path / "out.xlsx", "zh")
    (_, line) = python_calamine.load_workbook(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert evil in line
    assert "<script>" not in _page(story, "第一中学")


def _page(story: Story, unit: str) -> str:
    with transaction(story.engine) as session:
        tree = story._desk(session).tree
    node = next(node for node in tree.nodes.values() if node.name == unit)
    return printed(story.calendar, of(story, "withdrawal"), node, cases(story), "zh")


def test_the_printed_page_lists_what_has_come_to_the_unit_with_room_for_its_seal(
    story: Story, tmp_path: Path
) -> None:
    reads(story, table(tmp_path / "a.csv", [HEADER, row(0), row(1)]), "2020-12-05 09:00")
    reads(
        story, table(tmp_path / "b.csv", [HEADER, row(0, 办理="通过", 环节="单位审核")]), "2020-12-06 09:00"
    )
    school, county = _page(story, "第一中学"), _page(story, "历下区")
    assert ("王老师" in school, "赵老师" in school) == (True, True)
    assert ("王老师" in county, "赵老师" in county) == (True, False)
    for words in (
        "<h1>报删人员信息表</h1>",
        "填报单位（公章）：<br>历下区",
        "负责人（签字）：",
        "共1件",
        "@page { size: A4 landscape",
    ):
        assert words in county


def test_a_table_has_a_row_a_line_and_a_spreadsheets_day_is_a_day(engine: Engine, tmp_path: Path) -> None:
    story = Story(engine, "capability-2021")
    story.cohort("第一中学", "自治区", "第一中学")
    story.enrol("王老师", "teacher", "第一中学", "自治区", "第一中学")
    fields = {field.name: "见附件" for field in of(story, "plan").fields.values()}
    fields |= {
        "学校信息化管理团队": "张强 | 38 | 本科 | 数学 | 校长\n李梅｜35｜硕士｜信息技术｜主任",
        "能力点": "技术支持的课堂导入 | 学科需要",
        "研修安排": "2020.9 | 组建团队 | 张强",
    }
    header = ["学校", "经办人", *fields]
    path = workbook(tmp_path / "a.xlsx", [header, ["第一中学", "张强", *fields.values()]])
    with transaction(engine) as session:
        plan = read_filings(session, "capability-2021", path, local("2020-08-20 09:00"))
        assert plan.refused == []
        commit(session, plan, local("2020-08-20 09:00"))
    (case,) = cases(story, "plan")
    assert case.fields["team"] == [
        ["张强", "38", "本科", "数学", "校长"],
        ["李梅", "35", "硕士", "信息技术", "主任"],
    ]
