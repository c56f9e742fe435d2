"""Organisations by the path that a roster writes, from the topmost tier down; made where there is none yet."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from models.people import Organisation
from workflows.organisations import load_tree

Path = tuple[tuple[str, str], ...]
"""(tier, name) from the topmost tier down; a tier that is absent is left out."""


class Places:
    """The tree as it stands, looked up by path."""

    def __init__(self, session: Session) -> None:
        nodes = load_tree(session).nodes.values()
        self._children = {(node.parent_id, node.tier, node.name): node.id for node in nodes}

    def known(self, path: Path) -> int | None:
        here: int | None = None
        for tier, name in path:
            here = self._children.get((here, tier, name))
            if here is None:
                return None
        return here

    def nearest(self, path: Path) -> tuple[int, ...]:
        """The last organisation on a path that there is, if any is."""
        found = (self.known(path[:depth]) for depth in range(len(path), 0, -1))
        return next(((place,) for place in found if place is not None), ())

    def missing(self, paths: Iterable[Path]) -> list[Path]:
        """Every organisation on these paths that does not exist yet, those above first."""
        wanted: dict[Path, None] = {}
        for path in dict.fromkeys(paths):
            for depth in range(1, len(path) + 1):
                if self.known(path[:depth]) is None:
                    wanted[path[:depth]] = None
        return [*wanted]

    def make(self, session: Session, path: Path) -> int:
        """The organisation at the end of a path, made with everything above it that is missing."""
        here: int | None = None
        for tier, name in path:
            key = here, tier, name
            if key not in self._children:
                made = Organisation(parent_id=here, tier=tier, name=name)
                session.add(made)
                session.flush()
                self._children[key] = made.id or 0
            here = self._children[key]
        if here is None:
            raise ValueError("an organisation needs a name")
        return here
