"""济南市2020年“互联网+教师专业发展”工程研修, told night by night (J20-01 to J20-03, J20-06 to J20-08, J20-10)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from calendars.messages import Refused
from tests.support.story import Story
from workflows.resolving import accept, set_dates

FIRST, SECOND = ("济南市", "历下区", "第一中学"), ("济南市", "历下区", "第二中学")
LOCK = "2021-05-01 00:00"
COURSES = {  # 必修, and 选修 of 14 credits
    "compulsory": ["师德修养", "课程标准解读", "信息技术应用"],
    "elective": ["学科教学设计", "课堂观察方法", "作业与评价", "班级管理"],
}
OBSERVED = {"cases": ["课例一", "课例二", "课例三"], "city_lessons": ["市级课例一", "市级课例二"]}
COUNTED = {  # 研修任务一览表, with the last second in which each counts
    "subject_host": {
        "briefs": 3, "article": 1, "problems": 3, "answers": 5,
        "lesson_briefs": 2, "later_problems": 2, "later_answers": 5, "lesson_creation": 1, "research_lesson": 1,
    },
    "topic_host": {"topic_briefs": 5, "topic_article": 1, "topic_problems": 5, "topic_answers": 10},
}  # fmt: skip
HOSTS = {"subject_host": "刘坊主", "topic_host": "孙坊主"}
FIRST_HALF = ("2020-11-06 00:00:00", "2020-12-31 24:00:00")


@pytest.fixture
def story(engine: Engine) -> Story:
    """A workshop of two schools of one county, with one teacher in each."""
    story = Story(engine, "jinan-2020")
    story.cohort("语文坊", *FIRST)
    story.enrol("王老师", "member", "语文坊", *FIRST)
    story.enrol("赵老师", "member", "语文坊", *SECOND)
    return story


def host(story: Story, role: str) -> str:
    story.enrol(HOSTS[role], role, "语文坊", *FIRST)
    return HOSTS[role]


def finishes(
    story: Story, name: str, task: str, course: str, but: str | None = None, at: str = "2020-12-20 20:00"
) -> None:
    """Every step of one course, or all but one."""
    definition = story.calendar.task(task)
    for step in definition.items[course].steps or definition.shows:
        if step != but:
            story.shows(name, task, kind=step, item=course, at=at)


def learns_everything(story: Story, name: str, tasks: tuple[str, ...] = ("compulsory", "elective")) -> None:
    for task in tasks:
        for course in COURSES[task]:
            finishes(story, name, task, course)
    for task, lessons in OBSERVED.items():
        for lesson in lessons:
            story.shows(name, task, item=lesson, at="2021-03-31 23:59:59")


def hosts_well(story: Story, role: str, short: str | None = None) -> None:
    """The counted figures of a host's year, perhaps one short in one of them."""
    for task, amount in COUNTED[role].items():
        last = (
            "2020-12-31 23:59:59"
            if story.calendar.task(task).phase == "first_half"
            else "2021-03-31 23:59:59"
        )
        asked = amount - (task == short)
        if asked:
            story.shows(HOSTS[role], task, asked, at=last)
    workshop_is_lively(story, role)


WORKSHOP = {
    "uploaded": 6,
    "started": 2,
    "journal": 7,
    "answered": 4,
    "brief": 1,
}  # 20, of everybody in it together


def workshop_is_lively(story: Story, role: str, but: int = 0) -> None:
    """所负责工作坊的数据: the host starts the activities and writes the brief, the two teachers the rest."""
    for place, (kind, amount) in enumerate(WORKSHOP.items()):
        who = HOSTS[role] if kind in ("started", "brief") else ("王老师", "赵老师")[place % 2]
        asked = amount - but * (kind == "journal")
        story.shows(who, "workshop", asked, kind=kind, at="2021-03-31 23:59:59")


# ---------------------------------------------------------------- 阶段 (J20-01)


