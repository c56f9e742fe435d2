"""The five programmes and two variants as they are shipped: each reads without a problem and keeps its document's days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from calendars.reader import read_calendar
from calendars.rules.amounts import Flat
from calendars.rules.marks import Rubric
from calendars.schedule import Moment, Schedule, Unset, deadline, schedule
from calendars.term import Phase, TermCalendar

PROGRAMMES = Path(__file__).parent.parent / "calendars" / "programmes"
NAMES = [
    "capability-2021",
    "capability-2021-certified",
    "capability-2021-steps",
    "guopei-2016",
    "jinan-2020",
    "lanxi-2019",
    "longcheng-2024",
]


def programme(name: str) -> TermCalendar:
    file = PROGRAMMES / f"{name}.yaml"
    return read_calendar(file.read_text(encoding="utf-8"), file.name)


def utc(text: str) -> datetime:
    """`2024-12-05 16:00` in UTC, which is midnight at the end of 5 December in China."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def windows(times: Schedule) -> dict[str, tuple[Moment, Moment]]:
    return {phase: (at.opens, at.closes) for phase, at in times.phases.items()}


def due(calendar: TermCalendar, task: str) -> Moment:
    return deadline(calendar, {}, {}, calendar.task(task).by or f"end of {calendar.task(task).phase}")


def locked_by(calendar: TermCalendar, assessment: str) -> Phase:
    (phase,) = [phase for phase in calendar.phases if phase.locks == calendar.assessment(assessment).locks]
    return phase


