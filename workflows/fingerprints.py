"""What a text is known by: some of the hashes of all its runs of ten letters, chosen so that two texts which share a run
of 21 letters are sure to share one.

This is winnowing: of each twelve neighbouring hashes the least is kept. What everybody was given to quote or to answer
is left out before anything is chosen. Blanks, punctuation, width and case make no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRAM = 10  # letters in a run
WINDOW = 12  # hashes, of which one is kept
Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]

_NOTHING = np.uint64(0xFFFFFFFFFFFFFFFF)  # in place of what is left out: never the least, unless all of it is
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, with its bits well spread
_MIXING = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_UNKNOWN = np.uint32(0xFFFFFFFF)
_FOLDED = np.full(0x110000, _UNKNOWN, dtype=np.uint32)  # filled in as signs are met; 0 for what is no letter


@dataclass(frozen=True)
class Letters:
    """The letters and figures of a text as they are compared, and where each stands in the text."""

    codes: Codes
    places: NDArray[np.intp]


def letters(text: str) -> Letters:
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    folded = _FOLDED[codes]
    if (folded == _UNKNOWN).any():
        for code in np.unique(codes[folded == _UNKNOWN]):
            _FOLDED[code] = _fold(chr(code))
        folded = _FOLDED[codes]
    places = np.flatnonzero(folded)
    return Letters(folded[places], places)


def _fold(sign: str) -> int:
    """The letter or figure as which a sign is compared; 0 for what is none."""
    plain = unicodedata.normalize("NFKC", sign).casefold()
    return next((ord(one) for one in plain if one.isalnum()), 0)


def grams(found: Letters) -> Hashes:
    """The hash of each run of letters, in their order; none for a text that is shorter."""
    count = max(len(found.codes) - GRAM + 1, 0)
    codes = found.codes.astype(np.uint64)
    hashes: Hashes = np.zeros(count, dtype=np.uint64)
    for at in range(GRAM):
        hashes = hashes * _FACTOR + codes[at : at + count]
    for shift, factor in _MIXING:
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    return hashes ^ (hashes >> np.uint64(31))


def left_out(texts: Iterable[str]) -> Hashes:
    """Everything that these texts hold, to be subtracted from others."""
    found = [grams(letters(text)) for text in texts]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint64)


def is_left_out(hashes: Hashes, without: Hashes) -> NDArray[np.bool_]:
    if not len(without):
        return np.zeros(len(hashes), dtype=np.bool_)
    nearest = without[np.minimum(np.searchsorted(without, hashes), len(without) - 1)]
    return np.equal(nearest, hashes)


def _least_of_each_window(hashes: Hashes) -> Hashes:
    """Of twelve neighbours each: the least of two, of four, of eight, and of eight and the four behind them."""
    if len(hashes) <= WINDOW:
        return np.sort(hashes)[:1]
    of_two = np.minimum(hashes[:-1], hashes[1:])
    of_four = np.minimum(of_two[:-2], of_two[2:])
    of_eight = np.minimum(of_four[:-4], of_four[4:])
    of_twelve: Hashes = np.minimum(of_eight[:-4], of_four[8:])
    return of_twelve


def fingerprints(text: str, without: Hashes) -> Hashes:
    """The hashes that a text is known by, each once, in rising order."""
    hashes = grams(letters(text))
    hashes = np.where(is_left_out(hashes, without), _NOTHING, hashes)
    chosen = np.unique(_least_of_each_window(hashes))
    kept: Hashes = chosen[chosen != _NOTHING]
    return kept
