"""Organisations as people write them: by name, and where several are called so with those above, as `COUNTY/SCHOOL`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from exchange.columns import plain
from workflows.organisations import Tree


@dataclass(frozen=True)
class OrganisationNames:
    """Every organisation, by each end of its path."""

    tree: Tree

    @cached_property
    def _ends(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for node in self.tree.nodes:
            names = self.tree.names(node)
            for above in range(len(names)):
                found.setdefault(plain("/".join(names[above:])), []).append(node)
        return found

    def meant(self, said: str) -> list[int]:
        """Whom a name means: the one whose whole path it is, or all whose path ends so."""
        found = self._ends.get(plain(said), [])
        whole = [node for node in found if plain("/".join(self.tree.names(node))) == plain(said)]
        return whole or found

    def called(self, organisation: int) -> str:
        """The shortest name that means this one alone."""
        names = self.tree.names(organisation)
        ends = ("/".join(names[above:]) for above in reversed(range(len(names))))
        return next((end for end in ends if self.meant(end) == [organisation]), "/".join(names))

    def known(self) -> list[str]:
        return [*dict.fromkeys(node.name for node in self.tree.nodes.values())]
