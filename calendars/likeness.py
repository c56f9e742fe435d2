"""Texts that are not to be alike (雷同): which are compared, from how much on a person looks, and what may follow."""

from __future__ import annotations

from pydantic import Field

from calendars.values import Cited, Percent, Words


class Likeness(Cited):
    """The texts of some tasks, compared with each other and with those of former programmes. Whose text is alike with
    another's may lose the result of an assessment, once a person has so decided."""

    tasks: Words
    alike: Percent  # from this part on, of either text in the other
    of: str  # the assessment
    former: Words = Field((), alias="with")  # former programmes, whose texts are looked at too
    leave_out: Words = Field((), alias="leave out")  # what everybody was given to quote or to answer
    waits_on: str = Field(alias="waits on")  # who decides
