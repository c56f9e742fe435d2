"""What is asked each week, and what a cohort adds up to, where dates move, people have dates of their own, and somebody
looks closely."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from exchange.results import export_results
from models.database import open_database
from models.people import Person
from tests.support.desk import Desk
from tests.support.story import Story
from tests.test_verifying import break_into, problems
from workflows.explained import ExplainedLine
from workflows.explaining import explain
from workflows.resolving import extend, set_dates

TERM = """
programme: weekly
name: 每周
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员, leader: 组长}
evidence: {diary: {name: 反思, unit: 篇}, talk: {name: 发言, unit: 次}, score: {name: 测评得分, unit: 分}}
phases:
  - {id: study, kind: online_study, name: 学习, window: 2024-09-02 .. 2024-09-29, own window: inside}
  - {id: steps, kind: school_research, name: 实践, window: 2024-09-02 .. complete, complete when: all tasks shown}
  - {id: review, kind: assessment, name: 考核, window: 2024-09-30 .. 2024-10-20, locks: lock}
cutoffs: {lock: end of review}
tasks:
  - {id: reflect, role: learner, phase: study, name: 反思, shows: diary, needs: 2 a week}
  - {id: speak, role: learner, phase: study, name: 发言, shows: talk}
  - {id: practise, role: learner, phase: steps, name: 实践反思, shows: diary, needs: 1 a week}
  - {id: before_test, role: learner, phase: study, name: 前测, shows: score, by: 3 days before end of study}
  - {id: after_test, role: learner, phase: review, name: 后测, shows: score}
assessments:
  - id: person
    of: learner
    locks: lock
    pass: 10 of 30
    components:
      - {id: each_week, tasks: [reflect, speak], points: 10, rule: weekly, at least: 2}
      - {id: most_weeks, task: reflect, points: 10, rule: weekly, at least: 2, weeks: 2, except: 2024-09-09}
      - {id: within, points: 10, rule: best of, of: [{id: inner, task: speak, points: 10, rule: weekly}]}
  - id: group
    of: leader
    locks: lock
    pass: 1 of 20
    components:
      - {id: talk, task: speak, points: 20, rule: count, over: cohort}
comparisons: [{id: tests, name: 前后测对比, before: before_test, after: after_test}]
reminders:
  - {to: learner, about: reflect, every: week}
