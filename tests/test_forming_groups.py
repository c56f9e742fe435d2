"""Learners are formed into research groups by school and subject; a school too small joins a neighbour's (G16-04).

以本校教研组或者备课组为单位组成研修小组，教研组长或者备课组长任小组组长；人员不足组成的，用结对帮扶的方式就近跨校组成。
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from calendars.messages import Refused
from exchange.forming import Formed, form_groups, write_formed
from exchange.plans import commit
from exchange.roster import read_roster
from models.database import open_database, transaction
from models.work import Enrolment
from tests.support.files import count, local, published, table, workbook
from tests.support.files import told as told_of
from tests.support.story import Story
from workflows.forming import Someone, Unit, form

HEADER = ["姓名", "人员编号", "角色", "省", "区县", "学校", "学科", "结对学校", "职务", "手机"]


@pytest.fixture
def engine(sqlite_url: str) -> Engine:
    engine = open_database(sqlite_url)
    published(engine, "guopei-2016", "2016-08-01 00:00")
    return engine


class List:
    """A list of learners, row by row; each has a number of its own."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def learners(
        self, many: int, school: str, subject: str = "语文", county: str = "历下区", **cells: str
    ) -> None:
        for _ in range(many):
            self.row(school, subject, county, **cells)
            cells = {}

    def row(self, school: str = "", subject: str = "", county: str = "历下区", **cells: str) -> None:
        number = len(self.rows)
        found = {
            "姓名": f"教师{'一二三四五六七八九十'[number % 10]}", "人员编号": f"G{number:04d}", "角色": "学员", "省": "山东省", "区县": county,
            "学校": school, "学科": subject,
        } | cells  # fmt: skip
        self.rows.append([found.get(heading, "") for heading in HEADER])


def formed(engine: Engine, tmp_path: Path, listed: List) -> Formed:
    with Session(engine) as session:
        return form_groups(
            session, "guopei-2016", workbook(tmp_path / "学员.xlsx", [HEADER, *listed.rows]), "zh"
        )


def seen(found: Formed) -> list[tuple[str, ...]]:
    """Name, size, schools."""
    return [(row[0], row[3], row[4]) for row in found.described("zh")]


def test_each_school_and_subject_with_enough_teachers_is_a_group(engine: Engine, tmp_path: Path) -> None:
    listed = List()
    for subject in ("语文", "数学", "英语"):
        listed.learners(4, "一中", subject)
    assert seen(formed(engine, tmp_path, listed)) == [
        ("一中语文组", "4", "一中(4)"), ("一中数学组", "4", "一中(4)"), ("一中英语组", "4", "一中(4)"),
    ]  # fmt: skip


def test_a_school_too_small_joins_the_school_that_the_office_names(engine: Engine, tmp_path: Path) -> None:
    """结对帮扶: the named one, though another has fewer."""
    listed = List()
    listed.learners(9, "一中")
    listed.learners(5, "二中")
    listed.learners(3, "三中", 结对学校="一中")
    found = formed(engine, tmp_path, listed)
    assert seen(found) == [("一中语文组", "12", "一中(9)、三中(3)"), ("二中语文组", "5", "二中(5)")]
    assert [row[7].split("；")[0] for row in found.described("zh")] == ["跨校", "没有组长，请指定"]


def test_a_school_large_enough_keeps_to_itself_though_a_partner_is_named(
    engine: Engine, tmp_path: Path
) -> None:
    listed = List()
    listed.learners(4, "一中", 结对学校="二中")
    listed.learners(4, "二中")
    assert len(formed(engine, tmp_path, listed).groups) == 2


def test_without_a_name_small_schools_join_the_smallest_groups_of_their_county_evenly(
    engine: Engine, tmp_path: Path
) -> None:
    listed = List()
    listed.learners(6, "一中")
    listed.learners(5, "二中")
    for number in range(4):
        listed.learners(1, f"小学{number}")
    listed.learners(7, "远中", county="历城区")
    found = formed(engine, tmp_path, listed)
    assert [(name, size) for name, size, _ in seen(found)] == [
        ("一中语文组", "8"),
        ("二中语文组", "7"),
        ("远中语文组", "7"),
    ]


def test_where_no_school_is_large_enough_they_are_divided_evenly(engine: Engine, tmp_path: Path) -> None:
    """Nine teachers of five schools: two groups, of five and four."""
    listed = List()
    for number, many in enumerate((3, 2, 2, 1, 1)):
        listed.learners(many, f"小学{number}")
    assert [size for _, size, _ in seen(formed(engine, tmp_path, listed))] == ["5", "4"]


def test_who_cannot_be_enough_stays_a_group_and_is_told(engine: Engine, tmp_path: Path) -> None:
    """Another county's and another subject's teachers are no neighbours."""
    listed = List()
    listed.learners(2, "一小", "英语")
    listed.learners(1, "二小", "英语")
    listed.learners(9, "三小", "语文")
    listed.learners(9, "四小", "英语", county="历城区")
    found = formed(engine, tmp_path, listed)
    assert [(group.name, group.size) for group in found.groups if found.too_small(group)] == [
        ("一小英语组", 3)
    ]
    assert next(found.described("zh"))[7] == "跨校；不足4人；没有组长，请指定；没有指导教师"


