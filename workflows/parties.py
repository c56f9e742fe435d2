"""On whom something waits or who is reminded, in words: a role of the calendar, or a tier."""

from __future__ import annotations

from calendars.messages import Message, Wording
from calendars.term import TermCalendar

TIER_NAMES = {
    "province": Wording("省", "province"),
    "city": Wording("市", "city"),
    "county": Wording("区县", "county"),
    "school": Wording("学校", "school"),
}


ROLE = Wording("{name}", "{name}")


def party(calendar: TermCalendar | None, name: str) -> Message:
    """A role by the calendar's own word for it, a tier by its name."""
    return (
        TIER_NAMES[name]()
        if name in TIER_NAMES
        else ROLE(name=calendar.roles.get(name, name) if calendar else name)
    )
