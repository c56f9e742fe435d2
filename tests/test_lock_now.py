"""The lock of a phase brought forward to now: only once nothing can be added any more, and the same for any nights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session
from typer.testing import CliRunner

from calendars.messages import Refused
from models.database import open_database, transaction
from models.nights import Resolution, TransitionLog
from models.terms import Cohort
from models.verdicts import Seal
from office.command import app
from tests.support.operators import appoint
from tests.support.story import Story
from workflows.deciding import AtOnce, lock_now
from workflows.extending import extend_for_person
from workflows.resolving import Decision, extend
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
NOON = "2024-12-14 12:00:07"


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two classes; in the first a piece is handed in, and marked on 9 December."""
    story = term(engine)
    story.marks("李老师", "assignment", "良好", received="2024-12-09 10:00")
    return story


def term(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
        story.enrol(f"{cohort}辅导", "tutor", cohort, *SCHOOL)
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.enrol("赵老师", "learner", "二班", *SCHOOL)
    story.shows("李老师", "study", 750, at="2024-11-10 20:00")
    story.shows("李老师", "assignment", at="2024-11-20 21:15")
    return story


def lock(story: Story, at: str, phase: str = "courses", cohorts: tuple[str, ...] = ("一班",)) -> AtOnce:
    instant = story.at(at)
    with transaction(story.engine) as session:
        meant = [session.get_one(Cohort, story.cohorts[name]) for name in cohorts]
        return lock_now(
            session, meant, phase, Decision("上级要求提前公布", "王主任", instant, instant, "a-run")
        )


def refused(story: Story, at: str, **said: Any) -> str:
    """Why it is refused; nothing of it is kept."""
    with Session(story.engine) as session:
        before = session.execute(select(func.count()).select_from(TransitionLog)).scalar_one()
    with pytest.raises(Refused) as refusal:
        lock(story, at, **said)
    with Session(story.engine) as session:
        assert session.execute(select(Resolution)).all() == []
        assert session.execute(select(func.count()).select_from(TransitionLog)).scalar_one() == before
    return str(refusal.value)


def outcome(story: Story) -> dict[str, Any]:
    with Session(story.engine) as session:
        assert verify(session) == []
    return {
        "seals": story.seals(), "log": story.log(), "outbox": sorted(story.outbox()),
        "states": [story.states(cohort) for cohort in story.cohorts],
    }  # fmt: skip


def test_the_scores_are_sealed_at_this_very_second_and_the_decision_is_kept(
    story: Story, engine: Engine
) -> None:
    story.night("2024-12-14 00:30")
    done = lock(story, NOON)
    assert done.changes.sealed.total() == 2
    assert story.states("一班")["courses"] == "done"
    assert story.states("二班")["courses"] == "closing"
    with Session(engine) as session:
        assert set(session.execute(select(Seal.locked_at)).scalars()) == {story.at(NOON)}
        (kept,) = session.execute(select(Resolution)).scalars()
    assert (kept.action, kept.phase, kept.reason, kept.name, kept.run_id) == (
        "lock", "courses", "上级要求提前公布", "王主任", "a-run",
    )  # fmt: skip
    assert json.loads(kept.dates) == {"training lock": int(story.at(NOON).timestamp())}
    assert done.resolutions == {"一班": kept.id}
    assert story.points("李老师", "training")["total"] == 40 + 18


EACH_NIGHT = [f"2024-12-{day:02d} 00:30" for day in range(1, 19)]
LAST = "2024-12-17 00:30"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([], [LAST], id="none before it"),
        pytest.param([NOON], [LAST], id="one of the same second, before it"),
        pytest.param([], [NOON, LAST], id="one of the same second, after it"),
        pytest.param(["2024-12-14 12:00:06"], ["2024-12-14 12:00:08", LAST, LAST], id="around it"),
        pytest.param([], ["2024-12-13 00:30", LAST], id="late ones, for earlier instants"),
    ],
)
def test_any_schedule_of_nights_gives_the_same_seals(
    engine: Engine, sqlite_template: Path, tmp_path: Path, before: list[str], after: list[str]
) -> None:
    found = played(engine, before, after)
    other = open_database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'each.sqlite')}")
    assert found == played(
        other,
        [night for night in EACH_NIGHT if night < NOON],
        [night for night in EACH_NIGHT if night > NOON],
    )
    other.dispose()


