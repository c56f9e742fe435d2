"""Learners formed into groups: by school and subject, a school with too few joining others near it, always in the same way.

Who is of one school and subject stays together. Nothing is stored here: what comes out is a proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Path = tuple[tuple[str, str], ...]  # (tier, name) from the topmost tier down


@dataclass(frozen=True)
class Someone:
    """A row of the list that is formed: its line, who, where, and what the office says of grouping."""

    line: int
    number: str
    name: str
    where: Path
    subject: str = ""
    post: str = ""


@dataclass
class Unit:
    """The learners of one school and subject, with whom it shall join if it is too small, and who leads it already."""

    place: Path
    subject: str
    learners: list[Someone] = field(default_factory=list)
    partner: Unit | None = None
    leaders: list[Someone] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.learners[0].line


@dataclass
class Group:
    """Units that go together: the largest one gives the group its name."""

    district: Path
    subject: str
    units: list[Unit]
    leaders: list[Someone] = field(default_factory=list)
    tutor: Someone | None = None
    name: str = ""

    @property
    def size(self) -> int:
        return sum(len(unit.learners) for unit in self.units)

    @property
    def line(self) -> int:
        return min(unit.line for unit in self.units)

    @property
    def host(self) -> Unit:
        return min(self.units, key=lambda unit: (-len(unit.learners), unit.line))

    @property
    def learners(self) -> list[Someone]:
        return sorted((one for unit in self.units for one in unit.learners), key=lambda one: one.line)


def district_of(where: Path, tiers: Sequence[str]) -> Path:
    """The part of a path down to the tier inside which schools join."""
    return tuple(part for part in where if part[0] in tiers)


def form(units: Iterable[Unit], tiers: Sequence[str], at_least: int) -> list[Group]:
    """Every unit in exactly one group. `tiers` are those down to the one inside which schools join."""
    together: dict[tuple[Path, str], list[Unit]] = {}
    for unit in units:
        together.setdefault((district_of(unit.place, tiers), unit.subject), []).append(unit)
    found = []
    for (district, subject), those in together.items():
        blocks = [Group(district, subject, block) for block in _paired(those, at_least)]
        found += _joined(blocks, at_least)
    return sorted(found, key=lambda group: group.line)


def _paired(units: Sequence[Unit], at_least: int) -> Iterator[list[Unit]]:
    """A unit that is too small goes with the one that the office has named; so may several, one after the other."""
    block = {id(unit): [unit] for unit in units}
    for unit in units:
        partner = unit.partner
        if partner is not None and len(unit.learners) < at_least:
            ours, theirs = block[id(unit)], block[id(partner)]
            if ours is not theirs:
                theirs += ours
                block |= dict.fromkeys((id(one) for one in ours), theirs)
    seen: set[int] = set()
    for unit in units:
        those = block[id(unit)]
        if id(those) not in seen:
            seen.add(id(those))
            yield those


def _joined(blocks: list[Group], at_least: int) -> list[Group]:
    """What is too small joins the smallest group of those that are large enough, the largest of the small ones first; where
    none is large enough they are divided evenly among as many groups as have enough."""
    whole = [group for group in blocks if group.size >= at_least]
    small = sorted(
        (group for group in blocks if group.size < at_least), key=lambda group: (-group.size, group.line)
    )
    if whole:
        _divide(small, whole)
        return whole
    for count in range(max(1, sum(group.size for group in small) // at_least), 0, -1):
        found = [Group(group.district, group.subject, [*group.units]) for group in small[:count]]
        _divide(small[count:], found)
        if count == 1 or all(group.size >= at_least for group in found):
            return found
    return []


def _divide(small: Iterable[Group], among: Sequence[Group]) -> None:
    for group in small:
        smallest = min(among, key=lambda one: (one.size, one.line))
        smallest.units += group.units


def lead(groups: Iterable[Group], posts: Sequence[str]) -> None:
    """Who leads a unit already leads its group; else whoever has a leading post, of the largest school first."""
    for group in groups:
        group.leaders = [one for unit in group.units for one in unit.leaders]
        if not group.leaders:
            host = {one.number for one in group.host.learners}
            fit = [one for one in group.learners if one.post in posts]
            group.leaders = sorted(fit, key=lambda one: (one.number not in host, one.line))[:1]


def guide(groups: Sequence[Group], tutors: Sequence[Someone], tiers: Sequence[str]) -> list[Someone]:
    """Each group gets a tutor of its district, of its own subject if there is one, the groups spread evenly. Returns who is
    left without a group."""
    load = {tutor.number: 0 for tutor in tutors}
    for group in groups:
        near = [one for one in tutors if district_of(one.where, tiers) == group.district]
        fit = [one for one in near if one.subject == group.subject] or [
            one for one in near if not one.subject
        ]
        if fit:
            group.tutor = min(fit, key=lambda one: (load[one.number], one.line))
            load[group.tutor.number] += 1
    return [tutor for tutor in tutors if not load[tutor.number]]


def name_groups(groups: Sequence[Group], called: str, taken: Iterable[str] = ()) -> None:
    """By its largest school and its subject, as `called` has it; where two schools have one name, with the district too."""
    known = [*taken]
    plain = [called.format(place=group.host.place[-1][1], subject=group.subject) for group in groups]
    for group, short in zip(groups, plain, strict=True):
        twice = plain.count(short) > 1 or short in known
        name = "".join(part for _, part in group.district[-1:]) + short if twice else short
        number, found = 1, name
        while found in known:
            number += 1
            found = f"{name}{number}"
        group.name = found
        known.append(found)
