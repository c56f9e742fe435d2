"""A database that was restored sends nothing until somebody has looked at what the lost one may have sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.clock import frozen
from calendars.messages import Refused
from exchange.letter_writing import LetterWriter
from exchange.mail import MailSender
from exchange.maildir import MaildirChannel
from exchange.sending import Sender
from models.database import open_database, transaction
from models.letters import Letter
from models.nights import Outbox
from models.people import Person
from models.recovery import Resumption
from tests.support.desk import Desk
from tests.support.story import Story
from workflows.resuming import restored, resume

SCHOOL = ("龙城区", "第一小学")
DAY = "2024-11-25 09:00"


def a_class(engine: Engine) -> Story:
    """Two learners with an address, who are reminded of what they have not done."""
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for name in ("李", "王"):
        story.enrol(name, "learner", "一班", *SCHOOL)
    with transaction(engine) as session:
        for person in session.execute(select(Person)).scalars():
            person.email = f"{person.number}@example.org"
    return story


def sender(story: Story, folder: Path, at: str) -> Sender:
    instant = story.at(at)
    return Sender(
        story.engine, {"mail": MaildirChannel(folder)}, LetterWriter(None, "zh", MailSender("项目办", "office@example.org")),
        story.calendar.zoneinfo, lambda: instant, patience=5,
    )  # fmt: skip


def states(engine: Engine) -> tuple[list[str], list[str]]:
    with Session(engine) as session:
        return (
            sorted(session.execute(select(Letter.state)).scalars()),
            sorted(session.execute(select(Outbox.state)).scalars()),
        )


def restore(story: Story, at: str) -> None:
    with transaction(story.engine) as session:
        restored(session, story.at(at) - timedelta(hours=3), story.at(at))


def go_on(story: Story, before: str | None, at: str) -> tuple[int, int]:
    with transaction(story.engine) as session:
        done = resume(session, story.at(before) if before else None, "看过了", "王主任", story.at(at))
    return done.dropped, done.waiting


def test_nothing_is_sent_until_somebody_has_looked(engine: Engine, tmp_path: Path) -> None:
    story = a_class(engine)
    story.night(DAY)
    restore(story, DAY)
    before = states(engine)
    assert before[1]
    with pytest.raises(Refused, match="restored from a backup"):
        sender(story, tmp_path / "mail", DAY).send_due()
    assert states(engine) == before
    story.night("2024-11-26 00:30")  # goes on writing
    assert len(states(engine)[1]) >= len(before[1])
    assert go_on(story, None, "2024-11-26 08:00") == (0, 0)
    assert sender(story, tmp_path / "mail", "2024-11-26 09:00").send_due().outcomes["sent"] == 2


def test_what_the_lost_one_has_told_is_dropped_and_what_is_new_is_sent(
    engine: Engine, tmp_path: Path
) -> None:
    """Letters that waited in the backup, what stood there in none yet, and what nights write anew of the days between."""
    story = a_class(engine)
    story.night(DAY)
    first = sender(story, tmp_path / "mail", DAY)
    first.channels = {}
    first.send_due()  # folded, and sent by nobody
    assert states(engine)[0] == ["waiting", "waiting"]
    restore(story, DAY)
    assert go_on(story, "2024-11-26 12:00", "2024-11-26 12:30") == (2, 0)
    story.night("2024-11-26 12:30")
    assert sender(story, tmp_path / "mail", "2024-11-26 12:31").send_due().outcomes["sent"] == 0
    assert set(states(engine)[1]) <= {"told", "dropped"}
    story.night("2024-12-02 00:30")
    assert sender(story, tmp_path / "mail", "2024-12-02 09:00").send_due().outcomes["sent"] == 2


def test_who_has_looked_is_kept_and_there_is_nothing_to_resume_twice(engine: Engine) -> None:
    story = a_class(engine)
    with pytest.raises(Refused, match="nothing to resume"):
        go_on(story, None, DAY)
    restore(story, DAY)
    restore(story, DAY)  # a backup of a database that was restored itself
    go_on(story, None, DAY)
    with Session(engine) as session:
        assert [(one.name, one.reason) for one in session.execute(select(Resumption)).scalars()] == [
            ("王主任", "看过了")
        ] * 2
    with pytest.raises(Refused, match="nothing to resume"):
        go_on(story, None, DAY)


def test_the_command_says_why_and_what_to_do(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    desk.begins("王主任")
    story = a_class(open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}"))
    restore(story, DAY)
    story.engine.dispose()
    for words in (["reminders", "send"], ["status"]):
        answer = desk.types(*words)
        assert answer.code == 3
        assert "nothing is sent: this database was restored from a backup" in answer.errors
    assert desk.types("reminders", "send", "--json").json["off"].startswith("nothing is sent")
    assert desk.types("status", "--json").json["sending_off"]
    by = ("--name", "王主任", "--reason", "看过了")
    assert desk.types("reminders", "resume", *by).code == 2
    assert desk.types("reminders", "resume", *by, "--drop-none", "--drop-before", "2024-11-25").code == 2
    with frozen(story.at(DAY)):
        assert "still to come" in desk.types("reminders", "resume", *by, "--drop-before", "2024-11-26").errors
        assert (
            "0 letters dropped, 0 letters wait" in desk.expects("reminders", "resume", *by, "--drop-none").out
        )
        assert desk.types("reminders", "send").code == 0
