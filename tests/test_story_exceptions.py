"""What an office decides about single people, told in two programmes night by night (L24-11, G16-03)."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from exchange.evidence import read_evidence
from exchange.plans import commit
from exchange.results import export_results
from models.database import transaction
from models.people import Person
from models.terms import Cohort
from models.verdicts import ScoreSheet
from models.work import Enrolment
from tests.support.files import workbook
from tests.support.story import Story
from workflows.exceptions import Prior, accept_prior, exempt, readmit, withdraw
from workflows.explaining import explain
from workflows.looking import look_now
from workflows.resolving import Decision, extend
from workflows.review_acts import refuse_work
from workflows.transferring import transfer
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
LOCK = "2024-12-15 24:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two classes; 李老师 and 王老师 are in the first, and have done everything for 97 points."""
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    for name in ("李老师", "王老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
        story.shows(name, "study", 800, at="2024-11-05 20:00")
        story.shows(name, "assignment", at="2024-11-20 21:15")
        story.shows(name, "journal", at="2024-12-01 09:00")
        story.shows(name, "talk", 19, at="2024-11-22 12:00")
        story.marks(name, "assignment", "良好", received="2024-12-10 10:00")
    return story


def by(story: Story, at: str, reason: str = "组织安排") -> Decision:
    return Decision(reason, "王主任", story.at(at), story.at(at), document="教字〔2024〕7号")


def person(story: Story, name: str) -> Enrolment:
    with Session(story.engine, expire_on_commit=False) as session:
        return session.get_one(Enrolment, story.people[name])


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.message.text("en") for problem in verify(session)]


def exceptions(story: Story, name: str, at: str = "2025-01-01") -> list[tuple[str, str, str | None]]:
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == name)).scalar_one()
        return [
            (one.kind, one.reason, one.document)
            for one in explain(session, number, story.at(at))[0].exceptions
        ]


# ---------------------------------------------------------------- 免修; by the grounds of a document: test_story_lanxi_exempt.py


def test_an_exemption_is_taken_back_and_none_is_given_after_the_lock(story: Story) -> None:
    story.night("2024-11-25 00:30")
    with transaction(story.engine) as session:
        exempt(session, story.people["李老师"], by(story, "2024-11-25 09:00"))
    with transaction(story.engine) as session:
        readmit(session, story.people["李老师"], by(story, "2024-11-26 09:00"))
    story.night(LOCK)
    assert story.points("李老师", "training")["total"] == 97
    with pytest.raises(Refused, match="sealed"), transaction(story.engine) as session:
        exempt(session, story.people["李老师"], by(story, "2024-12-20 09:00"))
    assert [kind for kind, *_ in exceptions(story, "李老师")] == ["exempt", "readmit"]


# ---------------------------------------------------------------- 退出, 转班


def test_who_withdraws_keeps_what_was_done_and_sealed(story: Story) -> None:
    story.night(LOCK)
    with transaction(story.engine) as session:
        withdraw(session, story.people["李老师"], by(story, "2024-12-20 09:00", "调离"))
    assert story.points("李老师", "training")["total"] == 97
    assert person(story, "李老师").status == "withdrawn"
    with pytest.raises(Refused, match="cannot be withdrawn"), transaction(story.engine) as session:
        withdraw(session, story.people["李老师"], by(story, "2024-12-21 09:00"))
    assert wrong(story) == []


def moves(story: Story, name: str, to: str, at: str) -> int:
    with transaction(story.engine) as session:
        cohort = session.get_one(Cohort, story.cohorts[to])
        return transfer(session, story.people[name], cohort, by(story, at, "调动")).to_enrolment_id or 0


def test_a_transfer_takes_the_work_along_and_there_is_one_result(story: Story, tmp_path: Path) -> None:
    story.night("2024-12-11 00:30")
    there = moves(story, "李老师", "二班", "2024-12-11 09:00")
    story.night(LOCK)
    assert story.sheet("李老师") is None
    with Session(story.engine) as session:
        sheet = session.execute(select(ScoreSheet).where(ScoreSheet.enrolment_id == there)).scalar_one()
        assert (sheet.cohort_id, sheet.total, sheet.result) == (story.cohorts["二班"], 9700, "合格")
        export_results(session, "longcheng-2024", tmp_path / "results.xlsx", "zh", story.at(LOCK))
    assert wrong(story) == []
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    rows = [*book["网络研修成绩"].iter_rows(values_only=True)]
    assert [(row[1], row[4]) for row in rows[1:]] == [("王老师", "一班"), ("李老师", "二班")]
    (row,) = [*book["例外情况"].iter_rows(values_only=True)][1:]
    assert row[1:4] == ("李老师", "一班", "转班")
    assert row[6:10] == ("二班", "调动", "王主任", "教字〔2024〕7号")


def test_work_that_was_late_before_a_transfer_is_late_after_it(story: Story) -> None:
    story.shows("李老师", "talk", 1, at="2024-12-06 00:00", received="2024-12-07 09:00")
    story.night("2024-12-11 00:30")
    there = moves(story, "李老师", "二班", "2024-12-11 09:00")
    story.night(LOCK)
    with Session(story.engine) as session:
        assert (
            session.execute(select(ScoreSheet.total).where(ScoreSheet.enrolment_id == there)).scalar_one()
            == 9700
        )


