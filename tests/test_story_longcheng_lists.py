"""龙城区: the figures of every school (L24-03 to L24-08, J20-11's columns), and 评优: 对辅导教师、学员分别进行评优活动 (L24-13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from exchange.list_pages import Listed
from exchange.statistics_page import statistics_page
from models.database import reading, transaction
from tests.support.story import Story
from workflows.appealing import revoke
from workflows.exceptions import withdraw
from workflows.honours import Pool, honour_of
from workflows.owing import owing
from workflows.resolving import Decision, extend
from workflows.statistics import statistics_of
from workflows.survey import narrowed, survey

FIRST, SECOND = ("龙城区", "第一小学"), ("龙城区", "第二小学")
LOCK = "2024-12-15 24:00"
COLUMNS = ["上报人数", "登录人数", "参训率", "有效学习人数", "学习率", "合格人数", "合格率", "优秀率", "平均分", "作业数", "活动数", "简报数"]  # fmt: skip


@pytest.fixture
def story(engine: Engine) -> Story:
    """Three learners of one school and three of another, one of whom has never come; a tutor; and two who do not count."""
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for name in ("王老师", "李老师", "赵老师"):
        story.enrol(name, "learner", "一班", *FIRST)
    for name in ("孙老师", "周老师", "钱老师"):
        story.enrol(name, "learner", "一班", *SECOND)
    story.enrol("张辅导", "tutor", "一班", *FIRST)
    story.enrol("吴老师", "learner", "一班", *FIRST, status="exempt")
    story.enrol("郑老师", "learner", "一班", *SECOND, status="withdrawn")
    return story


def learns(story: Story, name: str, minutes: float, grade: str | None, journal: bool, posts: float) -> None:
    """What one learner does in time; a grade stands for an assignment that was handed in."""
    story.shows(name, "study", minutes, at="2024-11-05 20:00")
    if grade:
        story.shows(name, "assignment", at="2024-11-20 21:15")
        story.marks(name, "assignment", grade, received="2024-12-10 10:00")
    if journal:
        story.shows(name, "journal", at="2024-12-01 09:00")
    if posts:
        story.shows(name, "talk", posts, kind="topic", at="2024-11-22 12:00")


def the_term(story: Story) -> None:
    """100; 32+18+20+19 = 89; 16+5 = 21; 20+16+20+20 = 76; one who only looked in; one who never came."""
    learns(story, "王老师", 800, "优秀", True, 20)
    learns(story, "李老师", 600, "良好", True, 19)
    learns(story, "赵老师", 300, None, False, 5)
    learns(story, "孙老师", 375, "合格", True, 20)
    story.shows("周老师", "warm_up", at="2024-10-26 08:00")
    learns(story, "吴老师", 800, "优秀", True, 20)
    story.shows("张辅导", "lead_talk", 20, kind="topic", at="2024-11-10 08:00")
    story.shows("张辅导", "brief", at="2024-12-01 08:00")


def rows(story: Story, at: str, place: str | None = None) -> dict[str, list[Any]]:
    """The page's rows by the last name in them, as figures: a rate of 66.67% is 66.67."""
    with reading(story.engine) as session:
        looked = survey(session, story.calendar.programme, story.at(at))
        looked = narrowed(looked, place) if place else looked
        lines = statistics_of(looked, looked.calendar.statistics)
        page = statistics_page(looked.calendar, lines, "zh")
    assert page.headings == ["区县", "学校", *COLUMNS, "成绩"]
    return {
        "".join(row[:2]): [
            cell if at in page.whole or isinstance(cell, str | None) else cell / 100
            for at, cell in enumerate(row[2:], 2)
        ]
        for row in page.rows
    }


def test_the_figures_of_each_school_and_their_sums_are_those_counted_by_hand(story: Story) -> None:
    the_term(story)
    story.night("2024-12-16 00:30")
    assert rows(story, LOCK) == {
        "龙城区第一小学": [3, 3, 100, 2, 66.67, 2, 66.67, 33.33, 70, 4, 64, 1, "已锁定"],
        "龙城区第二小学": [3, 2, 66.67, 1, 33.33, 0, 0, 0, 25.33, 2, 20, 0, "已锁定"],
        "龙城区小计": [6, 5, 83.33, 3, 50, 2, 33.33, 16.67, 47.67, 6, 84, 1, "已锁定"],
        "合计": [6, 5, 83.33, 3, 50, 2, 33.33, 16.67, 47.67, 6, 84, 1, "已锁定"],
    }


