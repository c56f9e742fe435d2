"""What an organisation that misses a duty costs its people, once a person has decided that it shall; and appeals."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from calendars.values import Cited, Identifier, Words


class Penalty(Cited):
    """An organisation whose filing was not in in time, or in which nobody has shown these tasks: its people may lose
    components of an assessment."""

    id: Identifier
    name: str
    filing: Identifier | None = None  # which the organisation owes
    tasks: Words = ()  # or what somebody of the organisation owes
    of: str  # the assessment
    loses: Words  # its components, by their keys
    waits_on: str = Field(alias="waits on")  # who decides
    undecided: Literal["hold", "apply", "waive"] = Field("hold", alias="if undecided")


Stretch = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3} (day|workday|hour|week)s?$")]


class Appeals(Cited):
    """Within how long after its lock a person may appeal against the result of an assessment, and within how long after
    that it is to be decided, by whom."""

    of: str  # the assessment
    within: Stretch
    decide_within: Stretch | None = Field(None, alias="decide within")
    waits_on: str | None = Field(None, alias="waits on")  # who decides; by default the topmost tier
