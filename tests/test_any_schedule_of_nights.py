"""Law 2: a night missed, late, doubled or run at the very stroke of a cutoff changes nothing (ALL-04)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from sqlalchemy import select
from sqlmodel import Session

from calendars.reader import read_calendar
from calendars.schedule import schedule
from calendars.term import TermCalendar
from models.nights import Hold
from tests.support.decided import DECIDED
from tests.support.generated_terms import SMALL, Cast, Event
from tests.support.outcomes import outcome
from tests.support.playing import (
    MADE_UP,
    SAME_TERMS,
    THOROUGH,
    Night,
    Played,
    Stage,
    end,
    every,
    outcomes,
    played_terms,
)
from tests.support.story import PROGRAMMES, Story
from workflows import advancing


def at_one_stroke() -> Played:
    """An office accepts missing scores at the very second at which another phase is done, and sets the dates of a
    phase at the very second at which they are owed."""
    document = {
        "programme": "generated", "name": "生成", "zone": "Asia/Shanghai", "source": "生成", "tiers": ["county", "school"],
        "roles": {"learner": "学员", "tutor": "辅导教师"}, "cutoffs": {"lock": "end of scored"},
        "phases": [
            {"id": "first", "kind": "online_study", "name": "一", "window": "2024-03-05 .. 2024-03-06"},
            {"id": "next", "kind": "online_study", "name": "二", "window": "when first is done .. 1 day after start of next"},
            {"id": "scored", "kind": "assessment", "name": "三", "window": "2024-03-04 .. 2024-03-05", "locks": "lock"},
            {"id": "owed", "kind": "wrap_up", "name": "四", "window": "tbd within 2024-03-07 .. 2024-03-12"},
        ],
        "tasks": [{"id": "t0", "role": "learner", "phase": "scored", "name": "任务", "marked by": "school", "marks": "0..10"}],
        "gates": [{"before": "lock", "require": "all scores reported", "waits on": "school"}],
    }  # fmt: skip
    stroke = datetime(2024, 3, 7)  # noqa: DTZ001  # in the calendar's zone
    accepted = Event(stroke, "decides", ("resolve", "一班"))
    dated = Event(stroke, "decides", ("set dates", "二班", "owed", stroke, stroke + timedelta(days=2)))
    strokes = [[Night(stroke, first), Night(end(SMALL))] for first in (True, False)]
    return Played(
        json.dumps(document, ensure_ascii=False),
        [accepted, dated],
        [every(1, SMALL), [Night(end(SMALL))], *strokes],
    )


@pytest.mark.demand("ALL-04")
@SAME_TERMS
@given(term=played_terms())
@example(term=at_one_stroke())
@settings(MADE_UP, max_examples=11 * (20 if THOROUGH else 1))
def test_any_schedule_of_nights_comes_to_the_same(stage: Stage, term: Played) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


LONG_MARKING = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2024-03-04 .. 2024-03-12, locks: lock}]
cutoffs: {lock: 2024-03-21}
tasks:
  - {id: essay, role: learner, phase: study, shows: file, name: 论文, marked by: tutor, marks: [优秀, 合格, 不合格]}
  - {id: diary, role: learner, phase: study, shows: file, name: 日志}
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 10 of 30
    components:
      - {task: essay, points: 20, rule: on time plus mark, on time: 10, mark: {优秀: 10, 合格: 6, 不合格: 0}}
      - {task: diary, points: 10, rule: count, each: 5}
gates: [{before: lock, require: all handed in work marked, waits on: tutor}]
reminders:
  - {to: learner, about: [diary, essay], by: [2 days], on the day: yes, overdue: daily, escalate: {to: county, after: 1 day}}
  - {to: tutor, about: essay, every: week, overdue: daily}
"""


@SAME_TERMS
@given(term=played_terms(LONG_MARKING))
@settings(MADE_UP, max_examples=8 * (20 if THOROUGH else 1))
def test_it_does_so_where_single_people_have_later_deadlines(stage: Stage, term: Played) -> None:
    """The work is due long before it is sealed, so most of the extensions that are made up can be given."""
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


PEERS = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}}
phases:
  - {id: study, kind: school_research, name: 研修, window: 2024-03-04 .. 2024-03-12, locks: lock}
  - {id: next, kind: wrap_up, name: 总结, window: 2024-03-15 .. 2024-03-18}
cutoffs: {lock: 2024-03-14}
tasks: [{id: review, role: tutor, phase: study, shows: file, name: 组互评}]
assessments:
  - id: term
    of: tutor
    locks: lock
    pass: all of 1
    components: [{task: review, points: 1, rule: flat, at least: 1}]
peer reviews:
  - {id: peers, name: 组互评, role: tutor, phase: study, opens: 2024-03-07, by: 2024-03-11, each reviews: 2, within: county, scale: 0..5, task: review}
