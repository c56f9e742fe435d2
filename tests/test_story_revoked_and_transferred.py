"""龙城区2024: what was decided about likeness, or a result that was taken away, goes along when the person is transferred
(L24-11)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from models.database import transaction
from models.exceptions import PersonException
from models.terms import Cohort
from models.verdicts import Seal
from tests.support.story import Story
from tests.test_story_longcheng_likeness import (
    OTHER_SCHOOL,
    SCHOOL,
    clears,
    complete_but_for_the_plan,
    confirms,
    dated,
    plans,
    said,
    without_a_review,
    wrong,
)
from workflows.appealing import revoke
from workflows.basis import Basis
from workflows.likeness_told import findings
from workflows.resolving import extend
from workflows.transferring import transfer

LOCKED = "2025-06-14 00:30"


@pytest.fixture
def story(engine: Engine) -> Story:
    """王老师 has 600 characters of 李老师's plan in the own one. Nobody is in 二班 or 三班."""
    story = Story(engine, text=without_a_review())
    for cohort in ("一班", "二班", "三班"):
        story.cohort(cohort, "龙城区")
    for name, school in (("李老师", SCHOOL), ("王老师", OTHER_SCHOOL)):
        story.enrol(name, "learner", "一班", *school)
        complete_but_for_the_plan(story, name)
        story.hands_in(name, "plan", plans()[name], at=f"2024-12-02 {9 + len(story.people):02}:00")
    return story


def locked(story: Story) -> None:
    dated(story)
    story.night(LOCKED)


def moves(story: Story, name: str, to: str, at: str) -> None:
    with transaction(story.engine) as session:
        cohort = session.get_one(Cohort, story.cohorts[to])
        made = transfer(session, story.people[name], cohort, said(story, at))
        story.people[name] = made.to_enrolment_id or 0


def revokes(story: Story, name: str, at: str) -> None:
    with transaction(story.engine) as session:
        revoke(session, story.people[name], "recognition", said(story, at))


def revocations(story: Story, name: str) -> list[tuple[int, str, str]]:
    """Of which enrolment, by whom, since when."""
    with Session(story.engine) as session:
        rows = session.execute(
            select(PersonException)
            .where(
                PersonException.kind == "revoke", PersonException.enrolment_id == story.people[name],
            )
            .order_by(PersonException.id)
        ).scalars()  # fmt: skip
        return [(row.enrolment_id, row.name, story.local(row.effective_at)) for row in rows]


@pytest.mark.demand("L24-11")
@pytest.mark.parametrize("taking", [confirms, revokes])
@pytest.mark.parametrize("nights", [(), ("2024-12-05 10:00", "2024-12-06 09:00", "2024-12-07 00:30")])
def test_a_result_that_was_taken_away_stays_so_in_the_class_to_which_the_person_went(
    story: Story, taking: Callable[[Story, str, str], None], nights: tuple[str, ...]
) -> None:
    taking(story, "王老师", "2024-12-05 09:00")
    for night in nights[:1]:
        story.night(night)
    moves(story, "王老师", "二班", "2024-12-06 09:00")
    for night in nights[1:]:
        story.night(night)
    locked(story)
    assert story.points("王老师", "recognition")["result"] == "取消骨干教师资格"
    assert revocations(story, "王老师") == [(story.people["王老师"], "陈主任", "2024-12-06 09:00:00")]
    assert wrong(story) == []


def test_it_goes_along_there_and_back_and_is_kept_once_for_each_class(story: Story) -> None:
    confirms(story, "王老师", "2024-12-05 09:00")
    for to, at in (("二班", "06"), ("一班", "07"), ("二班", "08"), ("三班", "09"), ("一班", "10")):
        moves(story, "王老师", to, f"2024-12-{at} 09:00")
    clears(story, "李老师", "2024-12-10 10:00")
    locked(story)
    assert story.points("王老师", "recognition")["result"] == "取消骨干教师资格"
    assert len(revocations(story, "王老师")) == 1
    with Session(story.engine) as session:
        every = select(PersonException.enrolment_id).where(PersonException.kind == "revoke")
        assert len(session.execute(every).scalars().all()) == 3
        sealed = select(Seal.basis).where(
            Seal.cohort_id == story.cohorts["一班"], Seal.assessment == "recognition"
        )
        assert Basis.from_json(session.execute(sealed).scalar_one()).revoked == (story.people["王老师"],)
    assert wrong(story) == []


def test_what_was_taken_away_by_two_names_after_one_lock_is_so_before_another(story: Story) -> None:
    """The training's lock of 二班 is put off; 王老师's is sealed in 一班, taken away, and not earned anew in 二班."""
    until = story.at("2024-12-20 24:00")
    story.decide(extend, "二班", "training lock", until, effective="2024-12-10 09:00")
    story.night("2024-12-16 00:30")
    with transaction(story.engine) as session:
        revoke(session, story.people["王老师"], "training", said(story, "2024-12-16 09:00"), "周老师")
    moves(story, "王老师", "二班", "2024-12-17 09:00")
    story.night("2024-12-21 00:30")
    assert story.points("王老师", "training")["result"] == "取消"
    assert wrong(story) == []


@pytest.mark.parametrize("mover", ["王老师", "李老师"])
def test_what_was_found_to_be_no_likeness_is_not_asked_again_after_a_transfer(
    story: Story, mover: str
) -> None:
    """Neither of who went, nor of the other, whose text is alike with the same text in another class now."""
    for name in ("李老师", "王老师"):
        clears(story, name, "2024-12-05 09:00")
    moves(story, mover, "二班", "2024-12-06 09:00")
    locked(story)
    assert [*story.holds("一班"), *story.holds("二班")] == []
    assert [story.points(name, "recognition")["result"] for name in story.people] == ["认定", "认定"]
    with Session(story.engine) as session:
        (one,) = findings(session, "longcheng-2024", story.at(LOCKED))
    assert [(writer.decided, writer.by) for writer in (one.first, one.second)] == [
        ("dismiss", ("陈主任",)),
        ("dismiss", ("陈主任",)),
    ]
    assert wrong(story) == []


def test_what_nobody_has_decided_is_asked_in_the_other_class(story: Story) -> None:
    clears(story, "李老师", "2024-12-05 09:00")
    moves(story, "王老师", "二班", "2024-12-06 09:00")
    locked(story)
    assert (story.holds("一班"), [hold.kind for hold in story.holds("二班")]) == (
        [],
        ["likeness to be decided"],
    )
