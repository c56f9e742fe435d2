"""While there are many letters, the next are written in a process beside the one that sends: nobody's letter is another for
it, and nothing is lost with that process or with the sender."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from calendars.workdays import use_overlay
from exchange import letter_batches
from exchange.letter_batches import LetterBatches
from exchange.letter_writing import LetterWriter
from exchange.mail import MailSender
from exchange.sending import Sender
from models.database import transaction
from models.letters import Letter
from tests.support.mail_server import mail_server
from tests.support.post import OFFICE, Post, text_of
from tests.support.sending_process import command
from tests.support.story import Story
from workflows.claiming import LEASE, claim
from workflows.folding import fold
from workflows.handing import Handing

SCHOOL = ("龙城区", "第一小学")
DAY = "2024-12-02 08:00"
LEARNERS = 9


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区")
    for number in range(LEARNERS):
        story.enrol(f"学员{number}", "learner", "一班", *SCHOOL)
    story.shows("学员1", "talk", 7, kind="topic", at="2024-11-20 20:00")
    story.night("2024-12-02 00:30")
    return story


@pytest.fixture
def post(story: Story, tmp_path: Path) -> Post:
    post = Post(story, tmp_path / "mail")
    for number in range(LEARNERS):
        post.gives(f"学员{number}", f"n{number}@example.org")
    return post


def beside(post: Post, at: str = DAY) -> Sender:
    """Two letters in a batch, all of them written beside."""
    return replace(post.sender(at), at_once=2, alone=0, patience=60)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that were begun."""
    found: list[subprocess.Popen[bytes]] = []
    start = LetterBatches._start

    def noted(batches: LetterBatches) -> None:
        start(batches)
        assert batches._child is not None
        found.append(batches._child)

    monkeypatch.setattr(LetterBatches, "_start", noted)
    yield found
    assert all(process.poll() is not None for process in found)  # none is left


def test_a_letter_is_the_same_whoever_has_written_it(
    story: Story, post: Post, tmp_path: Path, begun: list[subprocess.Popen[bytes]]
) -> None:
    here = LetterWriter(None, "zh", OFFICE)
    with transaction(story.engine) as session:
        fold(session, story.at(DAY), story.calendar.zoneinfo)
    with story.engine.begin() as connection:
        claimed = claim(connection, story.at(DAY), "looks only", LEARNERS, ["mail"])
        connection.rollback()
    batch = letter_batches.BatchWriter(story.engine, here, story.calendar.zoneinfo)
    expected = {
        worded.ready.to: worded.ready.content
        for worded in batch.write(claimed, story.at(DAY)).letters.values()
    }
    assert beside(post).send_due().outcomes == {"sent": LEARNERS}
    assert len(begun) == 1
    arrived = {file.read_bytes().replace(b"\n", b"\r\n") for file in (tmp_path / "mail" / "new").iterdir()}
    assert arrived == set(expected.values())


def test_a_process_that_dies_takes_no_letter_with_it(
    post: Post, begun: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed over its second batch; what it had in hand and all that follows is written by the sender."""
    fetch, fetched = LetterBatches._fetch, []

    def killed(batches: LetterBatches, here: object) -> object:
        fetched.append(batches._child)
        if len(fetched) == 2:
            begun[0].kill()
            begun[0].wait()
        return fetch(batches, here)  # type: ignore[arg-type]

    monkeypatch.setattr(LetterBatches, "_fetch", killed)
    done = beside(post).send_due()
    assert (dict(done.outcomes), done.uncertain, done.faults) == ({"sent": LEARNERS}, 0, [])
    assert len(post.arrived()) == LEARNERS
    assert len(begun) == 1  # one that dies is not begun again


def test_a_process_that_cannot_begin_is_done_without(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert beside(post).send_due().outcomes == {"sent": LEARNERS}
    assert len(post.arrived()) == LEARNERS


def test_few_letters_are_written_by_the_sender_itself(
    post: Post, begun: list[subprocess.Popen[bytes]]
) -> None:
    assert replace(beside(post), alone=LEARNERS + 1).send_due().outcomes == {"sent": LEARNERS}
    assert begun == []


def test_the_last_letters_are_beside_where_the_first_were_many(
    post: Post, begun: list[subprocess.Popen[bytes]]
) -> None:
    assert replace(beside(post), alone=4).send_due().outcomes == {"sent": LEARNERS}
    assert len(begun) == 1


def test_the_days_that_an_office_has_told_are_known_beside_too(
    story: Story, post: Post, begun: list[subprocess.Popen[bytes]]
) -> None:
    """Late in the evening a letter waits for the next working day, which the office has moved."""
    with transaction(story.engine) as session:
        fold(session, story.at(DAY), story.calendar.zoneinfo)
    use_overlay({story.at("2024-12-03 12:00").date(): False})
    try:
        sender = beside(post, "2024-12-02 21:00")
        assert sender.send_due().outcomes == {}
    finally:
        use_overlay({})
    assert len(begun) == 1
    with story.engine.connect() as connection:
        until = set(connection.execute(select(Letter.__table__.c.not_before)).scalars())  # type: ignore[attr-defined]
    assert until == {story.at("2024-12-04 08:00")}


def test_texts_of_an_office_that_fail_beside_are_told(
    story: Story, post: Post, tmp_path: Path, begun: list[subprocess.Popen[bytes]]
) -> None:
    own = tmp_path / "texts" / "zh"
    own.mkdir(parents=True)
    (own / "letter.txt").write_text("{{ letter.nobody }}", encoding="utf-8")
    sender = replace(
        beside(post), writer=LetterWriter(tmp_path / "texts", "zh", MailSender("办公室", "a@example.org"))
    )
    done = sender.send_due()
    assert (dict(done.outcomes), done.own_texts_fail) == ({"sent": LEARNERS}, True)
    assert len(begun) == 1
    assert all("学员" in text_of(mail) for mail in post.arrived().values())


def test_a_killed_sender_leaves_no_process_behind(story: Story, post: Post) -> None:
    post.gives("学员0", "hang-answer@example.org")
    with mail_server() as (rules, port):
        process = subprocess.Popen(command(story, port, DAY, "beside"))
        while not rules.mails:
            assert process.poll() is None
            time.sleep(0.05)
        children = _children(process.pid)
        assert len(children) == 1
        process.kill()
        process.wait()
        waited = time.monotonic() + 20
        while any(Path(f"/proc/{child}").exists() for child in children):
            assert time.monotonic() < waited
            time.sleep(0.05)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_whoever_has_lost_a_letter_does_not_give_it_away(story: Story, post: Post) -> None:
    """Its lease was over, and another sender has it."""
    at = story.at(DAY)
    with transaction(story.engine) as session:
        fold(session, at, story.calendar.zoneinfo)
    with story.engine.connect() as first, story.engine.connect() as second:
        with first.begin():
            mine = claim(first, at, "first", 2, ["mail"])
        handing = Handing(first, "first")
        assert handing.begin(mine[0], at)
        later = at + LEASE + timedelta(seconds=1)
        with second.begin():
            theirs = claim(second, later, "second", 2, ["mail"])
        assert [one.id for one in theirs] == [one.id for one in mine]
        assert [one.uncertain for one in theirs] == [True, False]  # of the first nobody knows
        handing.ended(mine[0], "sent")
        assert not handing.begin(mine[1], later)
        with second.begin():
            states = second.execute(select(Letter.__table__.c.state).order_by(Letter.__table__.c.id))  # type: ignore[attr-defined]
            assert list(states.scalars())[:2] == ["claimed", "claimed"]
