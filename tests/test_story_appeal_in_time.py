"""龙城区2024: 申诉于锁定后七天内提出, 十个工作日内决定, told night by night."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from exchange.appeal_sheets import write_appeals
from models.appeals import Appeal
from models.database import transaction
from models.nights import Hold
from models.people import Person
from tests.support.story import Story
from workflows.answering import Answer, answer_hold
from workflows.appealing import appeals, extend, file_appeal, grant, refuse_appeal, revoke, take_up, withdraw
from workflows.cases import case_of
from workflows.explaining import explain
from workflows.resolving import Decision
from workflows.status import status
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
FILED = "2024-12-18 09:00"
IN_TIME, DUE, LATE = "2025-01-02 23:59:59", "2025-01-02 24:00:00", "2025-01-02 24:00:01"
"""十个工作日, 12月19日为第一天, 元旦不算: up to the end of 2 January."""


@pytest.fixture
def story(engine: Engine) -> Story:
    """李老师 and 王老师 have failed for want of a journal, which came after the lock."""
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for name in ("李老师", "王老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
        story.shows(name, "study", 800, at="2024-11-05 20:00")
        story.shows(name, "talk", 20, at="2024-11-22 12:00")
    story.night("2024-12-16 00:30")
    for name in ("李老师", "王老师"):
        story.shows(name, "journal", at="2024-12-01 09:00", received="2024-12-17 10:00")
    return story


def said(story: Story, at: str, name: str = "陈主任") -> Decision:
    return Decision("平台漏报日志", name, story.at(at), story.at(at), document="申诉单1号")


def files(story: Story, name: str = "李老师", at: str = FILED) -> int:
    with transaction(story.engine) as session:
        return file_appeal(session, story.people[name], "training", said(story, at, name)).id or 0


def takes_up(story: Story, appeal: int, at: str) -> None:
    with transaction(story.engine) as session:
        take_up(session, appeal, said(story, at))


def grants(story: Story, appeal: int, at: str) -> None:
    with transaction(story.engine) as session:
        grant(session, appeal, said(story, at), "周老师")


def refuses(story: Story, appeal: int, at: str) -> None:
    with transaction(story.engine) as session:
        refuse_appeal(session, appeal, said(story, at), "周老师")


def state(story: Story, appeal: int) -> str:
    with Session(story.engine) as session:
        return session.get_one(Appeal, appeal).state


def steps(story: Story, appeal: int) -> list[tuple[str, str]]:
    with Session(story.engine) as session:
        (found,) = appeals(session, story.programme_id, "longcheng-2024", appeal)
        return [(step.act, story.local(step.effective_at)) for step in found.steps]


def held(story: Story) -> list[tuple[str, str, str | None]]:
    """Every hold for an appeal that there was: since when, until when, and what cleared it."""
    with Session(story.engine) as session:
        rows = session.execute(select(Hold).where(Hold.kind == "appeal not decided").order_by(Hold.id))
        return [
            (
                story.local(row.opened_at),
                story.local(row.cleared_at) if row.cleared_at else "",
                row.cleared_by,
            )
            for row in rows.scalars()
        ]


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.message.text("en") for problem in verify(session)]


# ---------------------------------------------------------------- 十个工作日内决定


@pytest.mark.parametrize(
    ("night", "overdue"), [(IN_TIME, False), (DUE, True), (LATE, True), ("2025-02-01 00:30", True)]
)
def test_what_is_not_decided_within_ten_workdays_holds_the_county(
    story: Story, night: str, overdue: bool
) -> None:
    appeal = files(story)
    takes_up(story, appeal, "2024-12-19 09:00")
    story.night(night)
    assert state(story, appeal) == ("undecided" if overdue else "taken_up")
    if not overdue:
        assert story.holds("一班") == []
        return
    (hold,) = story.holds("一班")
    assert (hold.phase, hold.kind, hold.waits_on) == ("courses", "appeal not decided", "county")
    assert story.local(hold.since) == "2025-01-03 00:00:00"
    assert hold.explanation.text("zh") == "有1件申诉到期没有决定，涉及：第一小学"
    assert hold.explanation.text("en") == "1 appeal was not decided in time, at: 第一小学"
    assert steps(story, appeal)[-1] == ("fall_due", "2025-01-03 00:00:00")
    assert story.states("一班")["courses"] == "done"  # no phase waits for it
    with Session(story.engine) as session:
        told = status(session, "longcheng-2024")
    assert (told.open_holds, told.appeals, told.appeals_overdue) == (1, 1, 1)


@pytest.mark.parametrize(("at", "held_once"), [(IN_TIME, False), (DUE, True), (LATE, True)])
@pytest.mark.parametrize("nights", [[], ["2025-01-02 23:59:59"], ["2024-12-30 00:30", "2025-01-02 24:00:00"]])
def test_on_the_stroke_a_decision_is_late_whichever_nights_ran(
    story: Story, at: str, held_once: bool, nights: list[str]
) -> None:
    appeal = files(story)
    takes_up(story, appeal, "2024-12-19 09:00")
    for night in (one for one in nights if story.at(one) <= story.at(at)):
        story.night(night)
    grants(story, appeal, at)
    story.night("2025-02-01 00:30")
    assert held(story) == (
        [("2025-01-03 00:00:00", story.local(story.at(at)), "itself")] if held_once else []
    )
    assert [act for act, _ in steps(story, appeal)] == [
        "file",
        "take_up",
        *(["fall_due"] if held_once else []),
        "grant",
    ]
    assert state(story, appeal) == "granted"
    assert wrong(story) == []


def test_what_nobody_has_taken_up_is_taken_up_late_and_decided(story: Story) -> None:
    appeal = files(story)
    story.night("2025-01-10 00:30")
    assert state(story, appeal) == "unattended"
    with pytest.raises(Refused, match="cannot be refused"):
        refuses(story, appeal, "2025-01-10 09:00")
    takes_up(story, appeal, "2025-01-10 10:00")
    assert (state(story, appeal), held(story)[0][1]) == ("undecided", "")
    refuses(story, appeal, "2025-01-11 09:00")
    assert held(story) == [("2025-01-03 00:00:00", "2025-01-11 09:00:00", "itself")]


def test_two_that_are_overdue_are_one_hold_until_the_last_is_decided_or_taken_back(story: Story) -> None:
    first, second = files(story), files(story, "王老师", "2024-12-19 09:00")
    story.night("2025-01-10 00:30")
    (hold,) = story.holds("一班")
    assert (hold.explanation.text("en"), story.local(hold.since)) == (
        "2 appeals were not decided in time, at: 第一小学",
        "2025-01-03 00:00:00",
    )
    takes_up(story, first, "2025-01-10 09:00")
    refuses(story, first, "2025-01-10 10:00")
    assert story.holds("一班")[0].explanation.text("zh") == "有1件申诉到期没有决定，涉及：第一小学"
    with transaction(story.engine) as session:
        withdraw(session, second, said(story, "2025-01-11 09:00", "王老师"))
    assert held(story) == [("2025-01-03 00:00:00", "2025-01-11 09:00:00", "itself")]


def test_the_same_night_twice_holds_it_once(story: Story) -> None:
    appeal = files(story)
    for _ in range(2):
        story.night("2025-01-10 00:30")
    assert len(held(story)) == 1
    assert [act for act, _ in steps(story, appeal)] == ["file", "fall_due"]


# ---------------------------------------------------------------- 延长


def extends(story: Story, appeal: int, until: str, at: str) -> None:
    with transaction(story.engine) as session:
        extend(session, appeal, story.at(until), said(story, at))


def test_given_more_time_it_is_gone_and_comes_again(story: Story) -> None:
    appeal = files(story)
    story.night("2025-01-10 00:30")
    extends(story, appeal, "2025-01-20 24:00", "2025-01-10 09:00")
    assert (state(story, appeal), story.holds("一班")) == ("filed", [])
    story.night("2025-02-01 00:30")
    assert held(story) == [
        ("2025-01-03 00:00:00", "2025-01-10 09:00:00", "extend"),
        ("2025-01-21 00:00:00", "", None),
    ]


def test_the_form_of_the_hold_gives_more_time_to_all_that_it_tells_of(story: Story) -> None:
    first, second = files(story), files(story, "王老师")
    story.night("2025-01-10 00:30")
    (hold,) = story.holds("一班")
    at = story.at("2025-01-10 09:00")
    with transaction(story.engine) as session:
        case = case_of(session, hold.id, at)
        assert case is not None
        assert case.touched is not None
        assert ([choice.action for choice in case.choices], case.touched.people) == (["extend"], 2)
        with pytest.raises(Refused, match="say until when"):
            answer_hold(session, hold.id, Answer("extend"), said(story, "2025-01-10 09:00"))
    with transaction(story.engine) as session:
        until = story.at("2025-01-20 24:00")
        outcome = answer_hold(session, hold.id, Answer("extend", until), said(story, "2025-01-10 09:00"))
    assert not outcome.held
    assert [state(story, one) for one in (first, second)] == ["filed", "filed"]
    assert held(story) == [("2025-01-03 00:00:00", "2025-01-10 09:00:00", "extend")]


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("2025-01-02 24:00", "2025-01-02 24:00 is not later than 2025-01-02 24:00"),
        ("2024-12-20 24:00", "2024-12-20 24:00 is not later than 2025-01-02 24:00"),
    ],
)
def test_more_time_is_more(story: Story, until: str, told: str) -> None:
    appeal = files(story)
    with pytest.raises(Refused, match=told):
        extends(story, appeal, until, "2024-12-19 09:00")


def test_without_a_time_to_decide_there_is_nothing_to_extend_and_nothing_is_held(engine: Engine) -> None:
    text = (Path(__file__).parents[1] / "calendars/programmes/longcheng-2024.yaml").read_text("utf-8")
    story = Story(engine, text=text.replace(", decide within: 10 workdays, waits on: county", ""))
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.night("2024-12-16 00:30")
    appeal = files(story)
    story.night("2025-03-01 00:30")
    assert (state(story, appeal), held(story)) == ("filed", [])
    with pytest.raises(Refused, match="does not say within how long"):
        extends(story, appeal, "2025-04-01 24:00", "2025-03-02 09:00")


# ---------------------------------------------------------------- 锁定后七天内提出: 更正不另起


@pytest.mark.parametrize(("at", "in_time"), [("2024-12-22 23:59:59", True), ("2024-12-22 24:00:00", False)])
def test_a_correction_opens_no_new_window(story: Story, at: str, in_time: bool) -> None:
    """Corrected on 21 December: who is not content appeals against that by the 22nd, seven days after the lock."""
    appeal = files(story)
    takes_up(story, appeal, "2024-12-20 09:00")
    grants(story, appeal, "2024-12-21 09:00")
    if in_time:
        assert files(story, at=at) != appeal
    else:
        with pytest.raises(Refused, match="before 2024-12-22 24:00, 7 days after the lock"):
            files(story, at=at)


# ---------------------------------------------------------------- 锁定后取消的, 从取消起另有七天


def revokes(story: Story, at: str, name: str = "李老师") -> None:
    with transaction(story.engine) as session:
        revoke(session, story.people[name], "training", said(story, at), "周老师")


def told_until(story: Story, name: str = "李老师") -> str:
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == name)).scalar_one()
        (training, *_) = explain(session, number, story.at("2025-02-01"), "longcheng-2024")
        assert training.assessment == "training"
        return story.local(training.appeal_until) if training.appeal_until else ""


@pytest.mark.parametrize(
    ("at", "in_time"),
    [("2025-01-17 23:59:59", True), ("2025-01-17 24:00:00", False), ("2025-01-17 24:00:01", False)],
)
@pytest.mark.parametrize("nights", [[], ["2025-01-02 00:30", "2025-01-11 00:30"]])
def test_taken_away_after_the_lock_it_is_open_for_seven_days_from_then_on(
    story: Story, at: str, in_time: bool, nights: list[str]
) -> None:
    """Revoked on 10 January, long after 22 December: by the 17th, as any appeal counts its days."""
    assert told_until(story) == "2024-12-23 00:00:00"
    revokes(story, "2025-01-10 09:00")
    for night in nights:
        if story.at(night) > story.at("2025-01-10 09:00"):
            story.night(night)
    assert told_until(story) == "2025-01-18 00:00:00"
    if in_time:
        appeal = files(story, at=at)
        with Session(story.engine) as session:
            (found,) = appeals(session, story.programme_id, "longcheng-2024", appeal)
        assert (found.entry, story.local(found.open_until)) == (1, "2025-01-18 00:00:00")
    else:
        with pytest.raises(Refused, match="before 2025-01-17 24:00, 7 days after the result was taken away"):
            files(story, at=at)
    assert told_until(story, "王老师") == "2024-12-23 00:00:00"  # the other's has closed long since
    assert wrong(story) == []


def test_taken_away_within_the_first_window_it_gives_its_own_days(story: Story) -> None:
    appeal = files(story)
    revokes(story, "2024-12-21 09:00")
    takes_up(story, appeal, "2024-12-21 10:00")
    with pytest.raises(Refused, match="appeal against that"):
        grants(story, appeal, "2024-12-21 11:00")
    assert files(story, at="2024-12-28 23:59:59") != appeal


def test_what_is_let_in_after_it_was_taken_away_opens_no_window_of_its_own(story: Story) -> None:
    revokes(story, "2025-01-10 09:00")
    appeal = files(story, at="2025-01-13 09:00")
    takes_up(story, appeal, "2025-01-14 09:00")
    grants(story, appeal, "2025-01-16 09:00")
    assert told_until(story) == "2025-01-18 00:00:00"
    with pytest.raises(Refused, match="before 2025-01-17 24:00"):
        files(story, at="2025-01-18 00:00")
    assert files(story, at="2025-01-17 23:59:59") != appeal


# ---------------------------------------------------------------- 表格


def test_appeals_are_written_as_a_workbook_with_what_came_late(story: Story, tmp_path: Path) -> None:
    first, _ = files(story), files(story, "王老师", "2024-12-19 09:00")
    takes_up(story, first, "2024-12-20 09:00")
    grants(story, first, "2024-12-21 09:00")
    with Session(story.engine) as session:
        found = appeals(session, story.programme_id, "longcheng-2024")
        at = story.at("2024-12-22 00:00")
        write_appeals(session, story.calendar, found, tmp_path / "appeals.xlsx", "zh", at)
    book = openpyxl.load_workbook(tmp_path / "appeals.xlsx")
    granted, waiting = ([*book["申诉"].iter_rows(values_only=True)])[1:]
    assert granted[2:10] == (
        "李老师", "一班", "网络研修成绩", "1", "2024-12-18 09:00", "平台漏报日志", "2025-01-02 24:00", "申诉成立",
    )  # fmt: skip
    assert granted[10:] == (
        "2024-12-21 09:00",
        "陈主任、周老师",
        "平台漏报日志",
        "申诉单1号",
        60,
        "不合格",
        80,
        "合格",
    )
    assert waiting[9] == "已提出"
    (late,) = ([*book["迟到未计入的记录"].iter_rows(values_only=True)])[1:]
    assert late[1:2] + late[3:4] == ("王老师", "研修日志")
