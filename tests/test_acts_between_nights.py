"""What a person does between two nights comes to the same whichever nights have run (law 2), on the stroke of a lock too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from models.database import transaction
from models.exceptions import PersonException
from models.nights import Night, TransitionLog
from models.terms import Cohort
from tests.support.story import Story
from workflows.changes import Changes
from workflows.cohorts import load_terms
from workflows.exceptions import Prior, accept_prior, exempt, readmit, withdraw
from workflows.penalties import Duties
from workflows.punishing import decide_penalty
from workflows.resolving import Decision, extend
from workflows.review_acts import refuse_work
from workflows.transferring import other_deadlines, transfer
from workflows.verifying import verify

COUNTY, SCHOOL, OTHER = "一县", "一小", "二小"
LOCK = "2024-03-12 24:00"
TERM = """
programme: generated
name: 生成
zone: Asia/Shanghai
source: 生成
tiers: [county, school]
roles: {learner: 学员, host: 主持人, tutor: 辅导教师}
evidence: {file: {name: 提交}}
phases: [{id: study, kind: online_study, name: 学习, window: 2024-03-04 .. 2024-03-12, locks: lock}]
cutoffs: {lock: end of study}
tasks:
  - {id: essay, role: learner, phase: study, shows: file, name: 论文, by: 2024-03-10, marked by: tutor, marks: [优秀, 合格]}
  - {id: hours, role: learner, phase: study, shows: file, name: 学时, prior: 10}
  - {id: talk, role: host, phase: study, shows: file, name: 主持, by: 2024-03-08}
filings:
  - id: plan
    name: 方案
    about: organisation
    owed: yes
    chain: [{tier: school, does: apply, by: 2024-03-06}, {tier: county, does: accept}]
assessments:
  - id: term
    of: learner
    locks: lock
    pass: 10 of 20
    components: [{task: essay, points: 10, rule: mark, worth: {优秀: 10, 合格: 6}}, {task: hours, points: 10, rule: count, each: 1}]
