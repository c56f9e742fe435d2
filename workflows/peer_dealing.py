"""Who reviews whom: groups dealt to one another so that none has itself, none has another twice, and the load is even.

Pure: groups come in with their places and names, pairs go out. The order is a hash of the names, so it is the same on any
database and for any order in which groups came in, and neighbours in a list are not always paired.

Groups that begin together stand in a circle, and each reviews the next ones: as many reviews are given by each as each is
given. Whoever comes later changes nothing of that, and goes to those who have least.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

EVERYWHERE = ""  # instead of a tier: all groups of the programme


@dataclass(frozen=True)
class Group:
    """One group: where it stands, by tier, as far as there are tiers above it."""

    id: int
    name: str
    places: Mapping[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Dealing:
    """One peer review's terms: what it is called, as a seed of its order; how many each reviews; within which tiers, from
    narrow to wide, with none for all groups."""

    seed: str
    each: int
    within: Sequence[str] = ()

    def deal(
        self, present: Iterable[Group], new: Iterable[Group], dealt: Iterable[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """The pairs (reviewer, reviewed) that new groups bring about. `present` are all groups, the new ones among
        them; `dealt` is what was dealt before."""
        wanted = {group.id for group in new}
        loads = _Loads(dealt)
        found: list[tuple[int, int]] = []
        for pool in self.pools(present):
            coming = [group for group in pool if group.id in wanted]
            if len(coming) == len(pool):
                pairs = self._circle(pool)
            else:
                pairs = self._joined([group for group in pool if group.id not in wanted], coming, loads)
            found += pairs
        return found

    def pools(self, groups: Iterable[Group]) -> list[list[Group]]:
        """The groups among which reviews are dealt, each in the review's order: all of one place at the narrowest tier.
        One that is alone there joins the smallest pool of its place at the next; it stays alone where there is none."""
        narrowest, *wider = self.within or [EVERYWHERE]
        ordered = [[group] for group in sorted(groups, key=self._place)]
        pools = [[pool[0] for pool in there] for there in _by_place(ordered, narrowest)]
        for tier in wider:
            pools = [pool for there in _by_place(pools, tier) for pool in self._none_alone(there)]
        return [sorted(pool, key=self._place) for pool in pools]

    def _none_alone(self, pools: Sequence[list[Group]]) -> list[list[Group]]:
        standing = list(pools)
        while len(standing) > 1 and (alone := next((pool for pool in standing if len(pool) == 1), None)):
            standing.remove(alone)
            smallest = min(standing, key=lambda pool: (len(pool), min(map(self._place, pool))))
            smallest += alone
        return standing

    def _circle(self, pool: Sequence[Group]) -> list[tuple[int, int]]:
        """Each reviews the next ones in the order; where there are too few, all the others."""
        size, each = len(pool), min(self.each, len(pool) - 1)
        return [
            (group.id, pool[(at + step) % size].id)
            for at, group in enumerate(pool)
            for step in range(1, each + 1)
        ]

    def _joined(self, standing: list[Group], coming: Sequence[Group], loads: _Loads) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for group in coming:
            reviewers = self._least(standing, loads.gives)
            again = {one.id for one in reviewers}
            reviewed = self._least(standing, loads.gets, last=again)
            pairs = [(one.id, group.id) for one in reviewers] + [(group.id, one.id) for one in reviewed]
            loads.add(pairs)
            found += pairs
            standing.append(group)
        return found

    def _least(self, groups: Iterable[Group], load: Counter[int], last: Iterable[int] = ()) -> list[Group]:
        """As many as each reviews, of those who have least; of equals those who are not in `last`."""
        ordered = sorted(groups, key=lambda one: (load[one.id], one.id in set(last), self._place(one)))
        return ordered[: self.each]

    def _place(self, group: Group) -> str:
        return hashlib.sha256(f"{self.seed}|{group.name}".encode()).hexdigest()


class _Loads:
    """How many reviews each group gives and gets so far."""

    def __init__(self, dealt: Iterable[tuple[int, int]]) -> None:
        self.gives: Counter[int] = Counter()
        self.gets: Counter[int] = Counter()
        self.add(dealt)

    def add(self, pairs: Iterable[tuple[int, int]]) -> None:
        for reviewer, reviewed in pairs:
            self.gives[reviewer] += 1
            self.gets[reviewed] += 1


def _by_place(pools: Iterable[list[Group]], tier: str) -> list[list[list[Group]]]:
    """Pools by the organisation of a tier in which they stand; one that has none there by itself."""
    found: dict[object, list[list[Group]]] = {}
    for pool in pools:
        place = 0 if tier == EVERYWHERE else pool[0].places.get(tier)
        found.setdefault(("alone", pool[0].id) if place is None else place, []).append(pool)
    return list(found.values())
