"""报删: 由参训教师本人提出申请，单位审核后，按照逐级上报的原则，于12月11日前汇总上报至市项目办 (J20-04); the hosts that each
county reports by the same day (J20-05); the cases that each level recommends, at most 5% of its own (J20-09)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from models.exceptions import PersonException
from models.work import Enrolment
from tests.support.story import Story

CITY = ("山东省", "济南市", "", "")
FIRST = ("山东省", "济南市", "历下区", "第一中学")
SECOND = ("山东省", "济南市", "市中区", "第二中学")
OWN = ("山东省", "济南市", "", "市直高中")
LAST_DAY = "2020-12-11 24:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two teachers of two counties, and one of a senior high that is the city's own: it has no county."""
    story = Story(engine, "jinan-2020")
    story.cohort("语文坊", *CITY)
    story.enrol("王老师", "member", "语文坊", *FIRST)
    story.enrol("赵老师", "member", "语文坊", *SECOND)
    story.enrol("孙老师", "member", "语文坊", *OWN)
    return story


def applies(story: Story, name: str, at: str = "2020-12-05 09:00") -> int:
    return story.files("withdrawal", name, at=at, by=name, reason="休产假")


def up_to_the_city(story: Story, case: int) -> None:
    story.acts("pass_on", case, "school", at="2020-12-07 10:00")
    story.acts("pass_on", case, "county", at="2020-12-09 10:00")


def status(story: Story, name: str) -> tuple[str, str | None]:
    with Session(story.engine) as session:
        found = session.get_one(Enrolment, story.people[name])
        return found.status, story.local(found.left_at) if found.left_at else None


# ---------------------------------------------------------------- 逐级: 本人申请, 单位审核, 区县汇总, 市接收


@pytest.mark.demand("J20-04")
def test_a_withdrawal_goes_up_link_by_link_and_takes_effect_when_the_city_takes_it(story: Story) -> None:
    story.night("2020-11-07 00:30")
    case = applies(story, "王老师")
    assert story.case(case) == ("passing", "school")
    up_to_the_city(story, case)
    assert (story.case(case), status(story, "王老师")) == (("passing", "city"), ("active", None))
    story.acts("pass_on", case, "city", at="2020-12-11 23:59:59", by="市项目办")
    assert story.case(case) == ("accepted", "city")
    assert status(story, "王老师") == ("withdrawn", "2020-12-11 23:59:59")
    moves = [(row[3], row[4], row[5], story.local(row[6])) for row in story.log() if row[5] == "withdrawn"]
    assert moves == [("withdraw", "active", "withdrawn", "2020-12-11 23:59:59")]
    with Session(story.engine) as session:
        kept = session.execute(select(PersonException)).scalars().one()
        assert (kept.kind, kept.reason, kept.name) == ("withdraw", "休产假", "市项目办")
        assert story.local(kept.effective_at) == "2020-12-11 23:59:59"


def test_whoever_has_withdrawn_has_no_score_sheet(story: Story) -> None:
    case = applies(story, "王老师")
    up_to_the_city(story, case)
    story.acts("pass_on", case, "city", at="2020-12-11 10:00")
    story.night("2021-05-01 00:00")
    assert story.sheet("王老师") is None
    assert story.sheet("赵老师") is not None


@pytest.mark.parametrize(
    ("stands_at", "tier"),
    [("school", "county"), ("school", "city"), ("county", "school"), ("county", "city")],
)
def test_a_step_cannot_be_skipped(story: Story, stands_at: str, tier: str) -> None:
    case = applies(story, "王老师")
    if stands_at == "county":
        story.acts("pass_on", case, "school", at="2020-12-06 09:00")
    with pytest.raises(Refused, match="no link can be skipped"):
        story.acts("pass_on", case, tier, at="2020-12-06 10:00")
    assert story.case(case) == ("passing", stands_at)