def test_the_head_of_the_teaching_group_leads_and_learns_with_it(engine: Engine, tmp_path: Path) -> None:
    listed = List()
    listed.learners(3, "小中", 结对学校="一中", 职务="备课组长")
    listed.learners(4, "一中")
    listed.row("一中", "语文", 姓名="陈组长", 职务="教研组长", 手机="13800000001")
    found = formed(engine, tmp_path, listed)
    assert [one.name for one in found.groups[0].leaders] == ["陈组长"]
    both = [(row["role"], row["cohort"], row["phone"]) for row in found.rows if row["name"] == "陈组长"]
    assert both == [("研修组长", "一中语文组", "13800000001"), ("学员", "一中语文组", "13800000001")]


def test_a_leader_whom_the_list_names_goes_before_the_posts(engine: Engine, tmp_path: Path) -> None:
    listed = List()
    listed.learners(4, "一中", 职务="教研组长")
    listed.row("一中", "语文", 姓名="外聘组长", 角色="研修组长")
    assert [one.name for one in formed(engine, tmp_path, listed).groups[0].leaders] == ["外聘组长"]


def test_a_county_tutor_gets_several_groups_of_the_subject_evenly(engine: Engine, tmp_path: Path) -> None:
    """区县指导教师负责本区县多个研修小组的指导."""
    listed = List()
    for number in range(4):
        listed.learners(4, f"{'甲乙丙丁'[number]}中")
    listed.learners(4, "甲中", "数学")
    for name, subject, county in (
        ("张教研员", "语文", "历下区"), ("李教研员", "语文", "历下区"), ("全科教研员", "", "历下区"), ("远教研员", "", "历城区"),
    ):  # fmt: skip
        listed.row("", subject, county, 姓名=name, 角色="指导教师")
    found = formed(engine, tmp_path, listed)
    tutors = Counter(group.tutor.name for group in found.groups if group.tutor)
    assert tutors == {"张教研员": 2, "李教研员": 2, "全科教研员": 1}
    assert [one.name for one in found.idle] == ["远教研员"]


def test_the_proposal_is_taken_in_as_it_is(engine: Engine, tmp_path: Path) -> None:
    """Groups across schools, a leader who learns, a tutor with two groups: and the same file again changes nothing."""
    listed = List()
    listed.learners(4, "一中", 职务="教研组长")
    listed.learners(2, "二中")
    listed.learners(4, "一中", "数学", 职务="备课组长")
    listed.row("", "", 姓名="张教研员", 角色="指导教师")
    found, out = formed(engine, tmp_path, listed), tmp_path / "名册.xlsx"
    write_formed(found, out, "zh")
    book = python_calamine.CalamineWorkbook.from_path(str(out))
    assert book.sheet_names == ["名册", "说明"]
    assert book.get_sheet_by_name("说明").to_python()[1][:7] == [
        "一中语文组", "历下区", "语文", "6", "一中(4)、二中(2)", "教师一", "张教研员",
    ]  # fmt: skip
    for added, unchanged in ((14, 0), (0, 14)):
        with transaction(engine) as session:
            plan = read_roster(session, "guopei-2016", out, local("2016-09-01 09:00"))
            commit(session, plan, local("2016-09-01 09:00"))
            assert (plan.added, plan.changed, plan.unchanged) == (added, 0, unchanged)
    with Session(engine) as session:
        assert (count(session, "cohort"), count(session, "person"), count(session, "enrolment")) == (
            2,
            11,
            14,
        )
        assert session.get(Enrolment, 1) is not None


def test_what_the_office_has_filled_in_is_left_as_it_is(engine: Engine, tmp_path: Path) -> None:
    listed = List()
    listed.learners(4, "一中")
    file = workbook(
        tmp_path / "a.xlsx", [[*HEADER, "班级"], *([*row, ""] for row in listed.rows), ["外聘", "X1", "专家组", "山东省", "", "", "", "", "", "", "一中语文组"]]
    )  # fmt: skip
    with Session(engine) as session:
        found = form_groups(session, "guopei-2016", file, "zh")
    assert (found.kept, [group.name for group in found.groups]) == (1, ["历下区一中语文组"])
    assert found.rows[0]["name"] == "外聘"


def test_two_schools_of_one_name_have_groups_of_different_names(engine: Engine, tmp_path: Path) -> None:
    listed = List()
    listed.learners(4, "实验中学")
    listed.learners(4, "实验中学", county="历城区")
    names = [group.name for group in formed(engine, tmp_path, listed).groups]
    assert names == ["历下区实验中学语文组", "历城区实验中学语文组"]


