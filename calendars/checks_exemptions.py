"""Whether the grounds of an exemption can be told apart, and ask for something."""

from __future__ import annotations

from calendars.draft import ZERO, Draft, Path
from calendars.messages import Wording
from calendars.source import shortened

TWICE = Wording(zh="另有一个免修条件也叫“{found}”", en="there is another ground called {found!r}")


def grounds_are_told_apart(draft: Draft) -> None:
    seen: set[str] = set()
    for number, ground in enumerate(draft.calendar.exempt):
        path: Path = ("exempt", number)
        if ground.name in seen:
            draft.report((*path, "name"), TWICE(found=shortened(ground.name)))
        seen.add(ground.name)
        if ground.hours == 0:
            draft.report((*path, "hours"), ZERO(key="hours"))


CHECKS = (grounds_are_told_apart,)
