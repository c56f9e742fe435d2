"""How learners are formed into groups: by school and subject, and with whom a school joins that has too few."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from calendars.values import Cited, Words, as_list

WITHIN = "within "
By = Literal["school", "subject"]
_LISTED = BeforeValidator(as_list, json_schema_input_type=By | tuple[By, ...])


class Grouping(Cited):
    """Of whom groups are made, how small one may be, and who leads and guides it."""

    of: str  # the role whose people are formed into groups
    by: Annotated[tuple[By, ...], _LISTED, Field(min_length=1)]
    subjects: Words = ()  # what a roster may say, where groups are made by subject
    at_least: Annotated[int, Field(ge=2, alias="at least")]
    joins: Annotated[
        str, Field(pattern=f"^{WITHIN}")
    ]  # `within county`: no farther does a school look for others
    leader: str  # the role of whoever leads a group
    posts: Words = ()  # whose post is one of these is proposed to lead
    tutor: str | None = None  # the role of whoever guides groups: several of its county each

    @property
    def tier(self) -> str:
        """The tier inside which schools join."""
        return self.joins.removeprefix(WITHIN)
