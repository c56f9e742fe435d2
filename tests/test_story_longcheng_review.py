"""第三阶段 审核认定: the county goes through everybody's material before the review is locked (L24-09, L24-10, L24-11)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from exchange.evidence import read_evidence
from exchange.plans import commit
from models.database import transaction
from models.nights import Resolution
from models.people import Person
from models.terms import Cohort
from models.work import Evidence
from tests.support.files import workbook
from tests.support.story import Story
from workflows.answering import Answer, answer_hold
from workflows.resolving import Decision, extend, set_dates, waive
from workflows.review_acts import accept_work, refuse_work
from workflows.review_done import review_done
from workflows.review_lists import Reviewed, reviews
from workflows.transferring import transfer
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
LESSONS = ("第一节", "第二节", "第三节")
LOCK = "2025-06-13 24:00"
HELD = [("一班", "review", "material not reviewed")]


@pytest.fixture
def story(engine: Engine) -> Story:
    """一班 in the week of the review: its dates are set, and the practice is over."""
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for name in ("李老师", "王老师", "赵老师", "孙老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
    return story


def hands_in(story: Story, name: str, **but: int) -> None:
    """Everything that the document asks for; `but` says of what less, or more."""
    for task, characters in (("certificate", None), ("plan", 2000), ("reflection", 1500)):
        if but.get(task, 1):
            story.shows(name, task, at="2024-12-20 10:00", characters=but.get(task, characters))
    for number in range(but.get("observe", 15)):
        story.shows(name, "observe", at=f"2025-04-{number + 1:02d} 10:00")
    for lesson in LESSONS:
        teaches(story, name, lesson, but.get("attendees", 3) if lesson == "第三节" else 3)


def teaches(story: Story, name: str, lesson: str, attendees: int, photos: bool = True) -> None:
    """An open lesson: who came, its design, its photos."""
    day = f"2025-04-{16 + LESSONS.index(lesson):02d}"
    story.shows(name, "open_lesson", attendees, kind="attendees", item=lesson, at=f"{day} 10:00")
    story.shows(name, "open_lesson", kind="lesson_design", item=lesson, at=f"{day} 11:00")
    if photos:
        story.shows(name, "open_lesson", kind="photos", item=lesson, at=f"{day} 12:00")


def the_review_begins(story: Story) -> None:
    story.night("2025-06-01 00:30")
    opens, closes = story.at("2025-06-03"), story.at(LOCK)
    story.decide(set_dates, "一班", "review", opens, closes, effective="2025-06-02 16:00")


def by(story: Story, at: str, reason: str = "逐项核对") -> Decision:
    return Decision(reason, "王主任", story.at(at), story.at(at), document="师训字〔2025〕3号")


def says_done(story: Story, at: str, cohort: str = "一班") -> None:
    with transaction(story.engine) as session:
        review_done(session, session.get_one(Cohort, story.cohorts[cohort]), None, by(story, at))


def listed(story: Story, at: str) -> dict[str, str]:
    """What the list says of everybody."""
    with Session(story.engine) as session:
        return {
            one.person: one.told.text("zh")
            for one in reviews(session, list(story.cohorts.values()), story.at(at))
        }


def seen(story: Story, name: str, at: str) -> Reviewed:
    with Session(story.engine) as session:
        (one,) = reviews(session, list(story.cohorts.values()), story.at(at), story.people[name])
        return one


def refuses(story: Story, name: str, task: str, at: str, item: str = "", reason: str = "照片不清") -> None:
    with transaction(story.engine) as session:
        refuse_work(session, story.people[name], task, by(story, at, reason), item)


def accepts(story: Story, name: str, task: str, at: str, item: str = "") -> None:
    with transaction(story.engine) as session:
        accept_work(session, story.people[name], task, by(story, at, "已补交原件"), item)


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.message.text("en") for problem in verify(session)]


# ---------------------------------------------------------------- 上交的材料不能缺项 (L24-09, L24-10)


@pytest.mark.demand("L24-10", "L24-11")
def test_what_is_missing_is_told_exactly_and_sealed_as_told(story: Story) -> None:
    """15 lessons with notes and 3 open lessons with 3 attending, design and photos are recognised; 14 lessons, a third
    open lesson with 2 attending, or one without photos are not (L24-10)."""
    hands_in(story, "李老师")
    hands_in(story, "王老师", observe=12, attendees=2)
    hands_in(story, "赵老师", observe=14, plan=1999)
    hands_in(story, "孙老师", attendees=0)
    the_review_begins(story)
    assert listed(story, "2025-06-03 09:00") == {
        "李老师": "待审",
        "王老师": "材料不全：缺 听评课（还差3节）、公开课 第三节（公开课到场人数还差1人）",
        "赵老师": "材料不全：缺 骨干教师专业发展个人规划（不计：1999字，不足2000字）、听评课（还差1节）",
        "孙老师": "材料不全：缺 公开课 第三节（公开课到场人数还差3人）",
    }
    says_done(story, "2025-06-13 16:00")
    story.night("2025-06-14 00:30")
    results = {name: story.points(name, "recognition")["result"] for name in story.people}
    assert results == {"李老师": "认定", "王老师": "不认定", "赵老师": "不认定", "孙老师": "不认定"}
    assert listed(story, "2025-07-01")["李老师"] == "认定"
    assert listed(story, "2025-07-01")["王老师"].startswith("材料不全：缺 听评课（还差3节）")
    assert wrong(story) == []


@pytest.mark.demand("L24-10")
def test_photos_that_are_missing_cost_that_lesson_alone(story: Story) -> None:
    hands_in(story, "李老师", observe=15)
    with transaction(story.engine) as session:
        photo = select(Evidence).where(Evidence.item == "第三节").order_by(Evidence.happened_at.desc())
        session.execute(photo).scalars().first().withdrawn_at = story.at("2025-05-01")  # type: ignore[union-attr]
    the_review_begins(story)
    assert listed(story, "2025-06-03 09:00")["李老师"] == "材料不全：缺 公开课 第三节（公开课照片还差1份）"


@pytest.mark.demand("L24-09")
@pytest.mark.parametrize(("characters", "told"), [(1999, "不计：1999字，不足2000字"), (2000, "计入")])
def test_a_plan_of_1999_characters_does_not_count_and_one_of_2000_does(
    story: Story, characters: int, told: str
) -> None:
    hands_in(story, "李老师", plan=characters)
    the_review_begins(story)
    (plan,) = [line for line in seen(story, "李老师", "2025-06-03 09:00").lines if line.key == "plan"]
    assert [(fact.characters, fact.why.text("zh")) for fact in plan.facts] == [(characters, told)]


# ---------------------------------------------------------------- 组织进行核对: the lock waits for it (L24-11)


def test_the_lock_waits_until_somebody_has_said_that_the_material_is_reviewed(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    story.night("2025-06-14 00:30")
    (hold,) = story.holds("一班")
    assert (hold.phase, hold.kind, hold.waits_on) == ("review", "material not reviewed", "county")
    assert hold.explanation.text("zh") == "还有4人的材料没有审核，涉及：第一小学"
    assert hold.actions == ("done", "extend", "waive", "cancel")
    assert story.sheet("李老师", "recognition") is None
    says_done(story, "2025-06-16 10:00")
    story.night("2025-06-17 00:30")
    assert story.open_holds() == []
    assert story.resolved("一班")[-1] == ("review", "2025-06-16 10:00:00", "done")
    assert story.points("李老师", "recognition")["result"] == "认定"


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("at", "locked"),
    [
        ("2025-06-13 23:59:59", "2025-06-14 00:00:00"),
        ("2025-06-13 24:00:00", "2025-06-14 00:00:00"),
        ("2025-06-13 24:00:01", "2025-06-14 00:00:01"),
    ],
)
def test_said_before_on_or_after_the_stroke_any_schedule_of_nights_gives_the_same(
    story: Story, at: str, locked: str, late: bool
) -> None:
    """On the stroke of the lock it is not reviewed yet: the cohort is held, and let go in the same second."""
    hands_in(story, "李老师")
    the_review_begins(story)
    for night in () if late else ("2025-06-10 00:30", at):
        story.night(night)
    says_done(story, at)
    for night in (
        ("2025-06-20 00:30",) if late else ("2025-06-14 00:30", "2025-06-14 00:30", "2025-06-20 00:30")
    ):
        story.night(night)
    moved = [(row[3], story.local(row[6])) for row in story.log() if row[1] == "review"]
    held = [(what, when) for what, when in moved if what in ("hold", "release") and when >= "2025-06-13"]
    assert ("lock", locked) in moved
    assert held == ([] if at.endswith("59") else [("hold", "2025-06-14 00:00:00"), ("release", locked)])
    assert story.resolved("一班")[1:] == ([] if at.endswith("59") else [("review", locked, "done")])


def test_material_that_comes_after_the_review_was_done_is_asked_for_again(story: Story) -> None:
    hands_in(story, "李老师")
    hands_in(story, "王老师", observe=14)
    the_review_begins(story)
    says_done(story, "2025-06-05 10:00")
    story.shows("王老师", "observe", at="2025-05-29 10:00", received="2025-06-09 10:00")
    story.night("2025-06-14 00:30")
    (hold,) = story.holds("一班")
    assert hold.explanation.text("en") == "the material of 1 person is not reviewed, at: 第一小学"
    told = listed(story, "2025-06-14 09:00")
    assert (told["李老师"], told["王老师"]) == ("认定", "待审")
    says_done(story, "2025-06-14 10:00")
    story.night("2025-06-15 00:30")
    assert story.points("王老师", "recognition")["result"] == "认定"


def test_without_a_review_the_office_waives_or_extends(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    story.night("2025-06-14 00:30")
    story.decide(extend, "一班", "review lock", story.at("2025-06-20 24:00"), effective="2025-06-14 09:00")
    story.night("2025-06-15 00:30")
    assert story.open_holds() == []
    story.night("2025-06-21 00:30")
    assert story.open_holds() == HELD
    story.decide(waive, "一班", story.hold_id("一班"), effective="2025-06-21 09:00")
    story.night("2025-06-22 00:30")
    assert story.points("李老师", "recognition")["result"] == "认定"


def test_the_form_of_the_hold_says_that_the_review_is_done(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    story.night("2025-06-14 00:30")
    with transaction(story.engine) as session:
        answer_hold(session, story.hold_id("一班"), Answer("done"), by(story, "2025-06-14 09:00"))
    assert story.points("李老师", "recognition")["result"] == "认定"
    with Session(story.engine) as session:
        kept = session.execute(select(Resolution).where(Resolution.action == "done")).scalar_one()
        assert (kept.phase, kept.name, kept.document) == ("review", "王主任", "师训字〔2025〕3号")


def test_after_the_lock_no_review_is_said_to_be_done(story: Story) -> None:
    the_review_begins(story)
    says_done(story, "2025-06-13 10:00")
    story.night("2025-06-14 00:30")
    with pytest.raises(Refused, match="past"):
        says_done(story, "2025-06-14 10:00")


def test_nobody_waits_for_the_review_of_a_class_in_which_nobody_is_left(engine: Engine) -> None:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL, status="exempt")
    the_review_begins(story)
    story.night("2025-06-14 00:30")
    assert story.open_holds() == []


# ---------------------------------------------------------------- 核对中不予接受的，以及恢复接受 (L24-11)


@pytest.mark.demand("L24-11")
def test_an_item_that_the_reviewer_refuses_is_missing_until_it_is_accepted_after_all(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    refuses(story, "李老师", "open_lesson", "2025-06-04 09:00", "第三节")
    told = listed(story, "2025-06-04 10:00")["李老师"]
    assert told == "材料不全：缺 公开课 第三节（不计：王主任不予接受，理由：照片不清）"
    lesson = seen(story, "李老师", "2025-06-04 10:00").lines[-1]
    assert {fact.why.text("zh") for fact in lesson.facts if fact.item == "第三节"} == {
        "不计：王主任不予接受，理由：照片不清"
    }
    accepts(story, "李老师", "open_lesson", "2025-06-05 09:00", "第三节")
    assert listed(story, "2025-06-04 10:00")["李老师"] == told  # as it stood then
    assert listed(story, "2025-06-05 10:00")["李老师"] == "待审"
    says_done(story, "2025-06-05 16:00")
    story.night("2025-06-14 00:30")
    assert story.points("李老师", "recognition")["result"] == "认定"
    assert wrong(story) == []


def test_what_the_reviewer_accepts_after_the_review_was_done_is_reviewed_already(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    refuses(story, "李老师", "plan", "2025-06-04 09:00")
    says_done(story, "2025-06-05 16:00")
    accepts(story, "李老师", "plan", "2025-06-06 09:00")
    story.night("2025-06-14 00:30")
    assert story.open_holds() == []
    assert story.points("李老师", "recognition")["result"] == "认定"


def test_a_refusal_may_be_taken_back_and_made_again(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    for day in (4, 5):
        refuses(story, "李老师", "plan", f"2025-06-{day:02d} 09:00")
        assert "个人规划" in listed(story, f"2025-06-{day:02d} 10:00")["李老师"]
        accepts(story, "李老师", "plan", f"2025-06-{day:02d} 11:00")
        assert listed(story, f"2025-06-{day:02d} 12:00")["李老师"] == "待审"
    with pytest.raises(Refused, match="was refused, or it was handed in anew"):
        accepts(story, "李老师", "plan", "2025-06-06 09:00")
    assert wrong(story) == []


def test_part_of_what_was_refused_is_accepted_and_the_rest_is_not(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    refuses(story, "李老师", "open_lesson", "2025-06-04 09:00")
    accepts(story, "李老师", "open_lesson", "2025-06-05 09:00", "第一节")
    line = seen(story, "李老师", "2025-06-05 10:00").lines[-1]
    assert sorted({str(piece.item) for piece in line.lacking}) == ["第三节", "第二节"]
    with pytest.raises(Refused, match="第一节"):
        accepts(story, "李老师", "open_lesson", "2025-06-05 11:00", "第一节")


def test_after_the_lock_a_refusal_stands(story: Story) -> None:
    hands_in(story, "李老师")
    the_review_begins(story)
    refuses(story, "李老师", "plan", "2025-06-04 09:00")
    says_done(story, "2025-06-05 16:00")
    with pytest.raises(Refused, match="only an appeal"):
        accepts(story, "李老师", "plan", "2025-06-14 09:00")


def test_what_was_refused_before_a_transfer_can_be_accepted_after_it(story: Story) -> None:
    story.cohort("二班", "龙城区")
    story.shows("李老师", "journal", at="2024-11-20 09:00")
    story.night("2024-11-25 00:30")
    refuses(story, "李老师", "journal", "2024-11-25 09:00")
    with transaction(story.engine) as session:
        to = session.get_one(Cohort, story.cohorts["二班"])
        moved = transfer(session, story.people["李老师"], to, by(story, "2024-11-26 09:00", "调动"))
        story.people["李老师"] = moved.to_enrolment_id or 0
    accepts(story, "李老师", "journal", "2024-11-27 09:00")
    story.night("2024-12-16 00:30")
    assert story.points("李老师", "training")["journal"] == 20
    assert wrong(story) == []


def test_a_file_with_what_was_refused_and_accepted_after_all_changes_nothing(
    story: Story, tmp_path: Path
) -> None:
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == "李老师")).scalar_one()
    header = ["人员编号", "任务", "字数", "发生时间", "来源", "记录编号"]
    row = [number, "骨干教师专业发展个人规划", "2000", "2024-12-20 10:00", "邮箱", "规划.docx"]
    path = workbook(tmp_path / "records.xlsx", [header, row])

    def takes_in(received: str) -> tuple[int, int, int]:
        at = story.at(received)
        with transaction(story.engine) as session:
            plan = read_evidence(session, "longcheng-2024", path, at)
            commit(session, plan, at)
            return plan.added, plan.changed, plan.unchanged

    assert takes_in("2024-12-20 16:00") == (1, 0, 0)
    the_review_begins(story)
    refuses(story, "李老师", "plan", "2025-06-04 09:00")
    assert takes_in("2025-06-04 10:00") == (0, 0, 1)
    accepts(story, "李老师", "plan", "2025-06-05 09:00")
    assert takes_in("2025-06-05 10:00") == (0, 0, 1)
    assert "个人规划" not in listed(story, "2025-06-05 11:00")["李老师"]
