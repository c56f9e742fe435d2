"""Sends what is due: what may be told is folded into letters, and these are claimed, written and handed to their channel,
one after the other.

Each letter's answer is written down together with the next one's beginning, so a sender that is killed has at most one in
its hands of which nobody knows. A channel that is down keeps its letters waiting, in their order.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from calendars.messages import Message
from exchange.channels import Channel, ChannelDown, Outcome, Ready, Sent
from exchange.letter_writing import LetterWriter
from models.database import reading, transaction
from models.letters import Sending
from workflows.claiming import Claimed, End, claim, give_back, hand_over, leave_out, postpone, settle
from workflows.folding import fold
from workflows.letter_counts import ways_down
from workflows.letters import Letter
from workflows.telling import Told, tell

AT_ONCE = 200  # letters in a claim: what a channel that goes down gives back
STALE: End = "stale"
NO_ADDRESS: End = "refused"  # it is told by another way
LOST = "connection lost"
_ENDS: dict[Outcome, End] = {
    Outcome.SENT: "sent",
    Outcome.REFUSED: "refused",
    Outcome.REJECTED: "rejected",
    Outcome.DEFERRED: "deferred",
}


@dataclass
class Sendings:
    """What one sending did: what came of its letters, also by way and programme (one about two programmes counts for each),
    and why a way was down."""

    made: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    by_programme: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    uncertain: int = 0  # sent again, though they may have gone out before
    own_texts_failed: int = 0
    faults: list[Exception] = field(
        default_factory=list
    )  # of the program, each over one letter, which is put off
    down: dict[str, Message] = field(default_factory=dict)
    down_before: frozenset[str] = frozenset()  # at the end of the last sending

    def note(self, way: str, programmes: Iterable[str], end: End) -> None:
        self.outcomes[end] += 1
        for programme in programmes:
            self.by_programme[way, programme, end] += 1


@dataclass(frozen=True)
class _Answer:
    """What is to be written down of a letter."""

    letter: Claimed
    end: End
    said: str | None = None
    uncertain: bool = False


@dataclass
class Sender:
    """One process that sends. `clock` tells the instant of each step."""

    engine: Engine
    channels: Mapping[str, Channel]  # by way
    writer: LetterWriter
    zone: ZoneInfo
    clock: Callable[[], datetime]
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    done: Sendings = field(default_factory=Sendings)
    _connection: Connection = field(init=False)  # on which each letter has a transaction of its own
    _answers: list[_Answer] = field(default_factory=list)
    _lost: set[str] = field(default_factory=set)  # ways whose connection was lost over the last letter
    _failed: set[int] = field(default_factory=set)  # letters that could not be told
    _doubt: Claimed | None = None  # the letter of which nobody knows whether the channel took it

    def send_due(self) -> Sendings:
        """Send everything that is due, until nothing is or no channel works any more."""
        begun = self.clock()
        with transaction(self.engine) as session:
            self.done.made = fold(session, begun, self.zone)
        with ExitStack() as opened:
            self._connection = opened.enter_context(self.engine.connect())
            channels = self._opened(opened)
            while claimed := self._claim([way for way in channels if way not in self.done.down]):
                try:
                    self._send(claimed, channels)
                finally:
                    self._write_down()
        self._note_sending(begun)
        return self.done

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

    def _claim(self, ways: list[str]) -> list[Claimed]:
        with self._connection.begin():
            return claim(self._connection, self.clock(), self.name, AT_ONCE, ways)

    def _send(self, claimed: list[Claimed], channels: Mapping[str, Channel]) -> None:
        told = self._tell(claimed)
        if told.left_out:
            with self._connection.begin():
                leave_out(self._connection, told.left_out)
        for place, one in enumerate(claimed):
            letter = told.letters.get(one.id)
            if one.way in self.done.down or one.id in self._failed:
                continue
            if one.id in told.later:
                self._postpone(one, told.later[one.id])
            elif letter is None:
                end = NO_ADDRESS if one.id in told.nowhere else STALE
                self._answers.append(_Answer(one, end))
                self.done.note(one.way, (), end)
            elif not self._send_one(one, letter, channels[one.way]):
                behind = [other for other in claimed[place:] if other.way == one.way]
                self._put_back(behind, one)

    def _tell(self, claimed: list[Claimed]) -> Told:
        """What the letters say. One that cannot be told, whatever the reason, is put off and keeps no other back."""
        try:
            return self._tell_together(claimed)
        except Exception as error:  # noqa: BLE001 - a fault of the program, or of one letter's data
            if len(claimed) == 1:
                self._put_off(claimed[0], error)
                return Told()
        told = Told()
        for one in claimed:
            told.take_in(self._tell([one]))
        return told

    def _tell_together(self, claimed: list[Claimed]) -> Told:
        with reading(self.engine) as session:
            return tell(session, claimed, self.clock(), self.zone)

    def _postpone(self, one: Claimed, until: datetime) -> None:
        """The hours in which anybody may be written are over for it."""
        with self._connection.begin():
            postpone(self._connection, one, self.name, until)

    def _put_off(self, one: Claimed, error: Exception) -> None:
        self._failed.add(one.id)
        self._answers.append(_Answer(one, "deferred", type(error).__name__, one.uncertain))
        self.done.note(one.way, (), "deferred")
        self.done.faults.append(error)

    def _send_one(self, one: Claimed, letter: Letter, channel: Channel) -> bool:
        """Whether the channel works. A connection that is lost over a letter is that letter's fault once; the second time in a
        row it is the channel's."""
        try:
            ready: Ready = self.writer.ready(letter, uncertain=one.uncertain)
        except Exception as error:  # noqa: BLE001 - likewise
            self._put_off(one, error)
            return True
        self.done.own_texts_failed = self.writer.own_texts_failed
        if not self._hand_over(one):
            return True
        try:
            sent = channel.send(ready)
            self._lost.discard(one.way)
        except ChannelDown as down:
            if not down.in_letter or one.way in self._lost:
                self.done.down[one.way] = down.message
                self._doubt = one if down.uncertain else None
                return False
            self._lost.add(one.way)
            sent = Sent(Outcome.DEFERRED, LOST, uncertain=down.uncertain)
        end = _ENDS[sent.outcome]
        self._answers.append(_Answer(one, end, sent.said or None, sent.uncertain))
        self.done.note(one.way, letter.programmes, end)
        self.done.uncertain += end == "sent" and one.uncertain
        return True

    def _put_back(self, letters: list[Claimed], first: Claimed) -> None:
        with self._connection.begin():
            give_back(self._connection, letters, self.name, uncertain=first if self._doubt == first else None)

    def _hand_over(self, one: Claimed) -> bool:
        """Note what came of the letters before, and that this one is on its way. False where it is another sender's now."""
        with self._connection.begin():
            self._settle()
            taken = hand_over(self._connection, one, self.name, self.clock())
        self._answers.clear()
        return taken

    def _write_down(self) -> None:
        with self._connection.begin():
            self._settle()
        self._answers.clear()

    def _settle(self) -> None:
        for one in self._answers:
            settle(
                self._connection,
                one.letter,
                self.name,
                self.clock(),
                one.end,
                one.said,
                uncertain=one.uncertain,
            )
