"""What becomes of letters when a mail server refuses, defers, drops, hangs or is dead, when two send at once, and when a
sender is killed in the very act: a real server on loopback, real nights, both databases."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from exchange import letter_batches
from exchange.mail_servers import read_mail_server
from exchange.smtp import SmtpChannel
from models.database import transaction
from models.letters import Letter
from tests.support.mail_server import Rules, mail_server
from tests.support.post import OFFICE, Post, text_of
from tests.support.sending_process import command
from tests.support.story import Story
from workflows.claiming import Claimed
from workflows.telling import Told, tell

SCHOOL = ("龙城区", "第一小学")
DAY = "2024-12-02 08:00"


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two learners who hand in nothing, three days before the deadline, and a school that can be reached."""
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for name in ("李老师", "王老师"):
        story.enrol(name, "learner", "一班", *SCHOOL)
    story.night("2024-12-02 00:30")
    return story


@pytest.fixture
def post(story: Story, tmp_path: Path) -> Post:
    return Post(story, tmp_path / "mail")


def by_smtp(post: Post, port: int, timeout: int = 2) -> None:
    server = read_mail_server(f"smtp://127.0.0.1:{port}?timeout={timeout}")
    post.channels = {"mail": SmtpChannel(server, OFFICE.address)}


def letters(story: Story) -> list[tuple[str, str, bool]]:
    """Day, state and whether it may have gone twice, of each letter in the order in which they were made."""
    with transaction(story.engine) as session:
        rows = session.execute(select(Letter).order_by(col(Letter.id))).scalars()
        return [(row.day.isoformat()[5:], row.state, row.uncertain) for row in rows]


def readers(rules: Rules) -> list[str]:
    return [message["To"].addresses[0].addr_spec for message in rules.messages]


def test_a_refused_address_is_not_tried_again_and_the_unit_is_told(story: Story, post: Post) -> None:
    post.gives("李老师", "gone@example.org")
    post.gives("王老师", "wang@example.org")
    post.contact(*SCHOOL, email="school@example.org")
    with mail_server() as (rules, port):
        by_smtp(post, port)
        done = post.send(DAY)
        assert dict(done.outcomes) == {"refused": 1, "sent": 1}
        post.send("2024-12-02 08:15")
        assert readers(rules) == ["wang@example.org", "school@example.org"]
        told = text_of(rules.messages[1])
        assert "李老师" in told
        assert "研修日志" in told
        assert rules.mails == 3
        post.gives("李老师", "li@example.org")  # a new address: the next reminders go there
        story.night("2024-12-04 00:30")
        post.send("2024-12-04 08:00")
        assert sorted(readers(rules)[2:]) == ["li@example.org", "wang@example.org"]


def test_what_is_deferred_is_tried_again_and_no_longer_than_it_is_true(story: Story, post: Post) -> None:
    post.gives("李老师", "greylisted@example.org")
    with mail_server() as (rules, port):
        by_smtp(post, port)
        tried = []
        for at in ("08:00", "08:04", "08:05", "08:19", "08:20", "09:19", "09:20"):
            post.send(f"2024-12-02 {at}")
            tried.append(rules.mails)
        assert tried == [1, 1, 2, 2, 3, 3, 4]  # after 5 minutes, 15 minutes, an hour
        story.night("2024-12-06 00:30")  # the deadline, Thursday 24:00, has passed
        post.send("2024-12-06 08:00")
        assert rules.taken == []
        assert {state for _, state, _ in letters(story)} == {"stale"}


def test_what_was_put_off_waits_for_the_hours_of_the_next_day(story: Story, post: Post) -> None:
    """A server that is dead all day comes back in the evening: nobody is written before eight in the morning."""
    post.gives("李老师", "greylisted@example.org")
    post.gives("王老师", "wang@example.org")
    with mail_server() as (_, port):
        pass
    by_smtp(post, port)
    post.send("2024-12-02 19:50")
    with mail_server() as (rules, port):
        by_smtp(post, port)
        assert post.send("2024-12-02 20:05").outcomes == {}
        assert post.send("2024-12-03 07:45").outcomes == {}
        assert rules.mails == 0
        assert post.send("2024-12-03 08:00").outcomes == {"deferred": 1, "sent": 1}