gates: [{before: end of study, require: peer reviews given, peers: peers, waits on: tutor}]
"""
GROUPS = Cast(
    {"甲": ("tutor", "一班", "一小"), "乙": ("tutor", "二班", "二小"), "丙": ("tutor", "三班", "一小"), "丁": ("tutor", "四班", "二小"),
     "戊": ("learner", "五班", "一小"), "己": ("learner", "六班", "二小")},
    SMALL.first, SMALL.days,
)  # fmt: skip


@SAME_TERMS
@given(term=played_terms(PEERS, GROUPS))
@settings(MADE_UP, max_examples=10 * (20 if THOROUGH else 1))
def test_it_does_so_where_groups_review_one_another_and_some_come_later(stage: Stage, term: Played) -> None:
    """Two cohorts have nobody who reviews, until somebody joins them."""
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


WEEK_BY_WEEK = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, tutor: 辅导教师}
evidence: {file: {name: 提交}, talk: {name: 发言}}
phases:
  - {id: steps, kind: online_study, name: 实践, window: 2024-03-05 .. complete, complete when: all tasks shown}
  - {id: study, kind: school_research, name: 学习, window: tbd within 2024-03-04 .. 2024-03-25, locks: lock}
  - {id: next, kind: wrap_up, name: 总结, window: when steps is done .. 1 day after start of next}
cutoffs: {lock: 1 day after end of study}
tasks:
  - {id: diary, role: learner, phase: steps, shows: file, name: 日志, needs: 1 a week}
  - {id: reflect, role: learner, phase: study, shows: file, name: 反思, needs: 1 a week}
  - {id: speak, role: [learner, tutor], phase: study, shows: talk, name: 发言}
assessments:
  - id: person
    of: learner
    locks: lock
    pass: 10 of 20
    components:
      - {task: reflect, points: 10, rule: weekly}
      - {id: spoken, task: speak, points: 10, rule: weekly, weeks: 1, except: 2024-03-07}
  - {id: group, of: tutor, locks: lock, pass: 5 of 20, components: [{task: speak, points: 20, rule: count, over: cohort}]}
reminders:
  - {to: learner, about: [diary, reflect], every: week}
  - {to: tutor, about: diary, every: day}
"""


def first_week_ends(seconds: int) -> Played:
    """Everybody wrote in the first week, which ends at a stroke at which nothing is received and no night need run."""
    written_in_time = [
        Event(datetime(2024, 3, 6, 9), "shows", (name, "diary", 1, datetime(2024, 3, 6, 8), "file", "", None))  # noqa: DTZ001
        for name in ("甲", "乙", "丁")
    ]
    stroke = datetime(2024, 3, 12)  # noqa: DTZ001  # in the calendar's zone
    around = [[Night(stroke + timedelta(seconds=by)), Night(end(SMALL))] for by in (-seconds, 0, seconds)]
    return Played(WEEK_BY_WEEK, written_in_time, [every(1, SMALL), [Night(end(SMALL))], *around])


@SAME_TERMS
@given(term=played_terms(WEEK_BY_WEEK))
@example(term=first_week_ends(1))
@example(term=first_week_ends(7200))
@settings(MADE_UP, max_examples=8 * (20 if THOROUGH else 1))
def test_it_does_so_where_something_is_asked_each_week_and_of_the_whole_cohort(
    stage: Stage, term: Played
) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


@SAME_TERMS
@given(term=played_terms(DECIDED, acting=12))
@settings(MADE_UP, max_examples=12 * (20 if THOROUGH else 1))
def test_it_does_so_whatever_is_decided_about_people_and_organisations(stage: Stage, term: Played) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


# The same where the office owes the second lock its date, and decides about every missed duty.
OWED = DECIDED.replace("second: 2024-03-14", "second: tbd").replace(
    "if undecided: apply", "if undecided: hold"
)


@SAME_TERMS
@given(term=played_terms(OWED, acting=8))
@settings(MADE_UP, max_examples=8 * (20 if THOROUGH else 1))
def test_it_does_so_where_the_date_of_a_lock_is_owed(stage: Stage, term: Played) -> None:
    first, *others = outcomes(stage, term)
    assert first["wrong"] == []
    for other in others:
        assert other == first


# ---------------------------------------------------------------------- the programmes themselves

SLUGS = sorted(file.stem for file in PROGRAMMES.glob("*.yaml"))


