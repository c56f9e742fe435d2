"""The office's sender: its channels, its texts and its name, as the settings have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from calendars.clock import now
from exchange.channel_settings import mail_channel, mail_sender
from exchange.chat import ChatChannel
from exchange.letter_writing import LetterWriter
from exchange.sending import AT_ONCE, Sender
from flows.settings import OfficeSettings


def office_sender(settings: OfficeSettings, engine: Engine, clock: Callable[[], datetime] = now) -> Sender:
    """Ready to send what is due."""
    name = mail_sender(settings.mail_from, settings.mail_reply_to)
    channels = {
        "mail": mail_channel(settings.mail_url, name, settings.home, settings.mail_rate),
        "chat": ChatChannel(),
    }
    writer = LetterWriter(settings.letter_texts, settings.locale, name)
    # Letters say how things stand when they are claimed: no more at once than go in a minute.
    at_once = min(AT_ONCE, settings.mail_rate or AT_ONCE)
    return Sender(engine, channels, writer, settings.zoneinfo, clock, at_once)
