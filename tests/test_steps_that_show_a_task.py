"""国培计划2016: 发布磨课计划 done as a step of the lesson study is the leader's task 登陆磨课平台发布磨课计划 (G16-05, G16-06)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from models.database import transaction
from models.work import Evidence, Source
from tests.support.story import Story
from workflows.explaining import explain
from workflows.verifying import verify

SCHOOL = ("山东省", "历下区", "第一中学")
GROUP = "语文一组"
OVER = "2017-01-21 00:30"  # the night after the lock of the semester


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "guopei-2016")
    story.cohort(GROUP, *SCHOOL)
    for name, role in (("王老师", "learner"), ("陈组长", "leader"), ("张教研员", "tutor")):
        story.enrol(name, role, GROUP, *SCHOOL)
    return story


def kept(story: Story) -> list[tuple[str, str, str, str]]:
    """Every record that a step has made: whose, when it happened, was received and was withdrawn."""
    names = {number: name for name, number in story.people.items()}
    wanted = select(Evidence).join(Source, Source.id == Evidence.source_id).where(Source.name == "磨课")
    with Session(story.engine) as session:
        return [
            (
                names[row.enrolment_id],
                story.local(row.happened_at),
                story.local(row.received_at),
                story.local(row.withdrawn_at) if row.withdrawn_at else "",
            )
            for row in session.execute(wanted.order_by(Evidence.received_at)).scalars()
        ]


def goes_on(story: Story, *steps: str, day: int = 1) -> None:
    """The rest of the lesson study, so that nothing keeps the semester from being locked."""
    for number, step in enumerate(steps):
        story.does_step(GROUP, step, at=f"2016-12-{day + number:02d} 15:00")


REST = ("prepare_1", "polish_1", "prepare_2", "polish_2", "prepare_3", "summarise")


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.message.text("en") for problem in verify(session)]


@pytest.mark.parametrize("nights", [[], ["2016-10-24 00:30", "2016-10-27 00:30", "2016-12-20 00:30"]])
def test_the_step_that_is_done_is_the_leaders_task_and_nothing_is_handed_in_besides(
    story: Story, nights: list[str]
) -> None:
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    for night in nights[:1]:
        story.night(night)
    story.does_step(GROUP, "publish", at="2016-10-23 15:00", said="2016-10-25 09:00")
    assert kept(story) == [("陈组长", "2016-10-23 15:00:00", "2016-10-25 09:00:00", "")]
    for night in nights[1:2]:
        story.night(night)
    goes_on(story, *REST)
    for night in nights[2:]:
        story.night(night)
    story.night(OVER)
    assert story.points("陈组长", "leading")["publish_plan"] == 1
    with Session(story.engine) as session:
        leading = next(
            one for one in explain(session, "N00001", story.at(OVER)) if one.assessment == "leading"
        )
        (line,) = (line for line in leading.lines if line.key == "publish_plan")
        assert [(fact.source, fact.counts) for fact in line.facts] == [("磨课", True)]
    assert wrong(story) == []


def test_the_leader_is_reminded_of_it_until_the_step_is_done(story: Story) -> None:
    """30 and 7 days before the end of December."""
    story.night("2016-12-02 00:30")
    assert [step for _, task, step, _ in story.reminders("陈组长") if task == "publish_plan"] == [
        "30 days before"
    ]
    story.does_step(GROUP, "plan", at="2016-12-10 15:00")
    story.does_step(GROUP, "publish", at="2016-12-11 15:00")
    story.night("2016-12-31 00:30")
    assert [step for _, task, step, _ in story.reminders("陈组长") if task == "publish_plan"] == [
        "30 days before"
    ]


def test_returned_it_counts_no_more_until_it_is_done_again(story: Story) -> None:
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    story.does_step(GROUP, "publish", at="2016-10-23 15:00")
    story.returns_step(GROUP, at="2016-10-25 09:00")
    assert kept(story) == [("陈组长", "2016-10-23 15:00:00", "2016-10-23 15:00:00", "2016-10-25 09:00:00")]
    story.does_step(GROUP, "publish", at="2016-10-26 15:00")
    assert [row[1:] for row in kept(story)] == [
        ("2016-10-23 15:00:00", "2016-10-23 15:00:00", "2016-10-25 09:00:00"),
        ("2016-10-26 15:00:00", "2016-10-26 15:00:00", ""),
    ]
    goes_on(story, *REST)
    story.night(OVER)
    assert story.points("陈组长", "leading")["publish_plan"] == 1
    assert wrong(story) == []


def test_returned_and_waived_it_shows_nothing(story: Story) -> None:
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    story.does_step(GROUP, "publish", at="2016-10-23 15:00")
    story.returns_step(GROUP, at="2016-10-25 09:00")
    story.waives_step(GROUP, "publish", at="2016-10-26 09:00")
    goes_on(story, *REST)
    story.night(OVER)
    assert story.points("陈组长", "leading")["publish_plan"] == 0
    assert wrong(story) == []


def test_what_was_sealed_by_it_stays_when_it_is_returned_afterwards(story: Story) -> None:
    """The seal holds what counted at the lock; a return after it is no tampering."""
    for number, (step, day) in enumerate((("plan", "2016-10-20"), ("publish", "2016-10-23"))):
        story.does_step(GROUP, step, at=f"{day} 1{number}:00")
    for step in REST:
        story.waives_step(GROUP, step, at="2016-12-20 09:00")
    story.night(OVER)
    story.returns_step(GROUP, at="2017-01-22 09:00")
    assert kept(story)[0][3] == "2017-01-22 09:00:00"
    assert story.points("陈组长", "leading")["publish_plan"] == 1
    assert wrong(story) == []


def test_only_whoever_leads_the_group_then_has_it(story: Story) -> None:
    story.cohort("数学一组", *SCHOOL)
    story.enrol("李组长", "leader", "数学一组", *SCHOOL)
    story.enrol("新组长", "leader", GROUP, *SCHOOL, joined="2016-11-01 00:00")
    story.does_step(GROUP, "plan", at="2016-10-20 15:00")
    story.does_step(GROUP, "publish", at="2016-10-23 15:00")
    assert [row[0] for row in kept(story)] == ["陈组长"]
