"""`yanxiu reminders` with every command of its group: each module adds its own to it when it is imported."""

from __future__ import annotations

from office import letter_desk, resuming, unreachable, unsubscribing
from office.reminders import app

__all__ = ["app", "letter_desk", "resuming", "unreachable", "unsubscribing"]
