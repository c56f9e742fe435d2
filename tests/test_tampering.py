"""What was decided is kept: a change behind everybody's back, with the triggers out of the way, is found by `verify`."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from models.database import transaction
from models.terms import Cohort
from tests.support.decided import DECIDED
from tests.support.story import Story
from tests.test_verifying import break_into
from workflows.appealing import file_appeal, grant, take_up
from workflows.correcting import standing_entry
from workflows.exceptions import Prior, accept_prior, exempt
from workflows.punishing import decide_penalty
from workflows.resolving import Decision
from workflows.review_acts import refuse_work
from workflows.transferring import transfer
from workflows.verifying import verify

COUNTY = "一县"


@pytest.fixture
def story(engine: Engine) -> Story:
    """一小 has filed its plan and 二小 has not, which costs its people the diary; 甲 is exempt, 乙 has accepted hours and a
    refused diary, 丁 came from the other class and has had an appeal granted."""
    story = Story(engine, text=DECIDED)
    for cohort in ("一班", "二班"):
        story.cohort(cohort, COUNTY, "一小")
    people = {"甲": ("一班", "一小"), "乙": ("一班", "一小"), "丙": ("一班", "二小"), "丁": ("二班", "一小")}
    for name, (cohort, school) in people.items():
        story.enrol(name, "learner", cohort, COUNTY, school)
        story.shows(name, "diary", at="2024-03-08 09:00")
    for school in ("一小", "二小"):
        story.enrol(f"{school}导", "tutor", "一班", COUNTY, school)
        story.shows(f"{school}导", "brief", at="2024-03-05 09:00")
    case = story.files("plan", COUNTY, "一小", at="2024-03-05 09:00")
    story.acts("pass_on", case, "county", at="2024-03-05 10:00")
    at = {
        clock: story.at(f"2024-03-{clock}")
        for clock in ("06 09:00", "08 10:00", "13 09:00", "15 10:00", "15 11:00", "15 12:00")
    }
    by = {clock: Decision("按文件办理", "王主任", instant, instant) for clock, instant in at.items()}
    places = [story.organisation(COUNTY, "二小")]
    with transaction(engine) as session:
        exempt(session, story.people["甲"], by["06 09:00"])
        accept_prior(
            session, story.people["乙"], "course", Prior(300, story.at("2023-05-01")), by["06 09:00"]
        )
        refuse_work(session, story.people["乙"], "diary", by["08 10:00"])
        first = session.get_one(Cohort, story.cohorts["一班"])
        story.people["丁"] = transfer(session, story.people["丁"], first, by["08 10:00"]).to_enrolment_id or 0
        decide_penalty(session, first, "no_plan", places, "apply", by["13 09:00"])
    story.night("2024-03-14 24:00")
    story.shows("丁", "diary", at="2024-03-09 09:00", received="2024-03-15 09:30")
    with transaction(engine) as session:
        appeal = file_appeal(session, story.people["丁"], "research", by["15 10:00"])
        take_up(session, appeal.id or 0, by["15 11:00"])
        grant(session, appeal.id or 0, by["15 12:00"], "李局长")
    story.night("2024-03-16 00:30")
    return story


def wrong(story: Story) -> list[str]:
    with Session(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


def test_nothing_is_wrong_with_what_was_decided(story: Story) -> None:
    assert wrong(story) == []
    with Session(story.engine) as session:
        standing = [standing_entry(session, story.people[name], "research") for name in ("乙", "丙", "丁")]
    assert [one and one.total for one in standing] == [0, 0, 1000]


DECISIONS = "what was decided about penalties"
CORRECTION = "the decision on which a correction rests"
STATUS = "is not what its moves say"
CASE = "does not follow from its steps"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM resolution WHERE action = 'apply'", DECISIONS),
        ("UPDATE resolution SET action = 'waive' WHERE action = 'apply'", DECISIONS),
        ("UPDATE resolution SET organisation_id = organisation_id - 1 WHERE action = 'apply'", DECISIONS),
        ("UPDATE resolution SET effective_at = effective_at + 864000 WHERE action = 'apply'", DECISIONS),
        (
            'UPDATE seal SET basis = replace(basis, \'"forfeits":[["diary"\', \'"forfeits":[["x"\')',
            "the head that was sealed",
        ),
        ("UPDATE filing_step SET effective_at = effective_at + 864000 WHERE act = 'apply'", CASE),
        ("UPDATE filing_step SET state = 'returned' WHERE act = 'apply'", CASE),
        ("DELETE FROM filing_step WHERE act = 'accept'", CASE),
        ("UPDATE filing SET state = 'accepted' WHERE state = 'lapsed'", CASE),
        ("UPDATE filing SET stands_at = 'school' WHERE state = 'accepted'", CASE),
        ("UPDATE appeal SET state = 'refused'", CASE),
        ("UPDATE appeal_step SET admitted = '[[],[],[],[]]' WHERE act = 'grant'", CORRECTION),
        ("UPDATE appeal_step SET second_name = '某人' WHERE act = 'grant'", CORRECTION),
        ("UPDATE appeal_step SET reason = '另有理由' WHERE act = 'grant'", CORRECTION),
        ("DELETE FROM appeal_step WHERE act = 'grant'", CORRECTION),
        ("DELETE FROM appeal_step WHERE act = 'take_up'", CASE),
        ("UPDATE enrolment SET status = 'completed' WHERE status = 'exempt'", STATUS),
        ("UPDATE enrolment SET left_at = NULL WHERE status = 'exempt'", STATUS),
        ("UPDATE enrolment SET left_at = left_at + 864000 WHERE status = 'exempt'", "scoring again"),
        ("UPDATE enrolment SET status = 'enrolled' WHERE status = 'transferred'", STATUS),
        ("DELETE FROM transition_log WHERE trigger = 'exempt'", STATUS),
        ("UPDATE exception SET kind = 'readmit' WHERE kind = 'exempt'", "has no move or record"),
        (
            "UPDATE exception SET effective_at = effective_at + 60 WHERE kind = 'transfer'",
            "has no move or record",
        ),
        ("DELETE FROM exception WHERE kind = 'exempt'", "no decision is kept"),
        ("UPDATE exception SET amount = 200 WHERE kind = 'prior'", "or not this one"),
        ("DELETE FROM exception WHERE kind = 'prior'", "or not this one"),
        (
            "UPDATE exception SET enrolment_id = enrolment_id + 1 WHERE kind = 'refuse'",
            "has no move or record",
        ),
        (
            "UPDATE evidence SET withdrawn_at = NULL WHERE withdrawn_at IS NOT NULL AND enrolment_id = 2",
            "scoring again",
        ),
    ],
)
def test_a_decision_that_is_changed_by_somebody_with_the_database_is_found(
    story: Story, statement: str, found: str
) -> None:
    if "trigger" in statement and story.engine.dialect.name == "sqlite":
        statement = statement.replace("trigger", '"trigger"')
    break_into(story.engine, statement)
    told = wrong(story)
    assert any(found in line for line in told), told