def takes_in(story: Story, tmp_path: Path, rows: list[list[str]], received: str) -> tuple[int, int, int]:
    """A file of learning records: added, changed, unchanged."""
    header = ["人员编号", "任务", "发生时间", "来源", "记录编号", "班级"]
    path = workbook(tmp_path / "records.xlsx", [header, *rows])
    at = story.at(received)
    with transaction(story.engine) as session:
        plan = read_evidence(session, "longcheng-2024", path, at)
        commit(session, plan, at)
        return plan.added, plan.changed, plan.unchanged


def number_of(story: Story, name: str) -> str:
    with Session(story.engine) as session:
        return str(session.execute(select(Person.number).where(Person.name == name)).scalar_one())


@pytest.mark.parametrize("reference", ["J9", ""])
@pytest.mark.parametrize("cohort", ["一班", ""])
def test_the_same_file_again_after_a_transfer_changes_nothing(
    story: Story, tmp_path: Path, reference: str, cohort: str
) -> None:
    rows = [[number_of(story, "李老师"), "研修日志", "2024-12-02 10:00", "平台二", reference, cohort]]
    assert takes_in(story, tmp_path, rows, "2024-12-05 10:00") == (1, 0, 0)
    story.night("2024-12-11 00:30")
    moves(story, "李老师", "二班", "2024-12-11 09:00")
    assert takes_in(story, tmp_path, rows, "2024-12-11 10:00") == (0, 0, 1)


def test_what_a_review_refused_does_not_come_back_with_the_same_file(story: Story, tmp_path: Path) -> None:
    """Handed in anew under its own number, it is a new revision and counts."""
    rows = [[number_of(story, "李老师"), "研修日志", "2024-12-02 10:00", "平台二", "J9", ""]]
    takes_in(story, tmp_path, rows, "2024-12-03 10:00")
    story.night("2024-12-04 00:30")
    with transaction(story.engine) as session:
        refuse_work(session, story.people["李老师"], "journal", by(story, "2024-12-04 09:00", "抄袭"))
    assert takes_in(story, tmp_path, rows, "2024-12-04 10:00") == (0, 0, 1)
    anew = [[*rows[0][:2], "2024-12-05 10:00", *rows[0][3:]]]
    assert takes_in(story, tmp_path, anew, "2024-12-05 11:00") == (0, 1, 0)
    story.night(LOCK)
    assert story.points("李老师", "training")["journal"] == 20
    assert wrong(story) == []


def test_an_own_later_deadline_goes_along_with_a_transfer(story: Story) -> None:
    story.extend_for("李老师", "talk", "2024-12-08 24:00", effective="2024-12-04 10:00")
    story.shows("李老师", "talk", 1, at="2024-12-07 09:00")
    story.night("2024-12-11 00:30")
    there = moves(story, "李老师", "二班", "2024-12-11 09:00")
    story.night(LOCK)
    with Session(story.engine) as session:
        sheet = select(ScoreSheet.total).where(ScoreSheet.enrolment_id == there)
        assert session.execute(sheet).scalar_one() == 9800
    assert wrong(story) == []


def test_nobody_is_transferred_into_a_class_whose_scores_are_sealed(story: Story) -> None:
    story.night(LOCK)
    with pytest.raises(Refused, match="sealed in the other cohort"):
        moves(story, "李老师", "二班", "2024-12-20 09:00")
    with pytest.raises(Refused, match="already"):
        moves(story, "李老师", "一班", "2024-12-20 09:00")


def test_nobody_joins_a_class_in_its_past(story: Story) -> None:
    """二班 was taken on by a decision of its own; what was due there before is done before."""
    with transaction(story.engine) as session:
        look_now(session, story.cohorts["二班"], *[story.at("2024-12-12 09:00")] * 2)
    with pytest.raises(Refused, match="2024-12-12 09:00"):
        moves(story, "李老师", "二班", "2024-12-11 09:00")


def test_a_lock_that_is_due_in_the_other_class_comes_before_a_transfer(story: Story) -> None:
    """一班 has until 20 December, 二班 has not: it is locked on the 15th, whether or not a night has run."""
    story.night("2024-12-10 00:30")
    story.decide(extend, "一班", "training lock", story.at("2024-12-20 24:00"), effective="2024-12-10 09:00")
    with pytest.raises(Refused, match="sealed in the other cohort"):
        moves(story, "李老师", "二班", "2024-12-17 09:00")


def test_what_was_received_after_a_transfer_took_effect_is_not_dated_back_by_it(story: Story) -> None:
    """The transfer of the 14th is written down later; what came after the lock still counts for nothing."""
    story.night("2024-12-13 00:30")
    story.shows("李老师", "talk", 1, at="2024-12-01 09:00", received="2024-12-16 10:00")
    there = moves(story, "李老师", "二班", "2024-12-14 09:00")
    story.night("2024-12-17 00:30")
    with Session(story.engine) as session:
        sheet = select(ScoreSheet.total).where(ScoreSheet.enrolment_id == there)
        assert session.execute(sheet).scalar_one() == 9700
    assert wrong(story) == []


