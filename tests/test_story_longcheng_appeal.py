"""龙城区2024: appeals against sealed results, and results that are taken away, told night by night (L24-07, L24-11)."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from models.database import transaction
from models.exceptions import PersonException
from models.people import Person
from models.verdicts import ScoreSheet, Seal
from models.work import Enrolment
from tests.support.story import Story
from workflows.appealing import appeals, file_appeal, grant, late_of, refuse_appeal, revoke, take_up, withdraw
from workflows.explained import Explained
from workflows.explaining import explain
from workflows.resolving import Decision, set_dates
from workflows.review_done import review_done
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
LOCK = "2024-12-15 24:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    """李老师 has 40 + 18 + 19 = 77: the journal of 1 December reached the office after the lock. 王老师 has passed."""
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for name in ("李老师", "王老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
        story.shows(name, "study", 800, at="2024-11-05 20:00")
        story.shows(name, "assignment", at="2024-11-20 21:15")
        story.shows(name, "talk", 19, at="2024-11-22 12:00")
        story.marks(name, "assignment", "良好", received="2024-12-10 10:00")
    story.shows("王老师", "journal", at="2024-12-01 09:00")
    story.night("2024-12-16 00:30")
    story.shows("李老师", "journal", at="2024-12-01 09:00", received="2024-12-17 10:00")
    return story


def said(story: Story, at: str, reason: str = "平台漏报日志", name: str = "陈主任") -> Decision:
    return Decision(reason, name, story.at(at), story.at(at), document="申诉单1号")


def files(story: Story, at: str = "2024-12-18 09:00", assessment: str = "training") -> int:
    with transaction(story.engine) as session:
        return (
            file_appeal(session, story.people["李老师"], assessment, said(story, at, name="李老师")).id or 0
        )


def takes_up(story: Story, appeal: int) -> None:
    with transaction(story.engine) as session:
        take_up(session, appeal, said(story, "2024-12-18 15:00"))


def grants(
    story: Story, appeal: int, *references: str, second: str = "周老师", at: str = "2024-12-19 10:00"
) -> None:
    with transaction(story.engine) as session:
        grant(session, appeal, said(story, at), second, references)


def sheets(story: Story, name: str, assessment: str = "training") -> list[tuple[int, float, str]]:
    wanted = select(ScoreSheet).where(
        ScoreSheet.enrolment_id == story.people[name], ScoreSheet.assessment == assessment
    )
    with Session(story.engine) as session:
        rows = session.execute(wanted.order_by(ScoreSheet.entry)).scalars()
        return [(row.entry, row.total / 100, row.result) for row in rows]


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.message.text("en") for problem in verify(session)]


def explained(story: Story, name: str) -> Explained:
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == name)).scalar_one()
        return explain(session, number, story.at("2025-01-01"))[0]


@pytest.mark.demand("L24-07")
def test_a_granted_appeal_ends_in_a_new_sealed_entry_beside_the_old_one(story: Story) -> None:
    """77 was sealed; with the journal it is 97, and the old entry stays."""
    assert sheets(story, "李老师") == [(0, 77, "不合格")]
    appeal = files(story)
    takes_up(story, appeal)
    grants(story, appeal)
    assert sheets(story, "李老师") == [(0, 77, "不合格"), (1, 97, "合格")]
    assert sheets(story, "王老师") == [(0, 97, "合格")]
    assert wrong(story) == []
    told = explained(story, "李老师")
    assert [(entry.total, entry.result, entry.names) for entry in told.entries] == [
        (7700, "不合格", ()), (9700, "合格", ("陈主任", "周老师")),
    ]  # fmt: skip
    (line,) = [line for line in told.lines if line.key == "journal"]
    assert [fact.why.text("zh") for fact in line.facts] == ["计入：申诉准予"]


def test_what_came_late_is_listed_for_the_appeal(story: Story) -> None:
    """The journal received after the lock, talk after the deadline, and a mark that was corrected since."""
    story.shows("李老师", "talk", 1, at="2024-12-06 00:00", received="2024-12-07 09:00")
    appeal = files(story)
    with transaction(story.engine) as session:
        (found,) = appeals(session, story.programme_id, "longcheng-2024")
        late = late_of(session, found, story.at("2024-12-19"))
    assert found.id == appeal
    assert [(fact.task, fact.kind) for fact in late] == [("talk", "topic"), ("journal", "handed_in")]


def test_of_what_is_late_the_two_may_let_in_a_part(story: Story) -> None:
    story.shows("李老师", "talk", 1, at="2024-12-06 00:00", received="2024-12-07 09:00")
    appeal = files(story)
    takes_up(story, appeal)
    with transaction(story.engine) as session:
        (found,) = appeals(session, story.programme_id, "longcheng-2024")
        talk, journal = (fact.reference for fact in late_of(session, found, story.at("2024-12-19")))
    grants(story, appeal, journal)
    assert sheets(story, "李老师")[-1] == (1, 97, "合格")
    again = files(story, at="2024-12-20 09:00")
    takes_up_again = said(story, "2024-12-20 10:00")
    with transaction(story.engine) as session:
        take_up(session, again, takes_up_again)
    grants(story, again, talk, at="2024-12-21 10:00")
    assert sheets(story, "李老师")[-1] == (2, 98, "合格")
    assert wrong(story) == []


@pytest.mark.parametrize(("at", "in_time"), [("2024-12-22 23:59:59", True), ("2024-12-22 24:00", False)])
def test_an_appeal_is_filed_within_seven_days_of_the_lock(story: Story, at: str, in_time: bool) -> None:
    if in_time:
        assert files(story, at=at)
    else:
        with pytest.raises(Refused, match="7 days"):
            files(story, at=at)


def test_a_step_cannot_be_skipped_and_none_comes_after_the_decision(story: Story) -> None:
    appeal = files(story)
    with pytest.raises(Refused, match="cannot be granted"):
        grants(story, appeal)
    with pytest.raises(Refused, match="already: 1"):
        files(story)
    takes_up(story, appeal)
    with transaction(story.engine) as session:
        refuse_appeal(session, appeal, said(story, "2024-12-19 10:00"), "周老师")
    for act in (take_up, withdraw):
        with pytest.raises(Refused, match="is refused"), transaction(story.engine) as session:
            act(session, appeal, said(story, "2024-12-20 10:00"))
    assert sheets(story, "李老师") == [(0, 77, "不合格")]


@pytest.mark.parametrize("second", ["", "陈主任", " 陈主任 "])
def test_a_decision_needs_two_different_names(story: Story, second: str) -> None:
    appeal = files(story)
    takes_up(story, appeal)
    with pytest.raises(Refused, match="two different names"):
        grants(story, appeal, second=second)


def test_before_the_lock_there_is_nothing_to_appeal_against(story: Story) -> None:
    with pytest.raises(Refused, match="not sealed yet"):
        files(story, assessment="recognition")


def test_nothing_late_is_nothing_to_grant(story: Story) -> None:
    with transaction(story.engine) as session:
        appeal = (
            file_appeal(session, story.people["王老师"], "training", said(story, "2024-12-18 09:00")).id or 0
        )
    takes_up(story, appeal)
    with pytest.raises(Refused, match="nothing late"):
        grants(story, appeal)


def test_seals_after_a_correction_chain_on_and_the_term_ends_by_the_entry_that_stands(story: Story) -> None:
    """李老师 hands in everything of the practice; with 97 the term is completed, which 77 would not have been."""
    appeal = files(story)
    takes_up(story, appeal)
    grants(story, appeal)
    for task, characters in (("certificate", None), ("plan", 2000), ("reflection", 1500)):
        story.shows("李老师", task, at="2024-12-20 10:00", characters=characters)
    story.shows("李老师", "observe", 15, at="2025-05-01 10:00")
    for lesson in ("第一节", "第二节", "第三节"):
        for kind in ("attendees", "lesson_design", "photos"):
            story.shows("李老师", "open_lesson", 3, kind=kind, item=lesson, at="2025-05-02 10:00")
    story.night("2025-05-31 00:30")
    dates = story.at("2025-06-03 00:00"), story.at("2025-06-13 24:00")
    story.decide(set_dates, "一班", "review", *dates, effective="2025-06-02 09:00")
    story.decide(review_done, "一班", None, effective="2025-06-09 16:00")
    story.night("2025-06-14 00:30")
    assert status(story, "李老师") == "completed"
    assert wrong(story) == []
    numbers = [row[1] for row in story.seals() if len(row) == 6]
    assert numbers == sorted(numbers)
    assert len(numbers) == 4  # training, tutoring, the correction, recognition


def status(story: Story, name: str) -> str:
    with Session(story.engine) as session:
        return session.get_one(Enrolment, story.people[name]).status


# ---------------------------------------------------------------- 第三阶段 审核认定 (L24-11)


def revokes(story: Story, name: str, assessment: str, at: str, second: str = "") -> None:
    with transaction(story.engine) as session:
        revoke(session, story.people[name], assessment, said(story, at, reason="雷同"), second)


@pytest.mark.demand("L24-11")
def test_revoked_before_the_lock_the_recognition_is_called_so_and_earns_nothing(story: Story) -> None:
    story.night("2025-05-31 00:30")
    dates = story.at("2025-06-03 00:00"), story.at("2025-06-13 24:00")
    story.decide(set_dates, "一班", "review", *dates, effective="2025-06-02 09:00")
    story.decide(review_done, "一班", None, effective="2025-06-09 16:00")
    revokes(story, "王老师", "recognition", "2025-06-10 09:00")
    story.night("2025-06-14 00:30")
    assert sheets(story, "王老师", "recognition") == [(0, 0, "取消骨干教师资格")]
    assert sheets(story, "李老师", "recognition")[0][2] == "不认定"
    assert wrong(story) == []


def test_revoked_after_the_lock_it_is_a_correction_with_two_names(story: Story) -> None:
    with pytest.raises(Refused, match="two different names"):
        revokes(story, "王老师", "training", "2024-12-20 09:00")
    revokes(story, "王老师", "training", "2024-12-20 09:00", "周老师")
    assert sheets(story, "王老师") == [(0, 97, "合格"), (1, 97, "取消")]
    assert wrong(story) == []


def test_an_appeal_granted_after_a_revocation_leaves_the_result_revoked_and_the_book_in_order(
    story: Story,
) -> None:
    """What two let in is one thing, what was taken away another: the points change, the verdict does not."""
    revokes(story, "李老师", "training", "2024-12-18 08:00", "周老师")
    appeal = files(story)
    takes_up(story, appeal)
    grants(story, appeal)
    assert sheets(story, "李老师") == [(0, 77, "不合格"), (1, 77, "取消"), (2, 97, "取消")]
    assert wrong(story) == []


@pytest.mark.parametrize("night", ["before", "after"])
def test_a_revocation_on_the_stroke_of_the_lock_is_no_tampering(engine: Engine, night: str) -> None:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("王老师", "learner", "一班", *SCHOOL)
    story.night(LOCK if night == "before" else "2024-12-15 00:30")
    revokes(story, "王老师", "training", LOCK, "周老师")
    story.night("2024-12-16 00:30")
    assert [(entry, result) for entry, _, result in sheets(story, "王老师")] == [(0, "不合格"), (1, "取消")]
    assert wrong(story) == []


@pytest.mark.parametrize("at", ["2024-12-15 24:00", "2024-12-14 09:00"])
def test_a_revocation_that_no_seal_knows_of_is_found(story: Story, at: str) -> None:
    with transaction(story.engine) as session:
        instant = story.at(at)
        session.add(
            PersonException(
                enrolment_id=story.people["王老师"], kind="revoke", assessment="training", reason="雷同", name="某人",
                effective_at=instant, recorded_at=instant,
            )
        )  # fmt: skip
    assert wrong(story) == ["what was decided about penalties or revoked results is not what was sealed"]


# ---------------------------------------------------------------- what is tampered with is found


def forge(story: Story, table: str, statement: str) -> None:
    on = f" ON {table}" if story.engine.dialect.name == "postgresql" else ""
    with story.engine.begin() as connection:
        for act in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {table}_refuses_{act}{on}")
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("appeal_step", "UPDATE appeal_step SET second_name = '王五' WHERE act = 'grant'"),
        ("appeal_step", "DELETE FROM appeal_step WHERE act = 'grant'"),
        ("score_sheet", "DELETE FROM score_sheet WHERE entry = 1"),
        ("score_sheet", "UPDATE score_sheet SET total = 10000 WHERE entry = 1"),
        ("seal", "DELETE FROM seal WHERE basis LIKE '%correction%'"),
    ],
)
def test_a_correction_that_is_tampered_with_is_found(story: Story, table: str, statement: str) -> None:
    appeal = files(story)
    takes_up(story, appeal)
    grants(story, appeal)
    assert wrong(story) == []
    forge(
        story, table, statement.replace("%", "%%") if story.engine.dialect.name == "postgresql" else statement
    )
    assert wrong(story)


def test_what_was_let_in_cannot_be_changed_unseen(story: Story) -> None:
    appeal = files(story)
    takes_up(story, appeal)
    grants(story, appeal)
    with Session(story.engine) as session:
        seal = session.execute(select(Seal).where(Seal.basis.contains("correction"))).scalar_one()
        basis, number = json.loads(seal.basis), seal.number
    basis["correction"]["admitted"][0] = []
    on = " ON seal" if story.engine.dialect.name == "postgresql" else ""
    with story.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER seal_refuses_update{on}")
        forged = json.dumps(basis, ensure_ascii=False).replace("'", "''")
        text = forged.replace("%", "%%") if on else forged
        connection.exec_driver_sql(f"UPDATE seal SET basis = '{text}' WHERE number = {number}")
    assert len(wrong(story)) >= 2