@pytest.mark.demand("J20-01")
def test_the_phases_overlap_and_march_ends_with_its_last_second(story: Story) -> None:
    def now() -> list[str]:
        states = story.states("语文坊")
        return [states[phase] for phase in ("choice", "first_half", "year", "judging")]

    story.night("2020-11-05 23:59:59")
    assert now() == ["planned", "planned", "planned", "planned"]
    story.night("2020-11-05 24:00")
    assert now() == ["open", "open", "open", "planned"]
    story.night("2020-12-31 23:59:59")
    assert now() == ["open", "open", "open", "planned"]
    story.night("2020-12-31 24:00")
    assert now() == ["open", "done", "open", "planned"]
    story.night("2021-01-01 00:00:01")
    assert now() == ["open", "done", "open", "planned"]
    story.night("2021-03-31 23:59:59")
    assert now() == ["open", "done", "open", "planned"]
    story.night("2021-03-31 24:00")
    assert now() == ["open", "done", "done", "open"]
    story.night("2021-04-30 23:59:59")
    assert now() == ["open", "done", "done", "open"]
    assert story.sheet("王老师") is None
    story.night(LOCK)
    assert now() == ["done", "done", "done", "done"]
    assert story.sheet("王老师") is not None


# ---------------------------------------------------------------- 自行设定研修学习起止时间 (J20-02)


def sets_own_dates(story: Story, opens: str, closes: str, phase: str = "first_half") -> None:
    story.decide(set_dates, "语文坊", phase, story.at(opens), story.at(closes), effective="2020-11-01 09:00")


@pytest.mark.demand("J20-02")
def test_a_unit_keeps_its_own_dates_inside_the_given_ones(story: Story) -> None:
    sets_own_dates(story, "2020-11-16 00:00", "2020-12-20 24:00")
    story.night("2020-11-15 23:59:59")
    assert story.states("语文坊")["first_half"] == "planned"
    assert story.states("语文坊")["year"] == "open"
    story.night("2020-11-16 00:00")
    assert story.states("语文坊")["first_half"] == "open"
    story.night("2020-12-20 23:59:59")
    assert story.states("语文坊")["first_half"] == "open"
    story.night("2020-12-20 24:00")
    assert story.states("语文坊")["first_half"] == "done"


@pytest.mark.parametrize(
    ("at", "worth"), [("2020-12-20 23:59:59", 3), ("2020-12-20 24:00:00", 0), ("2020-12-20 24:00:01", 0)]
)
def test_courses_count_until_the_units_own_end(story: Story, at: str, worth: int) -> None:
    sets_own_dates(story, "2020-11-16 00:00", "2020-12-20 24:00")
    finishes(story, "王老师", "compulsory", "师德修养", at=at)
    for night in ("2020-11-16 00:30", "2021-01-01 00:30", LOCK):  # the dates hold whichever nights run
        story.night(night)
    assert story.points("王老师")["compulsory"] == worth


def test_the_whole_of_the_given_window_may_be_a_units_own(story: Story) -> None:
    sets_own_dates(story, *FIRST_HALF)
    story.night("2020-11-06 00:00")
    assert story.states("语文坊")["first_half"] == "open"


