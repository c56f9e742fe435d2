"""Reminders as their readers get them: the night writes, the sender sends, a mail program reads."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from exchange.chat import ChatChannel
from exchange.maildir import MaildirChannel
from tests.support.post import Post, text_of
from tests.support.robot_server import Posts, robot_server
from tests.support.story import Story
from workflows.resolving import extend

SCHOOL = ("龙城区", "第一小学")
MONDAY = "2024-12-02 08:00"  # three days before the work must be in, Thursday 24:00


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.enrol("王老师", "learner", "一班", *SCHOOL)
    story.enrol("张辅导", "tutor", "一班", *SCHOOL)
    return story


@pytest.fixture
def post(story: Story, tmp_path: Path) -> Post:
    post = Post(story, tmp_path / "mail")
    for name, address in (("李老师", "li"), ("王老师", "wang"), ("张辅导", "zhang")):
        post.gives(name, f"{address}@example.org")
    return post


def monday(story: Story, post: Post) -> dict[str, str]:
    """What came on Monday morning, by reader."""
    story.night("2024-12-02 00:30")
    post.send(MONDAY)
    return {address.partition("@")[0]: text_of(mail) for address, mail in post.arrived().items()}


@pytest.mark.demand("L24-12")
def test_a_learner_gets_one_letter_with_what_is_due_missing_and_worth(story: Story, post: Post) -> None:
    """600 minutes, a good assignment in time, 7 topics and 12 replies: the journal, a topic and minutes are missing."""
    story.shows("李老师", "study", 600, at="2024-11-20 20:00")
    story.shows("李老师", "assignment", at="2024-11-20 21:15")
    story.marks("李老师", "assignment", "良好", received="2024-11-22 10:00")
    story.shows("李老师", "talk", 7, kind="topic", at="2024-11-22 12:00")
    story.shows("李老师", "talk", 12, kind="reply", at="2024-11-23 12:00")
    for module in ("班主任", "师德", "心理健康", "安全教育", "学科教学"):
        story.shows("李老师", "modules", 10, item=module, at="2024-11-10 12:00")
    letter = monday(story, post)["li"]
    for line in (
        "研修日志\n  12月5日（周四）24:00前，还有3天\n  还没有提交\n  完成可再得20分",
        "研讨交流\n  12月5日（周四）24:00前，还有3天\n  主题帖还差3个",
        "课程学习\n  12月5日（周四）24:00前，还有3天\n  还差150分钟",
        "网络研修成绩：仍可合格\n  现有69分，合格80分",
        "研讨交流 1分", "研修日志 20分", "课程学习 8分",
    ):  # fmt: skip
        assert line in letter, letter
    assert "课程作业" not in letter.partition("仍可合格")[0]


def test_nothing_goes_before_the_hours_and_nothing_twice(story: Story, post: Post) -> None:
    story.night("2024-12-02 00:30")
    post.send("2024-12-02 07:59:59")
    assert post.arrived() == {}
    post.send(MONDAY)
    assert len(post.arrived()) == 3
    story.night("2024-12-02 12:00")
    for at in ("2024-12-02 12:15", "2024-12-02 19:59", "2024-12-03 08:00"):
        assert post.send(at).outcomes == {}
    assert post.arrived() == {}


def test_what_has_been_done_meanwhile_is_not_told(story: Story, post: Post) -> None:
    story.night("2024-12-02 00:30")
    for task in ("assignment", "journal"):
        story.shows("李老师", task, at="2024-12-02 07:00")
    story.shows("李老师", "study", 750, at="2024-12-02 07:00")
    for kind in ("topic", "reply"):
        story.shows("李老师", "talk", 10, kind=kind, at="2024-12-02 07:00")
    for module in ("班主任", "师德", "心理健康", "安全教育", "学科教学"):
        story.shows("李老师", "modules", 10, item=module, at="2024-12-02 07:00")
    done = post.send(MONDAY)
    assert set(post.arrived()) == {"wang@example.org", "zhang@example.org"}
    assert done.outcomes["stale"] == 1


def test_what_is_due_is_told_behind_the_lock_of_other_scores(story: Story, post: Post) -> None:
    """Those of the courses are sealed on the 15th, for everybody of whom letters are written."""
    story.night("2024-12-19 00:30")
    assert len(story.seals()) > 0
    done = post.send("2024-12-19 08:00")
    assert (done.faults, done.outcomes["sent"]) == ([], 2)
    letters = {address.partition("@")[0]: text_of(mail) for address, mail in post.arrived().items()}
    assert "骨干教师专业发展个人规划" in letters["li"]


def test_who_leaves_and_who_has_more_time_are_not_told_of_the_old_day(story: Story, post: Post) -> None:
    story.night("2024-12-02 00:30")
    story.extend_for("李老师", "journal", "2024-12-12 24:00", effective="2024-12-02 07:00")
    post.send(MONDAY)
    letter = text_of(post.arrived()["li@example.org"])
    assert "● 研修日志" not in letter
    assert "● 课程作业" in letter
    story.night("2024-12-11 00:30")  # the day before the new one
    post.send("2024-12-11 08:00")
    letter = text_of(post.arrived()["li@example.org"])
    assert "● 研修日志\n  明天12月12日（周四）24:00前" in letter


def test_a_moved_cutoff_is_told_anew_and_the_old_one_no_more(story: Story, post: Post) -> None:
    story.night("2024-12-02 00:30")
    story.decide(extend, "一班", "work in", story.at("2024-12-12 24:00"), effective="2024-12-02 07:30")
    assert post.send(MONDAY).outcomes == {"stale": 3}
    story.night("2024-12-09 00:30")
    post.send("2024-12-09 08:00")
    assert "12月12日（周四）24:00前，还有3天" in text_of(post.arrived()["li@example.org"])


def test_after_an_outage_of_the_night_one_letter_tells_what_is_true_now(story: Story, post: Post) -> None:
    """No night from the 27th on; on the 4th all that had fallen due is told at once, and in one letter."""
    story.night("2024-11-27 00:30")
    post.send("2024-11-27 08:00")
    post.arrived()
    story.night("2024-12-04 09:00")
    assert post.send("2024-12-04 09:15").outcomes == {"sent": 3}
    letter = text_of(post.arrived()["li@example.org"])
    assert letter.count("● 研修日志") == 1
    assert "● 研修日志\n  明天12月5日（周四）24:00前" in letter


def test_what_cannot_wait_for_the_hours_is_told_at_once(story: Story, post: Post) -> None:
    """The night of the last days runs on Thursday at 21:00 only: tomorrow it would be over."""
    story.night("2024-12-05 21:00")
    post.send("2024-12-05 21:15")
    letter = text_of(post.arrived()["li@example.org"])
    assert "● 研修日志\n  今天24:00前" in letter
    assert post.send("2024-12-06 08:00").outcomes.get("sent", 0) == 0  # the pace, too, was of yesterday


def test_the_tutor_and_a_school_get_the_list_of_who_is_behind(story: Story, post: Post) -> None:
    """25 learners: twenty in the letter at most, all of them in a workbook; a name that looks like a formula is a name."""
    for number in range(25):
        story.enrol(f"=学员{number}", "learner", "一班", *SCHOOL)
    post.contact(*SCHOOL, email="school@example.org")
    story.night("2024-12-02 00:30")
    post.send(MONDAY)
    mail = post.arrived()["zhang@example.org"]
    told = text_of(mail)
    assert "未完成：课程学习（一班），27人" in told
    assert "还有7人" in told or "另有7人" in told, told
    (attached,) = mail.iter_attachments()
    sheet = openpyxl.load_workbook(io.BytesIO(attached.get_content())).active
    assert sheet is not None
    assert sheet.max_row == 28
    names = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    assert "=学员3" in names
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_on_a_friday_it_says_sunday_and_two_days(engine: Engine, tmp_path: Path) -> None:
    """Lanxi's first module ends on Sunday 24:00; nobody is written on a weekend."""
    story = Story(engine, "lanxi-2019")
    story.cohort("一班", "兰西县")
    story.enrol("王老师", "learner", "一班", "兰西县", "第一小学")
    post = Post(story, tmp_path / "mail")
    post.gives("王老师", "wang@example.org")
    story.night("2019-12-13 00:30")
    post.send("2019-12-13 08:00")
    assert "12月15日（周日）24:00前，还有2天" in text_of(post.arrived()["wang@example.org"])
    for day in (14, 15):
        story.night(f"2019-12-{day} 00:30")
        assert post.send(f"2019-12-{day} 10:00").outcomes == {}