def played(engine: Engine, before: list[str], after: list[str]) -> dict[str, Any]:
    """The decision between these nights, with something received a second before it and at its very second."""
    story = term(engine)
    story.marks("李老师", "assignment", "良好", received="2024-12-09 10:00")
    story.shows("李老师", "journal", at="2024-12-03 20:00", received="2024-12-14 12:00:06")
    for night in before:
        story.night(night)
    lock(story, NOON)
    story.shows("李老师", "talk", 10, at="2024-12-03 20:00", received=NOON, kind="topic")
    for night in after:
        story.night(night)
    points = story.points("李老师", "training")
    assert (points["journal"], points["talk"]) == (20, 0)
    return outcome(story)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2024-12-05 23:59:59", "远程课程学习 is open and has not ended yet (2024-12-05 24:00)"),
        ("2024-12-06 00:00:00", "work on 班级简报 counts until 2024-12-12 24:00"),
        ("2024-12-12 23:59:59", "work on 推优 counts until 2024-12-12 24:00"),
        ("2024-12-16 00:00:00", "远程课程学习 is done and cannot be locked any more"),
    ],
)
def test_a_second_too_early_or_too_late_is_refused(story: Story, at: str, why: str) -> None:
    assert why in refused(story, at)


@pytest.mark.parametrize("at", ["2024-12-13 00:00:00", "2024-12-15 23:59:59"])
def test_from_the_stroke_of_the_last_deadline_to_a_second_before_the_lock_it_can_be_done(
    story: Story, at: str
) -> None:
    lock(story, at)
    assert story.states("一班")["courses"] == "done"


@pytest.mark.parametrize(
    ("at", "why"),
    [("2024-12-14 23:59:59", "still to come"), ("2024-12-15 00:00", ""), ("2024-12-15 00:00:01", "")],
)
def test_it_waits_for_a_deadline_that_one_person_has_been_given(story: Story, at: str, why: str) -> None:
    given = story.at("2024-12-13 10:00")
    with transaction(story.engine) as session:
        extend_for_person(
            session, story.people["李老师"], "journal", story.at("2024-12-14", "end"), Decision("住院", "王主任", given, given)
        )  # fmt: skip
    if why:
        assert why in refused(story, at)
    else:
        lock(story, at)
        assert story.sheet("李老师", "training") is not None


def test_every_cohort_that_is_meant_is_locked_or_none(story: Story) -> None:
    story.shows("赵老师", "assignment", at="2024-11-20 21:15")
    assert refused(story, NOON, cohorts=("一班", "二班")) == (
        "二班: it cannot be locked now: 1 piece handed in is not marked, at: 第一小学. "
        "Nothing was kept of this decision"
    )
    story.marks("赵老师", "assignment", "合格", received="2024-12-14 12:00:06")
    assert lock(story, NOON, cohorts=("一班", "二班")).changes.sealed.total() == 4


def test_a_mark_of_the_same_second_comes_too_late(engine: Engine) -> None:
    story = term(engine)
    story.marks("李老师", "assignment", "良好", received=NOON)
    assert "1 piece handed in is not marked" in refused(story, NOON)
    lock(story, "2024-12-14 12:00:08")


def test_a_phase_that_is_held_at_its_lock_is_told_why(engine: Engine) -> None:
    story = term(engine)
    story.night("2024-12-16 00:30")
    assert "1 piece handed in is not marked" in refused(story, "2024-12-16 09:00")


def test_what_locks_without_a_cutoff_and_what_has_no_name_or_reason_is_refused(story: Story) -> None:
    assert "总结结业 has no lock of its own" in refused(story, NOON, phase="closing")
    assert "no phase 'course'; there are" in refused(story, NOON, phase="course")
    at = story.at(NOON)
    with transaction(story.engine) as session:
        meant = [session.get_one(Cohort, story.cohorts["一班"])]
        with pytest.raises(Refused, match="a reason and a name are needed"):
            lock_now(session, meant, "courses", Decision(" ", "王主任", at, at))
        session.rollback()