def test_who_loses_the_address_before_the_letter_goes_is_told_of_to_the_unit(
    story: Story, post: Post
) -> None:
    post.gives("李老师", "li@example.org")
    post.gives("王老师", "wang@example.org")
    post.contact(*SCHOOL, email="school@example.org")
    with mail_server() as (_, port):
        pass
    by_smtp(post, port)
    post.send(DAY)  # it waits for the server
    post.gives("李老师", None)
    with mail_server() as (rules, port):
        by_smtp(post, port)
        post.send("2024-12-02 08:15")
        post.send("2024-12-02 08:30")
        assert readers(rules) == ["wang@example.org", "school@example.org"]
        assert "李老师" in text_of(rules.messages[1])


def test_a_dead_server_loses_nothing_and_all_is_told_in_one_letter_when_it_is_back(
    story: Story, post: Post
) -> None:
    post.gives("李老师", "li@example.org")
    post.gives("王老师", "wang@example.org")
    with mail_server() as (_, port):
        pass  # nobody answers there any more
    by_smtp(post, port)
    for day in (2, 3, 4):
        story.night(f"2024-12-0{day} 00:30")
        for hour in ("08:00", "12:00"):
            done = post.send(f"2024-12-0{day} {hour}")
            assert set(done.down) == {"mail"}
            assert not done.outcomes
    story.shows("李老师", "journal", at="2024-12-04 20:00")
    with mail_server() as (rules, port):
        by_smtp(post, port)
        assert post.send("2024-12-05 08:00").outcomes == {"sent": 2}
        assert readers(rules) == [
            "li@example.org",
            "wang@example.org",
        ]  # as they would have gone on the first day
        first, second = (text_of(message) for message in rules.messages)
        assert "研修日志" not in first
        assert second.count("● 研修日志") == 1
        assert "今天24:00前" in second
        assert post.send("2024-12-05 08:15").outcomes == {}


@pytest.mark.parametrize(
    ("mailbox", "uncertain"),
    [("drop-rcpt", False), ("hang-rcpt", False), ("drop-answer", True), ("hang-answer", True)],
)
def test_a_connection_that_one_letter_breaks_does_not_keep_the_others(
    story: Story, post: Post, mailbox: str, uncertain: bool
) -> None:
    post.gives("李老师", f"{mailbox}@example.org")
    post.gives("王老师", "wang@example.org")
    with mail_server() as (rules, port):
        by_smtp(post, port)
        done = post.send(DAY)
        assert done.down == {}
        assert dict(done.outcomes) == {"deferred": 1, "sent": 1}
        assert readers(rules)[-1] == "wang@example.org"
        assert letters(story)[0] == ("12-02", "waiting", uncertain)


def test_what_may_have_gone_is_sent_again_as_it_was_and_marked(story: Story, post: Post) -> None:
    post.gives("李老师", "drop-answer@example.org")
    with mail_server() as (rules, port):
        by_smtp(post, port)
        post.send(DAY)
        post.gives("李老师", "li@example.org")  # whom the server answers
        done = post.send("2024-12-02 08:15")
        assert done.uncertain == 1
        first, again = rules.messages
        assert (first["X-Yanxiu-Uncertain"], again["X-Yanxiu-Uncertain"]) == (None, "yes")
        assert first["Message-ID"] == again["Message-ID"]
        assert letters(story)[0] == ("12-02", "sent", True)