def test_one_person_in_two_programmes_gets_one_letter(story: Story, post: Post, engine: Engine) -> None:
    other = Story(engine, text=OTHER)
    other.cohort("夜校", "龙城区", "第一小学")
    other.people["李老师"] = story.people["李老师"]
    other.enrol("李", "learner", "夜校", "龙城区", "第一小学", same_as="李老师")
    letter = monday(story, post)["li"]
    assert "━━ 夜校 ━━" in letter
    assert "━━ 龙城区2024年中小学骨干教师远程培训 ━━" in letter


OTHER = """
programme: evening-2024
name: 夜校
zone: Asia/Shanghai
source: tests
tiers: [county, school]
roles: {learner: 学员}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2024-11-01 .. 2024-12-03, locks: lock}]
cutoffs: {lock: 2024-12-20}
tasks: [{id: essay, role: learner, phase: study, shows: file, name: 论文}]
assessments:
  - {id: term, of: learner, locks: lock, pass: 1 of 1, components: [{task: essay, points: 1, rule: flat}]}
reminders: [{to: learner, about: essay, by: [1 day]}]
"""


@pytest.mark.demand("J20-04", "J20-05")
def test_whoever_holds_a_filing_is_told_before_its_link_is_over(engine: Engine, tmp_path: Path) -> None:
    """A withdrawal waits at the school (until the 8th), then at the county (until the 10th); the hosts are owed."""
    story = Story(engine, "jinan-2020")
    story.cohort("语文坊", "山东省", "济南市", "历下区", "第一小学")
    story.enrol("王老师", "member", "语文坊", "山东省", "济南市", "历下区", "第一小学")
    post = Post(story, tmp_path / "mail")
    post.contact("山东省", "济南市", "历下区", "第一小学", email="school@example.org")
    post.contact("山东省", "济南市", "历下区", "", email="county@example.org")
    case = story.files("withdrawal", "王老师", at="2020-12-06 10:00", by="王老师", reason="休产假")
    story.night("2020-12-07 00:30")
    post.send("2020-12-07 08:00")
    letter = text_of(post.arrived()["school@example.org"])
    assert "报删" in letter
    assert "王老师（语文坊）" in letter
    assert "12月8日（周二）24:00前" in letter
    story.acts("pass_on", case, "school", at="2020-12-07 15:00")
    story.night("2020-12-08 00:30")
    post.send("2020-12-08 08:00")
    arrived = post.arrived()
    assert "王老师（语文坊）" not in text_of(arrived["school@example.org"])
    assert "学科工作坊主持人信息" in text_of(arrived["county@example.org"])
    story.night("2020-12-09 00:30")
    post.send("2020-12-09 08:00")
    assert "王老师（语文坊）" in text_of(post.arrived()["county@example.org"])


def test_a_group_is_told_what_is_due_and_names_those_alone_who_want_it_there(
    story: Story, post: Post
) -> None:
    """Two learners by mail, one in the group: the group hears of all three, and by name of the one."""
    story.enrol("周老师", "learner", "一班", *SCHOOL)
    post.gives("周老师", "zhou@example.org", way="chat")
    posts = Posts()
    with robot_server(posts) as address:
        post.group("一班", f"json://{address}/group")
        post.channels = {"mail": MaildirChannel(post.folder), "chat": ChatChannel()}
        story.night("2024-12-02 00:30")
        assert post.send(MONDAY).outcomes == {"sent": 4}
        assert post.send("2024-12-02 12:00").outcomes == {}
    assert set(post.arrived()) == {"li@example.org", "wang@example.org", "zhang@example.org"}
    (told,) = posts.told
    assert "**未完成：研修日志** 3人，12月5日（周四）24:00前，还有3天" in told["message"]
    assert "- 周老师：还没有提交" in told["message"]
    assert "李老师" not in told["message"]
