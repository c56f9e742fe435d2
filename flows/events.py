"""What Prefect is told as events, so that automations and other programs may wait for it: their names and facts.

Of ids, counts and names of counties only; no person's data. Whoever emits stands in a run, which Prefect adds by
itself, with its deployment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect.events import emit_event

NIGHT_DONE = "yanxiu.night.done"
SEALS_KEPT = "yanxiu.seals.kept"
HOLD_OPENED = "yanxiu.hold.opened"
HOLD_RESOLVED = "yanxiu.hold.resolved"

CHANNEL_DOWN = "yanxiu.channel.down"
CHANNEL_UP = "yanxiu.channel.up"

MOST_EVENTS = 100  # of holds for one night; the server drops events that come by the thousand


@dataclass(frozen=True)
class HoldFacts:
    """What an event says of a hold. The county is empty where the programme has no such tier."""

    id: int
    programme: str
    kind: str
    county: str


def night_done(night_id: int, as_of: datetime, counts: dict[str, int]) -> None:
    """A night has done everything that was due: with the sums of what it changed."""
    emit_event(
        NIGHT_DONE,
        resource={"prefect.resource.id": f"yanxiu.night.{night_id}"},
        payload={"night": night_id, "as_of": as_of.isoformat(), **counts},
    )


def seals_kept(links: int, new: int, fingerprint: str) -> None:
    """Scores were sealed, and the heads of their chains kept outside of the database: what stands for all of them."""
    emit_event(
        SEALS_KEPT,
        resource={"prefect.resource.id": "yanxiu.seals"},
        payload={"links": links, "new": new, "fingerprint": fingerprint},
    )


def holds_opened(holds: Sequence[HoldFacts]) -> None:
    """Cohorts do not move on."""
    _of_holds(HOLD_OPENED, holds)


def holds_resolved(holds: Sequence[HoldFacts]) -> None:
    """Cohorts move on again: by themselves, or by a decision."""
    _of_holds(HOLD_RESOLVED, holds)


def channels_changed(down: frozenset[str], down_before: frozenset[str]) -> None:
    """Which ways of sending have stopped working, or work again, since the last sending."""
    for event, ways in ((CHANNEL_DOWN, down - down_before), (CHANNEL_UP, down_before - down)):
        for way in sorted(ways):
            emit_event(event, resource={"prefect.resource.id": f"yanxiu.channel.{way}"}, payload={"way": way})


def _of_holds(event: str, holds: Sequence[HoldFacts]) -> None:
    """Each hold by itself up to MOST_EVENTS, and one event that counts the rest."""
    for hold in holds[:MOST_EVENTS]:
        _of_hold(event, hold)
    if rest := len(holds[MOST_EVENTS:]):
        emit_event(event, resource={"prefect.resource.id": "yanxiu.holds"}, payload={"count": rest})


def _of_hold(event: str, hold: HoldFacts) -> None:
    emit_event(
        event,
        resource={"prefect.resource.id": f"yanxiu.hold.{hold.id}"},
        payload={"hold": hold.id, "programme": hold.programme, "kind": hold.kind, "county": hold.county},
    )