def test_two_senders_at_once_send_nothing_twice(story: Story, post: Post, tmp_path: Path) -> None:
    for number in range(60):
        story.enrol(f"学员{number}", "learner", "一班", *SCHOOL)
        post.gives(f"学员{number}", f"n{number}@example.org")
    story.night("2024-12-04 00:30")
    with mail_server() as (rules, port):
        running = [subprocess.Popen(command(story, port, "2024-12-04 08:00")) for _ in range(3)]
        assert [process.wait(60) for process in running] == [0, 0, 0]
        assert sorted(readers(rules)) == sorted(f"n{number}@example.org" for number in range(60))


def test_a_sender_that_is_killed_in_the_very_act_has_one_letter_of_which_nobody_knows(
    story: Story, post: Post
) -> None:
    post.gives("李老师", "hang-answer@example.org")
    post.gives("王老师", "wang@example.org")
    with mail_server() as (rules, port):
        process = subprocess.Popen(command(story, port, DAY))
        while not rules.mails:
            time.sleep(0.05)
        time.sleep(0.5)
        process.kill()
        process.wait()
        assert [state for _, state, _ in letters(story)] == ["handing", "claimed"]
        post.gives("李老师", "li@example.org")
        by_smtp(post, port)
        assert post.send("2024-12-02 08:05").outcomes == {}  # the lease is not over
        done = post.send("2024-12-02 08:15")
        assert (dict(done.outcomes), done.uncertain) == ({"sent": 2}, 1)
        marked = [
            message["To"].addresses[0].addr_spec
            for message in rules.messages
            if message["X-Yanxiu-Uncertain"]
        ]
        assert marked == ["li@example.org"]
        assert letters(story) == [("12-02", "sent", True), ("12-02", "sent", False)]


def test_a_letter_that_cannot_be_told_keeps_no_other_back(
    story: Story, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program over one person's facts: the others' letters go, and that one is tried again later."""
    post.gives("李老师", "li@example.org")
    post.gives("王老师", "wang@example.org")
    first: list[str] = []

    def faulty(session: Session, claimed: Sequence[Claimed], *when: Any) -> Told:
        first.append(claimed[0].reader)
        if any(one.reader == first[0] for one in claimed):
            raise ZeroDivisionError("李老师")
        return tell(session, claimed, *when)

    monkeypatch.setattr(letter_batches, "tell", faulty)
    done = post.send(DAY)
    assert dict(done.outcomes) == {"deferred": 1, "sent": 1}
    assert [fault.kind for fault in done.faults] == ["ZeroDivisionError"]
    assert set(post.arrived()) == {"wang@example.org"}
    monkeypatch.undo()
    assert post.send("2024-12-02 08:15").outcomes == {"sent": 1}
    assert set(post.arrived()) == {"li@example.org"}


def test_letters_that_are_told_one_by_one_wait_for_their_hours_too(
    story: Story, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is over for today, and who has lost the address, is not lost when a batch cannot be told together."""
    post.gives("李老师", "li@example.org")
    post.gives("王老师", "wang@example.org")
    post.contact(*SCHOOL, email="school@example.org")
    with mail_server() as (_, port):
        pass
    by_smtp(post, port)
    post.send("2024-12-02 19:50")
    post.gives("王老师", None)

    def alone(session: Session, claimed: Sequence[Claimed], *when: Any) -> Told:
        if len(claimed) > 1:
            raise ZeroDivisionError
        return tell(session, claimed, *when)

    monkeypatch.setattr(letter_batches, "tell", alone)
    with mail_server() as (rules, port):
        by_smtp(post, port)
        assert post.send("2024-12-02 20:05").outcomes == {"refused": 1}
        post.send("2024-12-03 08:00")
        assert sorted(readers(rules)) == ["li@example.org", "school@example.org"]


def test_a_folder_that_cannot_be_written_is_a_channel_that_is_down(story: Story, post: Post) -> None:
    post.gives("李老师", "li@example.org")
    post.folder.write_text("a file stands where the folder should be")
    done = post.send(DAY)
    assert set(done.down) == {"mail"}
    assert letters(story) == [("12-02", "waiting", False)]
    post.folder.unlink()
    assert post.send("2024-12-02 08:15").outcomes == {"sent": 1}