def cast_of(calendar: TermCalendar) -> Cast:
    """Two of each role, in two schools, and the days from the first instant of the calendar to the last."""
    people = {}
    for role in calendar.roles:
        people |= {f"{role}甲": (role, "一班", "一小"), f"{role}乙": (role, "一班", "二小")}
    term = schedule(calendar)
    known = [at for times in term.phases.values() for at in (times.opens, times.closes, times.locks)]
    dated = [at for at in known if isinstance(at, datetime)] or [datetime(2020, 9, 1, tzinfo=UTC)]
    first = min(dated).astimezone(calendar.zoneinfo).replace(tzinfo=None, hour=0)
    return Cast(people, first, max((max(dated) - min(dated)).days, 60))


@pytest.mark.demand("ALL-04")
@pytest.mark.parametrize("slug", SLUGS)
def test_any_schedule_of_nights_comes_to_the_same_in_every_programme(stage: Stage, slug: str) -> None:
    text = (PROGRAMMES / f"{slug}.yaml").read_text(encoding="utf-8")
    cast = cast_of(read_calendar(text, slug))

    @given(term=played_terms(text, cast, days=7))
    @settings(MADE_UP, max_examples=2 * (20 if THOROUGH else 1))
    def check(term: Played) -> None:
        first, *others = outcomes(stage, term)
        assert first["wrong"] == []
        for other in others:
            assert other == first

    check()


# ---------------------------------------------------------------------- a cohort that fails

CLASSES = ("一班", "二班", "三班")
NIGHTS = [
    f"2024-{month}-{day:02d} 00:30"
    for month, last in (("11", 30), ("12", 31))
    for day in range(1, last + 1, 2)
]
LAST_SICK = "2024-12-21 00:30"


@pytest.fixture
def longcheng(stage: Stage) -> Callable[[], Story]:
    """Three classes of which the last has nothing marked; each call begins the same term anew."""

    def begin() -> Story:
        story = stage.new((PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8"))
        for cohort in CLASSES:
            story.cohort(cohort, "龙城区", "一小")
            story.enrol(f"{cohort}学员", "learner", cohort, "龙城区", "一小")
            story.enrol(f"{cohort}辅导", "tutor", cohort, "龙城区", "一小")
            story.shows(f"{cohort}学员", "study", 600, at="2024-11-03 20:00")
            story.shows(f"{cohort}学员", "assignment", at="2024-11-20 21:15")
            if cohort != "三班":
                story.marks(f"{cohort}学员", "assignment", "良好", received="2024-12-10 10:00")
        return story

    return begin


def of_cohort(story: Story, cohort: str) -> dict[str, list[tuple[Any, ...]]]:
    """What came of one cohort, apart from errors. A seal's rows name the cohort, a sheet's the enrolment."""
    number = story.cohorts[cohort]
    people = {story.people[name] for name in story.people if name.startswith(cohort)}
    found = outcome(story)
    assert found.pop("wrong") == []
    heads = [row for row in found.pop("seals") if row[0] in (people if isinstance(row[1], str) else {number})]
    return {"seals": heads} | {
        part: [row for row in rows if row[0] == number and row[2] != "error"] for part, rows in found.items()
    }


def plant_failure(monkeypatch: pytest.MonkeyPatch, place: str, sick: int) -> None:
    """The real part runs, and then fails whenever the cohort was among those that it worked on."""
    owner, _, name = place.rpartition(".")
    inside = getattr(advancing, owner) if owner else advancing
    real = getattr(inside, name)

    def failing(session: Session, *given: Any) -> Any:
        found = real(session, *given)
        several = [one for one in given if isinstance(one, list)] + [[one] for one in given]
        if any(getattr(one, "id", one) == sick for ones in several for one in ones):
            raise RuntimeError("planted")
        return found

    monkeypatch.setattr(inside, name, failing)


@pytest.mark.parametrize(
    ("sick", "place"),
    [
        ("一班", "seal_assessments"),
        ("二班", "write_reminders"),
        ("三班", "Holding.settle"),
        ("三班", "begin"),
    ],
)
def test_a_cohort_that_fails_is_held_alone_and_loses_nothing_once_it_is_healed(
    longcheng: Callable[[], Story], monkeypatch: pytest.MonkeyPatch, sick: str, place: str
) -> None:
    story = longcheng()
    for night in NIGHTS:
        story.night(night)
    healthy = {cohort: of_cohort(story, cohort) for cohort in CLASSES}

    story = longcheng()
    plant_failure(monkeypatch, place, story.cohorts[sick])
    for night in NIGHTS:
        if night > LAST_SICK:
            monkeypatch.undo()
        story.night(night)
        if night == LAST_SICK:
            assert [hold[0] for hold in story.open_holds() if hold[2] == "error"] == [sick]
    assert {cohort: of_cohort(story, cohort) for cohort in CLASSES} == healthy
    with Session(story.engine) as session:
        (error,) = session.execute(select(Hold).where(Hold.kind == "error")).scalars()
        assert error.opened_at < error.cleared_at == story.at("2024-12-23 00:30")
