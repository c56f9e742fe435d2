"""龙城区2024 第三阶段：上交的材料中,不能有雷同现象,如发现此类现象,取消骨干教师资格 (L24-11), told night by night."""

from __future__ import annotations

import json
import random

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from calendars.messages import Refused
from models.database import transaction
from models.exceptions import PersonException
from models.nights import Hold
from models.terms import Cohort
from models.texts import Likeness, LikenessDecision
from models.verdicts import ScoreSheet
from models.work import Enrolment
from tests.support.story import PROGRAMMES, Story
from workflows.answering import Answer, answer_hold
from workflows.cohorts import load_terms
from workflows.likeness import Alike, Looking, bodies
from workflows.likeness_deciding import clear, confirm
from workflows.passages import passages
from workflows.resolving import Decision, set_dates, waive
from workflows.review_acts import refuse_work
from workflows.transferring import transfer
from workflows.verifying import verify

SCHOOL, OTHER_SCHOOL = ("龙城区", "第一小学"), ("龙城区", "第二小学")
LOCK = "2025-06-13 24:00"


def prose(seed: int, length: int) -> str:
    """A text of its own, in sentences."""
    dice = random.Random(seed)
    signs = "".join(chr(0x4E00 + dice.randrange(3000)) for _ in range(length))
    return "".join(sign if place % 17 else "，" for place, sign in enumerate(signs, 1))


OWN = {name: prose(seed, 2100) for seed, name in enumerate(("李老师", "王老师", "赵老师", "孙老师"))}
COPIED = OWN["李老师"][500:1100]


@pytest.fixture
def story(engine: Engine) -> Story:
    """王老师 has 600 characters of 李老师's plan in the own one; 赵老师, in the other class, and 孙老师 wrote theirs."""
    story = Story(engine, text=without_a_review())
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    for name, cohort, school in (
        ("李老师", "一班", SCHOOL), ("王老师", "一班", OTHER_SCHOOL), ("赵老师", "二班", SCHOOL), ("孙老师", "二班", SCHOOL),
    ):  # fmt: skip
        story.enrol(name, "learner", cohort, *school)
        complete_but_for_the_plan(story, name)
    for hour, (name, body) in enumerate(plans().items(), 9):
        story.hands_in(name, "plan", body, at=f"2024-12-18 {hour:02}:00")
    return story


