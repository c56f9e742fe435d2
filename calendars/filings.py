"""Filings: what goes up the tiers link by link, who takes it at each link, and until when.

A filing is a chain. It begins with whoever applies and ends with whoever accepts; a link is known by its tier,
since each tier has a case once. Its deadlines are words for time as everywhere; where a filing is due each week,
they may speak of `start of week` and `end of week`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from calendars.messages import Wording
from calendars.quantities import Hundredths
from calendars.values import Cited, Definition, Identifier, Percent, Tier, TimeText, Words

WEEK = "week"  # in deadlines: the week that a case is about, as if it were a phase
PERSON = "person"  # stands where a tier would: the link of whoever applies for himself

DOES = {
    "apply": Wording(zh="申请", en="applies"),
    "review": Wording(zh="审核", en="reviews"),
    "collect": Wording(zh="汇总", en="collects"),
    "accept": Wording(zh="接收", en="accepts"),
}


class FilingField(Definition):
    """One thing that a case says. A table has `columns`, and a line for each of its rows."""

    name: str
    type: Literal["text", "number", "date", "choice", "table"] = "text"
    required: bool = False
    choices: Words = ()
    columns: Words = ()
    at_least: Hundredths | None = Field(None, alias="at least")  # of a number: with less it is not taken


class Link(Definition):
    """One step of the way up. Without a tier it is the person who applies."""

    tier: Tier | None = None
    does: Literal["apply", "review", "collect", "accept"]
    name: str | None = None
    by: TimeText | None = None  # at this instant it is over; without it a case may wait here for ever
    most: Percent | None = None  # of its own cases, rounded down: as many it may pass on
    absent: Literal["skip"] | None = None  # where there is no such tier above, the next link follows

    @property
    def at(self) -> str:
        """How the link is spoken of: its tier, or `person`."""
        return self.tier or PERSON


class Filing(Cited):
    id: Identifier
    name: str
    form: str | None = None  # what the office's sheet is called, if not as the filing
    about: Literal["person", "cohort", "organisation", "entry"]
    role: Words = ()  # whose, for one about a person; who files for a cohort; by default anybody
    owed: bool = False  # each organisation of the first tier owes one
    every: Literal["week"] | None = None
    during: str | None = None  # the phase whose weeks are meant
    fields: dict[Identifier, FilingField] = Field(default_factory=dict)
    chain: tuple[Link, ...]
    peers: str | None = None  # the peer review whose mean is shown beside a cohort's case
    on_acceptance: Literal["withdraw"] | None = Field(None, alias="on acceptance")

    @property
    def tier(self) -> str:
        """Who applies: a tier, or `person`."""
        return self.chain[0].at

    @property
    def by_a_person(self) -> bool:
        """Whether it begins with a person: one for himself, or one for his cohort."""
        return self.about in {PERSON, "cohort"}

    @property
    def sheet(self) -> str:
        return self.form or self.name

    def link(self, at: str) -> Link | None:
        return next((link for link in self.chain if link.at == at), None)
