"""The passages that two texts have in common, and where each stands in both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workflows.fingerprints import GRAM, Hashes, grams, is_left_out, letters

MOST_TRIED = 16  # places of the one text that are tried for a run that it has many times over


@dataclass(frozen=True)
class Passage:
    """One passage, as [start, end) in the characters of each text."""

    first: tuple[int, int]
    second: tuple[int, int]
    letters: int  # that are the same, without blanks and punctuation


def passages(first: str, second: str, without: Hashes) -> list[Passage]:
    """The longest passages of ten letters or more that the first text has too, in the order of the second, none within
    another. What is left out belongs to none."""
    one, other = letters(first), letters(second)
    left, right = grams(one), grams(other)
    known: dict[int, list[int]] = {}
    for at, (gram, out) in enumerate(zip(left.tolist(), is_left_out(left, without).tolist(), strict=True)):
        places = known.setdefault(gram, [])
        if not out and len(places) < MOST_TRIED:
            places.append(at)
    found, at, given = [], 0, right.tolist()
    while at < len(given):
        runs = [(_run(left, right, place, at, without), -place) for place in known.get(given[at], ())]
        length, place = max(runs, default=(0, 0))
        if length:
            last = length + GRAM - 2
            found.append(
                Passage(
                    (int(one.places[-place]), int(one.places[-place + last]) + 1),
                    (int(other.places[at]), int(other.places[at + last]) + 1),
                    last + 1,
                )
            )
            at += length + GRAM - 1
        else:
            at += 1
    return found


def _run(left: Hashes, right: Hashes, place: int, at: int, without: Hashes) -> int:
    """How many runs of letters in a row are the same from here on."""
    count = min(len(left) - place, len(right) - at)
    theirs = right[at : at + count]
    differs = np.flatnonzero((left[place : place + count] != theirs) | is_left_out(theirs, without))
    return int(differs[0]) if len(differs) else count
