"""An office gives one person a later deadline: that person's work counts up to it, and nobody else's does."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import Engine, select, text
from sqlmodel import Session

from calendars.messages import Refused
from models.database import open_database, transaction
from models.nights import Extension
from models.verdicts import Seal
from tests.support.story import Story
from workflows.basis import basis_of
from workflows.cohorts import load_terms
from workflows.explained import Explained
from workflows.explaining import explain
from workflows.extending import extend_for_person, extend_phase_for_person
from workflows.resolving import Decision, extend
from workflows.scoring import compile_scoring
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
DUE, LOCK = "2024-12-05 24:00:00", "2024-12-15 24:00:00"
OWN = "2024-12-08 24:00:00"
SAID = "2024-12-05 10:00"


def begin(engine: Engine) -> Story:
    """Two classes, each with the learners 李 and 王 and a tutor."""
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
        for name in ("李", "王"):
            story.enrol(f"{cohort}{name}", "learner", cohort, *SCHOOL)
            story.shows(f"{cohort}{name}", "study", 500, at="2024-11-05 20:00")
        story.enrol(f"{cohort}导", "tutor", cohort, *SCHOOL)
    return story


@pytest.fixture
def story(engine: Engine) -> Story:
    return begin(engine)


def hand_in_late(story: Story) -> None:
    """Everybody hands in the journal two days after the deadline."""
    for name in ("一班李", "一班王", "二班李", "二班王"):
        story.shows(name, "journal", at="2024-12-07 20:00")


def problems(story: Story) -> list[str]:
    with Session(story.engine) as session:
        return [problem.text("en") for problem in verify(session)]


def told(story: Story, name: str, at: str = "2024-12-20 09:00") -> Explained:
    number = f"N{list(story.people).index(name):05d}"
    with Session(story.engine) as session:
        return explain(session, number, story.at(at))[0]


def journal(story: Story, name: str) -> float:
    return float(story.points(name)["journal"])


# ---------------------------------------------------------------------- what counts


def test_who_was_given_three_days_more_hands_in_on_the_second_and_a_colleague_does_so_in_vain(
    story: Story,
) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    hand_in_late(story)
    story.night("2024-12-16 00:30")
    assert [journal(story, name) for name in ("一班李", "一班王", "二班李")] == [20, 0, 0]
    assert story.points("一班李")["talk"] == 0
    assert problems(story) == []


@pytest.mark.parametrize(
    ("happened", "points"),
    [("2024-12-08 23:59:59", 20), ("2024-12-08 24:00:00", 0), ("2024-12-09 00:00:01", 0)],
)
def test_work_counts_up_to_the_stroke_of_the_own_deadline(story: Story, happened: str, points: int) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    story.shows("一班李", "journal", at=happened)
    story.night("2024-12-16 00:30")
    assert journal(story, "一班李") == points


@pytest.mark.parametrize(
    ("received", "points"),
    [("2024-12-15 23:59:59", 20), ("2024-12-15 24:00:00", 0), ("2024-12-16 00:00:01", 0)],
)
def test_it_must_be_received_before_the_lock_all_the_same(story: Story, received: str, points: int) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    story.shows("一班李", "journal", at="2024-12-07 20:00", received=received)
    story.night("2024-12-17 00:30")
    assert journal(story, "一班李") == points


def test_it_may_be_said_when_the_work_is_there_already_up_to_the_second_before_the_lock(story: Story) -> None:
    hand_in_late(story)
    story.extend_for("一班李", "journal", OWN, effective="2024-12-15 23:59:59")
    story.night("2024-12-16 00:30")
    assert journal(story, "一班李") == 20


def test_what_takes_effect_at_the_stroke_of_the_lock_comes_too_late(story: Story) -> None:
    """No office can say so; a row that stands there all the same changes nothing."""
    hand_in_late(story)
    for effective in (LOCK, "2024-12-15 10:00"):
        with transaction(story.engine) as session:
            task = "journal" if effective == LOCK else "talk"
            session.add(
                Extension(
                    enrolment_id=story.people["一班李"], task=task, until=story.at(OWN), reason="住院", name="王主任",
                    effective_at=story.at(effective), recorded_at=story.at(effective),
                )
            )  # fmt: skip
    story.night("2024-12-16 00:30")
    assert journal(story, "一班李") == 0
    assert problems(story) == []


def test_the_cohorts_deadline_holds_where_it_is_the_later_one(story: Story) -> None:
    story.extend_for("一班李", "journal", "2024-12-06 24:00", effective=SAID)
    story.decide(extend, "一班", "courses.end", story.at(OWN), effective="2024-12-05 12:00")
    hand_in_late(story)
    story.night("2024-12-16 00:30")
    assert [journal(story, "一班李"), journal(story, "一班王")] == [20, 20]


def test_of_two_extensions_the_furthest_holds_also_before_the_other_takes_effect(story: Story) -> None:
    story.extend_for("一班李", "journal", "2024-12-06 24:00", effective="2024-12-10 10:00")
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    hand_in_late(story)
    story.night("2024-12-16 00:30")
    assert journal(story, "一班李") == 20


def test_for_a_phase_everything_that_is_due_at_its_end_is_extended(story: Story) -> None:
    by = Decision("住院", "王主任", story.at(SAID), story.at(SAID), "run-7")
    with transaction(story.engine) as session:
        made = extend_phase_for_person(session, story.people["一班李"], "courses", story.at(OWN), by)
        assert [(row.task, row.run_id) for row in made] == [
            (task, "run-7") for task in ("study", "modules", "assignment", "journal", "talk")
        ]
    for name in ("一班李", "一班王"):
        story.shows(name, "study", 250, at="2024-12-07 20:00")
        story.shows(name, "talk", 20, at="2024-12-07 20:00", kind="topic")
    story.night("2024-12-16 00:30")
    assert (story.points("一班李")["study"], story.points("一班李")["talk"]) == (40, 20)
    assert (story.points("一班王")["study"], story.points("一班王")["talk"]) == (26.67, 0)
    assert problems(story) == []


# ---------------------------------------------------------------------- the gate, the seals


def test_what_is_handed_in_by_the_own_deadline_waits_for_its_mark(story: Story) -> None:
    story.extend_for("一班李", "assignment", OWN, effective=SAID)
    for name in ("一班李", "二班王"):
        story.shows(name, "assignment", at="2024-12-07 20:00")
    story.night("2024-12-16 00:30")
    assert story.open_holds() == [("一班", "courses", "marking incomplete")]
    story.marks("一班李", "assignment", "优秀", received="2024-12-17 09:00")
    story.night("2024-12-18 00:30")
    assert story.open_holds() == []
    assert story.points("一班李")["assignment"] == 20
    assert problems(story) == []


NIGHTS: list[list[str]] = [
    ["2024-12-20 00:30"],
    ["2024-12-05 10:00", "2024-12-20 00:30", "2024-12-20 00:30"],
    ["2024-12-07 20:00", LOCK, "2024-12-16 09:00", "2024-12-20 00:30"],
    [f"2024-12-{day:02d} 00:30" for day in range(1, 21)],
]


def play(story: Story, nights: list[str]) -> None:
    """Two extensions, late work, and a mark after the lock, among nights of whatever instants."""
    happening: list[tuple[str, Callable[[], object]]] = [
        *((night, partial(story.night, night)) for night in nights),
        (SAID, lambda: story.extend_for("一班李", "journal", OWN, effective=SAID)),
        (SAID, lambda: story.extend_for("一班李", "assignment", OWN, effective="2024-12-06 10:00")),
        ("2024-12-07 20:01", lambda: hand_in_late(story)),
        ("2024-12-07 20:02", lambda: story.shows("一班李", "assignment", at="2024-12-07 20:02")),
        (
            "2024-12-16 08:00",
            lambda: story.marks("一班李", "assignment", "优秀", received="2024-12-16 08:00"),
        ),
    ]
    for _, happens in sorted(happening, key=lambda one: one[0]):
        happens()


def test_any_schedule_of_nights_comes_to_the_same(sqlite_template: Path, tmp_path: Path) -> None:
    found = []
    for number, nights in enumerate(NIGHTS):
        engine = open_database(f"sqlite:///{copy(sqlite_template, tmp_path / f'{number}.sqlite')}")
        story = begin(engine)
        play(story, nights)
        assert (journal(story, "一班李"), problems(story)) == (20, [])
        found.append((story.seals(), story.log(), story.outbox()))
        engine.dispose()
    assert all(other == found[0] for other in found)


def test_a_cohort_without_extensions_is_sealed_as_if_there_were_none_anywhere(story: Story) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    story.night("2024-12-16 00:30")
    with Session(story.engine) as session:
        bases = session.execute(select(Seal.cohort_id, Seal.basis).where(Seal.assessment == "training")).all()
    kept = {number: json.loads(basis) for number, basis in bases}
    assert isinstance(kept[story.cohorts["二班"]], list)
    assert kept[story.cohorts["一班"]]["due"] == kept[story.cohorts["二班"]]


def test_extensions_are_asked_for_where_there_are_some_and_nowhere_else(story: Story) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    asked = {}
    with Session(story.engine) as session:
        for term in load_terms(session, story.cohorts.values()):
            training = term.calendar.assessment("training")
            scoring = compile_scoring(session, [term], training, basis_of(term, training), story.at(LOCK))
            asked[term.name] = "extension" in str(scoring.statement([term.id]))
    assert asked == {"一班": True, "二班": False}


def break_into(engine: Engine, statement: str) -> None:
    """As somebody with the database would: triggers off, a row changed."""
    with transaction(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE extension DISABLE TRIGGER USER"))
        else:
            for act in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER extension_refuses_{act}"))
        session.execute(text(statement))


SAME = "INSERT INTO extension (enrolment_id, task, until, reason, name, effective_at, recorded_at) SELECT"


@pytest.mark.parametrize(
    ("statement", "rescored"),
    [
        ("DELETE FROM extension", True),
        ("UPDATE extension SET until = until - 172800", True),
        ("UPDATE extension SET until = until + 1", False),
        ("UPDATE extension SET enrolment_id = enrolment_id + 1", True),
        ("UPDATE extension SET task = 'talk'", True),
        ("UPDATE extension SET effective_at = effective_at + 864000 * 2", True),
        ("UPDATE extension SET reason = '另一个理由'", False),
        ("UPDATE extension SET name = '别人'", False),
        (
            f"{SAME} enrolment_id + 1, task, until, reason, name, effective_at, recorded_at FROM extension",
            True,
        ),
        (
            f"{SAME} enrolment_id + 3, task, until, reason, name, effective_at, recorded_at FROM extension",
            True,
        ),
    ],
)
def test_an_extension_that_somebody_changes_afterwards_is_found(
    story: Story, statement: str, rescored: bool
) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    hand_in_late(story)
    story.night("2024-12-16 00:30")
    break_into(story.engine, statement)
    found = problems(story)
    assert any("extended for single people are not those" in line for line in found), found
    assert any("scoring again gives" in line for line in found) is rescored, found


def test_an_extension_of_what_is_sealed_later_disturbs_no_seal(story: Story) -> None:
    story.night("2024-12-16 00:30")
    story.extend_for("一班李", "reflection", "2024-12-29 24:00", effective="2024-12-18 10:00")
    assert problems(story) == []


# ---------------------------------------------------------------------- explaining


def test_the_own_deadline_is_explained_with_who_gave_it_and_why(story: Story) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID, reason="住院三天", by="陈主任")
    story.shows("一班李", "journal", at="2024-12-07 20:00")
    story.shows("一班李", "journal", at="2024-12-09 20:00")
    for at, sealed in (("2024-12-10 09:00", False), ("2024-12-20 09:00", True)):
        if sealed:
            story.night("2024-12-16 00:30")
        sheet = told(story, "一班李", at)
        lines = {line.key: line for line in sheet.lines}
        assert sheet.sealed is sealed
        assert story.local(lines["journal"].deadline or story.at(DUE)) == "2024-12-09 00:00:00"
        (own,) = lines["journal"].extended
        assert (own.task, own.name, own.reason) == ("研修日志", "陈主任", "住院三天")
        assert (own.cohorts, own.until) == (story.at(DUE), story.at(OWN))
        assert [fact.why.text("en") for fact in lines["journal"].facts] == [
            "counts",
            "does not count: later than the deadline",
        ]
        assert lines["talk"].extended == ()
        assert lines["talk"].deadline == story.at(DUE)


def test_an_extension_is_not_told_before_it_takes_effect_nor_of_anybody_else(story: Story) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    hand_in_late(story)
    for name, at in (("一班李", SAID), ("一班王", "2024-12-10 09:00")):
        line = next(line for line in told(story, name, at).lines if line.key == "journal")
        assert (line.extended, line.deadline) == ((), story.at(DUE))
    assert line.facts[0].why.text("zh") == "不计：晚于截止时间"


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("until", "refused"),
    [
        ("2024-12-05 23:59:59", "is not later than this person's present deadline 2024-12-05 24:00"),
        ("2024-12-05 24:00:00", "is not later than this person's present deadline"),
        ("2024-12-06 00:00:01", None),
        ("2024-12-15 23:59:59", None),
        ("2024-12-15 24:00:00", None),
        (
            "2024-12-16 00:00:01",
            "is after the lock at 2024-12-15 24:00; extend the cutoff 'training lock'",
        ),
    ],
)
def test_an_own_deadline_lies_behind_the_cohorts_and_not_behind_the_lock(
    story: Story, until: str, refused: str | None
) -> None:
    story.night("2024-12-01 00:30")
    if refused is None:
        story.extend_for("一班李", "journal", until, effective=SAID)
        return
    with pytest.raises(Refused) as error:
        story.extend_for("一班李", "journal", until, effective=SAID)
    assert refused in str(error.value)


def test_a_second_extension_goes_beyond_the_first(story: Story) -> None:
    story.extend_for("一班李", "journal", OWN, effective=SAID)
    for until in ("2024-12-08 23:59:59", OWN):
        with pytest.raises(Refused, match="present deadline 2024-12-08 24:00"):
            story.extend_for("一班李", "journal", until, effective=SAID)
    story.extend_for("一班李", "journal", "2024-12-09 00:00:01", effective=SAID)


def test_a_lock_that_was_extended_lets_the_deadline_follow(story: Story) -> None:
    story.decide(extend, "一班", "training lock", story.at("2024-12-20 24:00"), effective=SAID)
    story.extend_for("一班李", "journal", "2024-12-20 24:00", effective=SAID)
    with pytest.raises(Refused, match="extend the cutoff 'training lock' first"):
        story.extend_for("二班李", "journal", "2024-12-20 24:00", effective=SAID)


@pytest.mark.parametrize(
    ("name", "task", "refused"),
    [
        ("一班李", "jurnal", "there is no task 'jurnal'. The tasks are: launch, "),
        ("一班李", "brief", "班级简报 is no task of a 参训学员"),
        ("一班导", "journal", "研修日志 is no task of a 班级辅导教师"),
        ("一班导", "marking", "nothing is handed in for 批改作业"),
        ("一班李", "warm_up", "is past and cannot be moved"),
    ],
)
def test_a_task_that_the_person_does_not_owe_is_refused(
    story: Story, name: str, task: str, refused: str
) -> None:
    story.night("2024-11-10 00:30")
    with pytest.raises(Refused) as error:
        story.extend_for(name, task, OWN, effective=SAID)
    assert refused in str(error.value)


@pytest.mark.parametrize(("reason", "by"), [("", "王主任"), ("住院", " ")])
def test_a_reason_and_a_name_are_needed(story: Story, reason: str, by: str) -> None:
    with pytest.raises(Refused, match="a reason and a name are needed"):
        story.extend_for("一班李", "journal", OWN, effective=SAID, reason=reason, by=by)


def test_it_takes_effect_no_earlier_than_the_cohort_has_come(story: Story) -> None:
    story.night("2024-12-06 00:30")
    with pytest.raises(Refused, match="to which the cohort has advanced"):
        story.extend_for("一班李", "journal", OWN, effective="2024-12-06 00:29:59")
    story.extend_for("一班李", "journal", OWN, effective="2024-12-06 00:30:00")


@pytest.mark.parametrize("effective", ["2024-12-16 00:00:00", "2024-12-16 00:00:01"])
def test_behind_a_late_night_the_night_comes_first_and_what_is_sealed_is_sealed(
    story: Story, effective: str
) -> None:
    story.night("2024-12-10 00:30")
    with pytest.raises(Refused, match="run yanxiu night first"):
        story.extend_for("一班李", "journal", OWN, effective=effective)
    story.night(effective)
    with pytest.raises(Refused, match="the scores of 网络研修成绩 are sealed for this cohort"):
        story.extend_for("一班李", "journal", OWN, effective=effective)


def test_a_cohort_that_is_held_at_its_lock_is_not_sealed_yet(story: Story) -> None:
    story.shows("一班王", "assignment", at="2024-12-04 21:00")  # and nobody marks it
    hand_in_late(story)
    story.night("2024-12-17 00:30")
    story.extend_for("一班李", "journal", OWN, effective="2024-12-17 10:00")
    with pytest.raises(Refused, match="sealed for this cohort"):
        story.extend_for("二班李", "journal", OWN, effective="2024-12-17 10:00")
    story.marks("一班王", "assignment", "优秀", received="2024-12-18 09:00")
    story.night("2024-12-19 00:30")
    assert [journal(story, "一班李"), journal(story, "一班王")] == [20, 0]
    assert problems(story) == []


def test_for_a_phase_every_reason_is_told_and_nothing_is_kept(story: Story) -> None:
    story.extend_for("一班李", "journal", "2024-12-10 24:00", effective=SAID)
    by = Decision("住院", "王主任", story.at(SAID), story.at(SAID))

    def decide(name: str, phase: str, until: str) -> list[str]:
        with pytest.raises(Refused) as refused, transaction(story.engine) as session:
            extend_phase_for_person(session, story.people[name], phase, story.at(until), by)
        return [problem.message.text("zh") for problem in refused.value.problems]

    assert decide("一班李", "courses", OWN) == [
        "“研修日志”：2024-12-08 24:00 不晚于此人现在的截止时间 2024-12-10 24:00"
    ]
    assert len(decide("一班李", "courses", "2024-12-17")) == 5
    assert decide("一班导", "closing", OWN) == ["“总结结业”结束时，班级辅导教师没有要交的任务"]
    assert "没有叫“curses”的阶段" in decide("一班李", "curses", OWN)[0]
    with Session(story.engine) as session:
        assert len(session.execute(select(Extension)).all()) == 1


def test_an_enrolment_that_there_is_not_is_refused(story: Story) -> None:
    by = Decision("住院", "王主任", story.at(SAID), story.at(SAID))
    with pytest.raises(Refused, match="no enrolment 99"), transaction(story.engine) as session:
        extend_for_person(session, 99, "journal", story.at(OWN), by)
