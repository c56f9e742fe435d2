"""What was found when something was looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from calendars.messages import Message

State = Literal["fine", "note", "amiss"]  # a note is worth knowing, and nobody has to act


@dataclass(frozen=True)
class Finding:
    state: State
    found: Message
    to_do: Message | None = None


def fine(found: Message) -> Finding:
    return Finding("fine", found)


def note(found: Message, to_do: Message | None = None) -> Finding:
    return Finding("note", found, to_do)


def amiss(found: Message, to_do: Message | None = None) -> Finding:
    return Finding("amiss", found, to_do)
