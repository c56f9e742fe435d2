"""Sends what is due: what may be told is folded into letters, and these are claimed, written and handed to their channel,
one after the other.

Each letter's answer is written down together with the next one's beginning, so a sender that is killed has at most one in
its hands of which nobody knows. A channel that is down keeps its letters waiting, in their order. While one batch is sent,
the next is told and worded.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from calendars.messages import Message
from exchange.channels import Channel, ChannelDown, Outcome, Sent
from exchange.letter_batches import ALONE, BatchWriter, Fault, LetterBatches, Worded, Written
from exchange.letter_writing import LetterWriter
from models.database import transaction
from models.letters import Sending
from workflows.claiming import Claimed, End, claim, give_back, leave_out, postpone, put_off, tell_otherwise
from workflows.folding import fold
from workflows.handing import Handing
from workflows.letter_counts import ways_down
from workflows.resuming import require_sending

AT_ONCE = 100  # letters in a claim; of two, one sent and one written, a channel that goes down gives back
NO_ADDRESS: End = "refused"  # it is told by another way
LOST = "connection lost"
_ENDS: dict[Outcome, End] = {
    Outcome.SENT: "sent",
    Outcome.REFUSED: "refused",
    Outcome.REJECTED: "rejected",
    Outcome.DEFERRED: "deferred",
}
_FOLLOWED: frozenset[End] = frozenset({"refused", "deferred"})  # by another attempt, or another way


@dataclass
class Sendings:
    """What one sending did: what came of its letters, also by way and programme (one about two programmes counts for each),
    and why a way was down."""

    made: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    by_programme: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    uncertain: int = 0  # sent again, though they may have gone out before
    own_texts_fail: bool = False
    faults: list[Fault] = field(default_factory=list)  # each over one letter, which is put off
    down: dict[str, Message] = field(default_factory=dict)
    down_before: frozenset[str] = frozenset()  # at the end of the last sending

    def note(self, way: str, programmes: Iterable[str], end: End) -> None:
        self.outcomes[end] += 1
        for programme in programmes:
            self.by_programme[way, programme, end] += 1


@dataclass
class Sender:
    """One process that sends. `clock` tells the instant of each step."""

    engine: Engine
    channels: Mapping[str, Channel]  # by way
    writer: LetterWriter
    zone: ZoneInfo
    clock: Callable[[], datetime]
    at_once: int = AT_ONCE
    alone: int = ALONE
    patience: float = 0  # seconds
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    done: Sendings = field(default_factory=Sendings)
    _connection: Connection = field(init=False)  # on which each letter has a transaction of its own
    _handing: Handing = field(init=False)
    _lost: set[str] = field(default_factory=set)  # ways whose connection was lost over the last letter

    def send_due(self) -> Sendings:
        """Send everything that is due, until nothing is or no channel works any more. Raises Refused in a database that was
        restored, until somebody has looked."""
        begun = self.clock()
        with transaction(self.engine) as session:
            require_sending(session)
            self.done.made = fold(session, begun, self.zone)
        with ExitStack() as opened:
            self._connection = opened.enter_context(self.engine.connect())
            self._handing = Handing(self._connection, self.name)
            channels = self._opened(opened)
            writer = BatchWriter(self.engine, self.writer, self.zone)
            batches = opened.enter_context(LetterBatches(writer, self.alone, self.patience))
            for claimed, written in self._batches(batches, channels):
                try:
                    self._send(claimed, written, channels)
                finally:
                    self._handing.write_down(self.clock())
        self._note_sending(begun)
        return self.done

    def _batches(
        self, batches: LetterBatches, channels: Mapping[str, Channel]
    ) -> Iterator[tuple[list[Claimed], Written]]:
        """One batch of letters after the other; the next is begun before one is sent."""
        ahead = self._begin(batches, channels)
        while ahead is not None:
            claimed, fetch = ahead
            written = fetch()
            ahead = self._begin(batches, channels)
            yield claimed, written

    def _begin(
        self, batches: LetterBatches, channels: Mapping[str, Channel]
    ) -> tuple[list[Claimed], Callable[[], Written]] | None:
        ways = [way for way in channels if way not in self.done.down]
        now = self.clock()
        with self._connection.begin():
            claimed = claim(self._connection, now, self.name, self.at_once, ways)
        return (claimed, batches.begin(claimed, now)) if claimed else None

    def _opened(self, stack: ExitStack) -> dict[str, Channel]:
        """The channels that can be opened; of the others it is noted why not."""
        found: dict[str, Channel] = {}
        for way, channel in self.channels.items():
            try:
                found[way] = stack.enter_context(channel)
            except ChannelDown as down:
                self.done.down[way] = down.message
        return found

    def _note_sending(self, begun: datetime) -> None:
        """A run that found something to do, or a channel down, is kept."""
        done = self.done
        with transaction(self.engine) as session:
            done.down_before = ways_down(session)
            if done.made or done.outcomes or done.down or done.down_before:
                down = " ".join(sorted(done.down))
                session.add(
                    Sending(
                        started_at=begun,
                        finished_at=self.clock(),
                        made=done.made,
                        sent=done.outcomes["sent"],
                        down=down,
                    )
                )

    def _send(self, claimed: list[Claimed], written: Written, channels: Mapping[str, Channel]) -> None:
        self._take_in(written)
        self._give_back([one for one in claimed if one.way in self.done.down])
        for place, one in enumerate(claimed):
            worded = written.letters.get(one.id)
            if one.way in self.done.down:
                continue
            if one.id in written.later:
                with self._connection.begin():
                    postpone(self._connection, one, self.name, written.later[one.id])
            elif one.id in written.nowhere:
                self._end(one, (), NO_ADDRESS, None)
            elif one.id in written.faults:
                self._end(one, (), "deferred", written.faults[one.id].kind)
            elif worded is None:
                self._end(one, (), "stale", None)
            else:
                down = self._send_one(one, worded, channels[one.way])
                if down is not None:
                    self.done.down[one.way] = down.message
                    behind = [other for other in claimed[place:] if other.way == one.way]
                    self._give_back(behind, uncertain=one if down.uncertain else None)

    def _take_in(self, written: Written) -> None:
        self.done.faults += written.faults.values()
        self.done.own_texts_fail |= written.own_texts_fail
        if written.left_out:
            with self._connection.begin():
                leave_out(self._connection, written.left_out)

    def _give_back(self, letters: Sequence[Claimed], uncertain: Claimed | None = None) -> None:
        """What waits for a channel that is down."""
        if letters:
            with self._connection.begin():
                give_back(self._connection, letters, self.name, uncertain)

    def _send_one(self, one: Claimed, worded: Worded, channel: Channel) -> ChannelDown | None:
        """What is wrong with the channel. A connection that is lost over a letter is that letter's fault once; the second
        time in a row it is the channel's."""
        try:
            sent = channel.send(worded.ready, lambda: self._handing.begin(one, self.clock()))
            self._lost.discard(one.way)
        except ChannelDown as down:
            if not down.in_letter or one.way in self._lost:
                return down
            self._lost.add(one.way)
            sent = Sent(Outcome.DEFERRED, LOST, uncertain=down.uncertain)
        if sent.outcome is Outcome.WITHHELD:
            return None
        end = _ENDS[sent.outcome]
        self._end(one, worded.programmes, end, sent.said or None, uncertain=sent.uncertain)
        self.done.uncertain += end == "sent" and one.uncertain
        return None

    def _end(
        self, one: Claimed, programmes: Iterable[str], end: End, said: str | None, *, uncertain: bool = False
    ) -> None:
        """What came of a letter: written down with the next one's beginning, unless something else follows from it."""
        self.done.note(one.way, programmes, end)
        if end not in _FOLLOWED:
            self._handing.ended(one, end, said)
            return
        with self._connection.begin():
            if end == "deferred":
                put_off(self._connection, one, self.name, self.clock(), said, uncertain=uncertain)
            else:
                tell_otherwise(self._connection, one, self.name, self.clock(), said)