def test_a_single_persons_application_is_not_taken_at_the_city(story: Story) -> None:
    """市项目办不接受任何个人形式的报删数据."""
    case = applies(story, "王老师")
    with pytest.raises(Refused) as refused:
        story.acts("pass_on", case, "city", at="2020-12-11 10:00")
    assert refused.value.problems[0].message.text("zh").startswith("现在是“逾期失效”")
    again = applies(story, "赵老师")
    with pytest.raises(Refused) as refused:
        story.acts("pass_on", again, "city", at="2020-12-06 10:00")
    told = refused.value.problems[0].message.text("zh")
    assert told == "现在在“单位审核”（第二中学），市不能办理：环节不能跳过"


def test_a_school_of_the_citys_own_has_no_county_and_goes_straight_to_the_city(story: Story) -> None:
    case = applies(story, "孙老师")
    story.acts("pass_on", case, "school", at="2020-12-07 10:00")
    assert story.case(case) == ("passing", "city")
    story.acts("pass_on", case, "city", at="2020-12-11 10:00")
    assert status(story, "孙老师")[0] == "withdrawn"


def test_what_is_returned_goes_its_way_again_while_the_link_that_returned_it_is_open(story: Story) -> None:
    case = applies(story, "王老师")
    story.acts("pass_on", case, "school", at="2020-12-07 10:00")
    story.acts("give_back", case, "county", at="2020-12-09 10:00", reason="报删原因不明")
    assert story.case(case) == ("returned", "person")
    assert applies(story, "王老师", at="2020-12-10 08:00") == case
    story.acts("pass_on", case, "school", at="2020-12-10 09:00")
    story.acts("pass_on", case, "county", at="2020-12-10 10:00")
    story.acts("pass_on", case, "city", at="2020-12-11 10:00")
    assert story.case(case) == ("accepted", "city")


def test_an_application_that_is_on_its_way_is_not_made_twice(story: Story) -> None:
    applies(story, "王老师")
    with pytest.raises(Refused, match="on its way now"):
        applies(story, "王老师", at="2020-12-06 09:00")


# ---------------------------------------------------------------- 截止