penalties: [{id: no_talk, name: 未主持, tasks: talk, of: term, loses: hours, waits on: county, if undecided: apply}]
"""
MARKED = "gates: [{before: lock, require: all handed in work marked, waits on: tutor}]\n"
PLAIN = TERM.partition("penalties:")[0]
BY_PLAN = TERM.replace("tasks: talk", "filing: plan").replace("if undecided: apply", "if undecided: hold")


def begin(engine: Engine, text: str = TERM, host: tuple[str, ...] = (COUNTY, SCHOOL)) -> Story:
    """Two classes; 甲 of the first has handed in ten hours. Nobody has hosted a talk."""
    story = Story(engine, text=text)
    for cohort in ("一班", "二班"):
        story.cohort(cohort, COUNTY, SCHOOL)
    story.enrol("甲", "learner", "一班", COUNTY, SCHOOL)
    story.enrol("乙", "learner", "一班", COUNTY, OTHER)
    story.enrol("主", "host", "一班", *host)
    story.shows("甲", "hours", 10, at="2024-03-05 09:00")
    return story


def by(story: Story, at: str, recorded: str | None = None) -> Decision:
    return Decision("按文件办理", "王主任", story.at(at), story.at(recorded or at))


def waives(story: Story, at: str) -> None:
    place = story.organisation(COUNTY, SCHOOL)
    with transaction(story.engine) as session:
        cohort = session.get_one(Cohort, story.cohorts["一班"])
        decide_penalty(session, cohort, "no_talk", [place], "waive", by(story, at))


def moves(story: Story, name: str, to: str, at: str) -> None:
    with transaction(story.engine) as session:
        cohort = session.get_one(Cohort, story.cohorts[to])
        made = transfer(session, story.people[name], cohort, by(story, at))
        story.people[name] = made.to_enrolment_id or 0


def wrong(story: Story) -> list[str]:
    with Session(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


# ---------------------------------------------------------------- penalties


@pytest.mark.parametrize("nights", [(), (LOCK,)])
def test_a_penalty_that_takes_effect_by_itself_is_not_waived_at_its_lock_nor_after(
    engine: Engine, nights: tuple[str, ...]
) -> None:
    story = begin(engine)
    for night in nights:
        story.night(night)
    for at in (LOCK, "2024-03-13 00:00:01"):
        with pytest.raises(Refused, match="sealed"):
            waives(story, at)
    story.night("2024-03-20")
    assert story.points("甲")["hours"] == 0
    assert wrong(story) == []


@pytest.mark.parametrize("nights", [(), ("2024-03-09",)])
def test_it_is_waived_up_to_the_last_second(engine: Engine, nights: tuple[str, ...]) -> None:
    story = begin(engine)
    for night in nights:
        story.night(night)
    waives(story, "2024-03-12 23:59:59")
    story.night("2024-03-20")
    assert story.points("甲")["hours"] == 10
    assert wrong(story) == []


def missed(story: Story, at: str = "2024-03-09") -> set[str]:
    with Session(story.engine) as session:
        (term,) = load_terms(session, [story.cohorts["一班"]])
        duties = Duties(session, story.at(at))
        return {duties.tree.nodes[one].name for one in duties.missed(term, term.calendar.penalties[0])}


def test_the_county_answers_for_the_schools_below_it_where_its_host_owes_the_task(engine: Engine) -> None:
    """主 is of the county, 甲 and 乙 are of its schools: the county is what missed it, and both lose by it."""
    story = begin(engine, host=(COUNTY, ""))
    assert missed(story) == {COUNTY}
    story.night(LOCK)
    assert story.points("甲")["hours"] == 0
    assert wrong(story) == []


def test_nobody_loses_anything_where_the_countys_host_has_done_it(engine: Engine) -> None:
    story = begin(engine, host=(COUNTY, ""))
    story.shows("主", "talk", at="2024-03-07 09:00")
    assert missed(story) == set()
    story.night(LOCK)
    assert story.points("甲")["hours"] == 10


def test_a_school_whose_own_host_owes_it_answers_for_itself(engine: Engine) -> None:
    """The host of 一小 has done it; of 二小 and of what is above it nobody owes it: it is the school that missed it."""
    story = begin(engine)
    story.shows("主", "talk", at="2024-03-07 09:00")
    assert missed(story) == {OTHER}
    assert missed(story, "2024-03-08 23:59:59") == set()


def test_a_county_is_served_by_the_host_of_a_school_below_it(engine: Engine) -> None:
    story = begin(engine)
    story.enrol("丙", "learner", "一班", COUNTY, "")
    assert missed(story) == {COUNTY, SCHOOL, OTHER}
    story.shows("主", "talk", at="2024-03-07 09:00")
    assert missed(story) == {OTHER}


# ---------------------------------------------------------------- what a held cohort waits for


@pytest.mark.parametrize("nights", [("2024-03-14 00:30",), ("2024-03-14 00:30", "2024-03-15", "2024-03-16")])
def test_who_is_exempt_holds_a_cohort_no_longer_from_that_second_on(
    engine: Engine, nights: tuple[str, ...]
) -> None:
    """Nobody has marked 乙's essay."""
    story = begin(engine, TERM + MARKED)
    story.shows("乙", "essay", at="2024-03-05 09:00")
    story.night(LOCK)
    assert [kind for *_, kind in story.open_holds()] == ["marking incomplete"]
    with transaction(engine) as session:
        exempt(session, story.people["乙"], by(story, "2024-03-13 09:00"))
    for night in nights:
        story.night(night)
    assert story.resolved("一班") == [("study", "2024-03-13 09:00:01", "itself")]