def test_before_the_lock_the_same_figures_are_called_provisional(story: Story) -> None:
    the_term(story)
    story.night("2024-12-16 00:30")
    before, after = rows(story, "2024-12-15 23:59:59"), rows(story, LOCK)
    assert {row[-1] for row in before.values()} == {"暂计"}
    assert [row[:-1] for row in before.values()] == [row[:-1] for row in after.values()]


def test_a_night_that_has_not_run_yet_leaves_the_figures_provisional_and_alike(story: Story) -> None:
    the_term(story)
    unsealed = rows(story, "2024-12-20 00:00")
    story.night("2024-12-20 00:00")
    sealed = rows(story, "2024-12-20 00:00")
    assert {row[-1] for row in unsealed.values()} == {"暂计"}
    assert [row[:-1] for row in unsealed.values()] == [row[:-1] for row in sealed.values()]


def test_figures_are_as_known_at_the_instant(story: Story) -> None:
    """300 of 400 minutes were known in November; the rest came later."""
    story.shows("王老师", "study", 300, at="2024-11-10 20:00")
    story.shows("王老师", "study", 100, at="2024-11-20 20:00", received="2024-12-01 08:00")
    assert rows(story, "2024-12-01 08:00")["龙城区第一小学"][3] == 0
    assert rows(story, "2024-12-01 08:01")["龙城区第一小学"][3] == 1
    assert rows(story, "2024-11-10 20:00")["龙城区第一小学"][:2] == [3, 0]


@pytest.mark.parametrize(
    ("at", "counted"), [("2024-12-05 23:59:59", 1), ("2024-12-06 00:00:00", 0), ("2024-12-06 00:00:01", 0)]
)
def test_work_counts_until_the_stroke_of_its_deadline(story: Story, at: str, counted: int) -> None:
    story.shows("王老师", "journal", at=at)
    assert rows(story, LOCK)["合计"][9] == counted


def test_work_of_a_class_or_a_person_with_more_time_counts_by_that(story: Story) -> None:
    story.cohort("二班", "龙城区")
    story.enrol("何老师", "learner", "二班", *SECOND)
    story.night("2024-12-05 00:30")
    story.decide(extend, "二班", "courses.end", story.at("2024-12-08 24:00"), effective="2024-12-05 10:00")
    story.extend_for("王老师", "journal", "2024-12-08 24:00", effective="2024-12-05 10:00")
    for name in ("何老师", "王老师", "李老师"):
        story.shows(name, "journal", at="2024-12-08 23:59:59")
    found = rows(story, LOCK)
    assert (found["龙城区第一小学"][9], found["龙城区第二小学"][9]) == (1, 1)


def test_a_school_whose_people_are_not_assessed_has_empty_rates_and_its_work(story: Story) -> None:
    story.enrol("刘辅导", "tutor", "一班", "龙城区", "教师进修学校")
    story.shows("刘辅导", "brief", 2, at="2024-12-01 08:00")
    assert rows(story, LOCK)["龙城区教师进修学校"] == [0, 0, None, 0, None, 0, None, None, None, 0, 0, 2, ""]


def test_where_one_class_is_held_the_school_is_partly_provisional(story: Story) -> None:
    the_term(story)
    story.cohort("二班", "龙城区")
    story.enrol("何老师", "learner", "二班", *SECOND)
    story.shows("何老师", "assignment", at="2024-11-20 21:15")
    story.night("2024-12-16 00:30")
    assert story.open_holds() == [("二班", "courses", "marking incomplete")]
    found = rows(story, LOCK)
    assert {name: row[-1] for name, row in found.items()} == {
        "龙城区第一小学": "已锁定", "龙城区第二小学": "部分暂计", "龙城区小计": "部分暂计", "合计": "部分暂计",
    }  # fmt: skip


def test_whoever_withdraws_after_the_lock_is_counted_until_then(story: Story) -> None:
    the_term(story)
    story.night("2024-12-16 00:30")
    with transaction(story.engine) as session:
        by = Decision("调离", "王主任", story.at("2024-12-20 09:00"), story.at("2024-12-20 09:00"))
        withdraw(session, story.people["王老师"], by)
    assert rows(story, "2024-12-20 08:59:59")["合计"][5] == 2
    assert [rows(story, "2024-12-20 09:00:01")["合计"][place] for place in (0, 5)] == [5, 1]