@pytest.mark.demand("J20-02")
@pytest.mark.parametrize(
    ("opens", "closes", "why"),
    [
        ("2020-11-05 23:59:59", FIRST_HALF[1], "the start .* is before the given window begins"),
        (FIRST_HALF[0], "2020-12-31 24:00:01", "the end .* is after the given window ends"),
        ("2020-11-01 00:00:00", "2021-01-15 24:00:00", "before the given window begins(.|\n)*after the given window ends"),
        ("2020-12-20 00:00:00", "2020-11-20 00:00:00", "the end .* is not after the start"),
    ],
)  # fmt: skip
def test_outside_the_given_window_is_refused(story: Story, opens: str, closes: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        sets_own_dates(story, opens, closes)
    story.night("2020-11-06 00:00")
    assert story.states("语文坊")["first_half"] == "open"


@pytest.mark.parametrize("phase", ["choice", "judging"])
def test_the_other_phases_are_not_a_units_to_set(story: Story, phase: str) -> None:
    with pytest.raises(Refused):
        sets_own_dates(story, "2020-11-16 00:00", "2020-12-20 24:00", phase)


# ---------------------------------------------------------------- 未开展选课的参训人员 (J20-03)


@pytest.mark.demand("J20-03")
def test_each_night_a_unit_is_told_how_many_have_not_chosen_courses(story: Story) -> None:
    story.enrol("周老师", "member", "语文坊", *FIRST)
    story.shows("王老师", "choose", 3, at="2020-11-07 23:59:59")
    story.shows("周老师", "choose", 3, at="2020-11-08 12:00")
    story.night("2020-11-06 24:00")
    assert story.reminders("第一中学") == [("2020-11-07 00:00:00", "choose", "day 1", 2)]
    story.night("2020-11-09 00:30")
    assert story.reminders("第一中学") == [
        ("2020-11-07 00:00:00", "choose", "day 1", 2),
        ("2020-11-08 00:00:00", "choose", "day 2", 1),
    ]
    assert [row[3] for row in story.reminders("第二中学")] == [1, 1, 1]


def test_nights_missed_doubled_or_late_tell_the_unit_the_same(story: Story) -> None:
    story.shows("王老师", "choose", 3, at="2020-11-07 12:00")
    for night in ("2020-11-12 00:30", "2020-11-12 00:30", "2020-11-12 00:31"):
        story.night(night)
    assert story.reminders("第一中学") == [("2020-11-07 00:00:00", "choose", "day 1", 1)]
    assert [row[2] for row in story.reminders("第二中学")] == [f"day {day}" for day in range(1, 7)]


def test_the_unit_is_told_until_the_first_half_ends(story: Story) -> None:
    story.night("2021-01-05 00:30")
    told = [row for row in story.reminders("第二中学") if row[1] == "choose"]
    assert (told[0][0], told[-1][0], len(told)) == ("2020-11-07 00:00:00", "2020-12-31 00:00:00", 55)


def test_the_teacher_is_told_each_week(story: Story) -> None:
    story.night("2020-11-20 00:00")
    told = [row[0] for row in story.reminders("王老师") if row[1] == "choose"]
    assert told == ["2020-11-13 00:00:00", "2020-11-20 00:00:00"]


# ---------------------------------------------------------------- 课程学习: 任何环节缺失,不得分 (J20-07)


@pytest.mark.demand("J20-07")
@pytest.mark.parametrize("missing", ["video", "quiz", "text"])
def test_a_course_with_any_step_missing_gives_nothing(story: Story, missing: str) -> None:
    finishes(story, "王老师", "compulsory", "课程标准解读", but=missing)
    finishes(story, "赵老师", "compulsory", "课程标准解读")
    story.night(LOCK)
    assert story.points("王老师")["compulsory"] == 0
    assert story.points("赵老师")["compulsory"] == 4


def test_a_course_asks_only_its_own_steps(story: Story) -> None:
    """不同课程内容不同,要求有差异: 家校共育 is a video and no more."""
    story.shows("王老师", "elective", kind="video", item="家校共育", at="2021-02-01 20:00")
    story.night(LOCK)
    assert story.points("王老师")["elective"] == 3


def test_a_step_of_one_course_does_not_complete_another(story: Story) -> None:
    finishes(story, "王老师", "compulsory", "课程标准解读", but="quiz")
    story.shows("王老师", "compulsory", kind="quiz", item="信息技术应用", at="2020-12-20 20:00")
    story.night(LOCK)
    assert story.points("王老师")["compulsory"] == 0


@pytest.mark.parametrize(
    ("task", "course", "last_day", "worth"),
    [("compulsory", "师德修养", "2020-12-31", 3), ("elective", "班级管理", "2021-03-31", 3)],
)
@pytest.mark.parametrize(("clock", "counts"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_the_last_step_counts_until_the_last_second(
    story: Story, task: str, course: str, last_day: str, worth: int, clock: str, counts: bool
) -> None:
    finishes(story, "王老师", task, course, but="text", at="2020-12-01 20:00")
    story.shows("王老师", task, kind="text", item=course, at=f"{last_day} {clock}")
    story.night(LOCK)
    assert story.points("王老师")[task] == (worth if counts else 0)


@pytest.mark.demand("J20-06")
def test_ten_compulsory_and_fourteen_elective_hours_of_courses(story: Story) -> None:
    """不少于14学时: the 20 that are offered count as 14."""
    learns_everything(story, "王老师")
    for course in ("心理健康", "家校共育"):
        finishes(story, "王老师", "elective", course)
    story.night(LOCK)
    assert story.points("王老师") == {
        "compulsory": 10, "elective": 14, "cases": 6, "city_lessons": 4, "total": 34, "result": "全部完成",
    }  # fmt: skip
    assert story.earned("王老师") == {"credits": 34}


def test_a_member_who_has_not_done_it_all_gets_the_credits_of_what_is_done(story: Story) -> None:
    finishes(story, "王老师", "compulsory", "师德修养")
    finishes(story, "王老师", "elective", "学科教学设计", but="quiz")
    story.shows("王老师", "cases", item="课例一", at="2021-03-01 20:00")
    story.night(LOCK)
    assert (story.points("王老师")["total"], story.points("王老师")["result"]) == (5, "未全部完成")
    assert story.earned("王老师") == {"credits": 5}


# ---------------------------------------------------------------- 观评课 (J20-08)


@pytest.mark.demand("J20-08")
def test_three_cases_and_two_city_lessons_are_ten_credits(story: Story) -> None:
    """3 x 2 = 6 and 2 x 2 = 4; the other teacher has one of each."""
    for task, lessons in OBSERVED.items():
        for lesson in lessons:
            story.shows("王老师", task, item=lesson, at="2021-03-31 23:59:59")
        story.shows("赵老师", task, item=lessons[0], at="2021-03-31 23:59:59")
    story.night(LOCK)
    points = story.points("王老师")
    assert (points["cases"], points["city_lessons"], points["total"]) == (6, 4, 10)
    points = story.points("赵老师")
    assert (points["cases"], points["city_lessons"], points["total"]) == (2, 2, 4)


def test_the_same_case_three_times_is_one_case(story: Story) -> None:
    for day in ("2021-03-01", "2021-03-02", "2021-03-03"):
        story.shows("王老师", "cases", item="课例一", at=f"{day} 20:00")
    story.night(LOCK)
    assert story.points("王老师")["cases"] == 2


# ---------------------------------------------------------------- 主持人考核 (J20-06, J20-10)


@pytest.mark.demand("J20-06", "J20-10")
@pytest.mark.parametrize(("role", "done"), [("subject_host", 34), ("topic_host", 24)])
def test_a_host_who_passes_gets_double_credits(story: Story, role: str, done: int) -> None:
    name = host(story, role)
    learns_everything(story, name, ("compulsory", "elective") if role == "subject_host" else ("elective",))
    hosts_well(story, role)
    story.marks(name, "judgement", "合格", received="2021-04-20 10:00")
    story.night(LOCK)
    assert story.needs(name, role) == {**COUNTED[role], "workshop": 20, "judgement": 1}
    assert (story.points(name, role)["total"], story.points(name, role)["result"]) == (done, "合格")
    assert story.earned(name, role) == {"credits": 2 * done}


@pytest.mark.demand("J20-10")
@pytest.mark.parametrize(("role", "done"), [("subject_host", 34), ("topic_host", 24)])
def test_a_host_whom_the_leading_group_fails_gets_the_credits_as_done(
    story: Story, role: str, done: int
) -> None:
    name = host(story, role)
    learns_everything(story, name, ("compulsory", "elective") if role == "subject_host" else ("elective",))
    hosts_well(story, role)
    story.marks(name, "judgement", "不合格", received="2021-04-20 10:00")
    story.night(LOCK)
    assert story.points(name, role)["result"] == "不合格"
    assert story.earned(name, role) == {"credits": done}


@pytest.mark.demand("J20-06")
@pytest.mark.parametrize(
    ("role", "short"), [(role, task) for role, figures in COUNTED.items() for task in figures]
)
def test_one_short_of_a_counted_figure_is_a_fail_and_the_figure_is_seen(
    story: Story, role: str, short: str
) -> None:
    name = host(story, role)
    learns_everything(story, name, ("compulsory", "elective") if role == "subject_host" else ("elective",))
    hosts_well(story, role, short)
    story.marks(name, "judgement", "合格", received="2021-04-20 10:00")
    story.night(LOCK)
    assert story.needs(name, role)[short] == COUNTED[role][short] - 1
    assert story.points(name, role)["result"] == "不合格"
    assert story.earned(name, role)["credits"] == story.points(name, role)["total"]


@pytest.mark.parametrize(("clock", "briefs"), [("23:59:59", 3), ("24:00:00", 2), ("24:00:01", 2)])
def test_the_third_brief_is_out_by_the_end_of_the_year(story: Story, clock: str, briefs: int) -> None:
    name = host(story, "subject_host")
    story.marks(name, "judgement", "合格", received="2021-04-20 10:00")
    story.shows(name, "briefs", 2, at="2020-12-01 10:00")
    story.shows(name, "briefs", 1, at=f"2020-12-31 {clock}")
    story.night(LOCK)
    assert story.needs(name, "subject_host")["briefs"] == briefs


def test_a_host_without_a_judgement_holds_the_lock_and_waits_on_the_city(story: Story) -> None:
    name = host(story, "topic_host")
    learns_everything(story, name, ("elective",))
    hosts_well(story, "topic_host")
    story.night("2021-04-30 23:59:59")
    assert story.holds("语文坊") == []
    story.night(LOCK)
    (hold,) = story.holds("语文坊")
    assert (hold.phase, hold.kind) == ("judging", "scores not reported")
    assert hold.waits_on_name.text("zh") == "市"
    assert story.sheet("王老师") is None
    story.marks(name, "judgement", "合格", received="2021-05-08 10:00")
    story.night("2021-05-09 00:30")
    assert story.holds("语文坊") == []
    assert story.earned(name, "topic_host") == {"credits": 48}
    assert set(story.states("语文坊").values()) == {"done"}


def test_accepted_as_it_is_a_host_without_a_judgement_has_not_passed(story: Story) -> None:
    name = host(story, "topic_host")
    learns_everything(story, name, ("elective",))
    hosts_well(story, "topic_host")
    story.night(LOCK)
    story.decide(accept, "语文坊", story.holds("语文坊")[0].id, effective="2021-05-06 09:00")
    story.night("2021-05-07 00:30")
    assert story.points(name, "topic_host")["result"] == "不合格"
    assert story.earned(name, "topic_host") == {"credits": 24}


@pytest.mark.parametrize("role", HOSTS)
@pytest.mark.parametrize(("but", "result"), [(0, "合格"), (1, "不合格")])
def test_the_figures_of_the_workshop_are_everybodys_together(
    story: Story, role: str, but: int, result: str
) -> None:
    """工作坊统计项: of the host, the two teachers, and nobody outside the workshop."""
    name = host(story, role)
    story.cohort("数学坊", FIRST[0], FIRST[1])
    story.enrol("外坊老师", "member", "数学坊", *FIRST)
    story.shows("外坊老师", "workshop", 50, kind="journal", at="2021-03-01 10:00")
    learns_everything(story, name, ("compulsory", "elective") if role == "subject_host" else ("elective",))
    for task, amount in COUNTED[role].items():
        story.shows(name, task, amount, at="2020-12-20 10:00")
    workshop_is_lively(story, role, but)
    story.marks(name, "judgement", "合格", received="2021-04-20 10:00")
    story.night(LOCK)
    assert story.needs(name, role)["workshop"] == 20 - but
    assert story.points(name, role)["result"] == result


def test_one_person_may_host_and_learn_and_has_a_sheet_for_each(story: Story) -> None:
    """依据专题课程和学科课程分别认定坊员和工作坊主持人的角色."""
    story.enrol("王坊主", "topic_host", "语文坊", *FIRST, same_as="王老师")
    story.marks("王坊主", "judgement", "合格", received="2021-04-20 10:00")
    finishes(story, "王老师", "compulsory", "师德修养")
    finishes(story, "王坊主", "elective", "学科教学设计")
    story.night(LOCK)
    assert (story.points("王老师")["total"], story.points("王坊主")["total"]) == (3, 4)