@pytest.mark.parametrize("nights", [(), ("2024-03-15", "2024-03-16")])
def test_a_school_that_is_given_time_for_its_plan_is_waited_for_and_held_again_on_the_stroke(
    engine: Engine, nights: tuple[str, ...]
) -> None:
    story = begin(engine, BY_PLAN)
    story.files("plan", COUNTY, OTHER, at="2024-03-05 09:00")
    story.shows("甲", "essay", at="2024-03-05 09:00")
    story.night(LOCK)
    until = "2024-03-16 24:00"
    story.extends_filing("plan", COUNTY, SCHOOL, tier="school", until=until, at="2024-03-14 09:00")
    for night in nights:
        story.night(night)
    story.night("2024-03-20")
    assert story.resolved("一班") == [("study", "2024-03-14 09:00:01", "itself")]
    assert story.points("甲")["hours"] == 10


# ---------------------------------------------------------------- exceptions


def test_nobody_decides_what_is_still_to_come(engine: Engine) -> None:
    story = begin(engine)
    with pytest.raises(Refused, match="is still to come"), transaction(engine) as session:
        exempt(session, story.people["甲"], by(story, "2024-03-08 09:00:01", recorded="2024-03-08 09:00"))
    with transaction(engine) as session:
        exempt(session, story.people["甲"], by(story, "2024-03-08 09:00", recorded="2024-03-08 09:00"))


def test_what_was_due_before_a_decision_is_recorded_when_the_decision_was(engine: Engine) -> None:
    story = begin(engine)
    with transaction(engine) as session:
        exempt(session, story.people["甲"], by(story, "2024-03-08 09:00", recorded="2024-03-09 10:00"))
        opened = session.execute(select(TransitionLog).where(TransitionLog.trigger == "open")).scalar_one()
        assert (opened.effective_at, opened.recorded_at) == (
            story.at("2024-03-04"),
            story.at("2024-03-09 10:00"),
        )


def test_an_exemption_is_not_taken_back_once_scores_were_sealed_without(engine: Engine) -> None:
    story = begin(engine)
    for at, name in (("2024-03-08 09:00", "甲"), ("2024-03-08 09:00", "乙")):
        with transaction(engine) as session:
            exempt(session, story.people[name], by(story, at))
    with transaction(engine) as session:
        readmit(session, story.people["乙"], by(story, "2024-03-12 23:59:59"))
    with pytest.raises(Refused, match="sealed during the exemption"), transaction(engine) as session:
        readmit(session, story.people["甲"], by(story, "2024-03-14 09:00"))
    story.night("2024-03-20")
    assert (story.sheet("甲"), story.points("乙")["result"]) == (None, "不合格")
    assert wrong(story) == []


def test_prior_work_that_was_refused_since_leaves_room_for_other(engine: Engine) -> None:
    """10 may be accepted. 6 were, and are refused; with a transfer in between they still are."""
    story = begin(engine)

    def accepts(amount: int, at: str) -> PersonException:
        with transaction(engine) as session:
            prior = Prior(amount * 100, story.at("2023-05-01"))
            return accept_prior(session, story.people["乙"], "hours", prior, by(story, at))

    accepts(6, "2024-03-05 09:00")
    with pytest.raises(Refused, match="4 is left"):
        accepts(5, "2024-03-05 10:00")
    moves(story, "乙", "二班", "2024-03-06 09:00")
    with pytest.raises(Refused, match="4 is left"):
        accepts(5, "2024-03-06 10:00")
    with transaction(engine) as session:
        refuse_work(session, story.people["乙"], "hours", by(story, "2024-03-07 09:00"))
    accepts(8, "2024-03-07 10:00")
    with pytest.raises(Refused, match="2 is left"):
        accepts(3, "2024-03-07 11:00")


# ---------------------------------------------------------------- transfers