def test_what_was_received_after_a_review_is_not_refused_by_it(story: Story) -> None:
    story.night("2024-12-10 00:30")
    story.shows("李老师", "journal", at="2024-12-02 09:00", received="2024-12-12 10:00")
    with transaction(story.engine) as session:
        refuse_work(session, story.people["李老师"], "journal", by(story, "2024-12-11 09:00", "抄袭"))
    story.night(LOCK)
    assert story.points("李老师", "training")["journal"] == 20
    assert wrong(story) == []


def test_a_late_night_gives_the_same_seals_after_a_transfer_as_nights_on_time(story: Story) -> None:
    """The first night comes with the decision itself: what was due before is done before."""
    there = moves(story, "李老师", "二班", "2024-12-11 09:00")
    story.night("2025-01-10 00:30")
    with Session(story.engine) as session:
        assert (
            session.execute(select(ScoreSheet.total).where(ScoreSheet.enrolment_id == there)).scalar_one()
            == 9700
        )
    moved = [row for row in story.log() if row[2] == story.people["李老师"]]
    assert [row[3] for row in sorted(moved, key=lambda row: row[6])] == ["begin", "transfer"]


# ---------------------------------------------------------------- 第三阶段 审核认定: 不予接受 (L24-11)


@pytest.mark.demand("L24-11")
def test_what_a_review_does_not_accept_counts_no_more(story: Story) -> None:
    story.night("2024-11-25 00:30")
    with transaction(story.engine) as session:
        refuse_work(session, story.people["李老师"], "assignment", by(story, "2024-11-25 09:00", "非原创"))
    story.night(LOCK)
    assert story.points("李老师", "training")["assignment"] == 0
    assert story.points("王老师", "training")["assignment"] == 18
    assert exceptions(story, "李老师")[0][:2] == ("refuse", "非原创")
    assert wrong(story) == []


@pytest.mark.parametrize(
    ("task", "at", "told"),
    [
        ("plan", "2024-11-25 09:00", "nothing of"),
        ("marking", "2024-11-25 09:00", "is no task of"),
        ("assignment", "2024-12-20 09:00", "only an appeal"),
    ],
)
def test_what_cannot_be_refused_is_told_why(story: Story, task: str, at: str, told: str) -> None:
    story.night(LOCK if at > "2024-12-16" else "2024-11-25 00:30")
    with pytest.raises(Refused, match=told), transaction(story.engine) as session:
        refuse_work(session, story.people["李老师"], task, by(story, at))


# ---------------------------------------------------------------- 认定以前的学习 (G16-03)


@pytest.fixture
def hours(engine: Engine) -> Story:
    """个人选学30学时, of which the office accepts at most 10 that were done elsewhere."""
    story = Story(engine, "guopei-2016")
    story.cohort("语文一组", "历下区", "第一中学")
    story.enrol("王老师", "learner", "语文一组", "历下区", "第一中学")
    story.shows("王老师", "electives", 20, at="2016-11-01 20:00")
    story.night("2016-11-10 00:30")
    return story


def accepts(story: Story, amount: int, at: str = "2016-11-10 09:00", task: str = "electives") -> None:
    prior = Prior(amount, story.at("2016-03-01"))
    with transaction(story.engine) as session:
        accept_prior(session, story.people["王老师"], task, prior, by(story, at))


@pytest.mark.demand("G16-03")
def test_accepted_prior_hours_fill_the_block_and_are_told_as_such(hours: Story) -> None:
    accepts(hours, 1000)
    with Session(hours.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == "王老师")).scalar_one()
        sheet = next(
            one for one in explain(session, number, hours.at("2016-12-31")) if one.assessment == "hours"
        )
        line = next(one for one in sheet.lines if one.key == "electives")
    assert line.points == 3000
    assert [(fact.source, fact.amount) for fact in line.facts] == [("认定", 1000), ("平台", 2000)]
    assert exceptions(hours, "王老师")[0][0] == "prior"


def test_the_limit_of_prior_work_is_the_persons_and_goes_along_with_a_transfer(hours: Story) -> None:
    accepts(hours, 600)
    hours.cohort("语文二组", "历下区", "第一中学")
    hours.people["王老师"] = moves(hours, "王老师", "语文二组", "2016-11-11 09:00")
    with pytest.raises(Refused, match="4 is left"):
        accepts(hours, 401, at="2016-11-12 09:00")
    accepts(hours, 400, at="2016-11-12 09:00")


def test_no_more_is_accepted_than_the_calendar_admits(hours: Story) -> None:
    accepts(hours, 600)
    with pytest.raises(Refused, match="4 is left"):
        accepts(hours, 401, at="2016-11-11 09:00")
    with pytest.raises(Refused, match="admits no prior work"):
        accepts(hours, 100, at="2016-11-11 09:00", task="together")
