"""能力提升工程2.0校本研修, told night by night: by months, by steps, and by certified points (C21-02 to C21-09)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.support.story import Story
from workflows.resolving import accept, complete, set_dates

SCHOOL = ("自治区", "第一中学")
SIDES = {"自评": 90, "互评": 80, "现场评价": 88, "学生问卷": 91, "家长问卷": 90}  # 9 + 16 + 26.4 + 18.2 + 18
DEMANDS = {  # 考核要求: 每周反思 (30周), 微能力, 模型, 个性数据分析
    "core": {"reflect": 60, "points": 5, "model": 1, "analyses": 5},
    "subject": {"reflect": 30, "points": 4, "model": 1, "analyses": 2},
    "teacher": {"reflect": 30, "points": 3, "model": 1, "analyses": 1},
}
NAMES = {"core": "陈组长", "subject": "刘老师", "teacher": "王老师"}
LOCK = "2021-08-08 00:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    """案例一: one school with its head and one person of each group."""
    story = Story(engine, "capability-2021")
    story.cohort("第一中学", *SCHOOL)
    for role, name in NAMES.items():
        story.enrol(name, role, "第一中学", *SCHOOL)
    story.enrol("张校长", "head", "第一中学", *SCHOOL)
    return story


def task_of(demand: str, role: str) -> str:
    return "model" if demand == "model" else f"{demand}_{role}"


def meets_demands(story: Story, role: str, short: str | None = None) -> None:
    """50 hours, 25 of them practice, and the row of the group's table, perhaps one short in one column."""
    name = NAMES[role]
    story.shows(name, "online", 25, at="2021-01-20 20:00")
    story.shows(name, "practice", 25, at="2021-07-31 23:59:59")
    for demand, amount in DEMANDS[role].items():
        asked = amount - (demand == short)
        if asked:
            story.shows(name, task_of(demand, role), asked, at="2021-05-31 23:59:59")


def evaluated(story: Story, name: str, scores: dict[str, float] = SIDES, but: str | None = None) -> None:
    for side, score in scores.items():
        if side != but:
            story.marks(name, "evaluation", score, item=side, giver=f"{side}甲", received="2021-07-20 10:00")


def everybody_evaluated(story: Story, but: str | None = None) -> None:
    for name in NAMES.values():
        if name != but:
            evaluated(story, name)


# ---------------------------------------------------------------- 校本研修安排 案例1: by month (C21-03)


def test_a_month_ends_with_the_last_second_of_its_last_day(story: Story) -> None:
    everybody_evaluated(story)

    def now() -> list[str]:
        states = story.states("第一中学")
        return [states[phase] for phase in ("prepare", "develop", "results")]

    story.night("2020-08-31 23:59:59")
    assert now() == ["planned", "planned", "planned"]
    story.night("2020-08-31 24:00")
    assert now() == ["open", "planned", "planned"]
    story.night("2020-10-31 23:59:59")
    assert now() == ["open", "planned", "planned"]
    story.night("2020-10-31 24:00")
    assert now() == ["done", "open", "planned"]
    story.night("2020-11-01 00:00:01")
    assert now() == ["done", "open", "planned"]
    story.night("2021-05-31 23:59:59")
    assert now() == ["done", "open", "planned"]
    story.night("2021-05-31 24:00")
    assert now() == ["done", "done", "open"]
    story.night("2021-07-31 23:59:59")
    assert now() == ["done", "done", "open"]
    story.night("2021-07-31 24:00")
    assert now() == ["done", "done", "closing"]
    story.night("2021-08-07 23:59:59")
    assert now() == ["done", "done", "closing"]
    story.night(LOCK)
    assert now() == ["done", "done", "done"]