"""
LOCK = "2024-10-21 00:00"
MONDAYS = ("2024-09-02", "2024-09-09", "2024-09-16", "2024-09-23")


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, text=TERM)
    story.cohort("一班", "一县")
    for name, role in (("李", "learner"), ("王", "learner"), ("组长", "leader")):
        story.enrol(name, role, "一班", "一县", "一小")
    return story


def line(story: Story, name: str, key: str) -> ExplainedLine:
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == name)).scalar_one()
        (sheet,) = explain(session, number, story.at(LOCK))
        return next(found for found in sheet.lines if found.key == key)


def reflects(story: Story, name: str, *amounts: float, task: str = "reflect") -> None:
    for monday, amount in zip(MONDAYS, amounts, strict=False):
        if amount:
            story.shows(name, task, amount, at=f"{monday} 20:00")


# ---------------------------------------------------------------- which weeks


def test_weeks_are_counted_from_the_dates_that_a_unit_has_set_for_itself(story: Story) -> None:
    """From Wednesday the 4th to the 24th: three weeks, which turn on Wednesdays."""
    story.decide(
        set_dates,
        "一班",
        "study",
        story.at("2024-09-04"),
        story.at("2024-09-25"),
        effective="2024-08-20 09:00",
    )
    for at in ("2024-09-10 23:59:59", "2024-09-11 00:00:00", "2024-09-24 23:59:59"):
        story.shows("李", "reflect", 2, at=at)
        story.shows("李", "speak", 2, at=at)
    story.night(LOCK)
    assert story.points("李", "person")["each_week"] == 10
    assert story.points("王", "person")["each_week"] == 0


def test_a_later_end_for_the_cohort_asks_for_the_weeks_that_it_adds(story: Story) -> None:
    story.decide(extend, "一班", "study.end", story.at("2024-10-07"), effective="2024-09-20 09:00")
    reflects(story, "李", 2, 2, 2, 2)
    reflects(story, "李", 2, 2, 2, 2, task="speak")
    story.night(LOCK)
    assert story.points("李", "person")["each_week"] == 8  # of five weeks now


def test_weeks_that_are_excused_count_neither_way(story: Story) -> None:
    """Of three weeks that are left two give all; a hard-working excused week is none of them."""
    reflects(story, "李", 2, 9, 2, 0)
    reflects(story, "王", 2, 9, 0, 1)
    story.night(LOCK)
    assert story.points("李", "person")["most_weeks"] == 10
    assert story.points("王", "person")["most_weeks"] == 5


# ---------------------------------------------------------------- 每周2篇: who is behind


def test_who_lacked_a_week_is_reminded_and_who_had_every_one_is_not(story: Story) -> None:
    """Two a week: the four of one week do not make up for the none of the next. The week that runs is not asked yet.
    The 16th is in the Mid-Autumn days: what would be said on it is said on the first day of work after them."""
    reflects(story, "李", 2, 2, 0)
    reflects(story, "王", 0, 4, 0)
    story.night("2024-09-18 08:00")
    assert [at for at, what, *_ in story.reminders("李") if what == "reflect"] == []
    assert {at[:10] for at, what, *_ in story.reminders("王") if what == "reflect"} == {
        "2024-09-09", "2024-09-18",
    }  # fmt: skip


def test_a_phase_without_dates_is_complete_when_no_week_so_far_lacks_what_is_asked(story: Story) -> None:
    story.shows("李", "practise", 1, at="2024-09-03 20:00")
    story.shows("王", "practise", 1, at="2024-09-09 00:00")  # the second week's first second
    story.night("2024-09-09 00:30")
    assert story.states("一班")["steps"] == "open"
    story.shows("王", "practise", 1, at="2024-09-08 23:59:59", received="2024-09-09 08:00")
    story.night("2024-09-10 00:30")
    assert story.states("一班")["steps"] == "done"


# ---------------------------------------------------------------- why


def test_each_task_is_short_in_its_own_weeks(story: Story) -> None:
    reflects(story, "李", 2, 2, 1, 2)
    reflects(story, "李", 2, 0, 2, 2, task="speak")
    story.night(LOCK)
    short = line(story, "李", "each_week").short
    assert [(week.task, week.number, week.amount) for week in short] == [("反思", 3, 100), ("发言", 2, 0)]
    assert story.points("李", "person")["each_week"] == 7.5  # six of eight


def test_a_rule_within_another_names_its_short_weeks_too(story: Story) -> None:
    reflects(story, "李", 1, 0, 1, 1, task="speak")
    story.night(LOCK)
    assert [week.number for week in line(story, "李", "within").short] == [2]


def test_of_weeks_that_are_enough_none_is_called_short(story: Story) -> None:
    reflects(story, "李", 2, 0, 2, 0)
    story.night(LOCK)
    assert line(story, "李", "most_weeks").short == ()


def test_what_a_leader_did_in_a_full_line_of_the_cohort_just_counts(engine: Engine) -> None:
    """Whether the line is full is for everybody's records together to say, not for one person's."""
    story = Story(engine, text=TERM.replace("role: learner, phase: study, name: 发言", "role: [learner, leader], phase: study, name: 发言"))  # fmt: skip
    story.cohort("二班", "一县")
    for name, role in (("学员", "learner"), ("领队", "leader")):
        story.enrol(name, role, "二班", "一县", "一小")
    story.shows("学员", "speak", 5, at="2024-09-03 20:00")
    story.shows("领队", "speak", 30, at="2024-09-04 20:00")
    story.shows("领队", "speak", 1, at="2024-09-05 20:00")
    story.night(LOCK)
    found = line(story, "领队", "talk")
    assert (found.counted, found.points) == (3600, 2000)
    assert {fact.why.text("en") for fact in found.facts} == {"counts"}
    assert found.rule.text("zh") == "全班合计：每一得1，最多20"


# ---------------------------------------------------------------- the cohort's figures are sealed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence SET amount = 100 WHERE amount = 300",
        "UPDATE evidence SET happened_at = happened_at + 8000000 WHERE amount = 300",
        "DELETE FROM evidence WHERE amount = 300",
    ],
)
def test_a_change_of_a_learners_record_is_found_on_the_leaders_sheet(story: Story, statement: str) -> None:
    story.shows("李", "speak", 3, at="2024-09-03 20:00")
    story.shows("王", "speak", 4, at="2024-09-03 20:00")
    story.night(LOCK)
    assert story.points("组长", "group")["total"] == 7
    assert problems(story) == []
    break_into(story.engine, statement)
    leader = f"enrolment {story.people['组长']}: scoring again"
    assert any(leader in problem.message.text("en") for problem in problems(story))


# ---------------------------------------------------------------- 前后测对比


def compared(story: Story, folder: Path) -> dict[str, tuple[int | None, ...]]:
    """The page of the results, by name: before, after and gain."""
    with Session(story.engine) as session:
        export_results(session, "weekly", folder / "results.xlsx", "zh", story.at(LOCK))
    _, *rows = openpyxl.load_workbook(folder / "results.xlsx")["前后测对比"].iter_rows(values_only=True)
    return {row[2]: row[5:] for row in rows}


def takes_both(story: Story, name: str, before: str) -> None:
    story.shows(name, "before_test", 60, at=before)
    story.shows(name, "after_test", 80, at="2024-10-10 10:00")


def test_a_cohort_whose_dates_were_moved_is_compared_by_them(story: Story, tmp_path: Path) -> None:
    story.decide(extend, "一班", "study.end", story.at("2024-10-07"), effective="2024-09-20 09:00")
    takes_both(story, "李", "2024-10-03 23:59:59")
    takes_both(story, "王", "2024-10-04 00:00:00")
    found = compared(story, tmp_path)
    assert (found["李"], found["王"]) == ((60, 80, 20), (None, 80, None))


def test_a_person_with_a_later_deadline_is_compared_by_it(story: Story, tmp_path: Path) -> None:
    story.extend_for("李", "before_test", "2024-09-28 00:00", effective="2024-09-20 09:00")
    for name in ("李", "王"):
        takes_both(story, name, "2024-09-27 23:59:59")
    story.shows("李", "before_test", 99, at="2024-09-28 00:00")
    found = compared(story, tmp_path)
    assert (found["李"], found["王"]) == ((60, 80, 20), (None, 80, None))


# ---------------------------------------------------------------- what the office reads


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "zh",
            [
                "“反思”有1周不满：第3周（09-16至09-22）1",
                "“发言”有2周不满：第2周（09-09至09-15）0；第4周（09-23至09-29）0.5",
            ],
        ),
        (
            "en",
            [
                "反思: 1 week short of what is asked: week 3 (09-16 to 09-22) 1",
                "发言: 2 weeks short of what is asked: week 2 (09-09 to 09-15) 0; week 4 (09-23 to 09-29) 0.5",
            ],
        ),
    ],
)
def test_the_command_names_the_short_weeks_by_their_days(
    tmp_path: Path, language: str, told: list[str]
) -> None:
    office = Desk(tmp_path)
    office.expects("init")
    (database,) = tmp_path.glob("*.sqlite")
    story = Story(open_database(f"sqlite:///{database}"), text=TERM)
    story.cohort("一班", "一县")
    story.enrol("李", "learner", "一班", "一县", "一小")
    reflects(story, "李", 2, 2, 1, 2)
    reflects(story, "李", 2, 0, 2, 0.5, task="speak")
    story.night(LOCK)
    story.engine.dispose()
    lines = office.types("explain", "N00000", language=language).out.splitlines()
    assert [found for found in lines if any(found.startswith(one[:6]) for one in told)][:2] == told
