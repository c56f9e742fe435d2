"""How far at most the calendar lets deadlines be moved: a task's, a cutoff, the end or start of a phase, a filing's links."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from calendars.messages import Message, Wording
from calendars.values import Cited, TimeText, Words

AT_MOST = Wording(zh="最多延长 {stretch}", en="at most {stretch}")
UNTIL = Wording(zh="最迟到 {until}", en="until {until}")


class Extensions(Cited):
    """One bound, of these things or of everything: so much later than planned, or up to an instant."""

    of: Words = ()
    at_most: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3} (hour|day|workday|week|month)s?$")] | None = (
        Field(None, alias="at most")
    )
    until: TimeText | None = None

    def binds(self, *names: str) -> bool:
        """Whether it is about one of these names, blanks aside."""
        return not self.of or bool({plain(name) for name in self.of} & {plain(name) for name in names})

    def in_words(self) -> Message:
        return AT_MOST(stretch=self.at_most) if self.at_most else UNTIL(until=self.until)


def plain(name: str) -> str:
    return " ".join(name.split())


def edge_of(name: str) -> tuple[str, str] | None:
    """The phase and the edge of `end of PHASE` and `start of PHASE`; None for any other name."""
    edge, separator, phase = plain(name).partition(" of ")
    return (phase, edge) if separator and edge in ("start", "end") else None