@pytest.mark.parametrize(
    ("task", "last_day", "need"),
    [
        ("reflect_teacher", "2021-05-31", "reflect_teacher"),
        ("points_teacher", "2021-07-31", "points_teacher"),
    ],
)
@pytest.mark.parametrize(("clock", "counts"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_work_counts_until_the_last_second_of_the_last_month(
    story: Story, task: str, last_day: str, need: str, clock: str, counts: bool
) -> None:
    everybody_evaluated(story)
    story.shows("王老师", task, 2, at=f"{last_day} {clock}")
    story.night(LOCK)
    assert story.needs("王老师", "teacher")[need] == (2 if counts else 0)


# ---------------------------------------------------------------- 50学时, 两个简报 (C21-02)


@pytest.mark.parametrize(
    ("online", "practice", "result"),
    [(25, 25, "良好"), (0, 50, "良好"), (25.01, 24.99, "不合格"), (30, 20, "不合格"), (24.99, 25, "不合格")],
)
def test_50_hours_at_least_half_of_them_practice(
    story: Story, online: float, practice: float, result: str
) -> None:
    for demand, amount in DEMANDS["teacher"].items():
        story.shows("王老师", task_of(demand, "teacher"), amount, at="2021-05-20 20:00")
    for task, hours in (("online", online), ("practice", practice)):
        if hours:
            story.shows("王老师", task, hours, at="2021-06-20 20:00")
    everybody_evaluated(story)
    story.night(LOCK)
    assert story.points("王老师", "teacher")["result"] == result


@pytest.mark.parametrize(("briefs", "result"), [(1, "不合格"), (2, "合格"), (3, "合格")])
def test_the_school_hands_in_two_activity_briefs(story: Story, briefs: int, result: str) -> None:
    everybody_evaluated(story)
    story.shows("张校长", "activity_brief", briefs, at="2021-07-31 23:59:59")
    story.night(LOCK)
    assert story.points("张校长", "school")["result"] == result


# ---------------------------------------------------------------- 考核要求 (C21-05)


@pytest.mark.parametrize("role", DEMANDS)
def test_a_group_that_meets_its_row_of_the_table_passes(story: Story, role: str) -> None:
    meets_demands(story, role)
    everybody_evaluated(story)
    story.night(LOCK)
    reached = story.needs(NAMES[role], role)
    assert reached == {
        "all_hours": 50, "practice": 25,
        **{task_of(demand, role): amount for demand, amount in DEMANDS[role].items()},
    }  # fmt: skip
    assert story.points(NAMES[role], role)["result"] == "良好"


@pytest.mark.parametrize("role", DEMANDS)
@pytest.mark.parametrize("short", ["reflect", "points", "model", "analyses"])
def test_one_short_in_one_column_is_no_pass_and_the_column_is_seen(
    story: Story, role: str, short: str
) -> None:
    meets_demands(story, role, short)
    everybody_evaluated(story)
    story.night(LOCK)
    task = task_of(short, role)
    assert story.needs(NAMES[role], role)[task] == DEMANDS[role][short] - 1
    assert story.points(NAMES[role], role)["total"] == 87.6
    assert story.points(NAMES[role], role)["result"] == "不合格"
    assert story.earned(NAMES[role], role) == {}


def test_who_falls_behind_the_reflections_of_a_week_is_reminded_of_them(story: Story) -> None:
    """核心组每周2篇以上, the others 1: after two weeks one reflection is behind for all, two only for the core."""
    for role, amount in (("core", 3), ("subject", 1), ("teacher", 2)):
        story.shows(NAMES[role], f"reflect_{role}", amount, at="2020-11-05 20:00")
    story.night("2020-11-15 00:00")
    told = {name: [row[0] for row in story.reminders(name)] for name in NAMES.values()}
    assert told == {"陈组长": ["2020-11-15 00:00:00"], "刘老师": ["2020-11-15 00:00:00"], "王老师": []}


# ---------------------------------------------------------------- 机制设计: 等级 (C21-06)


@pytest.mark.parametrize(
    ("score", "result", "earned"),
    [
        (100, "优秀", {"points": 3, "credits": 10}),
        (90, "优秀", {"points": 3, "credits": 10}),
        (89.99, "良好", {"points": 2, "credits": 10}),
        (75, "良好", {"points": 2, "credits": 10}),
        (74.99, "合格", {"points": 1, "credits": 10}),
        (60, "合格", {"points": 1, "credits": 10}),
        (59.99, "不合格", {}),
    ],
)
def test_the_grades_are_worth_1_2_and_3_points_and_10_credits(
    story: Story, score: float, result: str, earned: dict[str, float]
) -> None:
    meets_demands(story, "teacher")
    everybody_evaluated(story, but="王老师")
    evaluated(story, "王老师", dict.fromkeys(SIDES, score))
    story.night(LOCK)
    points = story.points("王老师", "teacher")
    assert (points["total"], points["result"]) == (score, result)
    assert story.earned("王老师", "teacher") == earned


# ---------------------------------------------------------------- 多元评价 (C21-08)


def test_each_side_has_its_weight(story: Story) -> None:
    """10% of 90, 20% of 80, 30% of 88, 20% of 91 and 20% of 90 are 87.6."""
    everybody_evaluated(story)
    story.night(LOCK)
    assert story.points("王老师", "teacher")["evaluation"] == 87.6


def test_a_side_of_several_is_its_average(story: Story) -> None:
    """Three peers: 80, 85 and 85 average 83.33, a fifth of which is 16.67."""
    everybody_evaluated(story)
    for peer in ("乙", "丙"):
        story.marks("王老师", "evaluation", 85, item="互评", giver=peer, received="2021-07-21 10:00")
    story.night(LOCK)
    assert story.points("王老师", "teacher")["evaluation"] == 88.27  # 71.6 and 16.666


def test_a_side_that_has_not_reported_holds_the_lock_and_waits_on_the_school(story: Story) -> None:
    everybody_evaluated(story, but="王老师")
    evaluated(story, "王老师", but="家长问卷")
    story.night("2021-08-07 23:59:59")
    assert story.holds("第一中学") == []
    story.night(LOCK)
    (hold,) = story.holds("第一中学")
    assert (hold.phase, hold.kind, hold.organisations) == ("results", "scores not reported", ("第一中学",))
    assert story.sheet("王老师") is None
    story.marks("王老师", "evaluation", 90, item="家长问卷", giver="家长甲", received="2021-08-10 10:00")
    story.night("2021-08-11 00:30")
    assert story.holds("第一中学") == []
    assert story.points("王老师", "teacher")["evaluation"] == 87.6


def test_accepted_as_it_is_a_missing_side_is_zero(story: Story) -> None:
    everybody_evaluated(story, but="王老师")
    evaluated(story, "王老师", but="家长问卷")
    story.night(LOCK)
    story.decide(accept, "第一中学", story.holds("第一中学")[0].id, effective="2021-08-09 09:00")
    story.night("2021-08-10 00:30")
    assert story.points("王老师", "teacher")["evaluation"] == 69.6


# ---------------------------------------------------------------- 校本研修安排 案例2: by steps (C21-04)

STAGES = ["prepare", "training", "modelling", "results", "feedback"]


@pytest.fixture
def steps(engine: Engine) -> Story:
    """案例二: five stages without dates, for a school with one person in each role."""
    story = Story(engine, "capability-2021-steps")
    story.cohort("第一中学", *SCHOOL)
    for role, name in (("head", "张校长"), ("subject", "刘老师"), ("teacher", "王老师")):
        story.enrol(name, role, "第一中学", *SCHOOL)
    return story


def begins(story: Story) -> None:
    """The school sets the first day, once its plan is approved; the end is left to the calendar."""
    story.decide(
        set_dates, "第一中学", "prepare", story.at("2021-03-01 00:00"), None, effective="2021-02-20 09:00"
    )


def shows_stage(story: Story, stage: str, at: str, but: str | None = None) -> None:
    """Everybody does everything that a stage asks of them, but for one task."""
    names = {"head": "张校长", "subject": "刘老师", "teacher": "王老师"}
    for task in story.calendar.tasks:
        if task.phase == stage and task.id != but:
            amount = task.needs.at_least / 100 if task.needs else 1
            for role in task.role:
                story.shows(names[role], task.id, amount, at=at)


def stages(story: Story) -> list[str]:
    states = story.states("第一中学")
    return [states[stage] for stage in STAGES]


def test_the_first_stage_is_held_until_the_school_says_when_it_begins(steps: Story) -> None:
    steps.night("2021-02-01 00:30")
    (hold,) = steps.holds("第一中学")
    assert (hold.phase_name, hold.kind) == ("第一阶段 研修准备", "dates to be determined")
    assert hold.waits_on_name.text("zh") == "学校"
    assert stages(steps) == ["held", "planned", "planned", "planned", "planned"]
    begins(steps)
    steps.night("2021-02-28 23:59:59")
    assert steps.holds("第一中学") == []
    assert stages(steps) == ["planned", "planned", "planned", "planned", "planned"]
    steps.night("2021-03-01 00:00")
    assert stages(steps) == ["open", "planned", "planned", "planned", "planned"]


def test_each_stage_opens_when_the_one_before_is_complete(steps: Story) -> None:
    """The last record of a stage is known a second after it is received: then the next stage opens."""
    begins(steps)
    for number, stage in enumerate(STAGES[:-1]):
        done, open_ = ["done"] * number, ["planned"] * (4 - number)
        day = f"2021-0{number + 3}-20"
        shows_stage(steps, stage, at=f"{day} 17:00:00")
        steps.night(f"{day} 17:00:00")
        assert stages(steps) == [*done, "open", *open_]
        steps.night(f"{day} 17:00:01")
        assert stages(steps) == [*done, "done", "open", *open_[1:]]
    assert steps.open_holds() == []


def test_a_late_night_opens_the_stages_at_the_same_instants(steps: Story) -> None:
    begins(steps)
    for number, stage in enumerate(STAGES[:-1]):
        shows_stage(steps, stage, at=f"2021-0{number + 3}-20 17:00")
    steps.night("2021-12-31 00:30")
    opened = {row[1]: steps.local(row[6]) for row in steps.log() if row[3] == "open"}
    assert opened == {
        "prepare": "2021-03-01 00:00:00",
        "training": "2021-03-20 17:00:01",
        "modelling": "2021-04-20 17:00:01",
        "results": "2021-05-20 17:00:01",
        "feedback": "2021-06-20 17:00:01",
    }


@pytest.mark.parametrize("missing", ["materials", "before_test", "before_pupils"])
def test_one_task_of_one_person_keeps_the_stage_open(steps: Story, missing: str) -> None:
    begins(steps)
    shows_stage(steps, "prepare", at="2021-03-10 17:00", but=missing)
    steps.night("2021-04-01 00:30")
    assert stages(steps) == ["open", "planned", "planned", "planned", "planned"]
    who = {"materials": "张校长", "before_test": "王老师", "before_pupils": "刘老师"}[missing]
    steps.shows(who, missing, at="2021-04-02 17:00")
    steps.night("2021-04-03 00:30")
    assert stages(steps) == ["done", "open", "planned", "planned", "planned"]


def test_24_of_25_hours_keep_the_stage_open(steps: Story) -> None:
    begins(steps)
    shows_stage(steps, "prepare", at="2021-03-10 17:00")
    shows_stage(steps, "training", at="2021-03-20 17:00", but="online")
    steps.shows("王老师", "online", 24, at="2021-03-25 20:00")
    steps.night("2021-04-01 00:30")
    assert stages(steps)[1] == "open"
    steps.shows("王老师", "online", 1, at="2021-04-01 20:00")
    steps.night("2021-04-02 00:30")
    assert stages(steps)[1:3] == ["done", "open"]


def test_a_second_teacher_who_is_behind_keeps_the_stage_open(steps: Story) -> None:
    steps.enrol("赵老师", "teacher", "第一中学", *SCHOOL)
    begins(steps)
    shows_stage(steps, "prepare", at="2021-03-10 17:00")
    steps.night("2021-04-01 00:30")
    assert stages(steps)[0] == "open"


def test_the_office_may_say_that_a_stage_is_complete_as_it_is(steps: Story) -> None:
    begins(steps)
    shows_stage(steps, "prepare", at="2021-03-10 17:00", but="before_pupils")
    steps.night("2021-04-01 00:30")
    steps.decide(complete, "第一中学", "prepare", effective="2021-04-02 09:00")
    steps.night("2021-04-02 08:59:59")
    assert stages(steps)[:2] == ["open", "planned"]
    steps.night("2021-04-02 09:00:00")
    assert stages(steps)[:2] == ["done", "open"]


def test_the_last_stage_is_complete_when_the_office_says_so_and_seals_the_hours(steps: Story) -> None:
    begins(steps)
    for number, stage in enumerate(STAGES):
        shows_stage(steps, stage, at=f"2021-0{number + 3}-20 17:00")
    steps.night("2021-12-31 00:30")
    assert stages(steps) == ["done", "done", "done", "done", "open"]
    assert steps.sheet("王老师") is None
    steps.decide(complete, "第一中学", "feedback", effective="2022-01-05 09:00")
    steps.night("2022-01-06 00:30")
    assert stages(steps) == ["done", "done", "done", "done", "done"]
    assert steps.points("王老师", "hours") == {"online": 25, "practice": 25, "total": 50, "result": "合格"}
    assert steps.points("张校长", "school")["result"] == "合格"


def test_hours_after_a_stage_that_was_said_to_be_complete_do_not_count(steps: Story) -> None:
    begins(steps)
    shows_stage(steps, "prepare", at="2021-03-10 17:00")
    shows_stage(steps, "training", at="2021-03-20 17:00", but="online")
    steps.shows("王老师", "online", 20, at="2021-04-01 08:59:59")
    steps.night("2021-04-01 00:30")
    steps.decide(complete, "第一中学", "training", effective="2021-04-01 09:00")
    steps.shows("王老师", "online", 5, at="2021-04-01 09:00:00")
    shows_stage(steps, "modelling", at="2021-05-20 17:00")
    shows_stage(steps, "results", at="2021-06-20 17:00")
    steps.night("2021-07-01 00:30")
    steps.decide(complete, "第一中学", "feedback", effective="2021-07-05 09:00")
    steps.night("2021-07-06 00:30")
    points = steps.points("王老师", "hours")
    assert (points["online"], points["total"], points["result"]) == (20, 45, "不合格")


# ---------------------------------------------------------------- 校本研修考核 案例2: certified points (C21-07)


@pytest.fixture
def certified(engine: Engine) -> Story:
    story = Story(engine, "capability-2021-certified")
    story.cohort("第一中学", *SCHOOL)
    story.enrol("王老师", "teacher", "第一中学", *SCHOOL)
    return story


CERTIFIED = {"online": 25, "practice": 25, "activities": 2, "material": 3, "certified": 3}


def does(story: Story, amounts: dict[str, float]) -> None:
    for column, amount in amounts.items():
        points = column in ("material", "certified")
        task, kind = ("points", column) if points else (column, None)
        story.shows("王老师", task, amount, kind=kind, at="2021-05-31 23:59:59")


def test_25_hours_online_25_of_practice_2_activities_and_3_points_are_a_pass(certified: Story) -> None:
    does(certified, CERTIFIED)
    certified.night(LOCK)
    assert certified.points("王老师", "year") == {"online": 25, "practice": 25, "total": 50, "result": "合格"}
    assert certified.needs("王老师", "year") == {"activities": 2, "materials": 3, "certified": 3}


@pytest.mark.parametrize(
    ("column", "amount"),
    [("online", 24.99), ("practice", 24.99), ("activities", 1), ("material", 2), ("certified", 2)],
)
def test_whoever_falls_short_of_one_of_them_fails(certified: Story, column: str, amount: float) -> None:
    does(certified, {**CERTIFIED, column: amount})
    certified.night(LOCK)
    assert certified.points("王老师", "year")["result"] == "不合格"


def test_the_platform_states_the_hours_so_far_and_the_greatest_counts(certified: Story) -> None:
    does(certified, {**CERTIFIED, "online": 9.5})
    for day, so_far in (("2020-12-31", 3), ("2021-03-31", 18.5), ("2021-04-30", 24.5)):
        certified.shows("王老师", "online", so_far, at=f"{day} 20:00")
    certified.night(LOCK)
    assert certified.points("王老师", "year")["online"] == 24.5


@pytest.mark.parametrize(("clock", "hours"), [("23:59:59", 25), ("24:00:00", 20), ("24:00:01", 20)])
def test_hours_are_those_of_the_end_of_may(certified: Story, clock: str, hours: float) -> None:
    certified.shows("王老师", "online", 20, at="2021-05-20 20:00")
    certified.shows("王老师", "online", 25, at=f"2021-05-31 {clock}")
    certified.night(LOCK)
    assert certified.points("王老师", "year")["online"] == hours
