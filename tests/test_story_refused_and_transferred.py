"""What a review refused stays refused when the person goes to another class and the same file is taken in again, in whichever
order; until it is handed in anew, or accepted after all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.messages import Refused
from exchange.evidence import read_evidence
from exchange.plans import commit
from models.database import transaction
from models.people import Person
from models.terms import Cohort
from tests.support.files import workbook
from tests.support.story import Story
from workflows.resolving import Decision
from workflows.review_acts import accept_work, refuse_work
from workflows.transferring import transfer
from workflows.verifying import verify

SCHOOL = ("龙城区", "第一小学")
LOCK = "2024-12-15 24:00"
DONE = "2024-12-02 10:00"
TakesIn = Callable[..., tuple[int, int, int]]


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班"):
        story.cohort(cohort, "龙城区")
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    return story


@pytest.fixture(params=["J9", ""], ids=["numbered", "unnumbered"])
def takes_in(request: pytest.FixtureRequest, story: Story, tmp_path: Path) -> TakesIn:
    """The file with 李老师's journal, numbered or not: how much of it was added, changed, unchanged."""
    return file_of(story, tmp_path, request.param)


def file_of(story: Story, tmp_path: Path, reference: str, text: str = "") -> TakesIn:
    with Session(story.engine) as session:
        number = session.execute(select(Person.number).where(Person.name == "李老师")).scalar_one()
    (tmp_path / "日志.txt").write_text(text, encoding="utf-8")

    def takes_in(received: str, cohort: str = "", happened: str = DONE) -> tuple[int, int, int]:
        header = ["人员编号", "任务", "发生时间", "来源", "记录编号", "班级", "文件"]
        row = [number, "研修日志", happened, "平台二", reference, cohort, "日志.txt" if text else ""]
        path = workbook(tmp_path / "records.xlsx", [header, row])
        at = story.at(received)
        with transaction(story.engine) as session:
            plan = read_evidence(session, "longcheng-2024", path, at, files=tmp_path)
            commit(session, plan, at)
            return plan.added, plan.changed, plan.unchanged

    return takes_in


def by(story: Story, at: str) -> Decision:
    return Decision("逐项核对", "王主任", story.at(at), story.at(at))


def refuses(story: Story, at: str) -> None:
    with transaction(story.engine) as session:
        refuse_work(session, story.people["李老师"], "journal", by(story, at))


def accepts(story: Story, at: str) -> None:
    with transaction(story.engine) as session:
        accept_work(session, story.people["李老师"], "journal", by(story, at))


def moves(story: Story, to: str, at: str) -> None:
    with transaction(story.engine) as session:
        cohort = session.get_one(Cohort, story.cohorts[to])
        made = transfer(session, story.people["李老师"], cohort, by(story, at))
        story.people["李老师"] = made.to_enrolment_id or 0


def journal(story: Story) -> float:
    """The points for it at the lock, with nothing wrong in what was sealed."""
    story.night(LOCK)
    with transaction(story.engine) as session:
        assert [problem.text("en") for problem in verify(session)] == []
    return float(story.points("李老师", "training")["journal"])


@pytest.mark.parametrize("cohort", ["一班", "二班", ""])
def test_refused_and_then_transferred_it_does_not_come_back_with_the_same_file(
    story: Story, takes_in: TakesIn, cohort: str
) -> None:
    assert takes_in("2024-12-03 10:00") == (1, 0, 0)
    refuses(story, "2024-12-04 09:00")
    moves(story, "二班", "2024-12-05 09:00")
    assert takes_in("2024-12-05 10:00", cohort if cohort != "二班" else "") == (0, 0, 1)
    assert takes_in("2024-12-05 11:00", cohort) == (0, 0, 1)
    assert journal(story) == 0