def test_what_is_sealed_early_stays_so(story: Story) -> None:
    lock(story, NOON)
    with pytest.raises(Refused, match="training lock is past and cannot be moved any more"):
        story.decide(extend, "一班", "training lock", story.at("2024-12-20"), effective="2024-12-14 13:00")
    story.shows("李老师", "talk", 10, at="2024-12-03 20:00", received="2024-12-14 13:00", kind="topic")
    before = story.seals()
    story.night("2024-12-16 00:30")
    assert [row for row in story.seals() if row in before] == before
    assert outcome(story)["states"][0]["courses"] == "done"


TERM = """\
programme: early-2024
name: 提前锁定
zone: Asia/Shanghai
source: 《研修通知》
tiers: [county, school]
roles: {learner: 学员}
evidence: {handed_in: {name: 提交, unit: 份}}
phases:
  - {id: study,    kind: online_study,    name: 集中学习, window: 2024-03-01 .. 2024-05-31, locks: final}
  - {id: practice, kind: school_research, name: 岗位实践, window: %s}
cutoffs:
  final: 2024-06-15 24:00
tasks:
  - {id: reading, role: learner, phase: study, shows: handed_in, name: 读书笔记}
"""
SHARED = "2024-05-01 .. 2024-06-10, locks: final"
BEFORE_IT = "2024-05-01 .. 1 week before final"
AFTER_IT = "when study is done .. 1 week after final"


def other(engine: Engine, window: str) -> Story:
    story = Story(engine, "early-2024", text=TERM % window)
    story.cohort("一班", "东县", "第一小学")
    story.enrol("李老师", "learner", "一班", "东县", "第一小学")
    return story


def test_a_phase_that_shares_the_cutoff_must_have_ended_too(engine: Engine) -> None:
    story = other(engine, SHARED)
    assert "岗位实践 is open and has not ended yet (2024-06-10 24:00)" in refused(
        story, "2024-06-10 12:00", phase="study"
    )
    lock(story, "2024-06-11 00:00", phase="practice")
    assert story.states("一班") == {"study": "done", "practice": "done"}


def test_nothing_that_is_dated_by_the_cutoff_may_fall_into_the_past(engine: Engine) -> None:
    story = other(engine, BEFORE_IT)
    assert (
        "the end of 岗位实践 is dated by 'final' and would come to lie in the past, at 2024-05-26 12:00"
        in (refused(story, "2024-06-02 12:00", phase="study"))
    )


def test_what_comes_after_the_lock_comes_earlier_with_it(engine: Engine) -> None:
    story = other(engine, AFTER_IT)
    lock(story, "2024-06-02 12:00", phase="study")
    story.night("2024-06-02 12:00:01")
    assert story.states("一班") == {"study": "done", "practice": "open"}
    story.night("2024-06-09 12:00")
    assert story.states("一班")["practice"] == "done"


def test_the_command_locks_at_once_and_says_what_was_sealed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(sqlite_url)
    story = term(engine)
    monkeypatch.setenv("YANXIU_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("YANXIU_LOCALE", "en")

    def types(*words: str) -> Any:
        said = [
            "--programme",
            "longcheng-2024",
            "--reason",
            "提前公布",
            "--name",
            "王主任",
            "--cohort",
            "一班",
            *words,
        ]
        return CliRunner().invoke(app, ["lock", "--phase", "远程课程学习", *said])

    appoint(engine, "王主任")
    refusal = types("--at", "2024-12-14 12:00")
    assert refusal.exit_code == 1
    assert refusal.stderr == (
        "一班: it cannot be locked now: 1 piece handed in is not marked, at: 第一小学. "
        "Nothing was kept of this decision\n"
    )
    story.marks("李老师", "assignment", "良好", received="2024-12-14 13:00")
    assert "is still to come" in types("--at", "2124-12-14").stderr
    done = types("--at", "2024-12-14 14:00")
    assert (done.exit_code, done.stdout) == (0, "一班: locked at 2024-12-14 14:00\n2 score sheets sealed\n")
    assert story.states("一班")["courses"] == "done"
    engine.dispose()