def test_every_problem_is_told_by_its_cell(engine: Engine, tmp_path: Path) -> None:
    listed = List()
    listed.learners(4, "一中")
    listed.row("一中", "语言")
    listed.row("", "语文")
    listed.row("二中", "语文", 结对学校="一种")
    listed.row("三中", "语文", 结对学校="三中")
    listed.row("一中", "语文", 人员编号="G0000")
    listed.row("一中", "语文", 角色="专家组")
    listed.row("四中", "数学", 角色="研修组长")
    listed.row("二中", "语文", 结对学校="一中")
    with pytest.raises(Refused) as refused:
        formed(engine, tmp_path, listed)
    assert told_of(refused) == [
        "学员.xlsx!名单!G6: 项目没有学科“语言”。是不是“语文”？",
        "学员.xlsx!名单!F7: 这里必须填写",
        "学员.xlsx!名单!B10: 教师九 在第2行已经出现过",
        "学员.xlsx!名单!A11: 只为学员、研修组长、指导教师组班；别的角色请写明班级",
        "学员.xlsx!名单!H13: 同校同学科的第8行写的结对学校是“一种”，这里是“一中”",
        "学员.xlsx!名单!H8: “一种”没有同学科的学员，或不在同一区县。是不是“一中”？",
        "学员.xlsx!名单!H9: 结对学校不能是本校",
        "学员.xlsx!名单!C12: 四中没有数学学员，组长无组可带",
    ]


def test_a_programme_that_forms_no_groups_says_so(engine: Engine, tmp_path: Path) -> None:
    published(engine, "longcheng-2024")
    file = table(tmp_path / "a.csv", [["姓名", "人员编号"], ["王", "T1"]])
    with Session(engine) as session, pytest.raises(Refused, match="does not say how groups are formed"):
        form_groups(session, "longcheng-2024", file, "zh")


def test_a_subject_on_a_roster_is_one_of_the_programmes(engine: Engine, tmp_path: Path) -> None:
    header = ["姓名", "人员编号", "角色", "班级", "省", "区县", "学校", "学科"]
    file = table(
        tmp_path / "a.csv", [header, ["王芳", "T1", "学员", "一组", "山东省", "历下区", "一中", "物理"]]
    )
    with Session(engine) as session:
        plan = read_roster(session, "guopei-2016", file, local("2016-09-01 09:00"))
    assert told_of(plan) == ["a.csv: 第2行“学科”列：项目没有学科“物理”。学科有：语文、数学、英语"]


@pytest.mark.demand("G16-04", "G16-06")
def test_a_group_formed_across_schools_goes_through_its_lesson_study(engine: Engine, tmp_path: Path) -> None:
    """From the list to the semester's seal: two schools' teachers, their leader, the county's tutor."""
    listed = List()
    listed.learners(3, "一中", 职务="教研组长")
    listed.learners(2, "二中", 结对学校="一中")
    listed.row("", "语文", 姓名="张教研员", 角色="指导教师")
    out = tmp_path / "名册.xlsx"
    write_formed(formed(engine, tmp_path, listed), out, "zh")
    story = Story(engine, "guopei-2016")
    with transaction(engine) as session:
        commit(
            session,
            read_roster(session, "guopei-2016", out, local("2016-09-01 09:00")),
            local("2016-09-01 09:00"),
        )
    story.adopt()
    story.polishes("一中语文组")
    story.night("2017-01-21 00:30")
    assert story.open_holds() == []
    assert story.states("一中语文组")["summary"] == "done"


# ---------------------------------------------------------------- whatever the schools: nobody is lost

UNITS = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from("甲乙"), st.sampled_from(["语文", "数学"]), st.integers(0, 11)), min_size=1, max_size=12
)  # fmt: skip


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=200)
@given(schools=UNITS, least=st.integers(2, 6))
def test_everybody_is_in_one_group_and_no_group_is_too_small_that_need_not_be(
    schools: list[tuple[int, str, str, int]], least: int
) -> None:
    units = []
    for number, (many, county, subject, _) in enumerate(schools):
        place = (("province", "省"), ("county", county), ("school", f"{number}校"))
        people = [Someone(number * 10 + n, f"{number}-{n}", "", place, subject) for n in range(many)]
        units.append(Unit(place, subject, people))
    for unit, (_, county, subject, partner) in zip(units, schools, strict=True):
        other = units[partner] if partner < len(units) else None
        if other and other is not unit and (other.place[1][1], other.subject) == (county, subject):
            unit.partner = other
    groups = form(units, ("province", "county"), least)
    assert form(units, ("province", "county"), least) == groups
    everybody = [one for group in groups for one in group.learners]
    assert sorted(one.number for one in everybody) == sorted(
        one.number for unit in units for one in unit.learners
    )
    for group in groups:
        assert {(unit.place[1][1], unit.subject) for unit in group.units} == {
            (group.district[1][1], group.subject)
        }
        alone = [one for one in groups if (one.district, one.subject) == (group.district, group.subject)]
        assert group.size >= least or len(alone) == 1
