"""What a person answers where a cohort is stuck: carried out at once, kept only if it lets the cohort go on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlmodel import Session

from calendars.messages import Refused
from models.database import transaction
from models.nights import Hold, Resolution
from models.terms import Cohort, Edition
from tests.support.story import Story
from workflows import publishing
from workflows.answering import Answer, Outcome, answer_hold
from workflows.cohorts import load_terms
from workflows.holds import open_holds
from workflows.looking import look_now
from workflows.resolving import Decision, accept
from workflows.touched import Touched, touched

SCHOOL = ("龙城区", "第一小学")


@pytest.fixture
def story(engine: Engine) -> Story:
    """A class in which two pieces wait for a mark, and one that waits for nothing."""
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    for name in ("李老师", "赵老师", "钱老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
    story.enrol("张辅导", "tutor", "一班", *SCHOOL)
    for name in ("李老师", "赵老师"):
        story.shows(name, "assignment", at="2024-11-20 21:15")
    story.night("2024-12-16 00:30")
    return story


def answer(story: Story, answered: Answer, at: str, cohort: str = "一班") -> Outcome:
    hold, instant = story.hold_id(cohort), story.at(at)
    with transaction(story.engine) as session:
        look_now(session, story.cohorts[cohort], instant, instant)
    with transaction(story.engine) as session:
        by = Decision("按文件办理", "王主任", instant, instant, "a-run")
        outcome = answer_hold(session, hold, answered, by)
        session.expunge_all()
        return outcome


def of(story: Story, at: str) -> Touched:
    with transaction(story.engine) as session:
        hold = session.execute(select(Hold).where(Hold.cleared_at.is_(None))).scalar_one()
        (term,) = load_terms(session, [hold.cohort_id])
        return touched(session, hold, term, story.at(at))


def test_accepting_seals_at_once_as_the_night_would(story: Story, engine: Engine) -> None:
    answer(story, Answer("accept"), at="2024-12-16 09:00")
    assert story.open_holds() == []
    assert story.states("一班")["courses"] == "done"
    assert story.resolved("一班") == [("courses", "2024-12-16 09:00:00", "accept")]
    at_once = story.seals()
    with Session(engine) as session:
        (kept,) = session.execute(select(Resolution)).scalars()
    assert (kept.action, kept.reason, kept.name, kept.run_id) == ("accept", "按文件办理", "王主任", "a-run")
    assert kept.effective_at == story.at("2024-12-16 09:00")
    story.night("2024-12-17 00:30")
    assert [seal for seal in story.seals() if seal in at_once] == at_once


@pytest.mark.parametrize("at_once", [True, False])
def test_the_seals_are_the_same_whether_the_decision_waits_for_the_night(story: Story, at_once: bool) -> None:
    if at_once:
        answer(story, Answer("accept"), at="2024-12-16 09:00")
    else:
        story.decide(accept, "一班", story.hold_id("一班"), effective="2024-12-16 09:00")
    story.night("2024-12-17 00:30")
    assert [story.local(seal[3]) for seal in story.seals() if seal[0] == story.cohorts["一班"] and len(seal) == 6] == [
        "2024-12-16 09:00:00", "2024-12-16 09:00:00",
    ]  # fmt: skip
    assert story.points("李老师", "training")["assignment"] == 10


def test_a_night_for_an_earlier_instant_leaves_alone_what_has_gone_further(
    story: Story, engine: Engine
) -> None:
    answer(story, Answer("accept"), at="2024-12-16 09:00")
    before = story.states("一班"), story.seals(), story.log()
    story.night("2024-12-16 08:00")
    assert (story.states("一班"), story.seals(), story.log()) == before
    with Session(engine) as session:
        reached = session.get_one(Cohort, story.cohorts["一班"]).advanced_to
    assert reached == story.at("2024-12-16 09:00")


def test_marks_that_come_in_meanwhile_let_it_go_before_anybody_decides(story: Story) -> None:
    for name in ("李老师", "赵老师"):
        story.marks(name, "assignment", "良好", received="2024-12-16 08:00")
    with pytest.raises(Refused, match="there is no open hold"):
        answer(story, Answer("accept"), at="2024-12-16 09:00")
    assert story.resolved("一班") == [("courses", "2024-12-16 08:00:01", "itself")]
    assert story.points("李老师", "training")["assignment"] == 18


def test_extending_the_lock_lets_the_phase_wait_for_it(story: Story) -> None:
    outcome = answer(story, Answer("extend", to=story.at("2024-12-20", "end")), at="2024-12-16 09:00")
    assert not outcome.held
    assert story.states("一班")["courses"] == "closing"
    story.marks("李老师", "assignment", "良好", received="2024-12-19 08:00")
    story.night("2024-12-20 00:30")
    assert story.open_holds() == []
    story.night("2024-12-21 00:30")
    assert story.open_holds() == [("一班", "courses", "marking incomplete")]


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("2024-12-16 09:00", "the cohort would still be stuck: 2 pieces handed in are not marked"),
        ("2024-12-16 08:59", "the cohort would still be stuck: 2 pieces handed in are not marked"),
        ("2024-12-16 00:00", "is not later than"),
    ],
)
def test_an_extension_that_frees_nobody_is_refused_and_not_kept(
    story: Story, engine: Engine, to: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        answer(story, Answer("extend", to=story.at(to)), at="2024-12-16 09:00")
    assert story.open_holds() == [("一班", "courses", "marking incomplete")]
    with Session(engine) as session:
        assert session.execute(select(Resolution)).all() == []


def test_the_first_second_after_now_is_enough(story: Story) -> None:
    answer(story, Answer("extend", to=story.at("2024-12-16 09:00:01")), at="2024-12-16 09:00")
    assert story.states("一班")["courses"] == "closing"


def test_an_answer_that_this_kind_does_not_allow_is_refused(story: Story) -> None:
    with pytest.raises(Refused, match="cannot be resolved by 'waive'; allowed: extend, accept, cancel"):
        answer(story, Answer("waive"), at="2024-12-16 09:00")


def test_what_is_told_of_a_hold_follows_what_comes_in(story: Story) -> None:
    told = of(story, "2024-12-16 09:00")
    assert (told.people, told.members, told.worth, told.tasks) == (
        2,
        4,
        {"points": 2000},
        ("课程作业（课题研究报告）",),
    )
    story.marks("李老师", "assignment", "良好", received="2024-12-16 08:00")
    assert of(story, "2024-12-16 09:00").people == 1
    story.night("2024-12-17 00:30")
    (hold,) = story.holds("一班")
    assert hold.explanation.text("zh") == "还有1份已交作业没有批阅，涉及：第一小学"
    assert hold.since == story.at("2024-12-16 00:00")
    assert of(story, "2024-12-17 09:00").nights == 2


def test_dates_are_set_at_once(story: Story) -> None:
    answer(story, Answer("accept"), at="2024-12-16 09:00")
    story.night("2025-06-01 00:30")
    assert story.open_holds() == [
        ("一班", "review", "dates to be determined"), ("二班", "review", "dates to be determined"),
    ]  # fmt: skip
    begins, ends = story.at("2025-06-01 08:00"), story.at("2025-06-10", "end")
    answer(story, Answer("set dates", opens=begins, closes=ends), at="2025-06-01 09:00")
    assert story.states("一班")["review"] == "open"
    assert story.resolved("一班")[-1] == ("review", "2025-06-01 09:00:00", "set dates")


def test_a_phase_that_waits_for_the_one_before_is_postponed_or_let_go(engine: Engine) -> None:
    story = Story(engine, "lanxi-2019")
    for cohort in ("甲校", "乙校"):
        story.cohort(cohort, "兰西县", cohort)
        story.enrol(f"{cohort}教师", "learner", cohort, "兰西县", cohort)
    story.night("2020-02-01 00:30")
    kinds = {(cohort, kind) for cohort, _, kind in story.open_holds()}
    assert ("甲校", "previous phase not complete") in kinds
    waiting = [hold for hold in story.holds("甲校") if hold.kind == "previous phase not complete"]
    at = story.at("2020-02-01 09:00")
    by = Decision("按文件办理", "王主任", at, at)
    with transaction(engine) as session:
        postponed = answer_hold(session, waiting[0].id, Answer("extend", to=at + timedelta(hours=1)), by)
        assert not postponed.held
    assert story.states("甲校")[waiting[0].phase] == "planned"
    story.night("2020-02-01 09:30")
    assert waiting[0].phase not in {hold.phase for hold in story.holds("甲校")}
    story.night("2020-02-02 00:30")
    assert [hold.phase for hold in story.holds("甲校") if hold.kind == waiting[0].kind] == [waiting[0].phase]
    with transaction(engine) as session:
        (held,) = (hold for hold in open_holds(session, cohort="甲校") if hold.kind == waiting[0].kind)
        at = story.at("2020-02-02 09:00")
        answer_hold(session, held.id, Answer("waive"), Decision("按文件办理", "王主任", at, at))
    assert story.states("甲校")[waiting[0].phase] in {"done", "held"}


def test_an_error_is_tried_again_and_stays_until_its_cause_is_gone(
    story: Story, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = "# 第二版\n"
    with transaction(engine) as session:
        edition = Edition(
            programme_id=story.programme_id, number=2, text=story.text + mark, sha256="2",
            published_at=story.at("2024-01-01"), published_by="项目办",
        )  # fmt: skip
        session.add(edition)
        session.flush()
        session.execute(update(Cohort).where(Cohort.name == "二班").values(edition_id=edition.id))
    real = publishing.read_calendar

    def read(text: str, name: str, *, published: bool) -> object:
        if mark in text:
            raise Refused([])
        return real(text, name, published=published)

    monkeypatch.setattr(publishing, "read_calendar", read)
    publishing._read.cache_clear()
    story.night("2025-06-01 00:30")
    with pytest.raises(
        Refused, match="would still be stuck: the night failed here: this version of the program cannot read"
    ):
        answer(story, Answer("retry"), at="2025-06-01 09:00", cohort="二班")
    monkeypatch.undo()
    hold = story.hold_id("二班")
    at = story.at("2025-06-01 10:00")
    with transaction(engine) as session:
        answer_hold(session, hold, Answer("retry"), Decision("文件已恢复", "王主任", at, at))
    assert story.resolved("二班")[-1][1:] == ("2025-06-01 10:00:00", "retry")


def test_two_holds_of_one_cohort_are_answered_one_by_one(story: Story) -> None:
    """A decision by hold id, from the command line, and then one in a form, of the same second."""
    story.decide(accept, "一班", story.hold_id("一班"), effective="2024-12-16 09:00")
    with pytest.raises(Refused, match="there is no open hold"):
        answer(story, Answer("accept"), at="2024-12-16 09:00")
