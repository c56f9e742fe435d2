"""Whoever has no address is told of to the nearest organisation that has one, of longcheng-2024: the night writes, the sender
sends, a mail program reads; and an office sees who is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import pytest
from sqlalchemy import Engine, select, text

from exchange.channels import Go, Outcome, Ready, Sent, at_once
from exchange.contacts import read_contacts
from exchange.maildir import MaildirChannel
from exchange.plans import carry_out
from exchange.unsubscribe_mails import token_of
from models.database import reading, transaction
from models.people import Person
from tests.support.files import table
from tests.support.post import Post, text_of
from tests.support.story import Story
from workflows.unreachable import Unreachable, unreachable
from workflows.unsubscribing import Token, unsubscribe

FIRST, SECOND = ("龙城区", "第一小学"), ("龙城区", "第二小学")
MORNING = "2024-12-02 08:30"


@pytest.fixture
def story(engine: Engine) -> Story:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区", "")
    story.enrol("李老师", "learner", "一班", *FIRST)
    story.enrol("王老师", "learner", "一班", *FIRST)
    story.enrol("孙老师", "learner", "一班", *SECOND)
    return story


@pytest.fixture
def post(story: Story, tmp_path: Path) -> Post:
    """Everybody has an address but 李老师 of the first school."""
    post = Post(story, tmp_path / "mail")
    for name, address in (("王老师", "wang"), ("孙老师", "sun")):
        post.gives(name, f"{address}@example.org")
    return post


def number(story: Story, name: str) -> str:
    with reading(story.engine) as session:
        return session.execute(select(Person.number).where(Person.name == name)).scalar_one()


def seen(story: Story) -> Unreachable:
    with reading(story.engine) as session:
        found = unreachable(session, "longcheng-2024")
        assert found == unreachable(session)
        assert unreachable(session, "another") == Unreachable([], [])
        return found


def imported(story: Story, folder: Path, *rows: list[str]) -> None:
    """Contacts, as an office imports them."""
    sheet = table(folder / "contacts.csv", [["单位", "联系人", "邮箱"], *rows])
    with transaction(story.engine) as session:
        assert carry_out(session, read_contacts(session, sheet, story.at(MORNING)), story.at(MORNING))


def states(story: Story, name: str) -> set[str]:
    with reading(story.engine) as session:
        rows = text("SELECT state FROM outbox WHERE recipient = :who")
        return set(session.execute(rows, {"who": f"e{story.people[name]}"}).scalars())


def tells_of(letter: EmailMessage, story: Story, name: str) -> bool:
    """Whether it names a person, by name and number, and what is due."""
    words = text_of(letter)
    assert "课程作业" in words
    return name in words and number(story, name) in words


def test_who_has_no_address_is_told_of_to_the_school(story: Story, post: Post, tmp_path: Path) -> None:
    imported(
        story, tmp_path, ["第一小学", "张校长", "first@example.org"], ["龙城区", "", "county@example.org"]
    )
    story.night("2024-12-02 00:30")
    post.send(MORNING)
    letters = post.arrived()
    assert set(letters) == {"first@example.org", "wang@example.org", "sun@example.org"}
    assert tells_of(letters["first@example.org"], story, "李老师")
    assert "没有登记邮箱" in text_of(letters["first@example.org"])
    assert "王老师" not in text_of(letters["first@example.org"])
    (person,) = seen(story).people
    assert (person.name, person.number, person.why) == ("李老师", number(story, "李老师"), "none")
    assert (person.organisation, person.cohort, person.told) == ("龙城区/第一小学", "一班", "龙城区/第一小学")
    (school,) = seen(story).organisations  # reminders go to schools too
    assert (school.organisation, school.why, school.told) == ("龙城区/第二小学", "none", "龙城区")


def test_a_school_without_contact_is_told_of_to_the_county(story: Story, post: Post, tmp_path: Path) -> None:
    imported(story, tmp_path, ["龙城区", "", "county@example.org"])
    story.night("2024-12-02 00:30")
    post.send(MORNING)
    assert tells_of(post.arrived()["county@example.org"], story, "李老师")
    assert {one.told for one in (*seen(story).people, *seen(story).organisations)} == {"龙城区"}


def test_without_any_contact_it_waits_and_is_told_once_there_is_one(
    story: Story, post: Post, tmp_path: Path
) -> None:
    story.night("2024-12-02 00:30")
    post.send(MORNING)
    assert set(post.arrived()) == {"wang@example.org", "sun@example.org"}
    assert states(story, "李老师") == {"written"}
    found = seen(story)
    assert found.asks_for_somebody
    assert [(one.name, one.told) for one in found.people] == [("李老师", None)]
    assert [(one.organisation, one.told) for one in found.organisations] == [
        ("龙城区", None), ("龙城区/第一小学", None), ("龙城区/第二小学", None),
    ]  # fmt: skip
    imported(story, tmp_path, ["龙城区", "", "county@example.org"])
    post.send("2024-12-02 10:00")
    letters = post.arrived()
    assert set(letters) == {"county@example.org"}
    assert tells_of(letters["county@example.org"], story, "李老师")
    assert states(story, "李老师") == {"told"}
    post.gives("李老师", "li@example.org")
    assert not seen(story).people
    assert not seen(story).asks_for_somebody  # a school whose county has a contact is how it may be


def test_nobody_is_looked_for_in_cohorts_that_are_over(story: Story) -> None:
    assert len(seen(story).people) == 3
    with transaction(story.engine) as session:
        session.execute(text("UPDATE cohort_phase SET state = 'done' WHERE phase <> 'review'"))
    assert len(seen(story).people) == 3
    with transaction(story.engine) as session:
        session.execute(text("UPDATE cohort_phase SET state = 'cancelled' WHERE phase = 'review'"))
    assert seen(story) == Unreachable([], [])


def test_who_is_told_in_the_cohorts_group_is_reached(story: Story, post: Post) -> None:
    post.group("一班", "wecombot://abc")
    assert not seen(story).people


@dataclass
class RefusesOne:
    """A mail server that knows no mailbox of one name; all other mail goes into a folder."""

    name: str
    folder: MaildirChannel
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.folder.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.folder.__exit__(kind, error, trace)

    def send(self, ready: Ready, go: Go = at_once) -> Sent:
        self.asked.append(ready.to)
        if ready.to.partition("@")[0] == self.name:
            return Sent(Outcome.REFUSED, "550 5.1.1")
        return self.folder.send(ready, go)


def test_an_address_that_is_refused_is_told_to_the_unit_until_there_is_another(
    story: Story, post: Post, tmp_path: Path
) -> None:
    imported(story, tmp_path, ["龙城区", "", "county@example.org"])
    post.gives("李老师", "gone@example.org")
    channel = RefusesOne("gone", MaildirChannel(post.folder))
    post.channels = {"mail": channel}
    story.night("2024-12-02 00:30")
    post.send(MORNING)
    assert "gone@example.org" in channel.asked
    post.send("2024-12-02 09:00")
    letter = post.arrived()["county@example.org"]
    assert tells_of(letter, story, "李老师")
    assert "邮件服务器拒收" in text_of(letter)
    (person,) = seen(story).people
    assert (person.name, person.why, person.told) == ("李老师", "refused", "龙城区")
    assert channel.asked.count("gone@example.org") == 1

    post.gives("李老师", "li@example.org")
    assert not seen(story).people
    story.night("2024-12-03 00:30")
    post.send("2024-12-03 08:30")
    story.night("2024-12-05 00:30")
    post.send("2024-12-05 08:30")
    assert "li@example.org" in post.arrived()


def test_a_contact_that_is_refused_is_named_and_the_next_one_above_is_told(
    story: Story, post: Post, tmp_path: Path
) -> None:
    imported(story, tmp_path, ["第一小学", "", "gone@example.org"], ["龙城区", "", "county@example.org"])
    post.channels = {"mail": RefusesOne("gone", MaildirChannel(post.folder))}
    story.night("2024-12-02 00:30")
    post.send(MORNING)
    post.send("2024-12-02 09:00")
    assert tells_of(post.arrived()["county@example.org"], story, "李老师")
    found = {one.organisation: (one.why, one.told) for one in seen(story).organisations}
    assert found == {"龙城区/第一小学": ("refused", "龙城区"), "龙城区/第二小学": ("none", "龙城区")}
    imported(story, tmp_path, ["第一小学", "", "first@example.org"])
    assert [one.organisation for one in seen(story).organisations] == ["龙城区/第二小学"]


PACE = "比建议进度"  # what the weekly reminder of the pace says, which is not obligatory


def comes_back(letter: EmailMessage) -> Token:
    """What the office gets when somebody presses the button of a mail program."""
    subject = unquote(letter["List-Unsubscribe"].partition("?subject=")[2].rstrip(">"))
    return token_of(f"From: wang@example.org\r\nSubject: {subject}\r\n\r\n".encode(), "mail")


def test_unsubscribing_leaves_out_what_is_not_obligatory_until_it_is_taken_back(
    story: Story, post: Post
) -> None:
    def reads(day: str) -> EmailMessage | None:
        """What comes to 王老师 on the morning of a Friday."""
        story.night(f"{day} 00:30")
        post.send(f"{day} 08:30")
        return post.arrived().get("wang@example.org")

    def says(token: Token, *, again: bool = False) -> tuple[str, bool, bool]:
        with transaction(story.engine) as session:
            (done,) = unsubscribe(session, [token], story.at("2024-11-08 12:00"), again=again)
            return done.name, done.unsubscribed, done.changed

    first = reads("2024-11-08")
    assert first is not None
    assert PACE in text_of(first)
    token = comes_back(first)
    assert says(token) == ("王老师", True, True)
    assert says(token) == ("王老师", True, False)
    assert reads("2024-11-15") is None
    assert says(token, again=True) == ("王老师", False, True)
    assert says(token, again=True) == ("王老师", False, False)
    third = reads("2024-11-22")
    assert third is not None
    assert PACE in text_of(third)  # of this week: what was left out meanwhile is not told later
    assert says(comes_back(third)) == ("王老师", True, True)
    last = reads("2024-11-29")
    assert last is not None
    assert PACE not in text_of(last)
    assert "课程作业" in text_of(last)  # due in a week, which is obligatory
    assert last["List-Unsubscribe"] is None