def test_a_wrong_transfer_is_undone_and_the_work_comes_back(engine: Engine) -> None:
    story = begin(engine, PLAIN)
    story.shows("甲", "essay", at="2024-03-05 09:00")
    story.marks("甲", "essay", "合格", received="2024-03-05 10:00")
    story.extend_for("甲", "essay", "2024-03-11 24:00", effective="2024-03-05 10:00")
    first = story.people["甲"]
    moves(story, "甲", "二班", "2024-03-06 09:00")
    with pytest.raises(Refused, match="already"), transaction(engine) as session:
        transfer(
            session, first, session.get_one(Cohort, story.cohorts["二班"]), by(story, "2024-03-06 09:30")
        )
    moves(story, "甲", "一班", "2024-03-06 10:00")
    assert story.people["甲"] == first
    for to, at in (("二班", "2024-03-08 09:00"), ("一班", "2024-03-08 10:00")):
        moves(story, "甲", to, at)
    story.night(LOCK)
    assert story.points("甲") == {"essay": 6, "hours": 10, "total": 16, "result": "合格"}
    assert wrong(story) == []


def test_nobody_comes_back_to_a_class_that_was_sealed_meanwhile(engine: Engine) -> None:
    story = begin(engine, PLAIN)
    story.decide(extend, "二班", "lock", story.at("2024-03-15 24:00"), effective="2024-03-05 09:00")
    moves(story, "甲", "二班", "2024-03-12 23:59:59")
    with pytest.raises(Refused, match="sealed in the other cohort"):
        moves(story, "甲", "一班", LOCK)
    assert wrong(story) == []


def test_who_withdrew_from_the_other_class_is_there_already(engine: Engine) -> None:
    story = begin(engine)
    story.enrol("甲二", "learner", "二班", COUNTY, SCHOOL, same_as="甲")
    with transaction(engine) as session:
        withdraw(session, story.people["甲二"], by(story, "2024-03-05 09:00"))
    with pytest.raises(Refused, match="already"):
        moves(story, "甲", "二班", "2024-03-06 09:00")


def test_a_transfer_tells_which_deadlines_are_others(engine: Engine) -> None:
    story = begin(engine)
    story.decide(extend, "二班", "lock", story.at("2024-03-15 24:00"), effective="2024-03-05 09:00")
    story.decide(extend, "二班", "study.end", story.at("2024-03-14 24:00"), effective="2024-03-05 09:00")
    left = story.people["甲"]
    moves(story, "甲", "二班", "2024-03-06 09:00")
    with Session(engine) as session:
        (other,) = other_deadlines(session, left, story.people["甲"], story.at("2024-03-06 09:00"))
    assert (other.task, other.here, other.there) == ("学时", story.at(LOCK), story.at("2024-03-14 24:00"))


# ---------------------------------------------------------------- the morning's figures


def test_the_next_night_counts_what_lapsed_by_an_act_before_it_once(engine: Engine) -> None:
    """Both schools' plans were due by the 6th; that the first is late is seen by an act of the 7th."""
    story = begin(engine)
    story.night("2024-03-06 00:30")
    with transaction(engine) as session:
        exempt(session, story.people["甲"], by(story, "2024-03-07 09:00"))
    lapsed = [
        story.night(night).lapsed for night in ("2024-03-08 00:30", "2024-03-08 00:30", "2024-03-09 00:30")
    ]
    assert lapsed == [{"generated|plan": 2}, {}, {}]
    with Session(engine) as session:
        nights = session.execute(select(Night).order_by(Night.id)).scalars().all()
        kept = [Changes.from_json(night.report).lapsed.total() for night in nights]
    assert kept == [0, 2, 0, 0]


def test_a_night_counts_what_lapses_in_it(engine: Engine) -> None:
    story = begin(engine)
    first, second = story.at("2024-03-05 00:30"), story.at("2024-03-07 00:30")
    assert second - first == timedelta(days=2)
    assert [story.night(night).lapsed.total() for night in ("2024-03-05 00:30", "2024-03-07 00:30")] == [0, 2]
