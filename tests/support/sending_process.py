"""A sender in a process of its own, which a test may kill."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from exchange.letter_writing import LetterWriter
from exchange.mail_servers import read_mail_server
from exchange.sending import Sender
from exchange.smtp import SmtpChannel
from models.database import open_database
from tests.support.keys import lay_test_key
from tests.support.post import OFFICE
from tests.support.story import Story


def command(story: Story, port: int, at: str, *beside: str) -> list[str]:
    """What runs a sender at an instant; `beside` where it has its letters written by another process."""
    url = story.engine.url.render_as_string(hide_password=False)
    words = [url, str(port), story.at(at).isoformat(), story.calendar.zone, *beside]
    return [sys.executable, "-m", "tests.support.sending_process", *words]


def main(url: str, port: str, at: str, zone: str, *beside: str) -> None:
    lay_test_key()
    server = read_mail_server(f"smtp://127.0.0.1:{port}?timeout=25")
    channels = {"mail": SmtpChannel(server, OFFICE.address)}
    instant = datetime.fromisoformat(at)
    writer = LetterWriter(None, "zh", OFFICE)
    sender = Sender(open_database(url), channels, writer, ZoneInfo(zone), lambda: instant)
    if beside:
        sender.alone, sender.patience = 0, 60
    sender.send_due()


if __name__ == "__main__":
    main(*sys.argv[1:])
