"""What goes up in the other programmes: a school's plan and roster (X19-05), each week's plan (G16-12), summaries
(G16-10), and what a teacher hands to the training department (L24-09)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from calendars.reader import read_calendar
from models.database import transaction
from models.filings import Filing, FilingCall
from tests.support.statements import statements
from tests.support.story import Story
from workflows.filing_calls import lapse_due
from workflows.publishing import publish

# ---------------------------------------------------------------- 12月13日前将校本研修计划和学员信息表发送 (X19-05)

FIRST, SECOND = ("兰西县", "第一小学"), ("兰西县", "第二小学")


@pytest.fixture
def lanxi(engine: Engine) -> Story:
    story = Story(engine, "lanxi-2019")
    story.cohort("一班", *FIRST)
    story.enrol("林老师", "learner", "一班", *FIRST)
    story.enrol("周老师", "learner", "一班", *SECOND)
    return story


@pytest.mark.demand("X19-05")
@pytest.mark.parametrize(
    ("clock", "missed"),
    [
        ("23:59:59", {"第二小学"}),
        ("24:00:00", {"第一小学", "第二小学"}),
        ("24:00:01", {"第一小学", "第二小学"}),
    ],
)
def test_a_school_files_plan_and_roster_by_the_day_or_has_missed_it(
    lanxi: Story, clock: str, missed: set[str]
) -> None:
    if "第一小学" not in missed:
        lanxi.files("plan_and_roster", *FIRST, at=f"2019-12-13 {clock}")
    else:
        with pytest.raises(Refused, match=r"was over at 2019-12-13 24:00|lapsed now"):
            lanxi.files("plan_and_roster", *FIRST, at=f"2019-12-13 {clock}")
    assert lanxi.lapsed("plan_and_roster", "2019-12-13 23:59:59") == set()
    assert lanxi.lapsed("plan_and_roster", "2019-12-13 24:00") == missed
    assert lanxi.night("2019-12-14 00:30").lapsed == {"lanxi-2019|plan_and_roster": len(missed)}
    assert lanxi.lapsed("plan_and_roster", "2019-12-31 24:00") == missed


def test_who_joined_after_the_day_makes_no_school_owe_a_plan(lanxi: Story) -> None:
    lanxi.enrol("吴老师", "learner", "一班", "兰西县", "第三小学", joined="2019-12-14 09:00")
    assert lanxi.lapsed("plan_and_roster", "2019-12-20 00:00") == {"第一小学", "第二小学"}


def test_a_school_with_more_time_has_missed_its_own_later_day_only(lanxi: Story) -> None:
    lanxi.extends_filing(
        "plan_and_roster", *FIRST, tier="school", until="2019-12-16 00:00", at="2019-12-13 10:00"
    )
    assert lanxi.lapsed("plan_and_roster", "2019-12-15 23:59:59") == {"第二小学"}
    assert lanxi.lapsed("plan_and_roster", "2019-12-16 00:00") == {"第一小学", "第二小学"}
    assert lanxi.night("2019-12-15 00:30").lapsed == {"lanxi-2019|plan_and_roster": 1}
    assert lanxi.night("2019-12-16 00:30").lapsed == {"lanxi-2019|plan_and_roster": 1}


def test_an_extension_is_for_later_and_for_a_link_that_has_a_deadline(lanxi: Story) -> None:
    for tier, until, why in (
        ("school", "2019-12-13 24:00", "is not later than"),
        ("county", "2019-12-20 00:00", "has no deadline"),
        ("city", "2019-12-20 00:00", "has no link at 'city'"),
    ):
        with pytest.raises(Refused, match=why):
            lanxi.extends_filing("plan_and_roster", *FIRST, tier=tier, until=until, at="2019-12-12 10:00")


def test_a_quiet_night_looks_at_nothing_that_is_filed_in_time(lanxi: Story) -> None:
    """Once its deadline is over, a round is not due any more, and neither is a case that waits for ever."""
    case = lanxi.files("plan_and_roster", *FIRST, at="2019-12-12 09:00")
    lanxi.night("2019-12-14 00:30")
    with Session(lanxi.engine) as session:
        assert session.execute(select(FilingCall.next_due_at)).scalars().all() == [None]
        assert session.get_one(Filing, case).next_due_at is None


def test_a_quiet_night_costs_two_look_ups_however_many_cases_wait(lanxi: Story) -> None:
    for name in ("林老师", "周老师"):
        lanxi.enrol(f"{name}二", "learner", "一班", *FIRST)
    lanxi.files("plan_and_roster", *FIRST, at="2019-12-09 09:00")
    at = lanxi.at("2019-12-10 00:00")
    with transaction(lanxi.engine) as session:
        session.connection()
        with statements(lanxi.engine) as asked:
            lapse_due(session, at, at)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 2


def test_a_newer_edition_moves_a_deadline_that_has_not_come(lanxi: Story) -> None:
    """What waits goes by the newest edition; what has lapsed by the one before stays so."""
    text = lanxi.text.replace("school plan in:   2019-12-13", "school plan in:   2019-12-16")
    lanxi.calendar = read_calendar(text, "newer")
    with transaction(lanxi.engine) as session:
        publish(session, text, lanxi.calendar, "进修学校", lanxi.at("2019-12-12 09:00"))
    assert lanxi.night("2019-12-16 23:59:59").lapsed == {}
    assert lanxi.night("2019-12-16 24:00").lapsed == {"lanxi-2019|plan_and_roster": 2}


def test_a_newer_edition_does_not_bring_back_what_has_lapsed(lanxi: Story) -> None:
    text = lanxi.text.replace("school plan in:   2019-12-13", "school plan in:   2019-12-16")
    with transaction(lanxi.engine) as session:
        publish(session, text, read_calendar(text, "newer"), "进修学校", lanxi.at("2019-12-14 09:00"))
        lapsed = session.execute(select(Filing.state)).scalars().all()
    assert lapsed == ["lapsed", "lapsed"]  # by the edition that stood until then, though no night has run
    lanxi.calendar = read_calendar(text, "newer")
    with pytest.raises(Refused, match="lapsed now"):
        lanxi.files("plan_and_roster", *FIRST, at="2019-12-15 09:00")


# ---------------------------------------------------------------- 每周的研修计划，上报上级管理部门 (G16-12)

SCHOOL, NEIGHBOUR = ("山东省", "历城区", "中心小学"), ("山东省", "历城区", "实验小学")
WEEKS = ["2016-10-12", "2016-10-19", "2016-10-26"]


@pytest.fixture
def guopei(engine: Engine) -> Story:
    """A group of two schools with its leader, and an expert of the province."""
    story = Story(engine, "guopei-2016")
    story.cohort("语文组", "山东省", "历城区", "")
    story.enrol("陈老师", "learner", "语文组", *SCHOOL)
    story.enrol("刘组长", "leader", "语文组", *NEIGHBOUR)
    story.enrol("郑专家", "expert", "语文组", "山东省", "", "")
    return story


def test_each_week_a_school_files_its_plan_before_the_week_begins(guopei: Story) -> None:
    for week, day in zip(WEEKS, ("2016-10-11", "2016-10-18"), strict=False):
        case = guopei.files("weekly_plan", *SCHOOL, period=week, at=f"{day} 23:59:59")
        assert guopei.case(case) == ("passing", "county")
    with pytest.raises(Refused, match="lapsed now"):
        guopei.files("weekly_plan", *SCHOOL, period=WEEKS[2], at="2016-10-26 00:00:00")
    assert guopei.lapsed("weekly_plan", "2016-10-12 00:00") == {"实验小学"}
    assert guopei.lapsed("weekly_plan", "2016-10-25 23:59:59") == {"实验小学"}
    assert guopei.lapsed("weekly_plan", "2016-10-26 00:00") == {"实验小学", "中心小学"}


@pytest.mark.demand("G16-12")
def test_the_weeks_are_those_of_the_phase_and_each_lapses_once(guopei: Story) -> None:
    """12 October to 30 December are eleven weeks and a last short one, for two schools."""
    with pytest.raises(Refused, match="has no week that begins on 2016-10-13"):
        guopei.files("weekly_plan", *SCHOOL, period="2016-10-13", at="2016-10-01 09:00")
    assert guopei.night("2016-10-20 00:30").lapsed == {"guopei-2016|weekly_plan": 4}
    assert guopei.night("2016-12-31 00:30").lapsed == {"guopei-2016|weekly_plan": 20}
    assert guopei.night("2017-01-02 00:30").lapsed == {}


# ---------------------------------------------------------------- 总结报告: 研修组长, 区县, 学科专家 (G16-10)


@pytest.mark.demand("G16-10")
def test_the_summaries_of_group_county_and_subject_go_up_to_the_project_office(guopei: Story) -> None:
    group = guopei.files("group_summary", "刘组长", at="2017-01-13 23:59:59", by="刘组长")
    guopei.acts("pass_on", group, "county", at="2017-01-16 09:00")
    county = guopei.files("county_summary", "山东省", "历城区", at="2017-01-17 09:00")
    subject = guopei.files("subject_summary", "郑专家", at="2017-01-17 10:00", by="郑专家")
    guopei.night("2017-01-18 00:30")
    for case in (group, county, subject):
        assert guopei.case(case) == ("passing", "province")
        guopei.acts("pass_on", case, "province", at="2017-01-19 09:00")
        assert guopei.case(case) == ("accepted", "province")
    assert guopei.lapsed("county_summary", "2017-01-31 00:00") == set()


def test_a_county_without_its_summary_is_on_record(guopei: Story) -> None:
    guopei.night("2017-01-18 00:30")
    assert guopei.lapsed("county_summary", "2017-01-18 00:00") == {"历城区"}


# ---------------------------------------------------------------- 培训结束一周内, 上交师训部 (L24-09)

BACKBONE = ("龙城区", "第一小学")


@pytest.fixture
def longcheng(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", *BACKBONE)
    story.enrol("李老师", "learner", "一班", *BACKBONE)
    story.enrol("孙老师", "tutor", "一班", *BACKBONE)
    return story


def test_material_whose_plan_has_1999_characters_does_not_count_and_one_of_2000_does(
    longcheng: Story,
) -> None:
    """学员上交一份2000字的《骨干教师专业发展个人规划》 (L24-09): what is too short is told by its figure, and not taken."""
    with pytest.raises(Refused) as refused:
        longcheng.files("material", "李老师", at="2024-12-20 09:00", plan="1999", reflection="1499.99")
    assert [problem.message.text("zh") for problem in refused.value.problems] == [
        "“骨干教师专业发展个人规划字数”至少要2000，写的是1999",
        "“培训心得体会字数”至少要1500，写的是1499.99",
    ]
    longcheng.files("material", "李老师", at="2024-12-20 09:00", plan="2000", reflection="1500")


@pytest.mark.demand("L24-09")
@pytest.mark.parametrize(("clock", "taken"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_material_is_stamped_by_the_school_and_handed_over_within_a_week(
    longcheng: Story, clock: str, taken: bool
) -> None:
    """The training ends on 15 December; a week later it is 22 December, 24:00."""
    case = longcheng.files("material", "李老师", at="2024-12-20 09:00", by="李老师")
    if taken:
        longcheng.acts("pass_on", case, "school", at=f"2024-12-22 {clock}")
        longcheng.acts("pass_on", case, "county", at="2025-01-05 09:00")
    else:
        with pytest.raises(Refused, match="lapsed now"):
            longcheng.acts("pass_on", case, "school", at=f"2024-12-22 {clock}")
    longcheng.night("2024-12-23 00:30")
    assert longcheng.case(case) == (("accepted", "county") if taken else ("lapsed", "school"))
