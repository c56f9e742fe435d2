"""能力提升工程2.0校本研修 案例二, told night by night: five steps without dates (C21-04), certified points (C21-07)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.support.story import Story
from workflows.resolving import complete, set_dates

SCHOOL = ("自治区", "第一中学")
LOCK = "2021-08-08 00:00"


def approved(story: Story, at: str) -> None:
    """The school's plan, filed with 国培办 in the morning of a day and approved later on it."""
    plan = story.files("plan", *SCHOOL, at=f"{at.split(maxsplit=1)[0]} 08:00")
    story.acts("pass_on", plan, "province", at=at)


# ---------------------------------------------------------------- 校本研修安排 案例2: by steps (C21-04)

STAGES = ["prepare", "training", "modelling", "results", "feedback"]


@pytest.fixture
def steps(engine: Engine) -> Story:
    """案例二: five stages without dates, for a school with one person in each role."""
    story = Story(engine, "capability-2021-steps")
    story.cohort("第一中学", *SCHOOL)
    for role, name in (("head", "张校长"), ("subject", "刘老师"), ("teacher", "王老师")):
        story.enrol(name, role, "第一中学", *SCHOOL)
    approved(story, "2021-01-20 10:00")
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


@pytest.mark.demand("C21-04")
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
    approved(story, "2020-08-25 10:00")
    return story


CERTIFIED = {"online": 25, "practice": 25, "activities": 2, "material": 3, "certified": 3}


def does(story: Story, amounts: dict[str, float]) -> None:
    for column, amount in amounts.items():
        points = column in ("material", "certified")
        task, kind = ("points", column) if points else (column, None)
        story.shows("王老师", task, amount, kind=kind, at="2021-05-31 23:59:59")


@pytest.mark.demand("C21-07")
def test_25_hours_online_25_of_practice_2_activities_and_3_points_are_a_pass(certified: Story) -> None:
    does(certified, CERTIFIED)
    certified.night(LOCK)
    assert certified.points("王老师", "year") == {"online": 25, "practice": 25, "total": 50, "result": "合格"}
    assert certified.needs("王老师", "year") == {"activities": 2, "materials": 3, "certified": 3}


@pytest.mark.demand("C21-07")
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
