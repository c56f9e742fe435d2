"""What a channel is: it takes letters in their final form, one after the other, and says of each what became of it.

What is said of a letter is a code: an address, a name or a secret never gets into an outcome, an error or a log.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Protocol, Self

from calendars.messages import Message

MINUTE = 60.0  # seconds


class Outcome(Enum):
    """What became of one letter."""

    SENT = "sent"  # taken by the other side
    REFUSED = "refused"  # for good, because of the address
    REJECTED = "rejected"  # for good, and the address is not to blame
    DEFERRED = "deferred"  # not now; later it may be taken
    WITHHELD = "withheld"  # it was not given away: at the last moment it was not ours to send


@dataclass(frozen=True)
class Sent:
    """An outcome, and what the other side said: a code such as `550 5.1.1`. `uncertain` where a letter that is put off may
    have been taken all the same: it was handed over whole, and no answer came."""

    outcome: Outcome
    said: str = ""
    uncertain: bool = False


@dataclass(frozen=True)
class Ready:
    """A letter as it goes out: a whole mail as bytes, or the text of a chat message in UTF-8."""

    key: str  # of the letter
    to: str = field(repr=False)
    title: str = field(repr=False)
    content: bytes = field(repr=False)


class ChannelDown(Exception):
    """The channel does not work, whatever the letter. `uncertain` where the letter that was being sent may have been taken:
    it was handed over whole, and no answer came. `in_letter` where it worked until it had that letter: perhaps it is that
    one alone which it does not stand."""

    def __init__(self, message: Message, *, uncertain: bool = False) -> None:
        super().__init__(message.text("en"))
        self.message = message
        self.uncertain = uncertain
        self.in_letter = False


Go = Callable[[], bool]


def at_once() -> bool:
    """Whatever is to be sent may go."""
    return True


class Channel(Protocol):
    """Used by `with`, in one thread: what it opens for the first letter serves all, and is closed at the end."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, ready: Ready, go: Go = at_once) -> Sent:
        """Send one letter. `go` is asked once, before anything of the letter is given away, and whether it may be. Raises
        ChannelDown."""
        ...


class Pace:
    """At most so many in any minute, counted from when each was done with: `with` it waits for its turn."""

    def __init__(
        self,
        most: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._done: deque[float] = deque(maxlen=most or 0)
        self._clock = clock
        self._sleep = sleep

    def __enter__(self) -> None:
        while self._done.maxlen and len(self._done) == self._done.maxlen:
            ahead = self._done[0] + MINUTE - self._clock()
            if ahead <= 0:
                return
            self._sleep(ahead)

    def __exit__(self, *_: object) -> None:
        self._done.append(self._clock())
