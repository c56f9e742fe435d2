"""How peer reviews are told: the rows of a term's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from calendars.filing_pages import TIERS
from calendars.instants import Edge
from calendars.messages import Locale, Message, Wording
from calendars.peer_times import moments
from calendars.peers import PeerReview
from calendars.quantities import shown
from calendars.scales import Scale
from calendars.schedule import Moment
from calendars.term import TermCalendar

EACH = Wording(zh="每组评{count}组（{within}）", en="each reviews {count} ({within})")
WITHIN = Wording(zh="本{tier}之内", en="within its {tier}")
ELSE_WITHIN = Wording(zh="{first}；只有一组的，{rest}", en="{first}; one alone there, {rest}")
ALL_GROUPS = Wording(zh="全部各组", en="all groups")


def peer_rows(
    calendar: TermCalendar, when: Callable[[Moment, Edge], str], locale: Locale
) -> Iterator[list[str]]:
    """A row for each: its name, who, how many, from when on, until when, the scale, the source."""
    for review in calendar.peer_reviews:
        opens, ends = moments(calendar, review)
        yield [
            review.name,
            calendar.roles[review.role],
            EACH(count=review.each_reviews, within=reach(review)).text(locale),
            when(opens, "start"),
            when(ends, "end"),
            scale_told(review.scale),
            " ".join(review.requirement_ids),
        ]


def reach(review: PeerReview) -> Message:
    """Among whom a group's reviewers are sought."""
    steps = [WITHIN(tier=TIERS[tier]()) for tier in review.within] or [ALL_GROUPS()]
    told = steps[-1]
    for step in reversed(steps[:-1]):
        told = ELSE_WITHIN(first=step, rest=told)
    return told


def scale_told(scale: Scale) -> str:
    """`0..100`, or the grades."""
    return " ".join(scale.grades) if scale.grades else f"{shown(scale.low)}..{shown(scale.high)}"