@pytest.mark.demand("J20-04")
@pytest.mark.parametrize(("clock", "taken"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_after_the_day_none_is_taken(story: Story, clock: str, taken: bool) -> None:
    case = applies(story, "王老师")
    up_to_the_city(story, case)
    if taken:
        story.acts("pass_on", case, "city", at=f"2020-12-11 {clock}")
    else:
        with pytest.raises(Refused, match="lapsed now"):
            story.acts("pass_on", case, "city", at=f"2020-12-11 {clock}")
    story.night("2020-12-12 00:30")
    assert story.case(case)[0] == ("accepted" if taken else "lapsed")
    assert status(story, "王老师")[0] == ("withdrawn" if taken else "active")


@pytest.mark.parametrize(("clock", "taken"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_nobody_applies_after_the_day_of_the_application(story: Story, clock: str, taken: bool) -> None:
    if taken:
        assert applies(story, "王老师", at=f"2020-12-07 {clock}")
    else:
        with pytest.raises(Refused, match="was over at 2020-12-07 24:00"):
            applies(story, "王老师", at=f"2020-12-07 {clock}")


@pytest.mark.demand("J20-04")
@pytest.mark.parametrize(
    ("passed", "link", "when"),
    [
        ([], "school", "2020-12-09 00:00:00"),
        (["school"], "county", "2020-12-11 00:00:00"),
        (["school", "county"], "city", "2020-12-12 00:00:00"),
    ],
)
def test_the_chain_shows_which_link_let_it_lapse(
    story: Story, passed: list[str], link: str, when: str
) -> None:
    case = applies(story, "王老师")
    for day, tier in enumerate(passed, 6):
        story.acts("pass_on", case, tier, at=f"2020-12-0{day} 10:00")
    changes = story.night("2020-12-20 00:30")
    assert changes.lapsed == {"jinan-2020|withdrawal": 1, "jinan-2020|hosts": 2}
    assert story.case(case) == ("lapsed", link)
    assert story.steps(case)[-1] == ("lapse", link, "lapsed", when)
    assert story.night("2020-12-21 00:30").lapsed == {}


def test_a_pass_before_the_deadline_that_is_entered_after_it_counts(story: Story) -> None:
    case = applies(story, "王老师")
    story.acts("pass_on", case, "school", at="2020-12-08 23:59:59")
    story.night("2020-12-09 00:30")
    assert story.case(case) == ("passing", "county")


def test_nights_missed_doubled_or_late_let_the_same_lapse_at_the_same_instant(story: Story) -> None:
    case = applies(story, "王老师")
    for night in ("2020-12-08 23:59:59", "2020-12-09 00:00", "2020-12-09 00:00", "2020-12-12 00:30"):
        story.night(night)
    assert story.steps(case)[-1] == ("lapse", "school", "lapsed", "2020-12-09 00:00:00")


def test_a_county_that_is_given_time_goes_on_with_what_had_lapsed_there(story: Story) -> None:
    case = applies(story, "王老师")
    other = applies(story, "赵老师")
    for one in (case, other):
        story.acts("pass_on", one, "school", at="2020-12-07 10:00")
    story.night("2020-12-11 00:30")
    assert (story.case(case), story.case(other)) == (("lapsed", "county"), ("lapsed", "county"))
    moved = story.extends_filing(
        "withdrawal", "济南市", "历下区", tier="county", until="2020-12-11 20:00", at="2020-12-11 09:00"
    )
    assert moved == 1
    assert (story.case(case), story.case(other)) == (("passing", "county"), ("lapsed", "county"))
    story.acts("pass_on", case, "county", at="2020-12-11 19:59:59")
    story.acts("pass_on", case, "city", at="2020-12-11 21:00")
    assert story.case(case) == ("accepted", "city")


# ---------------------------------------------------------------- 各区县将学科工作坊主持人信息于12月11日前上报 (J20-05)


def reports(story: Story, county: str, host: str, at: str) -> int:
    facts = {"school": "第一中学", "stage": "初中", "subject": "语文"}
    return story.files("hosts", "山东省", "济南市", county, title=host, at=at, by="教研员", **facts)


@pytest.mark.demand("J20-05")
@pytest.mark.parametrize(
    ("clock", "missed"),
    [("23:59:59", {"市中区"}), ("24:00:00", {"市中区", "历下区"}), ("24:00:01", {"市中区", "历下区"})],
)
def test_each_county_reports_its_hosts_by_the_day(story: Story, clock: str, missed: set[str]) -> None:
    if missed == {"市中区"}:
        reports(story, "历下区", "刘坊主", at=f"2020-12-11 {clock}")
    else:
        with pytest.raises(Refused, match="was over at 2020-12-11 24:00"):
            reports(story, "历下区", "刘坊主", at=f"2020-12-11 {clock}")
    assert story.lapsed("hosts", "2020-12-11 23:59:59") == set()
    assert story.lapsed("hosts", LAST_DAY) == missed
    assert story.night("2020-12-12 00:30").lapsed == {"jinan-2020|hosts": len(missed)}


def test_a_county_reports_several_hosts_and_the_city_takes_each(story: Story) -> None:
    cases = [reports(story, "历下区", host, at="2020-12-10 09:00") for host in ("刘坊主", "陈坊主")]
    for case in cases:
        story.acts("pass_on", case, "city", at="2020-12-20 09:00")
        assert story.case(case) == ("accepted", "city")
    with pytest.raises(Refused, match="accepted now"):
        reports(story, "历下区", "刘坊主", at="2020-12-11 09:00")


def test_a_county_with_more_time_of_its_own_has_not_missed_the_day(story: Story) -> None:
    county = ("山东省", "济南市", "历下区")
    story.extends_filing("hosts", *county, tier="county", until="2020-12-15 00:00", at="2020-12-11 10:00")
    story.night("2020-12-14 00:30")
    assert story.lapsed("hosts", "2020-12-14 23:59:59") == {"市中区"}
    reports(story, "历下区", "刘坊主", at="2020-12-14 23:59:59")
    assert story.night("2020-12-20 00:30").lapsed == {}
    assert story.lapsed("hosts", "2020-12-20 00:00") == {"市中区"}


def test_a_county_that_had_lapsed_and_is_given_time_reports_after_all(story: Story) -> None:
    story.night("2020-12-12 00:30")
    county = ("山东省", "济南市", "历下区")
    story.extends_filing("hosts", *county, tier="county", until="2020-12-15 00:00", at="2020-12-12 10:00")
    first = reports(story, "历下区", "刘坊主", at="2020-12-13 09:00")
    assert reports(story, "历下区", "陈坊主", at="2020-12-13 09:00") != first
    assert story.night("2020-12-20 00:30").lapsed == {}
    assert [step[:3] for step in story.steps(first)] == [
        ("lapse", "county", "lapsed"), ("extend", "county", "due"), ("apply", "county", "passing"),
    ]  # fmt: skip
    assert story.lapsed("hosts", "2020-12-20 00:00") == {"市中区"}


def test_what_was_taken_back_or_returned_by_the_day_is_not_in(story: Story) -> None:
    back = reports(story, "历下区", "刘坊主", at="2020-12-10 09:00")
    story.acts("take_back", back, "county", at="2020-12-11 09:00")
    returned = reports(story, "市中区", "陈坊主", at="2020-12-10 09:00")
    story.acts("give_back", returned, "city", at="2020-12-11 09:00", reason="学科未填写清楚")
    assert story.lapsed("hosts", LAST_DAY) == {"历下区", "市中区"}


# ---------------------------------------------------------------- 不超过本级案例总数5% (J20-09)


def many_cases(story: Story, school: tuple[str, ...], count: int) -> list[int]:
    return [
        story.files(
            "cases", *school, title=f"案例{number}", at="2020-12-20 09:00", author="王老师", subject="语文"
        )
        for number in range(count)
    ]


@pytest.mark.demand("J20-09")
@pytest.mark.parametrize(("count", "most"), [(19, 0), (20, 1), (39, 1), (40, 2)])
def test_a_county_recommends_at_most_five_percent_of_its_own_cases(
    story: Story, count: int, most: int
) -> None:
    cases = many_cases(story, FIRST, count)
    many_cases(story, SECOND, 3)  # another county's do not count
    story.night("2021-01-01 00:30")
    for case in cases[:most]:
        story.acts("pass_on", case, "county", at="2021-01-05 09:00")
    with pytest.raises(Refused) as refused:
        story.acts("pass_on", cases[-1], "county", at="2021-01-05 10:00")
    told = refused.value.problems[0].message.text("zh")
    assert told == (f"历下区最多上报{most}件（本级{count}件的5%，舍去小数），已上报{most}件，还可上报0件")


@pytest.mark.demand("J20-09")
def test_senior_high_has_no_county_level_and_its_cases_are_the_citys(story: Story) -> None:
    cases = many_cases(story, OWN, 20)
    story.night("2021-01-01 00:30")
    assert {story.case(case) for case in cases} == {("passing", "city")}
    story.acts("pass_on", cases[0], "city", at="2021-01-15 09:00")
    with pytest.raises(Refused, match="济南市 may pass on 1"):
        story.acts("pass_on", cases[1], "city", at="2021-01-15 09:00")
    story.acts("pass_on", cases[0], "province", at="2021-03-15 09:00")
    assert story.case(cases[0]) == ("accepted", "province")


@pytest.mark.demand("J20-09")
def test_what_was_not_recommended_lapses_at_the_link_that_left_it(story: Story) -> None:
    cases = many_cases(story, FIRST, 20)
    story.acts("pass_on", cases[0], "county", at="2021-01-05 09:00")
    assert story.night("2021-01-12 00:30").lapsed["jinan-2020|cases"] == 19
    assert story.case(cases[1]) == ("lapsed", "county")
    assert story.case(cases[0]) == ("passing", "city")