def without_a_review() -> str:
    """The county's look through all material has a story of its own."""
    text = (PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8")
    return "".join(
        line for line in text.splitlines(keepends=True) if "require: material reviewed" not in line
    )


def plans() -> dict[str, str]:
    return OWN | {"王老师": OWN["王老师"][:700] + COPIED + OWN["王老师"][1300:]}


def complete_but_for_the_plan(story: Story, name: str) -> None:
    story.shows(name, "certificate", at="2024-12-18 08:00")
    story.shows(name, "reflection", at="2024-12-18 08:00", characters=1500)
    story.shows(name, "observe", 15, at="2025-05-01 10:00")
    for lesson in ("第一节", "第二节", "第三节"):
        for kind in ("attendees", "lesson_design", "photos"):
            story.shows(name, "open_lesson", 3, kind=kind, item=lesson, at="2025-05-02 10:00")


def dated(story: Story) -> None:
    """The county sets until when the review goes on."""
    story.night("2025-05-31 00:30")
    dates = story.at("2025-06-03 00:00"), story.at(LOCK)
    for cohort in ("一班", "二班"):
        story.decide(set_dates, cohort, "review", *dates, effective="2025-06-02 09:00")


def locked(story: Story) -> None:
    dated(story)
    story.night("2025-06-14 00:30")


def found(story: Story, at: str = "2025-06-14 00:30") -> list[Alike]:
    return looking(story, at).pairs


def looking(story: Story, at: str = "2025-06-14 00:30", session: Session | None = None) -> Looking:
    with Session(story.engine) as own:
        made = Looking(
            session or own, story.programme_id, story.calendar, story.calendar.likeness[0], story.at(at)
        )
        assert made.pairs is not None
        return made


def named(story: Story, pair: Alike) -> tuple[str, str]:
    names = {number: name for name, number in story.people.items()}
    return names[pair.first.enrolment_id], names[pair.second.enrolment_id]


def said(story: Story, at: str, name: str = "陈主任") -> Decision:
    return Decision("逐段核对", name, story.at(at), story.at(at), document="审核单3号")


def confirms(story: Story, name: str, at: str = "2025-06-16 09:00", second: str = "") -> None:
    with transaction(story.engine) as session:
        confirm(session, story.people[name], "recognition", said(story, at), second)


def clears(story: Story, name: str, at: str = "2025-06-16 09:00", *others: str) -> None:
    with transaction(story.engine) as session:
        persons = [session.get_one(Enrolment, story.people[one]).person_id for one in others]
        clear(session, story.people[name], "recognition", said(story, at), persons)


def results(story: Story) -> dict[str, str | None]:
    sheets = {name: story.sheet(name, "recognition") for name in story.people}
    return {name: sheet.result if sheet else None for name, sheet in sheets.items()}


def wrong(story: Story) -> list[str]:
    with transaction(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


# ---------------------------------------------------------------- the hold, and what is shown


def test_before_the_lock_a_hold_says_how_many_and_how_alike_and_the_other_class_goes_on(story: Story) -> None:
    locked(story)
    (hold,) = story.holds("一班")
    assert (hold.phase, hold.kind, hold.waits_on) == ("review", "likeness to be decided", "county")
    (pair,) = found(story)
    assert named(story, pair) == ("李老师", "王老师")  # whose text was first
    assert 2500 <= pair.of_first <= 3200
    assert 2500 <= pair.of_second <= 3200
    share = f"{pair.most / 100:g}"
    assert hold.explanation.text("zh") == (
        f"2人所交的文字与别人的雷同，最多的相同{share}%，还没有决定，涉及：第一小学、第二小学"
    )
    assert hold.clears.text("en") == "it goes on when county has decided about each of them (yanxiu likeness)"
    assert results(story) == {"李老师": None, "王老师": None, "赵老师": "认定", "孙老师": "认定"}


def test_the_hold_keeps_who_with_whom_and_how_alike_by_number_alone(story: Story) -> None:
    locked(story)
    with Session(story.engine) as session:
        detail = json.loads(
            session.execute(select(Hold.detail).where(Hold.cleared_at.is_(None))).scalar_one()
        )
    (pair,) = found(story)
    li, wang = story.people["李老师"], story.people["王老师"]
    assert detail["alike"] == [[li, wang, pair.most], [wang, li, pair.most]]


def test_the_passages_stand_side_by_side_and_are_the_same(story: Story) -> None:
    (pair,) = found(story)
    with Session(story.engine) as session:
        texts = bodies(session, [pair.first.text, pair.second.text])
    first, second = texts[pair.first.text], texts[pair.second.text]
    (passage,) = passages(first, second, looking(story).without)
    assert first[slice(*passage.first)].strip("，") == COPIED.strip("，")
    assert second[slice(*passage.second)].strip("，") == COPIED.strip("，")


def test_what_the_document_gives_everybody_to_quote_is_no_likeness(story: Story) -> None:
    quoted = story.calendar.likeness[0].leave_out
    for hour, name in enumerate(("赵老师", "孙老师"), 10):
        body = "".join(f"{prose(hour * 10 + place, 100)}。{text}。" for place, text in enumerate(quoted))
        story.hands_in(name, "reflection", body, at=f"2024-12-19 {hour}:00")
    assert [named(story, pair) for pair in found(story)] == [("李老师", "王老师")]
    nothing_left_out = story.calendar.likeness[0].model_copy(update={"leave_out": ()})
    with Session(story.engine) as session:
        asked = Looking(
            session, story.programme_id, story.calendar, nothing_left_out, story.at("2025-06-14 00:30")
        )
        assert {named(story, pair) for pair in asked.pairs} == {("李老师", "王老师"), ("赵老师", "孙老师")}


def test_the_own_text_handed_in_again_is_no_likeness_with_oneself(story: Story) -> None:
    story.hands_in("赵老师", "reflection", OWN["赵老师"], at="2024-12-19 10:00")
    assert [named(story, pair) for pair in found(story)] == [("李老师", "王老师")]


def test_a_ring_hangs_together_though_its_ends_share_nothing(story: Story) -> None:
    """李老师 and 王老师, 王老师 and 赵老师: one ring of three."""
    story.hands_in("赵老师", "reflection", plans()["王老师"][1500:] + prose(9, 1000), at="2024-12-19 10:00")
    assert {named(story, pair) for pair in found(story)} == {("李老师", "王老师"), ("王老师", "赵老师")}
    (ring,) = looking(story).rings()
    assert len(ring) == 3


# ---------------------------------------------------------------- what a person decides


@pytest.mark.demand("L24-11")
def test_revoked_is_who_a_person_says_and_the_other_is_recognised(story: Story) -> None:
    locked(story)
    confirms(story, "王老师")
    story.night("2025-06-16 12:00")
    (hold,) = story.holds("一班")
    assert hold.explanation.text("en").startswith("1 person has handed in text that is alike")
    clears(story, "李老师", "2025-06-17 09:00")
    story.night("2025-06-18 00:30")
    assert story.holds("一班") == []
    assert results(story)["李老师"] == "认定"
    assert results(story)["王老师"] == "取消骨干教师资格"
    assert wrong(story) == []


def test_nothing_is_taken_away_by_silence(story: Story) -> None:
    locked(story)
    for night in ("2025-07-01 00:30", "2025-12-01 00:30"):
        story.night(night)
    assert results(story)["王老师"] is None
    assert [hold.kind for hold in story.holds("一班")] == ["likeness to be decided"]


def test_decided_before_the_lock_there_is_no_hold(story: Story) -> None:
    dated(story)
    confirms(story, "王老师", "2025-06-10 09:00")
    clears(story, "李老师", "2025-06-10 09:05")
    story.night("2025-06-14 00:30")
    assert story.holds("一班") == []
    assert results(story)["王老师"] == "取消骨干教师资格"


@pytest.mark.parametrize(
    ("clock", "held"), [("2025-06-13 23:59:59", False), (LOCK, False), ("2025-06-14 00:00:01", True)]
)
def test_a_decision_on_the_stroke_of_the_lock_is_in_time(story: Story, clock: str, held: bool) -> None:
    """Before and on the stroke the cohort locks then; a second later it is held, for that second."""
    dated(story)
    clears(story, "李老师", "2025-06-10 09:00")
    clears(story, "王老师", clock)
    story.night("2025-06-15 00:30")
    locks = {story.local(row[3]) for row in story.seals() if len(row) == 6 and row[2] == "recognition"}
    assert "2025-06-14 00:00:00" in locks  # of the other class at least
    resolved = [row for row in story.resolved("一班") if row[0] == "review" and row[2] == "itself"]
    assert ("2025-06-14 00:00:01" in locks) is held
    assert (("review", "2025-06-14 00:00:01", "itself") in resolved) is held


@pytest.mark.parametrize(
    "nights",
    [
        ["2025-06-13 00:30", "2025-06-14 00:30", "2025-06-14 00:30", "2025-06-15 00:30", "2025-06-16 00:30", "2025-06-17 00:30", "2025-06-18 00:30"],
        ["2025-06-14 00:00", "2025-06-15 10:00", "2025-06-16 09:00", "2025-06-17 09:00"],
        ["2025-06-15 23:00", "2025-08-01 00:30"],
        ["2025-08-01 00:30"],
    ],
    ids=["each night, one twice", "on the strokes", "two late", "one late"],
)  # fmt: skip
def test_any_schedule_of_nights_gives_the_same(story: Story, nights: list[str]) -> None:
    """While the class is held 孙老师 hands in 李老师's text too; 王老师 is confirmed, 李老师 cleared a day later."""
    dated(story)
    acts = [
        ("2025-06-15 10:00", lambda: story.hands_in("孙老师", "reflection", OWN["李老师"], at="2024-12-19 10:00", received="2025-06-15 10:00")),
        ("2025-06-16 09:00", lambda: confirms(story, "王老师", "2025-06-16 09:00")),
        ("2025-06-17 09:00", lambda: clears(story, "李老师", "2025-06-17 09:00")),
    ]  # fmt: skip
    for at, act in sorted([*acts, *((night, None) for night in nights)], key=lambda step: step[0]):
        story.night(at) if act is None else act()
    if nights[-1] < "2025-06-18":
        story.night("2025-06-18 00:30")
    moves = {
        (row[3], story.local(row[6])) for row in story.log()
        if row[:2] == (story.cohorts["一班"], "review") and story.local(row[6]) >= "2025-06-14"
    }  # fmt: skip
    assert moves == {
        ("close", "2025-06-14 00:00:00"), ("hold", "2025-06-14 00:00:00"), ("release", "2025-06-17 09:00:00"),
        ("lock", "2025-06-17 09:00:00"), ("finish", "2025-06-17 09:00:00"),
    }  # fmt: skip
    assert ("review", "2025-06-17 09:00:00", "itself") in story.resolved("一班")
    assert (results(story)["李老师"], results(story)["王老师"]) == ("认定", "取消骨干教师资格")
    assert wrong(story) == []


def test_who_is_cleared_is_asked_about_again_when_another_text_is_found_alike(story: Story) -> None:
    locked(story)
    clears(story, "李老师")
    story.hands_in(
        "王老师",
        "reflection",
        OWN["李老师"][1200:] + prose(8, 900),
        at="2024-12-19 10:00",
        received="2025-06-17 10:00",
    )
    story.night("2025-06-18 00:30")
    with Session(story.engine) as session:
        assert set(looking(story, "2025-06-18 00:30", session).open_in(story.cohorts["一班"])) == {
            story.people["李老师"], story.people["王老师"],
        }  # fmt: skip


def test_of_several_one_may_be_cleared_alone(story: Story) -> None:
    story.hands_in("赵老师", "reflection", plans()["王老师"][1500:] + prose(9, 1000), at="2024-12-19 10:00")
    locked(story)
    clears(story, "王老师", "2025-06-16 09:00", "赵老师")
    with Session(story.engine) as session:
        (still,) = looking(story, "2025-06-17 00:30", session).open_in(story.cohorts["一班"])[
            story.people["王老师"]
        ]
    assert named(story, still) == ("李老师", "王老师")


def test_after_the_lock_two_names_take_it_away_in_a_new_entry(story: Story) -> None:
    """A copy that comes when 赵老师's class has been sealed."""
    locked(story)
    story.hands_in("王老师", "reflection", OWN["赵老师"], at="2024-12-20 10:00", received="2025-06-15 10:00")
    with pytest.raises(Refused, match="two different names"):
        confirms(story, "赵老师", "2025-06-16 09:00")
    confirms(story, "赵老师", "2025-06-16 09:00", "周老师")
    with Session(story.engine) as session:
        rows = session.execute(
            select(ScoreSheet.entry, ScoreSheet.result).where(
                ScoreSheet.enrolment_id == story.people["赵老师"], ScoreSheet.assessment == "recognition"
            )
        )
        assert sorted(tuple(row) for row in rows) == [(0, "认定"), (1, "取消骨干教师资格")]
    assert wrong(story) == []


def test_what_cannot_be_decided_is_refused(story: Story) -> None:
    locked(story)
    with pytest.raises(Refused, match="no text of this person"):
        confirms(story, "孙老师", second="周老师")
    clears(story, "李老师")
    with pytest.raises(Refused, match="decided already"):
        clears(story, "李老师", "2025-06-16 10:00")
    confirms(story, "王老师", "2025-06-16 11:00")
    for act in (clears, confirms):
        with pytest.raises(Refused, match="taken away already"):
            act(story, "王老师", "2025-06-16 12:00", *(["周老师"] if act is confirms else []))


def test_a_decision_keeps_which_texts_it_was_about(story: Story) -> None:
    locked(story)
    confirms(story, "王老师")
    (pair,) = found(story)
    with Session(story.engine) as session:
        row = session.execute(select(PersonException).where(PersonException.kind == "revoke")).scalar_one()
        about = session.execute(select(LikenessDecision.text_id, LikenessDecision.other_id)).one()
    assert (row.name, row.document, row.assessment) == ("陈主任", "审核单3号", "recognition")
    assert tuple(about) == (pair.second.id, pair.first.id)


# ---------------------------------------------------------------- what else becomes of texts and holds


def test_a_text_that_a_review_refused_is_compared_no_more(story: Story) -> None:
    locked(story)
    with transaction(story.engine) as session:
        refuse_work(session, story.people["王老师"], "plan", said(story, "2025-06-16 09:00"))
    story.night("2025-06-17 00:30")
    assert story.holds("一班") == []
    assert results(story)["王老师"] == "不认定"  # the plan is missing
    assert results(story)["李老师"] == "认定"


def test_whoever_is_transferred_takes_the_text_along_and_it_is_asked_there(story: Story) -> None:
    with transaction(story.engine) as session:
        there = session.get_one(Cohort, story.cohorts["二班"])
        made = transfer(session, story.people["王老师"], there, said(story, "2024-12-10 09:00"))
        moved = made.to_enrolment_id
    dated(story)
    story.night("2025-06-14 00:30")
    assert [hold.explanation.text("en")[:8] for hold in (*story.holds("一班"), *story.holds("二班"))] == [
        "1 person", "1 person",
    ]  # fmt: skip
    (pair,) = found(story)
    assert pair.second.enrolment_id == moved


def test_a_waiver_lets_the_class_go_on_and_takes_nothing_away(story: Story) -> None:
    locked(story)
    story.decide(waive, "一班", story.hold_id("一班"), effective="2025-06-16 09:00")
    story.night("2025-06-17 00:30")
    assert results(story)["王老师"] == "认定"


def test_the_form_of_the_hold_extends_the_lock(story: Story) -> None:
    locked(story)
    at = story.at("2025-06-16 09:00")
    with transaction(story.engine) as session:
        answer = Answer("extend", to=story.at("2025-06-20 24:00"))
        answer_hold(session, story.hold_id("一班"), answer, Decision("再核对", "陈主任", at, at))
    assert story.holds("一班") == []
    story.night("2025-06-21 00:30")
    assert [hold.kind for hold in story.holds("一班")] == ["likeness to be decided"]


def test_what_was_worked_out_is_kept_once_for_the_same_texts(story: Story) -> None:
    locked(story)
    for night in ("2025-06-15 00:30", "2025-06-16 00:30"):
        story.night(night)
    with Session(story.engine) as session:
        assert session.execute(select(func.count()).select_from(Likeness)).scalar_one() == 1


def test_nothing_is_compared_for_a_lock_at_which_nothing_can_follow(story: Story) -> None:
    """The training's lock in December comes before the plans are in."""
    story.night("2024-12-16 00:30")
    with Session(story.engine) as session:
        assert session.execute(select(func.count()).select_from(Likeness)).scalar_one() == 0
        (term,) = load_terms(session, [story.cohorts["一班"]])
    assert term.phases["courses"].state in {"locked", "done"}


def test_former_programmes_are_looked_at_and_not_held_against_each_other(story: Story) -> None:
    """The plan of a term before, copied now: the copy's person is asked about, and nobody of that term."""
    text = story.text.replace("programme: longcheng-2024", "programme: longcheng-2025")
    now = Story(
        story.engine, "longcheng-2025", text.replace("    leave out:   ", "    with: [longcheng-2024, longcheng-1999]\n    leave out:   ")
    )  # fmt: skip
    now.cohort("一班", "龙城区")
    now.enrol("钱老师", "learner", "一班", *SCHOOL)
    now.hands_in("钱老师", "plan", OWN["孙老师"], at="2024-12-19 09:00")
    (pair,) = found(now)
    assert (pair.first.mine, pair.second.mine, pair.most) == (False, True, 10_000)
    assert pair.first.enrolment_id == story.people["孙老师"]
    assert [named(story, one) for one in found(story)] == [("李老师", "王老师")]
