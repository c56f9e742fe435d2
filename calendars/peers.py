"""Peer review: groups of a programme look at one another's work. A group is a cohort in which somebody has the role
that reviews for it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from calendars.scales import Marks
from calendars.values import Cited, Identifier, TimeText, Words


class PeerReview(Cited):
    """At `opens` each group is given as many others to review as `each reviews` says; at `by` it is over."""

    id: Identifier
    name: str
    role: str  # who reviews for a group
    phase: str
    opens: TimeText
    by: TimeText | None = None  # by default the end of the phase
    each_reviews: Annotated[int, Field(ge=1)] = Field(alias="each reviews")
    within: Words = ()  # tiers, the narrowest first; by default all groups of the programme
    scale: Marks
    task: str | None = None  # of the role: having given every review is a record of it
    shows: str | None = None  # of which kind, where the task shows several

    @property
    def ends(self) -> str:
        """The word for time at which it is over."""
        return self.by or f"end of {self.phase}"
