"""The word most like one that nobody knows: what a clerk probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

from calendars.messages import Message, Wording
from calendars.source import shortened

NEAREST = Wording(zh="，是不是“{word}”？", en="; is it {word!r}?")
MOST_COMPARED = 1000  # comparing words is slow, and no programme has so many


def nearest(found: str, known: Iterable[str]) -> Message | str:
    """`; is it X?` for the word most like what was found, or nothing."""
    near = get_close_matches(shortened(found), list(islice(known, MOST_COMPARED)), 1, 0.6)
    return NEAREST(word=near[0]) if near else ""
