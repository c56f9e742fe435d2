"""How an office's letters leave: what it set as plain values, made into channels."""

from __future__ import annotations

from pathlib import Path

from exchange.channels import Channel, Pace
from exchange.mail import MailSender
from exchange.mail_addresses import read_sender
from exchange.mail_servers import read_mail_server
from exchange.maildir import MaildirChannel
from exchange.smtp import SmtpChannel

# A name that no server takes mail for (RFC 2606).
NOBODY = MailSender("Yanxiu", "yanxiu@localhost.invalid")  # from whom mail is that goes into a folder alone


def mail_sender(sender: str, reply_to: str = "") -> MailSender:
    """From whom letters come. Raises UnreadableError."""
    if not sender:
        return NOBODY
    name, address = read_sender(sender)
    return MailSender(name, address, read_sender(reply_to)[1] if reply_to else "")


def mail_channel(url: str, sender: MailSender, home: Path, a_minute: int = 0) -> Channel:
    """The mail server that an office has set, with at most so many letters a minute where that is not 0, or else the folder
    `mail` of its home. Raises UnreadableError, which never
    shows the url."""
    if not url:
        return MaildirChannel(home / "mail")
    return SmtpChannel(read_mail_server(url), sender.address, Pace(a_minute or None))
