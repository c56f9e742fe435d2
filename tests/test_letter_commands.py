"""`yanxiu reminders send`, `preview`, `check` as an office types them, on its own folder of mail and texts."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from calendars.clock import frozen
from models.database import open_database, transaction
from models.letters import Letter
from models.nights import Night, Outbox
from models.people import Person
from tests.support.desk import Desk
from tests.support.story import Story

FRIDAY = "2024-11-29 09:00"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.begins("y")
    return desk


@pytest.fixture
def story(desk: Desk) -> Story:
    story = Story(open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}"), "longcheng-2024")
    story.cohort("一班", "龙城区")
    story.enrol("李老师", "learner", "一班", "龙城区", "第一小学")
    with transaction(story.engine) as session:
        session.execute(update(Person).values(email="li@example.org"))
    return story


def test_what_is_seen_beforehand_is_what_is_sent_and_nothing_of_it_is_kept(desk: Desk, story: Story) -> None:
    """Seen on Friday for Monday, three days before the deadline: the nights up to it are run and undone."""
    with frozen(story.at(FRIDAY)):
        story.night(FRIDAY)
        desk.expects("reminders", "send")
        sent = len(mailbox.Maildir(desk.home / "mail"))
        (seen,) = desk.expects("reminders", "preview", "--as-of", "2024-12-02", "--json").json
        assert desk.expects("reminders", "preview", "--as-of", "2024-12-01", "--json").json == []  # a Sunday
        table = desk.expects("reminders", "preview", "--as-of", "2024-12-02", "--programme", "longcheng-2024")
        assert "2024-12-02: 1 letter" in table.out
    with transaction(story.engine) as session:
        assert session.execute(select(func.count()).select_from(Night)).scalar_one() == 1
        assert session.execute(select(col(Letter.day))).scalars().all() == [story.at(FRIDAY).date()]
        assert session.execute(select(func.max(col(Outbox.effective_at)))).scalar_one() <= story.at(FRIDAY)
    with frozen(story.at("2024-12-02 08:00")):
        story.night("2024-12-02 00:30")
        assert desk.expects("reminders", "send").out == "1 letter sent\n"
    came = [str(message["Subject"]) for message in mailbox.Maildir(desk.home / "mail")]
    assert len(came) == sent + 1
    assert seen["name"] == "李老师"
    assert "研修日志" in seen["text"]
    assert "3 days left" in seen["text"]


@pytest.mark.parametrize(
    ("day", "why"), [("2024-11-28", "is over"), ("2025-03-01", "60 days at most"), ("soon", "soon")]
)
def test_a_day_that_cannot_be_seen_is_refused(desk: Desk, story: Story, day: str, why: str) -> None:
    with frozen(story.at(FRIDAY)):
        answer = desk.types("reminders", "preview", "--as-of", day)
    assert (answer.code, why in answer.errors) == (1, True)


def test_a_text_with_an_unknown_variable_is_told_at_the_desk_and_keeps_no_letter(
    desk: Desk, story: Story
) -> None:
    folder = desk.home / "letters" / "en"
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_text("Dear {{ letter.name }},\n{{ letter.nmae }}\n", encoding="utf-8")
    answer = desk.types("reminders", "check")
    assert answer.code == 1
    assert "letter.txt:2:" in answer.out
    assert "nmae" in answer.out
    with frozen(story.at(FRIDAY)):
        story.night(FRIDAY)
        sent = desk.expects("reminders", "send")
    assert "the office's own texts have mistakes" in sent.out
    (folder / "letter.txt").write_text(
        "Dear {{ letter.name }}, look at {% for one in letter.programmes %}{{ one.name }}{% endfor %}!\n"
    )
    assert desk.types("reminders", "check").code == 0


def test_dates_in_a_year_without_known_holidays_ask_for_the_file(desk: Desk, story: Story) -> None:
    """The library knows holidays up to 2026; the office's file tells more."""
    story.night("2024-12-01 00:30")
    command = (
        "extend",
        "--programme",
        "longcheng-2024",
        "--cohort",
        "一班",
        "--cutoff",
        "work in",
        "--to",
        "2027-01-08",
        "--reason",
        "x",
        "--name",
        "y",
    )
    with frozen(story.at("2024-12-02 09:00")):
        answer = desk.types(*command)
        assert answer.code == 1
        assert "holidays.yaml" in answer.errors
        (desk.home / "holidays.yaml").write_text("2027:\n  off: [2027-01-01]\n")
        again = desk.types(*command)
        assert "holidays.yaml" not in again.errors
        (desk.home / "holidays.yaml").write_text("2027: {off: [2027-13-01]}\n")
        wrong = desk.types("status")
        assert wrong.code == 1
        assert "holidays.yaml:1:14:" in wrong.errors
        (desk.home / "holidays.yaml").unlink()
        desk.types("status")