def test_the_shipped_programmes_are_these() -> None:
    assert sorted(file.stem for file in PROGRAMMES.glob("*.yaml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_programme_reads_without_a_problem(name: str) -> None:
    assert programme(name).programme == name


@pytest.mark.parametrize("name", NAMES)
def test_an_editor_is_told_where_the_schema_is(name: str) -> None:
    first = (PROGRAMMES / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=term-calendar.schema.json"


@pytest.mark.parametrize("name", NAMES)
def test_work_is_in_before_the_lock_that_seals_it(name: str) -> None:
    calendar = programme(name)
    times = schedule(calendar)
    for assessment in calendar.assessments:
        lock = times.cutoffs[assessment.locks]
        assert locked_by(calendar, assessment.id).locks == assessment.locks
        for component in (*assessment.components, *assessment.needs):
            for task in component.task_ids:
                by = due(calendar, task)
                assert isinstance(by, Unset) or isinstance(lock, Unset) or by <= lock


# guopei-2016


def test_between_two_phases_of_guopei_are_days_that_belong_to_none() -> None:
    """G16-01: the day of 11 October 2016, 31 December to 2 January."""
    assert windows(schedule(programme("guopei-2016"))) == {
        "online": (utc("2016-09-10 16:00"), utc("2016-10-10 16:00")),
        "research": (utc("2016-10-11 16:00"), utc("2016-12-30 16:00")),
        "summary": (utc("2017-01-02 16:00"), utc("2017-01-20 16:00")),
        "second": (Unset.TO_BE_DETERMINED, Unset.TO_BE_DETERMINED),
        "final": (utc("2017-06-30 16:00"), utc("2017-07-30 16:00")),
    }


def test_the_second_semester_of_guopei_may_be_set_within_march_to_june() -> None:
    """G16-02"""
    times = schedule(programme("guopei-2016"))
    assert times.phases["second"].within == (utc("2017-02-28 16:00"), utc("2017-06-30 16:00"))
    assert times.undetermined("second")


def test_the_hours_of_guopei_add_up_to_all_of_120() -> None:
    """G16-03: backbone 30, regional 42, school-based 48, of them 30 electives."""
    hours = programme("guopei-2016").assessment("hours")
    assert {line.key: line.hours for line in hours.components} == {
        "backbone": 3000,
        "regional": 4200,
        "together": 1800,
        "electives": 3000,
    }
    assert (hours.passing.mark, hours.passing.full) == (12000, 12000)


@pytest.mark.parametrize(
    ("role", "tasks"),
    [
        ("learner", {"online": 9, "research": 12, "summary": 1}),
        ("leader", {"online": 3, "research": 10, "summary": 2}),
        ("tutor", {"online": 3, "research": 8, "summary": 2}),
        ("expert", {"online": 3, "research": 8, "summary": 2}),
    ],
)
def test_the_table_of_part_8_of_guopei_is_there_in_full(role: str, tasks: dict[str, int]) -> None:
    """G16-05: the lines of the document's table; a learner has two blocks of hours beside each study stage."""
    owed = [task for task in programme("guopei-2016").tasks if role in task.role]
    assert {phase: sum(task.phase == phase for task in owed) for phase in tasks} == tasks


# longcheng-2024


def test_the_weeks_of_longcheng_fall_on_the_documents_days() -> None:
    """L24-01: week 1, weeks 2 to 6, week 7 from 25 October 2024; 15 December; 30 May 2025; review after that."""
    assert windows(schedule(programme("longcheng-2024"))) == {
        "preparation": (utc("2024-10-24 16:00"), utc("2024-10-31 16:00")),
        "courses": (utc("2024-10-31 16:00"), utc("2024-12-05 16:00")),
        "scoring": (utc("2024-12-05 16:00"), utc("2024-12-12 16:00")),
        "closing": (utc("2024-12-12 16:00"), utc("2024-12-15 16:00")),
        "practice": (utc("2024-12-15 16:00"), utc("2025-05-30 16:00")),
        "review": (utc("2025-05-30 16:00"), Unset.TO_BE_DETERMINED),
    }


def test_the_marks_of_longcheng_have_a_week_before_the_lock() -> None:
    times = schedule(programme("longcheng-2024"))
    cutoffs = times.cutoffs
    assert cutoffs["work in"] == utc("2024-12-05 16:00")
    assert cutoffs["marks in"] == utc("2024-12-12 16:00")
    assert cutoffs["training lock"] == times.phases["courses"].locks == utc("2024-12-15 16:00")


def test_the_material_of_longcheng_is_due_a_week_after_the_training() -> None:
    """L24-09"""
    calendar = programme("longcheng-2024")
    assert {due(calendar, task) for task in ("certificate", "plan", "reflection")} == {
        utc("2024-12-22 16:00")
    }
    assert (calendar.task("plan").characters, calendar.task("reflection").characters) == (2000, 1500)


# lanxi-2019


def test_joining_lanxi_closes_at_the_midnight_that_is_24_00() -> None:
    """X19-01"""
    calendar = programme("lanxi-2019")
    assert calendar.joining is not None
    assert deadline(calendar, {}, {}, calendar.joining) == utc("2019-12-08 16:00")


def test_each_module_of_lanxi_ends_with_its_own_last_day() -> None:
    """X19-02"""
    calendar = programme("lanxi-2019")
    assert [due(calendar, task) for task in ("own_plan", "own_speech", "insight")] == [
        utc("2019-12-15 16:00"),
        utc("2019-12-22 16:00"),
        utc("2019-12-29 16:00"),
    ]


def test_the_school_part_of_lanxi_runs_beside_the_modules() -> None:
    """X19-04, X19-05, X19-06"""
    calendar = programme("lanxi-2019")
    times = schedule(calendar)
    assert windows(times)["school"] == (utc("2019-12-08 16:00"), utc("2019-12-29 16:00"))
    assert times.cutoffs["school plan in"] == utc("2019-12-13 16:00")
    assert due(calendar, "school_report") == utc("2019-12-29 16:00")
    assert times.cutoffs["term lock"] == utc("2019-12-31 16:00")


def test_scores_of_lanxi_are_given_in_tenths_and_schools_make_their_own_rubric() -> None:
    """X19-03, X19-04"""
    calendar = programme("lanxi-2019")
    scale = calendar.task("own_plan").marks
    assert scale is not None
    assert [scale.admits(score) for score in (2000, 1790, 1785, 2010)] == [True, True, False, False]
    rubric = calendar.assessment("term").components[-1]
    assert isinstance(rubric, Rubric)
    assert (rubric.items, rubric.points, rubric.at_least) == ("by school", 4000, {"course": 2, "work": 2})


# capability-2021


def test_the_months_of_capability_include_their_last_day() -> None:
    """C21-03"""
    months = {
        "prepare": (utc("2020-08-31 16:00"), utc("2020-10-31 16:00")),
        "develop": (utc("2020-10-31 16:00"), utc("2021-05-31 16:00")),
        "results": (utc("2021-05-31 16:00"), utc("2021-07-31 16:00")),
    }
    assert windows(schedule(programme("capability-2021"))) == months
    assert windows(schedule(programme("capability-2021-certified"))) == months


def test_the_five_stages_of_the_variant_have_no_dates_until_the_one_before_is_done() -> None:
    """C21-04"""
    calendar = programme("capability-2021-steps")
    stages = [phase.id for phase in calendar.phases]
    assert stages == ["prepare", "training", "modelling", "results", "feedback"]
    assert windows(schedule(calendar)) == {
        "prepare": (Unset.TO_BE_DETERMINED, Unset.COMPLETE),
        **dict.fromkeys(stages[1:], (Unset.WAITING, Unset.COMPLETE)),
    }
    done = utc("2021-03-09 16:00")
    assert schedule(calendar, done={"prepare": done}).phases["training"].opens == done


@pytest.mark.parametrize(
    ("group", "demands"),
    [
        ("core", {"reflect_core": 30, "points_core": 5, "model": 1, "analyses_core": 5}),
        ("subject", {"reflect_subject": 30, "points_subject": 4, "model": 1, "analyses_subject": 2}),
        ("teacher", {"reflect_teacher": 30, "points_teacher": 3, "model": 1, "analyses_teacher": 1}),
    ],
)
def test_each_group_of_capability_has_the_demands_of_its_row(group: str, demands: dict[str, int]) -> None:
    """C21-05, and half of the 50 hours as practice (C21-02)."""
    needs = programme("capability-2021").assessment(group).needs
    hours = {"all_hours": 50, "practice": 25}
    assert {need.key: need.most for need in needs} == {
        key: 100 * figure for key, figure in (hours | demands).items()
    }


def test_the_grades_of_capability_earn_one_two_and_three_points_and_ten_credits() -> None:
    """C21-06"""
    earns = programme("capability-2021").assessment("teacher").earns
    assert {grade: earning.amount for grade, earning in earns["points"].items()} == {
        "合格": 100,
        "良好": 200,
        "优秀": 300,
    }
    assert earns["credits"]["pass"].amount == 1000


# jinan-2020


def test_the_phases_of_jinan_overlap_and_end_with_the_last_day_of_their_month() -> None:
    """J20-01"""
    begins = utc("2020-11-05 16:00")
    assert windows(schedule(programme("jinan-2020"))) == {
        "choice": (begins, Unset.OPEN_ENDED),
        "first_half": (begins, utc("2020-12-31 16:00")),
        "year": (begins, utc("2021-03-31 16:00")),
        "judging": (utc("2021-03-31 16:00"), utc("2021-04-30 16:00")),
    }


def test_a_unit_of_jinan_may_set_its_own_window_inside_both_dated_phases() -> None:
    """J20-02: what a unit sets goes before the calendar's own dates."""
    calendar = programme("jinan-2020")
    assert [phase.id for phase in calendar.phases if phase.own_window == "inside"] == ["first_half", "year"]
    own = {"first_half.start": utc("2020-11-15 16:00"), "first_half.end": utc("2020-12-20 16:00")}
    assert windows(schedule(calendar, own))["first_half"] == tuple(own.values())


def test_lists_of_jinan_are_taken_until_the_end_of_11_december() -> None:
    """J20-04, J20-05"""
    cutoffs = schedule(programme("jinan-2020")).cutoffs
    assert cutoffs["withdrawals in"] == cutoffs["hosts reported"] == utc("2020-12-11 16:00")


def test_the_task_table_of_jinan_asks_its_figures_of_the_hosts() -> None:
    """J20-06: briefs 3 then 2, or 5; problems 3 then 2, or 5; answers 5 and 5, or 10; an article."""
    calendar = programme("jinan-2020")
    asked = {
        task.id: task.needs.at_least // 100
        for task in calendar.tasks
        if task.needs and not task.needs.each_of
    }
    assert asked == {
        "briefs": 3, "lesson_briefs": 2, "topic_briefs": 5,
        "article": 1, "topic_article": 1,
        "problems": 3, "later_problems": 2, "topic_problems": 5,
        "answers": 5, "later_answers": 5, "topic_answers": 10,
        "lesson_creation": 1, "research_lesson": 1,
    }  # fmt: skip


def test_observation_in_jinan_gives_ten_credits_and_a_passing_host_earns_double() -> None:
    """J20-08, J20-10"""
    host = programme("jinan-2020").assessment("subject_host")
    observed = [line.credits for line in host.components if line.key in ("cases", "city_lessons")]
    assert observed == [600, 400]
    assert {result: earning.times_total for result, earning in host.earns["credits"].items()} == {
        "pass": 200,
        "fail": 100,
    }


def test_open_lessons_and_observed_lessons_of_longcheng_have_the_documents_figures() -> None:
    """L24-10: fifteen observed, three open, three attending."""
    recognition = programme("longcheng-2024").assessment("recognition")
    observe, open_lesson = recognition.components[-2:]
    assert isinstance(observe, Flat)
    assert observe.at_least == 1500
    assert open_lesson.points == 300
    assert open_lesson.rule == "all or nothing"
    assert open_lesson.at_least == {"attendees": 300}
