"""A sender in a process of its own, which a test may kill: database, port of the mail server, instant, zone."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from exchange.letter_writing import LetterWriter
from exchange.mail_servers import read_mail_server
from exchange.sending import Sender
from exchange.smtp import SmtpChannel
from models.database import open_database
from tests.support.post import OFFICE


def main(url: str, port: str, at: str, zone: str) -> None:
    server = read_mail_server(f"smtp://127.0.0.1:{port}?timeout=25")
    channels = {"mail": SmtpChannel(server, OFFICE.address)}
    instant = datetime.fromisoformat(at)
    writer = LetterWriter(None, "zh", OFFICE)
    Sender(open_database(url), channels, writer, ZoneInfo(zone), lambda: instant).send_due()


if __name__ == "__main__":
    main(*sys.argv[1:])
