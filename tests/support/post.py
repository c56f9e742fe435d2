"""The post of a story: what is due at an instant is really sent, into a folder of mail, and read again."""

from __future__ import annotations

import mailbox
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col

from calendars.messages import Locale
from exchange.channels import Channel
from exchange.letter_writing import LetterWriter
from exchange.mail import MailSender
from exchange.maildir import MaildirChannel
from exchange.sending import Sender, Sendings
from models.database import transaction
from models.letters import Contact
from models.people import Person
from models.work import Enrolment
from tests.support.story import Story

OFFICE = MailSender("龙城区项目办", "office@example.org", "desk@example.org")


def opened(content: bytes) -> EmailMessage:
    """A mail as a reader's program sees it."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@dataclass
class Post:
    """Everybody of a story by mail, unless said otherwise."""

    story: Story
    folder: Path
    locale: Locale = "zh"
    channels: Mapping[str, Channel] | None = None
    _seen: set[str] = field(default_factory=set)

    def gives(self, name: str, email: str | None, way: str | None = None) -> None:
        """A person's address."""
        with transaction(self.story.engine) as session:
            enrolment = session.get(Enrolment, self.story.people[name])
            assert enrolment is not None
            session.execute(
                update(Person).where(col(Person.id) == enrolment.person_id).values(email=email, way=way)
            )

    def contact(self, *organisation: str, email: str | None = None, robot: str | None = None) -> None:
        """Where an organisation is reached."""
        place = self.story.organisation(*organisation)
        with transaction(self.story.engine) as session:
            session.add(Contact(organisation_id=place, name=organisation[-1], email=email, robot=robot))

    def group(self, cohort: str, robot: str) -> None:
        """The chat group of a cohort."""
        with transaction(self.story.engine) as session:
            session.add(Contact(cohort_id=self.story.cohorts[cohort], robot=robot))

    def sender(self, at: str) -> Sender:
        channels = self.channels or {"mail": MaildirChannel(self.folder)}
        writer = LetterWriter(None, self.locale, OFFICE)
        instant = self.story.at(at)
        return Sender(self.story.engine, channels, writer, self.story.calendar.zoneinfo, lambda: instant)

    def send(self, at: str) -> Sendings:
        return self.sender(at).send_due()

    def arrived(self) -> dict[str, EmailMessage]:
        """What has come into the folder since the last look, by the reader's address."""
        found: dict[str, EmailMessage] = {}
        for key, message in mailbox.Maildir(self.folder, create=True).iteritems():
            if key not in self._seen:
                self._seen.add(key)
                mail = opened(bytes(message))
                address = mail["To"].addresses[0].addr_spec
                assert address not in found, f"two letters to {address}"
                found[address] = mail
        return found
