"""The tree of organisations in memory: some thousands of rows, asked for every list that goes up a tier."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.messages import Wording
from models.people import Organisation

SEVERAL_ORGANISATIONS = Wording(
    zh="有几个单位叫“{name}”，请连同上级写明：{paths}",
    en="several organisations are called {name!r}; write which, with those above it: {paths}",
)


@dataclass(frozen=True)
class Node:
    id: int
    parent_id: int | None
    tier: str
    name: str


@dataclass(frozen=True)
class Tree:
    """Organisations by id."""

    nodes: dict[int, Node]

    def path(self, organisation_id: int) -> list[Node]:
        """The organisation and everything above it, the topmost first."""
        found: list[Node] = []
        here: int | None = organisation_id
        while here is not None:
            found.append(self.nodes[here])
            here = self.nodes[here].parent_id
        return found[::-1]

    def names(self, organisation_id: int) -> list[str]:
        """The names of the organisation and of everything above it, the topmost first."""
        return [node.name for node in self.path(organisation_id)]

    def at_or_below(self, organisation_id: int) -> list[int]:
        return [node for node in self.nodes if organisation_id in {one.id for one in self.path(node)}]

    def at_tier(self, organisation_id: int, tier: str) -> int | None:
        """The organisation of a tier at or above this one; None where the tier is absent."""
        return next((node.id for node in self.path(organisation_id) if node.tier == tier), None)


def topmost_tier(session: Session, organisation_id: int) -> str:
    """The tier of the organisation at the top of the tree in which this one stands."""
    here: int | None = organisation_id
    tier = ""
    while here is not None:
        columns = select(col(Organisation.parent_id), col(Organisation.tier))
        here, tier = session.execute(columns.where(col(Organisation.id) == here)).one()
    return tier


def load_tree(session: Session) -> Tree:
    columns = (
        col(Organisation.id),
        col(Organisation.parent_id),
        col(Organisation.tier),
        col(Organisation.name),
    )
    return Tree({row[0]: Node(*row) for row in session.execute(select(*columns))})