def test_one_school_alone_has_its_own_sums(story: Story) -> None:
    the_term(story)
    found = rows(story, LOCK, "第二小学")
    assert [*found] == ["龙城区第二小学", "龙城区小计", "合计"]
    assert found["合计"][:4] == [3, 2, 66.67, 1]


def test_a_night_changes_nothing_by_being_looked_at(story: Story) -> None:
    the_term(story)
    story.night("2024-12-10 00:30")
    for at in ("2024-11-01", "2024-12-10", LOCK):
        rows(story, at)
    story.night("2024-12-16 00:30")
    assert story.points("李老师", "training")["total"] == 89


def test_a_person_with_more_time_owes_by_that(story: Story) -> None:
    story.night("2024-12-05 00:30")
    for name in ("王老师", "李老师"):
        story.extend_for(name, "journal", "2024-12-08 24:00", effective="2024-12-05 10:00")
    for name in ("王老师", "赵老师"):
        story.shows(name, "journal", at="2024-12-08 23:59:59")
    with reading(story.engine) as session:
        found = owing(survey(session, "longcheng-2024", story.at("2024-12-10 00:00")), ["journal"])
    assert {one.name: story.local(one.due) for one in found if one.due} == {
        "李老师": "2024-12-09 00:00:00",
        **dict.fromkeys(("赵老师", "孙老师", "周老师", "钱老师"), "2024-12-06 00:00:00"),
    }


def test_choosing_fewer_than_ten_hours_of_a_module_is_not_having_chosen(story: Story) -> None:
    """每个模块选择最少10学时 (L24-02)."""
    for module in ("班主任", "师德", "心理健康", "安全教育", "学科教学"):
        story.shows("王老师", "modules", 10, item=module, at="2024-11-02 09:00")
        story.shows("李老师", "modules", 9.5 if module == "师德" else 12, item=module, at="2024-11-02 09:00")
    with reading(story.engine) as session:
        found = owing(survey(session, "longcheng-2024", story.at("2024-11-03 00:00")), ["modules"])
    assert [(one.name, one.shown) for one in found if one.organisation_id == found[0].organisation_id] == [
        ("李老师", 5750), ("赵老师", 0),
    ]  # fmt: skip


# ---------------------------------------------------------------- 对辅导教师、学员分别进行评优活动 (L24-13)


def honour(story: Story, name: str, at: str = LOCK) -> list[Pool]:
    with reading(story.engine) as session:
        looked = survey(session, story.calendar.programme, story.at(at))
        return honour_of(looked, next(one for one in looked.calendar.honours if one.id == name))


def names(people: Any) -> list[str]:
    return [one.name for one in people]


Ten = Callable[..., Story]


@pytest.fixture
def ten(engine: Engine) -> Ten:
    """Ten of the county pass, so there is room for two (20%); `minutes` and posts of the first few are given."""

    def told(*minutes: float, posts: tuple[float, ...] = ()) -> Story:
        story = Story(engine, "longcheng-2024")
        for cohort in ("一班", "二班"):
            story.cohort(cohort, "龙城区")
        for number in range(10):
            name = f"甲{number}"
            story.enrol(name, "learner", "一班" if number % 2 else "二班", *FIRST)
            best = number < len(minutes)
            learns(
                story, name, minutes[number] if best else 600, "优秀" if best else "合格", True,
                posts[number] if number < len(posts) else 20,
            )  # fmt: skip
        story.night("2024-12-16 00:30")
        return story

    return told


@pytest.mark.demand("L24-13")
def test_the_best_fifth_of_those_who_passed_is_proposed(ten: Ten) -> None:
    """甲0 has 98.67, 甲1 and 甲2 100: two places."""
    (pool,) = honour(ten(725, 750, 750), "learners")
    assert (pool.passed, pool.places, names(pool.proposed)) == (10, 2, ["甲1", "甲2"])
    assert [one.rank for one in pool.proposed] == [1, 1]
    assert (pool.tied, pool.open_yet) == ((), ())


