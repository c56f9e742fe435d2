"""The calendar feeds of a term, told as its dates are set, moved and cancelled, and read back by the library."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from calendars.messages import Locale
from calendars.reader import read_calendar
from exchange.feeds import feed_file
from models.database import transaction
from models.terms import Cohort
from tests.support.feed_readers import read_back
from tests.support.story import Story
from workflows.feeds import Event, Feed, feeds
from workflows.publishing import publish
from workflows.resolving import cancel, extend, set_dates

SCHOOL = ("龙城区", "第一小学")
EARLY = "2024-10-20 09:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    """A class of longcheng, before its term."""
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    return story


@pytest.fixture
def group(engine: Engine) -> Story:
    """A research group of guopei, before its term."""
    story = Story(engine, "guopei-2016")
    story.cohort("语文一组", "历下区", "第一中学")
    story.enrol("陈组长", "leader", "语文一组", "历下区", "第一中学")
    return story


def told(story: Story, at: str, cohort: str = "一班", locale: Locale = "zh") -> dict[str, Feed]:
    """The feeds of a cohort by their roles, as they are written at an instant."""
    with transaction(story.engine) as session:
        found = feeds(session, [story.cohorts[cohort]], story.at(at), locale)
        return {feed.role: feed for feed in found}


def events(feed: Feed) -> dict[str, Event]:
    return {event.thing: event for event in feed.events}


def changed(before: dict[str, Feed], after: dict[str, Feed]) -> dict[str, set[str]]:
    """By role, the events that are others now, each of them in its next version; the rest is the same in everything."""
    found: dict[str, set[str]] = {}
    for role, feed in after.items():
        was, now = events(before[role]), events(feed)
        for thing, event in now.items():
            if thing not in was:
                assert event.sequence == 0
            elif event != was[thing]:
                assert event.uid == was[thing].uid
                assert event.sequence == was[thing].sequence + 1
                assert event.changed_at > was[thing].changed_at
        others = {thing for thing in now if now[thing] != was.get(thing)}
        assert was.keys() <= now.keys()
        assert bool(others) == (feed_file(feed) != feed_file(before[role]))
        if others:
            found[role] = others
    return found


def as_read(feed: Feed) -> dict[str, Any]:
    """The event of each thing as the library reads it."""
    things = {event.uid: event.thing for event in feed.events}
    return {things[one["uid"]]: one for one in read_back(feed_file(feed))["events"]}


def local(story: Story, at: float) -> str:
    zone = story.calendar.zoneinfo
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"


# ---------------------------------------------------------------- what stands in a feed


def test_a_deadline_ends_with_its_day_and_says_what_is_asked_and_where(story: Story) -> None:
    talk = as_read(told(story, EARLY)["learner"])["task:talk"]
    assert talk["summary"] == "研讨交流：截止"
    assert (local(story, talk["starts"]), local(story, talk["ends"])) == (
        "2024-12-05 23:30",
        "2024-12-06 00:00",
    )
    assert talk["day"] == "2024-12-05"
    assert talk["description"].split("\n") == [
        "截止：2024-12-05 24:00",
        "任务：研讨交流",
        "要求：主题帖, 回复帖 各至少10",
        "以此为准：主题帖、回复帖",
        "阶段：远程课程学习",
        "出处：L24-06 不少于10个主题贴及不少于10个回复贴",
        "项目：龙城区2024年中小学骨干教师远程培训",
        "班级：一班",
        "角色：参训学员",
    ]
    assert (talk["status"], talk["transp"], talk["sequence"]) == ("CONFIRMED", "TRANSPARENT", 0)


def test_it_rings_as_the_calendar_reminds_in_the_morning_and_else_three_days_and_one_before(
    story: Story,
) -> None:
    feed = as_read(told(story, EARLY)["learner"])
    rings = {thing: [local(story, alarm["at"]) for alarm in one["alarms"]] for thing, one in feed.items()}
    assert rings["task:talk"] == [
        "2024-11-29 09:00",
        "2024-12-03 09:00",
        "2024-12-05 09:00",
    ]  # 7, 3 and 1 days
    assert rings["task:observe"] == ["2025-05-01 09:00", "2025-05-24 09:00", "2025-05-30 09:00"]
    assert rings["task:study"] == ["2024-12-03 09:00", "2024-12-05 09:00"]  # reminded of its pace alone
    assert rings["phase:courses"] == rings["cutoff:training lock"] == rings["cutoff:work in"] == []


def test_a_lock_on_a_sunday_at_24_stands_on_the_sunday(story: Story) -> None:
    lock = as_read(told(story, EARLY)["learner"])["cutoff:training lock"]
    assert datetime.fromisoformat(lock["day"]).weekday() == 6
    assert lock["summary"] == "网络研修成绩、辅导教师考核：锁定成绩"


def test_a_phase_is_a_span_and_one_whose_end_is_open_its_beginning(story: Story) -> None:
    feed = as_read(told(story, EARLY)["organiser"])
    courses, review = feed["phase:courses"], feed["phase:review"]
    assert (local(story, courses["starts"]), local(story, courses["ends"])) == (
        "2024-11-01 00:00",
        "2024-12-06 00:00",
    )
    assert (review["summary"], review["ends"] - review["starts"]) == ("审核认定：开始", 1800)
    assert "task:check" not in feed  # its deadline is to be determined


def test_each_role_has_its_own_and_a_tier_what_it_sees_to(story: Story) -> None:
    found = told(story, EARLY)
    assert [*found] == ["learner", "tutor", "organiser", "county", "school"]
    things = {role: set(events(feed)) for role, feed in found.items()}
    shared = {"phase:courses", "phase:scoring", "cutoff:training lock"}
    assert all(shared <= those for those in things.values())
    assert "task:journal" in things["learner"] - things["tutor"]
    assert {"task:marking", "gate:training lock:all handed in work marked:assignment"} <= things["tutor"]
    assert (
        "到此截止：班级简报、课程作业（课题研究报告）"
        in events(found["tutor"])["cutoff:marks in"].description
    )
    assert "filing:material:person" in things["learner"]
    assert "filing:material:school" in things["school"]
    assert {one for one in things["county"] if not one.startswith(("phase", "cutoff"))} == set()


def test_lesson_study_steps_peer_reviews_and_weekly_filings_are_deadlines_too(group: Story) -> None:
    found = told(group, "2016-09-01 09:00", "语文一组")
    leader, school = as_read(found["leader"]), as_read(found["school"])
    assert local(group, leader["step:lesson_study:plan"]["ends"]) == "2016-10-22 00:00"
    assert leader["step:lesson_study:plan"]["summary"] == "三备两打磨（磨课计划研讨）：截止"
    assert local(group, leader["review:group_review"]["ends"]) == "2016-12-31 00:00"
    assert not {"step:lesson_study:plan", "review:group_review"} & set(as_read(found["learner"]))
    weekly = [one for thing, one in school.items() if thing.startswith("filing:weekly_plan:school:")]
    assert len(weekly) == 12
    assert {one["ends"] - one["starts"] for one in weekly} == {1800}


def test_it_speaks_the_language_of_the_office(story: Story) -> None:
    feed = told(story, EARLY, locale="en")["tutor"]
    assert feed.name == "龙城区2024年中小学骨干教师远程培训 · 一班 · 班级辅导教师"
    assert events(feed)["task:brief"].summary == "班级简报: due"
    assert "Due: 2024-12-12 24:00\nTask: 班级简报" in events(feed)["task:brief"].description


# ---------------------------------------------------------------- what changes


def test_the_same_term_gives_the_same_bytes_whenever_it_is_written(story: Story) -> None:
    before = told(story, EARLY)
    story.night("2024-12-06 00:30")
    assert changed(before, told(story, "2024-12-06 09:00")) == {}


def test_a_later_cutoff_raises_what_goes_by_it_and_nothing_else(story: Story) -> None:
    before = told(story, EARLY)
    story.decide(extend, "一班", "training lock", story.at("2024-12-18 24:00"), effective="2024-12-01 09:00")
    after = told(story, "2024-12-01 10:00")
    gate = "gate:training lock:all handed in work marked:assignment"
    lock = {"cutoff:training lock"}
    assert changed(before, after) == {role: lock | ({gate} if role == "tutor" else set()) for role in before}
    moved = as_read(after["learner"])["cutoff:training lock"]
    assert (moved["sequence"], local(story, moved["ends"])) == (1, "2024-12-19 00:00")
    assert local(story, moved["modified"]) == local(story, moved["stamp"]) == "2024-12-01 10:00"


def test_what_is_decided_for_later_is_not_told_before(story: Story) -> None:
    before = told(story, EARLY)
    story.decide(extend, "一班", "training lock", story.at("2024-12-18 24:00"), effective="2024-12-01 09:00")
    assert changed(before, told(story, "2024-12-01 08:59")) == {}


def test_dates_that_are_set_make_what_was_to_be_determined_appear(story: Story, group: Story) -> None:
    before = told(group, "2016-09-01 09:00", "语文一组")
    assert all("phase:second" not in events(feed) for feed in before.values())
    dates = group.at("2017-03-13 00:00"), group.at("2017-06-16 24:00")
    group.decide(set_dates, "语文一组", "second", *dates, effective="2016-09-02 09:00")
    after = told(group, "2016-09-02 10:00", "语文一组")
    assert changed(before, after) == {role: {"phase:second"} for role in before}
    second = as_read(after["learner"])["phase:second"]
    assert (local(group, second["starts"]), local(group, second["ends"])) == (
        "2017-03-13 00:00",
        "2017-06-17 00:00",
    )

    before = told(story, EARLY)
    dates = story.at("2025-06-03 00:00"), story.at("2025-06-13 24:00")
    story.decide(set_dates, "一班", "review", *dates, effective="2024-10-21 09:00")
    both = {"phase:review", "cutoff:review lock"}
    gate = {"gate:review lock:material reviewed"}
    assert changed(before, told(story, "2024-10-21 10:00")) == {
        "learner": both, "tutor": both, "school": both, "organiser": {*both, "task:check"}, "county": both | gate,
    }  # fmt: skip


def test_a_cancelled_phase_stays_as_cancelled_with_all_that_is_due_in_it(story: Story) -> None:
    before = told(story, EARLY)
    story.night("2024-12-20 00:30")
    story.decide(cancel, "一班", "practice", effective="2024-12-20 09:00")
    after = told(story, "2024-12-20 10:00")  # before a night acts on it
    tasks = {f"task:{task.id}" for task in story.calendar.tasks if task.phase == "practice"}
    assert changed(before, after)["learner"] >= {"phase:practice", *tasks}
    gone = as_read(after["learner"])["task:observe"]
    assert (gone["status"], gone["sequence"], gone["alarms"]) == ("CANCELLED", 1, [])
    assert gone["summary"] == "已取消：听评课：截止"
    assert local(story, gone["ends"]) == "2025-05-31 00:00"
    story.night("2024-12-21 00:30")
    again = told(story, "2024-12-21 09:00")
    assert as_read(again["learner"])["task:observe"] == gone
    assert "已取消：实践研修" in {event.summary for event in again["tutor"].events}


def goes_by(story: Story, text: str, at: str) -> None:
    """Another edition is published, and the cohort goes by it from now on."""
    calendar = read_calendar(text, "next")
    with transaction(story.engine) as session:
        edition = publish(session, text, calendar, "项目办", story.at(at))
        session.execute(update(Cohort).values(edition_id=edition.id))


def test_a_task_that_an_edition_has_no_more_is_cancelled_and_may_come_back(story: Story) -> None:
    lines = story.text.splitlines(keepends=True)
    without = "".join(line for line in lines if "id: warm_up" not in line)
    renamed = without.replace("name: 研修日志", "name: 研修日志，一篇; 十月\\n")
    before = told(story, EARLY)
    goes_by(story, renamed, "2024-10-21 00:00")
    after = told(story, "2024-10-21 09:00")
    assert changed(before, after)["learner"] == {"task:warm_up", "task:journal", "cutoff:work in"}
    journal = as_read(after["learner"])["task:journal"]
    assert journal["summary"].startswith("研修日志，一篇; 十月")
    goes_by(story, story.text, "2024-10-22 00:00")
    back = told(story, "2024-10-22 09:00")
    assert changed(after, back)["learner"] == {"task:warm_up", "task:journal", "cutoff:work in"}
    warm_up = as_read(back["learner"])["task:warm_up"]
    assert (warm_up["status"], warm_up["sequence"], warm_up["summary"]) == (
        "CONFIRMED",
        2,
        "提前上网预热：截止",
    )


def test_the_feed_of_a_role_that_an_edition_has_no_more_says_so(story: Story) -> None:
    before = told(story, EARLY)
    text = story.text.replace(
        'waits on: county, cites: "L24-11 根据骨', 'waits on: tutor, cites: "L24-11 根据骨'
    )
    goes_by(story, text, "2024-10-21 00:00")
    after = told(story, "2024-10-21 09:00")
    assert set(after) == set(before)
    assert all(event.cancelled and event.sequence == 1 for event in after["county"].events)


def test_a_step_that_is_extended_or_waived_is_told_to_its_group(group: Story) -> None:
    before = told(group, "2016-10-12 09:00", "语文一组")
    group.night("2016-10-13 00:30")
    group.extends_step("语文一组", "plan", until="2016-10-24 24:00", at="2016-10-13 09:00")
    after = told(group, "2016-10-13 10:00", "语文一组")
    assert changed(before, after) == {"leader": {"step:lesson_study:plan"}}
    group.night("2016-10-25 00:30")
    group.waives_step("语文一组", "plan", at="2016-10-25 09:00")
    waived = told(group, "2016-10-25 10:00", "语文一组")
    assert changed(after, waived) == {"leader": {"step:lesson_study:plan"}}
    assert events(waived["leader"])["step:lesson_study:plan"].cancelled


def test_a_later_deadline_of_one_person_is_in_no_feed(story: Story) -> None:
    before = told(story, EARLY)
    story.night("2024-12-04 00:30")
    story.extend_for("李老师", "journal", "2024-12-09 24:00", effective="2024-12-04 09:00")
    assert changed(before, told(story, "2024-12-04 10:00")) == {}


def test_no_two_events_are_known_by_the_same(group: Story) -> None:
    group.cohort("语文二组", "历下区", "第一中学")
    found = [
        event.uid
        for cohort in group.cohorts
        for feed in told(group, "2016-09-01 09:00", cohort).values()
        for event in feed.events
    ]
    assert len(found) == len(set(found)) > 200


def test_what_is_due_right_after_midnight_stands_on_its_own_day(engine: Engine) -> None:
    text = Story.text_of("longcheng-2024").replace(
        "marks in:      end of scoring", "marks in:      2024-12-13 00:10"
    )
    story = Story(engine, text=text)
    story.cohort("一班", "龙城区")
    brief = as_read(told(story, EARLY)["tutor"])["task:brief"]
    assert (local(story, brief["starts"]), brief["ends"] - brief["starts"]) == ("2024-12-13 00:00", 600)
    assert timedelta(seconds=brief["starts"] - brief["alarms"][-1]["at"]) == timedelta(hours=15)
