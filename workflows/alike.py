"""Which texts are alike, found from their fingerprints without comparing each with each.

Most pairs are found through an index of the fingerprints that few texts share. One that very many share says little about
two of them, and would bring about all pairs of the many; it is passed over there. What is hidden by that, a ring of many
who handed in the same, is found by a second pass over just these fingerprints, by MinHash: texts that fall together are
linked one to the next, so that a ring hangs together, and its size costs no more than itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from calendars.quantities import half_up
from workflows.fingerprints import Hashes

WHOLE = 10_000  # all of a text, in hundredths of a percent
LEAST = 4  # fingerprints in common, some 35 characters: less is no likeness, however short the texts
MOST = 20  # texts that share a fingerprint, beyond which the index passes it over
BANDS, ROWS = (
    32,
    2,
)  # of MinHash: what has half of its shared fingerprints in common falls together, all but surely
SEED = 1
Keys = NDArray[np.int64]


@dataclass(frozen=True)
class Printed:
    """A text by its fingerprints: its number, whose it is, and whether it is of those that are looked at, or of former
    ones, which are not compared among themselves."""

    key: int
    owner: int
    looked_at: bool
    prints: Hashes


@dataclass(frozen=True, order=True)
class Pair:
    """Two texts of different owners, by their numbers, and which part of each is in the other: of the fingerprints, in
    hundredths of a percent."""

    first: int
    second: int
    of_first: int
    of_second: int

    @property
    def most(self) -> int:
        return max(self.of_first, self.of_second)


def compare(texts: Iterable[Printed], least: int) -> list[Pair]:
    """The pairs of which the one has at least this part of the other, or the other of the one, in rising order. The order
    in which the texts come makes no difference."""
    corpus = _Corpus(sorted(texts, key=lambda text: (not text.looked_at, text.key)), least)
    pairs = {*corpus.by_index(), *corpus.by_minhash()}
    return sorted(found for first, second in pairs if (found := corpus.alike(first, second)))


class _Corpus:
    """Texts by their place, the fingerprints of all of them in rising order, and how many texts share each."""

    def __init__(self, texts: Sequence[Printed], least: int) -> None:
        self.texts, self.least = texts, least
        self.sizes = np.array([len(text.prints) for text in texts], dtype=np.int64)
        self.owners = np.array([text.owner for text in texts], dtype=np.int64)
        self.looked_at = np.array([text.looked_at for text in texts], dtype=np.bool_)
        prints = np.concatenate([*(text.prints for text in texts), np.zeros(0, dtype=np.uint64)])
        order = np.argsort(prints, kind="stable")
        self.prints = prints[order]
        self.places = np.repeat(np.arange(len(texts)), self.sizes)[order]
        _, self.starts, self.shared_by = np.unique(self.prints, return_index=True, return_counts=True)

    def alike(self, first: int, second: int) -> Pair | None:
        """The two, if they are enough alike. By all of their fingerprints, whoever else has them."""
        one, other = sorted((self.texts[first], self.texts[second]), key=lambda text: text.key)
        shared = len(np.intersect1d(one.prints, other.prints, assume_unique=True))
        if shared < LEAST:
            return None
        parts = (half_up(shared * WHOLE, len(text.prints)) for text in (one, other))
        found = Pair(one.key, other.key, *parts)
        return found if found.most >= self.least else None

    def by_index(self) -> Iterator[tuple[int, int]]:
        """Pairs that share so many of the fingerprints which few have that they may be alike."""
        keys, counts = np.unique(np.concatenate([*self._pairs(), _no_keys()]), return_counts=True)
        first, second = keys // max(len(self.texts), 1), keys % max(len(self.texts), 1)
        enough = np.minimum(self.sizes[first], self.sizes[second]) * self.least // (2 * WHOLE)
        likely = counts >= np.maximum(enough, 2)
        yield from zip(first[likely].tolist(), second[likely].tolist(), strict=True)

    def _pairs(self) -> Iterator[Keys]:
        """Each pair once for each fingerprint that it shares, as one number."""
        for size in range(2, MOST + 1):
            starts = self.starts[self.shared_by == size]
            if len(starts):
                sharing = self.places[starts[:, None] + np.arange(size)]
                one, other = np.triu_indices(size, k=1)
                yield self._of_two(sharing[:, one].ravel(), sharing[:, other].ravel())

    def _of_two(self, first: Keys, second: Keys) -> Keys:
        """Without two texts of one person, and without two former ones."""
        apart = (self.owners[first] != self.owners[second]) & (self.looked_at[first] | self.looked_at[second])
        keys: Keys = first[apart] * len(self.texts) + second[apart]
        return keys

    def by_minhash(self) -> Iterator[tuple[int, int]]:
        """Pairs of those whose fingerprints are to a good part such as the index passes over."""
        hidden = np.repeat(self.shared_by > MOST, self.shared_by)
        counts = np.bincount(self.places[hidden], minlength=len(self.texts))
        enough = np.maximum(self.sizes * self.least // (2 * WHOLE), LEAST)
        among = np.flatnonzero(counts >= enough)
        if not len(among):
            return
        chosen = hidden & np.isin(self.places, among)
        order = np.argsort(self.places[chosen], kind="stable")
        ends = np.concatenate([[0], np.cumsum(counts[among])]).astype(np.uint64)
        rows = RMinHash.digest_matrix_from_flat_token_hashes(
            self.prints[chosen][order], ends, BANDS * ROWS, SEED
        ).to_rows()
        digests = np.array(rows, dtype=np.uint64).reshape(len(among), BANDS, ROWS)
        yield from {pair for band in range(BANDS) for pair in self._chained(among, digests[:, band])}

    def _chained(self, among: Keys, digests: Hashes) -> Iterator[tuple[int, int]]:
        """Of the texts that fall together each with the two before it, and with the first."""
        _, bucket = np.unique(digests, axis=0, return_inverse=True)
        order = np.argsort(bucket.ravel(), kind="stable")
        for together in np.split(among[order], np.flatnonzero(np.diff(bucket.ravel()[order])) + 1):
            for at in range(1, len(together)):
                for before in {0, at - 1, max(at - 2, 0)}:
                    pair = self._of_two(together[before : before + 1], together[at : at + 1])
                    if len(pair):
                        yield int(together[before]), int(together[at])


def _no_keys() -> Keys:
    return np.zeros(0, dtype=np.int64)


def rings(linked: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Those that hang together through others or at once, each ring and the rings in rising order."""
    leader: dict[int, int] = {}

    def find(one: int) -> int:
        while leader.setdefault(one, one) != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for one, other in linked:
        first, second = sorted((find(one), find(other)))
        leader[second] = first
    found: dict[int, list[int]] = {}
    for one in sorted(leader):
        found.setdefault(find(one), []).append(one)
    return sorted(tuple(ring) for ring in found.values())