def test_those_alike_where_the_places_end_are_told_and_not_chosen_among(ten: Ten) -> None:
    story = ten(900, 800, 800)
    (pool,) = honour(story, "learners")
    assert (names(pool.proposed), names(pool.tied), pool.left) == (["甲0"], ["甲1", "甲2"], 1)
    assert [one.rank for one in (*pool.proposed, *pool.tied)] == [1, 2, 2]
    with reading(story.engine) as session:
        listed = Listed(survey(session, story.calendar.programme, story.at(LOCK)), "zh")
        page = listed.honour(story.calendar.honours[0], [pool])
        remarks = [*listed.remarks(story.calendar.honours[0], [pool])]
    assert [row[-1] for row in page.rows] == ["推荐", "并列2人，余1个名额", "并列2人，余1个名额"]
    first, second = (f"{one.name}（{one.number}）" for one in pool.tied)
    assert remarks == [
        "优秀学员，龙城区：合格10人，名额2，推荐1人",
        f"优秀学员，龙城区：{first}、{second}并列，只余1个名额，请另行决定",
    ]


def test_minutes_and_posts_beyond_the_full_mark_tell_those_apart_who_have_the_same_total(ten: Ten) -> None:
    (pool,) = honour(ten(900, 800, 800, posts=(20, 20, 25)), "learners")
    assert (names(pool.proposed), pool.tied) == (["甲0", "甲2"], ())


def test_when_all_are_alike_nobody_is_proposed(ten: Ten) -> None:
    (pool,) = honour(ten(*[750] * 10), "learners")
    assert (names(pool.proposed), len(pool.tied), pool.left) == ([], 10, 2)


def test_places_are_rounded_down(ten: Ten) -> None:
    """Nine of ten pass: a fifth of nine is one."""
    (pool,) = honour(ten(0, 900, 800), "learners")
    assert (pool.passed, pool.places, names(pool.proposed), pool.tied) == (9, 1, ["甲1"], ())


def test_below_ninety_nobody_is_outstanding_however_many_places_there_are(ten: Ten) -> None:
    """600 minutes and 合格: 32+16+20+20 = 88."""
    (pool,) = honour(ten(750), "learners")
    assert (pool.places, names(pool.proposed), pool.tied) == (2, ["甲0"], ())


def test_a_revoked_result_is_neither_proposed_nor_counted(ten: Ten) -> None:
    story = ten(900, 800, 750)
    with transaction(story.engine) as session:
        by = Decision("作业抄袭", "王主任", story.at("2024-12-18 09:00"), story.at("2024-12-18 09:00"))
        revoke(session, story.people["甲0"], "training", by, "李科长")
    (before,) = honour(story, "learners", "2024-12-18 08:59:59")
    (after,) = honour(story, "learners", "2024-12-18 09:00:00")
    assert (before.passed, names(before.proposed)) == (10, ["甲0", "甲1"])
    assert (after.passed, after.places, names(after.proposed)) == (9, 1, ["甲1"])


def test_nothing_that_is_not_sealed_makes_a_candidate(ten: Ten) -> None:
    story = ten(900, 800, 800)
    (pool,) = honour(story, "learners", "2024-12-15 23:59:59")
    assert (pool.passed, pool.proposed, pool.tied, pool.open_yet) == (0, (), (), ("一班", "二班"))


def test_an_exempt_person_is_no_candidate(story: Story) -> None:
    the_term(story)
    story.night("2024-12-16 00:30")
    (pool,) = honour(story, "learners")
    assert pool.passed == 2
    assert "吴老师" not in names((*pool.proposed, *pool.tied))


@pytest.mark.demand("L24-13")
def test_tutors_are_ranked_apart_from_learners(engine: Engine) -> None:
    """Five tutors pass with 80 and one of them has 100: one place."""
    story = Story(engine, "longcheng-2024")
    for number in range(5):
        story.cohort(f"{number}班", "龙城区")
        story.enrol(f"导{number}", "tutor", f"{number}班", *FIRST)
        story.shows(f"导{number}", "lead_talk", 20, kind="topic", at="2024-11-10 08:00")
        story.shows(f"导{number}", "brief", at="2024-12-01 08:00")
    story.shows("导3", "recommend", at="2024-12-08 08:00")
    story.night("2024-12-16 00:30")
    (pool,) = honour(story, "tutors")
    assert (pool.passed, pool.places, names(pool.proposed), pool.tied) == (5, 1, ["导3"], ())
    assert honour(story, "learners") == []