def test_transferred_and_then_refused_it_does_not_come_back_with_the_same_file(
    story: Story, takes_in: TakesIn
) -> None:
    assert takes_in("2024-12-03 10:00") == (1, 0, 0)
    moves(story, "二班", "2024-12-04 09:00")
    refuses(story, "2024-12-05 09:00")
    assert takes_in("2024-12-05 10:00") == (0, 0, 1)
    assert journal(story) == 0


@pytest.mark.parametrize("refused", ["before", "between", "after"])
def test_there_and_back_it_stays_refused(story: Story, takes_in: TakesIn, refused: str) -> None:
    takes_in("2024-12-03 10:00")
    acts: dict[str, Callable[[str], None]] = {
        "before": lambda at: refuses(story, at),
        "first": lambda at: moves(story, "二班", at),
        "between": lambda at: refuses(story, at),
        "second": lambda at: moves(story, "一班", at),
        "after": lambda at: refuses(story, at),
    }
    done = [what for what in acts if what in ("first", "second", refused)]
    for day, what in enumerate(done, 4):
        acts[what](f"2024-12-{day:02d} 09:00")
    assert takes_in("2024-12-08 10:00") == (0, 0, 1)
    assert journal(story) == 0


def test_handed_in_anew_after_the_transfer_it_counts(story: Story, tmp_path: Path) -> None:
    """Under its own number, with what is new in it: a revision of what was refused in the former class."""
    takes_in = file_of(story, tmp_path, "J9")
    takes_in("2024-12-03 10:00")
    refuses(story, "2024-12-04 09:00")
    moves(story, "二班", "2024-12-05 09:00")
    assert takes_in("2024-12-05 10:00", happened="2024-12-05 08:00") == (0, 1, 0)
    assert takes_in("2024-12-05 11:00", happened="2024-12-05 08:00") == (0, 0, 1)
    assert journal(story) == 20


def test_accepted_and_refused_in_both_classes_it_is_handed_in_anew_in_the_first(
    story: Story, tmp_path: Path
) -> None:
    """Each record keeps a number of its own, however often it was written anew, here and there."""
    takes_in = file_of(story, tmp_path, "J9")
    takes_in("2024-12-03 10:00")
    for clock in ("10", "12"):
        refuses(story, f"2024-12-03 {clock}:30")
        accepts(story, f"2024-12-03 {clock}:45")
    moves(story, "二班", "2024-12-04 09:00")
    refuses(story, "2024-12-04 10:00")
    moves(story, "一班", "2024-12-05 09:00")
    assert takes_in("2024-12-05 09:30") == (0, 0, 1)
    assert takes_in("2024-12-05 10:00", happened="2024-12-05 08:00") == (0, 1, 0)
    assert journal(story) == 20


def test_a_text_that_was_refused_before_a_transfer_is_known_again_by_its_words(
    story: Story, tmp_path: Path
) -> None:
    takes_in = file_of(story, tmp_path, "J9", "今天听了三节课。")
    takes_in("2024-12-03 10:00")
    refuses(story, "2024-12-04 09:00")
    moves(story, "二班", "2024-12-05 09:00")
    assert takes_in("2024-12-05 10:00") == (0, 0, 1)
    other = file_of(story, tmp_path, "J9", "今天听了四节课。")
    assert other("2024-12-05 11:00") == (0, 1, 0)
    assert journal(story) == 20


def test_what_was_refused_before_a_transfer_there_and_back_can_be_accepted_after_it(
    story: Story, takes_in: TakesIn
) -> None:
    takes_in("2024-12-03 10:00")
    refuses(story, "2024-12-04 09:00")
    moves(story, "二班", "2024-12-05 09:00")
    moves(story, "一班", "2024-12-06 09:00")
    accepts(story, "2024-12-07 09:00")
    with pytest.raises(Refused, match="was refused, or it was handed in anew"):
        accepts(story, "2024-12-07 10:00")
    assert takes_in("2024-12-07 11:00") == (0, 0, 1)
    assert journal(story) == 20
